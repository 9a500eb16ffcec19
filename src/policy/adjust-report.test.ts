import { expect, test } from 'vitest';
import { fingerprintOf } from '../rules/identity.ts';
import { fakeFinding, fakeReport } from '../testing/fake-report.ts';
import { adjustReport } from './adjust-report.ts';
import { NO_POLICY, type Policy, type RulePolicy } from './policy.ts';
import { serverPattern } from './server-pattern.ts';

const rules = (severities: Record<string, NonNullable<RulePolicy['severity']>>) =>
  new Map(Object.entries(severities).map(([rule, severity]) => [rule, { severity, source: 'test' }]));

const policyWith = (changes: Partial<Policy>): Policy => ({ ...NO_POLICY, ...changes });

test('no policy leaves the report as it is', () => {
  const report = fakeReport();
  expect(adjustReport(report, NO_POLICY)).toBe(report);
});

test('a severity in place of the rule’s own, in findings, in what is only counted, and in also', () => {
  const report = fakeReport({
    findings: [fakeFinding({ also: [{ rule: 'undelayed-close', severity: 'error' }] })],
    omittedFindings: [
      { rule: 'fin-crosses-request', severity: 'error', server: '10.0.0.2:8080', count: 7, lostRequests: 7 },
    ],
  });
  const adjusted = adjustReport(
    report,
    policyWith({ rules: rules({ 'fin-crosses-request': 'info', 'undelayed-close': 'warning' }) }),
  );
  expect(adjusted.findings[0]).toMatchObject({
    severity: 'info',
    also: [{ rule: 'undelayed-close', severity: 'warning' }],
    fingerprint: report.findings[0]!.fingerprint,
  });
  expect(adjusted.omittedFindings[0]!.severity).toBe('info');
  expect(adjusted.totals.findings).toEqual({ error: 0, warning: 0, info: 8 });
  expect(adjusted.hiddenFindings).toBe(0);
});

test('off: no finding, nothing refers to it, and it counts as hidden', () => {
  const findings = [fakeFinding({ id: 'a', related: ['b'] }), fakeFinding({ id: 'b', rule: 'undelayed-close' })];
  const adjusted = adjustReport(fakeReport({ findings }), policyWith({ rules: rules({ 'undelayed-close': 'off' }) }));
  expect(adjusted.findings.map(({ id, related }) => ({ id, related }))).toEqual([{ id: 'a', related: [] }]);
  expect(adjusted.totals.findings.error).toBe(1);
  expect(adjusted.hiddenFindings).toBe(1);
});

test('of several patterns that match the last counts, and only for the servers that it matches', () => {
  const part = (pattern: string, severity: 'warning' | 'info') => ({
    pattern: serverPattern(pattern),
    rules: rules({ 'fin-crosses-request': severity }),
    expectations: [],
  });
  const findings = ['10.0.0.2:8080', '10.0.0.3:8080', '[fd00::1]:80'].map((server, i) =>
    fakeFinding({ id: `${i}`, server }),
  );
  const adjusted = adjustReport(
    fakeReport({ findings }),
    policyWith({ servers: [part('*:8080', 'warning'), part('10.0.0.3', 'info')] }),
  );
  expect(adjusted.findings.map(({ severity }) => severity)).toEqual(['warning', 'info', 'error']);
});

test('an alias makes the fingerprint of a server that changes its address the same', () => {
  const aliases = [{ pattern: serverPattern('172.18.*'), name: 'orders' }];
  const of = (server: string) =>
    adjustReport(fakeReport({ findings: [fakeFinding({ server })] }), policyWith({ aliases })).findings[0]!;
  const expected = fingerprintOf('fin-crosses-request', 'orders', 'GET /b', 'idle-close');
  expect(of('172.18.0.2:8080').fingerprint).toBe(expected);
  expect(of('172.18.0.9:8080').fingerprint).toBe(expected);
  expect(of('172.18.0.9:8080').server).toBe('172.18.0.9:8080');
  expect(of('10.0.0.2:8080').fingerprint).toBe(fakeFinding().fingerprint);
});
