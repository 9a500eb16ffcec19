// The way most connections end, told apart cheaply: nothing about it is left to be said.
import type { Exchange } from '../http/exchange.ts';
import type { GapEnd, HttpConnection } from '../http/http-connection.ts';
import type { QuietConnections } from '../http/quiet-connections.ts';
import * as row from '../http/quiet-layout.ts';
import type { Connection } from '../tcp/connection.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import { halvesOf, halvesOfTimes, roundTripOf } from './build-history.ts';
import type { ClosedBy, IdleGap } from './history.ts';

/**
 * The client closed first, the server closed after it, both with FIN and with every byte before it seen, and every
 * request had its whole response, none of which announced the end. No rule about how a connection ended can hold then,
 * and no segment that is still to come (the last acknowledgement, a retransmission, a reset of what is over) can change
 * that. Where the capture shows the server's FIN first, its idle time has to be told anew: that is left to others.
 */
export function endedInOrder(connection: Connection, http: HttpConnection | null): boolean {
  const client = connection.clientDirection;
  if (client === null) return false;
  const server = connection.otherThan(client);
  if (client.rst !== null || server.rst !== null || !client.finDelivered || !server.finDelivered) return false;
  const { fin } = server;
  if (fin === null || fin.frame < client.fin!.frame) return false;
  if (!fin.hasAck || sequenceDifference(fin.acknowledgement, client.fin!.sequence) <= 0) return false;
  // It had all of the server's bytes when it closed: it will not refuse any of them.
  if (sequenceDifference(client.fin!.acknowledgement, fin.sequence) < 0) return false;
  if (http === null) return true;
  // A FIN that acknowledges more than the capture has waits for that: the server's was taken before it, and ended the gap.
  if (http.idleGaps.at(-1)?.endedBy === 'server-fin') return false;
  return http.isQuiet && http.afterClose === null && !http.exchanges.some(announcesClose);
}

/** Whether the server kept the word of such an exchange is for rules to judge. */
function announcesClose(exchange: Exchange | undefined): boolean {
  const { request, response } = exchange ?? {};
  // A response that lasts until the close announces it, too.
  return request?.close === true || response?.close === true || response?.framing === 'close-delimited';
}

const NONE: readonly never[] = [];

/** What is worth knowing of a connection that ended in order, or has not ended. One record, filled for each of them. */
export class OrderlyConnection {
  stream = 0;
  pair = -1;
  firstFrame = 0;
  rtt = NaN;
  clientHalf = NaN;
  serverHalf = NaN;
  openTime = NaN;
  closeTime = NaN;
  /** When the last response ended. */
  lastResponseEnd = NaN;
  /** When it began, and how long after its request's end, where `exchanges` does not hold it (ns). */
  lastResponseStart = NaN;
  lastWait = NaN;
  /** `Keep-Alive: timeout` of the last response, where `exchanges` does not hold it; -1: none. */
  announcedTimeout = -1;
  closedBy: ClosedBy = 'client-fin';
  readonly closeDelay = NaN;
  exchangeCount = 0;
  exchanges: readonly Exchange[] = [];
  readonly afterClose = null;
  idleGaps: readonly IdleGap[] = [];
  serverProduct = '';
  userAgent = '';
  /** The server did not close first. */
  readonly serverSide = { fin: null, rst: null };
  /** Its FIN is asked about only where it follows something that does not end in order. */
  readonly clientSide = { fin: null, rst: null };

  private readonly gap = { duration: NaN, afterFrame: 0, endFrame: 0, endedBy: 'client-fin' as GapEnd };
  private readonly oneGap: readonly IdleGap[] = [this.gap];

  fill(connection: Connection, http: HttpConnection): void {
    this.stream = connection.stream;
    this.pair = http.pair;
    this.firstFrame = connection.firstFrame;
    this.rtt = roundTripOf(connection);
    const { client, server } = halvesOf(connection);
    this.clientHalf = client;
    this.serverHalf = server;
    this.openTime = connection.firstTime;
    this.closedBy = 'client-fin';
    this.closeTime = connection.closeTime;
    this.exchangeCount = http.exchangeCount;
    this.exchanges = http.exchanges;
    this.announcedTimeout = -1;
    this.lastResponseStart = NaN;
    this.lastWait = NaN;
    this.lastResponseEnd = http.exchanges.at(-1)?.response?.endTime ?? NaN;
    this.idleGaps = http.idleGaps;
    this.serverProduct = http.serverProduct;
    this.userAgent = http.userAgent;
  }

