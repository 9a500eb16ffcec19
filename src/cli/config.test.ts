// Configurations as users write them, and as strangers do: what counts, and what is said about what is wrong.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Command } from 'commander';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { FAKE_RULES } from '../testing/fake-report.ts';
import { addPolicyOptions, type CheckOptions } from './commands/check.ts';
import { originText, settingsOf } from './config.ts';
import { findConfig } from './config-find.ts';
import { addAnalysisOptions } from './options.ts';
import type { World } from './world.ts';

const top = realpathSync(mkdtempSync(join(tmpdir(), 'finrace-config-')));
afterAll(() => rmSync(top, { recursive: true }));

let folder = '';
let count = 0;
beforeEach(() => {
  folder = join(top, `${++count}`);
  mkdirSync(join(folder, '.git'), { recursive: true });
});

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** What a call of `check` with these words comes to. */
async function settings(words: readonly string[] = [], env: World['env'] = {}, cwd = folder) {
  const world = { cwd, env, rules: FAKE_RULES } as World;
  const command = addPolicyOptions(addAnalysisOptions(new Command('check')), world).exitOverride();
  command.parse([...words], { from: 'user' });
  return settingsOf<CheckOptions>(command, world);
}

/** The one line that is said about the configuration. */
async function complaint(name: string, content: unknown): Promise<string> {
  write(name, content);
  const error: unknown = await settings().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).name).toBe('WrongCallError');
  expect((error as Error).message).not.toContain('\n');
  return (error as Error).message;
}

describe('is found', () => {
  test.each([
    ['finrace.config.json', '{"quiet":true}'],
    ['finrace.config.yaml', 'quiet: true'],
    ['finrace.config.yml', 'quiet: true'],
    ['.finracerc', '{"quiet":true}'],
    ['.finracerc', 'quiet: true # a remark'],
    ['.finracerc.json', '\uFEFF{"quiet":true}'],
    ['.finracerc.yaml', 'quiet: true'],
    ['package.json', '{"name":"x","finrace":{"quiet":true}}'],
  ])('as %s: %s', async (name, content) => {
    write(name, content);
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    const { options, file } = await settings([], {}, join(folder, 'a/b'));
    expect(options.quiet).toBe(true);
    expect(file!.name).toBe(join('../..', name));
  });

  test('the nearest one', async () => {
    write('finrace.config.json', { minSeverity: 'error' });
    write('a/finrace.config.json', { minSeverity: 'warning' });
    expect((await settings([], {}, join(folder, 'a'))).options.minSeverity).toBe('warning');
  });

  test('not above the root of the git repository', () => {
    write('finrace.config.json', {});
    mkdirSync(join(folder, 'inner/.git'), { recursive: true });
    mkdirSync(join(folder, 'inner/deep'));
    expect(findConfig(join(folder, 'inner/deep'))).toBeNull();
    expect(findConfig(folder)).not.toBeNull();
  });

  test('not in a package.json without finrace, nor in a broken one', () => {
    write('a/package.json', { name: 'finrace' });
    write('a/b/package.json', '{ "finrace": ');
    expect(findConfig(join(folder, 'a/b'))).toBeNull();
  });

  test('not in a folder of that name', () => {
    mkdirSync(join(folder, 'finrace.config.json'));
    expect(findConfig(folder)).toBeNull();
  });

  test('where --config says, and nowhere with --no-config', async () => {
    write('finrace.config.json', { quiet: true });
    write('other.conf', 'minSeverity: error');
    expect((await settings(['--config', 'other.conf'])).options).toMatchObject({ minSeverity: 'error' });
    expect((await settings([], { FINRACE_CONFIG: 'other.conf' })).options.quiet).toBeUndefined();
    expect((await settings(['--no-config'])).file).toBeNull();
    await expect(settings(['--config', 'missing.json'])).rejects.toThrow(/missing\.json: no such file$/);
    await expect(settings(['--config', '.'])).rejects.toThrow('is no file');
  });
});

