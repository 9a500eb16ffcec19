// From the words of a call to a report, and from a report to its output: what all analysing commands do.

import type { AnalyzeOptions } from '../analyze.ts';
import { NotACaptureError } from '../capture/open-capture.ts';
import { escapeForTerminal } from '../report/escape.ts';
import type { FormatOptions } from '../report/format.ts';
import { plural } from '../report/layout.ts';
import type { Detail, Report } from '../report/report.ts';
import { selectFindings } from '../report/select-findings.ts';
import { problemInWords } from '../report/text.ts';
import { COMMAND_NAMES } from './commands.ts';
import { type ExitCode, InterruptedError } from './exit-codes.ts';
import { type OpenInput, openInputs, totalSize } from './inputs.ts';
import { EXIT_CODE_OF } from './interruption.ts';
import { howManyJobs } from './jobs/how-many.ts';
import { type AnalysisOptions, selectionOf } from './options.ts';
import { checkOutputs, writeFiles, writePieces } from './output.ts';
import { formatNamed, type Output, outputsOf } from './outputs.ts';
import { Progress } from './progress.ts';
import { wantsColor, widthOf } from './terminal.ts';
import type { World } from './world.ts';

/** Lines on stderr before "and N more". */
const SHOWN_PROBLEMS = 10;

/** Reads the captures and selects findings. `textDetail`: what is kept of connections when nothing will show them.
 * `adjust`: what a policy makes of the report before findings are selected. `alsoRead`: further files that the call
 * reads, which no report may overwrite. */
export async function runAnalysis(
  paths: readonly string[],
  options: AnalysisOptions,
  world: World,
  textDetail: Detail,
  adjust: (report: Report) => Report,
  alsoRead: readonly string[] = [],
): Promise<Report> {
  const selection = selectionOf(
    options,
    world.rules.map(({ id }) => id),
  );
  const outputs = outputsOf(options);
  const follow = options.follow ?? false;
  const inputs = openInputs(paths, world, COMMAND_NAMES, follow);
  try {
    checkOutputs(filesOf(outputs), [...paths, ...alsoRead]);
    const progress = options.quiet ? null : new Progress(world, totalSize(inputs));
    try {
      if (follow && !options.quiet && world.stderr.isTTY) {
        world.stderr.write(`finrace: following ${escapeForTerminal(paths[0]!)}; Ctrl-C ends it with the report\n`);
      }
      const analyze = () =>
        readWith(inputs, options, world, {
          detail: options.detail ?? (outputs.some(showsConnections) ? 'exchanges' : textDetail),
          hosts: options.host ?? [],
          ports: options.port ?? [],
          onProgress: (bytesRead) => progress?.update(bytesRead),
        });
      const report = await (world.interruption?.whileReading(analyze) ?? analyze());
      const selected = selectFindings(adjust(report), selection);
      const wantsLadders = options.ladders === true || outputs.some(drawsLadders);
      // What does not know its size is a pipe: it was read, and may never end when it is read again. And who was
      // interrupted does not want to wait.
      const canReadAgain = totalSize(inputs) !== undefined && !paths.includes('-') && !world.interruption?.signal;
      if (!wantsLadders || !canReadAgain) return selected;
      const { withLadders } = await import('./ladders.ts');
      return await withLadders(selected, paths, world);
    } catch (error) {
      const signal = world.interruption?.signal;
      // So little was read that it is no capture yet.
      if (signal && error instanceof NotACaptureError) throw new InterruptedError(EXIT_CODE_OF[signal]);
      throw error;
    } finally {
      progress?.erase();
    }
  } finally {
    for (const { source } of inputs) source.close();
  }
}

/** The analysis in one thread, or in as many as it is worth. */
function readWith(
  inputs: readonly OpenInput[],
  { jobs: asked }: AnalysisOptions,
  world: World,
  options: AnalyzeOptions,
): Promise<Report> {
  const jobs = howManyJobs(inputs, asked);
  if (jobs === 1 || world.analyzeInJobs === undefined) return world.analyze(inputs, options);
  const files = inputs.map(({ path, file }) => ({ path, descriptor: file!.descriptor, size: file!.size }));
  return world.analyzeInJobs(files, options, jobs);
}

/** `code`, unless a signal cut a file short: then the code that scripts know for that. */
export function exitCodeOf(code: ExitCode, { interruption }: World): ExitCode {
  return interruption?.cutFileShort && interruption.signal !== null ? EXIT_CODE_OF[interruption.signal] : code;
}

/** Tells on stderr what could not be read, unless the reader of the report has it before his eyes already. */
export function tellProblems(report: Report, options: AnalysisOptions, world: World): void {
  const isShown = outputsOf(options).some(({ format, path }) => format === 'text' && path === '-');
  const isInReport = isShown && !options.quiet;
  if (isInReport && world.stdout.isTTY) return;
  const problems = report.captures.flatMap(({ path, problems }) =>
    problems.map((problem) => problemInWords(path, problem)),
  );
  for (const problem of problems.slice(0, SHOWN_PROBLEMS)) {
    world.stderr.write(`finrace: warning: ${escapeForTerminal(problem)}\n`);
  }
  const more = problems.length - SHOWN_PROBLEMS;
  if (more > 0) world.stderr.write(`finrace: warning: and ${plural(more, 'further problem')} in the captures\n`);
}

/** The options that say how a report is written. */
export type WritingOptions = Pick<AnalysisOptions, 'format' | 'output' | 'sarifUri' | 'color' | 'quiet'> & {
  readonly failOn?: FormatOptions['failOn'];
};

/** Writes what `load` knows to write of each format to where the user wants it: the files first, then standard output. */
export async function writeReports(
  load: (format: string) => Promise<(options: FormatOptions) => Iterable<string>>,
  options: WritingOptions,
  world: World,
): Promise<void> {
  const outputs = await Promise.all(
    outputsOf(options).map(async ({ format, path }) => ({ path, render: await load(format) })),
  );
  const piecesOf = ({ path, render }: (typeof outputs)[number]) =>
    render({
      color: wantsColor(options.color ?? 'auto', world.env, path === '-' ? world.stdout : null),
      width: widthOf(world.stdout, world.env),
      quiet: options.quiet ?? false,
      ...(options.sarifUri !== undefined && { location: options.sarifUri }),
      ...(options.failOn !== undefined && { failOn: options.failOn }),
    });
  const files = outputs.filter(({ path }) => path !== '-');
  await writeFiles(files.map((output) => ({ path: output.path, pieces: () => piecesOf(output) })));
  for (const output of outputs) if (output.path === '-') await writePieces(world.stdout, piecesOf(output));
}

/** Writes `report` in each of its formats. */
export async function writeReport(report: Report, options: WritingOptions, world: World): Promise<void> {
  await writeReports((name) => rendererOf(name, report), options, world);
}

/** Writes `report` in the format of that name. */
export async function rendererOf(name: string, report: Report): Promise<(options: FormatOptions) => Iterable<string>> {
  const format = await formatNamed(name).load();
  return (options) => format.render(report, options);
}

export function filesOf(outputs: readonly Output[]): readonly string[] {
  return outputs.map(({ path }) => path).filter((path) => path !== '-');
}

function drawsLadders({ format }: Output): boolean {
  return formatNamed(format).drawsLadders ?? false;
}

function showsConnections({ format }: Output): boolean {
  return formatNamed(format).showsConnections ?? false;
}
