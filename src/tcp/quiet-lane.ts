// The contract of the short way through the connection table, for connections on which nothing remarkable happens: their
// state is a row of numbers. The folder knows no HTTP; whoever implements this knows both.
//
// A row takes a segment whole or not at all. When it does not, the row is woken: it becomes the `Connection` that it
// would have been if it had never been a row, and that takes the segment.
//
// Most segments of rows never come to the table: the lane begins rows and finds them by itself, as the table does.
import type { FourTuple, Segment } from '../wire/segment.ts';
import type { Connection } from './connection.ts';

export interface QuietLane {
  /** Serves this table from now on. Returns numbers that both of them read and write. */
  begin(table: TableOfRows): SharedNumbers;
  /** Empty [hash, reference] pairs for the table to use from now on. */
  slots(count: number): Int32Array;
  /** Nothing is due at capture times (ns) in [notBefore, before). */
  betweenSweeps(notBefore: number, before: number): void;
  /** Makes a row of a connection's first segment; -1 when it is not one that a quiet connection begins with. */
  open(segment: Segment, stream: number, hash: number): number;
  /** 1: the segment is of this connection, from the endpoint that sent its first frame; -1: from the other; 0: neither. */
  directionOf(row: number, segment: Segment): number;
  /** False: the segment is for a `Connection` to take. */
  receive(row: number, segment: Segment, forwards: boolean): boolean;
  /** The capture is over, and the connection is open. True: nothing of it is to be judged; what is to be told was told. */
  finish(row: number): boolean;
  /** The connection was closed long enough ago. True: what is to be told of it was told, and the row is free. */
  retire(row: number): boolean;
  /** Makes `connection` what the row stands for, with its sink, and frees the row. */
  wake(row: number, connection: Connection): void;
  /** One reused record. */
  tupleOf(row: number): FourTuple;
  streamOf(row: number): number;
  hashOf(row: number): number;
  /** See ends.ts. */
  endsOf(row: number): number;
  firstFrameOf(row: number): number;
  lastFrameOf(row: number): number;
  /** Capture time (ns) at which it was closed. */
  closeTimeOf(row: number): number;
}

/** What the lane has to know of its table. */
export interface TableOfRows {
  /** 1 for each partition of the table's; null: all are. */
  readonly own: Uint8Array | null;
  /** Connections of a partition that may be open at once for the lane to begin one more; 0: it begins none. */
  readonly maxOpen: number;
  /** Closed connections of a partition that stay, at most: of one more, the lane tells the table before it goes on. */
  readonly maxLingering: number;
  /** Partitions, and tombstones of all of them at most. */
  readonly partitions: number;
  readonly tombstones: number;
  /** The lane began a connection; null: nobody wants to know. */
  readonly opened: ((stream: number) => void) | null;
  /** The connection of a row ended in order. The row is free when the call is over. */
  ended(row: number): void;
  /** The connection of a row was closed by `frame`, otherwise. Its row is the lane's until it is retired. */
  closed(row: number, frame: number): void;
}

export interface SharedNumbers {
  /** See table-layout.ts. */
  readonly counters: Int32Array;
  readonly tombstones: Tombstones;
}

/** What stands for connections that are retired. Each partition has as many, one behind the other, used in turns. */
export interface Tombstones {
  /** By the number of a tombstone: two hashes of its 4-tuple, its stream, and where its bytes ended (ends.ts). */
  readonly checks: Int32Array;
  readonly hashes: Int32Array;
  readonly streams: Int32Array;
  readonly ends: Int32Array;
  /** Of each partition: how many were ever made. */
  readonly made: Int32Array;
}
