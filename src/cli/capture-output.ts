// WRITES a capture: to a temporary file beside the one asked for, which takes its name when it is whole. So nobody
// finds half a capture, and what was there before stays until there is something to take its place.
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, realpathSync, renameSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WrongCallError } from './exit-codes.ts';
import { cannotWrite, checkOutputs } from './output.ts';
import { keepAtExit, removeAtExit } from './temporary-files.ts';
import type { OutputStream, World } from './world.ts';

/** Throws when no capture can be written to `output`: before anything is read. */
export function checkCaptureOutput(
  output: string | undefined,
  inputPaths: readonly string[],
  world: World,
): asserts output is string {
  if (output === undefined) throw new WrongCallError('no output given (-o OUT.pcapng, or -o - for standard output)');
  if (output === '-') {
    if (world.stdout.isTTY) throw new WrongCallError('standard output is a terminal; give a file with -o');
    return;
  }
  checkOutputs([output], inputPaths);
  try {
    if (isFileOrNothing(output)) accessSync(dirname(targetOf(output)), constants.W_OK);
  } catch (error) {
    throw cannotWrite(output, error);
  }
}

/** Writes `pieces` to the file `output`, or to standard output for '-'. */
export async function writeCapture(output: string, pieces: AsyncIterable<Buffer>, world: World): Promise<void> {
  if (output === '-') return writeToStream(world.stdout, pieces);
  // A device or a named pipe cannot be replaced by a file.
  if (!isFileOrNothing(output)) {
    return writeTo(await opened(output, 'w', output), output, pieces);
  }
  const target = targetOf(output);
  const mode = existsSync(target) ? statSync(target).mode & 0o777 : 0o666;
  const part = join(dirname(target), `.finrace-${randomBytes(6).toString('hex')}.part`);
  const file = await opened(part, 'wx', output, mode);
  const remove = removeAtExit(part);
  try {
    await writeTo(file, output, pieces);
    renameSync(part, target);
    keepAtExit(part);
  } catch (error) {
    remove();
    throw cannotWrite(output, error);
  }
}

/** What a symbolic link points to is replaced, not the link. */
function targetOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function isFileOrNothing(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

async function opened(path: string, flags: string, name: string, mode?: number): Promise<FileHandle> {
  try {
    return await open(path, flags, mode);
  } catch (error) {
    throw cannotWrite(name, error);
  }
}

async function writeTo(file: FileHandle, name: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  try {
    for await (const piece of pieces) {
      try {
        await file.appendFile(piece);
      } catch (error) {
        throw cannotWrite(name, error);
      }
    }
  } finally {
    await file.close();
  }
}

/** Ends quietly when the reader has gone away (`| head`): it has what it wanted. */
async function writeToStream(stream: OutputStream, pieces: AsyncIterable<Buffer>): Promise<void> {
  stream.on('error', () => {});
  try {
    for await (const piece of pieces) {
      await new Promise<void>((resolve, reject) => {
        stream.write(piece, (error) => (error ? reject(error) : resolve()));
      });
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) {
      throw cannotWrite('standard output', error);
    }
  }
}
