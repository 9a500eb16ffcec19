// WRITES a report, to standard output or to a file.
import { accessSync, constants, createWriteStream, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { WrongCallError } from './exit-codes.ts';
import { systemErrorInWords } from './system-errors.ts';
import type { OutputStream } from './world.ts';

/**
 * Writes `pieces` no faster than `stream` takes them. Returns quietly when the reader has gone away (`| head`): it has
 * what it wanted.
 */
export async function writePieces(
  stream: OutputStream,
  pieces: Iterable<string>,
  name = 'standard output',
): Promise<void> {
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
    for (const piece of pieces) {
      if (failure) break;
      const drained = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!stream.write(piece)) await drained;
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

/** Writes `pieces` to the file `path`, which is made or emptied for it. */
export async function writeFileInPieces(path: string, pieces: Iterable<string>): Promise<void> {
  const stream = createWriteStream(path);
  await writePieces(stream, pieces, path);
  await new Promise<void>((resolve, reject) => {
    stream.once('error', (error) => reject(cannotWrite(path, error)));
    stream.end(resolve);
  });
}

function cannotWrite(name: string, error: unknown): unknown {
  const reason = systemErrorInWords(error);
  return reason === null ? error : new WrongCallError(`${name}: cannot be written: ${reason}`);
}

/**
 * Throws when `path` cannot be the output: said before a long analysis and not after it, and without opening the file,
 * which must stay as it is until the input has proved readable. A capture that would be overwritten by its own report
 * is refused.
 */
export function checkOutput(path: string, inputPaths: readonly string[]): void {
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
      throw new WrongCallError(`${path}: is one of the captures, the report would overwrite it`);
    }
  }
}
