// What the commands need of the world outside. main.ts passes the real one, tests pass another.
import type { AnalyzeOptions, CaptureInput } from '../analyze.ts';
import type { ByteSource } from '../capture/byte-source.ts';
import type { Report } from '../report/report.ts';
import type { RuleDocumentation } from '../rules/rule.ts';

/** A standard stream: `isTTY` and `columns` only where it is a terminal. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface World {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdinIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The catalogue: names for --only and --ignore, texts for `rules`. */
  readonly rules: readonly RuleDocumentation[];
  analyze(inputs: readonly CaptureInput[], options: AnalyzeOptions): Promise<Report>;
  /** Opens a file, or standard input for '-'. Throws the system's error. */
  openSource(path: string): ByteSource;
}
