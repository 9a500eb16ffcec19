// The short way for connections on which nothing remarkable happens: a handshake, requests and responses in turns, every
// segment in order and once, and at the end, when all is answered, a FIN of each or a RST. Nearly all connections of nearly all
// captures are like that, so this is where the time goes.
//
// A row holds what `Connection` and `HttpConnection` would hold (quiet-layout.ts). Each segment is taken whole or not at
// all: whatever is not plain (a retransmission, a head that a segment border splits, pipelining, a request that crosses a
// close) is left to those two, which take over where the row stands (wake-connection.ts). So nothing is decided
// here, and nothing that is decided there depends on whether a connection once was a row.
//
// Rows are begun and written to by the kernel alone (kernel.ts).
import { Rows } from '../base/rows.ts';
import type { Connection } from '../tcp/connection.ts';
import { endsOf } from '../tcp/ends.ts';
import type { QuietLane, SharedNumbers, TableOfRows } from '../tcp/quiet-lane.ts';
import type { FourTuple, Segment } from '../wire/segment.ts';
import type { GapEnd, HttpConnection } from './http-connection.ts';
import type { Kernel } from './kernel.ts';
import type { ConnectionObserver, RequestObserver } from './observer.ts';
import * as row from './quiet-layout.ts';
import { tupleOf, wakeConnection } from './wake-connection.ts';

export interface QuietOptions {
  /** Who goes on with a woken connection's bytes. */
  readonly httpFor: (connection: Connection) => HttpConnection;
  readonly observer: ConnectionObserver;
  readonly requestObserver: RequestObserver;
  /** A connection ended in order. Its row is free afterwards. */
  readonly ended: (connections: QuietConnections, place: number, closeTime: number) => void;
  /** A connection was closed otherwise, and nothing more is awaited of it. Returns false when its row is to be woken. */
  readonly closed: (connections: QuietConnections, place: number) => boolean;
  /** The capture is over, and the connection is open; nothing but that can be said of it. */
  readonly stillOpen: (connections: QuietConnections, place: number) => void;
  /** Called before an observer is told what a frame holds that came past whoever counts the frames. */
  readonly reached: (frame: number) => void;
}

/** Different names that are remembered; a connection with yet another one is not quiet. */
const MAX_NAMES = 16_384;

export class QuietConnections implements QuietLane {
  readonly rows: Rows;
  readonly exchanges: Rows;
  /** Targets that are longer than a row has room for, by the place of their exchange. */
  readonly longTargets = new Map<number, string>();
  readonly names: string[] = [''];
  private readonly numberOfName = new Map<string, number>([['', 0]]);
  private readonly options: QuietOptions;
  private readonly kernel: Kernel;
  private table: TableOfRows | null = null;

  constructor(options: QuietOptions, kernel: Kernel) {
    this.options = options;
    this.kernel = kernel;
    this.rows = new Rows(row.CONNECTION_STRIDE, kernel.memory);
    this.exchanges = new Rows(row.EXCHANGE_STRIDE, kernel.memory);
    kernel.serve(this, options);
  }

  begin(table: TableOfRows): SharedNumbers {
    this.table = table;
    return this.kernel.begin(table);
  }

  slots(count: number): Int32Array {
    return this.kernel.slots(count);
  }

  betweenSweeps(notBefore: number, before: number): void {
    this.kernel.betweenSweeps(notBefore, before);
  }

  open(segment: Segment, stream: number, hash: number): number {
    return this.kernel.open(segment, stream, hash);
  }

