// What a call is to do: the command line first, then the environment (FINRACE_*), then the nearest configuration.
import { lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { type Command, CommanderError, type Option } from 'commander';
import { NO_POLICY, type Policy } from '../policy/policy.ts';
import { findConfig, readConfigText } from './config-find.ts';
import type { ConfigContent } from './config-schema.ts';
import { WrongCallError } from './exit-codes.ts';
import { type AnalysisOptions, withoutBrackets } from './options.ts';
import type { World } from './world.ts';

export type Origin = 'command line' | 'environment' | 'file';

export interface ConfigFile {
  /** As messages call it: from the working directory. */
  readonly name: string;
  readonly path: string;
  readonly folder: string;
  readonly content: ConfigContent;
  readonly policy: Policy;
}

export interface Settings<Options> {
  readonly options: Options;
  /** Where each option was said, by its name. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** What the configuration asks of a report; without what has an option of its own. */
  readonly policy: Policy;
  readonly file: ConfigFile | null;
}

/** Options that say how to find settings, and cannot be settings themselves. */
const NOT_IN_FILE: ReadonlySet<string> = new Set(['config']);

export async function settingsOf<Options extends AnalysisOptions & { readonly config?: string | false }>(
  command: Command,
  world: World,
): Promise<Settings<Options>> {
  const said = command.optsWithGlobals<Record<string, unknown>>();
  const fromEnvironment = environmentOptions(command, world.env);
  const file = await loadConfig((said.config ?? fromEnvironment.config) as string | false | undefined, world);
  const known = new Set(command.options.map((option) => option.attributeName()));
  const fromFile = file === null ? {} : fileOptions(file.content, file.folder, file.name);
  const options: Record<string, unknown> = {};
  const origins = new Map<string, Origin>();
  const sources: readonly (readonly [Origin, Record<string, unknown>])[] = [
    ['file', fromFile],
    ['environment', fromEnvironment],
    ['command line', said],
  ];
  // What is on by itself (--no-annotations turns it off) was said by nobody.
  const defaults = Object.entries(said).filter(([name]) => command.getOptionValueSourceWithGlobals(name) === 'default');
  for (const [name, value] of defaults) {
    options[name] = value;
    delete said[name];
  }
  for (const [origin, values] of sources) {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined || (origin === 'file' && (NOT_IN_FILE.has(name) || !known.has(name)))) continue;
      options[name] = value;
      origins.set(name, origin);
    }
  }
  return { options: options as Options, origins, policy: file?.policy ?? NO_POLICY, file };
}

/** The configuration, if any: a file that the call reads and must not write to. */
export function filesRead({ file }: Pick<Settings<unknown>, 'file'>): readonly string[] {
  return file === null ? [] : [file.path];
}

/** The nearest configuration, or the one that is named; `false`: none. */
export async function loadConfig(named: string | false | undefined, world: World): Promise<ConfigFile | null> {
  if (named === false) return null;
  const found = named === undefined ? findConfig(world.cwd) : readConfigText(resolve(world.cwd, named));
  if (found === null) return null;
  const name = nameFor(found.path, world);
  // What only a configuration needs is loaded only for one.
  const { readConfig, wrongValue } = await import('./config-read.ts');
  const { PolicyError, policyOf } = await import('./config-policy.ts');
  const ruleNames = world.rules.map(({ id }) => id);
  const content = await readConfig(found, name, ruleNames);
  try {
    return { name, path: found.path, folder: dirname(found.path), content, policy: policyOf(content, name) };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const keys = found.isPackage ? ['finrace', ...error.keys] : error.keys;
    throw await wrongValue({ name, text: found.text }, keys, error.message);
  }
}

/** `path` as messages and reports call it: from the working directory. */
export function nameFor(path: string, { cwd }: Pick<World, 'cwd'>): string {
  return relative(cwd, path) || path;
}

/** Options as a configuration says them, by their names on the command line. */
function fileOptions(content: ConfigContent, folder: string, name: string): Record<string, unknown> {
  const { check = {} } = content;
  return {
    only: content.only,
    ignore: content.ignore,
    minSeverity: content.minSeverity,
    host: content.hosts?.map(withoutBrackets),
    port: content.ports,
    format: content.format,
    output: filesIn(content, folder, name),
    detail: content.detail,
    jobs: content.jobs,
    ladders: content.ladders,
    color: content.color,
    quiet: content.quiet,
    failOn: check.failOn,
    maxWarnings: check.maxWarnings,
    onTruncated: check.onTruncated,
    baseline: check.baseline && inside(folder, check.baseline, `${name}: check.baseline`),
    strictBaseline: check.strictBaseline,
  };
}

