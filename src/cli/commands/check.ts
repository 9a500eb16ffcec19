// finrace check: the gate for CI. A short report, and an exit code that follows a policy.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { adjustReport } from '../../policy/adjust-report.ts';
import { applyBaseline } from '../../policy/baseline.ts';
import { judgeGate } from '../../policy/judge-gate.ts';
import { renderCheck } from '../../report/check-text.ts';
import type { FailOn, Gate } from '../../report/gate.ts';
import type { Report } from '../../report/report.ts';
import { SEVERITIES } from '../../rules/finding.ts';
import { type BaselineOptions, findBaseline } from '../baseline-file.ts';
import { filesRead, originText, type Settings, settingsOf } from '../config.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { tellGitHub } from '../github.ts';
import { type AnalysisOptions, addAnalysisOptions } from '../options.ts';
import { type PolicyOptions, parseMaxFindings, withOptions } from '../policy-options.ts';
import { exitCodeOf, rendererOf, runAnalysis, tellProblems, writeReports } from '../run-analysis.ts';
import type { World } from '../world.ts';
import { CAPTURE_HELP } from './analyze.ts';

export type CheckOptions = AnalysisOptions & PolicyOptions & BaselineOptions & { readonly annotations: boolean };

const FAIL_ON: readonly FailOn[] = [...[...SEVERITIES].reverse(), 'never'];

const EXIT_CODES: Readonly<Record<Gate['verdict'], ExitCode>> = {
  passed: EXIT.done,
  failed: EXIT.found,
  unsound: EXIT.wrongCall,
};

/** What of a policy can be said on the command line. No default values here, see options.ts. */
export function addPolicyOptions(command: Command, world: World): Command {
  const ruleNames = world.rules.map(({ id }) => id);
  return command
    .addOption(
      new Option('--fail-on <level>', 'fail when a finding is at or above this (default: error)').choices(FAIL_ON),
    )
    .addOption(new Option('--max-warnings <number>', 'fail when there are more warnings').argParser(wholeNumber))
    .addOption(
      new Option(
        '--max-findings <rule=number>',
        'fail when there are more findings of a rule, whatever their severity (repeatable)',
      ).argParser((value: string, previous: ReadonlyMap<string, number> = new Map()) =>
        parseMaxFindings(value, previous, ruleNames),
      ),
    )
    .addOption(
      new Option(
        '--on-truncated <what>',
        'what a capture comes to that cannot be read to its end (default: warn)',
      ).choices(['warn', 'fail']),
    )
    .addOption(
      new Option(
        '--baseline <file>',
        'findings that are known and fail nothing (default: finrace.baseline.json if there is one)',
      ),
    )
    .addOption(new Option('--no-baseline', 'let no finding pass as known'))
    .addOption(
      new Option('--strict-baseline', 'expired and unused entries of the baseline are an error (exit code 2)'),
    );
}

export function addCheck(program: Command, world: World, finish: (code: ExitCode) => void): void {
  addPolicyOptions(addAnalysisOptions(program.command('check')), world)
    .description('one line per finding and an exit code, for CI')
    .argument('[capture...]', CAPTURE_HELP)
    .option('--no-annotations', 'in GitHub Actions: no annotations and no step summary')
    .addHelpText(
      'after',
      `
Exit codes: 0 passed; 1 failed: a finding at or above --fail-on, a budget overrun, an expectation violated; 2 wrong
call, configuration or input, and what --on-truncated fail and --strict-baseline refuse.

Examples:
  $ finrace check trace.pcapng
  $ finrace check --fail-on warning --ignore undelayed-close trace.pcapng
  $ finrace check --max-findings fin-crosses-request=3 --max-warnings 10 trace.pcapng
  $ finrace check --baseline finrace.baseline.json --strict-baseline trace.pcapng
  $ finrace check -o junit=junit.xml -o json=report.json trace.pcapng`,
    )
    .action(async (captures: string[], _: CheckOptions, command: Command) => {
      finish(await checkCommand(captures, await settingsOf<CheckOptions>(command, world), world));
    });
}

async function checkCommand(
  captures: readonly string[],
  settings: Settings<CheckOptions>,
  world: World,
): Promise<ExitCode> {
  const { options } = settings;
  const policy = withOptions(settings.policy, options, (option) => originText(settings, option));
  const known = await findBaseline(settings, world);
  // A filter hides findings; it does not make entries of the baseline useless. So the baseline comes first.
  let use: ReturnType<typeof applyBaseline> | null = null;
  const adjust = (found: Report) => {
    const adjusted = adjustReport(found, policy);
    if (known === null) return adjusted;
    use = applyBaseline(adjusted, known.baseline, policy, today(world));
    return use.report;
  };
  const alsoRead = [...filesRead(settings), ...(known === null ? [] : [known.path])];
  const selected = await runAnalysis(captures, options, world, 'findings', adjust, alsoRead);
  const gate = judgeGate(selected, policy, known && use && { name: known.name, use });
  const report = { ...selected, gate };
  // The gate knows better than the threshold alone what fails.
  const { failOn: _, ...writing } = options;
  await writeReports(
    async (name) =>
      name === 'text' ? (formatOptions) => renderCheck(report, gate, formatOptions) : rendererOf(name, report),
    writing,
    world,
  );
  tellGitHub(report, options, world);
  tellProblems(report, options, world);
  return exitCodeOf(EXIT_CODES[gate.verdict], world);
}

/** The day in UTC, YYYY-MM-DD: the same on every machine. */
export function today({ now }: World): string {
  return now().toISOString().slice(0, 10);
}

function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError(`'${value}' is no whole number.`);
  return Number(value);
}
