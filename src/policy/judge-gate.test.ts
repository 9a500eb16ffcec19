import { describe, expect, test } from 'vitest';
import type { Report } from '../report/report.ts';
import type { Finding, Severity } from '../rules/finding.ts';
import { fakeFinding, fakeReport, healthyReport } from '../testing/fake-report.ts';
import type { BaselineEntry } from './baseline.ts';
import { judgeGate } from './judge-gate.ts';
import { NO_POLICY, type Policy, type RulePolicy } from './policy.ts';
import { serverPattern } from './server-pattern.ts';

const SUPPRESSED = { reason: null, expires: null, owner: null };

let number = 0;
const finding = (severity: Severity, changes: Partial<Finding> = {}) =>
  fakeFinding({ id: `${++number}`, severity, rule: `${severity}-rule`, also: [], ...changes });

const whole = (findings: readonly Finding[], changes: Partial<Report> = {}) => healthyReport({ findings, ...changes });

const policyWith = (changes: Partial<Policy>): Policy => ({ ...NO_POLICY, ...changes });
const max = (rule: string, count: number): ReadonlyMap<string, RulePolicy> =>
  new Map([[rule, { max: count, source: 'c.yaml: there' }]]);

describe('by severity', () => {
  test.each([
    ['error', 'error', 'failed'],
    ['warning', 'error', 'passed'],
    ['warning', 'warning', 'failed'],
    ['info', 'info', 'failed'],
    ['error', 'never', 'passed'],
  ] as const)('%s at --fail-on %s: %s', (severity, failOn, verdict) => {
    const found = finding(severity);
    const gate = judgeGate(whole([found]), policyWith({ failOn }), null);
    expect(gate.verdict).toBe(verdict);
    expect([...gate.failing]).toEqual(verdict === 'failed' ? [found.id] : []);
    expect(gate.reasons).toEqual(verdict === 'failed' ? [`1 finding at or above ${failOn}`] : []);
  });

  test('what is only counted counts, less what a baseline knows', () => {
    const omitted = { rule: 'a', severity: 'error', server: '10.0.0.2:80', count: 1200, lostRequests: 0 } as const;
    const gate = (suppressed: number) =>
      judgeGate(whole([], { omittedFindings: [{ ...omitted, suppressed }] }), NO_POLICY, null);
    expect(gate(0).reasons).toEqual(['1,200 findings at or above error']);
    expect(gate(1199).reasons).toEqual(['1 finding at or above error']);
    expect(gate(1200).verdict).toBe('passed');
  });

  test('suppressed findings fail nothing', () => {
    const found = finding('error', { suppressed: SUPPRESSED });
    expect(judgeGate(whole([found]), policyWith({ maxWarnings: 0 }), null).verdict).toBe('passed');
  });
});

describe('budgets', () => {
  test('for warnings: in place of --fail-on warning, and for these alone', () => {
    const policy = policyWith({ failOn: 'warning', maxWarnings: 1, maxWarningsSource: '--max-warnings' });
    expect(judgeGate(whole([finding('warning')]), policy, null).verdict).toBe('passed');
    const two = judgeGate(whole([finding('warning'), finding('warning')]), policy, null);
    expect(two.reasons).toEqual(['2 warnings, at most 1 (--max-warnings)']);
    expect(two.failing.size).toBe(2);
    expect(two.warningBudget).toEqual({ count: 2, max: 1, source: '--max-warnings' });
    expect(judgeGate(whole([finding('error')]), policy, null).verdict).toBe('failed');
  });

  test('for a rule: so many pass whatever their severity, one more fails', () => {
    const policy = policyWith({ rules: max('error-rule', 1) });
    expect(judgeGate(whole([finding('error')]), policy, null)).toMatchObject({
      verdict: 'passed',
      budgets: [{ rule: 'error-rule', server: null, count: 1, max: 1, source: 'c.yaml: there' }],
    });
    const two = judgeGate(whole([finding('error'), finding('error')]), policy, null);
    expect(two.reasons).toEqual(['2 error-rule, at most 1 (c.yaml: there)']);
  });

  test('for the servers of a pattern: others are judged as ever', () => {
    const servers = [{ pattern: serverPattern('*:8080'), rules: max('info-rule', 0), expectations: [] }];
    const gate = (server: string) => judgeGate(whole([finding('info', { server })]), policyWith({ servers }), null);
    expect(gate('10.0.0.2:8080').reasons).toEqual(['1 info-rule on *:8080, at most 0 (c.yaml: there)']);
    expect(gate('10.0.0.2:80').verdict).toBe('passed');
  });

  test('see also: the rule that holds beside another counts, and the other is judged for itself', () => {
    const also = [{ rule: 'undelayed-close', severity: 'error' }] as const;
    const policy = policyWith({ rules: max('undelayed-close', 0) });
    expect(judgeGate(whole([finding('error', { also })]), policy, null).reasons).toEqual([
      '1 finding at or above error',
      '1 undelayed-close, at most 0 (c.yaml: there)',
    ]);
  });
});

describe('what the verdict rests on', () => {
  const cutOff = (findings: readonly Finding[]) =>
    fakeReport({ findings, captures: fakeReport().captures.slice(0, 1) });

  test('a capture that was cut off is unsound where that was asked for; a failure counts more', () => {
    const policy = policyWith({ onTruncated: 'fail' });
    expect(judgeGate(cutOff([]), NO_POLICY, null).verdict).toBe('passed');
    const gate = judgeGate(cutOff([]), policy, null);
    expect(gate.verdict).toBe('unsound');
    expect(gate.reasons[0]).toContain('could not be read to the end');
    expect(judgeGate(cutOff([finding('error')]), policy, null).verdict).toBe('failed');
    expect(
      judgeGate(fakeReport({ findings: [], captures: fakeReport().captures.slice(1) }), policy, null).verdict,
    ).toBe('passed');
  });

  test('what the reader got over is no end', () => {
    const [capture] = fakeReport().captures;
    const problems = [{ kind: 'impossible-name', offset: 12, message: '', gotOver: true as const }];
    const report = whole([], { captures: [{ ...capture!, problems }] });
    expect(judgeGate(report, policyWith({ onTruncated: 'fail' }), null).verdict).toBe('passed');
  });

  test('expired and unused entries warn, and are unsound where the baseline is strict', () => {
    const entry: BaselineEntry = {
      fingerprint: '0123456789abcdef0123456789abcdef',
      rule: 'a-rule',
      server: 'orders',
      route: null,
      summary: '',
      count: 1,
      reason: null,
      expires: '2026-01-01',
      owner: null,
    };
    const use = { usedEntries: 0, expired: [entry], unused: [{ ...entry, expires: null }] };
    const baseline = { name: 'b.json', use };
    const lenient = judgeGate(whole([]), NO_POLICY, baseline);
    expect(lenient.verdict).toBe('passed');
    expect(lenient.warnings).toEqual([
      '1 entry of b.json expired: 01234567 a-rule on orders until 2026-01-01',
      "1 entry of b.json found nothing any more: 01234567 a-rule on orders ('finrace baseline prune' removes such)",
    ]);
    const strict = judgeGate(whole([]), policyWith({ strictBaseline: true }), baseline);
    expect(strict).toMatchObject({ verdict: 'unsound', reasons: lenient.warnings, warnings: [] });
  });
});
