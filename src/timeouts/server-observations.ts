// What was seen of each server over all of its connections: idle gaps that it ended itself (observed), and gaps that
// ended otherwise (right-censored: its timeout was not shorter than that). One long-lived record per server, fed with
// every history and with the gaps that long connections do not keep.

import { addressOf, endpointOf } from '../history/endpoint.ts';
import type { History, Side } from '../history/history.ts';
import type { IdleGap } from '../http/http-connection.ts';
import type { ConnectionObserver } from '../http/observer.ts';
import type { FourTuple } from '../wire/segment.ts';

/** A close of an idle connection, with what is needed to show it. */
export interface IdleClose {
  readonly duration: number;
  readonly stream: number;
  readonly afterFrame: number;
  readonly closeFrame: number;
  readonly time: number;
}

/** A gap that a request ended which was answered, with what is needed to show it. */
export interface Reuse {
  readonly duration: number;
  readonly stream: number;
  readonly afterFrame: number;
  readonly frame: number;
  readonly time: number;
}

/** Idle closes shown as evidence, and the longest reuses, are kept up to this number. */
const EXAMPLES = 8;
const LONGEST_REUSES = 16;

/** Stands for every list that is still empty: a busy server has hundreds of thousands of clients. */
const NONE: readonly never[] = [];

/** Closes within this time (ns) after different idle times have one cause, and it is no timer. */
const ONE_EVENT = 20e6;
/** Idle times that differ by more than this (ns) are different. */
const SAME_IDLE_TIME = 250e6;

/** Closes of idle connections by one side: idle times and moments (ns), in the order in which they were judged. */
class Closes {
  // Most clients are seen to close once; the lists are made for the others.
  private readonly firstDuration: number;
  private readonly firstTime: number;
  private moreDurations: number[] | null = null;
  private moreTimes: number[] | null = null;

  constructor(duration: number, time: number) {
    this.firstDuration = duration;
    this.firstTime = time;
  }

  get count(): number {
    return 1 + (this.moreDurations?.length ?? 0);
  }

  add(duration: number, time: number): void {
    this.moreDurations ??= [];
    this.moreTimes ??= [];
    this.moreDurations.push(duration);
    this.moreTimes.push(time);
  }

  private get durations(): readonly number[] {
    return this.moreDurations === null ? [this.firstDuration] : [this.firstDuration, ...this.moreDurations];
  }

  private get times(): readonly number[] {
    return this.moreTimes === null ? [this.firstTime] : [this.firstTime, ...this.moreTimes];
  }

  /**
   * Idle times of the closes that a timer can have made. Where several connections end in one moment after different
   * idle times, it was an event (a program that quits, a server that stops): only the first of them is kept.
   */
  byTimer(): number[] {
    const { durations, times } = this;
    if (durations.length === 1) return [this.firstDuration];
    const order = durations.map((_, i) => i).sort((a, b) => times[a]! - times[b]! || a - b);
    const kept: number[] = [];
    let latestTime = NaN;
    let latest = 0;
    for (const i of order) {
      const time = times[i]!;
      const duration = durations[i]!;
      const isSameEvent = time - latestTime < ONE_EVENT && Math.abs(duration - latest) > SAME_IDLE_TIME;
      latestTime = time;
      if (isSameEvent) continue;
      latest = duration;
      kept.push(duration);
    }
    return kept;
  }
}

/** Idle gaps of one server, or of one client towards it. Durations are nanoseconds. */
export class IdleObservations {
  private byServer: Closes | null = null;
  private byClient: Closes | null = null;
  /** The earliest of the server's closes. */
  serverCloseExamples: readonly IdleClose[] = NONE;
  /** Gaps that a request ended: how many, and the longest ones in falling order. */
  reuses = 0;
  longestReuses: readonly Reuse[] = NONE;
  /** Gaps that the capture's end cut off, and gaps that a client ended. */
  unfinished = 0;
  clientCloseCount = 0;

  get censored(): number {
    return this.reuses + this.unfinished + this.clientCloseCount;
  }

  /** Idle times of the gaps that the server, or the client, ended with a close that a timer can have made. */
  get serverCloses(): readonly number[] {
    return this.byServer?.byTimer() ?? NONE;
  }

