// The command line with a fake analysis and real files: what is said where, and with which exit code.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import type { AnalyzeOptions, CaptureInput } from '../analyze.ts';
import { NotACaptureError } from '../capture/open-capture.ts';
import { FAKE_RULES, fakeFinding, fakeReport, healthyReport } from '../testing/fake-report.ts';
import { openFile } from './file-source.ts';
import { run } from './main.ts';
import type { World } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'finrace-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const capture = join(folder, 'a.pcap');
writeFileSync(capture, 'bytes of a capture');

const FINDINGS = [fakeFinding(), fakeFinding({ id: '2', rule: 'keep-alive-unused', severity: 'info', also: [] })];

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the analysis was asked for; undefined when it was not called. */
  readonly asked: AnalyzeOptions | undefined;
  readonly paths: readonly string[];
}

async function call(words: readonly string[], changes: Partial<World> = {}): Promise<Outcome> {
  const stdout = collector();
  const stderr = collector();
  let asked: AnalyzeOptions | undefined;
  let paths: readonly string[] = [];
  const code = await run(words, {
    stdout,
    stderr,
    stdinIsTerminal: false,
    env: {},
    cwd: folder,
    now: () => new Date('2026-01-02T03:04:05Z'),
    rules: FAKE_RULES,
    analyze: async (inputs, options) => {
      asked = options;
      paths = inputs.map(({ path }) => path);
      await readAll(inputs, options);
      return fakeReport({ findings: FINDINGS, detail: options.detail });
    },
    openSource: openFile,
    ...changes,
  });
  return { code, stdout: stdout.text, stderr: stderr.text, asked, paths };
}

async function readAll(inputs: readonly CaptureInput[], { onProgress }: AnalyzeOptions): Promise<void> {
  const buffer = Buffer.alloc(64);
  for (const { source } of inputs) {
    while ((await source.read(buffer, 0, buffer.length)) > 0) onProgress?.(buffer.length);
  }
}

function collector(): Writable & { text: string } {
  const stream = Object.assign(new PassThrough(), { text: '' });
  stream.on('data', (chunk) => {
    stream.text += chunk;
  });
  return stream;
}

describe('reports', () => {
  test('go to standard output, exit code 0 in spite of findings', async () => {
    for (const words of [[capture], ['analyze', capture]]) {
      const { code, stdout } = await call(words);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^1 request was lost on 10\.0\.0\.2:8080: /);
    }
  });

  test.each([
    [['analyze', '--format', 'json', capture]],
    [['--format', 'json', 'analyze', capture]],
    [['--format=json', capture]],
    [['check', capture, '-f', 'json']],
  ])('as JSON: %j', async (words) => {
    expect(JSON.parse((await call(words)).stdout).schema).toBe('finrace-report/1');
  });

  test('quiet is one line', async () => {
    expect((await call(['analyze', '-q', capture])).stdout.split('\n')).toHaveLength(2);
  });

  test('to a file: standard output stays empty', async () => {
    const output = join(folder, 'report.json');
    const { code, stdout } = await call(['analyze', capture, '--format', 'json', '-o', output]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(JSON.parse(readFileSync(output, 'utf8')).schema).toBe('finrace-report/1');
  });

  test('problems of the capture are told on stderr too, without changing the exit code', async () => {
    const { code, stderr } = await call(['analyze', '--format', 'json', capture]);
    expect(code).toBe(0);
    expect(stderr).toContain('at byte 4711: the file ends inside of a frame');
    expect(stderr).not.toContain('\x1b');
  });
});

