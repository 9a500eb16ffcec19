// Compressed files written byte by byte, for tests of the readers: what no program writes can be written here too.
import type { Problem } from '../base/problem.ts';
import type { ByteSource } from '../capture/byte-source.ts';
import { Xxh32, Xxh64 } from '../capture/compression/xxhash.ts';

/** All that `open` makes of a source, read in pieces of `size`, and what it reports. */
export async function decompressed(
  open: (report: (problem: Problem) => void) => ByteSource | Promise<ByteSource>,
  size = 64 * 1024,
): Promise<{ readonly bytes: Buffer; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const source = await open((problem) => problems.push(problem));
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.alloc(size);
    const count = await source.read(piece, 0, size);
    if (count === 0) break;
    pieces.push(piece.subarray(0, count));
  }
  source.close();
  return { bytes: Buffer.concat(pieces), problems };
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function longWord(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** A frame that lz4 and zstd pass over; `variant` is one of sixteen. */
export function skippableFrame(contents: Uint8Array, variant = 0): Buffer {
  return Buffer.concat([word(0x184d2a50 + variant), word(contents.length), contents]);
}

export interface ZstdBlock {
  readonly type: 'raw' | 'rle' | 'compressed' | 'reserved';
  readonly data: Uint8Array;
  /** What the header says; the length of the data unless told. For 'rle' the number of repetitions. */
  readonly size?: number;
}

const BLOCK_TYPES = ['raw', 'rle', 'compressed', 'reserved'];

export interface ZstdFrameOptions {
  /** The window descriptor; without it the frame is a single segment. */
  readonly window?: number;
  /** The content size field; none when absent (a single segment has one always). */
  readonly contentSize?: number | bigint;
  /** Bytes of the content size field. */
  readonly contentSizeLength?: 1 | 2 | 4 | 8;
  readonly dictionary?: number;
  /** The content checksum: right, or this number. */
  readonly checksum?: true | number;
  readonly reserved?: true;
}

/** A zstd frame of these blocks. */
export function zstdFrame(blocks: readonly ZstdBlock[], options: ZstdFrameOptions = {}): Buffer {
  const { window, dictionary, checksum, reserved } = options;
  const contents = Buffer.concat(
    blocks.map(({ type, data, size }) => (type === 'rle' ? Buffer.alloc(size ?? 0, data[0]) : Buffer.from(data))),
  );
  const isSingleSegment = window === undefined;
  const contentSize = options.contentSize ?? (isSingleSegment ? contents.length : undefined);
  const sizeLength = contentSize === undefined ? 0 : (options.contentSizeLength ?? (isSingleSegment ? 8 : 4));
  const sizeFlag = sizeLength < 2 ? 0 : Math.log2(sizeLength);
  const descriptor =
    (sizeFlag << 6) |
    (isSingleSegment ? 0x20 : 0) |
    (reserved ? 8 : 0) |
    (checksum === undefined ? 0 : 4) |
    (dictionary === undefined ? 0 : 3);
  const sizeField = longWord(BigInt(contentSize ?? 0) - (sizeLength === 2 ? 256n : 0n)).subarray(0, sizeLength);
  return Buffer.concat([
    word(0xfd2fb528),
    Buffer.of(descriptor, ...(isSingleSegment ? [] : [window])),
    dictionary === undefined ? Buffer.alloc(0) : word(dictionary),
    sizeField,
    ...blocks.map(({ type, data, size = data.length }, index) => {
      const header = (size << 3) | (BLOCK_TYPES.indexOf(type) << 1) | (index === blocks.length - 1 ? 1 : 0);
      return Buffer.concat([word(header).subarray(0, 3), data]);
    }),
    checksum === undefined
      ? Buffer.alloc(0)
      : word(checksum === true ? Number(new Xxh64().update(contents).digest() & 0xffff_ffffn) : checksum),
  ]);
}

export interface Lz4Block {
  /** As it stands in the frame. */
  readonly data: Uint8Array;
  readonly isCompressed?: boolean;
  /** What the header says; the length of the data unless told. */
  readonly size?: number;
  readonly checksum?: number;
}

export interface Lz4FrameOptions {
  readonly linked?: boolean;
  readonly blockChecksums?: boolean;
  readonly contentSize?: number;
  /** What the content checksum is of, or a wrong one. */
  readonly checksumOf?: Uint8Array | number;
  readonly dictionary?: number;
  /** 4 to 7: 64 KiB, 256 KiB, 1 MiB, 4 MiB. */
  readonly maxBlock?: number;
  readonly headerChecksum?: number;
  /** Bits to set in the two descriptor bytes. */
  readonly flags?: number;
  readonly noEndMark?: true;
}

/** An lz4 frame of these blocks. */
export function lz4Frame(blocks: readonly Lz4Block[], options: Lz4FrameOptions = {}): Buffer {
  const { linked, blockChecksums, contentSize, checksumOf, dictionary, maxBlock = 4, flags = 0 } = options;
  const descriptor = Buffer.concat([
    Buffer.of(
      0x40 |
        (linked ? 0 : 0x20) |
        (blockChecksums ? 0x10 : 0) |
        (contentSize === undefined ? 0 : 8) |
        (checksumOf === undefined ? 0 : 4) |
        (dictionary === undefined ? 0 : 1) |
        (flags & 0xff),
      (maxBlock << 4) | (flags >>> 8),
    ),
    contentSize === undefined ? Buffer.alloc(0) : longWord(contentSize),
    dictionary === undefined ? Buffer.alloc(0) : word(dictionary),
  ]);
  const hash = (bytes: Uint8Array) => new Xxh32().update(bytes).digest();
  return Buffer.concat([
    word(0x184d2204),
    descriptor,
    Buffer.of(options.headerChecksum ?? (hash(descriptor) >>> 8) & 0xff),
    ...blocks.flatMap(({ data, isCompressed = false, size = data.length, checksum }) => [
      word(isCompressed ? size : size + 0x8000_0000),
      data,
      blockChecksums ? word(checksum ?? hash(data)) : Buffer.alloc(0),
    ]),
    options.noEndMark ? Buffer.alloc(0) : word(0),
    checksumOf === undefined ? Buffer.alloc(0) : word(typeof checksumOf === 'number' ? checksumOf : hash(checksumOf)),
  ]);
}
