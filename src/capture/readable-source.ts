import type { Readable } from 'node:stream';
import type { ByteSource } from './byte-source.ts';

/**
 * A Node stream as a ByteSource: bytes are taken only when they are asked for, so that the stream's own backpressure
 * holds back whoever feeds it. An error of the stream is thrown by `read()`, after what came before it was delivered.
 */
export class ReadableSource implements ByteSource {
  readonly size = undefined;
  readonly #stream: Readable;
  #chunk: Buffer | null = null;
  #taken = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on('readable', () => this.#woken());
    stream.on('end', () => {
      this.#ended = true;
      this.#woken();
    });
    // A stream that is destroyed from outside says no more than this.
    stream.on('close', () => {
      this.#ended = true;
      this.#woken();
    });
    stream.on('error', (error) => {
      this.#error = error;
      this.#ended = true;
      this.#woken();
    });
  }

  read(target: Buffer, offset: number, length: number): number | Promise<number> {
    if (this.#chunk === null) {
      this.#chunk = this.#stream.read() as Buffer | null;
      this.#taken = 0;
    }
    if (this.#chunk !== null) {
      const count = this.#chunk.copy(target, offset, this.#taken, Math.min(this.#chunk.length, this.#taken + length));
      this.#taken += count;
      if (this.#taken === this.#chunk.length) this.#chunk = null;
      return count;
    }
    if (this.#ended) {
      const error = this.#error;
      this.#error = undefined;
      if (error !== undefined) throw error;
      return 0;
    }
    return this.#readLater(target, offset, length);
  }

  close(): void {
    this.#stream.destroy();
  }

  async #readLater(target: Buffer, offset: number, length: number): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return this.read(target, offset, length);
  }

  #woken(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
