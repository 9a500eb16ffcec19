// The verdict of a policy on a report. A finding is judged once: by the budgets of its rule when there are any, else, a
// warning, by the budget for warnings when there is one, else by its severity.
import type { BudgetResult, Gate } from '../report/gate.ts';
import { grouped, plural } from '../report/layout.ts';
import type { Report } from '../report/report.ts';
import { isAtLeast } from '../report/select-findings.ts';
import type { Severity } from '../rules/finding.ts';
import { aliasFinder } from './adjust-report.ts';
import type { BaselineEntry, BaselineUse } from './baseline.ts';
import { checkExpectations } from './expectations.ts';
import type { Policy } from './policy.ts';

/** What is known of the baseline. */
export interface BaselineFacts {
  readonly name: string;
  readonly use: Pick<BaselineUse, 'usedEntries' | 'expired' | 'unused'>;
}

interface Budget {
  readonly rule: string;
  readonly server: string | null;
  readonly max: number;
  readonly source: string;
  covers(server: string): boolean;
}

interface Judged {
  readonly rule: string;
  readonly severity: Severity;
  readonly server: string;
  readonly also: readonly { readonly rule: string }[];
  readonly count: number;
  /** null for what is only counted. */
  readonly id: string | null;
}

export function judgeGate(report: Report, policy: Policy, baseline: BaselineFacts | null): Gate {
  const judged: Judged[] = [
    ...report.findings
      .filter(({ suppressed }) => suppressed === null)
      .map(({ rule, severity, server, also, id }) => ({ rule, severity, server, also, id, count: 1 })),
    ...report.omittedFindings.map((omitted) => ({
      ...omitted,
      also: [],
      count: omitted.count - (omitted.suppressed ?? 0),
      id: null,
    })),
  ];
  const failing = new Set<string>();
  const fail = (found: readonly Judged[]) => {
    for (const { id } of found) if (id !== null) failing.add(id);
  };
  const reasons: string[] = [];

  const budgets = budgetsOf(policy);
  const hasBudget = (found: Judged) => budgets.some(({ rule, covers }) => rule === found.rule && covers(found.server));
  const free = judged.filter((found) => found.count > 0 && !hasBudget(found));
  const hasWarningBudget = policy.maxWarnings !== null;
  const bySeverity = free.filter(
    ({ severity }) =>
      policy.failOn !== 'never' && isAtLeast(severity, policy.failOn) && !(hasWarningBudget && severity === 'warning'),
  );
  if (bySeverity.length > 0) {
    fail(bySeverity);
    reasons.push(`${plural(countOf(bySeverity), 'finding')} at or above ${policy.failOn}`);
  }
  let warningBudget: Gate['warningBudget'] = null;
  if (policy.maxWarnings !== null) {
    const warnings = free.filter(({ severity }) => severity === 'warning');
    const count = countOf(warnings);
    warningBudget = { count, max: policy.maxWarnings, source: policy.maxWarningsSource };
    if (count > policy.maxWarnings) {
      fail(warnings);
      reasons.push(`${plural(count, 'warning')}, at most ${grouped(policy.maxWarnings)} (${policy.maxWarningsSource})`);
    }
  }
  const results = budgets.map(({ rule, server, max, source, covers }): BudgetResult => {
    const counted = judged.filter(
      (found) => covers(found.server) && (found.rule === rule || found.also.some((also) => also.rule === rule)),
    );
    const count = countOf(counted);
    if (count > max) {
      fail(counted);
      const where = server === null ? '' : ` on ${server}`;
      reasons.push(`${grouped(count)} ${rule}${where}, at most ${grouped(max)} (${source})`);
    }
    return { rule, server, count, max, source };
  });

  const expectations = checkExpectations(report, policy);
  const count = (state: string) => expectations.filter((result) => result.fails && result.state === state).length;
  if (count('violated') > 0) reasons.push(`${plural(count('violated'), 'expectation')} violated`);
  if (count('not-observed') > 0) reasons.push(`${plural(count('not-observed'), 'expectation')} not observed`);

  const unsound = unsoundness(report, policy, baseline);
  const verdict = reasons.length > 0 ? 'failed' : unsound.reasons.length > 0 ? 'unsound' : 'passed';
  return {
    verdict,
    reasons: [...reasons, ...unsound.reasons],
    warnings: unsound.warnings,
    failOn: policy.failOn,
    failing,
    budgets: results,
    warningBudget,
    expectations,
    suppressed: baseline && {
      baseline: baseline.name,
      findings: report.omittedFindings.reduce(
        (sum, { suppressed = 0 }) => sum + suppressed,
        report.findings.filter(({ suppressed }) => suppressed !== null).length,
      ),
      entries: baseline.use.usedEntries,
    },
  };
}

function budgetsOf(policy: Policy): Budget[] {
  const nameOf = aliasFinder(policy);
  const everywhere = [...policy.rules].flatMap(([rule, { max, source }]): Budget[] =>
    max === undefined ? [] : [{ rule, server: null, max, source, covers: () => true }],
  );
  const scoped = policy.servers.flatMap(({ pattern, rules }) =>
    [...rules].flatMap(([rule, { max, source }]): Budget[] =>
      max === undefined
        ? []
        : [
            {
              rule,
              server: pattern.text,
              max,
              source,
              covers: (server) => pattern.matches(server, nameOf(server)),
            },
          ],
    ),
  );
  return [...everywhere, ...scoped];
}

function countOf(found: readonly Judged[]): number {
  return found.reduce((sum, { count }) => sum + count, 0);
}

/** What the verdict rests on and cannot be relied on: reasons where the policy is strict, else warnings. */
function unsoundness(
  report: Report,
  policy: Policy,
  baseline: BaselineFacts | null,
): { readonly reasons: string[]; readonly warnings: string[] } {
  const reasons: string[] = [];
  const warnings: string[] = [];
  // A problem has a place where reading stopped, or where the reader got over it; others are of single frames.
  const cutOff = report.captures.filter(({ problems }) =>
    problems.some(({ offset, gotOver }) => offset !== null && gotOver !== true),
  );
  if (cutOff.length > 0 && policy.onTruncated === 'fail') {
    const more = cutOff.length === 1 ? '' : ` and ${plural(cutOff.length - 1, 'further capture')}`;
    reasons.push(`${cutOff[0]!.path}${more} could not be read to the end`);
  }
  if (baseline === null) return { reasons, warnings };
  const { name, use } = baseline;
  const tell = policy.strictBaseline ? reasons : warnings;
  if (use.expired.length > 0) {
    tell.push(`${plural(use.expired.length, 'entry', 'entries')} of ${name} expired: ${entriesText(use.expired)}`);
  }
  if (use.unused.length > 0) {
    tell.push(
      `${plural(use.unused.length, 'entry', 'entries')} of ${name} found nothing any more: ${entriesText(use.unused)}` +
        ` ('finrace baseline prune' removes such)`,
    );
  }
  return { reasons, warnings };
}

function entriesText(entries: readonly BaselineEntry[]): string {
  const shown = entries.slice(0, 3).map(({ fingerprint, rule, server, expires }) => {
    return `${fingerprint.slice(0, 8)} ${rule} on ${server}${expires === null ? '' : ` until ${expires}`}`;
  });
  const more = entries.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
