// What was seen of each server over all of its connections: idle gaps that it ended itself (observed), and gaps that
// ended otherwise (right-censored: its timeout was not shorter than that). One long-lived record per server, fed with
// every history and with the gaps that long connections do not keep.

import { type Memory, PlainMemory } from '../base/plain-memory.ts';
import { SECOND } from '../base/timeline.ts';
import { addressOf, addressOfWord, endpointOf, ipv4Word } from '../history/endpoint.ts';
import type { History, Side } from '../history/history.ts';
import type { Exchange } from '../http/exchange.ts';
import type { IdleGap } from '../http/http-connection.ts';
import type { ConnectionObserver } from '../http/observer.ts';
import type { FourTuple } from '../wire/segment.ts';
import { LARGEST_KEPT, NO_STREAM, SERVER_LONGEST_KEPT, SHORTEST_CLIENT_TIMEOUT } from './count-layout.ts';
import { CLIENT_EXAMPLES } from './earliest-closes.ts';
import { PairIndex } from './pair-index.ts';
import { LAST_OF_ROW, PairRows } from './pair-rows.ts';
import {
  type Close,
  CloseSample,
  type DurationBin,
  DurationHistogram,
  Histograms,
  OctaveBins,
  type SampleLimit,
} from './sample.ts';
import { ServerRows } from './server-rows.ts';

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

/** Closes that are kept to show that a server does not do what it announces. */
const HINT_EXAMPLES = 8;

/** Stands for every list that is still empty: a busy server has hundreds of thousands of clients. */
const NONE: readonly never[] = [];

/**
 * What stands for a time (ns) that is not known yet. Were it an integer, V8 would have to change all objects of the kind,
 * one by one, when the first of them gets a time that is too long for its small integers: 2.1 s.
 */
const NO_TIME = NaN;

/** Closes of a kind that are kept of a server, and of one client towards it. */
const SERVER_CLOSES: SampleLimit = { closes: 10_000 };
const CLIENT_CLOSES: SampleLimit = { closes: 32 };
/** So many of all servers, but at least so many of each: no timeout needs more to be told. 32 bytes each. */
const CLOSES_OF_ALL = 32_768;
const LEAST_CLOSES = 512;
/** Histograms of reuses that are made, at most: one each for servers with more reuses than are kept one by one. 27 MB. */
const MAX_HISTOGRAMS = 4096;

/** Idle gaps of one server, or of one client towards it. Durations are nanoseconds as the capture shows them. */
class IdleObservations {
  /** Closes of idle connections by the client, by its own clock: from the response's arrival. */
  private byClient: CloseSample | null = null;
  /** Gaps that a request ended: how many, and the longest ones in falling order. */
  reuses = 0;
  longestReuses: readonly Reuse[] = NONE;
  /** Gaps that the capture's end cut off, and gaps that either side ended. */
  unfinished = 0;
  clientCloseCount = 0;
  serverCloseCount = 0;
  /** The least halves of the round trip, beyond the capture point, that its handshakes show (ns); NaN: none was seen. */
  clientHalf = NaN;
  serverHalf = NaN;

  get censored(): number {
    return this.reuses + this.unfinished + this.clientCloseCount;
  }

  get clientCloses(): readonly Close[] {
    return this.byClient?.byMoment() ?? NONE;
  }

  addClientClose(stream: number, duration: number, time: number): void {
    this.clientCloseCount++;
    this.byClient ??= new CloseSample(CLIENT_CLOSES);
    this.byClient.add(stream, duration, time, NaN);
  }

  noteHalves(clientHalf: number, serverHalf: number): void {
    if (!(clientHalf >= this.clientHalf)) this.clientHalf = Number.isNaN(clientHalf) ? this.clientHalf : clientHalf;
    if (!(serverHalf >= this.serverHalf)) this.serverHalf = Number.isNaN(serverHalf) ? this.serverHalf : serverHalf;
  }
}

/** The earliest examples, so many of them, this one among them. */
function earliest<T extends { readonly time: number; readonly stream: number }>(
  examples: readonly T[],
  next: T,
  most: number,
): readonly T[] {
  const latest = examples.at(-1);
  if (examples.length === most && latest!.time < next.time) return examples;
  // Connections are judged in the order in which they end, which is not quite that of their closes.
  return [...examples, next].sort((a, b) => a.time - b.time || a.stream - b.stream).slice(0, most);
}

