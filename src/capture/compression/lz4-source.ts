// lz4 frames, https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md: the frame format, the
// legacy one (`lz4 -l`, Linux kernels) and skippable frames, in any number and order.
//
// It is read here because no package both reads frames as a stream and runs without a native build: `lz4js` wants the
// whole file in memory, others wrap the C library or know blocks only.
import { BlockwiseSource, Unreadable } from './blockwise-source.ts';
import { isSkippable } from './compression.ts';
import { FRAME_MAGIC, LEGACY_MAGIC, MAGIC_LENGTH } from './lz4.ts';
import { Xxh32 } from './xxhash.ts';

//  Frame: magic, descriptor, blocks, end mark (4 bytes of 0), content checksum where there is one
//  Descriptor
//   0  FLG: version (bits 6 and 7, 01), independent blocks (5), block checksums (4), content size (3), content
//      checksum (2), reserved (1), dictionary (0)
//   1  BD: maximal size of a block (bits 4 to 6)
//   2  content size (8 bytes), dictionary (4 bytes), where FLG says so; then the descriptor's checksum (1 byte)
//  Block: size with the uncompressed bit (4 bytes), data, checksum (4 bytes) where FLG says so
const SIZE_LENGTH = 4;
const CHECKSUM_LENGTH = 4;
const SHORTEST_DESCRIPTOR = 3;

const VERSION_MASK = 0b1100_0000;
const VERSION = 0b0100_0000;
const INDEPENDENT_BLOCKS = 0b0010_0000;
const BLOCK_CHECKSUMS = 0b0001_0000;
const CONTENT_SIZE = 0b0000_1000;
const CONTENT_CHECKSUM = 0b0000_0100;
const RESERVED = 0b0000_0010;
const DICTIONARY = 0b0000_0001;
const BD_RESERVED = 0b1000_1111;

const UNCOMPRESSED = 0x8000_0000;
/** How far back a match may lie, and with linked blocks into the blocks before. */
const HISTORY = 64 * 1024;
const LEGACY_BLOCK = 8 * 1024 * 1024;
/** The most that lz4 makes of a legacy block that does not compress. A greater size is another frame's magic. */
const LEGACY_LONGEST = LEGACY_BLOCK + Math.floor(LEGACY_BLOCK / 255) + 16;

const SHORTEST_MATCH = 4;
/** Copying a few bytes one by one is faster than a call. */
const WORTH_A_CALL = 24;

type State = 'magic' | 'descriptor' | 'block' | 'content-checksum' | 'legacy-block';

export class Lz4Source extends BlockwiseSource {
  protected readonly name = 'lz4';
  #state: State = 'magic';
  #flags = 0;
  #maxBlock = 0;
  /** Bytes of the frame's contents that its descriptor promises, -1 when it does not say. */
  #contentSize = -1;
  #contentLength = 0;
  #contentHash = new Xxh32();

  protected override mayEnd(): boolean {
    return this.#state === 'magic' || this.#state === 'legacy-block';
  }

  protected override step(): number {
    switch (this.#state) {
      case 'magic':
        return this.#readMagic();
      case 'descriptor':
        return this.#readDescriptor();
      case 'block':
        return this.#readBlock();
      case 'content-checksum':
        return this.#checkContent();
      case 'legacy-block':
        return this.#readLegacyBlock();
    }
  }

