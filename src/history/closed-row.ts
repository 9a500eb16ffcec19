// The history of a connection that was a row until it was closed (quiet-connections.ts), as buildHistory would have it: one
// record, filled for each of them, so that nothing need be made where nothing is found. Words that only a report would say
// (target, Host) are left out of it.
import { Exchange, Request, Response } from '../http/exchange.ts';
import type { GapEnd } from '../http/http-connection.ts';
import type { QuietConnections } from '../http/quiet-connections.ts';
import * as row from '../http/quiet-layout.ts';
import { fillClosing, fillRequest, fillResponse, fillServerFin, payloadBytes } from '../http/wake-connection.ts';
import { emptyClosing } from '../tcp/direction.ts';
import { halvesOfTimes, vantageOfTimes } from './build-history.ts';
import { endpointOf } from './endpoint.ts';
import type { ClosedBy, Closing, History, IdleGap, Side, Vantage } from './history.ts';

const NONE: readonly never[] = [];

/** One side of such a connection: nothing of it came twice, or is missing. */
class RowSide implements Side {
  fin: Closing | null = null;
  finAckedFrame = 0;
  finAckedTime = NaN;
  rst: Closing | null = null;
  rstCount = 0;
  acknowledged = 0;
  hasAcknowledged = false;
  payloadBytes = 0;
  readonly lostBytes = 0;
  readonly lostUntil = 0;
  base = 0;
  readonly retransmissions = 0;
  readonly retransmittedFrame = 0;
  readonly retransmittedTime = NaN;
  ttl = 0;
  readonly seen = true;
  readonly synSeen = true;
  next = 0;

  private readonly closing = emptyClosing();
  private readonly reset = emptyClosing();

  fillClient(quiet: QuietConnections, place: number): void {
    const { words, doubles } = quiet.rows;
    const state = words[place + row.STATE]!;
    const isClosed = (state & row.CLIENT_CLOSED) !== 0;
    this.fin = isClosed ? fillClosing(this.closing, quiet, place) : null;
    this.finAckedFrame = isClosed ? words[place + row.FIN_ACKED_FRAME]! : 0;
    this.finAckedTime = isClosed ? doubles[(place + row.FIN_ACKED_TIME) >> 1]! : NaN;
    this.fillReset(quiet, place, (state & row.RESET_BY_CLIENT) !== 0);
    this.acknowledged = words[place + row.SERVER_ACKED]!;
    this.hasAcknowledged = (state & row.SERVER_ACK_KNOWN) !== 0;
    this.base = words[place + row.CLIENT_BASE]!;
    this.next = words[place + row.CLIENT_NEXT]!;
    this.payloadBytes = payloadBytes(this.base, this.next, words[place + row.CLIENT_WRAPS]!) - (isClosed ? 1 : 0);
    this.ttl = words[place + row.CLIENT_LINK]! & 0xff;
  }

  fillServer(quiet: QuietConnections, place: number): void {
    const { words, doubles } = quiet.rows;
    const state = words[place + row.STATE]!;
    const isClosed = (state & row.SERVER_CLOSED) !== 0;
    this.fin = isClosed ? fillServerFin(this.closing, quiet, place) : null;
    this.fillReset(quiet, place, (state & row.RESET_BY_SERVER) !== 0);
    this.acknowledged = words[place + row.CLIENT_ACKED]!;
    this.hasAcknowledged = (state & row.CLIENT_ACK_KNOWN) !== 0;
    this.base = words[place + row.SERVER_BASE]!;
    this.next = words[place + row.SERVER_NEXT]!;
    const isAcked = isClosed && words[place + row.SERVER_ACKED] === this.next;
    this.finAckedFrame = isAcked ? words[place + row.SERVER_ACKED_FRAME]! : 0;
    this.finAckedTime = isAcked ? doubles[(place + row.SERVER_ACKED_TIME) >> 1]! : NaN;
    this.payloadBytes = payloadBytes(this.base, this.next, words[place + row.SERVER_WRAPS]!) - (isClosed ? 1 : 0);
    this.ttl = words[place + row.SERVER_LINK]! & 0xff;
  }

  private fillReset(quiet: QuietConnections, place: number, isReset: boolean): void {
    this.rst = isReset ? fillClosing(this.reset, quiet, place) : null;
    this.rstCount = isReset ? 1 : 0;
  }
}

/** Who closed first; null: of two FINs neither knows of the other. */
function closedByOf(client: Side, server: Side): ClosedBy | null {
  if (client.rst !== null) return 'client-rst';
  if (server.rst !== null) return 'server-rst';
  if (client.fin === null || server.fin === null) return null;
  // The server's FIN, when it is the second one, acknowledges the client's.
  if (client.fin.frame < server.fin.frame) return 'client-fin';
  return client.fin.acknowledgement === server.next ? 'server-fin' : null;
}

