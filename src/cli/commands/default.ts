// finrace <capture>: without a command's name it is the report.
import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import { type AnalysisOptions, addAnalysisOptions } from '../options.ts';
import type { World } from '../world.ts';
import { analyzeCommand, CAPTURE_HELP } from './analyze.ts';

export function addDefault(program: Command, world: World, finish: (code: ExitCode) => void): void {
  addAnalysisOptions(program)
    .argument('[capture...]', CAPTURE_HELP)
    .action(async (captures: string[], _: AnalysisOptions, command: Command) => {
      finish(await analyzeCommand(captures, command, world));
    });
}