/** FILE and FORMAT=FILE, with the file's whole path. */
function filesIn({ output, outputs = [] }: ConfigContent, folder: string, name: string): string[] | undefined {
  const files = [
    ...(output === undefined ? [] : [[output, 'output'] as const]),
    ...outputs.map((file, index) => [file, `outputs[${index}]`] as const),
  ];
  if (files.length === 0) return undefined;
  return files.map(([file, key]) => {
    const format = /^[a-z0-9_-]+=/i.exec(file)?.[0] ?? '';
    return format + inside(folder, file.slice(format.length), `${name}: ${key}`);
  });
}

/** A configuration may come with a project from anywhere, so it names only files of that project. */
function inside(folder: string, path: string, where: string): string {
  const full = resolve(folder, path);
  const below = relative(folder, full);
  if (below === '' || below.startsWith('..') || isAbsolute(below) || path.includes('\0')) {
    throw new WrongCallError(`${where}: must lie in the folder of the configuration, not ${JSON.stringify(path)}`);
  }
  if (!liesBelow(folder, full)) {
    throw new WrongCallError(
      `${where}: a symbolic link leads out of the folder of the configuration, or nowhere: ${JSON.stringify(path)}`,
    );
  }
  return full;
}

/** Whether `path` is below `folder` where links lead, too; of what is not there yet, the folders that are. */
function liesBelow(folder: string, path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    try {
      // A link that leads nowhere is there, and has no place.
      if (lstatSync(at, { throwIfNoEntry: false }) === undefined) continue;
      const below = relative(realpathSync(folder), realpathSync(at));
      return at === folder ? below === '' : !below.startsWith('..') && !isAbsolute(below);
    } catch {
      return false;
    }
  }
}

/** The variable for an option: FINRACE_FAIL_ON for --fail-on. */
export function variableFor(option: Option): string {
  return `FINRACE_${option
    .attributeName()
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`;
}

/** Where an option stands in a configuration, when not under its own name. */
export const CONFIG_KEYS: Readonly<Record<string, string>> = {
  host: 'hosts',
  port: 'ports',
  failOn: 'check.failOn',
  maxWarnings: 'check.maxWarnings',
  onTruncated: 'check.onTruncated',
  baseline: 'check.baseline',
  strictBaseline: 'check.strictBaseline',
};

/** Where the value of an option comes from, for people. */
export function originText({ origins, file }: Pick<Settings<unknown>, 'origins' | 'file'>, option: string): string {
  const origin = origins.get(option);
  const words = option.replace(/[A-Z]/g, (letter) => `_${letter}`);
  if (origin === 'file') return `${file!.name}: ${CONFIG_KEYS[option] ?? option}`;
  if (origin === 'environment') return `FINRACE_${words.toUpperCase()}`;
  return `--${words.replaceAll('_', '-').toLowerCase()}`;
}

function environmentOptions(command: Command, env: World['env']): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const option of command.options) {
    const variable = variableFor(option);
    const text = env[variable];
    if (text === undefined || text === '' || option.long === '--version') continue;
    if (option.negate) {
      // What is on by itself has no option of its own but this one: FINRACE_ANNOTATIONS=0.
      const isAlone = !command.options.some(
        (other) => !other.negate && other.attributeName() === option.attributeName(),
      );
      if (isAlone) values[option.attributeName()] = truthOf(text, variable);
    } else {
      values[option.attributeName()] = option.isBoolean()
        ? truthOf(text, variable)
        : parsed(option, [text], `the environment's ${variable}`);
    }
  }
  // --no-baseline counts more than --baseline FILE.
  for (const option of command.options) {
    const variable = `FINRACE_NO_${variableFor(option).slice('FINRACE_'.length)}`;
    const text = env[variable];
    if (option.negate && text !== undefined && text !== '' && truthOf(text, variable)) {
      values[option.attributeName()] = false;
    }
  }
  return values;
}

function truthOf(text: string, variable: string): boolean {
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off)$/i.test(text)) return false;
  throw new WrongCallError(`the environment's ${variable}: must be 1 or 0, not ${JSON.stringify(text.slice(0, 60))}`);
}

/** What the option's own parser makes of `texts`. */
function parsed(option: Option, texts: readonly string[], where: string): unknown {
  let value: unknown;
  try {
    for (const text of texts) {
      value = option.parseArg === undefined ? text : option.parseArg(text, value as never);
    }
    return value;
  } catch (error) {
    if (error instanceof CommanderError || error instanceof WrongCallError) {
      throw new WrongCallError(`${where}: ${error.message.replace(/\.$/, '')}`);
    }
    throw error;
  }
}
