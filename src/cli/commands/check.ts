// finrace check: the gate for CI. A short report, and an exit code that follows the gravest finding.
import { type Command, Option } from 'commander';
import { failures, renderCheck } from '../../report/check-text.ts';
import { SEVERITIES, type Severity } from '../../rules/finding.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { tellGitHub } from '../github.ts';
import { type AnalysisOptions, addAnalysisOptions } from '../options.ts';
import { formatNamed } from '../outputs.ts';
import { exitCodeOf, runAnalysis, tellProblems, writeReports } from '../run-analysis.ts';
import type { World } from '../world.ts';
import { CAPTURE_HELP } from './analyze.ts';

interface CheckOptions extends AnalysisOptions {
  readonly failOn: Severity;
  readonly annotations: boolean;
}

export function addCheck(program: Command, world: World, finish: (code: ExitCode) => void): void {
  addAnalysisOptions(program.command('check'))
    .description('one line per finding and an exit code, for CI')
    .argument('[capture...]', CAPTURE_HELP)
    .addOption(
      new Option('--fail-on <level>', 'exit with 1 when a finding is at or above this')
        .choices([...SEVERITIES].reverse())
        .default('error' satisfies Severity),
    )
    .option('--no-annotations', 'in GitHub Actions: no annotations and no step summary')
    .addHelpText(
      'after',
      `
Exit codes: 0 nothing at or above --fail-on, 1 something was, 2 wrong call or unreadable input.

Examples:
  $ finrace check trace.pcapng
  $ finrace check --fail-on warning --ignore undelayed-close trace.pcapng
  $ finrace check -o junit=junit.xml -o json=report.json trace.pcapng`,
    )
    .action(async (captures: string[], _: CheckOptions, command: Command) => {
      finish(await checkCommand(captures, command.optsWithGlobals(), world));
    });
}

async function checkCommand(captures: readonly string[], options: CheckOptions, world: World): Promise<ExitCode> {
  const report = await runAnalysis(captures, options, world, 'findings');
  await writeReports(
    (name, formatOptions) =>
      name === 'text'
        ? renderCheck(report, options.failOn, formatOptions)
        : formatNamed(name).render(report, formatOptions),
    options,
    world,
  );
  tellGitHub(report, options, world);
  tellProblems(report, options, world);
  return exitCodeOf(failures(report, options.failOn) > 0 ? EXIT.found : EXIT.done, world);
}
