// What `finrace check` came to, in words: every format that people read says it with the same ones. Nothing here is
// escaped: reasons name files and servers, so each format does that as it does with all else.
import type { Suppression } from '../rules/finding.ts';
import type { ExpectationResult, Gate } from './gate.ts';
import { plural } from './layout.ts';
import type { Report } from './report.ts';
import { isAtLeast } from './select-findings.ts';

/** Enough to know what to look at; the text report and JSON have all. */
const SHOWN_EXPECTATIONS = 10;

export const VERDICT_WORDS: Readonly<Record<Gate['verdict'], string>> = {
  passed: 'PASSED',
  failed: 'FAILED',
  unsound: 'UNSOUND',
};

export const EXPECTATION_WORDS: Readonly<Record<ExpectationResult['state'], string>> = {
  violated: 'violated',
  'not-observed': 'not observed',
  undecided: 'undecided',
  met: 'met',
};

/** Why the verdict is what it is; '' when a gate that severities cannot fail has passed. */
export function reasonInWords(report: Report, { verdict, reasons, failOn }: Gate): string {
  if (verdict !== 'passed') return reasons.join('; ');
  if (failOn === 'never') return '';
  // What a baseline knows is told beside; what passes all the same is within a budget.
  const within = [
    ...report.findings.map(({ severity, suppressed }) => ({ severity, count: suppressed === null ? 1 : 0 })),
    ...report.omittedFindings.map(({ severity, count, suppressed = 0 }) => ({ severity, count: count - suppressed })),
  ]
    .filter(({ severity }) => isAtLeast(severity, failOn))
    .reduce((sum, { count }) => sum + count, 0);
  if (within === 0) return `nothing at or above ${failOn}`;
  return `${plural(within, 'finding')} at or above ${failOn}, within ${within === 1 ? 'its budget' : 'their budgets'}`;
}

/** "FAILED: 1 expectation violated" */
export function verdictInWords(report: Report, gate: Gate): string {
  const reason = reasonInWords(report, gate);
  return `${VERDICT_WORDS[gate.verdict]}${reason === '' ? '' : `: ${reason}`}`;
}

/** "10.0.0.5:80: expected idle timeout at least 65 s, seen: about 5.00 s (finrace.config.yaml: …)" */
export function expectationInWords({ server, expected, seen, source }: ExpectationResult): string {
  return `${server}: expected ${expected}, seen: ${seen} (${source})`;
}

/** The expectations that fail the gate, as many as may be told, and how many more there are. */
export function failingExpectations({ expectations }: Gate): { shown: readonly ExpectationResult[]; more: number } {
  const failing = expectations.filter(({ fails }) => fails);
  const shown = failing.slice(0, SHOWN_EXPECTATIONS);
  return { shown, more: failing.length - shown.length };
}

/**
 * Whether somebody who is told of the findings of severity error only would not know why the gate did not pass: it is
 * for another reason, or for one more.
 */
export function needsVerdict(report: Report, gate: Gate): boolean {
  if (gate.verdict === 'passed') return false;
  const isByErrors = report.findings.some(({ id, severity }) => severity === 'error' && gate.failing.has(id));
  return gate.reasons.length > 1 || !isByErrors;
}

/** Why a baseline lets a finding pass: "a baseline knows it; OPS-17; owner web; until 2027-03-31". */
export function suppressionInWords({ reason, expires, owner }: Suppression): string {
  const details = [reason, owner === null ? null : `owner ${owner}`, expires === null ? null : `until ${expires}`];
  return ['a baseline knows it', ...details].filter((part) => part !== null).join('; ');
}

/** How many findings a baseline suppresses, those included that are counted only. */
export function suppressedIn({ findings, omittedFindings }: Pick<Report, 'findings' | 'omittedFindings'>): number {
  return omittedFindings.reduce(
    (sum, { suppressed = 0 }) => sum + suppressed,
    findings.filter(({ suppressed }) => suppressed !== null).length,
  );
}
