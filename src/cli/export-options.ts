// What the commands that write captures have in common.
import { Command, Option } from 'commander';
import type { Commented } from '../export/comments.ts';
import { COMMENTED } from '../export/comments.ts';
import type { ExportCounts } from '../export/export-capture.ts';
import { adjustReport } from '../policy/adjust-report.ts';
import type { Policy } from '../policy/policy.ts';
import { escapeForTerminal } from '../report/escape.ts';
import { plural } from '../report/layout.ts';
import type { Report } from '../report/report.ts';
import { filesRead, settingsOf } from './config.ts';
import { InterruptedError } from './exit-codes.ts';
import { EXIT_CODE_OF } from './interruption.ts';
import { type AnalysisOptions, addAnalysisOptions } from './options.ts';
import { runAnalysis, tellProblems } from './run-analysis.ts';
import type { World } from './world.ts';

export interface ExportCommandOptions extends AnalysisOptions {
  readonly annotate?: Commented;
  readonly discardSecrets?: boolean;
}

/** Those of the analysing commands that say what is read and which findings count. */
const SHARED = [
  '--only',
  '--ignore',
  '--min-severity',
  '--host',
  '--port',
  '--jobs',
  '--quiet',
  '--config',
  '--no-config',
];

export function addExportOptions(command: Command): Command {
  command.addOption(
    new Option('-o, --output <file>', 'the pcapng to write; - is standard output').argParser(
      (value: string, previous: readonly string[] = []) => [...previous, value],
    ),
  );
  for (const option of addAnalysisOptions(new Command()).options) {
    if (SHARED.includes(option.long!)) command.addOption(option);
  }
  return command
    .addOption(
      new Option('--annotate <frames>', 'comments on all evidence, or the first frame of each finding').choices(
        COMMENTED,
      ),
    )
    .addOption(new Option('--discard-secrets', 'leave out the keys of encrypted traffic that the capture holds'));
}

export interface ExportSettings<Options> {
  readonly options: Options;
  readonly policy: Policy;
  /** Files that the call reads beside the captures. */
  readonly alsoRead: readonly string[];
}

/**
 * What the call and a configuration say. A configuration's outputs are reports, and its formats and details are of
 * them, too: where the capture goes, only the call says.
 */
export async function exportSettings<Options extends ExportCommandOptions>(
  command: Command,
  world: World,
): Promise<ExportSettings<Options>> {
  const { options: settings, policy, file } = await settingsOf<Options>(command, world);
  const { format: _, output: __, detail: ___, follow: ____, ladders: _____, sarifUri: ______, ...options } = settings;
  const { output } = command.optsWithGlobals<Options>();
  return {
    options: { ...options, ...(output !== undefined && { output }) } as Options,
    policy,
    alsoRead: filesRead({ file }),
  };
}

/** The first pass: the report, with its problems told. */
export async function analyzeForExport(
  paths: readonly string[],
  { options, policy }: ExportSettings<ExportCommandOptions>,
  world: World,
): Promise<Report> {
  const { output: _, ...analysis } = options;
  const adjust = (report: Report) => adjustReport(report, policy);
  const report = await runAnalysis(paths, { ...analysis, detail: 'findings' }, world, 'findings', adjust);
  const signal = world.interruption?.signal;
  if (signal) throw new InterruptedError(EXIT_CODE_OF[signal]);
  tellProblems(report, { ...analysis, quiet: true }, world);
  return report;
}

/** Tells on stderr what of the captures is not in the export, and what is in it that should not be passed on. */
export function tellLosses(counts: ExportCounts, options: ExportCommandOptions, world: World): void {
  for (const { path, note } of counts.notes) {
    world.stderr.write(`finrace: note: ${escapeForTerminal(path)}: ${escapeForTerminal(note)}\n`);
  }
  if (counts.secrets === 0) return;
  const what = plural(counts.secrets, 'block');
  world.stderr.write(
    options.discardSecrets
      ? `finrace: note: ${what} with the keys of encrypted traffic left out\n`
      : `finrace: note: the keys of encrypted traffic are in the output as in the capture (${what}); --discard-secrets leaves them out\n`,
  );
}

/** `word` as a shell takes it for one word, whatever is in it. */
export function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
