// FINDS the configuration of a call. Every run looks for one, so this loads nothing but `node:fs`: a search library
// would cost each of them more than the search itself (11 ms against less than 1).
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { WrongCallError } from './exit-codes.ts';
import { systemErrorInWords } from './system-errors.ts';

/** In a folder the first of these counts; package.json only when it has a "finrace". */
export const CONFIG_NAMES = [
  'finrace.config.json',
  'finrace.config.yaml',
  'finrace.config.yml',
  '.finracerc',
  '.finracerc.json',
  '.finracerc.yaml',
  '.finracerc.yml',
  'package.json',
] as const;

/** A file of settings is read at once; what is larger is none. */
const MOST_BYTES = 64 * 1024;

export interface ConfigText {
  readonly path: string;
  readonly text: string;
  /** It is a part of a package.json. */
  readonly isPackage: boolean;
}

/**
 * The nearest configuration from `folder` upward, to the root of its git repository or of the file system; null when
 * there is none.
 */
export function findConfig(folder: string): ConfigText | null {
  for (let at = resolve(folder); ; ) {
    for (const name of CONFIG_NAMES) {
      const path = join(at, name);
      if (!isFile(path)) continue;
      if (name !== 'package.json') return readConfigText(path);
      const found = packageConfig(path);
      if (found !== null) return found;
    }
    const above = dirname(at);
    if (above === at || existsSync(join(at, '.git'))) return null;
    at = above;
  }
}

/** The configuration that the user named. */
export function readConfigText(path: string): ConfigText {
  return { path, text: readSmall(path), isPackage: basename(path) === 'package.json' };
}

/** A package.json is somebody else's: where it cannot be read, or is none, it has no settings for finrace. */
function packageConfig(path: string): ConfigText | null {
  try {
    const text = readFileSync(path, 'utf8');
    if (!text.includes('"finrace"')) return null;
    const parsed: unknown = JSON.parse(text);
    const has = typeof parsed === 'object' && parsed !== null && Object.hasOwn(parsed, 'finrace');
    return has ? { path, text, isPackage: true } : null;
  } catch {
    return null;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function readSmall(path: string): string {
  try {
    const status = statSync(path);
    if (!status.isFile()) throw new WrongCallError(`${path}: is no file`);
    if (status.size > MOST_BYTES) {
      throw new WrongCallError(`${path}: is too large for a configuration (${MOST_BYTES / 1024} KiB at most)`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = systemErrorInWords(error);
    throw reason === null ? error : new WrongCallError(`${path}: ${reason}`);
  }
}