/** Connections of one client with one request each. Many clients have some. */
class SingleUse {
  count = 0;
  /** From their openings to the ends of their responses, in sum (ns). */
  busy = NO_TIME;
  private firstStream = -1;
  private firstFrame = 0;
  private firstTime = NO_TIME;
  private lastStream = -1;
  private lastFrame = 0;
  private lastTime = NO_TIME;

  get first(): OneRequest {
    return { stream: this.firstStream, firstFrame: this.firstFrame, time: this.firstTime };
  }

  get last(): OneRequest {
    return { stream: this.lastStream, firstFrame: this.lastFrame, time: this.lastTime };
  }

  add(count: number, busy: number): void {
    this.busy = this.count === 0 ? busy : this.busy + busy;
    this.count += count;
  }

  /** It may be the first of all, or the last one. */
  note(stream: number, firstFrame: number, time: number): void {
    if (this.firstStream < 0 || stream < this.firstStream) {
      this.firstStream = stream;
      this.firstFrame = firstFrame;
      this.firstTime = time;
    }
    if (stream > this.lastStream) {
      this.lastStream = stream;
      this.lastFrame = firstFrame;
      this.lastTime = time;
    }
  }
}

/** A connection with one request. */
export interface OneRequest {
  readonly stream: number;
  readonly firstFrame: number;
  readonly time: number;
}

/** What connections of a client tell of it, but what there are samples of. */
export interface ClientNotes {
  noteConnection(history: Observed): void;
  /** For so long (ns) it waited for a response that came. */
  noteWait(wait: number): void;
  /** A connection that was used once though it could have been used again. `usable`: when its response ended (ns). */
  addSingle(stream: number, firstFrame: number, opened: number, usable: number): void;
  /** It closed sooner than a timer does. */
  countClientClose(): void;
  /** The capture's end cut an idle time off. */
  countUnfinished(): void;
  /** The server closed a connection that was idle. */
  addServerClose(close: IdleClose): void;
}

export class ClientObservations extends IdleObservations implements ClientNotes {
  readonly client: string;
  userAgent = '';
  userAgentStream = NO_STREAM;
  connections = 0;
  firstStream = NO_STREAM;
  /** The earliest of the server's closes. */
  serverCloseExamples: readonly IdleClose[] = NONE;
  /** Times from the end of a request to the client's close before a response began. */
  private givenUp: CloseSample | null = null;
  givenUpCount = 0;
  private longestSeen = NO_TIME;
  /** Connections that were used once though they could have been used again. */
  singleUse: SingleUse | null = null;

  constructor(client: string) {
    super();
    this.client = client;
  }

  get givenUpAfter(): readonly Close[] {
    return this.givenUp?.byMoment() ?? NONE;
  }

  /** The longest time that it waited for a response which came (of the last ones of its connections). */
  get longestWait(): number {
    return this.longestSeen > 0 ? this.longestSeen : 0;
  }

  noteConnection(history: Observed): void {
    this.connections++;
    if (history.stream < this.firstStream) this.firstStream = history.stream;
    this.noteUserAgent(history);
    this.noteHalves(history.clientHalf, history.serverHalf);
  }

  noteWait(wait: number): void {
    if (wait > this.longestWait) this.longestSeen = wait;
  }

  noteUserAgent({ userAgent, stream }: Pick<History, 'userAgent' | 'stream'>): void {
    if (userAgent === '' || stream >= this.userAgentStream) return;
    this.userAgent = userAgent;
    this.userAgentStream = stream;
  }

  addGivenUp(stream: number, wait: number, time: number): void {
    this.givenUpCount++;
    this.givenUp ??= new CloseSample(CLIENT_CLOSES);
    this.givenUp.add(stream, wait, time, NaN);
  }

  addServerClose(close: IdleClose): void {
    this.serverCloseCount++;
    this.serverCloseExamples = earliest(this.serverCloseExamples, close, CLIENT_EXAMPLES);
  }

  countClientClose(): void {
    this.clientCloseCount++;
  }

  countUnfinished(): void {
    this.unfinished++;
  }

  addSingle(stream: number, firstFrame: number, opened: number, usable: number): void {
    const busy = Math.max(0, usable - opened);
    if (Number.isNaN(busy)) return;
    const singles = this.singles();
    singles.add(1, busy);
    singles.note(stream, firstFrame, opened);
  }

  singles(): SingleUse {
    this.singleUse ??= new SingleUse();
    return this.singleUse;
  }
}

