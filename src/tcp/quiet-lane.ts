// The contract of the short way through the connection table, for connections on which nothing remarkable happens: their
// state is a row of numbers. The folder knows no HTTP; whoever implements this knows both.
//
// A row takes a segment whole or not at all. When it does not, the row is woken: it becomes the `Connection` that it
// would have been if it had never been a row, and that takes the segment.
import type { Segment } from '../wire/segment.ts';
import type { Connection } from './connection.ts';

/** The segment was taken, and more may come. */
export const GOES_ON = 0;
/** The segment was taken, and the connection ended in order with it: the row is free again. */
export const OVER = 1;
/** The segment is for a `Connection` to take. */
export const REMARKABLE = 2;
export type Taken = typeof GOES_ON | typeof OVER | typeof REMARKABLE;

export interface QuietLane {
  /** Begins a row with a connection's first segment; -1 when it is not one that a quiet connection begins with. */
  open(segment: Segment, stream: number, hash: number): number;
  /** 1: the segment is of this connection, from the endpoint that sent its first frame; -1: from the other; 0: neither. */
  directionOf(row: number, segment: Segment): number;
  receive(row: number, segment: Segment, forwards: boolean): Taken;
  /** The capture is over, and the connection is open. True: nothing of it is to be judged; what is to be told was told. */
  finish(row: number): boolean;
  /** Makes `connection` what the row stands for, with its sink, and frees the row. */
  wake(row: number, connection: Connection): void;
  streamOf(row: number): number;
  hashOf(row: number): number;
  firstFrameOf(row: number): number;
  lastFrameOf(row: number): number;
}

/** References of the connection table from here on are rows of the quiet lane. */
export const ROW = 0x40000000;

/** A way round the table, for segments that a row takes. It finds rows as the table does: by what the table tells it. */
export interface Shortcut {
  /** `own`: 1 for each partition of the table's; null: all are. */
  begin(own: Uint8Array | null): void;
  /** Empty [hash, reference] pairs for the table to use from now on. */
  slots(count: number): Int32Array;
  /** Nothing is due at capture times (ns) in [notBefore, before). */
  betweenSweeps(notBefore: number, before: number): void;
}
