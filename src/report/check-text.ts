// The short report of `finrace check`: one line per finding, which editors, CI logs and grep can take apart, what fails
// first; then the expectations, then the verdict. Nothing is wrapped or folded here.
import type { Finding } from '../rules/finding.ts';
import { escapeForTerminal } from './escape.ts';
import type { FormatOptions } from './format.ts';
import type { ExpectationResult, Gate } from './gate.ts';
import { grouped, type Paint, painter, plural, type Style } from './layout.ts';
import type { Report } from './report.ts';
import { SEVERITY_STYLES } from './text.ts';
import { EXPECTATION_WORDS, expectationInWords, reasonInWords, VERDICT_WORDS } from './verdict.ts';

/** A fingerprint as it is printed: enough to be found by. */
const SHORT_FINGERPRINT = 8;

const EXPECTATIONS: Readonly<Record<ExpectationResult['state'], { readonly style: Style; readonly order: number }>> = {
  violated: { style: 'red', order: 0 },
  'not-observed': { style: 'yellow', order: 1 },
  undecided: { style: 'yellow', order: 2 },
  met: { style: 'green', order: 3 },
};

export function* renderCheck(
  report: Report,
  gate: Gate,
  { color, quiet }: Pick<FormatOptions, 'color' | 'quiet'>,
): Iterable<string> {
  const paint = painter(color);
  if (!quiet) {
    const shown = report.findings.filter(({ suppressed }) => suppressed === null);
    for (const finding of shown) if (gate.failing.has(finding.id)) yield findingLine(finding, paint);
    for (const finding of shown) if (!gate.failing.has(finding.id)) yield findingLine(finding, paint);
    for (const { rule, severity, server, count, suppressed = 0 } of report.omittedFindings) {
      if (count === suppressed) continue;
      const word = paint(SEVERITY_STYLES[severity], severity.toUpperCase());
      yield `${word} ${rule} ${escapeForTerminal(server)}: ${grouped(count - suppressed)} more, which are counted but not listed\n`;
    }
    const expectations = [...gate.expectations].sort(
      (a, b) => Number(b.fails) - Number(a.fails) || EXPECTATIONS[a.state].order - EXPECTATIONS[b.state].order,
    );
    for (const expectation of expectations) yield expectationLine(expectation, paint);
    if (gate.suppressed !== null && gate.suppressed.findings > 0) {
      const { baseline, findings, entries } = gate.suppressed;
      const by = `${plural(entries, 'entry', 'entries')} of ${escapeForTerminal(baseline)}`;
      yield `suppressed: ${plural(findings, 'finding')} by ${by}\n`;
    }
    for (const warning of gate.warnings) yield `${paint('yellow', 'warning')}: ${escapeForTerminal(warning)}\n`;
  }
  const { frames, exchanges, findings } = report.totals;
  const counts = [plural(findings.error, 'error'), plural(findings.warning, 'warning'), `${findings.info} info`];
  const suppressed = gate.suppressed?.findings ? `, ${grouped(gate.suppressed.findings)} of them suppressed` : '';
  const hidden = report.hiddenFindings > 0 ? `, ${report.hiddenFindings} not shown by the filters` : '';
  const seen = `(${counts.join(', ')}${suppressed}${hidden}) in ${plural(frames, 'frame')}, ${plural(exchanges, 'exchange')}`;
  yield `${verdictText(report, gate, paint)} ${seen}\n`;
}

function findingLine(finding: Finding, paint: Paint): string {
  const place = finding.stream === null ? '' : ` stream ${finding.stream} frame ${finding.frame}`;
  const severity = paint(SEVERITY_STYLES[finding.severity], finding.severity.toUpperCase());
  const text = escapeForTerminal(`${finding.server}${place}: ${finding.summary}`);
  return `${severity} ${finding.rule} ${text} [${finding.fingerprint.slice(0, SHORT_FINGERPRINT)}]\n`;
}

function expectationLine(expectation: ExpectationResult, paint: Paint): string {
  const { state, fails } = expectation;
  const words = paint(fails ? 'red' : EXPECTATIONS[state].style, `EXPECTATION ${EXPECTATION_WORDS[state]}`);
  return `${words} ${escapeForTerminal(expectationInWords(expectation))}\n`;
}

function verdictText(report: Report, gate: Gate, paint: Paint): string {
  const reason = reasonInWords(report, gate);
  const word = paint(gate.verdict === 'passed' ? 'green' : 'red', VERDICT_WORDS[gate.verdict]);
  return `${word}${reason === '' ? '' : `: ${escapeForTerminal(reason)}`}`;
}