/** A close of an idle connection earlier, or later, than the server had announced. */
export interface HintedClose extends IdleClose {
  /** Seconds it had announced. */
  readonly hint: number;
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
  /** Closes of idle connections that nothing announced, with the connections' ages. */
  private readonly byServer: CloseSample;
  private histogram: DurationHistogram | null = null;
  /** From the last response to the server's FIN or RST, where that was announced or the request was not read. */
  readonly graces: CloseSample;
  /** The longest times that the server left such a close to a client that closed first. */
  longestGraces: readonly number[] = NONE;
  gracesLeft = 0;
  /** Ages at which a response announced the close. */
  readonly announcedAges: CloseSample;
  /** Connections by the number of the exchange that announced their end, or behind which the server closed at once. */
  readonly announcedAt = new Map<number, number>();
  readonly closedAt = new Map<number, number>();
  /** Most exchanges that connections had, and the oldest ages at which they were used. */
  mostExchanges: readonly number[] = NONE;
  longestAges: readonly number[] = NONE;
  /** The `timeout` of its Keep-Alive field (seconds) as the first connection ended with it; -1: none did. */
  hint = -1;
  hintStream = Infinity;
  /** Idle closes clearly earlier than announced, and clearly later; idle closes that came with a hint. */
  earlyCloses = 0;
  lateCloses = 0;
  hintedCloses = 0;
  earlyExamples: readonly HintedClose[] = NONE;
  lateExamples: readonly HintedClose[] = NONE;
  firstEarly = Infinity;
  lastEarly = -Infinity;
  /** A silent limit on requests that is lower than announced: the close that shows it. */
  maxExample: (IdleClose & { readonly announcedMax: number; readonly exchanges: number }) | null = null;
  /** Numbers of its pairs, in the order in which their clients were met. IPv6's by address, too: PairIndex has IPv4's. */
  readonly pairs: number[] = [];
  readonly ipv6Pairs = new Map<string, number>();
  /** What its pairs are found by in there: its address, if that is one of IPv4, and its port. */
  address = 0;
  port = 0;
  /** The pair of all clients that are not followed one by one; -1 when there is none. */
  otherClients = -1;
  /** The place of its row (server-rows.ts). */
  readonly row: number;

  /** Of all servers of a run. */
  private readonly histograms: Histograms;

  constructor(
    server: string,
    histograms = new Histograms(MAX_HISTOGRAMS, new PlainMemory()),
    row = 0,
    limit = SERVER_CLOSES,
  ) {
    super();
    this.server = server;
    this.row = row;
    this.histograms = histograms;
    this.byServer = new CloseSample(limit);
    this.graces = new CloseSample(limit);
    this.announcedAges = new CloseSample(limit);
  }

  get serverCloses(): readonly Close[] {
    return this.byServer.byMoment();
  }

  addServerCloseAt(close: IdleClose, age: number): void {
    this.serverCloseCount++;
    this.byServer.add(close.stream, close.duration, close.time, age);
  }

  /** Of all of its clients together only their number is asked for. */
  override addClientClose(): void {
    this.clientCloseCount++;
  }

  /** A gap that a request ended which was answered. */
  addReuse(duration: number, stream: number, afterFrame: number, frame: number, time: number): void {
    if (this.histogram === null && this.reuses === SERVER_LONGEST_KEPT && this.histograms.left > 0) {
      this.beginHistogram();
    }
    this.reuses++;
    if (this.histogram !== null) {
      this.histogram.add(duration);
      this.histogram.keep({ duration, stream, afterFrame, frame, time });
      return;
    }
    if (!(duration > this.shortestKept)) return;
    const longest = [...this.longestReuses];
    let at = longest.length;
    while (at > 0 && longest[at - 1]!.duration < duration) at--;
    longest.splice(at, 0, { duration, stream, afterFrame, frame, time });
    this.longestReuses = longest.slice(0, SERVER_LONGEST_KEPT);
  }

  /** Reuses that are not longer than this are not kept one by one; -1 while all are. */
  get shortestKept(): number {
    return this.histogram?.shortestKept ?? this.longestReuses[SERVER_LONGEST_KEPT - 1]?.duration ?? -1;
  }

  /** As long as there are few, the longest reuses are all. */
  private beginHistogram(): void {
    this.histogram = new DurationHistogram(this.histograms);
    for (const reuse of this.longestReuses) {
      this.histogram.add(reuse.duration);
      this.histogram.keep(reuse);
    }
  }

