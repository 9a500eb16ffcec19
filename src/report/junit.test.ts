import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { fakeFinding, fakeGate, fakeReport, healthyReport } from '../testing/fake-report.ts';
import type { FormatOptions } from './format.ts';
import { junit } from './junit.ts';
import type { Report } from './report.ts';

interface TestCase {
  readonly name: string;
  readonly classname: string;
  readonly file: string | undefined;
  /** Text of the element, by its name. */
  readonly inside: Record<string, string>;
}

function casesOf(report: Report, options: Partial<FormatOptions> = {}) {
  const cases: TestCase[] = [];
  const suites: Record<string, string>[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const { name: called = '', classname = '', file } = attributes as Record<string, string>;
    if (name === 'testcase') cases.push({ name: called, classname, file, inside: {} });
    else if (name.startsWith('testsuite')) suites.push(attributes as Record<string, string>);
    else cases.at(-1)!.inside[name] = '';
  });
  parser.on('text', (text) => {
    const last = cases.at(-1);
    const element = last && Object.keys(last.inside).at(-1);
    if (element !== undefined) last!.inside[element] += text;
  });
  for (const piece of junit.render(report, { color: false, width: 80, quiet: false, ...options })) parser.write(piece);
  parser.close();
  return { cases, suites };
}

const isFailure = ({ inside }: TestCase) => 'failure' in inside;

test('one case for each server and rule, those included that passed', () => {
  const { cases, suites } = casesOf(fakeReport());
  expect(cases).toHaveLength(1 + 2 * 4);
  expect(new Set(cases.map(({ classname, name }) => `${classname} ${name}`)).size).toBe(cases.length);
  expect(cases.filter(isFailure).map(({ classname, name }) => `${name} ${classname}`)).toEqual([
    'fin-crosses-request 10.0.0.2:8080',
    'reset-mid-response [fd00::2]:80',
  ]);
  for (const suite of suites) expect(suite).toMatchObject({ tests: '9', failures: '2', errors: '0' });
  expect(suites[1]!.timestamp).toBe('2026-01-02T03:04:05');
});

test('a failure has all that is to say in its element; what is no failure says it too', () => {
  const { cases } = casesOf(fakeReport());
  const failed = cases.find(isFailure)!;
  expect(failed.inside.failure).toContain('5.001 s after the last response; the request was never answered.');
  expect(failed.inside.failure).toContain('Filter: tcp.stream eq 3 && frame.number in {12, 13, 1014}');
  expect(failed.inside.failure).toContain('1,240 incidents');
  const warned = cases.find(({ name }) => name === 'undelayed-close')!;
  expect(warned.inside['system-out']).toContain('with 4096 bytes of the request unread');
});

test.each<[NonNullable<FormatOptions['failOn']>, number]>([
  ['never', 0],
  ['error', 2],
  ['warning', 3],
  ['info', 4],
])('fails from %s on', (failOn, count) => {
  const { cases, suites } = casesOf(fakeReport(), { failOn });
  expect(cases.filter(isFailure)).toHaveLength(count);
  expect(suites[0]!.failures).toBe(`${count}`);
});

test('there is a case even where there is no server', () => {
  const { cases } = casesOf(healthyReport({ servers: [] }));
  expect(cases.map(({ classname, name }) => [classname, name])).toEqual([['finrace', 'captures']]);
});

test('problems of the captures are told', () => {
  expect(casesOf(fakeReport()).cases[0]!.inside['system-out']).toContain('the file ends inside of a frame');
});

test('a server that is known from findings alone, and findings that are counted alone', () => {
  const omitted = { rule: 'reset-mid-response', severity: 'error' as const, server: 's:1', count: 2, lostRequests: 2 };
  const { cases } = casesOf(
    fakeReport({ servers: [], findings: [fakeFinding({ server: 'x:2' })], omittedFindings: [omitted] }),
  );
  expect(cases.filter(isFailure).map(({ classname }) => classname)).toEqual(['x:2', 's:1']);
  expect(cases.at(-1)!.inside.failure!.trim()).toBe('2 findings, counted but not listed');
});

test('the file is only what the user names', () => {
  expect(casesOf(fakeReport()).cases.every(({ file }) => file === undefined)).toBe(true);
  expect(casesOf(fakeReport(), { location: 'a/b' }).cases.every(({ file }) => file === 'a/b')).toBe(true);
});

test('many servers stay below what GitLab takes: passed cases of the first ones only', () => {
  const [server] = fakeReport().servers;
  const servers = Array.from({ length: 3000 }, (_, index) => ({ ...server!, server: `10.0.0.1:${index}` }));
  const findings = [fakeFinding({ server: '10.0.0.1:2999' })];
  const { cases } = casesOf(fakeReport({ servers, findings }));
  expect(cases).toHaveLength(1 + 2000 * 4 + 1);
  expect(cases.at(-1)!.classname).toBe('10.0.0.1:2999');
});