describe('what counts', () => {
  test('the command line over the environment over the file', async () => {
    write(
      'finrace.config.yaml',
      'minSeverity: info\ncolor: never\nformat: json\ncheck: {failOn: info, maxWarnings: 1}',
    );
    const found = await settings(['--min-severity', 'error'], {
      FINRACE_MIN_SEVERITY: 'warning',
      FINRACE_COLOR: 'always',
      FINRACE_FAIL_ON: 'never',
    });
    expect(found.options).toMatchObject({
      minSeverity: 'error',
      color: 'always',
      format: 'json',
      failOn: 'never',
      maxWarnings: 1,
    });
    expect(['minSeverity', 'color', 'maxWarnings', 'format'].map((name) => originText(found, name))).toEqual([
      '--min-severity',
      'FINRACE_COLOR',
      'finrace.config.yaml: check.maxWarnings',
      'finrace.config.yaml: format',
    ]);
  });

  test('all that options can say', async () => {
    write('finrace.config.json', {
      $schema: './finrace-config.schema.json',
      only: ['fin-crosses-request'],
      ignore: ['keep-alive-unused'],
      hosts: ['10.0.0.5', '[fd00::1]'],
      ports: [80, 8080],
      output: 'out/report.json',
      outputs: ['sarif=out/report.sarif'],
      detail: 'findings',
      check: { baseline: 'known.json', strictBaseline: true, onTruncated: 'fail' },
    });
    expect((await settings()).options).toEqual({
      only: ['fin-crosses-request'],
      ignore: ['keep-alive-unused'],
      host: ['10.0.0.5', 'fd00::1'],
      port: [80, 8080],
      output: [join(folder, 'out/report.json'), `sarif=${join(folder, 'out/report.sarif')}`],
      detail: 'findings',
      baseline: join(folder, 'known.json'),
      strictBaseline: true,
      onTruncated: 'fail',
    });
  });

  test('the policy', async () => {
    write(
      'finrace.config.yaml',
      `
aliases: { "172.18.*": orders }
check: { ifNotObserved: fail }
rules: { keep-alive-unused: off, undelayed-close: { severity: info, max: 2 } }
servers:
  orders: { rules: { undelayed-close: { max: 0 } } }
  "*:8080": { expect: { idleTimeoutSeconds: { atLeast: 65, ifNotObserved: pass }, exchanges: { atLeast: 1 } } }
`,
    );
    const { policy } = await settings();
    expect(policy.ifNotObserved).toBe('fail');
    expect(policy.aliases.map(({ name, pattern }) => [pattern.text, name])).toEqual([['172.18.*', 'orders']]);
    expect(Object.fromEntries(policy.rules)).toEqual({
      'keep-alive-unused': { severity: 'off', source: 'finrace.config.yaml: rules.keep-alive-unused' },
      'undelayed-close': { severity: 'info', max: 2, source: 'finrace.config.yaml: rules.undelayed-close' },
    });
    const [orders, port] = policy.servers;
    expect(orders!.rules.get('undelayed-close')!.max).toBe(0);
    expect(port!.expectations.map(({ limit, source }) => [limit.key, source])).toEqual([
      ['idleTimeoutSeconds', 'finrace.config.yaml: servers["*:8080"].expect.idleTimeoutSeconds'],
      ['exchanges', 'finrace.config.yaml: servers["*:8080"].expect.exchanges'],
    ]);
  });

  test('an empty file says nothing', async () => {
    write('finrace.config.yaml', '# all of it is a remark\n');
    expect((await settings()).options).toEqual({});
  });

  test('variables of what an option turns off', async () => {
    write('finrace.config.yaml', 'check: { baseline: known.json }');
    const baseline = async (env: World['env'], ...words: string[]) => (await settings(words, env)).options.baseline;
    expect(await baseline({ FINRACE_NO_BASELINE: '1' })).toBe(false);
    expect(await baseline({ FINRACE_NO_BASELINE: '1', FINRACE_BASELINE: 'b.json' })).toBe(false);
    expect(await baseline({ FINRACE_NO_BASELINE: '0', FINRACE_BASELINE: 'b.json' })).toBe('b.json');
    expect(await baseline({ FINRACE_NO_BASELINE: '1' }, '--baseline', 'b.json')).toBe('b.json');
    expect((await settings([], { FINRACE_NO_CONFIG: '1' })).file).toBeNull();
    await expect(settings([], { FINRACE_NO_CONFIG: 'x' })).rejects.toThrow(
      'FINRACE_NO_CONFIG: must be 1 or 0, not "x"',
    );
    for (const [env, wanted] of [
      [{}, true],
      [{ FINRACE_NO_ANNOTATIONS: '1' }, false],
      [{ FINRACE_NO_ANNOTATIONS: '0' }, true],
      [{ FINRACE_ANNOTATIONS: '0' }, false],
      [{ FINRACE_ANNOTATIONS: '1' }, true],
    ] as const) {
      const command = addAnalysisOptions(new Command('check')).option('--no-annotations').exitOverride();
      command.parse([], { from: 'user' });
      const world = { cwd: folder, env, rules: FAKE_RULES } as unknown as World;
      const { options, origins } = await settingsOf<CheckOptions>(command, world);
      expect(options.annotations).toBe(wanted);
      // What nobody said has no origin.
      if (Object.keys(env).length === 0) expect(origins.has('annotations')).toBe(false);
    }
  });

  test.each([
    [{ FINRACE_PORT: '80,x' }, "FINRACE_PORT: 'x' is not a port"],
    [{ FINRACE_QUIET: 'maybe' }, 'FINRACE_QUIET: must be 1 or 0, not "maybe"'],
    [{ FINRACE_FAIL_ON: 'fatal' }, 'FINRACE_FAIL_ON: Allowed choices are error, warning, info, never'],
    [{ FINRACE_MAX_FINDINGS: 'no-rule=1' }, "FINRACE_MAX_FINDINGS: unknown rule 'no-rule'"],
  ])('a wrong variable is named: %j', async (env, message) => {
    await expect(settings([], env)).rejects.toThrow(message);
  });
});

