import type { Readable } from 'node:stream';
import { WaitingSource } from './waiting-source.ts';

/**
 * A Node stream as a ByteSource: bytes are taken only when they are asked for, so that the stream's own backpressure
 * holds back whoever feeds it.
 */
export class ReadableSource extends WaitingSource {
  readonly #stream: Readable;
  #chunk: Buffer | null = null;
  #taken = 0;

  constructor(stream: Readable) {
    super();
    this.#stream = stream;
    stream.on('readable', () => this.woken());
    this.listenTo(stream);
  }

  protected take(target: Buffer, offset: number, length: number): number {
    if (this.#chunk === null) {
      this.#chunk = this.#stream.read() as Buffer | null;
      this.#taken = 0;
    }
    if (this.#chunk === null) return 0;
    const count = this.#chunk.copy(target, offset, this.#taken, Math.min(this.#chunk.length, this.#taken + length));
    this.#taken += count;
    if (this.#taken === this.#chunk.length) this.#chunk = null;
    return count;
  }

  close(): void {
    this.#stream.destroy();
  }
}