  /** The same from the row of a connection that was quiet to its end. */
  fillFromRow(quiet: QuietConnections, place: number, closeTime: number): void {
    const { words, doubles } = quiet.rows;
    this.stream = words[place + row.STREAM]!;
    this.pair = quiet.pairOf(place);
    this.firstFrame = words[place + row.FIRST_FRAME]!;
    const acknowledged = doubles[(place + row.HANDSHAKE_ACK_TIME) >> 1]!;
    const answered = doubles[(place + row.SYN_ACK_TIME) >> 1]!;
    this.openTime = doubles[(place + row.SYN_TIME) >> 1]!;
    const roundTrip = acknowledged - this.openTime;
    this.rtt = roundTrip >= 0 ? roundTrip : NaN;
    const { client, server } = halvesOfTimes(this.rtt, this.openTime, answered);
    this.clientHalf = client;
    this.serverHalf = server;
    this.closedBy = 'client-fin';
    this.closeTime = closeTime;
    this.exchangeCount = words[place + row.EXCHANGES]!;
    // What they announced matters only where the server closed first.
    this.exchanges = NONE;
    const hasGap = words[place + row.GAP_END_FRAME] !== 0;
    if (hasGap) {
      this.gap.duration = doubles[(place + row.GAP_DURATION) >> 1]!;
      this.gap.afterFrame = words[place + row.GAP_AFTER_FRAME]!;
      this.gap.endFrame = words[place + row.GAP_END_FRAME]!;
      this.gap.endedBy = quiet.gapEndOf(place);
    }
    this.announcedTimeout = quiet.announcedTimeout(place);
    this.lastResponseStart = quiet.lastResponseStart(place);
    this.lastWait = this.lastResponseStart - quiet.lastRequestEnd(place);
    const endedByFin = hasGap && this.gap.endedBy === 'client-fin';
    this.lastResponseEnd = endedByFin ? doubles[(place + row.FIN_TIME) >> 1]! - this.gap.duration : NaN;
    this.idleGaps = hasGap ? this.oneGap : NONE;
    this.serverProduct = quiet.names[words[place + row.PRODUCT]!]!;
    this.userAgent = quiet.names[words[place + row.USER_AGENT]!]!;
  }

  /** The same of a connection that was quiet until its client's RST. */
  fillFromResetRow(quiet: QuietConnections, place: number): void {
    this.fillFromRow(quiet, place, quiet.closeTimeOf(place));
    this.closedBy = 'client-rst';
    this.lastResponseEnd = quiet.lastResponseEnd(place);
    this.endGap(quiet, place, this.closeTime, quiet.rows.words[place + row.FIN_FRAME]!, 'client-rst');
  }

  /** The same of a connection that was quiet, and is open when the capture ends at `captureEnd`. */
  fillFromOpenRow(quiet: QuietConnections, place: number, captureEnd: number): void {
    this.fillFromRow(quiet, place, NaN);
    this.closedBy = 'open';
    this.endGap(quiet, place, captureEnd, quiet.rows.words[place + row.LAST_FRAME]!, 'capture-end');
  }

  /** The gap that is open, if one is, ends at this time (ns). */
  private endGap(quiet: QuietConnections, place: number, time: number, frame: number, endedBy: GapEnd): void {
    const { words, doubles } = quiet.rows;
    const idleSince = doubles[(place + row.IDLE_SINCE) >> 1]!;
    if (Number.isNaN(idleSince)) return;
    this.gap.duration = Math.max(0, time - idleSince);
    this.gap.afterFrame = words[place + row.IDLE_AFTER_FRAME]!;
    this.gap.endFrame = frame;
    this.gap.endedBy = endedBy;
    this.idleGaps = this.oneGap;
  }
}
