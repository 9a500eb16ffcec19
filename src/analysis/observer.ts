// Who is told what the captures hold, in the order in which it comes to light: the contract between reading connections
// (read-connections.ts) and drawing conclusions (conclusions.ts). Nothing else passes between the two, and all of it can
// be written down as numbers and strings; so they may run in different threads. (In one thread the kernel may take note of
// some of it by itself: `countsAt`, `pairsAt`, `requestsAt`.)
import type { History } from '../history/history.ts';
import type { ConnectionObserver } from '../http/observer.ts';
import type { GatewayFailure } from '../rules/lost-request.ts';
import type { Observed } from '../timeouts/server-observations.ts';

export interface AnalysisObserver extends ConnectionObserver {
  /** A new connection. Whoever wants to be told of them is told of every one, and streams are numbers in their order. */
  opened?(stream: number): void;
  /** A request's head is complete; `client` is a number for its sender's address. See RequestObserver. */
  asked(client: number, route: number, length: number, stream: number, frame: number, time: number): number;
  /** See RequestObserver. */
  requestsAt?(): number;
  bodyBegan(recent: number, digest: number): void;
  gatewayFailed(failure: GatewayFailure): void;
  /** A connection with HTTP ended in order, or is open at the end: only its idle times are worth knowing. The
   * record is used again. (The kernel takes note of most of them by itself where there is a `countsAt`: then they are not told
   * of, nor that they are over.) */
  endedInOrder(observed: Observed): void;
  /** Any other connection is over, or the captures are. Returns true when the history's records are held on to. */
  judged(history: History, client: number): boolean;
  /**
   * The same of a record that is used again. Returns false when the observer wants to be told by `judged` instead; left
   * out: it always does.
   */
  judgedBriefly?(history: History): boolean;
  /** Nothing more is told of this connection. The last call about every one that was opened. */
  over(stream: number): void;
}

/** Where the reading stands: two numbers, by which what several threads tell can be put in order. */
export class Position {
  /** The current frame; Infinity behind the last one. */
  frame = 0;
  /** What time retires, and the end, comes in the order of first frames; Infinity for what the frame itself brings. */
  rank = Infinity;
}

/** How many connections of each kind were read. */
export interface ReadTotals {
  connections: number;
  httpConnections: number;
  exchanges: number;
  tlsConnections: number;
  http2Connections: number;
  /** Caps that were hit. */
  evicted: number;
  oversizedHeads: number;
  /** Segments with bytes that are of no connection that was seen to begin. */
  strangers: number;
  /** Segments that the snaplen cut where HTTP had to be read. */
  cutSegments: number;
}

export function noTotals(): ReadTotals {
  return {
    connections: 0,
    httpConnections: 0,
    exchanges: 0,
    tlsConnections: 0,
    http2Connections: 0,
    evicted: 0,
    oversizedHeads: 0,
    strangers: 0,
    cutSegments: 0,
  };
}
