// finrace config: what a call would be done with, and where each of it was said; a file to begin with.
import { statSync, writeFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { escapeForTerminal, jsonFor } from '../../report/escape.ts';
import { CONFIG_KEYS, filesRead, nameFor, originText, type Settings, settingsOf } from '../config.ts';
import { EXIT, type ExitCode, WrongCallError } from '../exit-codes.ts';
import { type AnalysisOptions, addAnalysisOptions } from '../options.ts';
import { checkOutputs, writeFiles, writePieces } from '../output.ts';
import { outputsOf } from '../outputs.ts';
import { systemErrorInWords } from '../system-errors.ts';
import type { World } from '../world.ts';
import { addPolicyOptions, type CheckOptions } from './check.ts';

const STARTER_NAME = 'finrace.config.yaml';

/** What counts where nobody says anything. */
const DEFAULTS = {
  format: 'text',
  minSeverity: 'info',
  color: 'auto',
  'check.failOn': 'error',
  'check.onTruncated': 'warn',
} as const;

export function addConfig(program: Command, world: World, finish: (code: ExitCode) => void): void {
  const config = program
    .command('config')
    .description('show the settings that count, or begin a configuration')
    .action(() => {
      throw new WrongCallError("say which: 'finrace config print' or 'finrace config init'");
    });
  const print = addPolicyOptions(addAnalysisOptions(config.command('print')), world);
  print
    .description('print the settings that count here and where each of them was said (--format json for programs)')
    .action(async (_: CheckOptions, command: Command) => {
      // Format and file asked for here are those of the list, and no settings.
      const { format, output } = command.optsWithGlobals<AnalysisOptions>();
      for (const name of ['format', 'output']) command.setOptionValue(name, undefined);
      const outputs = outputsOf({ ...(format !== undefined && { format }), ...(output !== undefined && { output }) });
      const unknown = outputs.find((one) => one.format !== 'text' && one.format !== 'json');
      if (unknown !== undefined) {
        throw new WrongCallError(`settings are printed as text or json, not as ${unknown.format}`);
      }
      const settings = await settingsOf<CheckOptions>(command, world);
      const listAs = (name: string) => (name === 'json' ? asJson(settings) : asText(settings));
      const files = outputs.filter(({ path }) => path !== '-');
      checkOutputs(
        files.map(({ path }) => path),
        filesRead(settings),
      );
      await writeFiles(files.map((file) => ({ path: file.path, pieces: () => listAs(file.format) })));
      for (const one of outputs) if (one.path === '-') await writePieces(world.stdout, listAs(one.format));
      finish(EXIT.done);
    });
  config
    .command('init')
    .description(`write a commented configuration to begin with (default: ${STARTER_NAME})`)
    .argument('[file]', 'where to write it', STARTER_NAME)
    .addOption(new Option('--force', 'replace a file that is there'))
    .action(async (file: string, { force }: { readonly force?: boolean }) => {
      if (file === '-') throw new WrongCallError('a configuration is a file; one called - is written ./-');
      const path = resolve(world.cwd, file);
      const name = nameFor(path, world);
      if (basename(path) === 'package.json') {
        throw new WrongCallError(`${name}: is not made for finrace; write its settings there under "finrace"`);
      }
      const isOther = statSync(path, { throwIfNoEntry: false })?.isFile() === false;
      if (isOther) throw new WrongCallError(`${name}: is no file`);
      try {
        // JSON has no comments.
        const starter = extname(path) === '.json' ? JSON_STARTER : STARTER;
        writeFileSync(path, starter, { flag: force === true ? 'w' : 'wx' });
      } catch (error) {
        const reason = systemErrorInWords(error);
        if (reason === null) throw error;
        throw new WrongCallError(
          reason === 'is there already'
            ? `${name}: ${reason} (--force replaces it)`
            : `${name}: cannot be written: ${reason}`,
        );
      }
      await writePieces(world.stdout, [escapeForTerminal(`${name}: written`), '\n']);
      finish(EXIT.done);
    });
}

interface Setting {
  readonly name: string;
  readonly value: unknown;
  readonly from: string;
}

function settingsList(settings: Settings<CheckOptions>): Setting[] {
  const said = Object.entries(settings.options).filter(([name]) => name !== 'config');
  const options = said.map(([name, value]) => ({
    name: CONFIG_KEYS[name] ?? name,
    value: value instanceof Map ? Object.fromEntries(value) : value,
    from: settings.origins.get(name) === 'file' ? settings.file!.name : originText(settings, name),
  }));
  const defaults = Object.entries(DEFAULTS)
    .filter(([name]) => !options.some((option) => option.name === name))
    .map(([name, value]) => ({ name, value, from: 'default' }));
  const content = settings.file?.content;
  const inFile = (['ifNotObserved', 'aliases', 'rules', 'servers'] as const).flatMap((name) => {
    const value = name === 'ifNotObserved' ? content?.check?.ifNotObserved : content?.[name];
    const key = name === 'ifNotObserved' ? 'check.ifNotObserved' : name;
    return value === undefined ? [] : [{ name: key, value, from: settings.file!.name }];
  });
  return [...options, ...defaults, ...inFile].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function asJson(settings: Settings<CheckOptions>): string[] {
  const entries = settingsList(settings).map(({ name, value, from }) => [name, { value, from }]);
  return [`${jsonFor({ file: settings.file?.name ?? null, settings: Object.fromEntries(entries) })}\n`];
}

function asText(settings: Settings<CheckOptions>): string[] {
  const list = settingsList(settings).map((setting) => ({
    ...setting,
    text: `${setting.name}: ${jsonFor(setting.value)}`,
  }));
  const width = Math.min(40, Math.max(...list.map(({ text }) => text.length)));
  return [
    `configuration: ${escapeForTerminal(settings.file?.name ?? 'none')}\n`,
    ...list.map(({ text, from }) => `${text.padEnd(width)}  (${escapeForTerminal(from)})\n`),
  ];
}

const JSON_STARTER = `{
  "check": {
    "failOn": "error"
  }
}
`;

const STARTER = `# Configuration of finrace. All of it is optional; 'finrace config print' shows what counts.

# Traffic to look at, and findings to show.
# hosts: [10.0.0.5]
# ports: [8080]
# ignore: [keep-alive-unused]
# minSeverity: info            # error, warning or info

# Names for servers whose address changes from run to run (containers).
# aliases:
#   "172.18.*:8080": orders

# What 'finrace check' fails on.
check:
  failOn: error                # error, warning, info or never
  # maxWarnings: 10
  # onTruncated: fail          # a capture that ends in the middle is no proof of health
  # ifNotObserved: fail        # what was expected and could not be seen fails as well
  # baseline: finrace.baseline.json
  # strictBaseline: true

# Single rules, everywhere: a severity, off, or a number of findings that is tolerated.
# rules:
#   keep-alive-unused: off
#   undelayed-close: { severity: warning, max: 3 }

# Some servers: 10.0.0.5:8080, "*:8080", "10.1.*", 10.1.0.0/16:8000-8099, "[fd00::/8]:80", or an alias.
# Names that begin with * or [ need quotes.
# servers:
#   "*:8080":
#     rules:
#       unannounced-close: { max: 0 }
#     expect:
#       idleTimeoutSeconds: { atLeast: 65 }
#       clientIdleTimeoutSeconds: { atMost: 60 }
#       closeDelaySeconds: { atLeast: 1 }
#       maxRequests: { atLeast: 100 }
#       maxAgeSeconds: { atLeast: 300 }
#       exchanges: { atLeast: 1, ifNotObserved: fail }
`;
