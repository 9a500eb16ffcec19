// WRITES reports and captures, to standard output and to files.
import {
  accessSync,
  chmodSync,
  constants,
  createWriteStream,
  existsSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as afterDelay } from 'node:timers/promises';
import { nodeCrypto, nodeNet } from '../base/node-modules.ts';
import { WrongCallError } from './exit-codes.ts';
import { systemErrorInWords } from './system-errors.ts';
import { removeAtExit } from './temporary-files.ts';
import type { OutputStream } from './world.ts';

/** Text, or bytes that come to be one after another. */
export type Pieces = Iterable<string> | AsyncIterable<Uint8Array>;

/**
 * Writes `pieces` no faster than `stream` takes them. Returns quietly when the reader has gone away (`| head`): it has
 * what it wanted.
 */
export async function writePieces(stream: OutputStream, pieces: Pieces, name = 'standard output'): Promise<void> {
  let failure: NodeJS.ErrnoException | undefined;
  let wake = () => {};
  const onError = (error: NodeJS.ErrnoException) => {
    failure = error;
    wake();
  };
  const onDrain = () => wake();
  stream.on('error', onError);
  stream.on('drain', onDrain);
  try {
    const write = (piece: string | Uint8Array) => {
      const drained = new Promise<void>((resolve) => {
        wake = resolve;
      });
      return stream.write(piece) ? null : drained;
    };
    // A report has millions of small pieces: only those that must be waited for are.
    if (Symbol.asyncIterator in pieces) {
      for await (const piece of pieces) {
        if (failure) break;
        await write(piece);
      }
    } else {
      for (const piece of pieces) {
        if (failure) break;
        const drained = write(piece);
        if (drained !== null) await drained;
      }
    }
    // An empty last write tells when all before it has gone out, or failed.
    if (!failure) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        stream.write('', (error) => {
          failure ??= error ?? undefined;
          resolve();
        });
      });
    }
  } finally {
    stream.off('drain', onDrain);
    // The listener for errors stays: an error that arrives late must not end the program with a stack trace.
  }
  if (failure && failure.code !== 'EPIPE') throw cannotWrite(name, failure);
}

/** A file to be written. `pieces` are made when it is its turn. */
export interface FileToWrite {
  readonly path: string;
  readonly pieces: () => Pieces;
}

/**
 * Writes files whole or not at all: each is written beside its place, and all are moved there once all are written. So
 * nobody reads half a report, and an error leaves what was there before. A device or a pipe, and a file in a folder
 * that must not be written to, are written in place.
 */
export async function writeFiles(files: readonly FileToWrite[]): Promise<void> {
  const drafts: Draft[] = [];
  try {
    for (const { path, pieces } of files) {
      const draft = draftFor(path);
      drafts.push(draft);
      const stream = await streamTo(draft);
      try {
        await writePieces(stream, pieces(), path);
      } catch (error) {
        stream.destroy();
        throw error;
      }
      await new Promise<void>((resolve, reject) => {
        stream.once('error', (error) => reject(cannotWrite(path, error)));
        stream.end(resolve);
      });
    }
    for (const { path, target, writtenTo, isTemporary, mode } of drafts) {
      if (!isTemporary) continue;
      try {
        if (mode !== null) chmodSync(writtenTo, mode);
        renameSync(writtenTo, target);
      } catch (error) {
        throw cannotWrite(path, error);
      }
    }
  } finally {
    // What was moved to its place is no longer there.
    for (const { remove } of drafts) remove?.();
  }
}

/** How often it is tried whether somebody reads a named pipe. */
const PIPE_POLL_MS = 50;

/**
 * A named pipe that nobody reads keeps whoever opens it waiting, in a thread that cannot be ended: so it is tried again
 * and again instead, and a signal ends the program.
 */
