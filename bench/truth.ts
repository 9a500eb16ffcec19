// A fast wrong answer is none: what of a JSON report is compared with what the generator counted.
import type { Truth } from './generate.ts';

export interface ReportPart {
  readonly totals: {
    readonly frames: number;
    readonly tcpSegments: number;
    readonly connections: number;
    readonly exchanges: number;
  };
  readonly captures: readonly { readonly problems: readonly { readonly kind: string; readonly message: string }[] }[];
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly summary: string }[];
  readonly omittedFindings: readonly { readonly rule: string; readonly count: number }[];
}

/** Errors that the generated traffic holds; `idle-timeout-mismatch` is the races' cause and may be told with them. */
const RACE_RULE = 'fin-crosses-request';
const EXPECTED_ERRORS = [RACE_RULE, 'idle-timeout-mismatch'];

/** What differs, in words. */
export function differences(report: ReportPart, truth: Truth): string[] {
  const omittedRaces = report.omittedFindings.filter(({ rule }) => rule === RACE_RULE);
  const races =
    report.findings.filter((finding) => finding.rule === RACE_RULE).length +
    omittedRaces.reduce((sum, { count }) => sum + count, 0);
  const falseAlarms = report.findings.filter(
    (finding) => finding.severity === 'error' && !EXPECTED_ERRORS.includes(finding.rule),
  );
  const first = falseAlarms[0] ? ` (${falseAlarms[0].rule}: ${falseAlarms[0].summary})` : '';
  const compared: readonly [what: string, found: number, expected: number][] = [
    ['totals.frames', report.totals.frames, truth.frames],
    ['totals.tcpSegments', report.totals.tcpSegments, truth.tcpSegments],
    ['totals.connections', report.totals.connections, truth.connections],
    // An exchange is a request with its response, or without one: the crossing requests count.
    ['totals.exchanges', report.totals.exchanges, truth.answered + truth.unanswered],
    [`findings of ${RACE_RULE}`, races, truth.races],
    [`errors of other rules${first}`, falseAlarms.length, 0],
  ];
  return compared
    .filter(([, found, expected]) => found !== expected)
    .map(([what, found, expected]) => `${what}: ${found}, generated: ${expected}`);
}
