// What was seen of each server over all of its connections: idle gaps that it ended itself (observed), and gaps that
// ended otherwise (right-censored: its timeout was not shorter than that). One long-lived record per server, fed with
// every history and with the gaps that long connections do not keep.

import { withoutPort } from '../history/endpoint.ts';
import type { History, Side } from '../history/history.ts';
import type { IdleGap } from '../http/http-connection.ts';

/** A close of an idle connection, with what is needed to show it. */
export interface IdleClose {
  readonly duration: number;
  readonly stream: number;
  readonly afterFrame: number;
  readonly closeFrame: number;
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
  longestReuses: readonly number[] = NONE;
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

  /** A gap that a request ended; of many on one connection only the longest is told, with their number. */
  addReuse(duration: number, times = 1): void {
    this.reuses += times;
    const count = this.longestReuses.length;
    if (count >= LONGEST_REUSES && duration <= this.longestReuses[count - 1]!) return;
    const longest = (count === 0 ? [] : this.longestReuses) as number[];
    this.longestReuses = longest;
    let at = longest.length;
    while (at > 0 && longest[at - 1]! < duration) at--;
    longest.splice(at, 0, duration);
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
  readonly clients = new Map<string, ClientObservations>();

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
  | 'stream'
  | 'client'
  | 'server'
  | 'rtt'
  | 'closeTime'
  | 'exchangeCount'
  | 'exchanges'
  | 'idleGaps'
  | 'droppedReuses'
  | 'longestDroppedReuse'
  | 'serverProduct'
  | 'userAgent'
> & { readonly serverSide: Pick<Side, 'fin' | 'rst'> };

/** A close that comes sooner after the response than this (ns, plus a round trip) is not the work of an idle timer. */
const SHORTEST_IDLE_TIMEOUT = 100e6;

/** Clients of all servers that are followed one by one, at most: about 8 MB. */
export const MAX_CLIENTS = 16_384;

/** All servers of a run, in the order of their first HTTP connection to be judged. */
export class Servers {
  readonly all = new Map<string, ServerObservations>();
  /** Connections of clients beyond the limit. They count for their server, and not for their client. */
  unfollowed = 0;
  private followed = 0;

  at(server: string): ServerObservations {
    let observations = this.all.get(server);
    if (observations === undefined) {
      observations = new ServerObservations(server);
      this.all.set(server, observations);
    }
    return observations;
  }

  /** Takes one connection that is over. */
  observe(history: Observed, clientAddress: string = withoutPort(history.client)): void {
    if (history.exchangeCount === 0) return;
    const server = this.at(history.server);
    const client = this.clientOf(server, clientAddress, history);
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
    let reuses = history.droppedReuses;
    let longestReuse = history.longestDroppedReuse;
    for (const gap of history.idleGaps) {
      if (gap.endedBy !== 'request') continue;
      reuses++;
      if (gap.duration > longestReuse) longestReuse = gap.duration;
    }
    if (reuses > 0) {
      server.addReuse(longestReuse, reuses);
      client?.addReuse(longestReuse, reuses);
    }
    for (const gap of history.idleGaps) this.addGap(history, server, client, gap, announced);
  }

  /** The client's observations; null for one beyond the limit, unless the server closed its connection. */
  private clientOf(server: ServerObservations, address: string, history: Observed): ClientObservations | null {
    let client = server.clients.get(address);
    if (client === undefined) {
      const serverClosed = history.idleGaps.some(({ endedBy }) => endedBy === 'server-fin' || endedBy === 'server-rst');
      if (this.followed >= MAX_CLIENTS && !serverClosed) return null;
      this.followed++;
      client = new ClientObservations(address);
      server.clients.set(address, client);
    }
    return client;
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
