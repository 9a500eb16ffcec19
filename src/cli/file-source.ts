import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../capture/byte-source.ts';
import { ReadableSource } from '../capture/readable-source.ts';

/** A regular file, read synchronously: a promise for each piece would cost more than the reading does. */
class FileSource implements ByteSource {
  readonly size: number;
  readonly #descriptor: number;
  #closed = false;

  constructor(descriptor: number, size: number) {
    this.#descriptor = descriptor;
    this.size = size;
  }

  read(target: Buffer, offset: number, length: number): number {
    return readSync(this.#descriptor, target, offset, length, null);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }
}

/**
 * Opens the file at `path`; a named pipe or a device is read as its bytes come. Throws the system's error (ENOENT,
 * EACCES …) when there is nothing to open; a folder is told of by the first read (EISDIR).
 */
export function openFile(path: string): ByteSource {
  const descriptor = openSync(path, 'r');
  const stats = fstatSync(descriptor);
  if (stats.isFile() || stats.isDirectory()) return new FileSource(descriptor, stats.size);
  return new ReadableSource(createReadStream(path, { fd: descriptor, highWaterMark: PIPE_CHUNK }));
}

/** Linux hands out no more than a pipe holds, 64 KiB unless its writer asks for more. */
const PIPE_CHUNK = 256 * 1024;

/**
 * Opens standard input: a file that was redirected is read as one; a pipe is read as its bytes come, without blocking,
 * so that a capture can be analysed while it grows.
 */
export function openStandardInput(): ByteSource {
  const stats = fstatSync(0);
  return stats.isFile() ? new FileSource(0, stats.size) : new ReadableSource(process.stdin);
}
