// The program as a user starts it: bin/finrace.js over what the build made of it, on real captures. `npm run check`
// and `npm ci` build before; run `npm run build` after a change.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const CROSSED = 'fixtures/captures/signatures/s1a_crossed_close.client.pcap';
const HEALTHY = 'fixtures/captures/signatures/s8_close_clean.client.pcap';
const folder = mkdtempSync(join(tmpdir(), 'finrace-spawn-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function finrace(
  words: readonly string[],
  input: Buffer | 'open' = Buffer.alloc(0),
  signal?: NodeJS.Signals,
  nodeOptions: readonly string[] = [],
) {
  return new Promise<Ending>((resolve, reject) => {
    const env = { PATH: process.env.PATH, NODE_ENV: 'test' };
    const child = spawn(process.execPath, [...nodeOptions, 'bin/finrace.js', ...words], { cwd: root, env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, endedBy) => resolve({ code, signal: endedBy, stdout, stderr }));
    child.stdin.on('error', () => {});
    if (input === 'open') child.stdin.write('\n');
    else child.stdin.end(input);
    // Time to start, on a busy machine too: nothing that can be seen from outside tells that it has.
    if (signal) setTimeout(() => child.kill(signal), 5000);
  });
}

describe.runIf(existsSync(join(root, 'dist/finrace/main.js')))('finrace', { timeout: 20_000 }, () => {
  test('a Node without WebAssembly reports the same', async () => {
    for (const capture of [CROSSED, HEALTHY]) {
      const usual = await finrace(['analyze', '--format', 'json', capture]);
      const without = await finrace(['analyze', '--format', 'json', capture], undefined, undefined, ['--jitless']);
      expect(without.code).toBe(0);
      expect(without.stdout).toBe(usual.stdout);
    }
  });

  test('analyze reports on standard output and exits with 0', async () => {
    const { code, stdout, stderr } = await finrace(['analyze', CROSSED]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^1 request was lost on /);
    expect(stdout).toContain('ERROR fin-crosses-request');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no escape sequence may go into a pipe
    expect(stdout).not.toMatch(/\x1b/);
  });

  test.skipIf(process.platform === 'win32')(
    'a pipe without a partner does not keep signals from ending it',
    async () => {
      // One each: they would write and read each other's.
      const [first, second, third] = ['first', 'second', 'third'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      expect(spawnSync('mkfifo', [first, second, third]).status).toBe(0);
      const calls = [
        ['check', first],
        ['analyze', CROSSED, '-o', second],
        ['annotate', '-q', third, '-o', join(folder, 'annotated.pcapng')],
      ];
      const endings = await Promise.all(calls.map((words) => finrace(words, undefined, 'SIGTERM')));
      for (const ending of endings) expect(ending).toEqual({ code: 143, signal: null, stdout: '', stderr: '' });
    },
  );

  test('its JSON holds to the schema', async () => {
    const schema = JSON.parse(readFileSync(join(root, 'schema/finrace-report.schema.json'), 'utf8'));
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
    for (const capture of [CROSSED, HEALTHY]) {
      const { code, stdout } = await finrace(['analyze', '--format', 'json', capture]);
      expect(code).toBe(0);
      validate(JSON.parse(stdout));
      expect(validate.errors).toBeNull();
    }
  });

  test('check exits with 1 for an error, with 0 for a healthy capture', async () => {
    expect(await finrace(['check', CROSSED])).toMatchObject({ code: 1, stderr: '' });
    const healthy = await finrace(['check', '--fail-on', 'warning', HEALTHY]);
    expect(healthy).toMatchObject({ code: 0, stderr: '' });
    expect(healthy.stdout).toMatch(/^PASSED/m);
  });

  test('standard input is the same capture', async () => {
    const piped = await finrace(['-q', '-'], readFileSync(join(root, CROSSED)));
    expect(piped).toEqual(await finrace(['-q', CROSSED]));
  });

  test('a capture that was cut off is analysed up to there, with the same exit code', async () => {
    const cut = join(folder, 'cut.pcap');
    writeFileSync(cut, readFileSync(join(root, CROSSED)).subarray(0, -5));
    const { code, stdout, stderr } = await finrace(['analyze', cut]);
    expect(code).toBe(0);
    expect(stdout).toContain('CAPTURE PROBLEM');
    expect(stderr).toMatch(/^finrace: warning: .*cut\.pcap at byte \d+: /);
  });

  test.each([
    [['analyze', 'no-such.pcap'], 'no-such.pcap: no such file'],
    [['analyze', 'src'], 'src: is a directory'],
    [['analyze', 'package.json'], 'package.json: not a capture'],
    [['analyze', '-'], '-: not a capture'],
    [['--no-such-option'], "unknown option '--no-such-option'"],
  ])('%j: exit code 2 and one line', async (words, message) => {
    const { code, stdout, stderr } = await finrace(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^finrace: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  test('Ctrl-C: 130', async () => {
    const { code, signal } = await finrace(['analyze', '-'], 'open', 'SIGINT');
    expect({ code, signal }).toEqual({ code: 130, signal: null });
  });

  test('rules explains a rule', async () => {
    const { code, stdout } = await finrace(['rules', 'fin-crosses-request']);
    expect(code).toBe(0);
    expect(stdout).toContain('socket hang up');
  });
});