  /** The place of its histogram of reuses; -1: it has none. */
  get histogramPlace(): number {
    return this.histogram?.place ?? -1;
  }

  /** See Servers.settle. */
  settle(): void {
    this.histogram?.settle();
  }

  /** Where there is a histogram, reuses are told to that alone. */
  countReuses(): void {
    if (this.histogram === null) return;
    this.reuses = this.histogram.total;
    this.longestReuses = this.histogram.longest;
  }

  /** Answered reuses after an idle time from `low` to `high` (ns), as the server's clock had it. */
  reusesBetween(low: number, high: number): number {
    const hidden = Number.isNaN(this.serverHalf) ? 0 : this.serverHalf;
    if (this.histogram !== null) return this.histogram.between(low - hidden, high - hidden);
    return this.longestReuses.filter(({ duration }) => duration + hidden >= low && duration + hidden < high).length;
  }

  /** Idle times that a request ended, in bins; null when there were too many of too many servers to keep. */
  get reuseBins(): readonly DurationBin[] | null {
    const octaves = new OctaveBins();
    if (this.histogram !== null) this.histogram.addTo(octaves);
    else if (this.reuses > this.longestReuses.length) return null;
    else for (const { duration } of this.longestReuses) octaves.add(duration);
    return octaves.bins;
  }

  /** Idle times that the server's close ended; of very many a sample. */
  get closeBins(): readonly DurationBin[] {
    const octaves = new OctaveBins();
    for (const { duration } of this.byServer.byMoment()) octaves.add(duration);
    return octaves.bins;
  }

  noteRoundTrip(rtt: number): void {
    if (!(rtt >= this.roundTrip)) this.roundTrip = Number.isNaN(rtt) ? this.roundTrip : rtt;
  }

  noteExchanges(count: number): void {
    this.mostExchanges = largest(this.mostExchanges, count);
  }

  noteAge(age: number): void {
    if (age > 0) this.longestAges = largest(this.longestAges, age);
  }

  noteGraceLeft(duration: number): void {
    this.gracesLeft++;
    this.longestGraces = largest(this.longestGraces, duration);
  }
}

/** The largest few of all, in falling order. */
function largest(values: readonly number[], next: number): readonly number[] {
  if (values.length === LARGEST_KEPT && next <= values[LARGEST_KEPT - 1]!) return values;
  return [...values, next].sort((a, b) => b - a).slice(0, LARGEST_KEPT);
}

/** Counts in `counts`, of which there are not many. */
function count(counts: Map<number, number>, key: number): void {
  const known = counts.get(key);
  if (known !== undefined) counts.set(key, known + 1);
  else if (counts.size < MAX_COUNTS) counts.set(key, 1);
}

/** What of a history is observed. */
export type Observed = Pick<
  History,
  | 'stream'
  | 'pair'
  | 'firstFrame'
  | 'rtt'
  | 'clientHalf'
  | 'serverHalf'
  | 'openTime'
  | 'closeTime'
  | 'closedBy'
  | 'closeDelay'
  | 'exchangeCount'
  | 'exchanges'
  | 'afterClose'
  | 'idleGaps'
  | 'serverProduct'
  | 'userAgent'
> & {
  readonly serverSide: Pick<Side, 'fin' | 'rst'>;
  readonly clientSide: Pick<Side, 'fin' | 'rst'>;
  /** When the last response ended, where `exchanges` does not hold it. */
  readonly lastResponseEnd?: number;
  /** When it began, and how long its client had waited for it, likewise. */
  readonly lastResponseStart?: number;
  readonly lastWait?: number;
  /** Its `Keep-Alive: timeout` (seconds; -1: none), likewise. */
  readonly announcedTimeout?: number;
};

/** A close that comes sooner after the response than this (ns, plus a round trip) is not the work of an idle timer. */
export const SHORTEST_IDLE_TIMEOUT = 100e6;
/** How far a close may be from what was announced: timers are up to 5 % early; later is normal, so that is told of much. */
const EARLY_SHARE = 0.05;
const EARLY_TIME = 50e6;
const LATE_SHARE = 0.1;
const LATE_TIME = 0.5e9;
/** Different numbers of requests that are told apart. */
const MAX_COUNTS = 64;

/**
 * Clients of all servers that are followed one by one, at most; and with those whom a server closed on when there were so many
 * already: they may be the ones that lose requests. Some 400 bytes each, and more of those with idle timeouts of their own.
 */