  #readMagic(): number {
    if (this.present < MAGIC_LENGTH) return MAGIC_LENGTH;
    const magic = this.input.readUInt32LE(this.start);
    if (isSkippable(magic)) return this.beginSkippable();
    if (magic === LEGACY_MAGIC) {
      this.take(MAGIC_LENGTH);
      this.#makeOutput(LEGACY_BLOCK);
      this.#state = 'legacy-block';
    } else if (magic === FRAME_MAGIC) {
      this.take(MAGIC_LENGTH);
      this.#state = 'descriptor';
    } else throw new Unreadable('no lz4 frame begins there');
    return 0;
  }

  #readDescriptor(): number {
    if (this.present < SHORTEST_DESCRIPTOR) return SHORTEST_DESCRIPTOR;
    const flags = this.input[this.start]!;
    const hasSize = (flags & CONTENT_SIZE) !== 0;
    const length = SHORTEST_DESCRIPTOR + (hasSize ? 8 : 0) + ((flags & DICTIONARY) === 0 ? 0 : 4);
    if (this.present < length) return length;
    const descriptor = this.input.subarray(this.start, this.start + length - 1);
    const checksum = (new Xxh32().update(descriptor).digest() >>> 8) & 0xff;
    if (checksum !== this.input[this.start + length - 1]) throw new Unreadable('wrong checksum of a frame header');
    const blockSize = (descriptor[1]! >>> 4) & 7;
    if ((flags & VERSION_MASK) !== VERSION || (flags & RESERVED) !== 0 || (descriptor[1]! & BD_RESERVED) !== 0) {
      throw new Unreadable('unknown version of the frame format');
    }
    if (blockSize < 4) throw new Unreadable('impossible block size');
    if ((flags & DICTIONARY) !== 0) {
      const message = `the lz4 file needs the dictionary ${descriptor.readUInt32LE(length - 5)}; decompress it first`;
      throw new Unreadable(message, 'unsupported-compression');
    }
    this.#flags = flags;
    this.#maxBlock = 1 << (8 + 2 * blockSize);
    this.#contentSize = hasSize ? Number(descriptor.readBigUInt64LE(2)) : -1;
    this.#contentLength = 0;
    this.#contentHash = new Xxh32();
    this.#makeOutput(this.#maxBlock);
    this.take(length);
    this.#state = 'block';
    return 0;
  }

  #readBlock(): number {
    if (this.present < SIZE_LENGTH) return SIZE_LENGTH;
    const word = this.input.readUInt32LE(this.start);
    if (word === 0) {
      if (this.#contentSize !== -1 && this.#contentSize !== this.#contentLength) {
        throw new Unreadable(`${this.#contentLength} bytes of contents instead of ${this.#contentSize}`);
      }
      this.take(SIZE_LENGTH);
      this.#state = (this.#flags & CONTENT_CHECKSUM) === 0 ? 'magic' : 'content-checksum';
      return 0;
    }
    const isCompressed = word < UNCOMPRESSED;
    const size = isCompressed ? word : word - UNCOMPRESSED;
    if (size > this.#maxBlock)
      throw new Unreadable(`a block of ${size} bytes, more than the ${this.#maxBlock} allowed`);
    const hasChecksum = (this.#flags & BLOCK_CHECKSUMS) !== 0;
    const length = SIZE_LENGTH + size + (hasChecksum ? CHECKSUM_LENGTH : 0);
    if (this.present < length) return length;
    const data = this.input.subarray(this.start + SIZE_LENGTH, this.start + SIZE_LENGTH + size);
    if (hasChecksum && new Xxh32().update(data).digest() !== this.input.readUInt32LE(this.start + SIZE_LENGTH + size)) {
      throw new Unreadable('wrong checksum of a block');
    }
    this.#beginBlock((this.#flags & INDEPENDENT_BLOCKS) === 0);
    if (isCompressed) this.#decode(data, this.#maxBlock);
    else this.#store(data);
    const content = this.output.subarray(this.outputStart, this.outputEnd);
    this.#contentLength += content.length;
    if ((this.#flags & CONTENT_CHECKSUM) !== 0) this.#contentHash.update(content);
    this.take(length);
    return 0;
  }

  #checkContent(): number {
    if (this.present < CHECKSUM_LENGTH) return CHECKSUM_LENGTH;
    if (this.input.readUInt32LE(this.start) !== this.#contentHash.digest()) {
      throw new Unreadable('wrong checksum of the contents');
    }
    this.take(CHECKSUM_LENGTH);
    this.#state = 'magic';
    return 0;
  }

  #readLegacyBlock(): number {
    if (this.present < SIZE_LENGTH) return SIZE_LENGTH;
    const size = this.input.readUInt32LE(this.start);
    if (size > LEGACY_LONGEST) {
      this.#state = 'magic';
      return 0;
    }
    if (this.present < SIZE_LENGTH + size) return SIZE_LENGTH + size;
    this.#beginBlock(false);
    this.#decode(this.input.subarray(this.start + SIZE_LENGTH, this.start + SIZE_LENGTH + size), LEGACY_BLOCK);
    this.take(SIZE_LENGTH + size);
    return 0;
  }

  #makeOutput(blockSize: number): void {
    if (this.output.length < HISTORY + blockSize) this.output = new Uint8Array(HISTORY + blockSize);
    this.outputStart = 0;
    this.outputEnd = 0;
  }

  /** Moves what a linked block may refer to before the place where it is decoded: the output begins with it. */
  #beginBlock(isLinked: boolean): void {
    const kept = isLinked ? Math.min(HISTORY, this.outputEnd) : 0;
    this.output.copyWithin(0, this.outputEnd - kept, this.outputEnd);
    this.outputStart = kept;
    this.outputEnd = kept;
  }

  #store(data: Buffer): void {
    this.output.set(data, this.outputStart);
    this.outputEnd = this.outputStart + data.length;
  }

  /** lz4 makes blocks of 4 MiB unless told otherwise: too much to lose where only the last of it is missing. */
  protected override decodeCutBlock(): void {
    const isLegacy = this.#state === 'legacy-block';
    if ((!isLegacy && this.#state !== 'block') || this.present < SIZE_LENGTH) return;
    const word = this.input.readUInt32LE(this.start);
    const data = this.input.subarray(this.start + SIZE_LENGTH, this.end);
    this.#beginBlock(!isLegacy && (this.#flags & INDEPENDENT_BLOCKS) === 0);
    if (!isLegacy && word >= UNCOMPRESSED) {
      this.#store(data.subarray(0, word - UNCOMPRESSED));
      return;
    }
    try {
      this.#decode(data.subarray(0, word), isLegacy ? LEGACY_BLOCK : this.#maxBlock, true);
    } catch (error) {
      // It ends somewhere, as is known already.
      if (!(error instanceof Unreadable)) throw error;
    }
  }

  /**
   * A block: sequences of a token, literals, and a match into what was decoded before; the last has no match. Where it
   * makes no sense, what came before is in the output. A block that `isCut` may end inside its literals.
   */
  #decode(data: Buffer, maxLength: number, isCut = false): void {
    const outputLimit = this.outputStart + maxLength;
    const output = this.output;
    const inputLimit = data.length;
    let to = this.outputStart;
    let from = 0;
    try {
      while (from < inputLimit) {
        const token = data[from++]!;
        let literals = token >>> 4;
        if (literals === 15) {
          let more: number;
          do {
            if (from >= inputLimit) throw new Unreadable('a block ends inside a length');
            more = data[from++]!;
            literals += more;
          } while (more === 255);
        }
        if (from + literals > inputLimit) {
          if (!isCut) throw new Unreadable('a block ends inside its literals');
          literals = inputLimit - from;
        }
        if (to + literals > outputLimit) throw new Unreadable('a block holds more than it may');
        if (literals >= WORTH_A_CALL) output.set(data.subarray(from, from + literals), to);
        else for (let index = 0; index < literals; index++) output[to + index] = data[from + index]!;
        from += literals;
        to += literals;
        if (from === inputLimit) break;

        if (from + 2 > inputLimit) throw new Unreadable('a block ends inside an offset');
        const offset = data[from]! | (data[from + 1]! << 8);
        from += 2;
        if (offset === 0 || offset > to) throw new Unreadable('a match before the beginning');
        let length = token & 15;
        if (length === 15) {
          let more: number;
          do {
            if (from >= inputLimit) throw new Unreadable('a block ends inside a length');
            more = data[from++]!;
            length += more;
          } while (more === 255);
        }
        length += SHORTEST_MATCH;
        if (to + length > outputLimit) throw new Unreadable('a block holds more than it may');
        const match = to - offset;
        // A match may overlap what it writes: then it repeats itself, and only byte by byte is right.
        if (offset >= length && length >= WORTH_A_CALL) output.copyWithin(to, match, match + length);
        else for (let index = 0; index < length; index++) output[to + index] = output[match + index]!;
        to += length;
      }
    } finally {
      this.outputEnd = to;
    }
  }
}
