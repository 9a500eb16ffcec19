import type { Problem } from '../../base/problem.ts';
import type { ByteSource } from '../byte-source.ts';
import type { CaptureSummary } from '../frame-reader.ts';

/**
 * The contract of a compression: one file each beside this one, one line each in `compressions.ts`. What decompresses is
 * another file, which is loaded when such a capture comes.
 */
export interface Compression {
  readonly name: Exclude<CaptureSummary['compression'], 'none'>;
  /** Whether a file that begins with these bytes (four, unless it has fewer) is compressed so. */
  recognises(first: Buffer): boolean;
  /**
   * `source` decompressed, as it is read and in bounded memory. Where it is cut off or corrupt, what came before is
   * delivered, `report` is told, and the source ends.
   */
  decompress(source: ByteSource, report: (problem: Problem) => void): Promise<ByteSource>;
}

/** The compressed file `name` ends too early. */
export function cutOff(name: string, delivered: number): Problem {
  return {
    kind: 'truncated',
    offset: delivered,
    message: `the ${name} file ends in the middle, after ${delivered} decompressed bytes`,
  };
}

/** The compressed file `name` makes no sense from its byte `storedOffset` on, or a little before. */
export function corrupt(name: string, delivered: number, storedOffset: number, why: string): Problem {
  return {
    kind: 'corrupt-compression',
    offset: delivered,
    message:
      `the ${name} file is corrupt after ${delivered} decompressed bytes, ` +
      `near byte ${storedOffset} of the file (${why}): what follows is lost`,
  };
}

/** Frames with one of these sixteen magic numbers are to be passed over, in lz4 and zstd alike: RFC 8878 section 3.1.2. */
export function isSkippable(magic: number): boolean {
  return magic >>> 4 === 0x0184d2a5;
}
