// The command line: which words call which command, and what becomes of what goes wrong.
import { Command, CommanderError } from 'commander';
import { analyze } from '../analyze.ts';
import { nodeTty } from '../base/node-modules.ts';
import { NotACaptureError } from '../capture/open-capture.ts';
import { escapeForTerminal } from '../report/escape.ts';
import { RULES } from '../rules/catalogue.ts';
import { VERSION } from '../version.ts';
import { type AddCommand, COMMANDS, defaultCommand } from './commands.ts';
import { EXIT, type ExitCode, InterruptedError, WrongCallError } from './exit-codes.ts';
import { openFile, openStandardInput } from './file-source.ts';
import { FollowSource } from './follow-source.ts';
import { EXIT_CODE_OF, Interruption } from './interruption.ts';
import { joinRuleLists } from './options.ts';
import { writePieces } from './output.ts';
import { widthOf } from './terminal.ts';
import type { World } from './world.ts';

/** Runs the program with Node's `process.argv` and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const interruption = new Interruption();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interruption.request(signal)) return;
      // Progress may stand on the line.
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
      process.exit(EXIT_CODE_OF[signal]);
    });
  }
  // Where nobody listens to what went wrong (`2>&1 | head`), that is no further mishap.
  process.stderr.on('error', () => {});
  process.exitCode = await run(argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    get stdinIsTerminal() {
      return nodeTty().isatty(0);
    },
    env: process.env,
    cwd: process.cwd(),
    now: () => new Date(),
    rules: RULES.map(({ documentation }) => documentation),
    analyze,
    analyzeInJobs: async (files, options, jobs) => {
      const { runJobs } = await import('./jobs/run-jobs.ts');
      return runJobs(files, options, jobs, interruption);
    },
    openSource: (path, follow) =>
      path === '-' ? openStandardInput() : ((follow ? FollowSource.open(path) : null) ?? openFile(path)),
    interruption,
  });
}

/** Runs the program with the words of the call; nothing that goes wrong is thrown. */
export async function run(words: readonly string[], world: World): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  let help = '';
  const program = createProgram(world, (text) => {
    help += text;
  });
  try {
    for (const load of commandsFor(words)) {
      const add = await load();
      add(program, world, (code) => {
        exitCode = code;
      });
    }
    const ruleNames = world.rules.map(({ id }) => id);
    await program.parseAsync(joinRuleLists(words, ruleNames), { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end the parsing this way.
    const failure = error instanceof CommanderError && error.exitCode === 0 ? await writeHelp(help, world) : error;
    if (failure === null) return EXIT.done;
    return tell(failure, world);
  }
}

/** What went wrong with it; null: nothing. */
async function writeHelp(help: string, world: World): Promise<unknown> {
  try {
    await writePieces(world.stdout, [help]);
    return null;
  } catch (error) {
    return error;
  }
}

/** Says on stderr what went wrong; returns the exit code for it. */
function tell(error: unknown, world: World): ExitCode {
  if (error instanceof InterruptedError) return error.exitCode;
  world.stderr.write(`finrace: ${escapeForTerminal(messageOf(error))}\n`);
  if (world.env.FINRACE_DEBUG && error instanceof Error) world.stderr.write(`${error.stack}\n`);
  return EXIT.wrongCall;
}

/** Help, and whatever else begins with an option, may be about all of them. */
function commandsFor(words: readonly string[]): readonly (() => Promise<AddCommand>)[] {
  const [first = '-'] = words;
  if (first === '-V' || first === '--version') return [];
  const called = COMMANDS.get(first);
  if (called !== undefined) return [called];
  const mayAskForHelp = first.startsWith('-') || words.some((word) => /^-(?:-help$|\w*h)/.test(word));
  return mayAskForHelp ? [defaultCommand, ...COMMANDS.values()] : [defaultCommand];
}

function createProgram(world: World, writeHelp: (text: string) => void): Command {
  return new Command('finrace')
    .description(
      'Reads a packet capture and proves what went wrong with HTTP keep-alive connections: close races, ' +
        'destroyed responses, mismatched timeouts.',
    )
    .usage('[command] [options] <capture...>')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; after a command, that of the command')
    .helpCommand(false)
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: writeHelp,
      getOutHelpWidth: () => widthOf(world.stdout, world.env),
      // What was wrong is told once, by run().
      writeErr: () => {},
    })
    .addHelpText(
      'after',
      `
Examples:
  $ finrace trace.pcapng
  $ finrace analyze trace.pcapng --format json | jq '.findings[].summary'
  $ finrace check --fail-on warning trace.pcapng
  $ finrace rules "socket hang up"
  $ tcpdump -i any -U -w - tcp port 8080 | finrace analyze -

Exit codes: 0 done, 1 check failed, 2 wrong call, configuration or input.`,
    );
}

/** What went wrong, in one line. */
function messageOf(error: unknown): string {
  if (error instanceof WrongCallError || error instanceof NotACaptureError) return error.message;
  if (error instanceof CommanderError) return error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const message = error instanceof Error ? error.message : String(error);
  return `internal error, this is a bug in finrace: ${message.replace(/\s*\n\s*/g, ' ')} (FINRACE_DEBUG=1 shows where)`;
}
