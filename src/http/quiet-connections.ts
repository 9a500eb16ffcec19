// The short way for connections on which nothing remarkable happens: a handshake, requests and responses in turns, every
// segment in order and once, and at the end the client's FIN and then the server's. Nearly all connections of nearly all
// captures are like that until they end, so this is where the time goes.
//
// A row holds what `Connection` and `HttpConnection` would hold (quiet-rows.ts). Each segment is taken whole or not at
// all: whatever is not plain (a retransmission, a RST, a head that a segment border splits, pipelining, a first FIN of
// the server) is left to those two, which take over where the row stands (wake-connection.ts). So nothing is decided
// here, and nothing that is decided there depends on whether a connection once was a row.
import { hashBytes } from '../base/hash.ts';
import { Rows } from '../base/rows.ts';
import { indexOfLineFeed } from '../base/scan.ts';
import type { Connection } from '../tcp/connection.ts';
import { GOES_ON, OVER, type QuietLane, REMARKABLE, type Taken } from '../tcp/quiet-lane.ts';
import { ACK, FIN, RST, type Segment, SYN } from '../wire/segment.ts';
import { sequenceAdd, sequenceDifference } from '../wire/sequence-number.ts';
import { Fields, readFieldLines } from './fields.ts';
import { framingOfRequest, framingOfResponse } from './framing.ts';
import { type HttpConnection, NAMED_MESSAGES } from './http-connection.ts';
import { MAX_HEAD_BYTES, MAX_TARGET, readChunkSize } from './message-framer.ts';
import { type ConnectionObserver, DIGEST_BYTES, isGatewayFailure, type RequestObserver } from './observer.ts';
import { announcesClose } from './persistence.ts';
import * as row from './quiet-rows.ts';
import { BY_CHUNKS, BY_CLOSE, BY_LENGTH, METHODS, NONE, numberOfFraming } from './quiet-rows.ts';
import { minorVersionAt, readStatusLine, readTarget } from './start-line.ts';
import { wakeConnection } from './wake-connection.ts';

export interface QuietOptions {
  /** Who goes on with a woken connection's bytes. */
  readonly httpFor: (connection: Connection) => HttpConnection;
  readonly observer: ConnectionObserver;
  readonly requestObserver: RequestObserver;
  /** A connection ended in order. Its row is free afterwards. */
  readonly ended: (connections: QuietConnections, place: number, closeTime: number) => void;
}

/** Frame numbers are kept in 32 bits. */
const LAST_FRAME_NUMBER = 0x7fffffff;

/** Different names that are remembered; a connection with yet another one is not quiet. */
const MAX_NAMES = 16_384;

/** The first four letters of each method, a blank behind the shortest. */
const METHOD_WORDS = Int32Array.from(METHODS, (method) => Buffer.from(`${method} `, 'latin1').readInt32BE(0));

function methodOf(letters: number): number {
  for (let method = 0; method < METHOD_WORDS.length; method++) if (METHOD_WORDS[method] === letters) return method;
  return -1;
}

/** How this machine's words lie in memory: a target's bytes shall stand in a row in their order. */
const IS_LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/** What a scan of a body says when it is not over, or cannot be told. */
const NOT_OVER = -1;
const NOT_PLAIN = -2;

export class QuietConnections implements QuietLane {
  readonly rows = new Rows(row.CONNECTION_STRIDE);
  readonly exchanges = new Rows(row.EXCHANGE_STRIDE);
  /** Targets that are longer than a row has room for, by the place of their exchange. */
  readonly longTargets = new Map<number, string>();
  readonly names: string[] = [''];
  private readonly numberOfName = new Map<string, number>([['', 0]]);
  private readonly options: QuietOptions;

  private readonly fields = new Fields();
  // What the latest scan of a body found.
  private chunkState = 0;
  private remaining = 0;
  private scanned = 0;

  constructor(options: QuietOptions) {
    this.options = options;
  }

