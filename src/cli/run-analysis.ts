// From the words of a call to a report, and from a report to its output: what all analysing commands do.

import { escapeForTerminal } from '../report/escape.ts';
import type { FormatOptions } from '../report/format.ts';
import { FORMATS } from '../report/formats.ts';
import { plural } from '../report/layout.ts';
import type { Detail, Report } from '../report/report.ts';
import { selectFindings } from '../report/select-findings.ts';
import { problemInWords } from '../report/text.ts';
import { openInputs, totalSize } from './inputs.ts';
import { withLadders } from './ladders.ts';
import { type AnalysisOptions, selectionOf } from './options.ts';
import { checkOutput, writeFileInPieces, writePieces } from './output.ts';
import { Progress } from './progress.ts';
import { wantsColor, widthOf } from './terminal.ts';
import type { World } from './world.ts';

/** Lines on stderr before "and N more". */
const SHOWN_PROBLEMS = 10;

/** Words a mistyped first argument may have meant. */
const COMMAND_NAMES = ['analyze', 'check', 'rules'];

/** Reads the captures and selects findings. `textDetail`: what is kept of connections when nothing will show them. */
export async function runAnalysis(
  paths: readonly string[],
  options: AnalysisOptions,
  world: World,
  textDetail: Detail,
): Promise<Report> {
  const selection = selectionOf(
    options,
    world.rules.map(({ id }) => id),
  );
  const inputs = openInputs(paths, world, COMMAND_NAMES);
  try {
    const { output } = options;
    if (isFile(output)) checkOutput(output, paths);
    const progress = options.quiet ? null : new Progress(world, totalSize(inputs));
    try {
      const report = await world.analyze(inputs, {
        detail: options.detail ?? (formatName(options) === 'text' ? textDetail : 'exchanges'),
        hosts: options.host ?? [],
        ports: options.port ?? [],
        onProgress: (bytesRead) => progress?.update(bytesRead),
      });
      const selected = selectFindings(report, selection);
      const wantsLadders = options.ladders === true || formatOf(options).drawsLadders === true;
      // What does not know its size is a pipe: it was read, and may never end when it is read again.
      const canReadAgain = totalSize(inputs) !== undefined && !paths.includes('-');
      return wantsLadders && canReadAgain ? await withLadders(selected, paths, world) : selected;
    } finally {
      progress?.erase();
    }
  } finally {
    for (const { source } of inputs) source.close();
  }
}

/** Tells on stderr what could not be read, unless the reader of the report has it before his eyes already. */
export function tellProblems(report: Report, options: AnalysisOptions, world: World): void {
  const isInReport = formatName(options) === 'text' && !options.quiet && !isFile(options.output);
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

/** Writes what `render` makes to where the user wants it. */
export async function writeReport(
  render: (options: FormatOptions) => Iterable<string>,
  options: AnalysisOptions,
  world: World,
): Promise<void> {
  const { output } = options;
  const toFile = isFile(output);
  const pieces = render({
    color: wantsColor(options.color ?? 'auto', world.env, toFile ? null : world.stdout),
    width: widthOf(world.stdout, world.env),
    quiet: options.quiet ?? false,
  });
  if (toFile) await writeFileInPieces(output, pieces);
  else await writePieces(world.stdout, pieces);
}

/** The format asked for; text when none was. */
export function formatOf(options: AnalysisOptions) {
  return FORMATS.find(({ name }) => name === formatName(options))!;
}

export function formatName(options: AnalysisOptions): string {
  return options.format ?? 'text';
}

function isFile(output: string | undefined): output is string {
  return output !== undefined && output !== '-';
}
