// PAIRS requests with responses on one connection, in order (RFC 9112 9.2), and measures the idle gaps between them.
//
// A response belongs to the oldest request without one, provided that the server's TCP had received some of that
// request when it sent the response: its acknowledgement number says so. A response that cannot have seen any request
// is unsolicited (a 408 at an idle close) or answers a request that the capture lacks. After missing bytes the order
// alone proves nothing; then the response goes to the latest request that the server's TCP had received in full, and
// the exchanges before it are marked uncertain.
import type { Connection } from '../tcp/connection.ts';
import type { Direction } from '../tcp/direction.ts';
import type { StreamSink } from '../tcp/stream-sink.ts';
import { sequenceAdd, sequenceDifference } from '../wire/sequence-number.ts';
import { Exchange, type InterimResponse, type Message, type Request, Response } from './exchange.ts';
import type { Fields } from './fields.ts';
import { beginsRequest, beginsResponse, MessageFramer, type Pairing } from './message-framer.ts';

export type Protocol = 'http/1' | 'tls' | 'http/2' | 'upgraded' | 'other' | 'none';

export type GapEnd = 'request' | 'server-fin' | 'server-rst' | 'client-fin' | 'client-rst' | 'capture-end';

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

/** What is kept of a connection's past: everything, or what the rules need. */
export interface Retention {
  readonly keepAll: boolean;
  /** Takes the gaps of a long connection that are not kept. */
  readonly gapDropped: (connection: Connection, gap: IdleGap) => void;
}

/** Exchanges and gaps kept of the past when not all are asked for; trimmed when twice as many have come together. */
const KEPT_EXCHANGES = 8;

export class HttpConnection implements StreamSink, Pairing {
  protocol: Protocol = 'other';
  /** All exchanges, or the last ones. Those from `firstOpen` on have no complete final response yet. */
  exchanges: Exchange[] = [];
  firstOpen = 0;
  exchangeCount = 0;
  answeredCount = 0;
  idleGaps: IdleGap[] = [];
  serverProduct = '';
  userAgent = '';
  /** Framing was lost at some time, in the direction of the requests or of the responses. */
  lostRequests = false;
  lostResponses = false;
  oversizedHeads = 0;
  /** End of the latest exchange that is over; NaN before, and after the gap behind it has ended. */
  idleSince = NaN;
  idleAfterFrame = 0;

  private readonly connection: Connection;
  private readonly retention: Retention;
  private requests: MessageFramer | null = null;
  private responses: MessageFramer | null = null;
  private opaque = false;
  private wantsHost = true;

  constructor(connection: Connection, retention: Retention) {
    this.connection = connection;
    this.retention = retention;
  }

  get wantsNames(): boolean {
    return this.serverProduct === '' || this.userAgent === '' || this.wantsHost;
  }

  // StreamSink: what TCP hands over.

  bytes(direction: Direction, buffer: Buffer, view: DataView, start: number, end: number): void {
    if (this.opaque) return;
    let framer = this.framerOf(direction);
    if (framer === null) {
      this.recognise(direction, view, start, end);
      framer = this.framerOf(direction);
      if (framer === null || this.opaque) return;
    }
    framer.bytes(direction, buffer, view, start, end);
  }

  skipped(direction: Direction, length: number): void {
    this.framerOf(direction)?.skipped(direction, length);
  }

  hole(direction: Direction, length: number): void {
    this.framerOf(direction)?.hole(direction, length);
  }

  skippable(direction: Direction): number {
    if (this.opaque) return Infinity;
    return this.framerOf(direction)?.skippable ?? 0;
  }

  acknowledged(direction: Direction): void {
    const framer = this.framerOf(direction);
    if (framer !== null) noteAcknowledged(direction, framer.awaiting);
  }

  finished(direction: Direction): void {
    const framer = this.framerOf(direction);
    if (framer === null) return;
    framer.finished(direction);
    if (this.firstOpen === this.exchanges.length && direction.fin !== null) {
      this.endGap(direction.fin.time, direction.fin.frame, framer.isRequests ? 'client-fin' : 'server-fin');
    }
  }

  private framerOf(direction: Direction): MessageFramer | null {
    return direction === this.connection.clientDirection ? this.requests : this.responses;
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
    this.requests = new MessageFramer(this, true, client.synSeen);
    this.responses = new MessageFramer(this, false, server.synSeen);
  }

  // Pairing: what the framers find.

  requestStarted(request: Request): void {
    this.protocol = 'http/1';
    if (this.firstOpen === this.exchanges.length) {
      // A request that was sent before its sender had the whole last response was pipelined: there was no gap.
      const last = this.exchanges.at(-1)?.response;
      if (last && sequenceDifference(request.acknowledgementAtStart, last.end) < 0) this.idleSince = NaN;
      this.endGap(request.startTime, request.firstFrame, 'request');
      this.trim();
    }
    const exchange = new Exchange();
    exchange.index = this.exchangeCount++;
    exchange.request = request;
    this.exchanges.push(exchange);
    this.await(this.connection.clientDirection, this.requests, request);
  }

  responseStarted(response: Response): string {
    this.protocol = 'http/1';
    this.current = this.exchangeFor(response);
    if (response.status >= 200 || response.status === 101) {
      if (this.current === null) this.addOrphan();
      const exchange = this.current!;
      exchange.response = response;
      if (exchange.request !== null) exchange.uncertain = false;
      this.await(this.connection.serverDirection, this.responses, response);
    }
    return this.current?.request?.method ?? '';
  }
  /** The exchange of the response under way; null when its request is not in the capture. */
  private current: Exchange | null = null;

