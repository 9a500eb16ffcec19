// The contract of whatever READS frames: one per capture format, and the merged reader over several of them.
//
// The hot path hands out no object per frame. A reader owns one large buffer that it refills in place; `next()` moves
// to the following frame and leaves its place and its facts in the fields below, which are valid until the next call
// of `next()` or `fill()`.
import type { Problem } from '../base/problem.ts';

/** `next()`: the fields describe a frame. */
export const FRAME = 1;
/** `next()`: the buffer holds no whole frame any more; call `fill()` and then `next()` again. */
export const NEED_BYTES = 0;
/** `next()`: no further frames. */
export const END = -1;
export type ReadStatus = typeof FRAME | typeof NEED_BYTES | typeof END;

/** Little-endian records of one interface, without options, whose clock ticks in whole nanoseconds. */
export interface PlainRecords {
  /** They are enhanced packet blocks of this interface; -1: they are those of a classic pcap. */
  readonly interfaceIndex: number;
  readonly linkType: number;
  readonly fcsLength: number;
  /** Where in a record its numbers stand, and its packet. The lower half of the stamp is behind the upper one. */
  readonly stampAt: number;
  readonly capturedLengthAt: number;
  readonly originalLengthAt: number;
  readonly packetAt: number;
  /** A record that claims more captured bytes is not plain. */
  readonly maxCapturedLength: number;
  /**
   * A stamp is at ((high - originHigh) * unitsPerHigh + low - originLow) * nanosecondsPerUnit on the timeline. One of 0
   * is not plain.
   */
  readonly originHigh: number;
  readonly originLow: number;
  readonly unitsPerHigh: number;
  readonly nanosecondsPerUnit: number;
}

/** A reader's following records, for whoever reads them in its stead. */
export interface ReadAhead {
  /**
   * How the plainest of them lie in the buffer; null when they cannot be read so. The same object as long as the same
   * holds.
   */
  plainRecords(): PlainRecords | null;
  /** Where the next record begins in the buffer, and where what is there ends. */
  readonly position: number;
  readonly limit: number;
  /** So many frames were read by somebody else, the last one of them at `time`: `position` is behind them. */
  passed(frames: number, position: number, time: number): void;
}

export interface FrameReader {
  /** The buffer that holds the current frame, and a view over the whole of it (same indices). */
  buffer: Buffer;
  view: DataView;
  /** Index of the frame's first captured byte, and behind its last one. */
  frameStart: number;
  frameEnd: number;
  /** Length of the frame on the wire, in bytes: more than was captured when the snaplen cut it. */
  originalLength: number;
  /** Nanoseconds since the timeline's origin; NaN when the capture does not tell (simple packet blocks). */
  time: number;
  /** LINKTYPE_ number of the frame, see https://www.tcpdump.org/linktypes.html */
  linkType: number;
  /** Bytes of frame check sequence at the end of the frame, 0 when there is none. */
  fcsLength: number;
  /** Index of the capture (file) that the current frame comes from. */
  captureIndex: number;

  next(): ReadStatus;
  /** What lets somebody else read some of the following frames; null when nobody can. */
  readonly ahead: ReadAhead | null;
  /** Reads more bytes. Returns nothing when it could do so at once, else a promise. */
  fill(): void | Promise<void>;
}

/** What the report says of one capture file once it is read. */
export interface CaptureSummary {
  readonly path: string;
  readonly format: 'pcap' | 'pcapng';
  readonly compression: 'none' | 'gzip' | 'zstd' | 'lz4';
  readonly frames: number;
  /** Bytes read from the source, as stored (compressed when it is). */
  readonly bytes: number;
  /** Times of the first and the last frame in the file's order; NaN when unknown. */
  readonly firstFrameTime: number;
  readonly lastFrameTime: number;
  /** LINKTYPE_ numbers met, in order of appearance. */
  readonly linkTypes: readonly number[];
  readonly problems: readonly Problem[];
  /**
   * Names by address, as the capture's name resolution blocks tell them; an IPv6 address in eight groups. Hostile:
   * escape for the medium.
   */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Decryption secrets blocks in the capture. */
  readonly secrets: number;
  /** The TLS key log in them, for decrypting. Secret: no report may show it. */
  readonly tlsKeyLog: string;
}
