// PAIRS requests with responses on one connection, in order (RFC 9112 9.2), and measures the idle gaps between them.
//
// A response belongs to the oldest request without one, provided that the server's TCP had received some of that
// request when it sent the response: its acknowledgement number says so. A response that cannot have seen any request
// is unsolicited (a 408 at an idle close) or answers a request that the capture lacks. After missing bytes the order
// alone proves nothing; then the response goes to the latest request that the server's TCP had received in full, and
// the exchanges before it are marked uncertain.
import type { Connection } from '../tcp/connection.ts';
import { type Delivery, type Direction, delivery } from '../tcp/direction.ts';
import type { StreamSink } from '../tcp/stream-sink.ts';
import { sequenceAdd, sequenceDifference } from '../wire/sequence-number.ts';
import {
  type Exchange,
  type ExchangePool,
  type InterimResponse,
  type Message,
  type Request,
  Response,
} from './exchange.ts';
import type { Fields } from './fields.ts';
import { NAMED_MESSAGES } from './limits.ts';
import { beginsRequest, beginsResponse, MessageFramer, type Pairing } from './message-framer.ts';
import { type ConnectionObserver, isGatewayFailure, NOBODY, type RequestObserver } from './observer.ts';
import { mayBeginKnownMethod } from './start-line.ts';

