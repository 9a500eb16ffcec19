import type { END, FRAME } from '../frame-reader.ts';
import type { PcapngReader } from './pcapng-reader.ts';

/** `read()`: the block was taken note of, and is no frame. */
export const NO_FRAME = 0;

/** Every block begins with its type and total length, 4 bytes each, and ends with the total length again. */
export const BLOCK_HEADER_LENGTH = 8;
export const BLOCK_TRAILER_LENGTH = 4;

/** The contract of a block type: one file each in `blocks/`, one line each in `block-types.ts`. */
export interface BlockType {
  /** The numbers in the first four bytes of such blocks. */
  readonly types: readonly number[];
  /** The draft's name. */
  readonly name: string;
  /** A block longer than this is passed over and told of: it would have to be held whole. Absent: any is read. */
  readonly longest?: number;
  /**
   * Reads the block that lies whole in the reader's buffer from `start` (its type) to `end` (behind its trailing
   * length). A frame is described in the reader's fields; a block that cannot be believed ends the capture with
   * `reader.broken()`.
   */
  read(reader: PcapngReader, start: number, end: number): typeof FRAME | typeof NO_FRAME | typeof END;
}