describe('what is wrong is told in one line, with its place', () => {
  test.each([
    ['check:\n  failOnn: error', ':2:3: check.failOnn: unknown key (did you mean failOn?)'],
    ['chekc: {}', ':1:1: chekc: unknown key (did you mean check?)'],
    [
      'check:\n  failOn: eror',
      ':2:3: check.failOn: must be error, warning, info or never, not "eror" (did you mean error?)',
    ],
    ['rules:\n  unanounced-close: off', ':2:3: rules.unanounced-close: unknown key'],
    ['rules:\n  undelayed-close: oof', ':2:3: rules.undelayed-close: must be error, warning, info or off, not "oof"'],
    ['rules:\n  undelayed-close: { mx: 1 }', ':2:22: rules.undelayed-close.mx: unknown key (known: severity, max)'],
    [
      'rules:\n  undelayed-close: { max: -1 }',
      ':2:22: rules.undelayed-close.max: must be a whole number from 0 on, not -1',
    ],
    ['rules: [undelayed-close]', ':1:1: rules: must be a mapping of names to values, not a list'],
    [
      'ignore:\n  - undelayed-close\n  - fin-croses-request',
      ':3:5: ignore[1]: must be fin-crosses-request, reset-mid-response, undelayed-close or keep-alive-unused, not "fin-croses-request" (did you mean fin-crosses-request?)',
    ],
    ['hosts: [example.test]', ':1:9: hosts[0]: "example.test" is not an IP address'],
    ['hosts:\n  - ::1\n  - fe80::1%eth0', ':3:5: hosts[1]: "fe80::1%eth0" names a zone (%)'],
    ['quiet: true\n---\nquiet: false', ':2:1: is no YAML: it holds several documents (---), and one is read'],
    ['ports: [99999]', ':1:9: ports[0]: must be a port (1 to 65535), not 99999'],
    ['check: { maxWarnings: 1e99 }', ':1:10: check.maxWarnings: must be a whole number'],
    ['check: { maxWarnings: .inf }', 'check.maxWarnings: must be a whole number'],
    ['check: { maxWarnings: "3" }', 'check.maxWarnings: must be a whole number, not "3"'],
    ['servers: { "*:80": { expect: { idleTimeoutSeconds: 65 } } }', 'must be a mapping of names to values, not 65'],
    ['servers: { "*:80": { expect: { idleTimeoutSeconds: {} } } }', 'needs atLeast, atMost or both'],
    ['servers: { "*:80": { expect: { maxRequests: { atLeast: 2, atMost: 1 } } } }', 'atLeast is greater than atMost'],
    ['servers: { "*:80": { expect: { idleTimeout: { atLeast: 2 } } } }', 'did you mean idleTimeoutSeconds?'],
    [
      'servers:\n  "10.0.0.1:x": {}',
      ":2:3: servers[\"10.0.0.1:x\"]: '10.0.0.1:x' is no pattern of servers: 'x' is no port",
    ],
    ['servers:\n  orders: {}', ':2:3: servers.orders: no alias is called orders'],
    ['aliases: { "10.*": "a b" }', 'an alias is a letter'],
    ['aliases: { orders: web }', 'an alias is for a pattern of addresses'],
    ['servers:\n  *:8080: {}', 'is no YAML: '],
    ['servers:\n  *:8080: {}', '(a name that begins with * or [ needs quotes)'],
    ['quiet: true\nquiet: false', ':2:1: is no YAML: "quiet" stands there twice'],
    ['quiet: *nothing', 'is no YAML: '],
    ['a: 1\n---\nb: 2', 'is no YAML: '],
    ['? [a]\n: 1', 'is no YAML: a name must be a text'],
    ['[]', ': must be a mapping of names to values, not a list'],
    ['output: ../../.bashrc', 'output: must lie in the folder of the configuration, not "../../.bashrc"'],
    ['outputs: [html=../x.html]', 'outputs[0]: must lie in the folder of the configuration, not "../x.html"'],
    ['output: /etc/passwd', 'output: must lie in the folder of the configuration'],
    ['check: { baseline: ".." }', 'check.baseline: must lie in the folder of the configuration'],
  ])('%j', async (content, message) => {
    const said = await complaint('finrace.config.yaml', content);
    expect(said).toMatch(/^finrace\.config\.yaml/);
    expect(said).toContain(message);
  });

  test('in JSON too, and in a package.json', async () => {
    expect(await complaint('finrace.config.json', '{\n  "quiet": "yes"\n}')).toBe(
      'finrace.config.json:2:3: quiet: must be true or false, not "yes"',
    );
    rmSync(join(folder, 'finrace.config.json'));
    expect(await complaint('package.json', '{\n  "finrace": {\n\t"quite": true }}')).toMatch(
      /^package\.json:3:2: finrace\.quite: unknown key \(did you mean quiet\?\)/,
    );
  });

  test.each(['{"quiet": tru}', '{"quiet": true', '', '{"a":1,}', '[1'])('JSON that is none: %j', async (text) => {
    expect(await complaint('finrace.config.json', text)).toMatch(/^finrace\.config\.json(?::\d+:\d+)?: is no JSON: ./);
  });

  test('several mistakes: one of them', async () => {
    expect(await complaint('finrace.config.json', { quiet: 1, chekc: 2, detail: 3 })).toContain(
      'detail: must be findings,',
    );
  });
});