export const MAX_CLIENTS = 16_384;
export const MAX_CLIENTS_CLOSED_ON = 24_576;

/** All servers of a run, in the order of their first HTTP connection. */
export class Servers implements ConnectionObserver {
  private readonly byName = new Map<string, ServerObservations>();
  /** Connections of clients beyond the limit. They count for their server, and not for their client. */
  unfollowed = 0;
  /** Of each pair. No client: it is one of those that are not followed one by one. */
  private readonly serverOf: ServerObservations[] = [];
  private readonly addresses: (number | string)[] = [];
  /** Undefined: all that is known of it stands in its row. Most clients do nothing that there is no room for in that. */
  private readonly clientOf: (ClientObservations | null | undefined)[] = [];
  private readonly rows: PairRows;
  private readonly serverRows: ServerRows;
  private readonly index: PairIndex;
  private followed = 0;
  private readonly histograms: Histograms;
  /** Of each server's samples. */
  private readonly limit = { ...SERVER_CLOSES };
  /** The kernel counts in the rows, too. */
  private readonly isShared: boolean;
  private isSettled = false;
  /** Those that rows tell by their numbers. */
  private names: readonly string[] = NONE;

  /** `kernelMemory`: of the kernel that reads the connections in this thread. */
  constructor(kernelMemory: Memory | null = null) {
    const memory = kernelMemory ?? new PlainMemory();
    this.isShared = kernelMemory !== null;
    this.rows = new PairRows(memory, this.isShared);
    this.serverRows = new ServerRows(memory);
    this.histograms = new Histograms(MAX_HISTOGRAMS, memory);
    this.index = new PairIndex(memory);
  }

  pairOf(tuple: FourTuple, clientIsSource: boolean): number {
    const isIpv4 = tuple.ipVersion === 4;
    const client = clientIsSource ? tuple.source0 : tuple.destination0;
    const address = clientIsSource ? tuple.destination0 : tuple.source0;
    const port = clientIsSource ? tuple.destinationPort : tuple.sourcePort;
    // No text is made for that: a busy server has more connections, and more clients, than anything else there is of it.
    if (isIpv4) {
      const place = this.index.rowOf(client, address, port);
      if (place >= 0) return this.rows.numberAt(place);
    }
    const server = this.at(endpointOf(tuple, clientIsSource ? 'destination' : 'source'), address, port);
    const key = isIpv4 ? client : addressOf(tuple, clientIsSource ? 'source' : 'destination');
    const known = isIpv4 ? -1 : this.knownPair(server, key);
    if (known >= 0) return known;
    return this.followed < MAX_CLIENTS ? this.follow(server, key) : this.othersOf(server);
  }

  countsAt(number: number): number {
    return this.isShared ? this.rows.placeOf(number) : 0;
  }

  pairsAt(names: readonly string[]): number {
    this.names = names;
    return this.isShared ? this.index.place : 0;
  }

  makeRooms(): void {
    this.rows.makeRooms();
  }

  /** All was told: nothing of the servers lies in the kernel's memory any more, and only their clients do, until they are asked for. */
  settle(): void {
    if (!this.isShared) return;
    for (const server of this.byName.values()) {
      this.moveRowTo(server);
      server.settle();
    }
    this.isSettled = true;
  }

  /** Called once per exchange, unless the kernel counts it: nearly all of them are only counted. */
  reused(number: number, stream: number, duration: number, afterFrame: number, frame: number, time: number): void {
    const base = this.rows.addReuse(number, duration, stream, afterFrame, frame, time);
    if (base >= 0) {
      this.histograms.add(base, duration);
      return;
    }
    const server = this.serverOf[number]!;
    server.addReuse(duration, stream, afterFrame, frame, time);
    this.serverRows.onlyCount(server.row, server.shortestKept, server.histogramPlace);
  }

  private at(name: string, address: number, port: number): ServerObservations {
    let server = this.byName.get(name);
    if (server === undefined) {
      server = new ServerObservations(name, this.histograms, this.serverRows.begin(), this.limit);
      server.address = address;
      server.port = port;
      this.tellRowOf(server);
      this.byName.set(name, server);
      const share = Math.max(LEAST_CLOSES, Math.floor(CLOSES_OF_ALL / this.byName.size));
      this.limit.closes = Math.min(this.limit.closes, share);
    }
    return server;
  }

