// The kinds of traffic that are measured, as a table. Times are microseconds, a range is drawn from evenly.

export type SetName = 'big' | 'small' | 'many' | 'mix';
export type Range = readonly [low: number, high: number];

/** How a connection ends. `race`: the server's FIN crosses a request in flight, a bare RST answers the request. */
export const ENDINGS = ['client-fin', 'server-fin', 'announced', 'client-rst', 'server-rst', 'race'] as const;
export type Ending = (typeof ENDINGS)[number];

/** What an exchange is: its method, its status, its framing. */
export type ExchangeKind = 'get' | 'chunked' | 'post' | 'head' | 'no-content' | 'not-modified';

export interface TrafficSet {
  readonly summary: string;
  /** Connections open at once (fewer when the capture is too small for two exchanges on each). */
  readonly concurrency: number;
  /** Mean number of exchanges on a connection. */
  readonly exchanges: number;
  /** About how long a request is in all, and how long the body of a response. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** From the request's arrival to the response, from a response to the next request, between segments. */
  readonly serviceTime: Range;
  readonly thinkTime: Range;
  readonly segmentGap: Range;
  /** Within which the first connections begin; by default the life of one exchange. */
  readonly ramp?: number;
  /** After this long without a request a server closes; no think time comes near it. */
  readonly idleTimeout: number;
  /** Shares, 0 to 1: of connections over IPv6; of messages with one segment lost, late or doubled; of connections that
   * come with a frame which is not TCP; of connections that follow a server's close on the same 4-tuple. */
  readonly ipv6: number;
  readonly trouble: number;
  readonly otherFrames: number;
  readonly portReuse: number;
  /** Weights. */
  readonly kinds: Readonly<Partial<Record<ExchangeKind, number>>>;
  readonly endings: Readonly<Record<Ending, number>>;
}

const MILLISECOND = 1000;
const SECOND = 1000 * MILLISECOND;

const USUAL_ENDINGS = { 'client-fin': 80, 'server-fin': 6, announced: 6, 'client-rst': 4, 'server-rst': 2, race: 2 };

export const SETS: Readonly<Record<SetName, TrafficSet>> = {
  big: {
    summary: 'large packets: responses of 64 KB, 50 exchanges on each of 2000 connections open at once',
    concurrency: 2000,
    exchanges: 50,
    requestBytes: 300,
    responseBytes: 65_536,
    serviceTime: [1 * MILLISECOND, 20 * MILLISECOND],
    thinkTime: [5 * MILLISECOND, 50 * MILLISECOND],
    segmentGap: [0.2 * MILLISECOND, 2 * MILLISECOND],
    idleTimeout: 5 * SECOND,
    ipv6: 0,
    trouble: 0,
    otherFrames: 0,
    portReuse: 0,
    kinds: { get: 90, chunked: 10 },
    endings: USUAL_ENDINGS,
  },
  small: {
    summary: 'small API traffic: 300 bytes of request, 600 of response, 100 exchanges on each of 5000 connections',
    concurrency: 5000,
    exchanges: 100,
    requestBytes: 300,
    responseBytes: 300,
    serviceTime: [1 * MILLISECOND, 20 * MILLISECOND],
    thinkTime: [5 * MILLISECOND, 60 * MILLISECOND],
    segmentGap: [10, 100],
    idleTimeout: 5 * SECOND,
    ipv6: 0,
    trouble: 0,
    otherFrames: 0,
    portReuse: 0,
    kinds: { get: 80, chunked: 5, post: 10, 'no-content': 3, 'not-modified': 2 },
    endings: USUAL_ENDINGS,
  },
  many: {
    summary: 'many short connections: 20,000 open at once, one exchange each',
    concurrency: 20_000,
    exchanges: 1,
    requestBytes: 300,
    responseBytes: 300,
    serviceTime: [1 * MILLISECOND, 100 * MILLISECOND],
    thinkTime: [10 * MILLISECOND, 250 * MILLISECOND],
    segmentGap: [10, 100],
    idleTimeout: 1 * SECOND,
    ipv6: 0,
    trouble: 0,
    otherFrames: 0,
    portReuse: 0.01,
    kinds: { get: 80, chunked: 5, post: 10, 'no-content': 5 },
    endings: { ...USUAL_ENDINGS, 'client-fin': 86, 'server-fin': 3, 'server-rst': 1, race: 1 },
  },
  mix: {
    summary: 'a bit of everything: IPv6, loss with retransmission, reordering, duplicates, frames that are not TCP',
    concurrency: 1000,
    exchanges: 20,
    requestBytes: 400,
    responseBytes: 20_000,
    serviceTime: [1 * MILLISECOND, 50 * MILLISECOND],
    thinkTime: [5 * MILLISECOND, 100 * MILLISECOND],
    segmentGap: [0.1 * MILLISECOND, 1 * MILLISECOND],
    idleTimeout: 5 * SECOND,
    ipv6: 0.2,
    trouble: 0.2,
    otherFrames: 0.5,
    portReuse: 0.01,
    kinds: { get: 50, chunked: 15, post: 15, head: 5, 'no-content': 5, 'not-modified': 10 },
    endings: USUAL_ENDINGS,
  },
};

export const SET_NAMES = Object.keys(SETS) as readonly SetName[];
