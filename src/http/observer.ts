// Who is told, while connections are read, of what is not kept of each of them.
import type { Connection } from '../tcp/connection.ts';
import type { FourTuple } from '../wire/segment.ts';
import type { Request, Response } from './exchange.ts';

export interface ConnectionObserver {
  /** The number of a pair of client and server, asked once per connection. `clientIsSource`: it is the tuple's source. */
  pairOf(tuple: FourTuple, clientIsSource: boolean): number;
  /**
   * Place in the kernel's memory where that counts the pair's reuses, and its connections that ended in order (kernel/pairs.ts,
   * ended.ts), and the first word there is the pair's number; 0: nowhere, it tells of each.
   */
  countsAt?(pair: number): number;
  /**
   * Place in the kernel's memory where that finds pairs by itself (kernel/pairs.ts); 0: nowhere, it asks for each. `names`: those
   * that it tells by their numbers, more and more.
   */
  pairsAt?(names: readonly string[]): number;
  /** Makes room for more that is kept where `countsAt` says. */
  makeRooms?(): void;
  /**
   * A request that ended an idle gap was answered: `duration` is the gap's (ns), `afterFrame` the frame before it,
   * `frame` and `time` are the request's.
   */
  reused(pair: number, stream: number, duration: number, afterFrame: number, frame: number, time: number): void;
}

export interface RequestObserver {
  /** Place in the kernel's memory where that writes down requests (kernel/recent.ts); 0: nowhere, it tells of each. */
  requestsAt?(): number;
  /**
   * A request's head is complete. `route` is the hash of "method target", `length` its Content-Length (-1: none).
   * Returns its number among the recent requests.
   */
  asked(
    tuple: FourTuple,
    clientIsSource: boolean,
    route: number,
    length: number,
    stream: number,
    frame: number,
    time: number,
  ): number;
  /** The hash of the first body bytes of such a request. */
  bodyBegan(recent: number, digest: number): void;
  /** A gateway answered 502, 503 or 504. */
  gatewayFailed(connection: Connection, request: Request, response: Response): void;
}

/** The statuses by which a gateway says that the server behind it failed. */
export function isGatewayFailure(status: number): boolean {
  return status >= 502 && status <= 504;
}

/** For whoever wants to hear nothing. */
export const NOBODY: ConnectionObserver & RequestObserver = {
  pairOf: () => 0,
  reused() {},
  asked: () => -1,
  bodyBegan() {},
  gatewayFailed() {},
};