  /** What the kernel counted for the server is counted here from now on. */
  private moveRowTo(server: ServerObservations): void {
    this.serverRows.moveTo(server.row, server);
    if (server.otherClients >= 0) this.unfollowed += this.rows.takeConnections(server.otherClients);
  }

  private tellRowOf(server: ServerObservations): void {
    this.serverRows.tell(server.row, server);
  }

  private follow(server: ServerObservations, key: number | string): number {
    this.followed++;
    const number = this.addPair(server, key, undefined);
    server.pairs.push(number);
    if (typeof key === 'string') server.ipv6Pairs.set(key, number);
    else this.index.add(key, server.address, server.port, this.rows.placeOf(number));
    return number;
  }

  private othersOf(server: ServerObservations): number {
    if (server.otherClients < 0) server.otherClients = this.addPair(server, '', null);
    return server.otherClients;
  }

  /** The record of a pair's client, which is followed. */
  private recordOf(number: number): ClientObservations {
    const known = this.clientOf[number];
    if (known) return known;
    const client = this.newRecordOf(number);
    this.clientOf[number] = client;
    return client;
  }

  /** Where to put what the connection tells of its client, which is followed: a row has 32 bits for streams and frames. */
  private notesOf(number: number, { stream, firstFrame, idleGaps }: Observed): ClientNotes {
    const lastFrame = idleGaps.at(-1)?.endFrame ?? firstFrame;
    return stream <= LAST_OF_ROW && lastFrame <= LAST_OF_ROW ? this.rows.rowOf(number) : this.recordOf(number);
  }

  private newRecordOf(number: number): ClientObservations {
    const address = this.addresses[number]!;
    return new ClientObservations(typeof address === 'number' ? addressOfWord(address) : address);
  }

  /** The number of a client that is followed though there are many; -1: there are too many of these, too. */
  private followedAt(server: ServerObservations, address: string): number {
    const key = ipv4Word(address) ?? address;
    const known = this.knownPair(server, key);
    if (known >= 0) return known;
    return this.followed < MAX_CLIENTS_CLOSED_ON ? this.follow(server, key) : -1;
  }

  /** The number of the server's pair with that client; -1: it is not followed. */
  private knownPair(server: ServerObservations, key: number | string): number {
    if (typeof key === 'string') return server.ipv6Pairs.get(key) ?? -1;
    const place = this.index.rowOf(key, server.address, server.port);
    return place < 0 ? -1 : this.rows.numberAt(place);
  }

  private addPair(server: ServerObservations, address: number | string, client: null | undefined): number {
    this.rows.add(client !== null, server);
    this.serverOf.push(server);
    this.addresses.push(address);
    return this.clientOf.push(client) - 1;
  }

  /** Those of which a connection was seen to its end. */
  get all(): ServerObservations[] {
    const servers = [...this.byName.values()];
    if (!this.isSettled) for (const server of servers) this.moveRowTo(server);
    const seen = servers.filter((server) => server.connections > 0);
    for (const server of seen) server.countReuses();
    return seen;
  }

  /** Its clients of which a connection was seen to its end. To be asked while the kernel's memory is there. */
  *clientsOf(server: ServerObservations): Iterable<ClientObservations> {
    for (const number of server.pairs) {
      const client = this.clientOf[number];
      if (client) {
        this.rows.moveTo(number, client, this.names);
        if (client.connections > 0) yield client;
      } else if (this.rows.connectionsOf(number) > 0) {
        // All of it stays in its row: whoever asks is rarely interested in it for long.
        const record = this.newRecordOf(number);
        this.rows.addTo(number, record, this.names);
        yield record;
      }
    }
  }

  /**
   * Takes one connection that the client closed first and the server then, or the client's RST, or that is open at the end,
   * with nothing else to be said of it.
   */
  observeOrderly(history: Observed): void {
    if (history.exchangeCount === 0) return;
    if (history.exchanges.length > 0 || history.idleGaps.length > 1) {
      this.observe(history, () => '');
      return;
    }
    const server = this.serverOf[history.pair]!;
    this.observeServer(server, history);
    server.noteAge(ageOf(history, history.lastResponseStart ?? NaN));
    const client = this.clientOf[history.pair] === null ? null : this.notesOf(history.pair, history);
    if (client === null) this.unfollowed++;
    else {
      client.noteConnection(history);
      client.noteWait(history.lastWait ?? NaN);
      noteSingle(history, client, null);
    }
    const gap = history.idleGaps[0];
    if (gap !== undefined) this.addGap(history, server, history.pair, client, gap, false);
  }

