// What a call without a configuration does not need must not make it wait: the libraries that read one are loaded when
// there is one.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { VERSION } from '../version.ts';

/** Packages that `file` loads before it runs, by itself or through what it imports. */
function packagesOf(file: string, seen = new Set<string>(), packages = new Set<string>()): Set<string> {
  if (seen.has(file)) return packages;
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  for (const [, , from] of source.matchAll(/(?:^|\n)(?:import|export)\s+(?!type\s)([^'";]*?\sfrom\s)?'([^']+)'/g)) {
    if (from!.startsWith('.')) packagesOf(join(dirname(file), from!), seen, packages);
    else if (!from!.startsWith('node:')) packages.add(from!);
  }
  return packages;
}

const here = dirname(fileURLToPath(import.meta.url));

test('the program starts without them', () => {
  const packages = packagesOf(join(here, 'main.ts'));
  expect(packages).toContain('commander');
  expect(packages).not.toContain('valibot');
  expect(packages).not.toContain('yaml');
});

test('what reads a configuration needs more', () => {
  expect([...packagesOf(join(here, 'config-read.ts'))]).toContain('valibot');
});

const root = join(here, '../..');
const built = join(root, 'dist/finrace');

/** A copy of the program in which a file of the bundle has other contents; null: there is none. */
function programWith(folder: string, name: string, file: string, change: (bytes: Buffer) => Buffer | null): string {
  const copy = join(folder, name);
  cpSync(built, join(copy, 'dist/finrace'), { recursive: true });
  cpSync(join(root, 'bin'), join(copy, 'bin'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  const path = join(copy, 'dist/finrace', file);
  const bytes = change(readFileSync(path));
  if (bytes === null) rmSync(path);
  else writeFileSync(path, bytes);
  return join(copy, 'bin/finrace.js');
}

/** Runs the program after `module`, the text of a module. */
function runAfter(module: string, words: string[], flags: string[] = []): { stdout: string; stderr: string } {
  const before = `data:text/javascript,${encodeURIComponent(module)}`;
  return spawnSync(process.execPath, [...flags, '--import', before, ...words], { encoding: 'utf8' });
}

describe.runIf(existsSync(join(built, 'core.cjs')))('what V8 compiled when the program was built', () => {
  const folder = mkdtempSync(join(tmpdir(), 'finrace-start-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Says on standard error whether the cache of each script was of use. */
  const spy = `import vm from 'node:vm';
    import { syncBuiltinESMExports } from 'node:module';
    const { Script } = vm;
    vm.Script = class extends Script {
      constructor(...about) {
        super(...about);
        console.error(\`rejected: \${this.cachedDataRejected}\`);
      }
    };
    syncBuiltinESMExports();`;

  const start = (program: string) => runAfter(spy, [program, '--version']);
  const cache = readdirSync(built).find((name) => /^core-[0-9a-f]{16}\.cache$/.test(name))!;

  test('is used', () => {
    expect(start(join(root, 'bin/finrace.js'))).toMatchObject({ stdout: `${VERSION}\n`, stderr: 'rejected: false\n' });
  });

  test.each<[string, (bytes: Buffer) => Buffer | null, string]>([
    ['missing', () => null, 'undefined'],
    ['cut off', (bytes) => bytes.subarray(0, 5000), 'true'],
    [
      'of another version',
      (bytes) => Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(4), bytes.subarray(8)]),
      'true',
    ],
  ])('is not needed when it is %s', (name, change, rejected) => {
    expect(start(programWith(folder, name, cache, change))).toMatchObject({
      stdout: `${VERSION}\n`,
      stderr: `rejected: ${rejected}\n`,
    });
  });
});

// Not every V8 hands it out.
const MACHINE_CODE = 'kernel.machine-code';

describe.runIf(existsSync(join(built, MACHINE_CODE)))("the kernel's machine code, of the build", () => {
  const folder = mkdtempSync(join(tmpdir(), 'finrace-kernel-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Says on standard error that WebAssembly is compiled. */
  const spy = `const { Module } = WebAssembly;
    WebAssembly.Module = class extends Module {
      constructor(code) {
        super(code);
        console.error('compiled');
      }
    };`;
  const capture = join(root, 'fixtures/captures/lab/race-nginx.server.pcap');
  const analyze = (program: string, flags: string[] = []) => runAfter(spy, [program, 'analyze', capture], flags);
  const usual = analyze(join(root, 'bin/finrace.js'));

  test('is used', () => {
    expect(usual.stderr).toBe('');
    expect(usual.stdout).toContain('fin-crosses-request');
  });

  test.each<[string, (bytes: Buffer) => Buffer | null]>([
    ['missing', () => null],
    ['empty', () => Buffer.alloc(0)],
    ['cut off', (bytes) => bytes.subarray(0, -8)],
    ['damaged', (bytes) => bytes.fill(0xcc, 5000, 5001)],
    ['of another version', (bytes) => Buffer.concat([Buffer.from('v1.2.3'), bytes.subarray(bytes.indexOf(' '))])],
  ])('is not needed when it is %s', (name, change) => {
    expect(analyze(programWith(folder, name, MACHINE_CODE, change))).toMatchObject({
      stdout: usual.stdout,
      stderr: 'compiled\n',
    });
  });

  test.each([['--no-wasm-bounds-checks'], ['--disallow-code-generation-from-strings']])('nor with %s', (flag) => {
    expect(analyze(join(root, 'bin/finrace.js'), [flag])).toMatchObject({ stdout: usual.stdout, stderr: 'compiled\n' });
  });
});
