// Zstandard, RFC 8878: frames and skippable frames, in any number and order.
//
// What decodes the blocks is zlib's zstd where Node has it (22.15, 23.8 and later), otherwise `fzstd`. Frames are taken
// apart here for both of them: zlib drops without a word whatever stands behind a frame in the same piece of input, and
// Node 22 does not notice that a file was cut off; fzstd checks neither checksums nor what a block may expand to. So
// each gets a header, then block by block, and nothing more before the block's contents were taken.
import type { Problem } from '../../base/problem.ts';
import type { ByteSource } from '../byte-source.ts';
import { BlockwiseSource, Unreadable } from './blockwise-source.ts';
import { isSkippable } from './compression.ts';
import { MAGIC, MAGIC_LENGTH } from './zstd.ts';
import type { ZstdDecoder } from './zstd-decoder.ts';

//  Frame: magic, header, blocks, content checksum (4 bytes) where there is one
//  Header
//   0  descriptor: size of the content size field (bits 6 and 7), single segment (5), unused (4), reserved (3), content
//      checksum (2), size of the dictionary's number (bits 0 and 1)
//   1  window size (1 byte) unless single segment; dictionary (0, 1, 2 or 4 bytes); content size (0, 1, 2, 4, 8 bytes)
//  Block: last (bit 0), type (bits 1 and 2), size (21 bits), together 3 bytes; data
const CHECKSUM_LENGTH = 4;
const BLOCK_HEADER_LENGTH = 3;

const SINGLE_SEGMENT = 0b0010_0000;
const RESERVED = 0b0000_1000;
const CONTENT_CHECKSUM = 0b0000_0100;
const DICTIONARY_LENGTHS = [0, 1, 2, 4];
const CONTENT_SIZE_LENGTHS = [0, 2, 4, 8];

const LAST_BLOCK = 1;
const RAW_BLOCK = 0;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

const MEBIBYTE = 1024 * 1024;
/** What `zstd` reads without being told to use more memory (--long, --memory). */
const LARGEST_WINDOW = 128 * MEBIBYTE;
const LARGEST_BLOCK = 128 * 1024;

/** What a frame's header says. */
export interface ZstdFrame {
  /** As it stands in the file, magic and all. */
  readonly header: Buffer;
  readonly windowSize: number;
  /** -1 when the header does not say. */
  readonly contentSize: number;
  readonly hasChecksum: boolean;
}

type State = 'magic' | 'header' | 'block' | 'checksum';

export class ZstdSource extends BlockwiseSource {
  protected readonly name = 'zstd';
  readonly #decoder: ZstdDecoder;
  #state: State = 'magic';
  #frame: ZstdFrame | undefined;
  #contentLength = 0;

  constructor(source: ByteSource, report: (problem: Problem) => void, decoder: ZstdDecoder) {
    super(source, report);
    this.#decoder = decoder;
  }

  override close(): void {
    super.close();
    this.#decoder.close();
  }

  protected override mayEnd(): boolean {
    return this.#state === 'magic';
  }

  protected override step(): number | Promise<number> {
    switch (this.#state) {
      case 'magic':
        return this.#readMagic();
      case 'header':
        return this.#readHeader();
      case 'block':
        return this.#readBlock(this.#frame!);
      case 'checksum':
        return this.#readChecksum();
    }
  }

