// Findings by server and rule, as formats list them that know no incidents but tests, annotations or issues.
import type { Finding, OmittedFindings, Severity } from '../rules/finding.ts';
import type { Report } from './report.ts';
import { rank } from './text.ts';

/** What one rule found on one server. */
export interface Cell {
  readonly server: string;
  readonly rule: string;
  /** In the order of time. */
  readonly findings: readonly Finding[];
  /** Those that are counted only. */
  readonly omitted: readonly OmittedFindings[];
}

/** The report without the findings that a baseline knows: they fail nothing, and nobody has to be told of them again. */
export function withoutSuppressed(report: Report): Report {
  return {
    ...report,
    findings: report.findings.filter(({ suppressed }) => suppressed === null),
    omittedFindings: report.omittedFindings.flatMap(({ suppressed = 0, ...omitted }) =>
      omitted.count > suppressed ? [{ ...omitted, count: omitted.count - suppressed }] : [],
    ),
  };
}

/** The report with only what a baseline knows. */
export function onlySuppressed(report: Report): Report {
  return {
    ...report,
    findings: report.findings.filter(({ suppressed }) => suppressed !== null),
    omittedFindings: report.omittedFindings.flatMap(({ suppressed = 0, ...omitted }) =>
      suppressed > 0 ? [{ ...omitted, count: suppressed, suppressed }] : [],
    ),
  };
}

/** Cells by `cellKey`, in the order of their first finding. */
export function cellsOf({ findings, omittedFindings }: Report): Map<string, Cell> {
  const cells = new Map<string, Cell & { readonly findings: Finding[]; readonly omitted: OmittedFindings[] }>();
  const cellOf = ({ server, rule }: { readonly server: string; readonly rule: string }) => {
    const key = cellKey(server, rule);
    let cell = cells.get(key);
    if (cell === undefined) {
      cell = { server, rule, findings: [], omitted: [] };
      cells.set(key, cell);
    }
    return cell;
  };
  for (const finding of findings) cellOf(finding).findings.push(finding);
  for (const omitted of omittedFindings) cellOf(omitted).omitted.push(omitted);
  return cells;
}

export function cellKey(server: string, rule: string): string {
  return `${rule} ${server}`;
}

/** All of a cell's findings, those included that are counted only. */
export function countOf({ findings, omitted }: Cell): number {
  return omitted.reduce((sum, { count }) => sum + count, findings.length);
}

export function severityOf({ findings, omitted }: Cell): Severity {
  return [...findings, ...omitted].reduce<Severity>(
    (worst, { severity }) => (rank(severity) > rank(worst) ? severity : worst),
    'info',
  );
}

/** The finding to show of a cell: the first of the gravest. Undefined when all are counted only. */
export function exampleOf(cell: Cell): Finding | undefined {
  const severity = severityOf(cell);
  return cell.findings.find((finding) => finding.severity === severity) ?? cell.findings[0];
}

/** The gravest first, then the largest; equal ones in the order of time. */
export function byGravity(a: Cell, b: Cell): number {
  return rank(severityOf(b)) - rank(severityOf(a)) || countOf(b) - countOf(a);
}
