// The table of commands. Each is loaded only when it is called, or when help tells of all.
import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { World } from './world.ts';

/** Adds a command to `program`. `finish`: told the exit code when it has run. */
export type AddCommand = (program: Command, world: World, finish: (code: ExitCode) => void) => void;

/** In the order of the help. */
export const COMMANDS: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['analyze', async () => (await import('./commands/analyze.ts')).addAnalyze],
  ['check', async () => (await import('./commands/check.ts')).addCheck],
  ['render', async () => (await import('./commands/render.ts')).addRender],
  ['tui', async () => (await import('./commands/tui.ts')).addTui],
  ['annotate', async () => (await import('./commands/annotate.ts')).addAnnotate],
  ['extract', async () => (await import('./commands/extract.ts')).addExtract],
  ['wireshark-profile', async () => (await import('./commands/wireshark-profile.ts')).addWiresharkProfile],
  ['rules', async () => (await import('./commands/rules.ts')).addRules],
  ['baseline', async () => (await import('./commands/baseline.ts')).addBaseline],
  ['config', async () => (await import('./commands/config.ts')).addConfig],
]);

export const COMMAND_NAMES = [...COMMANDS.keys()];

/** Without a command's name: see commands/default.ts. */
export const defaultCommand = async (): Promise<AddCommand> => (await import('./commands/default.ts')).addDefault;