describe('with a gate', () => {
  const unfailed = { verdict: 'passed', reasons: [] } as const;
  const warning = fakeFinding({ id: 'w', severity: 'warning', rule: 'undelayed-close' });

  test('what fails is what it fails, whatever the severity', () => {
    const findings = [fakeFinding({ id: 'e' }), warning];
    const of = (gate: Parameters<typeof fakeGate>[0]) => casesOf(healthyReport({ findings, gate: fakeGate(gate) }));
    const warned = of({ failing: new Set(['w']), warningBudget: { count: 1, max: 0, source: '--max-warnings' } });
    expect(warned.cases.filter(isFailure).map(({ name }) => name)).toEqual(['undelayed-close', 'at most 0 warnings']);
    expect(warned.suites[0]).toMatchObject({ failures: '2', errors: '0' });
    const budget = { rule: 'fin-crosses-request', server: null, count: 1, max: 5, source: '--max-findings' };
    const passed = of({ ...unfailed, budgets: [budget], warningBudget: { count: 1, max: 1, source: 'c' } });
    expect(passed.cases.filter(isFailure)).toEqual([]);
    expect(passed.suites[0]).toMatchObject({ failures: '0' });
    expect(passed.cases.find(({ name }) => name === 'at most 1 warning')!.inside['system-out']).toContain(
      '1 warning, at most 1 allowed (c)',
    );
  });

  test('what is counted only fails as the listed findings of its kind do', () => {
    const omitted = {
      rule: 'reset-mid-response',
      severity: 'error' as const,
      server: 's:1',
      count: 2,
      lostRequests: 2,
    };
    const budget = { rule: 'reset-mid-response', server: null, count: 2, max: 1, source: 'c' };
    const failing = (changes: Parameters<typeof fakeGate>[0], findings = [warning]) =>
      casesOf(healthyReport({ findings, omittedFindings: [omitted], gate: fakeGate(changes) }))
        .cases.filter(isFailure)
        .map(({ classname, name }) => `${name} ${classname}`);
    expect(failing({})).toEqual(['reset-mid-response s:1']);
    expect(failing({ budgets: [budget] })).toContain('reset-mid-response s:1');
    expect(failing({ failing: new Set(['w']), budgets: [{ ...budget, max: 2 }] })).not.toContain(
      'reset-mid-response s:1',
    );
    const listed = fakeFinding({ id: 'l', rule: 'reset-mid-response', server: 's:1' });
    expect(failing({ failing: new Set(['w']) }, [warning, listed])).not.toContain('reset-mid-response s:1');
    expect(failing(unfailed)).toEqual([]);
  });

  test('a verdict that rests on too little is an error', () => {
    const gate = fakeGate({ verdict: 'unsound', reasons: ['a.pcap could not be read to the end'] });
    const { cases, suites } = casesOf(healthyReport({ gate }));
    expect(suites[1]).toMatchObject({ failures: '0', errors: '1' });
    expect(cases[0]!.inside.error!.trim()).toBe('UNSOUND: a.pcap could not be read to the end');
  });

  test('a gate that failed for what no other case says is a failure all the same', () => {
    const { cases, suites } = casesOf(healthyReport({ gate: fakeGate() }));
    expect(suites[1]).toMatchObject({ failures: '1' });
    expect(cases[0]!.inside.failure!.trim()).toBe('FAILED: 1 finding at or above error');
  });

  test('what a baseline knows is skipped, with the reason', () => {
    const suppressed = { reason: 'OPS-17 <x>', expires: '2027-03-31', owner: 'web' };
    const report = (findings: ReturnType<typeof fakeFinding>[], gate = fakeGate(unfailed)) =>
      casesOf(healthyReport({ findings, gate }));
    const { cases, suites } = report([fakeFinding({ suppressed })]);
    const skipped = cases.filter(({ inside }) => 'skipped' in inside);
    expect(skipped.map(({ name }) => name)).toEqual(['fin-crosses-request']);
    expect(skipped[0]!.inside['system-out']).toContain('the request was never answered');
    expect(suites[1]).toMatchObject({ failures: '0', skipped: '1' });
    const text = [
      ...junit.render(healthyReport({ findings: [fakeFinding({ suppressed })], gate: fakeGate(unfailed) }), {
        color: false,
        width: 80,
        quiet: false,
      }),
    ].join('');
    expect(text).toContain('<skipped message="a baseline knows it; OPS-17 &lt;x&gt;; owner web; until 2027-03-31"/>');
    const both = report([fakeFinding({ suppressed }), fakeFinding({ id: 'n' })], fakeGate({ failing: new Set(['n']) }));
    expect(both.suites[1]).toMatchObject({ failures: '1', skipped: '0' });
  });

  test('a threshold that the user names is that', () => {
    const report = healthyReport({ findings: [warning], gate: fakeGate(unfailed) });
    expect(casesOf(report, { failOn: 'warning' }).cases.filter(isFailure)).toHaveLength(1);
    expect(casesOf(report).cases.filter(isFailure)).toHaveLength(0);
  });
});