describe('a hostile configuration', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is no key', async (key) => {
    expect(await complaint('finrace.config.json', `{"${key}": {"quiet": true}}`)).toContain(`${key}: unknown key`);
    expect(await complaint('finrace.config.json', `{"check": {"${key}": 1}}`)).toContain(`check.${key}: unknown key`);
    expect(await complaint('finrace.config.json', `{"servers": {"${key}": {}}}`)).toContain(`${key}: unknown key`);
    expect(({} as Record<string, unknown>).quiet).toBeUndefined();
  });

  test('aliases upon aliases of YAML are refused at once', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`);
    expect(await complaint('finrace.config.yaml', `a0: &a0 x\n${levels.join('\n')}\n`)).toMatch(/is no YAML: .*alias/i);
  });

  test.each([
    ['nested', '['.repeat(60_000)],
    ['nested mappings', '{a: '.repeat(15_000)],
    ['many names', Array.from({ length: 6_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['binary', '\u0000\u0001\u0002\u001b[2J'],
    ['code', 'quiet: !!js/function "function () { process.exit(9) }"'],
  ])('%s is one short line', async (_, content) => {
    expect((await complaint('finrace.config.yaml', content)).length).toBeLessThan(400);
  });

  test('a huge file is not read', async () => {
    expect(await complaint('finrace.config.yaml', '#'.repeat(70_000))).toContain('too large for a configuration');
  });
});

describe('the published schemas', () => {
  test.each(['config', 'baseline'])('finrace-%s.schema.json is what is checked', async (name) => {
    const { toJsonSchema } = await import('@valibot/to-json-schema');
    const { BASELINE, configSchema } = await import('./config-schema.ts');
    const { RULES } = await import('../rules/catalogue.ts');
    const schema = name === 'baseline' ? BASELINE : configSchema(RULES.map(({ documentation }) => documentation.id));
    const made = toJsonSchema(schema, { target: 'draft-2020-12', errorMode: 'ignore', typeMode: 'input' });
    const text = `${JSON.stringify(made, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`../../schema/finrace-${name}.schema.json`);
    expect(() => new Ajv2020({ strict: true, allowUnionTypes: true }).compile(made as object)).not.toThrow();
  });
});

