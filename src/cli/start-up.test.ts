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

  function start(program: string): { stdout: string; stderr: string } {
    const words = ['--import', `data:text/javascript,${encodeURIComponent(spy)}`, program, '--version'];
    return spawnSync(process.execPath, words, { encoding: 'utf8' });
  }

  /** A copy of the program with another cache; null: without one. */
  function programWith(name: string, cache: (bytes: Buffer) => Buffer | null): string {
    const copy = join(folder, name);
    cpSync(built, join(copy, 'dist/finrace'), { recursive: true });
    cpSync(join(root, 'bin'), join(copy, 'bin'), { recursive: true });
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    const path = join(copy, 'dist/finrace', cacheIn(built));
    const bytes = cache(readFileSync(path));
    if (bytes === null) rmSync(path);
    else writeFileSync(path, bytes);
    return join(copy, 'bin/finrace.js');
  }

  const cacheIn = (dist: string) => readdirSync(dist).find((name) => /^core-[0-9a-f]{16}\.cache$/.test(name))!;

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
  ])('is not needed when it is %s', (name, cache, rejected) => {
    expect(start(programWith(name, cache))).toMatchObject({
      stdout: `${VERSION}\n`,
      stderr: `rejected: ${rejected}\n`,
    });
  });
});
