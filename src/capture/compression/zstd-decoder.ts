import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { Unreadable } from './blockwise-source.ts';
import { Xxh64 } from './xxhash.ts';
import type { ZstdFrame } from './zstd-source.ts';

/**
 * What decodes a frame, given to it in parts. Each call returns what has been decoded by then: of one block, at most
 * 128 KiB, or of the few that fit into a frame's first 18 bytes. They throw Unreadable, or reject with it.
 */
export interface ZstdDecoder {
  begin(frame: ZstdFrame): Uint8Array | Promise<Uint8Array>;
  /** A block with its header, whole. */
  block(block: Uint8Array, isLast: boolean): Uint8Array | Promise<Uint8Array>;
  /** The four bytes behind the last block. */
  checksum(checksum: Buffer): Uint8Array | Promise<Uint8Array>;
  close(): void;
}

/** The decoder that is best here. */
export function createZstdDecoder(): ZstdDecoder {
  return HAS_NATIVE_ZSTD ? new NativeZstdDecoder() : new ScriptZstdDecoder();
}

const NOTHING = new Uint8Array(0);
const OUTPUT_CHUNK = 256 * 1024;

// Types of Node 20 know nothing of it.
interface NodeWithZstd {
  createZstdDecompress(options: { readonly chunkSize: number }): zlib.Gunzip;
}

export const HAS_NATIVE_ZSTD = 'createZstdDecompress' in zlib;

/** zlib's. One stream decodes all frames, as long as no piece of input holds the end of one and the begin of another. */
export class NativeZstdDecoder implements ZstdDecoder {
  readonly #stream = (zlib as unknown as NodeWithZstd).createZstdDecompress({ chunkSize: OUTPUT_CHUNK });
  #decoded: Uint8Array[] = [];
  #failed: (error: Unreadable) => void = () => {};

  constructor() {
    this.#stream.on('data', (chunk: Buffer) => this.#decoded.push(chunk));
    this.#stream.on('error', (error) => this.#failed(new Unreadable(error.message)));
  }

  begin({ header }: ZstdFrame): Promise<Uint8Array> {
    return this.#write(header);
  }

  block(block: Uint8Array): Promise<Uint8Array> {
    return this.#write(block);
  }

  checksum(checksum: Buffer): Promise<Uint8Array> {
    return this.#write(checksum);
  }

  close(): void {
    this.#stream.destroy();
  }

  #write(piece: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#failed = reject;
      this.#stream.write(piece, () => {
        const [first = NOTHING, ...further] = this.#decoded;
        this.#decoded = [];
        resolve(further.length === 0 ? first : Buffer.concat([first, ...further]));
      });
    });
  }
}

/** `fzstd`, which runs everywhere. It reads no checksum, so it is told of none. */
export class ScriptZstdDecoder implements ZstdDecoder {
  #decompress = new Decompress();
  #decoded: Uint8Array = NOTHING;
  #hash: Xxh64 | undefined;

  begin({ windowSize, contentSize, hasChecksum }: ZstdFrame): Uint8Array {
    this.#decompress = new Decompress((chunk) => {
      this.#decoded = this.#decoded.length === 0 ? chunk : Buffer.concat([this.#decoded, chunk]);
    });
    this.#hash = hasChecksum ? new Xxh64() : undefined;
    // fzstd moves its whole window for every block, so it gets none that is larger than the contents.
    const window = contentSize === -1 ? windowSize : Math.min(windowSize, contentSize);
    return this.#push(Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0, windowDescriptorFor(window)), false);
  }

  block(block: Uint8Array, isLast: boolean): Uint8Array {
    // fzstd keeps a piece that it cannot decode yet, and the piece lies in a buffer that is used again.
    const decoded = this.#push(new Uint8Array(block), isLast);
    this.#hash?.update(decoded);
    return decoded;
  }

  checksum(checksum: Buffer): Uint8Array {
    const low = Number((this.#hash?.digest() ?? 0n) & 0xffff_ffffn);
    if (checksum.readUInt32LE(0) !== low) throw new Unreadable('wrong checksum of the contents');
    return NOTHING;
  }

  close(): void {
    this.#decompress = new Decompress();
  }

  #push(piece: Uint8Array, isLast: boolean): Uint8Array {
    this.#decoded = NOTHING;
    try {
      this.#decompress.push(piece, isLast);
    } catch (error) {
      // Besides its own errors it throws RangeError or TypeError where a block leads beyond its bounds.
      throw new Unreadable(error instanceof Error ? error.message : String(error));
    }
    return this.#decoded;
  }
}

/** The least window descriptor (RFC 8878 section 3.1.1.1.2) for a window of `size` bytes. */
function windowDescriptorFor(size: number): number {
  for (let exponent = 10; ; exponent++) {
    const base = 2 ** exponent;
    for (let mantissa = 0; mantissa < 8; mantissa++) {
      if (base + (base / 8) * mantissa >= size) return ((exponent - 10) << 3) | mantissa;
    }
  }
}
