// Filters on findings: the same report with fewer of them, and totals that follow.
import { copyOf, type Finding, SEVERITIES, type Severity } from '../rules/finding.ts';
import type { Report } from './report.ts';

export interface Selection {
  /** Only findings of these rules; empty: of all. */
  readonly only: readonly string[];
  /** No findings of these rules. */
  readonly ignore: readonly string[];
  readonly minSeverity: Severity;
}

export const EVERYTHING: Selection = { only: [], ignore: [], minSeverity: 'info' };

/** `report` with those of its findings that `selection` lets through. */
export function selectFindings(report: Report, selection: Selection): Report {
  const findings = report.findings.filter((finding) => isSelected(finding, selection));
  // Of what is only counted nobody knows any more which other rules hold.
  const omittedFindings = report.omittedFindings.filter((omitted) => isSelected({ ...omitted, also: [] }, selection));
  const hiddenFindings = countOf(report) - countOf({ findings, omittedFindings });
  if (hiddenFindings === 0) return report;
  const count: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  for (const finding of findings) count[finding.severity]++;
  for (const omitted of omittedFindings) count[omitted.severity] += omitted.count;
  const kept = new Set(findings.map((finding) => finding.id));
  return {
    ...report,
    totals: { ...report.totals, findings: count },
    // Ids point into the report: what was left out cannot be referred to any more.
    findings: findings.map((finding) =>
      finding.related.every((id) => kept.has(id))
        ? finding
        : { ...copyOf(finding), related: finding.related.filter((id) => kept.has(id)) },
    ),
    omittedFindings,
    hiddenFindings: report.hiddenFindings + hiddenFindings,
  };
}

/** All findings of a report, those included that are only counted. */
function countOf({ findings, omittedFindings }: Pick<Report, 'findings' | 'omittedFindings'>): number {
  return omittedFindings.reduce((sum, { count }) => sum + count, findings.length);
}

/** Whether `severity` is at or above `least`. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

/**
 * A finding stands for its own rule and for those in its `also`: whoever asks for one of them wants to see it. Ignoring
 * a rule hides only what the finding is named for; the loss does not go away because one of its causes is of no interest.
 */
function isSelected(
  finding: Pick<Finding, 'rule' | 'severity' | 'also'>,
  { only, ignore, minSeverity }: Selection,
): boolean {
  if (!isAtLeast(finding.severity, minSeverity)) return false;
  if (ignore.includes(finding.rule)) return false;
  return only.length === 0 || only.includes(finding.rule) || finding.also.some(({ rule }) => only.includes(rule));
}