export class ClosedRow implements History {
  stream = 0;
  readonly protocol = 'http/1';
  firstFrame = 0;
  lastFrame = 0;
  openTime = NaN;
  closeTime = NaN;
  captureEnd = NaN;
  rtt = NaN;
  vantage: Vantage = 'unknown';
  readonly synAckAgainFrame = 0;
  clientHalf = NaN;
  serverHalf = NaN;
  closedBy: ClosedBy = 'open';
  closeDelay = NaN;
  readonly clientSide = new RowSide();
  readonly serverSide = new RowSide();
  exchangeCount = 0;
  readonly exchanges: readonly Exchange[];
  readonly afterClose = null;
  readonly retry = null;
  idleGaps: readonly IdleGap[] = NONE;
  pair = -1;
  readonly lostRequests = false;
  readonly lostResponses = false;
  serverProduct = '';
  userAgent = '';

  private quiet: QuietConnections | null = null;
  private place = 0;
  private readonly request = new Request();
  private readonly response = new Response();
  private readonly gap = { duration: NaN, afterFrame: 0, endFrame: 0, endedBy: 'client-fin' as GapEnd };
  private readonly oneGap: readonly IdleGap[] = [this.gap];

  constructor() {
    const exchange = new Exchange();
    exchange.request = this.request;
    exchange.response = this.response;
    this.exchanges = [exchange];
  }

  get client(): string {
    return endpointOf(this.quiet!.tupleOf(this.place), 'source');
  }

  get server(): string {
    return endpointOf(this.quiet!.tupleOf(this.place), 'destination');
  }

  /**
   * `captureEnd`: time of the capture's last frame. Returns false when the row is one of the few whose history has to be
   * built: it had no exchange, or of two FINs neither knows of the other.
   */
  fill(quiet: QuietConnections, place: number, captureEnd: number): boolean {
    const { words, doubles } = quiet.rows;
    const count = words[place + row.EXCHANGES]!;
    const { clientSide, serverSide } = this;
    if (!quiet.wasUsed(place)) return false;
    clientSide.fillClient(quiet, place);
    serverSide.fillServer(quiet, place);
    const closedBy = closedByOf(clientSide, serverSide);
    if (closedBy === null) return false;
    this.quiet = quiet;
    this.place = place;
    this.stream = words[place + row.STREAM]!;
    this.firstFrame = words[place + row.FIRST_FRAME]!;
    this.lastFrame = words[place + row.LAST_FRAME]!;
    const answered = doubles[(place + row.SYN_ACK_TIME) >> 1]!;
    const acknowledged = doubles[(place + row.HANDSHAKE_ACK_TIME) >> 1]!;
    this.openTime = doubles[(place + row.SYN_TIME) >> 1]!;
    this.closeTime = quiet.closeTimeOf(place);
    this.captureEnd = captureEnd;
    const roundTrip = acknowledged - this.openTime;
    this.rtt = roundTrip >= 0 ? roundTrip : NaN;
    this.vantage = vantageOfTimes(this.rtt, this.openTime, answered, acknowledged);
    const { client, server } = halvesOfTimes(this.rtt, this.openTime, answered);
    this.clientHalf = client;
    this.serverHalf = server;
    this.closedBy = closedBy;
    this.exchangeCount = count;
    this.exchanges[0]!.index = count - 1;
    const current = words[place + row.CURRENT]!;
    this.request.reset();
    this.response.reset();
    fillRequest(this.request, quiet, current);
    fillResponse(this.response, quiet, current);
    const closing = closedBy.startsWith('server') ? (serverSide.fin ?? serverSide.rst) : null;
    this.closeDelay = closing === null ? NaN : Math.max(closing.time - this.response.endTime, 0);
    this.fillGap(quiet, place, clientSide.rst ?? serverSide.rst);
    this.pair = quiet.pairOf(place);
    this.serverProduct = quiet.names[words[place + row.PRODUCT]!]!;
    this.userAgent = quiet.names[words[place + row.USER_AGENT]!]!;
    return true;
  }

  /** The last gap; a RST ended one, too. */
  private fillGap(quiet: QuietConnections, place: number, rst: Closing | null): void {
    const { words, doubles } = quiet.rows;
    const { gap } = this;
    const idleSince = doubles[(place + row.IDLE_SINCE) >> 1]!;
    this.idleGaps = this.oneGap;
    if (rst !== null && !Number.isNaN(idleSince)) {
      gap.duration = Math.max(0, rst.time - idleSince);
      gap.afterFrame = words[place + row.IDLE_AFTER_FRAME]!;
      gap.endFrame = rst.frame;
      gap.endedBy = this.closedBy as GapEnd;
    } else if (words[place + row.GAP_END_FRAME] !== 0) {
      gap.duration = doubles[(place + row.GAP_DURATION) >> 1]!;
      gap.afterFrame = words[place + row.GAP_AFTER_FRAME]!;
      gap.endFrame = words[place + row.GAP_END_FRAME]!;
      gap.endedBy = quiet.gapEndOf(place);
    } else this.idleGaps = NONE;
  }
}
