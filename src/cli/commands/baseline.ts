// finrace baseline: the findings that a project knows and tolerates for now.
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { adjustReport } from '../../policy/adjust-report.ts';
import { type Baseline, createBaseline, pruneBaseline } from '../../policy/baseline.ts';
import { escapeForTerminal } from '../../report/escape.ts';
import { plural } from '../../report/layout.ts';
import type { Report } from '../../report/report.ts';
import { type BaselineOptions, baselinePath, readBaseline, writeBaseline } from '../baseline-file.ts';
import { filesRead, nameFor, type Settings, settingsOf } from '../config.ts';
import { isDay } from '../day.ts';
import { EXIT, type ExitCode, InterruptedError, WrongCallError } from '../exit-codes.ts';
import { EXIT_CODE_OF } from '../interruption.ts';
import { type AnalysisOptions, addReadingOptions } from '../options.ts';
import { checkOutputs, writePieces } from '../output.ts';
import { runAnalysis, tellProblems } from '../run-analysis.ts';
import type { World } from '../world.ts';
import { CAPTURE_HELP } from './analyze.ts';

interface Options extends AnalysisOptions, BaselineOptions {
  readonly force?: boolean;
  readonly reason?: string;
  readonly expires?: string;
  readonly owner?: string;
}

const NOTES = ['reason', 'expires', 'owner'] as const;

export function addBaseline(program: Command, world: World, finish: (code: ExitCode) => void): void {
  const baseline = program
    .command('baseline')
    .description('write down the findings that are known, so that check fails on new ones only')
    .action(() => {
      throw new WrongCallError("say which: 'finrace baseline create' or 'finrace baseline prune'");
    });
  const fileOption = () =>
    new Option('--baseline <file>', 'the file (default: finrace.baseline.json beside the configuration, or here)');
  addReadingOptions(baseline.command('create'))
    .description(
      'write all warnings and errors of the captures into the baseline (with --min-severity info all findings)',
    )
    .argument('[capture...]', CAPTURE_HELP)
    .addOption(fileOption())
    .addOption(
      new Option('--force', 'replace a baseline that is there; reasons, dates and owners of what stays are kept'),
    )
    .addOption(new Option('--reason <text>', 'why these findings are tolerated'))
    .addOption(new Option('--expires <date>', 'the last day (UTC) on which they are, YYYY-MM-DD').argParser(day))
    .addOption(new Option('--owner <name>', 'who looks after them'))
    .action(async (captures: string[], _: Options, command: Command) => {
      finish(await create(captures, await settingsOf<Options>(command, world), world));
    });
  addReadingOptions(baseline.command('prune'))
    .description('remove from the baseline what the captures show no more')
    .argument('[capture...]', CAPTURE_HELP)
    .addOption(fileOption())
    .action(async (captures: string[], _: Options, command: Command) => {
      finish(await prune(captures, await settingsOf<Options>(command, world), world));
    });
}

async function create(captures: readonly string[], settings: Settings<Options>, world: World): Promise<ExitCode> {
  const { options, policy } = settings;
  const path = baselinePath(settings, world);
  const name = nameFor(path, world);
  const exists = existsSync(path);
  if (exists && options.force !== true) throw new WrongCallError(`${name}: is there already (--force replaces it)`);
  checkOutputs(
    [path],
    [...captures.filter((capture) => capture === '-' || existsSync(capture)), ...filesRead(settings)],
  );
  const old = exists ? await oldBaseline(path, world) : null;
  const report = await analyzed(captures, { ...settings, options: { minSeverity: 'warning', ...options } }, world);
  const [reason, expires, owner] = NOTES.map((note) => options[note] ?? null);
  const baseline = createBaseline(report, policy, { reason: reason!, expires: expires!, owner: owner! }, old);
  writeBaseline(path, baseline, name);
  const tolerated = baseline.findings.reduce((sum, { count }) => sum + count, 0);
  await say(`${name}: ${entriesText(baseline)} for ${plural(tolerated, 'finding')}`, world);
  return EXIT.done;
}

async function prune(captures: readonly string[], settings: Settings<Options>, world: World): Promise<ExitCode> {
  const path = baselinePath(settings, world);
  const name = nameFor(path, world);
  const before = await readBaseline(path, world);
  // Everything that is found keeps its entry, whatever a filter would hide.
  const { only: _, ignore: __, minSeverity: ___, ...options } = settings.options;
  const report = await analyzed(captures, { ...settings, options }, world);
  const after = pruneBaseline(before, report, settings.policy);
  const removed = before.findings.length - after.findings.length;
  const lowered = after.findings.filter(
    ({ fingerprint, count }) => before.findings.find((entry) => entry.fingerprint === fingerprint)!.count !== count,
  ).length;
  if (removed > 0 || lowered > 0) writeBaseline(path, after, name);
  await say(
    `${name}: ${plural(removed, 'entry', 'entries')} removed, ${plural(lowered, 'count')} lowered, ${entriesText(after)} left`,
    world,
  );
  return EXIT.done;
}

async function analyzed(captures: readonly string[], settings: Settings<Options>, world: World): Promise<Report> {
  // What is written is the baseline; the report's own output and form are of no interest here.
  const { output: _, format: __, ...options } = settings.options;
  const report = await runAnalysis(captures, options, world, 'findings', (found) =>
    adjustReport(found, settings.policy),
  );
  tellProblems(report, { ...options, format: 'json' }, world);
  const signal = world.interruption?.signal;
  if (signal && world.interruption?.cutFileShort) {
    world.stderr.write('finrace: interrupted; the baseline is as it was\n');
    throw new InterruptedError(EXIT_CODE_OF[signal]);
  }
  return report;
}

/** One of another version of fingerprints still says nothing about reasons: it is replaced as if it were not there. */
async function oldBaseline(path: string, world: World): Promise<Baseline | null> {
  try {
    return await readBaseline(path, world);
  } catch (error) {
    if (error instanceof WrongCallError && error.message.includes('its fingerprints are of version')) return null;
    throw error;
  }
}

async function say(text: string, world: World): Promise<void> {
  await writePieces(world.stdout, [`${escapeForTerminal(text)}\n`]);
}

function entriesText({ findings }: Baseline): string {
  return plural(findings.length, 'entry', 'entries');
}

function day(value: string): string {
  if (!isDay(value)) throw new InvalidArgumentError(`'${value}' is no date, such as 2027-03-31.`);
  return value;
}