  private observeServer(server: ServerObservations, history: Observed): void {
    server.connections++;
    server.exchanges += history.exchangeCount;
    // Connections are judged in the order in which they end; what was seen first is told by their numbers.
    if (history.stream < server.firstStream) server.firstStream = history.stream;
    if (history.serverProduct !== '' && history.stream < server.productStream) {
      server.product = history.serverProduct;
      server.productStream = history.stream;
      this.tellRowOf(server);
    }
    server.noteRoundTrip(history.rtt);
    server.noteHalves(history.clientHalf, history.serverHalf);
    server.noteExchanges(history.exchangeCount);
    const hint = hintOf(history);
    if (hint > 0 && history.stream < server.hintStream) {
      server.hint = hint;
      server.hintStream = history.stream;
      this.tellRowOf(server);
    }
  }

  /** Takes one connection that is over. `clientAddress` is asked only of a client that is not followed yet. */
  observe(history: Observed, clientAddress: () => string): void {
    if (history.exchangeCount === 0) return;
    const server = this.serverOf[history.pair]!;
    const serverClosed = history.idleGaps.some(({ endedBy }) => endedBy === 'server-fin' || endedBy === 'server-rst');
    let pair = history.pair;
    if (this.clientOf[pair] === null) pair = serverClosed ? this.followedAt(server, clientAddress()) : -1;
    this.observeServer(server, history);
    const announced = announcedEnd(history);
    this.noteEnd(history, server, announced);
    const client = pair < 0 ? null : this.notesOf(pair, history);
    if (client === null) this.unfollowed++;
    else {
      client.noteConnection(history);
      this.noteWait(history, pair, client);
      noteSingle(history, client, announced);
    }
    for (const gap of history.idleGaps) this.addGap(history, server, pair, client, gap, announced !== null);
  }

  /** How long the client waited for its last response, or when it gave up. */
  private noteWait(history: Observed, pair: number, client: ClientNotes): void {
    const last = history.exchanges.at(-1);
    if (last === undefined && history.lastWait !== undefined) client.noteWait(history.lastWait);
    if (!last?.request?.complete || last.uncertain) return;
    const { request, response } = last;
    if (response !== null) {
      client.noteWait(response.startTime - request.endTime);
      return;
    }
    if (!history.closedBy.startsWith('client')) return;
    const closing = history.closedBy === 'client-fin' ? history.clientSide.fin : history.clientSide.rst;
    if (closing === null || !(closing.time > request.endTime)) return;
    this.recordOf(pair).addGivenUp(history.stream, closing.time - request.endTime, closing.time);
  }

  /** `client`: of the pair; null: it is not followed. */
  private addGap(
    history: Observed,
    server: ServerObservations,
    pair: number,
    client: ClientNotes | null,
    gap: IdleGap,
    announced: boolean,
  ): void {
    switch (gap.endedBy) {
      case 'request':
        // Told when it was answered.
        return;
      case 'capture-end':
        server.unfinished++;
        client?.countUnfinished();
        return;
      case 'client-fin':
      case 'client-rst': {
        server.addClientClose();
        if (client === null) return;
        const own = ownIdleTime(history, gap);
        if (own > SHORTEST_CLIENT_TIMEOUT) this.recordOf(pair).addClientClose(history.stream, own, history.closeTime);
        else client.countClientClose();
        return;
      }
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
        server.addServerCloseAt(close, ageOf(history, close.time));
        client?.addServerClose(close);
        noteClosedHint(history, server, close);
      }
    }
  }

  /** Which limits the connection's end, or its going on, shows. */
  private noteEnd(history: Observed, server: ServerObservations, announced: Exchange | null): void {
    const last = history.exchanges.at(-1);
    if (announced?.response && isServersOwnWord(announced)) {
      count(server.announcedAt, announced.index + 1);
      server.announcedAges.add(
        history.stream,
        ageOf(history, announced.response.endTime),
        announced.response.endTime,
        NaN,
      );
    } else if (announced === null) {
      server.noteAge(ageOf(history, last?.response?.startTime ?? history.lastResponseStart ?? NaN));
    }
    if (!history.closedBy.startsWith('server')) {
      const closing = history.clientSide.fin ?? history.clientSide.rst;
      if (announced?.response && announced === last && closing !== null && history.closedBy !== 'open') {
        server.noteGraceLeft(Math.max(0, closing.time - announced.response.endTime));
      }
      return;
    }
    const { request, response } = last ?? {};
    if (!response?.complete || Number.isNaN(history.closeDelay)) return;
    const wasUnread = request?.complete !== true || request.endTime > response.endTime;
    if ((announced !== null && response.framing !== 'close-delimited') || wasUnread) {
      server.graces.add(history.stream, history.closeDelay, history.closeTime, NaN);
    } else if (announced === null && history.closeDelay < SHORTEST_IDLE_TIMEOUT + (history.rtt > 0 ? history.rtt : 0)) {
      count(server.closedAt, history.exchangeCount);
      const { keepAliveMax, keepAliveListed } = response;
      const closing = history.serverSide.fin ?? history.serverSide.rst;
      const isFirst = server.maxExample === null || history.stream < server.maxExample.stream;
      if (keepAliveListed && keepAliveMax > history.exchangeCount && isFirst && closing !== null) {
        server.maxExample = {
          duration: history.closeDelay,
          stream: history.stream,
          afterFrame: response.lastFrame,
          closeFrame: closing.frame,
          time: closing.time,
          announcedMax: keepAliveMax,
          exchanges: history.exchangeCount,
        };
      }
    }
  }
}

