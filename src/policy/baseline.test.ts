import { describe, expect, test } from 'vitest';
import { FINGERPRINT_VERSION } from '../rules/identity.ts';
import { fakeFinding, fakeReport } from '../testing/fake-report.ts';
import { applyBaseline, type Baseline, type BaselineEntry, createBaseline, pruneBaseline } from './baseline.ts';
import { NO_POLICY } from './policy.ts';
import { serverPattern } from './server-pattern.ts';

const NO_NOTES = { reason: null, expires: null, owner: null };
const TODAY = '2026-06-15';
const print = (letter: string) => letter.repeat(32);

const found = (id: string, letter: string, changes = {}) => fakeFinding({ id, fingerprint: print(letter), ...changes });

function entry(letter: string, changes: Partial<BaselineEntry> = {}): BaselineEntry {
  return {
    fingerprint: print(letter),
    rule: 'fin-crosses-request',
    server: '10.0.0.2:8080',
    route: 'GET /b',
    summary: 'what it is about',
    count: 1,
    ...NO_NOTES,
    ...changes,
  };
}

const baselineOf = (...findings: BaselineEntry[]): Baseline => ({
  schema: 'finrace-baseline/1',
  fingerprintVersion: FINGERPRINT_VERSION,
  findings,
});

describe('applied', () => {
  test('what is known is marked up to its count, in the order of the report; all of it is kept', () => {
    const report = fakeReport({ findings: [found('1', 'a'), found('2', 'b'), found('3', 'a'), found('4', 'a')] });
    const notes = { reason: 'known', expires: '2026-12-31', owner: 'web' };
    const use = applyBaseline(report, baselineOf(entry('a', { count: 2, ...notes })), NO_POLICY, TODAY);
    expect(use.report.findings.map(({ suppressed }) => suppressed)).toEqual([notes, null, notes, null]);
    expect(use).toMatchObject({ usedEntries: 1, expired: [], unused: [] });
  });

  test.each([
    ['2026-06-15', true],
    ['2026-06-14', false],
  ])('an entry counts up to its last day: %s', (expires, counts) => {
    const known = entry('a', { expires });
    const use = applyBaseline(fakeReport({ findings: [found('1', 'a')] }), baselineOf(known), NO_POLICY, TODAY);
    expect(use.report.findings[0]!.suppressed !== null).toBe(counts);
    expect(use.expired).toEqual(counts ? [] : [known]);
    expect(use.unused).toEqual([]);
  });

  test('unused is what was not found on a server that was seen', () => {
    const seen = entry('a');
    const unseen = entry('b', { server: '10.9.9.9:80' });
    const use = applyBaseline(fakeReport({ findings: [] }), baselineOf(seen, unseen), NO_POLICY, TODAY);
    expect(use.unused).toEqual([seen]);
  });

  test('what is only counted is known by its rule and server', () => {
    const omitted = { rule: 'fin-crosses-request', server: '10.0.0.2:8080', count: 1200, lostRequests: 0 } as const;
    const report = fakeReport({ findings: [], omittedFindings: [{ ...omitted, severity: 'error' }] });
    const baseline = createBaseline(report, NO_POLICY, NO_NOTES, null);
    expect(baseline.findings).toMatchObject([{ rule: 'fin-crosses-request', route: null, count: 1200 }]);
    const more = { ...report, omittedFindings: [{ ...omitted, severity: 'error' as const, count: 1300 }] };
    expect(applyBaseline(more, baseline, NO_POLICY, TODAY).report.omittedFindings[0]!.suppressed).toBe(1200);
  });
});

describe('created', () => {
  test('one entry per fingerprint with its count, sorted, with what a person wants to know', () => {
    const report = fakeReport({
      findings: [
        found('1', 'c'),
        found('2', 'b', { route: '' }),
        found('3', 'c'),
        found('4', 'a', { server: '1.1.1.1:1' }),
      ],
    });
    const { findings } = createBaseline(report, NO_POLICY, NO_NOTES, null);
    expect(findings.map(({ fingerprint, server, route, count }) => [fingerprint[0], server, route, count])).toEqual([
      ['a', '1.1.1.1:1', 'GET /b', 1],
      ['b', '10.0.0.2:8080', null, 1],
      ['c', '10.0.0.2:8080', 'GET /b', 2],
    ]);
    expect(findings[0]!.summary).toBe('The server closed while the next request was on its way.');
  });

  test('the same report makes the same baseline, and that suppresses all of it', () => {
    const fake = fakeReport();
    const letterOf: Readonly<Record<string, string>> = { 'keep-alive-unused': 'a', 'undelayed-close': 'b' };
    const findings = fake.findings.map((one) => ({ ...one, fingerprint: print(letterOf[one.rule] ?? 'c') }));
    const report = { ...fake, findings: findings.filter(({ rule }) => rule !== 'reset-mid-response') };
    const baseline = createBaseline(report, NO_POLICY, NO_NOTES, null);
    expect(createBaseline({ ...report, findings: report.findings.toReversed() }, NO_POLICY, NO_NOTES, null)).toEqual(
      baseline,
    );
    const use = applyBaseline(report, baseline, NO_POLICY, TODAY);
    expect(use.report.findings.every(({ suppressed }) => suppressed !== null)).toBe(true);
    expect(use.usedEntries).toBe(baseline.findings.length);
  });

  test('reasons of what stays are kept, unless new ones are given', () => {
    const report = fakeReport({ findings: [found('1', 'a'), found('2', 'b')] });
    const old = baselineOf(entry('a', { reason: 'old', owner: 'web', count: 9 }), entry('c', { reason: 'gone' }));
    expect(createBaseline(report, NO_POLICY, NO_NOTES, old).findings).toMatchObject([
      { fingerprint: print('a'), reason: 'old', owner: 'web', count: 1 },
      { fingerprint: print('b'), reason: null },
    ]);
    const given = createBaseline(report, NO_POLICY, { ...NO_NOTES, reason: 'new' }, old);
    expect(given.findings.map(({ reason, owner }) => [reason, owner])).toEqual([
      ['new', 'web'],
      ['new', null],
    ]);
  });

  test('an alias stands in place of the address', () => {
    const policy = { ...NO_POLICY, aliases: [{ pattern: serverPattern('10.0.0.*'), name: 'orders' }] };
    const report = fakeReport({ findings: [found('1', 'a')] });
    expect(createBaseline(report, policy, NO_NOTES, null).findings[0]!.server).toBe('orders');
    const known = baselineOf(entry('b', { server: 'orders' }));
    expect(applyBaseline(report, known, policy, TODAY).unused).toEqual(known.findings);
  });
});

test('pruned: what is found no more goes, counts fall and never rise, what was not looked at stays', () => {
  const report = fakeReport({ findings: [found('1', 'a'), found('2', 'b'), found('3', 'b')] });
  const unseen = entry('d', { server: '10.9.9.9:80' });
  const expired = entry('b', { expires: '2020-01-01', reason: 'still there' });
  const baseline = baselineOf(entry('a', { count: 5 }), expired, entry('c'), unseen);
  expect(pruneBaseline(baseline, report, NO_POLICY).findings).toEqual([entry('a'), expired, unseen]);
});
