// The contract of an output format: a pure function from report to text. `formats.ts` is the table.
import type { Severity } from '../rules/finding.ts';
import type { Report } from './report.ts';

export interface FormatOptions {
  /** Colour escape sequences may be written. */
  readonly color: boolean;
  /** Columns to fit into. */
  readonly width: number;
  /** Only the one sentence that matters most; formats for programs ignore it. */
  readonly quiet: boolean;
  /** Where formats for code review (SARIF, GitLab, JUnit) say the findings are: a relative URI. Default: one per server. */
  readonly location?: string;
  /** From which severity on a finding is a failed test (JUnit). Default: error. */
  readonly failOn?: Severity | 'never';
}

export interface Format {
  /** The text in pieces, so that a long report is written as a stream. */
  render(report: Report, options: FormatOptions): Iterable<string>;
}