/** How long the connection was idle for the client (ns): a response passed the capture before it reached the client, and
 * the close after it had left. */
function ownIdleTime(history: Observed, gap: IdleGap): number {
  return gap.duration - (history.clientHalf > 0 ? history.clientHalf : 0);
}

/** The exchange that announced the connection's end, or whose response lasts until then; null: nothing did. */
function announcedEnd(history: Observed): Exchange | null {
  const ends = ({ request, response }: Exchange) =>
    request?.close === true || response?.close === true || response?.framing === 'close-delimited';
  return history.afterClose?.[0] ?? history.exchanges.find(ends) ?? null;
}

/** `Connection: close` in a response to a request that did not ask for it and did not fail. */
function isServersOwnWord({ request, response }: Exchange): boolean {
  return request !== null && !request.close && response?.closeOption === true && response.status < 400;
}

/**
 * The connection's age (ns) for the server, which counts from the handshake's end: that lies a round trip behind the
 * SYN, and what the server sends reaches the capture later than what the capture has sent it.
 */
function ageOf(history: Observed, time: number): number {
  const hidden = Number.isNaN(history.rtt) ? 0 : history.rtt + (history.serverHalf > 0 ? history.serverHalf : 0);
  return time - history.openTime - hidden;
}

/** Whether the connection was used once though the server offers more. */
function noteSingle(history: Observed, client: ClientNotes, announced: Exchange | null): void {
  if (history.exchangeCount === 1 && announced === null && history.closedBy.startsWith('client')) {
    const usable = history.exchanges.at(-1)?.response?.endTime ?? history.lastResponseEnd ?? NaN;
    client.addSingle(history.stream, history.firstFrame, history.openTime, usable);
  }
}

/** Seconds of the last `Keep-Alive: timeout` that the server announced for this very connection; -1: none. */
function hintOf(history: Observed): number {
  const response = history.exchanges.findLast((exchange) => exchange.response !== null)?.response;
  if (response) return response.keepAliveListed ? response.keepAliveTimeout : -1;
  return history.announcedTimeout ?? -1;
}

/** An idle time (ns) is shorter than what was promised (ns), by more than timers are early. */
export function isClearlyEarly(idle: number, promised: number): boolean {
  return idle < promised * (1 - EARLY_SHARE) - EARLY_TIME;
}

/** The close against the `Keep-Alive: timeout` that the last response announced for this very connection. */
function noteClosedHint(history: Observed, server: ServerObservations, close: IdleClose): void {
  const hint = hintOf(history);
  if (hint <= 0) return;
  const promised = hint * SECOND;
  server.hintedCloses++;
  if (isClearlyEarly(close.duration, promised)) {
    server.earlyCloses++;
    server.earlyExamples = earliest(server.earlyExamples, { ...close, hint }, HINT_EXAMPLES);
    server.firstEarly = Math.min(server.firstEarly, close.time);
    server.lastEarly = Math.max(server.lastEarly, close.time);
  } else if (close.duration > promised * (1 + LATE_SHARE) + LATE_TIME) {
    server.lateCloses++;
    server.lateExamples = earliest(server.lateExamples, { ...close, hint }, HINT_EXAMPLES);
  }
}
