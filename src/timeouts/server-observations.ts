// What was seen of each server over all of its connections: idle gaps that it ended itself (observed), and gaps that
// ended otherwise (right-censored: its timeout was not shorter than that). One long-lived record per server, fed with
// every history and with the gaps that long connections do not keep.

import { addressOf, endpointOf, withoutPort } from '../history/endpoint.ts';
import type { History } from '../history/history.ts';
import type { IdleGap } from '../http/http-connection.ts';
import type { Connection } from '../tcp/connection.ts';

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
const LONGEST_REUSES = 64;

/** Idle gaps of one server, or of one client towards it. Durations are nanoseconds. */
export class IdleObservations {
  /** Gaps that the server ended with a close. */
  readonly serverCloses: number[] = [];
  readonly serverCloseExamples: IdleClose[] = [];
  /** Gaps that the client ended with a close. */
  readonly clientCloses: number[] = [];
  /** Gaps that a request ended: how many, and the longest ones in falling order. */
  reuses = 0;
  readonly longestReuses: number[] = [];
  /** Gaps that the capture's end cut off. */
  unfinished = 0;
  longestUnfinished = 0;

  get censored(): number {
    return this.reuses + this.unfinished + this.clientCloses.length;
  }

  addReuse(duration: number): void {
    this.reuses++;
    const longest = this.longestReuses;
    if (longest.length >= LONGEST_REUSES && duration <= longest.at(-1)!) return;
    let at = longest.length;
    while (at > 0 && longest[at - 1]! < duration) at--;
    longest.splice(at, 0, duration);
    if (longest.length > LONGEST_REUSES) longest.pop();
  }
}

export class ClientObservations extends IdleObservations {
  readonly client: string;
  userAgent = '';
  connections = 0;

  constructor(client: string) {
    super();
    this.client = client;
  }
}

export class ServerObservations extends IdleObservations {
  /** address:port */
  readonly server: string;
  product = '';
  connections = 0;
  exchanges = 0;
  /** Shortest round trip of its handshakes, nanoseconds; NaN when none was seen. */
  roundTrip = NaN;
  /** The most common `Keep-Alive: timeout=N` that was this server's own word, in seconds; -1 when none. */
  keepAliveHint = -1;
  readonly clients = new Map<string, ClientObservations>();

  constructor(server: string) {
    super();
    this.server = server;
  }

  clientAt(address: string): ClientObservations {
    let client = this.clients.get(address);
    if (client === undefined) {
      client = new ClientObservations(address);
      this.clients.set(address, client);
    }
    return client;
  }
}

/** A close that comes sooner after the response than this (ns, plus a round trip) is not the work of an idle timer. */
const SHORTEST_IDLE_TIMEOUT = 100e6;

/** All servers of a run, in the order of their first HTTP connection to be judged. */
export class Servers {
  readonly all = new Map<string, ServerObservations>();

  at(server: string): ServerObservations {
    let observations = this.all.get(server);
    if (observations === undefined) {
      observations = new ServerObservations(server);
      this.all.set(server, observations);
    }
    return observations;
  }

  /** Takes one connection that is over. */
  observe(history: History): void {
    if (history.exchangeCount === 0) return;
    const server = this.at(history.server);
    const client = server.clientAt(withoutPort(history.client));
    server.connections++;
    client.connections++;
    server.exchanges += history.exchangeCount;
    if (server.product === '') server.product = history.serverProduct;
    if (client.userAgent === '') client.userAgent = history.userAgent;
    if (!(history.rtt >= server.roundTrip))
      server.roundTrip = Number.isNaN(history.rtt) ? server.roundTrip : history.rtt;
    const response = history.exchanges.findLast((exchange) => exchange.response !== null)?.response;
    if (response?.keepAliveListed && response.keepAliveTimeout > 0) server.keepAliveHint = response.keepAliveTimeout;
    const announced = history.exchanges.some(
      (exchange) =>
        exchange.request?.close || exchange.response?.close || exchange.response?.framing === 'close-delimited',
    );
    for (const gap of history.idleGaps) this.addGap(history, server, client, gap, announced);
  }

  /** Takes a gap that a long connection did not keep: a request ended it, or the connection would have ended. */
  observeDroppedGap(connection: Connection, gap: IdleGap): void {
    const client = connection.clientDirection?.isForward === false ? 'destination' : 'source';
    const server = this.at(endpointOf(connection, client === 'source' ? 'destination' : 'source'));
    server.addReuse(gap.duration);
    server.clientAt(addressOf(connection, client)).addReuse(gap.duration);
  }

  private addGap(
    history: History,
    server: ServerObservations,
    client: ClientObservations,
    gap: IdleGap,
    announced: boolean,
  ): void {
    switch (gap.endedBy) {
      case 'request':
        server.addReuse(gap.duration);
        client.addReuse(gap.duration);
        return;
      case 'capture-end':
        for (const side of [server, client]) {
          side.unfinished++;
          side.longestUnfinished = Math.max(side.longestUnfinished, gap.duration);
        }
        return;
      case 'client-fin':
      case 'client-rst':
        server.clientCloses.push(gap.duration);
        client.clientCloses.push(gap.duration);
        return;
      default: {
        const limit = SHORTEST_IDLE_TIMEOUT + (Number.isNaN(history.rtt) ? 0 : history.rtt);
        if (announced || !(gap.duration > limit)) return;
        const closing = gap.endedBy === 'server-fin' ? history.serverSide.fin : history.serverSide.rst;
        for (const side of [server, client]) {
          side.serverCloses.push(gap.duration);
          if (side.serverCloseExamples.length < EXAMPLES) {
            side.serverCloseExamples.push({
              duration: gap.duration,
              stream: history.stream,
              afterFrame: gap.afterFrame,
              closeFrame: gap.endFrame,
              time: closing?.time ?? NaN,
            });
          }
        }
      }
    }
  }
}
