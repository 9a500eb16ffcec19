// WRITES pcapng blocks: numbers, padding, options and the two lengths of a block, in either byte order. Whole blocks of
// another file are copied in between. What was written waits here until somebody takes it.
import { padded } from './options.ts';

const FIRST_SIZE = 256 * 1024;

/** Bytes that an option's length field can tell. */
const LONGEST_OPTION = 0xffff;
const END_OF_OPTIONS = 0;
export const OPTION_HEADER_LENGTH = 4;

export class BlockWriter {
  /** Byte order of the section that is written. */
  littleEndian = true;
  #bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #view = viewOf(this.#bytes);
  #length = 0;
  #blockStart = 0;

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#length;
  }

  /** What was written since the last call; it stays as it is. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  copy(source: Uint8Array, start = 0, end = source.length): void {
    const at = this.#reserve(end - start);
    this.#bytes.set(source.subarray(start, end), at);
  }

  beginBlock(type: number): void {
    this.#blockStart = this.#length;
    this.u32(type);
    this.u32(0);
  }

  /** Begins a block with what stands in `source` from its first byte on; the length there is mended at its end. */
  beginBlockWith(source: Buffer, start: number, end: number): void {
    this.#blockStart = this.#length;
    this.copy(source, start, end);
  }

  endBlock(): void {
    const length = this.#length + 4 - this.#blockStart;
    this.u32(length);
    this.#view.setUint32(this.#blockStart + 4, length, this.littleEndian);
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, this.littleEndian);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, this.littleEndian);
  }

  u64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), this.littleEndian);
  }

  /** Zeros behind `length` bytes, up to a multiple of 4. */
  pad(length: number): void {
    const count = padded(length) - length;
    const at = this.#reserve(count);
    this.#bytes.fill(0, at, at + count);
  }

  option(code: number, value: Uint8Array): void {
    this.u16(code);
    this.u16(value.length);
    this.copy(value);
    this.pad(value.length);
  }

  /** An option of text in UTF-8, cut behind a whole character where it is longer than an option can be. */
  textOption(code: number, text: string): void {
    this.option(code, utf8(text));
  }

  endOfOptions(): void {
    this.u16(END_OF_OPTIONS);
    this.u16(0);
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
      this.#view = viewOf(larger);
    }
    return at;
  }
}

/** `text` as an option holds it. */
export function utf8(text: string): Buffer {
  // A lone surrogate becomes U+FFFD.
  const bytes = Buffer.from(text);
  if (bytes.length <= LONGEST_OPTION) return bytes;
  let end = LONGEST_OPTION;
  // 10xxxxxx goes on with a character.
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
