// The gate as a user works with it: a configuration, a baseline that is made, kept and pruned, and what check says.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Report } from '../../report/report.ts';
import { RULES } from '../../rules/catalogue.ts';
import type { Finding } from '../../rules/finding.ts';
import { fakeFinding, fakeReport } from '../../testing/fake-report.ts';
import { openFile } from '../file-source.ts';
import { Interruption } from '../interruption.ts';
import { run } from '../main.ts';
import type { World } from '../world.ts';

const top = mkdtempSync(join(tmpdir(), 'finrace-baseline-'));
afterAll(() => rmSync(top, { recursive: true }));

let cwd = '';
let count = 0;
beforeEach(() => {
  cwd = join(top, `${++count}`);
  mkdirSync(join(cwd, '.git'), { recursive: true });
  writeFileSync(join(cwd, 'a.pcap'), 'bytes of a capture');
});

const print = (letter: string) => letter.repeat(32);
const LOST = fakeFinding({ id: '1', fingerprint: print('a') });
const CLOSED = fakeFinding({ id: '2', fingerprint: print('b'), rule: 'undelayed-close', severity: 'warning' });
const REMARK = fakeFinding({ id: '3', fingerprint: print('c'), rule: 'keep-alive-unused', severity: 'info' });

function collector(): Writable & { text: string } {
  const stream = Object.assign(new PassThrough(), { text: '' });
  stream.on('data', (chunk) => {
    stream.text += chunk;
  });
  return stream;
}

