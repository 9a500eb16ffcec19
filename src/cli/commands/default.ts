// finrace <capture>: without a command's name it is the terminal interface; the report where there is no terminal, or
// where an option asks for something that only the report has.
import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import { type AnalysisOptions, addAnalysisOptions } from '../options.ts';
import type { World } from '../world.ts';
import { analyzeCommand, CAPTURE_HELP } from './analyze.ts';
import { addTuiOptions, canShow, tuiCommand } from './tui.ts';

export function addDefault(program: Command, world: World, finish: (code: ExitCode) => void): void {
  addTuiOptions(addAnalysisOptions(program))
    .argument('[capture...]', CAPTURE_HELP)
    .action(async (captures: string[], said: AnalysisOptions, command: Command) => {
      const run = canShow(world) && !wantsReport(said) ? tuiCommand : analyzeCommand;
      finish(await run(captures, command, world));
    });
}

function wantsReport({ format, output, detail, quiet }: AnalysisOptions): boolean {
  return format !== undefined || output !== undefined || detail !== undefined || quiet === true;
}