async function streamTo({ path, writtenTo, isTemporary }: Draft): Promise<Writable> {
  if (isTemporary) return createWriteStream(writtenTo, { flags: 'wx' });
  const isPipe = statSync(writtenTo, { throwIfNoEntry: false })?.isFIFO() === true;
  if (!isPipe) return createWriteStream(writtenTo);
  for (;;) {
    try {
      const fd = openSync(writtenTo, constants.O_WRONLY | constants.O_NONBLOCK);
      return new (nodeNet().Socket)({ fd, readable: false, writable: true });
    } catch (error) {
      const isUnread = error instanceof Error && 'code' in error && error.code === 'ENXIO';
      if (!isUnread) throw cannotWrite(path, error);
    }
    await afterDelay(PIPE_POLL_MS);
  }
}

interface Draft {
  /** As the user calls it. */
  readonly path: string;
  /** Where links lead. */
  readonly target: string;
  readonly writtenTo: string;
  readonly isTemporary: boolean;
  /** Removes the temporary file. */
  readonly remove?: () => void;
  /** The permissions of the file that will be replaced. */
  readonly mode: number | null;
}

function draftFor(path: string): Draft {
  const inPlace = { path, target: path, writtenTo: path, isTemporary: false, mode: null };
  try {
    const existing = statSync(path, { throwIfNoEntry: false });
    // A link to nothing: its target is made by writing through it.
    if (existing === undefined && lstatSync(path, { throwIfNoEntry: false }) !== undefined) return inPlace;
    if (existing !== undefined && !existing.isFile()) return inPlace;
    const target = existing === undefined ? path : realpathSync(path);
    accessSync(dirname(target), constants.W_OK);
    const writtenTo = join(dirname(target), `.finrace-${nodeCrypto().randomUUID()}.tmp`);
    const remove = removeAtExit(writtenTo);
    return {
      path,
      target,
      writtenTo,
      isTemporary: true,
      remove,
      mode: existing === undefined ? null : existing.mode & 0o7777,
    };
  } catch {
    return inPlace;
  }
}

function cannotWrite(name: string, error: unknown): unknown {
  const reason = systemErrorInWords(error);
  return reason === null ? error : new WrongCallError(`${name}: cannot be written: ${reason}`);
}

/**
 * Throws when one of `paths` cannot be an output: said before a long analysis and not after it, and without opening the
 * file, which must stay as it is until the input has proved readable. A capture that would be overwritten by its own
 * report is refused, and so are two reports for one file.
 */
export function checkOutputs(paths: readonly string[], inputPaths: readonly string[]): void {
  const taken = new Map<string, string>();
  for (const path of paths) {
    checkOutput(path, inputPaths);
    const place = placeToWrite(path);
    if (place === null) continue;
    const other = taken.get(place);
    if (other !== undefined) {
      const same = other === path ? '' : ` (it is ${other})`;
      throw new WrongCallError(`${path}: two reports cannot go to one file${same}`);
    }
    taken.set(place, path);
  }
}

function placeToWrite(path: string): string | null {
  try {
    return placeOf(path);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** The same for all names of a file; null for what many may write to (a device, a pipe). */
function placeOf(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return placeOfNew(path);
  return stats.isFile() ? `${stats.dev}:${stats.ino}` : null;
}

/** Where a file will be made that is not there yet: where a link to nothing leads. A loop of links was told before. */
function placeOfNew(path: string): string {
  const place = join(realpathSync(dirname(path)), basename(path));
  const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? placeOfNew(resolve(dirname(place), readlinkSync(place))) : place;
}

function checkOutput(path: string, inputPaths: readonly string[]): void {
  try {
    if (!existsSync(path)) {
      accessSync(dirname(path), constants.W_OK);
      return;
    }
    accessSync(path, constants.W_OK);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw isMissing ? new WrongCallError(`${path}: cannot be written: no such directory`) : cannotWrite(path, error);
  }
  const output = statSync(path);
  if (output.isDirectory()) throw new WrongCallError(`${path}: cannot be written: is a directory`);
  for (const inputPath of inputPaths) {
    const input = inputPath === '-' ? undefined : statSync(inputPath, { throwIfNoEntry: false });
    if (input?.isFile() && input.dev === output.dev && input.ino === output.ino) {
      throw new WrongCallError(`${path}: is one of the inputs, which would be overwritten`);
    }
  }
}
