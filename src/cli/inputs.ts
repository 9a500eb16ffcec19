// OPENS the captures of a call.
import { setImmediate as afterEvents } from 'node:timers/promises';
import type { CaptureInput } from '../analyze.ts';
import type { ByteSource } from '../capture/byte-source.ts';
import { WrongCallError } from './exit-codes.ts';
import { nearest } from './nearest.ts';
import { systemErrorInWords } from './system-errors.ts';
import type { World } from './world.ts';

/** Ctrl-C should feel immediate. */
const BREATH_MS = 50;

/** Opens all of `paths`, or throws a WrongCallError and leaves none open. */
export function openInputs(paths: readonly string[], world: World, commandNames: readonly string[]): CaptureInput[] {
  if (paths.length === 0) throw new WrongCallError("no capture given (try 'finrace --help')");
  if (paths.filter((path) => path === '-').length > 1) {
    throw new WrongCallError('standard input (-) can be read only once');
  }
  if (paths.includes('-') && world.stdinIsTerminal) {
    throw new WrongCallError('standard input (-) is a terminal; pipe a capture into it');
  }
  const inputs: CaptureInput[] = [];
  try {
    for (const path of paths) inputs.push({ path, source: breathing(openOne(path, world, commandNames), path) });
  } catch (error) {
    for (const { source } of inputs) source.close();
    throw error;
  }
  return inputs;
}

/** All bytes of `inputs`; undefined when one of them does not know. */
export function totalSize(inputs: readonly CaptureInput[]): number | undefined {
  let total = 0;
  for (const { source } of inputs) {
    if (source.size === undefined) return undefined;
    total += source.size;
  }
  return total;
}

function openOne(path: string, world: World, commandNames: readonly string[]): ByteSource {
  try {
    return world.openSource(path);
  } catch (error) {
    const reason = systemErrorInWords(error);
    if (reason === null) throw error;
    throw new WrongCallError(`${path}: ${reason}${hintFor(path, world, commandNames)}`);
  }
}

/** A word that is no file may have been meant as a command, or as a further rule of --only. */
function hintFor(word: string, world: World, commandNames: readonly string[]): string {
  if (!/^[a-z-]+$/i.test(word)) return '';
  const meant = nearest(word, [...commandNames, ...world.rules.map(({ id }) => id)]);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

/**
 * `source`, but it lets waiting events in every now and then: a file that answers at once would keep the program from
 * hearing Ctrl-C until all of it is read. Costs one promise per interval, not one per chunk. A read that fails names
 * the file.
 */
function breathing(source: ByteSource, path: string): ByteSource {
  let lastBreath = performance.now();
  return {
    size: source.size,
    read(target, offset, length) {
      const now = performance.now();
      if (now - lastBreath < BREATH_MS) {
        try {
          const count = source.read(target, offset, length);
          return typeof count === 'number' ? count : count.catch((error) => failed(error, path));
        } catch (error) {
          return failed(error, path);
        }
      }
      lastBreath = now;
      return afterEvents()
        .then(() => source.read(target, offset, length))
        .catch((error) => failed(error, path));
    },
    close: () => source.close(),
  };
}

function failed(error: unknown, path: string): never {
  const reason = systemErrorInWords(error);
  if (reason === null) throw error;
  throw new WrongCallError(`${path}: ${reason}`);
}