  directionOf(place: number, segment: Segment): number {
    const { words } = this.rows;
    const ports = words[place + row.PORTS]!;
    const isIpv6 = (words[place + row.STATE]! & row.IS_IPV6) !== 0;
    if (isIpv6 !== (segment.ipVersion === 6)) return 0;
    const source = words[place + row.SOURCE]!;
    const destination = words[place + row.DESTINATION]!;
    if (
      ports === ((segment.sourcePort << 16) | segment.destinationPort) &&
      source === segment.source0 &&
      destination === segment.destination0 &&
      (!isIpv6 || this.hasWords(place, row.SOURCE_1, row.DESTINATION_1, segment))
    ) {
      return 1;
    }
    return ports === ((segment.destinationPort << 16) | segment.sourcePort) &&
      source === segment.destination0 &&
      destination === segment.source0 &&
      (!isIpv6 || this.hasWords(place, row.DESTINATION_1, row.SOURCE_1, segment))
      ? -1
      : 0;
  }

  /** The other three words of two IPv6 addresses. */
  private hasWords(place: number, source: number, destination: number, segment: Segment): boolean {
    const { words } = this.rows;
    return (
      words[place + source] === segment.source1 &&
      words[place + source + 1] === segment.source2 &&
      words[place + source + 2] === segment.source3 &&
      words[place + destination] === segment.destination1 &&
      words[place + destination + 1] === segment.destination2 &&
      words[place + destination + 2] === segment.destination3
    );
  }

  tupleOf(place: number): FourTuple {
    return tupleOf(this, place);
  }

  streamOf(place: number): number {
    return this.rows.words[place + row.STREAM]!;
  }

  endsOf(place: number): number {
    const { words } = this.rows;
    if ((words[place + row.STATE]! & row.ANSWERED) === 0) return 0;
    return endsOf(words[place + row.CLIENT_NEXT]!, words[place + row.SERVER_NEXT]!);
  }

  hashOf(place: number): number {
    return this.rows.words[place + row.HASH]!;
  }

  firstFrameOf(place: number): number {
    return this.rows.words[place + row.FIRST_FRAME]!;
  }

  lastFrameOf(place: number): number {
    return this.rows.words[place + row.LAST_FRAME]!;
  }

  /**
   * The connection was closed by its client's RST, with all answered and nobody having spoken of an end: no more is to be said
   * of it than if that had been a FIN.
   */
  isResetInOrder(place: number): boolean {
    return (this.rows.words[place + row.STATE]! & (row.RESET_BY_CLIENT | row.CLOSE_ANNOUNCED)) === row.RESET_BY_CLIENT;
  }

  /** The number of the pair of its client and server, once something was asked on it. */
  pairOf(place: number): number {
    const { words } = this.rows;
    const counts = words[place + row.PAIR_COUNTS]!;
    return counts > 0 ? words[counts]! : words[place + row.PAIR]!;
  }

  /** Something was asked on the connection. */
  wasUsed(place: number): boolean {
    return this.rows.words[place + row.EXCHANGES]! > 0;
  }

  closeTimeOf(place: number): number {
    const { words, doubles } = this.rows;
    const isBothFins = (words[place + row.STATE]! & row.SERVER_CLOSED) !== 0;
    const isServersLater = isBothFins && words[place + row.SERVER_FIN_FRAME]! > words[place + row.FIN_FRAME]!;
    return doubles[(place + (isServersLater ? row.SERVER_FIN_TIME : row.FIN_TIME)) >> 1]!;
  }

  receive(place: number, segment: Segment, forwards: boolean): boolean {
    return this.kernel.receive(place, segment, forwards);
  }

  /** The connection in the row ended in order at `closeTime`. The row is free afterwards. */
  ended(place: number, closeTime: number): void {
    this.options.ended(this, place, closeTime);
    this.table!.ended(place);
    this.free(place);
  }

  /** Seconds of the last response's `Keep-Alive: timeout`, when it is the server's own word; -1: none. */
  announcedTimeout(place: number): number {
    const exchange = this.rows.words[place + (this.isAnswered(place) ? row.CURRENT : row.PREVIOUS)]!;
    if (exchange < 0) return -1;
    const { words } = this.exchanges;
    const isListed = (words[exchange + row.RESPONSE + row.ABOUT]! & row.KEEP_ALIVE_LISTED) !== 0;
    return isListed ? words[exchange + row.KEEP_ALIVE_TIMEOUT]! : -1;
  }

