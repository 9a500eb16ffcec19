// Who is told, while connections are read, of what is not kept of each of them.
import type { FourTuple } from '../wire/segment.ts';

export interface ConnectionObserver {
  /** The number of a pair of client and server, asked once per connection. `clientIsSource`: it is the tuple's source. */
  pairOf(tuple: FourTuple, clientIsSource: boolean): number;
  /**
   * A request that ended an idle gap was answered: `duration` is the gap's (ns), `afterFrame` the frame before it,
   * `frame` and `time` are the request's.
   */
  reused(pair: number, stream: number, duration: number, afterFrame: number, frame: number, time: number): void;
}

/** For whoever wants to hear nothing. */
export const NOBODY: ConnectionObserver = { pairOf: () => 0, reused() {} };