  private exchangeFor(response: Response): Exchange | null {
    const open = this.exchanges;
    if (this.lostResponses) {
      // The latest request that the server's TCP had in full; those before it were answered in the missing bytes.
      for (let i = open.length - 1; i > this.firstOpen; i--) {
        const request = open[i]!.request;
        if (request?.complete && sequenceDifference(response.acknowledgementAtStart, request.end) >= 0) {
          for (let j = this.firstOpen; j < i; j++) open[j]!.uncertain = true;
          this.firstOpen = i;
          break;
        }
      }
      this.lostResponses = false;
    }
    const candidate = open[this.firstOpen];
    if (candidate === undefined || candidate.request === null || candidate.response !== null) return null;
    const received = sequenceDifference(response.acknowledgementAtStart, candidate.request.start) > 0;
    return received ? candidate : null;
  }

  headEnded(message: Message, fields: Fields): boolean {
    if (!(message instanceof Response)) {
      const request = message as Request;
      if (this.wantsHost) {
        request.host = fields.host;
        this.wantsHost = this.retention.keepAll;
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

  /** An exchange for a response whose request is not in the capture. It stands before the requests still open. */
  private addOrphan(): void {
    const exchange = new Exchange();
    exchange.index = this.exchangeCount++;
    exchange.uncertain = this.lostRequests;
    this.exchanges.splice(this.firstOpen, 0, exchange);
    this.current = exchange;
  }

  messageEnded(message: Message): void {
    const direction = message instanceof Response ? this.connection.serverDirection : this.connection.clientDirection;
    if (direction !== null) {
      noteAcknowledged(direction, message instanceof Response ? this.responses!.awaiting : this.requests!.awaiting);
    }
    if (message instanceof Response) {
      this.firstOpen++;
      this.answeredCount++;
      this.current = null;
    }
    if (this.firstOpen !== this.exchanges.length) return;
    const last = this.exchanges[this.firstOpen - 1];
    if (last === undefined || last.response === null || (last.request !== null && !last.request.complete)) return;
    const late = last.request !== null && last.request.endTime > last.response.endTime ? last.request : last.response;
    this.idleSince = late.endTime;
    this.idleAfterFrame = late.lastFrame;
  }

  lostTrack(framer: MessageFramer, abandoned: Message | null): void {
    if (abandoned !== null) remove(framer.awaiting, abandoned);
    if (framer.isRequests) {
      this.lostRequests = true;
      const exchange = this.exchanges.at(-1);
      if (abandoned !== null && exchange !== undefined) exchange.uncertain = true;
      return;
    }
    this.lostResponses = true;
    if (this.current !== null) {
      this.current.uncertain = true;
      this.current = null;
    }
    // Any of the open requests may have been answered in the missing bytes.
    for (let i = this.firstOpen; i < this.exchanges.length; i++) this.exchanges[i]!.uncertain = true;
    if (abandoned !== null) this.firstOpen = Math.min(this.firstOpen + 1, this.exchanges.length);
  }

  notHttp(framer: MessageFramer): void {
    // Whatever the other side says from here on, it cannot be paired: nothing may be concluded from what is missing.
    this.opaque = true;
    (framer === this.requests ? this.responses : this.requests)?.becomeOpaque();
    for (const exchange of this.exchanges.slice(this.firstOpen)) exchange.uncertain = true;
  }

  tunnelStarted(): void {
    this.protocol = 'upgraded';
    this.requests?.becomeOpaque();
    this.responses?.becomeOpaque();
    this.idleSince = NaN;
  }

  private await(direction: Direction | null, framer: MessageFramer | null, message: Message): void {
    if (direction === null || framer === null) return;
    framer.awaiting.push(message);
    noteAcknowledged(direction, framer.awaiting);
  }

  /** The idle gap that is open, if one is, ends here. */
  endGap(time: number, frame: number, endedBy: GapEnd): void {
    if (Number.isNaN(this.idleSince)) return;
    this.idleGaps.push({
      duration: Math.max(0, time - this.idleSince),
      afterFrame: this.idleAfterFrame,
      endFrame: frame,
      endedBy,
    });
    this.idleSince = NaN;
  }

  /** Drops the oldest exchanges and gaps of a long connection when nobody asked for all. */
  private trim(): void {
    if (this.retention.keepAll || this.exchanges.length < 2 * KEPT_EXCHANGES) return;
    const dropped = this.firstOpen - KEPT_EXCHANGES;
    this.exchanges.splice(0, dropped);
    this.firstOpen -= dropped;
    while (this.idleGaps.length > KEPT_EXCHANGES) this.retention.gapDropped(this.connection, this.idleGaps.shift()!);
  }
}

/** Notes on each message that awaits its acknowledgement how far the peer has come, and what to watch for next. */
function noteAcknowledged(direction: Direction, awaiting: Message[]): void {
  direction.acknowledgementWatched = false;
  let done = 0;
  for (const message of awaiting) {
    if (message.firstAckedFrame === 0) {
      if (!direction.ackKnown || sequenceDifference(direction.acked, message.start) <= 0) {
        direction.acknowledgementWatched = true;
        direction.acknowledgementWatch = sequenceAdd(message.start, 1);
        break;
      }
      message.firstAckedFrame = direction.ackedFrame;
      message.firstAckedTime = direction.ackedTime;
    }
    if (!message.complete) break;
    if (sequenceDifference(direction.acked, message.end) < 0) {
      direction.acknowledgementWatched = true;
      direction.acknowledgementWatch = message.end;
      break;
    }
    message.ackedFrame = direction.ackedFrame;
    message.ackedTime = direction.ackedTime;
    done++;
  }
  if (done === awaiting.length) awaiting.length = 0;
  else if (done > 0) awaiting.splice(0, done);
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
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