/** Calls finrace in `cwd` with a capture in which `findings` are found. */
async function call(
  words: readonly string[],
  findings: readonly Finding[] = [LOST, CLOSED, REMARK],
  today = '2026-06-15',
  changes: Partial<World> = {},
) {
  const stdout = collector();
  const stderr = collector();
  const report: Report = fakeReport({ findings, captures: fakeReport().captures.slice(1) });
  const code = await run(words, {
    stdout,
    stderr,
    stdinIsTerminal: false,
    env: {},
    cwd,
    now: () => new Date(`${today}T23:59:59Z`),
    rules: RULES.map(({ documentation }) => documentation),
    analyze: async () => report,
    openSource: (path) => openFile(join(cwd, path)),
    ...changes,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const create = (...words: string[]) => call(['baseline', 'create', 'a.pcap', ...words]);
const check = (...words: string[]) => call(['check', 'a.pcap', ...words]);
const baselineFile = () => readFileSync(join(cwd, 'finrace.baseline.json'), 'utf8');
const entries = () => JSON.parse(baselineFile()).findings;
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);

describe('finrace baseline create', () => {
  test('warnings and errors, one on a line, with notes; then check passes and tells what it let pass', async () => {
    expect((await check()).code).toBe(1);
    const made = await create('--reason', 'known', '--owner', 'web', '--expires', '2026-12-31');
    expect(made).toMatchObject({ code: 0, stdout: 'finrace.baseline.json: 2 entries for 2 findings\n' });
    const notes = { reason: 'known', expires: '2026-12-31', owner: 'web' };
    expect(entries()).toMatchObject([
      { fingerprint: print('a'), count: 1, ...notes },
      { fingerprint: print('b'), count: 1, ...notes },
    ]);
    expect(
      baselineFile()
        .split('\n')
        .filter((line) => line.includes('"fingerprint":')),
    ).toHaveLength(2);
    const { code, stdout } = await check('--fail-on', 'warning');
    expect(code).toBe(0);
    expect(stdout).toContain('suppressed: 2 findings by 2 entries of finrace.baseline.json\n');
    expect(stdout).not.toContain('ERROR');
    expect((await check('--no-baseline')).code).toBe(1);
  });

  test('JSON keeps what is suppressed, and says why', async () => {
    await create('--reason', 'known');
    const report = JSON.parse((await check('--format', 'json')).stdout);
    expect(report.findings).toHaveLength(3);
    expect(report.findings[0].suppressed).toEqual({ reason: 'known', expires: null, owner: null });
    expect(report.gate).toMatchObject({
      verdict: 'passed',
      suppressed: { baseline: 'finrace.baseline.json', findings: 2, entries: 2 },
    });
  });

  test('more of the same than is known fails', async () => {
    await create();
    const { code, stdout } = await call(['check', 'a.pcap'], [LOST, { ...LOST, id: '9' }]);
    expect(code).toBe(1);
    expect(lastLine(stdout)).toMatch(/^FAILED: 1 finding at or above error .*1 of them suppressed/);
  });

  test('a file that is there is kept, unless --force says so; then reasons stay', async () => {
    await create('--reason', 'known');
    expect(await create()).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'finrace: finrace.baseline.json: is there already (--force replaces it)\n',
    });
    await call(['baseline', 'create', '--force', 'a.pcap'], [LOST, LOST]);
    expect(entries()).toMatchObject([{ count: 2, reason: 'known' }]);
  });

  test('the file holds to its schema', async () => {
    await create('--min-severity', 'info');
    expect(entries()).toHaveLength(3);
    const schema = readFileSync(new URL('../../../schema/finrace-baseline.schema.json', import.meta.url), 'utf8');
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(schema));
    expect(validate(JSON.parse(baselineFile())), JSON.stringify(validate.errors)).toBe(true);
  });

  test.each([
    [['--expires', 'soon'], "'soon' is no date"],
    [['--expires', '2026-02-30'], "'2026-02-30' is no date"],
    [['--baseline', 'no/such/folder.json'], 'no/such/folder.json: cannot be written: no such directory'],
  ])('%j: exit code 2 and one line', async (words, message) => {
    const { code, stderr } = await create(...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^finrace: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});

describe('an entry', () => {
  test('that has expired fails the gate again; unused ones warn, and are an error when strict', async () => {
    await create('--expires', '2026-06-15');
    expect((await check()).code).toBe(0);
    const late = await call(['check', 'a.pcap'], [LOST], '2026-06-16');
    expect(late.code).toBe(1);
    expect(late.stdout).toContain('warning: 2 entries of finrace.baseline.json expired: aaaaaaaa fin-crosses-request');
    const unused = await call(['check', 'a.pcap'], [LOST]);
    expect(unused.code).toBe(0);
    expect(unused.stdout).toContain('warning: 1 entry of finrace.baseline.json found nothing any more: bbbbbbbb');
    const strict = await call(['check', 'a.pcap', '--strict-baseline'], [LOST]);
    expect(strict.code).toBe(2);
    expect(lastLine(strict.stdout)).toMatch(/^UNSOUND: 1 entry of finrace\.baseline\.json found nothing any more/);
  });

  test('is in use although a filter hides what it knows', async () => {
    await create();
    expect((await check('--only', 'undelayed-close', '--strict-baseline')).code).toBe(0);
  });

  test('that nothing needs any more is pruned', async () => {
    await create('--reason', 'known');
    const { code, stdout } = await call(['baseline', 'prune', 'a.pcap'], [LOST]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'finrace.baseline.json: 1 entry removed, 0 counts lowered, 1 entry left\n',
    });
    expect(entries()).toMatchObject([{ fingerprint: print('a'), reason: 'known' }]);
  });
});

describe('a baseline that is none', () => {
  const valid = () => ({ schema: 'finrace-baseline/1', fingerprintVersion: 2, findings: [] as unknown[] });
  const entry = () => ({
    fingerprint: print('a'),
    rule: 'r',
    server: 's',
    route: null,
    summary: '',
    count: 1,
    reason: null,
    expires: null,
    owner: null,
  });

  test.each([
    ['nonsense', ': is no JSON: '],
    ['{"findings": [', ':1:15: is no JSON: '],
    ['[]', ': must be a mapping of names to values, not a list'],
    [
      { ...valid(), schema: 'finrace-baseline/9' },
      'is of version 9, this finrace reads finrace-baseline/1 (a newer finrace wrote it)',
    ],
    [
      { ...valid(), fingerprintVersion: 1 },
      'its fingerprints are of version 1, this finrace makes version 2; make it anew',
    ],
    [
      { ...valid(), findings: [{ ...entry(), count: 0 }] },
      'findings[0].count: must be a whole number from 1 on, not 0',
    ],
    [
      { ...valid(), findings: [{ ...entry(), fingerprint: '../x' }] },
      'findings[0].fingerprint: must be 32 hexadecimal',
    ],
    [
      { ...valid(), findings: [{ ...entry(), expires: '2026-02-30' }] },
      'findings[0].expires: must be a day of the calendar',
    ],
    [{ ...valid(), findings: [{ ...entry(), reson: 'x' }] }, 'findings[0].reson: unknown key (did you mean reason?)'],
    [{ ...valid(), findings: [entry(), entry()] }, 'stands there twice'],
  ])('%j', async (content, message) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(cwd, 'finrace.baseline.json'), text);
    const { code, stdout, stderr } = await check();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^finrace: finrace\.baseline\.json[^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  test('one that was asked for must be there', async () => {
    expect(await check('--baseline', 'other.json')).toMatchObject({
      code: 2,
      stderr: 'finrace: other.json: no such file\n',
    });
  });
});

describe('a configuration', () => {
  test('changes what check fails on, and names where it was asked for', async () => {
    writeFileSync(
      join(cwd, 'finrace.config.yaml'),
      'rules: { fin-crosses-request: warning }\nservers: { "*:8080": { rules: { undelayed-close: { max: 0 } } } }',
    );
    const { code, stdout } = await check();
    expect(code).toBe(1);
    expect(lastLine(stdout)).toMatch(
      /^FAILED: 1 undelayed-close on \*:8080, at most 0 \(finrace\.config\.yaml: servers\["\*:8080"\]\.rules\.undelayed-close\) /,
    );
    expect((await check('--no-config', '--fail-on', 'never')).code).toBe(0);
    expect((await call(['analyze', 'a.pcap', '-f', 'json'])).stdout).toMatch(
      /"rule":"fin-crosses-request".*"severity":"warning"/,
    );
  });

  test('budgets of the command line', async () => {
    expect((await check('--max-findings', 'fin-crosses-request=1')).code).toBe(0);
    expect((await check('--max-findings', 'fin-crosses-request=0')).code).toBe(1);
    expect((await check('--max-findings', 'fin-crosses-request=1', '--max-warnings', '0')).code).toBe(1);
    expect(await check('--max-findings', 'fin-cross=1')).toMatchObject({ code: 2, stdout: '' });
    expect(await check('--max-findings', 'fin-crosses-request')).toMatchObject({ code: 2, stdout: '' });
  });

  test('finrace config init writes one that counts nothing else than what is usual', async () => {
    expect((await call(['config', 'init'])).stdout).toBe('finrace.config.yaml: written\n');
    const again = await call(['config', 'init']);
    expect(again).toMatchObject({
      code: 2,
      stderr: 'finrace: finrace.config.yaml: is there already (--force replaces it)\n',
    });
    const text = readFileSync(join(cwd, 'finrace.config.yaml'), 'utf8');
    expect((await check()).code).toBe(1);
    // What is commented out holds as well, once it is let in.
    writeFileSync(join(cwd, 'finrace.config.yaml'), text.replace(/^( *)# (?=[a-z" ])/gm, '$1'));
    const { code, stderr, stdout } = await call(['config', 'print']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('ports: [8080]');
    expect(stdout).toContain('"idleTimeoutSeconds":{"atLeast":65}');
  });

  test('finrace config print says what counts and where it was said', async () => {
    writeFileSync(join(cwd, '.finracerc'), '{"minSeverity": "warning", "check": {"maxWarnings": 3}}');
    const text = (await call(['config', 'print', '--fail-on', 'info'])).stdout;
    expect(text).toMatch(/^configuration: \.finracerc\n/);
    expect(text).toMatch(/^check\.failOn: "info" +\(--fail-on\)$/m);
    expect(text).toMatch(/^check\.maxWarnings: 3 +\(\.finracerc\)$/m);
    expect(text).toMatch(/^color: "auto" +\(default\)$/m);
    const { settings } = JSON.parse((await call(['config', 'print', '--format', 'json'])).stdout);
    expect(settings.minSeverity).toEqual({ value: 'warning', from: '.finracerc' });
    expect(settings.format).toEqual({ value: 'text', from: 'default' });
  });

  test.each([['config'], ['baseline']])('finrace %s alone says what is missing', async (word) => {
    expect(await call([word])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^finrace: say which/),
    });
  });
});

describe('what a call reads is not what it writes', () => {
  test('neither the baseline nor the configuration', async () => {
    await create();
    writeFileSync(join(cwd, 'finrace.config.yaml'), '{}');
    const at = (name: string) => join(cwd, name);
    for (const words of [
      ['check', 'a.pcap', '-o', `json=${at('finrace.baseline.json')}`],
      ['check', 'a.pcap', '-o', at('finrace.config.yaml')],
      ['analyze', 'a.pcap', '-o', at('finrace.config.yaml')],
      ['annotate', 'a.pcap', '-o', at('finrace.config.yaml')],
      ['baseline', 'create', 'a.pcap', '--force', '--baseline', 'finrace.config.yaml'],
    ]) {
      const { code, stderr } = await call(words);
      expect(stderr).toMatch(/is one of the inputs, which would be overwritten\n$/);
      expect(code).toBe(2);
    }
    expect(readFileSync(at('finrace.config.yaml'), 'utf8')).toBe('{}');
    // Without the baseline it is a file as any other.
    expect((await check('--no-baseline', '-o', `json=${at('finrace.baseline.json')}`)).code).toBe(1);
  });

  test.runIf(existsSync('/dev/zero'))('a baseline is a regular file', async () => {
    for (const words of [
      ['check', 'a.pcap', '--baseline', '/dev/zero'],
      ['baseline', 'create', 'a.pcap', '--force', '--baseline', '/dev/full'],
      ['baseline', 'prune', 'a.pcap', '--baseline', '/dev/zero'],
    ]) {
      const { code, stderr } = await call(words);
      expect(stderr).toMatch(/^finrace: [^\n]*dev\/(?:zero|full): is no file\n$/);
      expect(code).toBe(2);
    }
  });

  test.skipIf(process.platform === 'win32')('a named pipe is none, and keeps nobody waiting', async () => {
    expect(spawnSync('mkfifo', [join(cwd, 'pipe')]).status).toBe(0);
    expect((await check('--baseline', 'pipe')).stderr).toBe('finrace: pipe: is no file\n');
  });

  test('a baseline that is called -', async () => {
    expect((await create('--baseline', '-')).stderr).toBe(
      'finrace: a baseline is a file; one called - is written ./-\n',
    );
    expect((await create('--baseline', './-')).code).toBe(0);
  });
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while the captures are read leaves the baseline as it was', async (signal, code) => {
  await create();
  const before = baselineFile();
  for (const words of [
    ['baseline', 'create', '--force', 'a.pcap'],
    ['baseline', 'prune', 'a.pcap'],
  ]) {
    const interruption = new Interruption();
    const analyze = async () => {
      interruption.request(signal);
      return fakeReport({ findings: [] });
    };
    const outcome = await call(words, [], '2026-06-15', { interruption, analyze });
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toMatch(/finrace: interrupted; the baseline is as it was\n$/);
    expect(baselineFile()).toBe(before);
  }
});

describe('what would have no effect is refused, or has one', () => {
  test.each([
    [['baseline', 'create', '-o', 'x', 'a.pcap'], "unknown option '-o'"],
    [['baseline', 'prune', '--format', 'json', 'a.pcap'], "unknown option '--format'"],
    [['config', 'print', '-f', 'html'], 'settings are printed as text or json, not as html'],
    [['config', 'init', '-'], 'a configuration is a file'],
    [['config', 'init', 'package.json'], 'write its settings there under "finrace"'],
    [['config', 'init', '--force', '.git'], '.git: is no file'],
  ])('%j', async (words, message) => {
    const { code, stdout, stderr } = await call(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^finrace: [^\n]*\n$/);
    expect(stderr).toContain(message);
  });

  test('config print to a file; format and file are those of the list', async () => {
    writeFileSync(join(cwd, '.finracerc'), '{"format": "markdown", "output": "r.md"}');
    const path = join(cwd, 'list.json');
    expect(await call(['config', 'print', '-f', 'json', '-o', path])).toMatchObject({ code: 0, stdout: '' });
    const { settings } = JSON.parse(readFileSync(path, 'utf8'));
    expect(settings.format).toEqual({ value: 'markdown', from: '.finracerc' });
    expect(settings.output).toEqual({ value: [join(cwd, 'r.md')], from: '.finracerc' });
    expect((await call(['config', 'print', '-o', join(cwd, '.finracerc')])).code).toBe(2);
  });

  test('config init writes JSON where the name says so', async () => {
    expect((await call(['config', 'init', 'finrace.config.json'])).code).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, 'finrace.config.json'), 'utf8'))).toEqual({ check: { failOn: 'error' } });
    expect((await check()).code).toBe(1);
  });
});

