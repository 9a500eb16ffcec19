import { closeSync, constants, createReadStream, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { ByteSource } from '../capture/byte-source.ts';
import { ReadableSource } from '../capture/readable-source.ts';
import { PipeSource } from './pipe-source.ts';

/**
 * A regular file, read synchronously: a promise for each piece would cost more than the reading does. Several of them
 * may read through one descriptor, each from the file's beginning on.
 */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly descriptor: number;
  /** Null: what was read before through the descriptor, by whomever, is not read again. */
  #position: number | null;
  readonly #ownsDescriptor: boolean;
  #closed = false;

  constructor(descriptor: number, size: number, position: number | null = 0, ownsDescriptor = true) {
    this.descriptor = descriptor;
    this.size = size;
    this.#position = position;
    this.#ownsDescriptor = ownsDescriptor;
  }

  /** Whether others may read the same file through the descriptor. */
  get isShareable(): boolean {
    return this.#position !== null;
  }

  read(target: Buffer, offset: number, length: number): number {
    const count = readSync(this.descriptor, target, offset, length, this.#position);
    if (this.#position !== null) this.#position += count;
    return count;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#ownsDescriptor) closeSync(this.descriptor);
  }
}

/**
 * Opens the file at `path`; a named pipe or a device is read as its bytes come. Throws the system's error (ENOENT,
 * EACCES …) when there is nothing to open; a folder is told of by the first read (EISDIR).
 */
export function openFile(path: string): ByteSource {
  // To open a named pipe waits for somebody to write to it, and no signal is heard meanwhile. To read from it waits, too,
  // but not so.
  const isNamedPipe = statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
  const descriptor = openSync(path, isNamedPipe ? constants.O_RDONLY | constants.O_NONBLOCK : 'r');
  const stats = fstatSync(descriptor);
  if (stats.isFile() || stats.isDirectory()) return new FileSource(descriptor, stats.size);
  return isPipe(stats) ? new PipeSource(descriptor) : new ReadableSource(createReadStream(path, { fd: descriptor }));
}

/**
 * Opens standard input: a file that was redirected is read as one (a folder is told of by the first read); a pipe is read as its bytes come, without blocking,
 * so that a capture can be analysed while it grows.
 */
export function openStandardInput(): ByteSource {
  const stats = fstatSync(0);
  if (stats.isFile() || stats.isDirectory()) return new FileSource(0, stats.size, null);
  return isPipe(stats) ? new PipeSource(0) : new ReadableSource(process.stdin);
}

function isPipe(stats: Stats): boolean {
  return stats.isFIFO() || stats.isSocket();
}
