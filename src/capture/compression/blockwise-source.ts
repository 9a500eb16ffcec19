import type { Problem } from '../../base/problem.ts';
import type { ByteSource, Stopped } from '../byte-source.ts';
import { corrupt, cutOff } from './compression.ts';

/** The file holds something that its format does not allow, or that is not read; the message says what. */
export class Unreadable extends Error {
  readonly kind: 'corrupt-compression' | 'unsupported-compression';

  constructor(message: string, kind: Unreadable['kind'] = 'corrupt-compression') {
    super(message);
    this.kind = kind;
  }
}

/** Most files are read in pieces of this size; it grows for a larger block. */
const INPUT_SIZE = 256 * 1024;
const SKIPPABLE_HEADER = 8;

/**
 * What formats made of frames and blocks (lz4, zstd) share: the compressed bytes are held until a block is there whole,
 * the block is decoded, and nothing more is decoded until its contents were taken. So memory is that of one block and
 * of what it may refer to, however much a file expands.
 */
export abstract class BlockwiseSource implements ByteSource {
  readonly size = undefined;
  /** The compressed bytes that are not taken yet lie from `start` to `end`. */
  protected input: Buffer = Buffer.allocUnsafeSlow(INPUT_SIZE);
  protected start = 0;
  protected end = 0;
  /** Decoded bytes that are not delivered yet: from `outputStart` to `outputEnd`. */
  protected output: Uint8Array = new Uint8Array(0);
  protected outputStart = 0;
  protected outputEnd = 0;

  protected abstract readonly name: string;
  readonly #source: ByteSource;
  readonly #report: (problem: Problem) => void;
  #taken = 0;
  #delivered = 0;
  /** Bytes of a skippable frame that are still to be passed over. */
  #toSkip = 0;
  #ended = false;
  #over = false;

  constructor(source: ByteSource, report: (problem: Problem) => void) {
    this.#source = source;
    this.#report = report;
  }

  /**
   * Decodes the next part of the input and takes it. Returns 0 when it did so, otherwise how many bytes have to be in
   * the input before anything can be done. Throws Unreadable.
   */
  protected abstract step(): number | Promise<number>;

  /** Whether the file may end here. */
  protected abstract mayEnd(): boolean;

  /** The file ends before the block that `step()` waits for does: puts into the output what can be made of it. */
  protected decodeCutBlock(): void {}

  get stopped(): Stopped | undefined {
    return this.#source.stopped;
  }

  read(target: Buffer, offset: number, length: number): number | Promise<number> {
    while (this.outputStart === this.outputEnd) {
      if (this.#over) return 0;
      const waiting = this.#advance();
      if (waiting !== undefined) return waiting.then(() => this.read(target, offset, length));
    }
    const count = Math.min(length, this.outputEnd - this.outputStart);
    target.set(this.output.subarray(this.outputStart, this.outputStart + count), offset);
    this.outputStart += count;
    this.#delivered += count;
    return count;
  }

  close(): void {
    this.#over = true;
    this.#source.close();
  }

  /** Compressed bytes that are there and not taken yet. */
  protected get present(): number {
    return this.end - this.start;
  }

  protected take(count: number): void {
    this.start += count;
    this.#taken += count;
  }

  /** `step` where a skippable frame begins: a magic number and how many bytes follow, 4 bytes each. */
  protected beginSkippable(): number {
    if (this.present < SKIPPABLE_HEADER) return SKIPPABLE_HEADER;
    this.#toSkip = this.input.readUInt32LE(this.start + SKIPPABLE_HEADER - 4);
    this.take(SKIPPABLE_HEADER);
    return 0;
  }

  #skip(): number {
    const passed = Math.min(this.#toSkip, this.present);
    this.take(passed);
    this.#toSkip -= passed;
    return this.#toSkip > 0 ? 1 : 0;
  }

  /** One step, or more input for it: a promise where that takes time. */
  #advance(): void | Promise<void> {
    try {
      const needed = this.#toSkip > 0 ? this.#skip() : this.step();
      if (typeof needed !== 'number') {
        return needed.then(
          (later) => this.#supply(later),
          (error) => this.#fail(error),
        );
      }
      return this.#supply(needed);
    } catch (error) {
      this.#fail(error);
    }
  }

  #supply(needed: number): void | Promise<void> {
    if (needed === 0) return;
    if (this.#ended) {
      this.#over = true;
      if (this.present > 0 || this.#toSkip > 0 || !this.mayEnd()) {
        this.decodeCutBlock();
        // Where the reading was stopped, that is told, and nothing is wrong with the file.
        if (this.stopped === undefined) this.#report(cutOff(this.name, this.#decoded));
      }
      return;
    }
    this.#makeRoom(needed);
    const read = this.#source.read(this.input, this.end, this.input.length - this.end);
    if (typeof read === 'number') this.#accept(read);
    else return read.then((count) => this.#accept(count));
  }

  #makeRoom(needed: number): void {
    if (this.start === this.end) {
      this.start = 0;
      this.end = 0;
    } else if (this.start + needed > this.input.length) {
      this.input.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    if (this.end < this.input.length) return;
    // Doubled only once it is full, so it follows what is really there and not what a length field claims.
    const larger = Buffer.allocUnsafeSlow(this.input.length * 2);
    this.input.copy(larger, 0, 0, this.end);
    this.input = larger;
  }

  /** Bytes that are delivered, or will be. */
  get #decoded(): number {
    return this.#delivered + this.outputEnd - this.outputStart;
  }

  #accept(count: number): void {
    if (count === 0) this.#ended = true;
    else this.end += count;
  }

  #fail(error: unknown): void {
    if (!(error instanceof Unreadable)) throw error;
    this.#over = true;
    this.#report(
      error.kind === 'corrupt-compression'
        ? corrupt(this.name, this.#decoded, this.#taken, error.message)
        : { kind: error.kind, offset: this.#decoded, message: error.message },
    );
  }
}