describe('a baseline that was written by hand, or by another version', () => {
  const written = async (change: (text: string) => string) => {
    await create();
    writeFileSync(join(cwd, 'finrace.baseline.json'), change(baselineFile()));
    return (await check()).stderr;
  };

  test.each<[string, (text: string) => string, string]>([
    [
      'a newer one',
      (text) => text.replace('baseline/1', 'baseline/2'),
      'is of version 2, this finrace reads finrace-baseline/1 (a newer finrace wrote it)',
    ],
    ['no schema', (text) => text.replace('"schema": "finrace-baseline/1",', ''), ': schema: is missing\n'],
    ['no count', (text) => text.replace('"count":1,', ''), ':5:5: findings[0].count: is missing\n'],
    [
      'a slip',
      (text) => text.replace('"count":', '"cuont":'),
      'findings[0].count: is missing; there is "cuont" (did you mean count?)',
    ],
    ['twice', (text) => text.replace('"count":1,', '"count":1,"count":9,'), '"count" stands there twice'],
    [
      'no mapping',
      (text) => text.replace(/"findings": \[[\s\S]*\]/, '"findings": [7]'),
      'findings[0]: must be a mapping of names to values, not 7',
    ],
  ])('%s', async (_, change, message) => {
    expect(await written(change)).toContain(message);
  });
});

test('hostile names of files are escaped', async () => {
  const name = 'b\u001b]52;c;x\u0007.json';
  writeFileSync(join(cwd, name), '{');
  const { code, stderr } = await check('--baseline', name);
  expect(code).toBe(2);
  expect(stderr).toContain('\\x1b]52;c;x\\x07.json:1:2: is no JSON: ');
  expect(existsSync(join(cwd, 'finrace.baseline.json'))).toBe(false);
});