  /** What ended the last gap. */
  gapEndOf(place: number): GapEnd {
    const { words } = this.rows;
    const state = words[place + row.STATE]!;
    if ((state & row.GAP_ENDED_BY_FIN) === 0) return 'request';
    const isServers =
      (state & row.SERVER_CLOSED) !== 0 && words[place + row.GAP_END_FRAME] === words[place + row.SERVER_FIN_FRAME];
    return isServers ? 'server-fin' : 'client-fin';
  }

  /** The last request's response began, if there was a request. */
  isAnswered(place: number): boolean {
    const mode = this.rows.words[place + row.STATE]! & row.MODE;
    return mode !== row.REQUEST_BODY && mode !== row.WAITING;
  }

  /** When the last request's response began and ended, and when that request ended (ns); NaN where there is none. */
  lastResponseStart(place: number): number {
    return this.isAnswered(place) ? this.timeOfLast(place, row.RESPONSE + row.START_TIME) : NaN;
  }

  lastResponseEnd(place: number): number {
    return this.isAnswered(place) ? this.timeOfLast(place, row.RESPONSE + row.END_TIME) : NaN;
  }

  lastRequestEnd(place: number): number {
    return this.timeOfLast(place, row.REQUEST + row.END_TIME);
  }

  /** A time of the last exchange; `at`: where it stands in its row. */
  private timeOfLast(place: number, at: number): number {
    const exchange = this.rows.words[place + row.CURRENT]!;
    return exchange < 0 ? NaN : this.exchanges.doubles[(exchange + at) >> 1]!;
  }

  /** The number of a name, a new one when it has none; -1 when there are too many of them. */
  numberOf(name: string): number {
    if (name === this.latestName) return this.latestNumber;
    let number = this.numberOfName.get(name);
    if (number === undefined) {
      if (this.names.length >= MAX_NAMES) return -1;
      number = this.names.push(name) - 1;
      this.numberOfName.set(name, number);
    }
    this.latestName = name;
    this.latestNumber = number;
    return number;
  }
  private latestName = '';
  private latestNumber = 0;

  private letGoOf(exchange: number): void {
    // Hardly ever is there one: then there is no need to look.
    if (this.longTargets.size > 0) this.longTargets.delete(exchange);
    this.exchanges.give(exchange);
  }

  finish(place: number): boolean {
    const state = this.rows.words[place + row.STATE]!;
    if (this.isClosed(state)) return this.options.closed(this, place);
    // Nobody closed, or spoke of an end. (What is unanswered, or has not arrived, may still have been when the capture ended.)
    if ((state & row.MODE) === row.RESPONSE_UNTIL_CLOSE) return false;
    if ((state & (row.CLOSE_ANNOUNCED | row.CLOSING)) !== 0) return false;
    this.options.stillOpen(this, place);
    return true;
  }

  /** Both sides closed, or a RST came. */
  private isClosed(state: number): boolean {
    const bothFins = row.CLIENT_CLOSED | row.SERVER_CLOSED;
    return (state & (row.RESET_BY_CLIENT | row.RESET_BY_SERVER)) !== 0 || (state & bothFins) === bothFins;
  }

  retire(place: number): boolean {
    if (!this.options.closed(this, place)) return false;
    this.table!.ended(place);
    this.free(place);
    return true;
  }

  wake(place: number, connection: Connection): void {
    wakeConnection(this, place, connection, this.options.httpFor);
    this.free(place);
  }

  private free(place: number): void {
    const { words } = this.rows;
    const previous = words[place + row.PREVIOUS]!;
    if (previous >= 0) this.letGoOf(previous);
    const current = words[place + row.CURRENT]!;
    if (current >= 0) this.letGoOf(current);
    this.rows.give(place);
  }
}
