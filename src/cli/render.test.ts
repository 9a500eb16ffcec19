// `render`, several outputs and what GitHub Actions is told: the command line over a fake analysis.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import type { AnalyzeOptions } from '../analyze.ts';
import { FORMATS } from '../report/formats.ts';
import { FAKE_RULES, fakeReport } from '../testing/fake-report.ts';
import { workflowCommandOf } from '../testing/formats.ts';
import { openFile } from './file-source.ts';
import { run } from './main.ts';
import type { World } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'finrace-render-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const capture = at('a.pcap');
writeFileSync(capture, 'bytes of a capture');

function collector(): Writable & { text: string } {
  const stream = Object.assign(new PassThrough(), { text: '' });
  stream.on('data', (chunk) => {
    stream.text += chunk;
  });
  return stream;
}

async function call(words: readonly string[], changes: Partial<World> = {}) {
  const stdout = collector();
  const stderr = collector();
  let asked: AnalyzeOptions | undefined;
  const code = await run(words, {
    stdout,
    stderr,
    stdinIsTerminal: false,
    env: {},
    rules: FAKE_RULES,
    cwd: folder,
    now: () => new Date('2026-01-02T03:04:05Z'),
    analyze: async (_, options) => {
      asked = options;
      return fakeReport({ detail: options.detail });
    },
    openSource: openFile,
    ...changes,
  });
  return { code, stdout: stdout.text, stderr: stderr.text, asked };
}

const read = (name: string) => readFileSync(at(name), 'utf8');

