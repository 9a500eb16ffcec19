import type { Readable } from 'node:stream';
import type { ByteSource } from './byte-source.ts';

/**
 * Bytes that come when they come: who asks for them before that waits. An error of the stream that brings them is thrown
 * by `read()`, after what came before it was delivered.
 */
export abstract class WaitingSource implements ByteSource {
  readonly size = undefined;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** Puts up to `length` bytes that are there by now into `target` at `offset`, and returns how many. */
  protected abstract take(target: Buffer, offset: number, length: number): number;

  abstract close(): void;

  /** Hears how the bytes end. One that is destroyed from outside says no more than 'close'. */
  protected listenTo(stream: Readable): void {
    const end = () => {
      this.#ended = true;
      this.woken();
    };
    stream.on('end', end);
    stream.on('close', end);
    stream.on('error', (error) => {
      this.#error = error;
      end();
    });
  }

  /** There may be something to take. */
  protected woken(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  read(target: Buffer, offset: number, length: number): number | Promise<number> {
    const count = this.take(target, offset, length);
    if (count > 0) return count;
    if (!this.#ended) return this.#readLater(target, offset, length);
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    return 0;
  }

  async #readLater(target: Buffer, offset: number, length: number): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return this.read(target, offset, length);
  }
}
