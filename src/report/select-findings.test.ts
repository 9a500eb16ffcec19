import { describe, expect, test } from 'vitest';
import { fakeFinding, fakeReport } from '../testing/fake-report.ts';
import { EVERYTHING, type Selection, selectFindings } from './select-findings.ts';

const REPORT = fakeReport({
  findings: [
    fakeFinding({ id: 'a', also: [{ rule: 'undelayed-close', severity: 'warning' }], related: ['b'] }),
    fakeFinding({ id: 'b', rule: 'undelayed-close', severity: 'warning' }),
    fakeFinding({ id: 'c', rule: 'keep-alive-unused', severity: 'info' }),
  ],
});

function idsOf(selection: Partial<Selection>): string[] {
  return selectFindings(REPORT, { ...EVERYTHING, ...selection }).findings.map(({ id }) => id);
}

describe('selecting findings', () => {
  test('everything is the report itself', () => {
    expect(selectFindings(REPORT, EVERYTHING)).toBe(REPORT);
  });

  test('only sees the rules that also hold in an incident', () => {
    expect(idsOf({ only: ['undelayed-close'] })).toEqual(['a', 'b']);
    expect(idsOf({ only: ['fin-crosses-request', 'keep-alive-unused'] })).toEqual(['a', 'c']);
  });

  test('ignoring a rule keeps the loss that it also holds for', () => {
    expect(idsOf({ ignore: ['undelayed-close'] })).toEqual(['a', 'c']);
  });

  test('by severity', () => {
    expect(idsOf({ minSeverity: 'warning' })).toEqual(['a', 'b']);
    expect(idsOf({ minSeverity: 'error' })).toEqual(['a']);
  });

  test('what is counted only is filtered by rule and severity, and counts in the totals', () => {
    const omitted = { server: '10.0.0.2:80', count: 1200, lostRequests: 0 };
    const report = fakeReport({
      findings: REPORT.findings,
      omittedFindings: [
        { ...omitted, rule: 'undelayed-close', severity: 'warning' },
        { ...omitted, rule: 'keep-alive-unused', severity: 'info' },
      ],
    });
    const selected = selectFindings(report, { ...EVERYTHING, minSeverity: 'warning' });
    expect(selected.omittedFindings).toEqual(report.omittedFindings.slice(0, 1));
    expect(selected.totals.findings).toEqual({ error: 1, warning: 1201, info: 0 });
    expect(selected.hiddenFindings).toBe(1201);
    expect(selectFindings(report, { ...EVERYTHING, only: ['keep-alive-unused'] }).totals.findings.info).toBe(1201);
    expect(selectFindings(report, { ...EVERYTHING, ignore: ['undelayed-close'] }).totals.findings.warning).toBe(0);
  });

  test('totals, references and the count of hidden findings follow', () => {
    const selected = selectFindings(REPORT, { ...EVERYTHING, minSeverity: 'error' });
    expect(selected.totals.findings).toEqual({ error: 1, warning: 0, info: 0 });
    expect(selected.totals.frames).toBe(REPORT.totals.frames);
    expect(selected.findings[0]!.related).toEqual([]);
    expect(selected.hiddenFindings).toBe(2);
  });
});
