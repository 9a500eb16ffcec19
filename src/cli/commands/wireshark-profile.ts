// finrace wireshark-profile: a profile in which Wireshark shows the comments of annotated captures.
import type { Command } from 'commander';
import { initialFiles, PROFILE_NAME, profileFiles } from '../../export/wireshark-profile.ts';
import { escapeForTerminal } from '../../report/escape.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { shellWord } from '../export-options.ts';
import { writePieces } from '../output.ts';
import { installProfile, wiresharkFolder } from '../wireshark-folder.ts';
import type { World } from '../world.ts';

interface ProfileOptions {
  readonly install?: boolean;
  readonly into?: string;
  readonly force?: boolean;
}

export function addWiresharkProfile(program: Command, world: World, finish: (code: ExitCode) => void): void {
  program
    .command('wireshark-profile')
    .description('a Wireshark profile that shows the comments of annotated captures: colours, a column, filters')
    .option('--install', "write it among Wireshark's profiles of this user")
    .option('--into <folder>', 'write its files into this folder')
    .option('--force', 'overwrite a profile that finrace did not write, or that was changed')
    .addHelpText(
      'after',
      `
Without --install and --into the files are printed.

Examples:
  $ finrace wireshark-profile --install
  $ finrace annotate trace.pcap -o findings.pcapng && wireshark -C ${PROFILE_NAME} -r findings.pcapng`,
    )
    .action(async (_: ProfileOptions, command: Command) => {
      const { install, into, force } = command.opts<ProfileOptions>();
      const folders = [
        ...(into === undefined ? [] : [into]),
        ...(install ? [wiresharkFolder(world.env).profile(PROFILE_NAME)] : []),
      ];
      const told = folders.map((folder) => {
        installProfile(folder, profileFiles(), initialFiles(), force ?? false);
        return `Written: ${escapeForTerminal(folder)}\n`;
      });
      if (install) told.push(`Use it:  wireshark -C ${shellWord(PROFILE_NAME)} -r FILE\n`);
      const printed = [...profileFiles(), ...initialFiles()].flatMap(([name, content]) => [
        `==> ${name} <==\n`,
        content,
        '\n',
      ]);
      await writePieces(world.stdout, folders.length > 0 ? told : printed);
      finish(EXIT.done);
    });
}