export const PROTOCOLS = ['none', 'http/1', 'tls', 'http/2', 'upgraded', 'other'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const GAP_ENDS = ['request', 'server-fin', 'server-rst', 'client-fin', 'client-rst', 'capture-end'] as const;
export type GapEnd = (typeof GAP_ENDS)[number];

/** Time on a connection with no exchange in progress, after a final response. */
export interface IdleGap {
  /** Nanoseconds from the last byte of the final response to what ended the gap. */
  readonly duration: number;
  /** Frame of the final response's last byte. */
  readonly afterFrame: number;
  /** Frame that ended it, or the last frame of the connection for 'capture-end'. */
  readonly endFrame: number;
  readonly endedBy: GapEnd;
}

/** So many bytes tell whether they begin a request. */
const ENOUGH_BYTES = 8;
const NO_BYTES = Buffer.alloc(0);

/** The first bytes of a direction, too few to tell what they are. */
interface Held {
  readonly direction: Direction;
  readonly bytes: Buffer;
  /** The circumstances of the first one. */
  readonly delivery: Readonly<Delivery>;
}

/** Unanswered requests that wait on one connection; beyond, the capture surely lacks the other direction. */
const MAX_OPEN_EXCHANGES = 1024;

export class HttpConnection implements StreamSink, Pairing {
  protocol: Protocol = 'other';
  /** All exchanges, or the last ones. Those from `firstOpen` on have no complete final response yet. */
  exchanges: Exchange[] = shortList();
  firstOpen = 0;
  exchangeCount = 0;
  idleGaps: IdleGap[] = shortList();
  /** The number of its client and server for the observer; -1 before the first message. */
  pair = -1;
  /** The first exchange that announced the connection's end though another one followed, and that one. */
  afterClose: readonly [announced: Exchange, next: Exchange] | null = null;
  serverProduct = '';
  userAgent = '';
  /** Framing was lost at some time, in the direction of the requests or of the responses. */
  lostRequests = false;
  lostResponses = false;
  /** End of the latest exchange that is over; NaN before, and after the gap behind it has ended. */
  idleSince = NaN;
  idleAfterFrame = 0;

  readonly pool: ExchangePool;
  private connection!: Connection;
  /** All exchanges and gaps are kept; else the ones that the end of the connection may be about. */
  private readonly keepAll: boolean;
  readonly requests = new MessageFramer(this, true);
  readonly responses = new MessageFramer(this, false);
  /** The framers have begun: it is known who is the client. */
  private recognised = false;
  /** Bytes are missing from the capture before that. */
  private lostForward = false;
  private lostBackward = false;
  /** Responses may be missing before the next one. */
  private orderUnproven = false;
  private opaque = false;
  private held: Held | null = null;
  private wantsHost = true;
  /** Sequence number behind the last response, while the connection is idle. */
  private lastResponseEnd = 0;
  /** A gap that was let go of, to be filled again. */
  private spareGap: IdleGap | null = null;

  private readonly observer: ConnectionObserver;
  private readonly requestObserver: RequestObserver;

  constructor(
    keepAll: boolean,
    pool: ExchangePool,
    observer: ConnectionObserver = NOBODY,
    requestObserver: RequestObserver = NOBODY,
  ) {
    this.keepAll = keepAll;
    this.pool = pool;
    this.observer = observer;
    this.requestObserver = requestObserver;
  }

  /** Begins a connection. The record serves one after the other. */
  begin(connection: Connection): this {
    this.connection = connection;
    this.protocol = 'other';
    for (const exchange of this.exchanges) this.pool.release(exchange);
    this.afterClose = null;
    while (this.exchanges.length > 0) this.exchanges.pop();
    this.firstOpen = 0;
    this.exchangeCount = 0;
    while (this.idleGaps.length > 0) this.spareGap = this.idleGaps.pop()!;
    this.serverProduct = '';
    this.userAgent = '';
    this.lostRequests = false;
    this.lostResponses = false;
    this.idleSince = NaN;
    this.idleAfterFrame = 0;
    this.recognised = false;
    this.lostForward = false;
    this.lostBackward = false;
    this.orderUnproven = false;
    this.opaque = false;
    this.held = null;
    this.wantsHost = true;
    this.pair = -1;
    this.lastResponseEnd = 0;
    this.current = null;
    return this;
  }

  /**
   * Goes on with a connection that was read otherwise so far, both framers of which have been resumed. The fields hold
   * what they would hold by now; of the exchanges only the last may lack its response, or a part of it.
   */
  resume(lastResponseEnd: number): void {
    this.protocol = 'http/1';
    this.recognised = true;
    this.wantsHost = this.keepAll;
    this.lastResponseEnd = lastResponseEnd;
    if (this.responses.message !== null) this.current = this.exchanges[this.firstOpen]!;
    for (const framer of [this.requests, this.responses]) noteAcknowledged(this.directionOf(framer), framer);
  }

  wantsNames(messages: number): boolean {
    return messages <= NAMED_MESSAGES || this.keepAll || this.serverProduct === '' || this.userAgent === '';
  }

  /** Message heads that were given up because they are too large. */
  get oversizedHeads(): number {
    return this.recognised ? this.requests.oversizedHeads + this.responses.oversizedHeads : 0;
  }

  /** Leaves its exchanges and gaps to whoever holds them now, so that the record may serve another connection. */
  letGo(): void {
    this.afterClose = null;
    this.exchanges = shortList();
    this.idleGaps = shortList();
  }

  /** Every request so far was whole and has its whole response. */
  get isQuiet(): boolean {
    if (this.firstOpen !== this.exchanges.length) return false;
    if (this.firstOpen === 0) return true;
    const { request, response } = this.exchanges[this.firstOpen - 1]!;
    return request?.complete === true && response?.complete === true;
  }

  // StreamSink: what TCP hands over.

  bytes(direction: Direction, buffer: Buffer, view: DataView, start: number, end: number): void {
    if (this.opaque) return;
    if (!this.recognised) {
      if (!this.recogniseHeld(direction, buffer, start, end)) this.recognise(direction, view, start, end);
      if (!this.recognised || this.opaque) return;
    }
    this.framerOf(direction).bytes(buffer, view, start, end);
  }

  skipped(direction: Direction, length: number): void {
    if (this.recognised) this.framerOf(direction).skipped(length);
  }

  hole(direction: Direction, length: number): void {
    // What ended an idle gap, and when, may be among the missing bytes. (Only one is missing where it was a FIN.)
    if (length > 1) this.idleSince = NaN;
    if (this.held?.direction === direction) this.held = null;
    if (this.recognised) this.framerOf(direction).hole(length);
    else if (direction.isForward) this.lostForward = true;
    else this.lostBackward = true;
  }

  skippable(direction: Direction): number {
    if (this.opaque) return Infinity;
    return this.recognised ? this.framerOf(direction).skippable : 0;
  }

  acknowledged(direction: Direction): void {
    noteAcknowledged(direction, this.framerOf(direction));
  }

  finished(direction: Direction): void {
    if (!this.recognised) return;
    const framer = this.framerOf(direction);
    framer.finished(direction);
    if (this.firstOpen === this.exchanges.length && direction.fin !== null) {
      this.endGap(direction.fin.time, direction.fin.frame, framer.isRequests ? 'client-fin' : 'server-fin');
    }
  }

  private framerOf(direction: Direction): MessageFramer {
    return direction === this.connection.clientDirection ? this.requests : this.responses;
  }

  /**
   * Where no handshake told who is the client, a segment of few bytes cannot tell either: it is held back, and read with what
   * follows it. Returns whether that is done.
   */
  private recogniseHeld(direction: Direction, buffer: Buffer, start: number, end: number): boolean {
    if (direction.synSeen || (this.connection.clientDirection ?? direction) !== direction) return false;
    const held = this.held?.direction === direction ? this.held : null;
    if (held === null && end - start >= ENOUGH_BYTES) return false;
    const bytes = Buffer.concat([held === null ? NO_BYTES : held.bytes, buffer.subarray(start, end)]);
    if (!mayBeginKnownMethod(bytes, 0, Math.min(bytes.length, ENOUGH_BYTES))) {
      // They were something else: what follows is read by itself.
      this.held = null;
      return held !== null && this.recogniseHeld(direction, buffer, start, end);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (beginsRequest(view, 0, bytes.length)) this.recognise(direction, view, 0, bytes.length);
    if (this.recognised) {
      if (held !== null) this.handOn(held);
    } else if (bytes.length < ENOUGH_BYTES) {
      this.held = { direction, bytes, delivery: held?.delivery ?? { ...delivery } };
    } else this.held = null;
    return true;
  }

  /** The bytes held back begin a request, each with the circumstances of the first. */
  private handOn({ direction, bytes, delivery: then }: Held): void {
    const now = { ...delivery };
    Object.assign(delivery, then);
    const framer = this.framerOf(direction);
    framer.expectStart();
    framer.bytes(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
    Object.assign(delivery, now);
    this.held = null;
  }

  /** Decides at the first bytes what is spoken, and who is the client where no handshake told. */
  private recognise(direction: Direction, view: DataView, start: number, end: number): void {
    const protocol = protocolOf(view, start, end);
    if (protocol !== null) {
      this.protocol = protocol;
      this.opaque = true;
      if (isClientHello(view, start, end) || protocol === 'http/2') this.connection.clientDirection ??= direction;
      return;
    }
    if (this.connection.clientDirection === null) {
      if (beginsRequest(view, start, end)) this.connection.clientDirection = direction;
      else if (beginsResponse(view, start, end)) {
        this.connection.clientDirection = this.connection.otherThan(direction);
      } else return;
    }
    const client = this.connection.clientDirection;
    const server = this.connection.otherThan(client);
    this.lostRequests = client.isForward ? this.lostForward : this.lostBackward;
    this.lostResponses = client.isForward ? this.lostBackward : this.lostForward;
    this.orderUnproven = this.lostResponses;
    this.requests.begin(client.synSeen && !this.lostRequests);
    this.responses.begin(server.synSeen && !this.lostResponses);
    this.recognised = true;
  }

  // Pairing: what the framers find.

  requestStarted(request: Request): void {
    if (this.pair < 0) this.speakHttp();
    if (this.firstOpen === this.exchanges.length) {
      // A request that was sent before its sender had the whole last response was pipelined: there was no gap.
      if (!Number.isNaN(this.idleSince)) {
        const hadResponse = sequenceDifference(request.acknowledgementAtStart, this.lastResponseEnd) >= 0;
        if (hadResponse) this.endGap(request.startTime, request.firstFrame, 'request');
        else this.idleSince = NaN;
      }
    } else if (this.exchanges.length - this.firstOpen >= MAX_OPEN_EXCHANGES) this.giveUpOldest();
    const exchange = this.pool.exchange();
    exchange.index = this.exchangeCount++;
    exchange.request = request;
    this.exchanges.push(exchange);
    this.await(this.requests, request);
  }

  responseStarted(response: Response): string {
    if (this.pair < 0) this.speakHttp();
    this.current = this.exchangeFor(response);
    if (response.status >= 200 || response.status === 101) {
      if (this.current === null) this.addOrphan();
      const exchange = this.current!;
      exchange.response = response;
      const frameBefore = this.exchanges[this.firstOpen - 1]?.request?.firstFrame ?? 0;
      // The connection goes on: what came before this exchange is not what its end will be about.
      if (!this.keepAll) while (this.firstOpen > 0) this.dropOldest();
      if (exchange.request !== null) {
        exchange.uncertain = false;
        // Of requests that were pipelined in one segment only the first ended the gap.
        if (exchange.request.firstFrame !== frameBefore) this.tellReuse(exchange.request);
        if (isGatewayFailure(response.status))
          this.requestObserver.gatewayFailed(this.connection, exchange.request, response);
      }
      this.await(this.responses, response);
    }
    return this.current?.request?.method ?? '';
  }
  /** The exchange of the response under way; null when its request is not in the capture. */
  private current: Exchange | null = null;

  /** The first message is here. */
  private speakHttp(): void {
    this.protocol = 'http/1';
    this.pair = this.observer.pairOf(this.connection, this.connection.clientDirection === this.connection.forward);
  }

  /** The request was answered. When an idle gap lay before it, the connection was used again after that. */
  private tellReuse(request: Request): void {
    const gap = this.idleGaps.at(-1);
    if (gap === undefined || gap.endedBy !== 'request' || gap.endFrame !== request.firstFrame) return;
    const { stream } = this.connection;
    this.observer.reused(this.pair, stream, gap.duration, gap.afterFrame, gap.endFrame, request.startTime);
  }

  private exchangeFor(response: Response): Exchange | null {
    const open = this.exchanges;
    if (this.orderUnproven) {
      // The latest request that the server's TCP had in full; those before it were answered in the missing bytes.
      for (let i = open.length - 1; i > this.firstOpen; i--) {
        const request = open[i]!.request;
        if (request?.complete && sequenceDifference(response.acknowledgementAtStart, request.end) >= 0) {
          for (let j = this.firstOpen; j < i; j++) open[j]!.uncertain = true;
          this.firstOpen = i;
          break;
        }
      }
      this.orderUnproven = false;
    }
    while (this.wasAnsweredBefore(response)) open[this.firstOpen++]!.uncertain = true;
    const candidate = open[this.firstOpen];
    if (candidate === undefined || candidate.request === null || candidate.response !== null) return null;
    const received = sequenceDifference(response.acknowledgementAtStart, candidate.request.start) > 0;
    return received ? candidate : null;
  }

  /**
   * Between the oldest open request and the next one the client received bytes that end before this response, and that
   * no earlier response explains: they were the answer, though the capture lacks it.
   */
  private wasAnsweredBefore(response: Response): boolean {
    const oldest = this.exchanges[this.firstOpen];
    const next = this.exchanges[this.firstOpen + 1]?.request;
    // How long an interim response is was not kept.
    if (!oldest?.request || oldest.response !== null || oldest.interim.length > 0 || !next) return false;
    let explained = oldest.request.acknowledgementAtStart;
    const earlier = this.exchanges[this.firstOpen - 1]?.response;
    if (earlier && sequenceDifference(earlier.end, explained) > 0) explained = earlier.end;
    return (
      sequenceDifference(next.acknowledgementAtStart, explained) > 0 &&
      sequenceDifference(response.start, next.acknowledgementAtStart) >= 0 &&
      sequenceDifference(response.acknowledgementAtStart, next.start) > 0
    );
  }

  headEnded(message: Message, fields: Fields): boolean {
    if (!(message instanceof Response)) {
      const request = message as Request;
      if (this.wantsHost) {
        request.host = fields.host;
        this.wantsHost = this.keepAll;
      }
      if (this.userAgent === '') this.userAgent = fields.userAgent;
      if (message.framing === 'close-delimited') this.exchanges.at(-1)!.uncertain = true;
      return true;
    }
    if (this.serverProduct === '') this.serverProduct = fields.server;
    if (message.status < 200 && message.status !== 101) {
      const interim: InterimResponse = {
        status: message.status,
        frame: message.firstFrame,
        time: message.startTime,
      };
      this.current?.interim.push(interim);
      return false;
    }
    return true;
  }

  get awaitsResponse(): boolean {
    return this.exchanges.length > this.firstOpen;
  }

  get hasNextRequest(): boolean {
    return this.exchanges.length > this.firstOpen + 1;
  }

  hadNextRequest(acknowledgement: number): boolean {
    const next = this.exchanges[this.firstOpen + 1]?.request;
    return !!next && sequenceDifference(acknowledgement, next.start) > 0;
  }

  endGuessed(): void {
    if (this.current !== null) this.current.uncertain = true;
  }

  /** An exchange for a response whose request is not in the capture. It stands before the requests still open. */
  private addOrphan(): void {
    const exchange = this.pool.exchange();
    exchange.index = this.exchangeCount++;
    exchange.uncertain = this.lostRequests;
    this.exchanges.splice(this.firstOpen, 0, exchange);
    this.current = exchange;
  }

  messageEnded(message: Message): void {
    const framer = message instanceof Response ? this.responses : this.requests;
    noteAcknowledged(this.directionOf(framer), framer);
    if (message instanceof Response) {
      this.firstOpen++;
      this.current = null;
    }
    if (this.firstOpen !== this.exchanges.length) return;
    const last = this.exchanges[this.firstOpen - 1];
    if (last === undefined || last.response === null || (last.request !== null && !last.request.complete)) return;
    const late = last.request !== null && last.request.endTime > last.response.endTime ? last.request : last.response;
    this.lastResponseEnd = last.response.end;
    this.idleSince = late.endTime;
    this.idleAfterFrame = late.lastFrame;
  }

  lostTrack(framer: MessageFramer, abandoned: Message | null): void {
    if (abandoned !== null) framer.stopAwaiting(abandoned);
    if (framer.isRequests) {
      this.lostRequests = true;
      const exchange = this.exchanges.at(-1);
      if (abandoned !== null && exchange !== undefined) exchange.uncertain = true;
      return;
    }
    this.lostResponses = true;
    this.orderUnproven = true;
    if (this.current !== null) {
      this.current.uncertain = true;
      this.current = null;
    }
    // Any of the open requests may have been answered in the missing bytes.
    for (let i = this.firstOpen; i < this.exchanges.length; i++) this.exchanges[i]!.uncertain = true;
    if (abandoned !== null) this.firstOpen = Math.min(this.firstOpen + 1, this.exchanges.length);
  }

  passedOver(framer: MessageFramer): void {
    if (framer.isRequests) {
      this.lostRequests = true;
      return;
    }
    const oldest = this.exchanges[this.firstOpen]?.request;
    if (!oldest || !delivery.hasAck) return;
    // Sent before the server had anything of the oldest open request, they end an earlier response.
    if (sequenceDifference(delivery.acknowledgement, oldest.start) > 0) this.lostTrack(framer, null);
  }

  notHttp(framer: MessageFramer): void {
    // Whatever the other side says from here on, it cannot be paired: nothing may be concluded from what is missing.
    this.opaque = true;
    (framer === this.requests ? this.responses : this.requests).becomeOpaque();
    for (const exchange of this.exchanges.slice(this.firstOpen)) exchange.uncertain = true;
  }

  asked(request: Request, route: number): number {
    const { connection } = this;
    return this.requestObserver.asked(
      connection,
      connection.clientDirection === connection.forward,
      route,
      request.contentLength,
      connection.stream,
      request.firstFrame,
      request.startTime,
    );
  }

  bodyBegan(request: Request, digest: number): void {
    this.requestObserver.bodyBegan(request.recent, digest);
  }

  tunnelStarted(): void {
    this.protocol = 'upgraded';
    this.requests.becomeOpaque();
    this.responses.becomeOpaque();
    this.idleSince = NaN;
  }

  private directionOf(framer: MessageFramer): Direction {
    const client = this.connection.clientDirection!;
    return framer.isRequests ? client : this.connection.otherThan(client);
  }

  private await(framer: MessageFramer, message: Message): void {
    framer.await(message);
    noteAcknowledged(this.directionOf(framer), framer);
  }

  /** The idle gap that is open, if one is, ends here. */
  endGap(time: number, frame: number, endedBy: GapEnd): void {
    if (Number.isNaN(this.idleSince)) return;
    const gap: { -readonly [Key in keyof IdleGap]: IdleGap[Key] } = this.spareGap ?? {
      // An integer would make V8 change all gaps when one is longer than that may be.
      duration: NaN,
      afterFrame: 0,
      endFrame: 0,
      endedBy,
    };
    this.spareGap = null;
    if (!this.keepAll && this.idleGaps.length > 0) this.dropGap();
    gap.duration = Math.max(0, time - this.idleSince);
    gap.afterFrame = this.idleAfterFrame;
    gap.endFrame = frame;
    gap.endedBy = endedBy;
    this.idleGaps.push(gap);
    this.idleSince = NaN;
  }

  /** Lets go of the oldest exchange, which is over. */
  private dropOldest(): void {
    const oldest = shiftOf(this.exchanges);
    this.firstOpen--;
    if (oldest.request !== null) this.requests.stopAwaiting(oldest.request);
    if (oldest.response !== null) this.responses.stopAwaiting(oldest.response);
    if (this.afterClose === null && (oldest.request?.close || oldest.response?.close) && this.exchanges.length > 0) {
      this.afterClose = [oldest, this.exchanges[0]!];
    }
    // What a rule will want to show is not used again.
    if (this.afterClose === null || !this.afterClose.includes(oldest)) this.pool.release(oldest);
  }

  /** So many requests without a response: the capture lacks the responses, and nothing may be concluded from that. */
  private giveUpOldest(): void {
    this.lostResponses = true;
    for (let i = Math.max(0, this.firstOpen - 1); i < this.exchanges.length; i++) this.exchanges[i]!.uncertain = true;
    this.firstOpen++;
    if (!this.keepAll) this.dropOldest();
  }

  /** Lets go of the gap before the last one, which a request had ended. */
  private dropGap(): void {
    this.spareGap = shiftOf(this.idleGaps);
  }
}

/** An empty list with room for two. The usual one makes room for 17 at its first item, in each of many connections. */
function shortList<Item>(): Item[] {
  const list: unknown[] = [null, null];
  list.pop();
  list.pop();
  return list as Item[];
}

/** Takes the first of a list of very few: `Array.shift` costs more than moving them. */
function shiftOf<Item>(list: Item[]): Item {
  const first = list[0]!;
  for (let i = 1; i < list.length; i++) list[i - 1] = list[i]!;
  list.pop();
  return first;
}

/** Notes on each message that awaits its acknowledgement how far the peer has come, and what to watch for next. */
function noteAcknowledged(direction: Direction, framer: MessageFramer): void {
  direction.acknowledgementWatched = false;
  for (;;) {
    const message = framer.firstAwaiting;
    if (message === null) return;
    if (message.firstAckedFrame === 0) {
      if (!direction.ackKnown || sequenceDifference(direction.acked, message.start) <= 0) {
        direction.acknowledgementWatched = true;
        direction.acknowledgementWatch = sequenceAdd(message.start, 1);
        return;
      }
      message.firstAckedFrame = direction.ackedFrame;
      message.firstAckedTime = direction.ackedTime;
    }
    if (!message.complete) return;
    if (sequenceDifference(direction.acked, message.end) < 0) {
      direction.acknowledgementWatched = true;
      direction.acknowledgementWatch = message.end;
      return;
    }
    message.ackedFrame = direction.ackedFrame;
    message.ackedTime = direction.ackedTime;
    framer.stopAwaiting(message);
  }
}

/** TLS and HTTP/2 are recognised by their first bytes, and not read further. */
function protocolOf(view: DataView, start: number, end: number): Protocol | null {
  if (end - start < 3) return null;
  // A TLS record: content type 20 to 23, legacy version 3.0 to 3.4 (RFC 8446 5.1).
  const type = view.getUint8(start);
  if (type >= 20 && type <= 23 && view.getUint8(start + 1) === 3 && view.getUint8(start + 2) <= 4) return 'tls';
  // The connection preface "PRI * HTTP/2.0" (RFC 9113 3.4).
  if (end - start >= 14 && view.getInt32(start) === 0x50524920 && view.getInt32(start + 4) === 0x2a204854)
    return 'http/2';
  return null;
}

/** A TLS handshake record with a ClientHello (RFC 8446 4). */
function isClientHello(view: DataView, start: number, end: number): boolean {
  return end - start >= 6 && view.getUint8(start) === 22 && view.getUint8(start + 5) === 1;
}