  #readMagic(): number {
    if (this.present < MAGIC_LENGTH) return MAGIC_LENGTH;
    const magic = this.input.readUInt32LE(this.start);
    if (isSkippable(magic)) return this.beginSkippable();
    if (magic === MAGIC) this.#state = 'header';
    else throw new Unreadable('no zstd frame begins there');
    return 0;
  }

  #readHeader(): number | Promise<number> {
    if (this.present < MAGIC_LENGTH + 1) return MAGIC_LENGTH + 1;
    const descriptor = this.input[this.start + MAGIC_LENGTH]!;
    const isSingleSegment = (descriptor & SINGLE_SEGMENT) !== 0;
    const dictionaryLength = DICTIONARY_LENGTHS[descriptor & 3]!;
    const sizeLength = CONTENT_SIZE_LENGTHS[descriptor >>> 6]! || (isSingleSegment ? 1 : 0);
    const length = MAGIC_LENGTH + 1 + (isSingleSegment ? 0 : 1) + dictionaryLength + sizeLength;
    if (this.present < length) return length;
    const header = Buffer.from(this.input.subarray(this.start, this.start + length));
    if ((descriptor & RESERVED) !== 0) throw new Unreadable('a frame header with a reserved bit');

    const sizeAt = length - sizeLength;
    const dictionary = dictionaryLength === 0 ? 0 : header.readUIntLE(sizeAt - dictionaryLength, dictionaryLength);
    if (dictionary !== 0) {
      const message = `the zstd file needs the dictionary ${dictionary}; decompress it first: zstd -dc -D DICTIONARY FILE`;
      throw new Unreadable(message, 'unsupported-compression');
    }
    const contentSize = contentSizeIn(header, sizeAt, sizeLength);
    const windowSize = isSingleSegment ? contentSize : windowSizeOf(header[MAGIC_LENGTH + 1]!);
    if (windowSize > LARGEST_WINDOW) {
      const message =
        `the zstd file was made with a window of ${Math.ceil(windowSize / MEBIBYTE)} MiB, and at most ` +
        `${LARGEST_WINDOW / MEBIBYTE} MiB are read; decompress it first: zstd -dc --long=31 FILE`;
      throw new Unreadable(message, 'unsupported-compression');
    }
    this.#frame = { header, windowSize, contentSize, hasChecksum: (descriptor & CONTENT_CHECKSUM) !== 0 };
    this.#contentLength = 0;
    this.take(length);
    this.#state = 'block';
    return this.#deliver(this.#decoder.begin(this.#frame));
  }

  #readBlock(frame: ZstdFrame): number | Promise<number> {
    if (this.present < BLOCK_HEADER_LENGTH) return BLOCK_HEADER_LENGTH;
    const blockHeader = this.input.readUIntLE(this.start, BLOCK_HEADER_LENGTH);
    const isLast = (blockHeader & LAST_BLOCK) !== 0;
    const type = (blockHeader >>> 1) & 3;
    const size = blockHeader >>> 3;
    const largest = Math.min(LARGEST_BLOCK, frame.windowSize);
    if (type === RESERVED_BLOCK) throw new Unreadable('a block of an unknown type');
    if (size > largest) throw new Unreadable(`a block of ${size} bytes, more than the ${largest} allowed`);
    const length = BLOCK_HEADER_LENGTH + (type === RLE_BLOCK ? 1 : size);
    if (this.present < length) return length;
    const block = this.input.subarray(this.start, this.start + length);
    this.take(length);
    if (isLast) this.#state = frame.hasChecksum ? 'checksum' : 'magic';
    // An empty block in the middle, which is how a writer flushes, needs no decoder.
    if (type === RAW_BLOCK && size === 0 && !isLast) return 0;
    return this.#deliver(this.#decoder.block(block, isLast));
  }

  #readChecksum(): number | Promise<number> {
    if (this.present < CHECKSUM_LENGTH) return CHECKSUM_LENGTH;
    const checksum = this.input.subarray(this.start, this.start + CHECKSUM_LENGTH);
    this.take(CHECKSUM_LENGTH);
    this.#state = 'magic';
    return this.#deliver(this.#decoder.checksum(checksum));
  }

  #deliver(decoded: Uint8Array | Promise<Uint8Array>): number | Promise<number> {
    if (decoded instanceof Promise) return decoded.then((bytes) => this.#accept(bytes));
    return this.#accept(decoded);
  }

  #accept(decoded: Uint8Array): number {
    this.output = decoded;
    this.outputStart = 0;
    this.outputEnd = decoded.length;
    this.#contentLength += decoded.length;
    const { contentSize } = this.#frame!;
    if (contentSize !== -1 && this.#contentLength > contentSize) {
      throw new Unreadable(`more contents than the ${contentSize} bytes of the frame`);
    }
    return 0;
  }
}

function contentSizeIn(header: Buffer, at: number, length: number): number {
  if (length === 0) return -1;
  if (length === 8) return Number(header.readBigUInt64LE(at));
  // RFC 8878 section 3.1.1.1.4: with two bytes, what one byte can tell is left out.
  return header.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

/** RFC 8878 section 3.1.1.1.2: exponent (5 bits) and mantissa (3 bits). */
function windowSizeOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}
