// The contract of an output format: a pure function from report to text. `formats.ts` is the table.
import type { Report } from './report.ts';

export interface FormatOptions {
  /** Colour escape sequences may be written. */
  readonly color: boolean;
  /** Columns to fit into. */
  readonly width: number;
  /** Only the one sentence that matters most; formats for programs ignore it. */
  readonly quiet: boolean;
}

export interface Format {
  readonly name: string;
  /** It draws ladders: worth a second pass over the captures. */
  readonly drawsLadders?: true;
  /** The text in pieces, so that a long report is written as a stream. */
  render(report: Report, options: FormatOptions): Iterable<string>;
}
