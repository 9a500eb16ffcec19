// Captures that grow while they are read, signals, and several threads, with the program as a user starts it. Like
// spawn.test.ts this needs the build.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { generate } from '../../bench/generate.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const CROSSED = readFileSync(join(root, 'fixtures/captures/signatures/s1a_crossed_close.client.pcap'));
const folder = mkdtempSync(join(tmpdir(), 'finrace-live-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A run of the program that goes on. */
class Run {
  readonly child: ChildProcess;
  private stdout = '';
  private stderr = '';

  constructor(...words: readonly string[]) {
    const env = { PATH: process.env.PATH, NODE_ENV: 'test' };
    this.child = spawn(process.execPath, ['bin/finrace.js', ...words], { cwd: root, env });
    this.child.stdout!.on('data', (chunk) => {
      this.stdout += chunk;
    });
    this.child.stderr!.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.child.stdin!.on('error', () => {});
  }

  /** Waits until the program has opened the file and looked at what is there. */
  async opened(path: string): Promise<void> {
    const descriptors = `/proc/${this.child.pid}/fd/`;
    const isOpen = () => readdirSync(descriptors).some((name) => linkOf(descriptors + name) === path);
    while (!isOpen()) await pause(20);
    await pause(300);
  }

  async ending(): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const [code] = await once(this.child, 'close');
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const canRun = existsSync(join(root, 'dist/finrace/main.js')) && existsSync('/proc/self/fd');

describe.runIf(canRun)('a capture that grows', { timeout: 60_000 }, () => {
  test('on standard input, in pieces: the report comes at its end', async () => {
    const run = new Run('analyze', '-q', '-');
    for (let at = 0; at < CROSSED.length; at += 97) {
      run.child.stdin!.write(CROSSED.subarray(at, at + 97));
      await pause(5);
    }
    run.child.stdin!.end();
    const { code, stdout, stderr } = await run.ending();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^1 request was lost/);
  });

  test('on standard input, until Ctrl-C: the report is on what came, and says so', async () => {
    const run = new Run('check', '-');
    run.child.stdin!.write(CROSSED);
    await pause(3000);
    run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.ending();
    expect(code).toBe(1);
    expect(stdout).toContain('fin-crosses-request');
    expect(stderr).toContain(`at byte ${CROSSED.length}: the reading was interrupted`);
  });

  test('followed: half a record, the rest, and Ctrl-C', async () => {
    const path = join(folder, 'followed.pcap');
    writeFileSync(path, CROSSED.subarray(0, 500));
    const run = new Run('analyze', '-q', '--follow', path);
    await run.opened(path);
    appendFileSync(path, CROSSED.subarray(500));
    await pause(1500);
    run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.ending();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 request was lost/);
    expect(stderr).toContain(`at byte ${CROSSED.length}: the reading was interrupted`);
  });

  test.each([
    ['replaced', 'another file took the place of the followed one'],
    ['made shorter', 'the file was made shorter'],
    ['removed', 'the followed file was removed'],
  ])('followed and %s: the report, and why it came', async (what, message) => {
    const path = join(folder, `${what}.pcap`);
    writeFileSync(path, CROSSED);
    const run = new Run('analyze', '-q', '--follow', path);
    await run.opened(path);
    if (what === 'removed') rmSync(path);
    else if (what === 'made shorter') writeFileSync(path, '');
    else {
      writeFileSync(`${path}.new`, CROSSED);
      renameSync(`${path}.new`, path);
    }
    const { code, stdout, stderr } = await run.ending();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 request was lost/);
    expect(stderr).toContain(message);
  });
});

describe.runIf(canRun)('several threads', { timeout: 120_000 }, () => {
  test('make the same report', async () => {
    const path = join(folder, 'many.pcap');
    generate({ set: 'many', bytes: 8e6, seed: 3, output: path });
    const one = await new Run('analyze', '--format', 'json', '--jobs', '1', path).ending();
    expect(one.code).toBe(0);
    for (const jobs of ['2', '3']) {
      const several = await new Run('analyze', '--format', 'json', '--jobs', jobs, path).ending();
      expect(several.code).toBe(0);
      expect(several.stdout === one.stdout).toBe(true);
    }
  });

  test('what is wrong with the input is one line', async () => {
    expect(await new Run('analyze', '--jobs', '2', 'package.json').ending()).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^finrace: package\.json: not a capture [^\n]+\n$/),
    });
  });
});
