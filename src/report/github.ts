// Annotations for a job of GitHub Actions, as workflow commands: "::error title=…::message". GitHub shows ten of a kind
// per step and cuts the rest without a word, so there are nine of each and one that says how many more there are. A
// capture has no line of code to stand at: there is no `file`, the title says what and where. What a baseline knows is
// no annotation: there is none that would not ask somebody to act.
import type { Severity } from '../rules/finding.ts';
import { byGravity, type Cell, cellsOf, countOf, exampleOf, severityOf, withoutSuppressed } from './cells.ts';
import { escapeForTerminal } from './escape.ts';
import type { Format } from './format.ts';
import { grouped, plural } from './layout.ts';
import { needsVerdict, verdictInWords } from './verdict.ts';

const SHOWN_PER_KIND = 9;
const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

export const github: Format = {
  *render(report) {
    const { gate } = report;
    // A job that fails should not have to be searched for the reason.
    const hasVerdict = gate !== null && needsVerdict(report, gate);
    if (hasVerdict) {
      const message = escapeForTerminal(verdictInWords(report, gate));
      yield command('error', gate.verdict === 'failed' ? 'finrace check failed' : 'finrace check is unsound', message);
    }
    const cells = [...cellsOf(withoutSuppressed(report)).values()].sort(byGravity);
    for (const severity of ['error', 'warning', 'info'] as const) {
      const ofKind = cells.filter((cell) => severityOf(cell) === severity);
      const room = SHOWN_PER_KIND - (hasVerdict && severity === 'error' ? 1 : 0);
      for (const cell of ofKind.slice(0, room)) {
        yield command(severity, `${cell.rule} on ${cell.server}`, messageOf(cell));
      }
      const more = ofKind.slice(room);
      if (more.length === 0) continue;
      const findings = more.reduce((sum, cell) => sum + countOf(cell), 0);
      yield command(
        severity,
        `${plural(findings, 'further finding')} (${severity})`,
        `and ${plural(findings, 'finding')} more of other rules and servers; the step summary and the report list them.`,
      );
    }
  },
};

function messageOf(cell: Cell): string {
  const count = countOf(cell);
  const example = exampleOf(cell);
  if (example === undefined) return `${plural(count, 'finding')}, counted but not listed.`;
  const more = count > 1 ? [`And ${grouped(count - 1)} more like it.`] : [];
  return [example.summary, ...more, `Fix: ${example.advice}`, `Wireshark: ${example.displayFilter}`]
    .map(escapeForTerminal)
    .join('\n');
}

function command(severity: Severity, title: string, message: string): string {
  return `::${COMMANDS[severity]} title=${property(escapeForTerminal(title))}::${data(message)}\n`;
}

/** The runner turns exactly these back. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