  open(segment: Segment, stream: number, hash: number): number {
    const { frame, time } = segment;
    if ((segment.flags & (SYN | ACK | RST | FIN)) !== SYN || segment.payloadLength > 0) return -1;
    if (frame >= LAST_FRAME_NUMBER) return -1;
    const place = this.rows.take();
    const { words, doubles } = this.rows;
    const isIpv6 = segment.ipVersion === 6;
    const scale = Math.max(segment.windowScale, 0);
    words[place + row.SOURCE] = segment.source0;
    words[place + row.DESTINATION] = segment.destination0;
    words[place + row.PORTS] = (segment.sourcePort << 16) | segment.destinationPort;
    words[place + row.STATE] = isIpv6 ? row.IS_IPV6 : 0;
    words[place + row.CLIENT_NEXT] = sequenceAdd(segment.sequence, 1);
    words[place + row.SERVER_NEXT] = 0;
    words[place + row.WINDOWS] = (segment.window >> scale) << 16;
    words[place + row.LAST_FRAME] = frame;
    words[place + row.STREAM] = stream;
    words[place + row.CURRENT] = -1;
    words[place + row.PREVIOUS] = -1;
    words[place + row.EXCHANGES] = 0;
    doubles[(place + row.IDLE_SINCE) >> 1] = NaN;
    words[place + row.GAP_END_FRAME] = 0;
    words[place + row.CLIENT_WRAPS] = 0;
    words[place + row.SERVER_WRAPS] = 0;
    words[place + row.CLIENT_BASE] = segment.sequence;
    doubles[(place + row.SYN_TIME) >> 1] = time;
    doubles[(place + row.SYN_ACK_TIME) >> 1] = NaN;
    doubles[(place + row.HANDSHAKE_ACK_TIME) >> 1] = NaN;
    words[place + row.FIRST_FRAME] = frame;
    words[place + row.HASH] = hash;
    words[place + row.CLIENT_LINK] = segment.ttl | (scale << 8);
    words[place + row.PRODUCT] = 0;
    words[place + row.USER_AGENT] = 0;
    words[place + row.HOST] = 0;
    if (isIpv6) {
      words[place + row.SOURCE_1] = segment.source1;
      words[place + row.SOURCE_1 + 1] = segment.source2;
      words[place + row.SOURCE_1 + 2] = segment.source3;
      words[place + row.DESTINATION_1] = segment.destination1;
      words[place + row.DESTINATION_1 + 1] = segment.destination2;
      words[place + row.DESTINATION_1 + 2] = segment.destination3;
    }
    return place;
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

  streamOf(place: number): number {
    return this.rows.words[place + row.STREAM]!;
  }

  hashOf(place: number): number {
    return this.rows.words[place + row.HASH]!;
  }

  lastFrameOf(place: number): number {
    return this.rows.words[place + row.LAST_FRAME]!;
  }

  receive(place: number, segment: Segment, forwards: boolean): Taken {
    const { words } = this.rows;
    const state = words[place + row.STATE]!;
    const flags = segment.flags & (SYN | ACK | FIN | RST);
    if (flags !== ACK || (state & row.ANSWERED) === 0 || segment.frame >= LAST_FRAME_NUMBER) {
      return this.receiveOther(place, segment, flags, forwards);
    }
    const next = words[place + (forwards ? row.CLIENT_NEXT : row.SERVER_NEXT)]!;
    const peerNext = words[place + (forwards ? row.SERVER_NEXT : row.CLIENT_NEXT)]!;
    if (segment.sequence !== next || sequenceDifference(segment.acknowledgement, peerNext) > 0) return REMARKABLE;
    this.acknowledge(place, segment, forwards);
    const length = segment.payloadLength;
    if (length === 0) return GOES_ON;
    if (segment.capturedLength !== length || (state & row.CLIENT_CLOSED) !== 0) return REMARKABLE;
    const taken = forwards ? this.requestBytes(place, segment) : this.responseBytes(place, segment);
    if (!taken) return REMARKABLE;
    // Taking an exchange's row may have moved nothing but the exchanges' memory.
    const end = sequenceAdd(next, length);
    words[place + (forwards ? row.CLIENT_NEXT : row.SERVER_NEXT)] = end;
    if (end >>> 0 < next >>> 0) words[place + (forwards ? row.CLIENT_WRAPS : row.SERVER_WRAPS)]!++;
    return GOES_ON;
  }

  /** SYN-ACK and FINs. */
  private receiveOther(place: number, segment: Segment, flags: number, forwards: boolean): Taken {
    const { frame, time } = segment;
    if (segment.payloadLength > 0 || frame >= LAST_FRAME_NUMBER) return REMARKABLE;
    const { words, doubles } = this.rows;
    const state = words[place + row.STATE]!;
    if (flags === (SYN | ACK)) {
      if (forwards || (state & row.ANSWERED) !== 0) return REMARKABLE;
      if (segment.acknowledgement !== words[place + row.CLIENT_NEXT]) return REMARKABLE;
      const scale = Math.max(segment.windowScale, 0);
      words[place + row.SERVER_BASE] = segment.sequence;
      words[place + row.SERVER_NEXT] = sequenceAdd(segment.sequence, 1);
      words[place + row.WINDOWS] = (words[place + row.WINDOWS]! & ~0xffff) | (segment.window >> scale);
      words[place + row.SERVER_LINK] = segment.ttl | (scale << 8);
      words[place + row.CLIENT_ACKED] = segment.acknowledgement;
      words[place + row.CLIENT_ACKED_FRAME] = frame;
      doubles[(place + row.SYN_ACK_TIME) >> 1] = time;
      words[place + row.LAST_FRAME] = frame;
      words[place + row.STATE] = state | row.ANSWERED | row.AWAITS_HANDSHAKE_ACK | row.CLIENT_ACK_KNOWN;
      return GOES_ON;
    }
    if (flags !== (FIN | ACK) || (state & row.ANSWERED) === 0) return REMARKABLE;
    const next = words[place + (forwards ? row.CLIENT_NEXT : row.SERVER_NEXT)]!;
    const peerNext = words[place + (forwards ? row.SERVER_NEXT : row.CLIENT_NEXT)]!;
    if (segment.sequence !== next || sequenceDifference(segment.acknowledgement, peerNext) > 0) return REMARKABLE;
    if (!forwards) {
      // It answers the client's FIN, which the client sent when it had all of the server's bytes: all is over.
      if ((state & row.CLIENT_CLOSED) === 0 || segment.acknowledgement !== peerNext) return REMARKABLE;
      if (sequenceDifference(words[place + row.FIN_ACKNOWLEDGEMENT]!, next) < 0) return REMARKABLE;
      this.options.ended(this, place, time);
      this.free(place);
      return OVER;
    }
    if ((state & row.CLIENT_CLOSED) !== 0 || (state & row.MODE) !== row.IDLE) return REMARKABLE;
    // Whether the server kept the word of an announced close is for rules to judge.
    if ((state & row.CLOSE_ANNOUNCED) !== 0) return REMARKABLE;
    this.acknowledge(place, segment, forwards);
    words[place + row.CLIENT_NEXT] = sequenceAdd(next, 1);
    if (next === -1) words[place + row.CLIENT_WRAPS]!++;
    words[place + row.FIN_FRAME] = frame;
    doubles[(place + row.FIN_TIME) >> 1] = time;
    words[place + row.FIN_ACKNOWLEDGEMENT] = segment.acknowledgement;
    words[place + row.FIN_LINK] = ((segment.ipId + 1) << 8) | segment.ttl;
    words[place + row.FIN_ACKED_FRAME] = 0;
    doubles[(place + row.FIN_ACKED_TIME) >> 1] = NaN;
    words[place + row.STATE] = words[place + row.STATE]! | row.CLIENT_CLOSED;
    this.endGap(place, frame, time, row.GAP_ENDED_BY_FIN);
    return GOES_ON;
  }

  /** What every segment behind the handshake tells. Done twice for one segment, it changes nothing more. */
  private acknowledge(place: number, segment: Segment, forwards: boolean): void {
    const { words } = this.rows;
    const state = words[place + row.STATE]!;
    const { acknowledgement, frame } = segment;
    words[place + row.LAST_FRAME] = frame;
    const windows = words[place + row.WINDOWS]!;
    words[place + row.WINDOWS] = forwards
      ? (windows & 0xffff) | (segment.window << 16)
      : (windows & ~0xffff) | segment.window;
    const known = forwards ? row.SERVER_ACK_KNOWN : row.CLIENT_ACK_KNOWN;
    const acked = place + (forwards ? row.SERVER_ACKED : row.CLIENT_ACKED);
    if ((state & known) === 0 || sequenceDifference(acknowledgement, words[acked]!) > 0) {
      words[acked] = acknowledgement;
      words[place + (forwards ? row.SERVER_ACKED_FRAME : row.CLIENT_ACKED_FRAME)] = frame;
      words[place + row.STATE] = state | known;
      if ((state & (forwards ? row.RESPONSE_UNACKED : row.REQUEST_UNACKED)) !== 0) {
        const isWhole = forwards ? (state & row.MODE) === row.IDLE : (state & row.MODE) !== row.REQUEST_BODY;
        if (isWhole && acknowledgement === words[place + (forwards ? row.SERVER_NEXT : row.CLIENT_NEXT)]) {
          this.acknowledgeWhole(place, segment, forwards);
        } else this.acknowledgeMessage(place, segment, forwards);
      }
      if (!forwards && (state & row.CLIENT_CLOSED) !== 0) this.acknowledgeFin(place, segment);
    }
    if ((state & row.AWAITS_HANDSHAKE_ACK) !== 0 && forwards) {
      const endsHandshake =
        segment.sequence === sequenceAdd(words[place + row.CLIENT_BASE]!, 1) &&
        acknowledgement === sequenceAdd(words[place + row.SERVER_BASE]!, 1);
      if (endsHandshake) this.rows.doubles[(place + row.HANDSHAKE_ACK_TIME) >> 1] = segment.time;
      words[place + row.STATE] = words[place + row.STATE]! & ~row.AWAITS_HANDSHAKE_ACK;
    }
  }

  /** The current request or response, which nothing follows yet, is acknowledged to its end. Its row is only written to. */
  private acknowledgeWhole(place: number, { frame, time }: Segment, isResponse: boolean): void {
    const { words, doubles } = this.exchanges;
    const state = this.rows.words[place + row.STATE]!;
    const message = this.rows.words[place + row.CURRENT]! + (isResponse ? row.RESPONSE : row.REQUEST);
    if ((state & (isResponse ? row.RESPONSE_PART_ACKED : row.REQUEST_PART_ACKED)) === 0) {
      words[message + row.FIRST_ACKED_FRAME] = frame;
      doubles[(message + row.FIRST_ACKED_TIME) >> 1] = time;
    }
    words[message + row.ACKED_FRAME] = frame;
    doubles[(message + row.ACKED_TIME) >> 1] = time;
    this.rows.words[place + row.STATE] = state & ~(isResponse ? row.RESPONSE_UNACKED : row.REQUEST_UNACKED);
  }

  private acknowledgeMessage(place: number, segment: Segment, isResponse: boolean): void {
    const { acknowledgement, frame, time } = segment;
    const { words, doubles } = this.exchanges;
    const message = this.rows.words[place + row.CURRENT]! + (isResponse ? row.RESPONSE : row.REQUEST);
    if (words[message + row.FIRST_ACKED_FRAME] === 0) {
      if (sequenceDifference(acknowledgement, words[message + row.START]!) <= 0) return;
      words[message + row.FIRST_ACKED_FRAME] = frame;
      doubles[(message + row.FIRST_ACKED_TIME) >> 1] = time;
      this.rows.words[place + row.STATE]! |= isResponse ? row.RESPONSE_PART_ACKED : row.REQUEST_PART_ACKED;
    }
    if ((words[message + row.ABOUT]! & row.COMPLETE) === 0) {
      if (isResponse) this.rows.doubles[(place + row.SERVER_ACKED_TIME) >> 1] = time;
      return;
    }
    if (sequenceDifference(acknowledgement, words[message + row.END]!) < 0) return;
    words[message + row.ACKED_FRAME] = frame;
    doubles[(message + row.ACKED_TIME) >> 1] = time;
    this.rows.words[place + row.STATE]! &= ~(isResponse ? row.RESPONSE_UNACKED : row.REQUEST_UNACKED);
  }

  private acknowledgeFin(place: number, { acknowledgement, frame, time }: Segment): void {
    const { words, doubles } = this.rows;
    if (words[place + row.FIN_ACKED_FRAME] !== 0 || acknowledgement !== words[place + row.CLIENT_NEXT]) return;
    words[place + row.FIN_ACKED_FRAME] = frame;
    doubles[(place + row.FIN_ACKED_TIME) >> 1] = time;
  }

  private requestBytes(place: number, segment: Segment): boolean {
    switch (this.rows.words[place + row.STATE]! & row.MODE) {
      case row.IDLE:
        return this.beginRequest(place, segment);
      case row.REQUEST_BODY:
        return this.goOn(place, row.REQUEST, segment);
      default:
        return false;
    }
  }

  private responseBytes(place: number, segment: Segment): boolean {
    switch (this.rows.words[place + row.STATE]! & row.MODE) {
      case row.WAITING:
        return this.beginResponse(place, segment);
      case row.RESPONSE_BODY:
      case row.RESPONSE_UNTIL_CLOSE:
        return this.goOn(place, row.RESPONSE, segment);
      default:
        return false;
    }
  }

  private beginRequest(place: number, segment: Segment): boolean {
    const { words, doubles } = this.rows;
    const { view, payloadStart: start, frame, time } = segment;
    const end = start + segment.payloadLength;
    const exchanges = words[place + row.EXCHANGES]!;
    if (exchanges > 0) {
      if ((words[place + row.STATE]! & (row.RESPONSE_UNACKED | row.CLOSE_ANNOUNCED)) !== 0) return false;
      if (sequenceDifference(segment.acknowledgement, words[place + row.LAST_RESPONSE_END]!) < 0) return false;
    }
    if (end - start < 16) return false;
    const method = methodOf(view.getInt32(start));
    if (method < 0) return false;
    const lineFeed = indexOfLineFeed(view, start, end);
    if (lineFeed < 0) return false;
    const lineEnd = view.getUint8(lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed;
    const methodEnd = start + METHODS[method]!.length;
    if (view.getUint8(methodEnd) !== 0x20) return false;
    const line = readTarget(view, methodEnd, lineEnd);
    if (line === null) return false;
    const { targetStart, targetEnd } = line;
    const fields = this.fields;
    fields.isRequest = true;
    const isNamed =
      (words[place + row.STATE]! & row.CLIENT_NAMED) !== 0 ||
      (exchanges >= NAMED_MESSAGES && words[place + row.USER_AGENT] !== 0);
    const body = this.readFields(segment.buffer, view, lineFeed + 1, end, !isNamed);
    if (body < 0 || body - start > MAX_HEAD_BYTES) return false;
    if (fields.expectContinue || (fields.hasUpgrade && fields.connectionUpgrade)) return false;
    const framing = numberOfFraming(framingOfRequest(fields));
    if (framing < 0 || framing === BY_CLOSE) return false;
    const bodyEnd = this.scanFirst(view, framing, body, end);
    if (bodyEnd === NOT_PLAIN) return false;
    const userAgent = isNamed || words[place + row.USER_AGENT]! !== 0 ? 0 : this.numberOf(fields.userAgent);
    const host = exchanges > 0 ? 0 : this.numberOf(fields.host);
    if (userAgent < 0 || host < 0) return false;

    this.endGap(place, frame, time, 0);
    const exchange = this.exchanges.take();
    words[place + row.PREVIOUS] = words[place + row.CURRENT]!;
    words[place + row.CURRENT] = exchange;
    words[place + row.EXCHANGES] = exchanges + 1;
    if (exchanges === 0) words[place + row.PAIR] = this.options.observer.pairOf(segment, true);
    if (userAgent > 0) words[place + row.USER_AGENT] = userAgent;
    if (host > 0) words[place + row.HOST] = host;
    this.beginMessage(exchange + row.REQUEST, segment, method, minorVersionAt(view, lineEnd - 1), framing);
    const { requestObserver } = this.options;
    const route = hashBytes(view, start, targetEnd);
    const recent = requestObserver.asked(
      segment,
      true,
      route,
      fields.contentLength,
      words[place + row.STREAM]!,
      frame,
      time,
    );
    const facts = this.exchanges.words;
    facts[exchange + row.REQUEST_ID] = fields.requestId;
    facts[exchange + row.TRACE_ID] = fields.traceId;
    facts[exchange + row.BODY_DIGEST] = 0;
    facts[exchange + row.RECENT] = recent;
    if (framing === BY_LENGTH) this.digestBody(exchange, view, body, end);
    this.exchanges.doubles[(exchange + row.REQUEST_LENGTH) >> 1] = fields.contentLength;
    this.exchanges.doubles[(exchange + row.REQUEST_BODY_BYTES) >> 1] = this.scanned;
    this.keepTarget(exchange, segment, targetStart, targetEnd);
    const isOver = bodyEnd !== NOT_OVER;
    doubles[(place + row.REMAINING) >> 1] = this.remaining;
    words[place + row.STATE] =
      (words[place + row.STATE]! & ~(row.MODE | row.CHUNKED | row.CHUNK_STATE | row.REQUEST_PART_ACKED)) |
      row.REQUEST_UNACKED |
      (isNamed ? row.CLIENT_NAMED : 0) |
      ((facts[exchange + row.REQUEST + row.ABOUT]! & row.CLOSE) !== 0 ? row.CLOSE_ANNOUNCED : 0) |
      (isOver ? row.WAITING : row.REQUEST_BODY | (framing === BY_CHUNKS ? row.CHUNKED | this.chunkState : 0));
    if (isOver) facts[exchange + row.REQUEST + row.ABOUT]! |= row.COMPLETE;
    return true;
  }

  private beginResponse(place: number, segment: Segment): boolean {
    const { words, doubles } = this.rows;
    const { view, payloadStart: start } = segment;
    const end = start + segment.payloadLength;
    const exchange = words[place + row.CURRENT]!;
    const request = exchange + row.REQUEST;
    // The server's TCP had the whole request when it answered.
    if (sequenceDifference(segment.acknowledgement, this.exchanges.words[request + row.END]!) < 0) return false;
    if (end - start < 16) return false;
    const lineFeed = indexOfLineFeed(view, start, end);
    if (lineFeed <= start) return false;
    const status = readStatusLine(view, start, view.getUint8(lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed);
    // A gateway's failure is looked at more closely.
    if (status < 200 || status > row.CODE || isGatewayFailure(status)) return false;
    const fields = this.fields;
    fields.isRequest = false;
    const isNamed =
      (words[place + row.STATE]! & row.SERVER_NAMED) !== 0 ||
      (words[place + row.EXCHANGES]! > NAMED_MESSAGES && words[place + row.PRODUCT] !== 0);
    const body = this.readFields(segment.buffer, view, lineFeed + 1, end, !isNamed);
    if (body < 0 || body - start > MAX_HEAD_BYTES) return false;
    const method = METHODS[this.exchanges.words[request + row.ABOUT]! & row.CODE]!;
    const framing = numberOfFraming(framingOfResponse(fields, status, method));
    if (framing < 0) return false;
    const bodyEnd = this.scanFirst(view, framing, body, end);
    if (bodyEnd === NOT_PLAIN) return false;
    const product = isNamed || words[place + row.PRODUCT]! !== 0 ? 0 : this.numberOf(fields.server);
    if (product < 0) return false;

    if (product > 0) words[place + row.PRODUCT] = product;
    this.letGoOfPrevious(place);
    if (words[place + row.GAP_END_FRAME] !== 0) this.tellReuse(place, request);
    const response = exchange + row.RESPONSE;
    this.beginMessage(response, segment, status, minorVersionAt(view, start + 7), framing);
    const facts = this.exchanges.words;
    this.exchanges.doubles[(exchange + row.RESPONSE_LENGTH) >> 1] = fields.contentLength;
    this.exchanges.doubles[(exchange + row.RESPONSE_BODY_BYTES) >> 1] = this.scanned;
    facts[exchange + row.KEEP_ALIVE_TIMEOUT] = fields.keepAliveTimeout;
    facts[exchange + row.KEEP_ALIVE_MAX] = fields.keepAliveMax;
    if (fields.connectionKeepAlive) facts[response + row.ABOUT]! |= row.KEEP_ALIVE_LISTED;
    doubles[(place + row.REMAINING) >> 1] = this.remaining;
    const state =
      (words[place + row.STATE]! & ~(row.MODE | row.CHUNKED | row.CHUNK_STATE | row.RESPONSE_PART_ACKED)) |
      row.RESPONSE_UNACKED |
      (isNamed ? row.SERVER_NAMED : 0) |
      ((facts[response + row.ABOUT]! & row.CLOSE) !== 0 ? row.CLOSE_ANNOUNCED : 0);
    if (bodyEnd !== NOT_OVER) {
      words[place + row.STATE] = state | row.IDLE;
      this.endExchange(place);
    } else if (framing === BY_CLOSE) {
      words[place + row.STATE] = state | row.RESPONSE_UNTIL_CLOSE;
    } else {
      words[place + row.STATE] =
        state | row.RESPONSE_BODY | (framing === BY_CHUNKS ? row.CHUNKED | this.chunkState : 0);
    }
    return true;
  }

  /** Seconds of the last response's `Keep-Alive: timeout`, when it is the server's own word; -1: none. */
  announcedTimeout(place: number): number {
    const exchange = this.rows.words[place + row.CURRENT]!;
    if (exchange < 0) return -1;
    const { words } = this.exchanges;
    const isListed = (words[exchange + row.RESPONSE + row.ABOUT]! & row.KEEP_ALIVE_LISTED) !== 0;
    return isListed ? words[exchange + row.KEEP_ALIVE_TIMEOUT]! : -1;
  }

  /** When the last response began, and when its request ended (ns); NaN before the first exchange. */
  lastResponseStart(place: number): number {
    const exchange = this.rows.words[place + row.CURRENT]!;
    return exchange < 0 ? NaN : this.exchanges.doubles[(exchange + row.RESPONSE + row.START_TIME) >> 1]!;
  }

  lastRequestEnd(place: number): number {
    const exchange = this.rows.words[place + row.CURRENT]!;
    return exchange < 0 ? NaN : this.exchanges.doubles[(exchange + row.REQUEST + row.END_TIME) >> 1]!;
  }

  /** The request was answered. When an idle gap lay before it, the connection was used again after that. */
  private tellReuse(place: number, request: number): void {
    const { words, doubles } = this.rows;
    const frame = words[place + row.GAP_END_FRAME]!;
    const facts = this.exchanges;
    if (frame !== facts.words[request + row.MESSAGE_FIRST_FRAME]) return;
    this.options.observer.reused(
      words[place + row.PAIR]!,
      words[place + row.STREAM]!,
      doubles[(place + row.GAP_DURATION) >> 1]!,
      words[place + row.GAP_AFTER_FRAME]!,
      frame,
      facts.doubles[(request + row.START_TIME) >> 1]!,
    );
  }

  /** Reads field lines from `at` on; returns where the body begins, or -1 when the head does not end before `end`. */
  private readFields(buffer: Buffer, view: DataView, at: number, end: number, names: boolean): number {
    this.fields.reset();
    const line = readFieldLines(this.fields, buffer, view, at, end, names);
    const lineFeed = line < end && view.getUint8(line) === 0x0d ? line + 1 : line;
    return lineFeed < end && view.getUint8(lineFeed) === 0x0a ? lineFeed + 1 : -1;
  }

  /** The part of a body that lies in the segment of its head: returns its end, or one of the answers above. */
  private scanFirst(view: DataView, framing: number, start: number, end: number): number {
    this.remaining = 0;
    this.scanned = 0;
    switch (framing) {
      case NONE:
        return start === end ? end : NOT_PLAIN;
      case BY_LENGTH:
        this.remaining = this.fields.contentLength;
        return this.scanLength(end - start, end);
      case BY_CHUNKS:
        this.chunkState = row.CHUNK_SIZE;
        return this.scanChunks(view, start, end);
      default:
        this.scanned = end - start;
        return NOT_OVER;
    }
  }

  private scanLength(length: number, end: number): number {
    if (length > this.remaining) return NOT_PLAIN;
    this.scanned = length;
    this.remaining -= length;
    return this.remaining === 0 ? end : NOT_OVER;
  }

  private scanChunks(view: DataView, start: number, end: number): number {
    let at = start;
    while (at < end) {
      if (this.chunkState === row.CHUNK_DATA) {
        const count = Math.min(this.remaining, end - at);
        at += count;
        this.scanned += count;
        this.remaining -= count;
        if (this.remaining === 0) this.chunkState = row.CHUNK_END;
        continue;
      }
      const lineFeed = indexOfLineFeed(view, at, end);
      if (lineFeed < 0) return NOT_PLAIN;
      const lineEnd = lineFeed > at && view.getUint8(lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed;
      if (this.chunkState === row.CHUNK_SIZE) {
        const size = readChunkSize(view, at, lineEnd);
        if (size < 0) return NOT_PLAIN;
        this.remaining = size;
        this.chunkState = size === 0 ? row.TRAILER : row.CHUNK_DATA;
      } else if (this.chunkState === row.CHUNK_END) {
        if (lineEnd !== at) return NOT_PLAIN;
        this.chunkState = row.CHUNK_SIZE;
      } else if (lineEnd === at) {
        return lineFeed + 1 === end ? end : NOT_PLAIN;
      }
      at = lineFeed + 1;
    }
    return NOT_OVER;
  }

  /** More of the body of the message under way. */
  private goOn(place: number, which: number, segment: Segment): boolean {
    const { words, doubles } = this.rows;
    const state = words[place + row.STATE]!;
    const length = segment.payloadLength;
    const end = segment.payloadStart + length;
    this.remaining = doubles[(place + row.REMAINING) >> 1]!;
    this.scanned = 0;
    let bodyEnd: number;
    if ((state & row.CHUNKED) !== 0) {
      this.chunkState = state & row.CHUNK_STATE;
      bodyEnd = this.scanChunks(segment.view, segment.payloadStart, end);
    } else if ((state & row.MODE) === row.RESPONSE_UNTIL_CLOSE) {
      this.scanned = length;
      bodyEnd = NOT_OVER;
    } else bodyEnd = this.scanLength(length, end);
    if (bodyEnd === NOT_PLAIN) return false;

    const exchange = words[place + row.CURRENT]!;
    const message = exchange + which;
    if (which === row.REQUEST && (state & row.CHUNKED) === 0) {
      this.digestBody(exchange, segment.view, segment.payloadStart, end);
    }
    const bodyBytes = exchange + (which === row.REQUEST ? row.REQUEST_BODY_BYTES : row.RESPONSE_BODY_BYTES);
    const facts = this.exchanges;
    facts.words[message + row.END] = sequenceAdd(segment.sequence, length);
    facts.words[message + row.MESSAGE_LAST_FRAME] = segment.frame;
    facts.doubles[(message + row.END_TIME) >> 1] = segment.time;
    facts.doubles[bodyBytes >> 1]! += this.scanned;
    doubles[(place + row.REMAINING) >> 1] = this.remaining;
    if (bodyEnd === NOT_OVER) {
      if ((state & row.CHUNKED) !== 0) words[place + row.STATE] = (state & ~row.CHUNK_STATE) | this.chunkState;
      return true;
    }
    words[place + row.STATE] =
      (state & ~(row.MODE | row.CHUNKED | row.CHUNK_STATE)) | (which === row.REQUEST ? row.WAITING : row.IDLE);
    if (which === row.REQUEST) facts.words[message + row.ABOUT]! |= row.COMPLETE;
    else this.endExchange(place);
    return true;
  }

  private beginMessage(message: number, segment: Segment, code: number, minorVersion: number, framing: number): void {
    const { words, doubles } = this.exchanges;
    const { fields } = this;
    const { frame, time } = segment;
    words[message + row.START] = segment.sequence;
    words[message + row.END] = sequenceAdd(segment.sequence, segment.payloadLength);
    words[message + row.MESSAGE_FIRST_FRAME] = frame;
    words[message + row.MESSAGE_LAST_FRAME] = frame;
    words[message + row.ACKNOWLEDGEMENT_AT_START] = segment.acknowledgement;
    words[message + row.ABOUT] =
      code |
      (minorVersion << row.MINOR_VERSION_SHIFT) |
      (framing << row.FRAMING_SHIFT) |
      (announcesClose(fields, minorVersion) ? row.CLOSE : 0) |
      (fields.connectionClose ? row.CLOSE_OPTION : 0);
    words[message + row.FIRST_ACKED_FRAME] = 0;
    words[message + row.ACKED_FRAME] = 0;
    doubles[(message + row.START_TIME) >> 1] = time;
    doubles[(message + row.END_TIME) >> 1] = time;
  }

  /** The response is whole: the connection is idle from now on. */
  private endExchange(place: number): void {
    const { words, doubles } = this.rows;
    const facts = this.exchanges;
    const exchange = words[place + row.CURRENT]!;
    const response = exchange + row.RESPONSE;
    facts.words[response + row.ABOUT]! |= row.COMPLETE;
    const requestEnd = facts.doubles[(exchange + row.REQUEST + row.END_TIME) >> 1]!;
    const responseEnd = facts.doubles[(response + row.END_TIME) >> 1]!;
    const late = requestEnd > responseEnd ? exchange + row.REQUEST : response;
    words[place + row.LAST_RESPONSE_END] = facts.words[response + row.END]!;
    doubles[(place + row.IDLE_SINCE) >> 1] = facts.doubles[(late + row.END_TIME) >> 1]!;
    words[place + row.IDLE_AFTER_FRAME] = facts.words[late + row.MESSAGE_LAST_FRAME]!;
  }

  /** The idle gap that is open, if one is, ends here. */
  private endGap(place: number, frame: number, time: number, endedBy: number): void {
    const { words, doubles } = this.rows;
    const idleSince = doubles[(place + row.IDLE_SINCE) >> 1]!;
    if (Number.isNaN(idleSince)) return;
    doubles[(place + row.GAP_DURATION) >> 1] = Math.max(0, time - idleSince);
    words[place + row.GAP_AFTER_FRAME] = words[place + row.IDLE_AFTER_FRAME]!;
    words[place + row.GAP_END_FRAME] = frame;
    words[place + row.STATE]! |= endedBy;
    doubles[(place + row.IDLE_SINCE) >> 1] = NaN;
  }

  /** Hashes the first bytes of a request's body, once. */
  private digestBody(exchange: number, view: DataView, start: number, end: number): void {
    const { words } = this.exchanges;
    if (start === end || words[exchange + row.BODY_DIGEST] !== 0) return;
    const digest = hashBytes(view, start, Math.min(end, start + DIGEST_BYTES));
    words[exchange + row.BODY_DIGEST] = digest;
    this.options.requestObserver.bodyBegan(words[exchange + row.RECENT]!, digest);
  }

  private keepTarget(exchange: number, segment: Segment, start: number, end: number): void {
    const length = Math.min(end - start, MAX_TARGET);
    const { words } = this.exchanges;
    words[exchange + row.TARGET_LENGTH] = length;
    if (length > row.MAX_ROW_TARGET) {
      this.longTargets.set(exchange, segment.buffer.toString('latin1', start, start + length));
      return;
    }
    // Whole words: what is copied beyond the target are bytes of the same line.
    const target = exchange + row.TARGET;
    for (let i = 0; i * 4 < length; i++) words[target + i] = segment.view.getInt32(start + i * 4, IS_LITTLE_ENDIAN);
  }

  /** The number of a name, a new one when it has none; -1 when there are too many of them. */
  private numberOf(name: string): number {
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

  private letGoOfPrevious(place: number): void {
    const previous = this.rows.words[place + row.PREVIOUS]!;
    if (previous < 0) return;
    this.rows.words[place + row.PREVIOUS] = -1;
    this.letGoOf(previous);
  }

  private letGoOf(exchange: number): void {
    // Hardly ever is there one: then there is no need to look.
    if (this.longTargets.size > 0) this.longTargets.delete(exchange);
    this.exchanges.give(exchange);
  }

  wake(place: number, connection: Connection): void {
    wakeConnection(this, place, connection, this.options.httpFor);
    this.free(place);
  }

  private free(place: number): void {
    this.letGoOfPrevious(place);
    const current = this.rows.words[place + row.CURRENT]!;
    if (current >= 0) this.letGoOf(current);
    this.rows.give(place);
  }
}
