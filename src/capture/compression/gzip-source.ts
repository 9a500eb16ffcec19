// Compressed captures are read as they come, in bounded memory: nothing is ever inflated whole.
import { createGunzip, type Gunzip } from 'node:zlib';
import type { Problem } from '../../base/problem.ts';
import type { ByteSource, Stopped } from '../byte-source.ts';
import { ReadableSource } from '../readable-source.ts';
import { corrupt, cutOff } from './compression.ts';

/** With zlib's own 16 KiB pieces inflating takes twice as long. */
const OUTPUT_CHUNK = 256 * 1024;
/** CRC32 and length at the end of a gzip member, RFC 1952 section 2.2. */
const GZIP_TRAILER_LENGTH = 8;

/**
 * What zlib makes of a piece of input in which it finds an error is lost whole. So the pieces are a small part of what
 * was read before, within these bounds: a corrupt file loses little, and a large one is read in large pieces.
 */
const SMALLEST_INPUT = 512;
const LARGEST_INPUT = 64 * 1024;
const PART_OF_INPUT = 16;

/** gzip of any number of members, RFC 1952. */
export class GunzipSource implements ByteSource {
  readonly size = undefined;
  readonly #source: ByteSource;
  readonly #report: (problem: Problem) => void;
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: OUTPUT_CHUNK });
  readonly #output: ReadableSource;
  readonly #input = Buffer.allocUnsafeSlow(LARGEST_INPUT);
  #inputRead = 0;
  #delivered = 0;
  #feeding = false;

  constructor(source: ByteSource, report: (problem: Problem) => void) {
    this.#source = source;
    this.#report = report;
    this.#output = new ReadableSource(this.#gunzip);
  }

  get stopped(): Stopped | undefined {
    return this.#source.stopped;
  }

  read(target: Buffer, offset: number, length: number): Promise<number> {
    if (!this.#feeding) {
      this.#feeding = true;
      // An error of the source below is the output's error: whoever reads next meets it there.
      this.#feed().catch((error) => this.#gunzip.destroy(error));
    }
    return this.#read(target, offset, length);
  }

  close(): void {
    this.#output.close();
    this.#source.close();
  }

  /** Runs beside the reading; zlib calls back only when a piece's output is taken, so nothing piles up. */
  async #feed(): Promise<void> {
    while (!this.#gunzip.destroyed) {
      const count = await this.#source.read(this.#input, 0, this.#nextInputLength());
      if (count === 0) break;
      this.#inputRead += count;
      const piece = this.#input.subarray(0, count);
      await new Promise<void>((resolve) => {
        this.#gunzip.write(piece, () => resolve());
      });
    }
    this.#gunzip.end();
  }

  #nextInputLength(): number {
    const part = Math.floor(this.#inputRead / PART_OF_INPUT);
    const length = Math.min(Math.max(part, SMALLEST_INPUT), LARGEST_INPUT);
    // The trailer by itself: where only the checksum is wrong, the contents are there.
    const untilTrailer = (this.#source.size ?? Number.POSITIVE_INFINITY) - GZIP_TRAILER_LENGTH - this.#inputRead;
    return untilTrailer > 0 ? Math.min(length, untilTrailer) : length;
  }

  async #read(target: Buffer, offset: number, length: number): Promise<number> {
    try {
      const count = await this.#output.read(target, offset, length);
      this.#delivered += count;
      return count;
    } catch (error) {
      if (!isZlibError(error)) throw error;
      // Where the reading was stopped, that is told, and nothing is wrong with the file.
      if (this.stopped === undefined || error.code !== 'Z_BUF_ERROR') this.#tell(error);
      return 0;
    }
  }

  #tell(error: ZlibError): void {
    this.#report(
      error.code === 'Z_BUF_ERROR'
        ? cutOff('gzip', this.#delivered)
        : corrupt('gzip', this.#delivered, this.#inputRead, error.message),
    );
  }
}

interface ZlibError extends Error {
  /** Z_BUF_ERROR when the input ended too early, Z_DATA_ERROR and others when it makes no sense. */
  readonly code: string;
}

function isZlibError(error: unknown): error is ZlibError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
