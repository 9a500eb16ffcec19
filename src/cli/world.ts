// What the commands need of the world outside. main.ts passes the real one, tests pass another.
import type { AnalyzeOptions, CaptureInput } from '../analyze.ts';
import type { ByteSource } from '../capture/byte-source.ts';
import type { Report } from '../report/report.ts';
import type { RuleDocumentation } from '../rules/rule.ts';
import type { Interruption } from './interruption.ts';
import type { JobFile } from './jobs/job.ts';

/** A standard stream: `isTTY` and `columns` only where it is a terminal. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export interface World {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdinIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory: where a configuration is looked for. */
  readonly cwd: string;
  /** The clock: baselines expire. */
  now(): Date;
  /** The catalogue: names for --only and --ignore, texts for `rules`. */
  readonly rules: readonly RuleDocumentation[];
  analyze(inputs: readonly CaptureInput[], options: AnalyzeOptions): Promise<Report>;
  /** Opens a file, or standard input for '-'; `follow`: a file is waited for to grow. Throws the system's error. */
  openSource(path: string, follow: boolean): ByteSource;
  /** The same analysis in several threads; without it there is one. */
  analyzeInJobs?(files: readonly JobFile[], options: AnalyzeOptions, jobs: number): Promise<Report>;
  /** Ctrl-C and SIGTERM, where somebody listens to them. */
  readonly interruption?: Interruption;
}