describe('check', () => {
  test.each([
    [[], 1],
    [['--fail-on', 'error'], 1],
    [['--ignore', 'fin-crosses-request'], 0],
    [['--ignore', 'fin-crosses-request', '--fail-on', 'info'], 1],
    [['--min-severity', 'warning', '--ignore', 'fin-crosses-request', '--fail-on', 'info'], 0],
    [['--only', 'keep-alive-unused'], 0],
  ])('%j exits with %i', async (options, code) => {
    expect((await call(['check', ...options, capture])).code).toBe(code);
  });

  test('prints one line per finding and the verdict', async () => {
    const { stdout } = await call(['check', capture]);
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['ERROR', 'INFO', 'FAILED:', '']);
  });

  test('a healthy capture passes, even at info', async () => {
    const { code, stderr } = await call(['check', '--fail-on', 'info', capture], {
      analyze: async () => healthyReport(),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('what the analysis is asked for', () => {
  test('captures, hosts and ports, repeated or with commas', async () => {
    const { asked, paths } = await call([
      ...['analyze', capture, '--host', '10.0.0.2', '--host', '[fd00::2],fd00::3', '--port', '80,8080', capture],
    ]);
    expect(paths).toEqual([capture, capture]);
    expect(asked).toMatchObject({ hosts: ['10.0.0.2', 'fd00::2', 'fd00::3'], ports: [80, 8080] });
  });

  test('the detail: all of it for JSON, as little as the text needs otherwise', async () => {
    expect((await call(['analyze', capture])).asked?.detail).toBe('findings');
    expect((await call(['check', capture])).asked?.detail).toBe('findings');
    expect((await call(['analyze', '-f', 'json', capture])).asked?.detail).toBe('exchanges');
    expect((await call(['analyze', '-f', 'json', '--detail', 'findings', capture])).asked?.detail).toBe('findings');
  });

  test.each([
    [['--only', 'fin-crosses-request', 'keep-alive-unused', capture]],
    [['--only', 'fin-crosses-request,keep-alive-unused', capture]],
    [['--only=fin-crosses-request', '--only', 'keep-alive-unused', '--', capture]],
    [[capture, '--only', 'fin-crosses-request', 'keep-alive-unused']],
  ])('a list of rules does not swallow the capture: %j', async (words) => {
    const { code, paths, stdout } = await call(['check', ...words]);
    expect({ code, paths }).toEqual({ code: 1, paths: [capture] });
    expect(stdout).not.toContain('not shown by the filters');
  });
});

describe('wrong calls: exit code 2 and one line on stderr', () => {
  const folderAsOutput = join(folder, 'folder');
  mkdirSync(folderAsOutput);

  test.each([
    [[], 'no capture given'],
    [['analyze'], 'no capture given'],
    [['analyze', '/no/such.pcap'], '/no/such.pcap: no such file'],
    [['analyse', capture], 'analyse: no such file (did you mean analyze?)'],
    [[folder], `${folder}: is a directory`],
    [['analyze', capture, '-', '-'], 'can be read only once'],
    [['--frobnicate', capture], "unknown option '--frobnicate'"],
    [['analyze', '--formt', 'json', capture], "unknown option '--formt' (Did you mean --format?)"],
    [['analyze', '--keylog', 'x', capture], "unknown option '--keylog'"],
    [['analyze', '--format', 'yaml', capture], "argument 'yaml' is invalid. Allowed choices are text, json, ndjson,"],
    [['check', '--fail-on', 'fatal', capture], 'Allowed choices are error, warning, info, never.'],
    [['check', '--only', 'fin-crosses-requests', capture], "unknown rule 'fin-crosses-requests' (did you mean fin-cro"],
    [['check', '--ignore', 'qqq', capture], "unknown rule 'qqq' ('finrace rules' lists all)"],
    [['check', '--only', 'keep-alive-unused', 'fin-cross-request', capture], '(did you mean fin-crosses-request?)'],
    [['rules', 'nonesuch'], "unknown rule 'nonesuch'"],
    [['--port', '80x', capture], "'80x' is not a port (1 to 65535)."],
    [['--port', '65536', capture], "'65536' is not a port"],
    [['--host', 'example.com', capture], "'example.com' is not an IP address."],
    [['--host', 'fe80::1%eth0', capture], 'names a zone (%), which captures do not hold'],
    [['analyze', 'check'], 'check: no such file (the name of a command stands first: finrace check)'],
    [['wireshark-profile', '--into', capture], 'a.pcap: is no directory'],
    [
      ['analyze', capture, '-o', `${capture}/x`],
      'cannot be written: no such file (a part of the path is not a directory)',
    ],
    [['extract', capture, '--stream', '0', '--ignore', 'qqq', '-o', `${capture}.x`], "unknown rule 'qqq'"],
    [['analyze', capture, '-o', '/no/such/report'], '/no/such/report: cannot be written: no such directory'],
    [['analyze', capture, '-o', folderAsOutput], 'cannot be written: is a directory'],
    [['analyze', capture, '-o', capture], 'is one of the inputs, which would be overwritten'],
    [['analyze', `/no/\x1b]0;x\x07\n.pcap`], '/no/\\x1b]0;x\\x07\\x0a.pcap: no such file'],
  ])('%j', async (words, message) => {
    const { code, stdout, stderr } = await call(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^finrace: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('internal error');
  });

  test.skipIf(process.getuid?.() === 0)('a file that must not be read', async () => {
    const secret = join(folder, 'secret.pcap');
    writeFileSync(secret, '');
    chmodSync(secret, 0);
    expect(await call([secret])).toMatchObject({ code: 2, stderr: `finrace: ${secret}: permission denied\n` });
  });

  test('standard input that is a terminal', async () => {
    expect((await call(['analyze', '-'], { stdinIsTerminal: true })).stderr).toContain('pipe a capture into it');
  });

  test('no capture: the output file is not touched', async () => {
    const output = join(folder, 'untouched.json');
    const { code, stderr } = await call(['analyze', capture, '-o', output], {
      analyze: async () => {
        throw new NotACaptureError('a.pcap: not a capture');
      },
    });
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'finrace: a.pcap: not a capture\n' });
    expect(existsSync(output)).toBe(false);
  });

  test('a bug says that it is one; the stack comes only when asked for', async () => {
    const analyze = async () => {
      throw new TypeError('x is not\na function');
    };
    const { code, stderr } = await call([capture], { analyze });
    expect(code).toBe(2);
    expect(stderr).toBe(
      'finrace: internal error, this is a bug in finrace: x is not a function (FINRACE_DEBUG=1 shows where)\n',
    );
    expect((await call([capture], { analyze, env: { FINRACE_DEBUG: '1' } })).stderr).toContain('main.test.ts');
  });
});

describe('rules', () => {
  test('lists all', async () => {
    const { code, stdout } = await call(['rules']);
    expect(code).toBe(0);
    for (const { id, title } of FAKE_RULES) {
      expect(stdout).toContain(`${id} (`);
      expect(stdout).toContain(title);
    }
  });

  test('explains one: proof, symptoms, advice, example', async () => {
    const { stdout } = await call(['rules', 'fin-crosses-request']);
    expect(stdout).toContain('k <= f and a <= q');
    expect(stdout).toContain('  - socket hang up\n');
    expect(stdout).toContain("Make the client's idle timeout shorter");
    expect(stdout).toContain('\n  5.082  S FIN\n');
  });

  test('is searched by what a client logged, whole or in part', async () => {
    for (const words of [['Socket hang'], ['Error:', 'socket', 'hang', 'up'], ['NoHttpResponseException']]) {
      expect((await call(['rules', ...words])).stdout).toMatch(/^fin-crosses-request/);
    }
  });
});

describe('rules --symptom', () => {
  test.each(['socket hang up', 'Error: socket hang up', 'SOCKET HANG UP!', 'NoHttpResponseException'])(
    'lists the rules that a log calls %j',
    async (symptom) => {
      const { code, stdout } = await call(['rules', '--symptom', symptom]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^fin-crosses-request \(/);
      expect(stdout).not.toContain('How it is proven');
    },
  );

  test('says so when nothing is called that, or what is wanted is not clear', async () => {
    for (const words of [
      ['--symptom', 'hang'],
      ['--symptom', ''],
      ['--symptom', '\u001b[2J'],
      ['a', '--symptom', 'b'],
    ]) {
      const { code, stdout, stderr } = await call(['rules', ...words]);
      const isPart = words[1] === 'hang';
      expect({ code, stdout: stdout === '' }).toEqual(isPart ? { code: 0, stdout: false } : { code: 2, stdout: true });
      expect(stderr.split('\n').length).toBe(isPart ? 1 : 2);
      expect(stderr).not.toContain('\u001b');
    }
  });
});

describe('help and version', () => {
  test.each([
    [['--help'], 'Examples:'],
    [['analyze', '--help'], '$ finrace analyze trace.pcapng'],
    [['check', '-h'], '--fail-on <level>'],
    [['rules', '--help'], 'socket hang up'],
    [['--version'], '0.'],
  ])('%j', async (words, text) => {
    const { code, stdout, stderr } = await call(words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(text);
  });
});

describe('a reader that goes away', () => {
  test('ends the program quietly, with the exit code it would have had', async () => {
    const closed = new Writable({
      write(_chunk, _encoding, callback) {
        callback(Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' }));
      },
    });
    const { code, stderr } = await call(['check', '-f', 'json', capture], {
      stdout: closed,
      analyze: async () => ({ ...healthyReport(), findings: FINDINGS }),
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });

  test('help into a closed pipe', async () => {
    const closed = new Writable({
      write(_chunk, _encoding, callback) {
        callback(Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' }));
      },
    });
    expect(await call(['--help'], { stdout: closed })).toMatchObject({ code: 0, stderr: '' });
  });

  test.runIf(existsSync('/dev/full'))('a full device is an error in one line', async () => {
    const { code, stderr } = await call(['-q', capture, '-o', '/dev/full']);
    expect(code).toBe(2);
    expect(stderr).toBe('finrace: /dev/full: cannot be written: no space left on the device\n');
  });

  test.each([['--help'], ['--version']])('%s that cannot be written is an error in one line', async (word) => {
    const full = new Writable({
      write(_chunk, _encoding, callback) {
        callback(Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC', syscall: 'write' }));
      },
    });
    expect(await call([word], { stdout: full })).toMatchObject({
      code: 2,
      stderr: 'finrace: standard output: cannot be written: no space left on the device\n',
    });
  });

  test('a slow reader is waited for', async () => {
    let pending = 0;
    let most = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, callback) {
        most = Math.max(most, ++pending);
        setTimeout(() => {
          pending--;
          callback();
        }, 1);
      },
    });
    const { code } = await call([capture], { stdout: slow });
    expect({ code, most, waiting: slow.writableLength }).toEqual({ code: 0, most: 1, waiting: 0 });
  });
});
