// A file that grows: at its end it is waited for more, as `tail -f` does.
import { closeSync, type FSWatcher, fstatSync, openSync, readSync, statSync, watch } from 'node:fs';
import type { ByteSource, Stopped } from '../capture/byte-source.ts';
import { compressionOf } from '../capture/compression/compressions.ts';
import { WrongCallError } from './exit-codes.ts';

/** Not every file system tells of changes, so the file is also looked at this often. */
const POLL_MS = 500;

export class FollowSource implements ByteSource {
  readonly size = undefined;
  stopped: Stopped | undefined;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #watcher: FSWatcher | null;
  #position = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  /** The file was looked at closely since the last bytes came. */
  #isSure = false;

  /** Follows the file at `path`; null when it is no regular file: what else there is, is read as its bytes come. */
  static open(path: string): FollowSource | null {
    return statSync(path).isFile() ? new FollowSource(path) : null;
  }

  private constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'r');
    this.#refuseCompressed();
    this.#watcher = this.#watch();
  }

  read(target: Buffer, offset: number, length: number): number | Promise<number> {
    return this.#readNow(target, offset, length) ?? this.#readLater(target, offset, length);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher?.close();
    closeSync(this.#descriptor);
    this.#wake?.();
  }

  /** How many bytes were read; 0: it is over; null: nothing is there yet. */
  #readNow(target: Buffer, offset: number, length: number): number | null {
    if (this.#closed || this.stopped !== undefined) return 0;
    const { size } = fstatSync(this.#descriptor);
    if (size < this.#position) return this.#end('the file was made shorter while it was followed; the reading ended');
    const count = readSync(this.#descriptor, target, offset, length, this.#position);
    this.#position += count;
    if (count > 0) {
      this.#isSure = false;
      return count;
    }
    const other = this.#whatBecameOfIt();
    if (other === null) return null;
    // Something may have been written between the last look and the change.
    if (!this.#isSure) {
      this.#isSure = true;
      return this.#readNow(target, offset, length);
    }
    return this.#end(other);
  }

  async #readLater(target: Buffer, offset: number, length: number): Promise<number> {
    for (;;) {
      await this.#change();
      const count = this.#readNow(target, offset, length);
      if (count !== null) return count;
    }
  }

  /** Why no more is to be expected of the file; null: it is still there, or only has another name. */
  #whatBecameOfIt(): string | null {
    const own = fstatSync(this.#descriptor);
    const found = statSync(this.#path, { throwIfNoEntry: false });
    if (found !== undefined && (found.ino !== own.ino || found.dev !== own.dev)) {
      return 'another file took the place of the followed one (the capture was rotated); the reading ended';
    }
    return own.nlink === 0 ? 'the followed file was removed; the reading ended' : null;
  }

  #end(why: string): 0 {
    this.stopped = { kind: 'file-replaced', why };
    return 0;
  }

  /** Resolves when something may have changed. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #watch(): FSWatcher | null {
    try {
      const watcher = watch(this.#path, { persistent: false }, () => this.#wake?.());
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      // There are only so many watches, and some file systems have none.
      return null;
    }
  }

  /** What a compressor still holds back is not in its file. */
  #refuseCompressed(): void {
    const bytes = Buffer.alloc(4);
    const length = readSync(this.#descriptor, bytes, 0, bytes.length, 0);
    const compressed = compressionOf(bytes.subarray(0, length));
    if (compressed === undefined) return;
    closeSync(this.#descriptor);
    throw new WrongCallError(`${this.#path}: --follow follows a plain capture, and this one is ${compressed.name}`);
  }
}
