// finrace tui: the report as something to look around in.
import { closeSync, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { nodeThreads, nodeTty } from '../../base/node-modules.ts';
import type { FromWorker, ToWorker } from '../../tui/model/messages.ts';
import type { Keyboard, Screen, WorkerLink } from '../../tui/run.ts';
import { SYMBOL_SETS, SYMBOLS, type SymbolSet } from '../../tui/screen/symbols.ts';
import { THEMES, type ThemeName, themeOf } from '../../tui/screen/theme.ts';
import { COMMAND_NAMES } from '../commands.ts';
import { settingsOf } from '../config.ts';
import { EXIT, type ExitCode, WrongCallError } from '../exit-codes.ts';
import { type AnalysisOptions, addAnalysisOptions, selectionOf } from '../options.ts';
import { wantsColor } from '../terminal.ts';
import type { TuiWorkerData } from '../tui-worker.ts';
import { TUI_WORKER } from '../tui-worker-url.ts';
import type { World } from '../world.ts';
import { analyzeCommand, CAPTURE_HELP } from './analyze.ts';

/** A thread that is writing ends within this time, or is ended. */
const CLOSE_MS = 1000;

interface TuiOptions extends AnalysisOptions {
  readonly theme?: ThemeName;
  readonly symbols?: SymbolSet;
  readonly mouse?: boolean;
}

export function addTui(program: Command, world: World, finish: (code: ExitCode) => void): void {
  addTuiOptions(addAnalysisOptions(program.command('tui')))
    .description('look around in a capture: findings, connections, servers, exchanges, ladders')
    .argument('[capture...]', CAPTURE_HELP)
    .addHelpText(
      'after',
      `
? in it tells the keys. Where standard output is no terminal, or TERM is dumb, it prints the
report of analyze.

Examples:
  $ finrace tui trace.pcapng
  $ finrace tui --symbols ascii --no-mouse trace.pcapng
  $ tcpdump -i any -U -w - tcp port 8080 | finrace tui -`,
    )
    .action(async (captures: string[], _: TuiOptions, command: Command) => {
      if (!canShow(world)) {
        const why =
          world.stdout.isTTY === true ? 'a terminal with TERM=dumb has no screen' : 'standard output is no terminal';
        world.stderr.write(`finrace: ${why}, so this is the report of analyze\n`);
        finish(await analyzeCommand(captures, command, world));
      } else finish(await tuiCommand(captures, command, world));
    });
}

export function addTuiOptions(command: Command): Command {
  return command
    .addOption(new Option('--theme <name>', 'colours of the terminal interface').choices([...THEMES]))
    .addOption(new Option('--symbols <set>', 'signs of its lines and plots').choices([...SYMBOL_SETS]))
    .addOption(new Option('--no-mouse', 'leave the mouse to the terminal'));
}

/** There is a terminal to draw on, and one to read keys from. */
export function canShow(world: World): boolean {
  return world.stdout.isTTY === true && world.env.TERM !== 'dumb';
}

export async function tuiCommand(paths: readonly string[], command: Command, world: World): Promise<ExitCode> {
  const { options, file } = await settingsOf<TuiOptions>(command, world);
  // The program's own "yes", which nobody said, would cover the command's "no".
  const hasMouse = options.mouse !== false && command.opts<TuiOptions>().mouse !== false;
  const ruleNames = world.rules.map(({ id }) => id);
  if (paths.length === 0) throw new WrongCallError("no capture given (try 'finrace --help')");
  if (paths.includes('-') && world.stdinIsTerminal) {
    throw new WrongCallError('standard input (-) is a terminal; pipe a capture into it');
  }
  const workerData: TuiWorkerData = {
    paths,
    hosts: options.host ?? [],
    ports: options.port ?? [],
    selection: selectionOf(options, ruleNames),
    commandNames: COMMAND_NAMES,
    follow: options.follow ?? false,
    readOnce: readOnce(paths),
    config: file === null ? null : { content: file.content, name: file.name },
  };
  const { link, first, close } = startWorker(workerData);
  // While the worker opens the captures. React's development build is slow, and measures without end.
  process.env.NODE_ENV = 'production';
  const { runTui } = await import('../../tui/run.ts');
  const keyboard = openKeyboard(world);
  try {
    const message = await first;
    if (message.kind === 'failed' && message.isWrongCall) throw new WrongCallError(message.message);
    const { signal, error } = await runTui({
      keyboard,
      screen: world.stdout as unknown as Screen,
      worker: link,
      source: paths.length === 1 ? nameOf(paths[0]!) : `${nameOf(paths[0]!)} and ${paths.length - 1} more`,
      exportName: workerData.readOnce === null ? exportNameOf(paths[0]!) : null,
      theme: themeOf(options.theme ?? 'auto', wantsColor(options.color ?? 'auto', world.env, world.stdout)),
      symbols: SYMBOLS[options.symbols ?? symbolsFor(world.env)],
      hasMouse,
    });
    await close();
    if (error !== null) throw error;
    if (signal === null) return EXIT.done;
    if (signal === 'SIGINT') return EXIT.interrupted;
    // Ended by a signal, as whoever sent it expects.
    process.exit(SIGNAL_CODES[signal]);
  } finally {
    await close();
    keyboard.destroy();
  }
}

/** 128 and the signal's number, as shells count. */
const SIGNAL_CODES = { SIGTERM: EXIT.terminated, SIGHUP: 129, SIGQUIT: 131 } as const;

/** Keys come from standard input, or from the terminal itself where that brings the capture. */
function openKeyboard(world: World): Keyboard & { destroy(): void } {
  if (world.stdinIsTerminal) return process.stdin;
  let descriptor: number;
  try {
    descriptor = openSync('/dev/tty', 'r');
  } catch {
    throw new WrongCallError('there is no terminal to read keys from');
  }
  try {
    return new (nodeTty().ReadStream)(descriptor);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** `first`: its first message, which the link hands over too: by then it is known whether the captures can be read. */
function startWorker(workerData: TuiWorkerData): {
  link: WorkerLink;
  first: Promise<FromWorker>;
  close(): Promise<unknown>;
} {
  const worker = new (nodeThreads().Worker)(TUI_WORKER, { workerData, stdin: false });
  const early: FromWorker[] = [];
  let listener = (message: FromWorker): void => {
    early.push(message);
  };
  // Each asked for is answered.
  let exports = 0;
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const first = new Promise<FromWorker>((resolve) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'exported') exports--;
      resolve(message);
      listener(message);
    });
    worker.on('error', (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      const message: FromWorker = { kind: 'failed', message: `the reading ended: ${reason}`, isWrongCall: false };
      resolve(message);
      listener(message);
    });
  });
  return {
    link: {
      post: (message: ToWorker) => {
        if (message.kind === 'export') exports++;
        worker.postMessage(message);
      },
      onMessage: (next) => {
        listener = next;
        for (const message of early.splice(0)) next(message);
      },
    },
    first,
    close: async () => {
      // What it is writing it has to take away itself; a thread that is ended from outside cannot.
      if (exports > 0) {
        worker.postMessage({ kind: 'close' } satisfies ToWorker);
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
      }
      await worker.terminate();
    },
  };
}

/** The first of `paths` that is a stream, as messages call it; null: all can be read again. */
function readOnce(paths: readonly string[]): string | null {
  const path = paths.find((path) => {
    const stats: Stats | undefined = path === '-' ? fstatSync(0) : statSync(path, { throwIfNoEntry: false });
    // What is not there is told of where it is opened.
    return stats !== undefined && !stats.isFile();
  });
  return path === undefined ? null : nameOf(path);
}

/** What exports are named after: the capture's name without what says that it is one. */
function exportNameOf(path: string): string {
  if (path === '-') return 'capture';
  const name = basename(path).replace(/\.(gz|zst|lz4|bz2|xz)$/i, '');
  return name.replace(/(?<=.)\.(pcapng|pcap|cap|ntar|dmp)$/i, '');
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : basename(path);
}

/** Terminals whose locale is not UTF-8 have letters only. */
function symbolsFor(env: World['env']): SymbolSet {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return locale !== '' && !/utf-?8/i.test(locale) ? 'ascii' : 'braille';
}