test('a link must not lead a file out of the folder, nor to nowhere', async () => {
  const outside = join(top, 'outside');
  mkdirSync(outside, { recursive: true });
  mkdirSync(join(folder, 'inside'));
  symlinkSync(outside, join(folder, 'away'));
  symlinkSync('inside', join(folder, 'here'));
  symlinkSync(join(outside, 'new.json'), join(folder, 'nowhere.json'));
  writeFileSync(join(outside, 'there.json'), '');
  symlinkSync(join(outside, 'there.json'), join(folder, 'there.json'));
  for (const path of ['away/x.json', 'away/deep/er/x.json', 'nowhere.json', 'there.json']) {
    for (const content of [{ output: path }, { outputs: [`json=${path}`] }, { check: { baseline: path } }]) {
      expect(await complaint('finrace.config.json', content)).toContain('a symbolic link leads out of the folder');
    }
  }
  for (const path of ['here/x.json', 'new/deep/x.json', 'x.json']) {
    write('finrace.config.json', { output: path });
    expect((await settings()).options.output).toEqual([join(folder, path)]);
  }
  // The folder itself may be reached by a link.
  symlinkSync(folder, join(top, 'by-link'));
  expect((await settings([], {}, join(top, 'by-link'))).options.output).toEqual([join(top, 'by-link', 'x.json')]);
});

describe('a name that stands twice in JSON', () => {
  test.each([
    ['{"quiet":true,"quiet":false}', ':1:15: "quiet" stands there twice'],
    ['{"check":{"failOn":"error"},\n  "check":{}}', ':2:3: "check" stands there twice'],
    ['{"ports":[1],"check":{"failOn":"info","fail\\u004fn":"error"}}', ':1:39: "failOn" stands there twice'],
  ])('%s', async (text, message) => {
    expect(await complaint('finrace.config.json', text)).toBe(`finrace.config.json${message}`);
  });

  test('is none in another object, in a list or in a text', async () => {
    write(
      'finrace.config.json',
      '{"rules":{"undelayed-close":{"max":1},"keep-alive-unused":{"max":1}},"output":"\\"a\\":{,\\\\","outputs":["json=a","sarif=a"]}',
    );
    await settings();
  });

  test('in a package.json only what is for finrace counts', async () => {
    write('package.json', '{"a":{"x":1,"x":2},"a":{},"finrace":{"quiet":true}}');
    expect((await settings()).options.quiet).toBe(true);
    expect(await complaint('package.json', '{"finrace":{"quiet":true,"quiet":true}}')).toContain('stands there twice');
  });

  test('a text of many megabytes needs no stack', async () => {
    const { parseJson } = await import('./config-read.ts');
    for (const text of ['a'.repeat(12e6), '\\n'.repeat(6e6)]) {
      await parseJson({ name: 'x', text: `{"x":"${text}"}` });
    }
  });
});