describe('several outputs in one run', () => {
  test('all files, and the text as ever', async () => {
    const { code, stdout } = await call([
      'analyze',
      capture,
      '-o',
      `sarif=${at('o.sarif')}`,
      '-o',
      `junit=${at('j.xml')}`,
    ]);
    expect(code).toBe(0);
    expect(stdout).toBe((await call(['analyze', capture])).stdout);
    expect(JSON.parse(read('o.sarif')).version).toBe('2.1.0');
    expect(read('j.xml')).toMatch(/^<\?xml /);
  });

  test('check writes its short text, to a file too', async () => {
    const { code, stdout } = await call(['check', capture, '-o', `json=${at('c.json')}`, '-o', `text=${at('c.txt')}`]);
    expect(code).toBe(1);
    expect(stdout).toContain('FAILED: 1,241 findings');
    expect(read('c.txt')).toBe(stdout);
    expect(JSON.parse(read('c.json')).schema).toBe('finrace-report/1');
  });

  test('connections are kept only for formats that show them', async () => {
    const detail = async (...words: string[]) => (await call(['check', capture, ...words])).asked?.detail;
    expect(await detail('-o', `sarif=${at('d')}`, '-f', 'junit')).toBe('findings');
    expect(await detail('-o', `ndjson=${at('d')}`)).toBe('exchanges');
    expect(await detail('-o', `json=${at('d')}`, '--detail', 'connections')).toBe('connections');
  });

  test('JUnit fails where the check fails', async () => {
    const failures = async (...words: string[]) =>
      /failures="(\d+)"/.exec((await call(['check', '-f', 'junit', capture, ...words])).stdout)![1];
    expect(await failures()).toBe('2');
    expect(await failures('--fail-on', 'warning')).toBe('3');
  });

  test.each([
    [['-o', `json=${at('x')}`, '-o', `sarif=${at('x')}`], 'two reports cannot go to one file'],
    [['-o', `json=${capture}`], 'is one of the inputs'],
    [['-o', 'yaml=x'], "unknown format 'yaml'"],
    [['--sarif-uri', 'https://x/y'], "'https://x/y' is not a relative URI"],
    [['--sarif-uri', '/etc/x'], "'/etc/x' is not a relative URI"],
    [['--sarif-uri', 'a b'], "'a b' is not a relative URI"],
  ])('%j: exit code 2 before anything is read', async (words, message) => {
    const { code, stdout, stderr, asked } = await call(['analyze', capture, ...words]);
    expect({ code, stdout, asked }).toEqual({ code: 2, stdout: '', asked: undefined });
    expect(stderr).toMatch(/^finrace: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect(existsSync(at('x'))).toBe(false);
  });
});

describe('render', () => {
  const report = at('report.json');

  test.each(FORMATS.map(({ name }) => name))(
    '%s, from a file and from standard input, as the analysis writes it',
    async (name) => {
      await call(['analyze', capture, '-o', `json=${report}`]);
      const direct = (await call(['analyze', capture, '-f', name, '--detail', 'exchanges'])).stdout;
      expect(await call(['render', '--from', report, '-f', name])).toMatchObject({
        code: 0,
        stdout: direct,
        stderr: '',
      });
      const piped = await call(['render', '--from', '-', '-f', name, '-o', at('piped')], {
        openSource: () => openFile(report),
      });
      expect(piped).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(read('piped')).toBe(direct);
    },
  );

  test('filters, place and threshold are those of the analysis', async () => {
    const words = ['-f', 'junit', '--ignore', 'fin-crosses-request', '--sarif-uri', 'deploy/x.yaml'];
    const rendered = await call(['render', '--from', report, '--fail-on', 'warning', ...words]);
    expect(rendered.stdout).toBe((await call(['check', capture, '--fail-on', 'warning', ...words])).stdout);
    expect(rendered.stdout).toContain('failures="2"');
  });

  test.each<[string[], string, Partial<World>]>([
    [[], 'no report given (--from report.json)', {}],
    [['--from', at('none.json')], 'none.json: no such file', {}],
    [['--from', folder], 'is a directory', {}],
    [['--from', capture], 'a.pcap: is not JSON', {}],
    [['--from', '-'], 'is a terminal', { stdinIsTerminal: true }],
    [['--from', at('report.json'), '-o', at('report.json')], 'is one of the inputs', {}],
    [['--from', at('report.json'), '--only', 'nonesuch'], "unknown rule 'nonesuch'", {}],
    [['--from', at('report.json'), 'x'], 'too many arguments', {}],
  ])('%j: exit code 2 and one line', async (words, message, world) => {
    const { code, stdout, stderr } = await call(['render', ...words], world);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^finrace: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('internal error');
  });

  test('a report of another version: the output file is not touched', async () => {
    writeFileSync(at('newer.json'), read('report.json').replace('finrace-report/1', 'finrace-report/2'));
    const { code, stderr } = await call(['render', '--from', at('newer.json'), '-o', at('untouched')]);
    expect(code).toBe(2);
    expect(stderr).toContain('newer.json: is of version 2, this finrace reads finrace-report/1');
    expect(existsSync(at('untouched'))).toBe(false);
  });
});

describe('in a job of GitHub Actions', () => {
  const env = (summary?: string) => ({ GITHUB_ACTIONS: 'true', ...(summary && { GITHUB_STEP_SUMMARY: summary }) });

  test('check annotates on stderr and adds to the summary; standard output is what it is elsewhere', async () => {
    writeFileSync(at('summary.md'), 'of another command\n');
    const { code, stdout, stderr } = await call(['check', capture], { env: env(at('summary.md')) });
    expect(code).toBe(1);
    expect(stdout).toBe((await call(['check', capture])).stdout);
    const names = stderr
      .split('\n')
      .map(workflowCommandOf)
      .filter((command) => command !== null);
    expect(names.map(({ name }) => name)).toEqual(['error', 'error', 'warning', 'notice']);
    expect(read('summary.md')).toMatch(/^of another command\n### ❌ finrace FAILED\n/);
  });

  test('not with --no-annotations, not for analyze, not elsewhere, and not twice', async () => {
    const commands = async (words: string[], world: Partial<World>) => {
      const { stdout, stderr } = await call(words, world);
      return (stdout + stderr).split('\n').filter((line) => workflowCommandOf(line) !== null).length;
    };
    expect(await commands(['check', '--no-annotations', capture], { env: env(at('none.md')) })).toBe(0);
    expect(existsSync(at('none.md'))).toBe(false);
    expect(await commands(['analyze', capture], { env: env() })).toBe(0);
    expect(await commands(['check', capture], { env: { GITHUB_ACTIONS: 'false' } })).toBe(0);
    expect(await commands(['check', '-f', 'github', capture], { env: env() })).toBe(4);
  });

  test('the summary stays below the limit together with what is there', async () => {
    writeFileSync(at('full.md'), 'x'.repeat(899_000));
    await call(['check', capture], { env: env(at('full.md')) });
    expect(read('full.md').length).toBeLessThan(900_000);
    expect(read('full.md')).toContain('further sections left out');
  });

  test('a summary that cannot be written is a warning, and the exit code stays', async () => {
    const { code, stderr } = await call(['check', capture], { env: env('/no/such/folder/summary.md') });
    expect(code).toBe(1);
    expect(stderr).toContain('finrace: warning: the step summary cannot be written: no such file\n');
  });
});