  get clientCloses(): readonly number[] {
    return this.byClient?.byTimer() ?? NONE;
  }

  addServerClose(close: IdleClose): void {
    if (this.byServer === null) this.byServer = new Closes(close.duration, close.time);
    else this.byServer.add(close.duration, close.time);
    // Connections are judged in the order in which they end, which is not quite that of their closes.
    const latest = this.serverCloseExamples.at(-1);
    if (this.serverCloseExamples.length === EXAMPLES && latest!.time < close.time) return;
    const examples = [...this.serverCloseExamples, close].sort((a, b) => a.time - b.time || a.stream - b.stream);
    this.serverCloseExamples = examples.slice(0, EXAMPLES);
  }

  addClientClose(duration: number, time: number): void {
    this.clientCloseCount++;
    if (this.byClient === null) this.byClient = new Closes(duration, time);
    else this.byClient.add(duration, time);
  }

  /** A gap that a request ended which was answered. */
  addReuse(duration: number, stream: number, afterFrame: number, frame: number, time: number): void {
    this.reuses++;
    const count = this.longestReuses.length;
    if (count >= LONGEST_REUSES && duration <= this.longestReuses[count - 1]!.duration) return;
    const longest = (count === 0 ? [] : this.longestReuses) as Reuse[];
    this.longestReuses = longest;
    let at = longest.length;
    while (at > 0 && longest[at - 1]!.duration < duration) at--;
    longest.splice(at, 0, { duration, stream, afterFrame, frame, time });
    if (longest.length > LONGEST_REUSES) longest.pop();
  }
}

export class ClientObservations extends IdleObservations {
  readonly client: string;
  userAgent = '';
  userAgentStream = Infinity;
  connections = 0;
  firstStream = Infinity;

  constructor(client: string) {
    super();
    this.client = client;
  }
}

export class ServerObservations extends IdleObservations {
  /** address:port */
  readonly server: string;
  product = '';
  productStream = Infinity;
  connections = 0;
  firstStream = Infinity;
  exchanges = 0;
  /** Shortest round trip of its handshakes, nanoseconds; NaN when none was seen. */
  roundTrip = NaN;
  /** Numbers of its pairs, by the client's address. */
  readonly clientNumbers = new Map<string, number>();
  /** The pair of all clients that are not followed one by one; -1 when there is none. */
  otherClients = -1;

  constructor(server: string) {
    super();
    this.server = server;
  }

  /** Of all of its clients together only their number is asked for. */
  override addClientClose(): void {
    this.clientCloseCount++;
  }
}

/** What of a history is observed. */
export type Observed = Pick<
  History,
  'stream' | 'pair' | 'rtt' | 'closeTime' | 'exchangeCount' | 'exchanges' | 'idleGaps' | 'serverProduct' | 'userAgent'
> & { readonly serverSide: Pick<Side, 'fin' | 'rst'> };

/** A close that comes sooner after the response than this (ns, plus a round trip) is not the work of an idle timer. */
const SHORTEST_IDLE_TIMEOUT = 100e6;

/** Clients of all servers that are followed one by one, at most: about 8 MB. */
export const MAX_CLIENTS = 16_384;

/** A client of a server; null: one of those that are not followed one by one. */
interface Pair {
  readonly server: ServerObservations;
  client: ClientObservations | null;
}

/** All servers of a run, in the order of their first HTTP connection. */
export class Servers implements ConnectionObserver {
  private readonly byName = new Map<string, ServerObservations>();
  /** Connections of clients beyond the limit. They count for their server, and not for their client. */
  unfollowed = 0;
  private readonly pairs: Pair[] = [];
  private followed = 0;

  pairOf(tuple: FourTuple, clientIsSource: boolean): number {
    const server = this.at(endpointOf(tuple, clientIsSource ? 'destination' : 'source'));
    return this.pairNumber(server, addressOf(tuple, clientIsSource ? 'source' : 'destination'), false);
  }

