// The short report of `finrace check`: one line per finding, which editors, CI logs and grep can take apart, then the
// verdict. Nothing is wrapped or folded here.
import type { Severity } from '../rules/finding.ts';
import { escapeForTerminal } from './escape.ts';
import type { FormatOptions } from './format.ts';
import { grouped, painter, plural } from './layout.ts';
import type { Report } from './report.ts';
import { isAtLeast } from './select-findings.ts';
import { SEVERITY_STYLES } from './text.ts';

/** How many findings are at or above `failOn`. */
export function failures(report: Report, failOn: Severity): number {
  const isFailure = ({ severity }: { readonly severity: Severity }) => isAtLeast(severity, failOn);
  const omitted = report.omittedFindings.filter(isFailure);
  return omitted.reduce((sum, { count }) => sum + count, report.findings.filter(isFailure).length);
}

export function* renderCheck(
  report: Report,
  failOn: Severity,
  { color, quiet }: Pick<FormatOptions, 'color' | 'quiet'>,
): Iterable<string> {
  const paint = painter(color);
  if (!quiet) {
    for (const finding of report.findings) {
      const place = finding.stream === null ? '' : ` stream ${finding.stream} frame ${finding.frame}`;
      const severity = paint(SEVERITY_STYLES[finding.severity], finding.severity.toUpperCase());
      yield `${severity} ${finding.rule} ${escapeForTerminal(`${finding.server}${place}: ${finding.summary}`)}\n`;
    }
    for (const { rule, severity, server, count } of report.omittedFindings) {
      const word = paint(SEVERITY_STYLES[severity], severity.toUpperCase());
      yield `${word} ${rule} ${escapeForTerminal(server)}: ${grouped(count)} more, which are counted but not listed\n`;
    }
  }
  const { frames, exchanges, findings } = report.totals;
  const counts = [plural(findings.error, 'error'), plural(findings.warning, 'warning'), `${findings.info} info`];
  const hidden = report.hiddenFindings > 0 ? `, ${report.hiddenFindings} not shown by the filters` : '';
  const count = failures(report, failOn);
  const verdict =
    count > 0
      ? `${paint('red', 'FAILED')}: ${plural(count, 'finding')} at or above ${failOn}`
      : `${paint('green', 'PASSED')}: nothing at or above ${failOn}`;
  yield `${verdict} (${counts.join(', ')}${hidden}) in ${plural(frames, 'frame')}, ${plural(exchanges, 'exchange')}\n`;
}
