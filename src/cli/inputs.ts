// OPENS the captures of a call.
import { setImmediate as afterEvents } from 'node:timers/promises';
import type { CaptureInput } from '../analyze.ts';
import type { ByteSource, Stopped } from '../capture/byte-source.ts';
import { now } from './clock.ts';
import { WrongCallError } from './exit-codes.ts';
import { FileSource } from './file-source.ts';
import { INTERRUPTED, type Interruption } from './interruption.ts';
import { nearest } from './nearest.ts';
import { systemErrorInWords } from './system-errors.ts';
import type { World } from './world.ts';

/** Ctrl-C should feel immediate. */
const BREATH_MS = 50;

export interface OpenInput extends CaptureInput {
  /** The file below `source`, where several may read it; null for a stream. */
  readonly file: FileSource | null;
}

/**
 * Opens all of `paths`, or throws a WrongCallError and leaves none open. `follow`: the one file is waited for to grow.
 */
export function openInputs(
  paths: readonly string[],
  world: World,
  commandNames: readonly string[],
  follow = false,
): OpenInput[] {
  if (paths.length === 0) throw new WrongCallError("no capture given (try 'finrace --help')");
  if (paths.filter((path) => path === '-').length > 1) {
    throw new WrongCallError('standard input (-) can be read only once');
  }
  if (paths.includes('-') && world.stdinIsTerminal) {
    throw new WrongCallError('standard input (-) is a terminal; pipe a capture into it');
  }
  if (follow && paths.length > 1) throw new WrongCallError('--follow follows one capture, not several');
  const inputs: OpenInput[] = [];
  try {
    for (const path of paths) {
      const opened = openOne(path, world, commandNames, follow);
      const file = opened instanceof FileSource && opened.isShareable ? opened : null;
      inputs.push({ path, file, source: interruptible(breathing(opened, path), world.interruption, follow) });
    }
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

function openOne(path: string, world: World, commandNames: readonly string[], follow: boolean): ByteSource {
  try {
    return world.openSource(path, follow);
  } catch (error) {
    const reason = systemErrorInWords(error);
    if (reason === null) throw error;
    throw new WrongCallError(`${path}: ${reason}${hintFor(path, world, commandNames)}`);
  }
}

/** A word that is no file may have been meant as a command, or as a further rule of --only. */
function hintFor(word: string, world: World, commandNames: readonly string[]): string {
  if (!/^[a-z-]+$/i.test(word)) return '';
  if (commandNames.includes(word)) return ` (the name of a command stands first: finrace ${word})`;
  const meant = nearest(word, [...commandNames, ...world.rules.map(({ id }) => id)]);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

/**
 * `source`, but it lets waiting events in every now and then: a file that answers at once would keep the program from
 * hearing Ctrl-C until all of it is read. Costs one promise per interval, not one per chunk. A read that fails names
 * the file.
 */
function breathing(source: ByteSource, path: string): ByteSource {
  let lastBreath = now();
  return {
    size: source.size,
    get stopped() {
      return source.stopped;
    },
    read(target, offset, length) {
      const moment = now();
      if (moment - lastBreath < BREATH_MS) {
        try {
          const count = source.read(target, offset, length);
          return typeof count === 'number' ? count : count.catch((error) => failed(error, path));
        } catch (error) {
          return failed(error, path);
        }
      }
      lastBreath = moment;
      return afterEvents()
        .then(() => source.read(target, offset, length))
        .catch((error) => failed(error, path));
    },
    close: () => source.close(),
  };
}

/** `source`, but it ends when a signal asks for that. `follow`: it has no end of its own to wait for. */
function interruptible(source: ByteSource, interruption: Interruption | undefined, follow: boolean): ByteSource {
  if (interruption === undefined) return source;
  const isFile = source.size !== undefined;
  let delivered = 0;
  let stopped: Stopped | undefined;
  let endWaiting: (() => void) | undefined;
  const stop = () => {
    // Of a file that was read whole nothing is missing.
    if (isFile && delivered >= source.size!) return;
    if (isFile) interruption.cutFileShort = true;
    stopped ??= INTERRUPTED;
    endWaiting?.();
  };
  if (isFile || follow) interruption.onRequest(stop);
  else {
    interruption.readsStream = true;
    interruption.onGraceOver(stop);
  }
  const count = (read: number) => {
    delivered += read;
    return read;
  };
  return {
    size: source.size,
    get stopped() {
      return stopped ?? source.stopped;
    },
    read(target, offset, length) {
      if (stopped !== undefined) return 0;
      const read = source.read(target, offset, length);
      if (typeof read === 'number') return count(read);
      return new Promise((resolve, reject) => {
        // What still comes is written into the buffer of a reader that is at its end.
        endWaiting = () => resolve(0);
        read.then((bytes) => resolve(stopped === undefined ? count(bytes) : 0), reject);
      });
    },
    close: () => source.close(),
  };
}

export function failed(error: unknown, path: string): never {
  const reason = systemErrorInWords(error);
  if (reason === null) throw error;
  throw new WrongCallError(`${path}: ${reason}`);
}