  reused(number: number, stream: number, duration: number, afterFrame: number, frame: number, time: number): void {
    const { server, client } = this.pairs[number]!;
    server.addReuse(duration, stream, afterFrame, frame, time);
    client?.addReuse(duration, stream, afterFrame, frame, time);
  }

  private at(name: string): ServerObservations {
    let server = this.byName.get(name);
    if (server === undefined) {
      server = new ServerObservations(name);
      this.byName.set(name, server);
    }
    return server;
  }

  /** `regardless`: the client is followed though there are many. */
  private pairNumber(server: ServerObservations, address: string, regardless: boolean): number {
    const known = server.clientNumbers.get(address);
    if (known !== undefined) return known;
    if (this.followed < MAX_CLIENTS || regardless) {
      this.followed++;
      const number = this.pairs.push({ server, client: new ClientObservations(address) }) - 1;
      server.clientNumbers.set(address, number);
      return number;
    }
    if (server.otherClients < 0) server.otherClients = this.pairs.push({ server, client: null }) - 1;
    return server.otherClients;
  }

  /** Those of which a connection was seen to its end. */
  get all(): ServerObservations[] {
    return [...this.byName.values()].filter((server) => server.connections > 0);
  }

  clientsOf(server: ServerObservations): ClientObservations[] {
    return [...server.clientNumbers.values()]
      .map((number) => this.pairs[number]!.client!)
      .filter((client) => client.connections > 0);
  }

  /** Takes one connection that is over. `clientAddress` is asked only of a client that is not followed yet. */
  observe(history: Observed, clientAddress: () => string): void {
    if (history.exchangeCount === 0) return;
    const { server } = this.pairs[history.pair]!;
    let { client } = this.pairs[history.pair]!;
    const serverClosed = history.idleGaps.some(({ endedBy }) => endedBy === 'server-fin' || endedBy === 'server-rst');
    // Whom the server closes on is followed in any case: it may be the one that loses requests.
    if (client === null && serverClosed) client = this.pairs[this.pairNumber(server, clientAddress(), true)]!.client;
    server.connections++;
    server.exchanges += history.exchangeCount;
    // Connections are judged in the order in which they end; what was seen first is told by their numbers.
    if (history.stream < server.firstStream) server.firstStream = history.stream;
    if (history.serverProduct !== '' && history.stream < server.productStream) {
      server.product = history.serverProduct;
      server.productStream = history.stream;
    }
    if (client === null) this.unfollowed++;
    else {
      client.connections++;
      if (history.stream < client.firstStream) client.firstStream = history.stream;
      if (history.userAgent !== '' && history.stream < client.userAgentStream) {
        client.userAgent = history.userAgent;
        client.userAgentStream = history.stream;
      }
    }
    if (!(history.rtt >= server.roundTrip))
      server.roundTrip = Number.isNaN(history.rtt) ? server.roundTrip : history.rtt;
    let announced = false;
    for (const { request, response } of history.exchanges) {
      if (request?.close || response?.close || response?.framing === 'close-delimited') announced = true;
    }
    for (const gap of history.idleGaps) this.addGap(history, server, client, gap, announced);
  }

  private addGap(
    history: Observed,
    server: ServerObservations,
    client: ClientObservations | null,
    gap: IdleGap,
    announced: boolean,
  ): void {
    switch (gap.endedBy) {
      case 'request':
        // Told when it was answered.
        return;
      case 'capture-end':
        server.unfinished++;
        if (client !== null) client.unfinished++;
        return;
      case 'client-fin':
      case 'client-rst':
        server.addClientClose();
        client?.addClientClose(gap.duration, history.closeTime);
        return;
      default: {
        const limit = SHORTEST_IDLE_TIMEOUT + (Number.isNaN(history.rtt) ? 0 : history.rtt);
        if (announced || !(gap.duration > limit)) return;
        const closing = gap.endedBy === 'server-fin' ? history.serverSide.fin : history.serverSide.rst;
        const close: IdleClose = {
          duration: gap.duration,
          stream: history.stream,
          afterFrame: gap.afterFrame,
          closeFrame: gap.endFrame,
          time: closing?.time ?? NaN,
        };
        server.addServerClose(close);
        client?.addServerClose(close);
      }
    }
  }
}
