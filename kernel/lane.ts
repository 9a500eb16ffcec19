// What a quiet connection's segments do to its row: requests and responses in turns, every segment in order and once. A
// segment is taken whole, or not at all. See src/http/quiet-connections.ts.

import { DIGEST_BYTES, MAX_HEAD_BYTES, MAX_TARGET, NAMED_MESSAGES } from '../src/http/limits.ts';
import * as row from '../src/http/quiet-layout.ts';
import { BY_CHUNKS, BY_CLOSE, BY_LENGTH, HEAD, NONE } from '../src/http/quiet-layout.ts';
import { LATEST_HANDSHAKE_ACK } from '../src/tcp/table-layout.ts';
import * as body from './body';
import { close } from './closed';
import { noteEnded } from './ended';
import { checkOfSegment, hashBytes, hashPair } from './hash';
import * as head from './head';
import { isWaiting, tellAsked, tellBodyBegan, tellEnded, tellPaired, tellReused } from './log';
import { double, long, setDouble, setLong, setWord, word } from './memory';
import { numberOfName } from './names';
import * as observer from './observer';
import { countReuse, pairOfSegment } from './pairs';
import { addRequest, bodyBegan } from './recent';
import { lineFeedIn } from './scan';
import * as segment from './segment';
import { minorVersionAt, readRequestLine, readStatusLine, targetEnd, targetStart } from './start-line';
import { bury } from './table';

/** Addresses of the lists of free rows: see src/base/rows.ts. */
let freeRows: i32 = 0;
let freeExchanges: i32 = 0;
/** Some target is kept beside its row. */
let hasLongTargets: bool = false;

export function setFreeRows(address: i32): void {
  freeRows = address;
}

export function setFreeExchanges(address: i32): void {
  freeExchanges = address;
  hasLongTargets = false;
}

/** Makes a row of a connection's first segment; -1: that is not one that a quiet connection begins with. */
export function open(stream: i32, hash: i32): i32 {
  const flags = segment.flags & (segment.SYN | segment.ACK | segment.FIN | segment.RST);
  if (flags !== segment.SYN || segment.payloadEnd > segment.payloadStart || segment.ttl === 0) return -1;
  const place = takeRow();
  setWord(place, row.SOURCE, segment.source0);
  setWord(place, row.DESTINATION, segment.destination0);
  setWord(place, row.PORTS, segment.ports);
  setWord(place, row.STATE, segment.isIpv6 ? row.IS_IPV6 : 0);
  setWord(place, row.CLIENT_NEXT, segment.sequence + 1);
  setWord(place, row.SERVER_NEXT, 0);
  setWord(place, row.WINDOWS, (segment.window >> segment.windowScale) << 16);
  setWord(place, row.LAST_FRAME, segment.frame);
  setWord(place, row.STREAM, stream);
  setWord(place, row.CURRENT, -1);
  setWord(place, row.PREVIOUS, -1);
  setWord(place, row.EXCHANGES, 0);
  setDouble(place, row.IDLE_SINCE, NaN);
  setWord(place, row.GAP_END_FRAME, 0);
  setWord(place, row.PAIR, -1);
  setWord(place, row.PAIR_COUNTS, pairOfSegment());
  setWord(place, row.CLIENT_WRAPS, 0);
  setWord(place, row.SERVER_WRAPS, 0);
  setWord(place, row.CLIENT_BASE, segment.sequence);
  setDouble(place, row.SYN_TIME, segment.time);
  setDouble(place, row.SYN_ACK_TIME, NaN);
  setDouble(place, row.HANDSHAKE_ACK_TIME, NaN);
  setWord(place, row.FIRST_FRAME, segment.frame);
  setWord(place, row.HASH, hash);
  setWord(place, row.CLIENT_LINK, segment.ttl | (segment.windowScale << 8));
  setWord(place, row.PRODUCT, 0);
  setWord(place, row.USER_AGENT, 0);
  setWord(place, row.HOST, 0);
  if (segment.isIpv6) {
    setWord(place, row.SOURCE_1, segment.source1);
    setWord(place, row.SOURCE_1 + 1, segment.source2);
    setWord(place, row.SOURCE_1 + 2, segment.source3);
    setWord(place, row.DESTINATION_1, segment.destination1);
    setWord(place, row.DESTINATION_1 + 1, segment.destination2);
    setWord(place, row.DESTINATION_1 + 2, segment.destination3);
  }
  return place;
}

/** The segment is of this connection, from its client; -1: from its server; 0: neither. */
export function directionOf(place: i32): i32 {
  const ports = word(place, row.PORTS);
  const source = word(place, row.SOURCE);
  const destination = word(place, row.DESTINATION);
  if (((word(place, row.STATE) & row.IS_IPV6) !== 0) !== segment.isIpv6) return 0;
  if (
    ports === segment.ports &&
    source === segment.source0 &&
    destination === segment.destination0 &&
    (!segment.isIpv6 || hasWords(place, row.SOURCE_1, row.DESTINATION_1))
  ) {
    return 1;
  }
  return ports === rotl<i32>(segment.ports, 16) &&
    source === segment.destination0 &&
    destination === segment.source0 &&
    (!segment.isIpv6 || hasWords(place, row.DESTINATION_1, row.SOURCE_1))
    ? -1
    : 0;
}

function hasWords(place: i32, source: i32, destination: i32): bool {
  return (
    word(place, source) === segment.source1 &&
    word(place, source + 1) === segment.source2 &&
    word(place, source + 2) === segment.source3 &&
    word(place, destination) === segment.destination1 &&
    word(place, destination + 1) === segment.destination2 &&
    word(place, destination + 2) === segment.destination3
  );
}

/** The connection in this row ended, and the program does not know of it yet. */
export function hasEnded(place: i32): bool {
  return (word(place, row.STATE) & row.ENDED) !== 0;
}

/** Does the connection in this row take the segment? */
export function receive(place: i32, forwards: bool): bool {
  switch (segment.flags & (segment.SYN | segment.ACK | segment.FIN | segment.RST)) {
    case segment.ACK:
      return receivePlain(place, forwards);
    case segment.SYN | segment.ACK:
      return receiveSynAck(place, forwards);
    case segment.FIN | segment.ACK:
      return forwards ? receiveClientFin(place) : receiveServerFin(place);
    case segment.RST:
    case segment.RST | segment.ACK:
      return receiveReset(place, forwards);
    default:
      return false;
  }
}

function receivePlain(place: i32, forwards: bool): bool {
  const state = word(place, row.STATE);
  if ((state & row.ANSWERED) === 0) return false;
  const next = word(place, forwards ? row.CLIENT_NEXT : row.SERVER_NEXT);
  const peerNext = word(place, forwards ? row.SERVER_NEXT : row.CLIENT_NEXT);
  if (segment.sequence !== next || segment.acknowledgement - peerNext > 0) return false;
  if (forwards && !knowsServer(state, peerNext)) return false;
  const length = segment.payloadEnd - segment.payloadStart;
  if (length > 0 && (segment.isCut || (state & row.CLOSING) !== 0)) return false;
  acknowledge(place, forwards);
  if (length === 0) return true;
  const mode = word(place, row.STATE) & row.MODE;
  if (forwards) {
    if (mode === row.IDLE) {
      if (!beginRequest(place)) return false;
    } else if (mode !== row.REQUEST_BODY || !goOn(place, row.REQUEST)) return false;
  } else if (mode === row.WAITING) {
    if (!beginResponse(place)) return false;
  } else if ((mode !== row.RESPONSE_BODY && mode !== row.RESPONSE_UNTIL_CLOSE) || !goOn(place, row.RESPONSE)) {
    return false;
  }
  const end = next + length;
  setWord(place, forwards ? row.CLIENT_NEXT : row.SERVER_NEXT, end);
  if (<u32>end < <u32>next) {
    const wraps = forwards ? row.CLIENT_WRAPS : row.SERVER_WRAPS;
    setWord(place, wraps, word(place, wraps) + 1);
  }
  return true;
}

/** The client's first acknowledgement is that of the SYN. */
function knowsServer(state: i32, serverNext: i32): bool {
  return (state & row.SERVER_ACK_KNOWN) !== 0 || segment.acknowledgement === serverNext;
}

function receiveSynAck(place: i32, forwards: bool): bool {
  const state = word(place, row.STATE);
  if (forwards || (state & row.ANSWERED) !== 0 || segment.payloadEnd > segment.payloadStart) return false;
  // No packet arrives without time to live: then that of a later one counts.
  if (segment.acknowledgement !== word(place, row.CLIENT_NEXT) || segment.ttl === 0) return false;
  const scale = segment.windowScale;
  setWord(place, row.SERVER_BASE, segment.sequence);
  setWord(place, row.SERVER_NEXT, segment.sequence + 1);
  setWord(place, row.WINDOWS, (word(place, row.WINDOWS) & ~0xffff) | (segment.window >> scale));
  setWord(place, row.SERVER_LINK, segment.ttl | (scale << 8));
  setWord(place, row.CLIENT_ACKED, segment.acknowledgement);
  setWord(place, row.CLIENT_ACKED_FRAME, segment.frame);
  setDouble(place, row.SYN_ACK_TIME, segment.time);
  setWord(place, row.LAST_FRAME, segment.frame);
  setWord(place, row.STATE, state | row.ANSWERED | row.AWAITS_HANDSHAKE_ACK | row.CLIENT_ACK_KNOWN);
  return true;
}

/** The server's FIN on an idle connection, or its answer to the client's FIN. It has all of the client's bytes. */
function receiveServerFin(place: i32): bool {
  const state = word(place, row.STATE);
  if ((state & row.ANSWERED) === 0 || segment.payloadEnd > segment.payloadStart) return false;
  if ((state & (row.CLOSING & ~row.CLIENT_CLOSED)) !== 0 || (state & row.MODE) !== row.IDLE) return false;
  // What acknowledges it does not show when the handshake ended.
  if ((state & row.AWAITS_HANDSHAKE_ACK) !== 0) return false;
  const next = word(place, row.SERVER_NEXT);
  if (segment.sequence !== next || segment.acknowledgement !== word(place, row.CLIENT_NEXT)) return false;
  const isAnswer = (state & row.CLIENT_CLOSED) !== 0;
  // The client sent its FIN when it had all of the server's bytes, and nobody had spoken of an end: then all is over.
  if (isAnswer && (state & row.CLOSE_ANNOUNCED) === 0 && word(place, row.FIN_ACKNOWLEDGEMENT) - next >= 0) {
    if (segment.hasTuple && !isWaiting(place) && noteEnded(place)) {
      bury(place, checkOfSegment());
      letGo(place);
    } else {
      addBits(place, row.STATE, row.ENDED);
      tellEnded(place);
    }
    return true;
  }
  acknowledge(place, false);
  setWord(place, row.SERVER_NEXT, next + 1);
  if (next === -1) setWord(place, row.SERVER_WRAPS, word(place, row.SERVER_WRAPS) + 1);
  setWord(place, row.SERVER_FIN_FRAME, segment.frame);
  setDouble(place, row.SERVER_FIN_TIME, segment.time);
  setWord(place, row.SERVER_FIN_LINK, link());
  addBits(place, row.STATE, row.SERVER_CLOSED);
  if (isAnswer) close(place);
  else endGapByFin(place);
  return true;
}

/** The client's FIN on an idle connection, which may answer the server's. */
function receiveClientFin(place: i32): bool {
  const state = word(place, row.STATE);
  if ((state & row.ANSWERED) === 0 || segment.payloadEnd > segment.payloadStart) return false;
  const next = word(place, row.CLIENT_NEXT);
  const peerNext = word(place, row.SERVER_NEXT);
  if (segment.sequence !== next || segment.acknowledgement - peerNext > 0 || !knowsServer(state, peerNext))
    return false;
  if ((state & (row.CLOSING & ~row.SERVER_CLOSED)) !== 0 || (state & row.MODE) !== row.IDLE) return false;
  acknowledge(place, true);
  setWord(place, row.CLIENT_NEXT, next + 1);
  if (next === -1) setWord(place, row.CLIENT_WRAPS, word(place, row.CLIENT_WRAPS) + 1);
  setWord(place, row.FIN_FRAME, segment.frame);
  setDouble(place, row.FIN_TIME, segment.time);
  setWord(place, row.FIN_ACKNOWLEDGEMENT, segment.acknowledgement);
  setWord(place, row.FIN_LINK, link());
  setWord(place, row.FIN_ACKED_FRAME, 0);
  setDouble(place, row.FIN_ACKED_TIME, NaN);
  addBits(place, row.STATE, row.CLIENT_CLOSED);
  if ((state & row.SERVER_CLOSED) !== 0) close(place);
  else endGapByFin(place);
  return true;
}

/** A RST on an idle connection that nobody had closed, directly behind what its sender sent before. */
function receiveReset(place: i32, forwards: bool): bool {
  const state = word(place, row.STATE);
  if ((state & row.ANSWERED) === 0 || segment.payloadEnd > segment.payloadStart) return false;
  if ((state & row.CLOSING) !== 0 || (state & row.MODE) !== row.IDLE) return false;
  if (segment.sequence !== word(place, forwards ? row.CLIENT_NEXT : row.SERVER_NEXT)) return false;
  const hasAck = (segment.flags & segment.ACK) !== 0;
  if (hasAck) {
    const peerNext = word(place, forwards ? row.SERVER_NEXT : row.CLIENT_NEXT);
    if (segment.acknowledgement - peerNext > 0 || (forwards && !knowsServer(state, peerNext))) return false;
    noteAcknowledgement(place, forwards);
  }
  setWord(place, row.LAST_FRAME, segment.frame);
  setWord(place, row.FIN_FRAME, segment.frame);
  setDouble(place, row.FIN_TIME, segment.time);
  setWord(place, row.FIN_ACKNOWLEDGEMENT, segment.acknowledgement);
  setWord(place, row.FIN_LINK, link());
  const bits = (forwards ? row.RESET_BY_CLIENT : row.RESET_BY_SERVER) | (hasAck ? row.RESET_HAS_ACK : 0);
  addBits(place, row.STATE, bits);
  close(place);
  return true;
}

/** TTL and IP identification, as a row keeps them of a FIN or RST. */
function link(): i32 {
  return ((segment.ipId + 1) << 8) | segment.ttl;
}

/** What every segment behind the handshake tells. Done twice for one segment, it changes nothing more. */
function acknowledge(place: i32, forwards: bool): void {
  const state = word(place, row.STATE);
  setWord(place, row.LAST_FRAME, segment.frame);
  const windows = word(place, row.WINDOWS);
  setWord(
    place,
    row.WINDOWS,
    forwards ? (windows & 0xffff) | (segment.window << 16) : (windows & ~0xffff) | segment.window,
  );
  noteAcknowledgement(place, forwards);
  if ((state & row.AWAITS_HANDSHAKE_ACK) !== 0 && forwards) {
    // Neither has sent anything behind its SYN yet: this is the handshake's end, unless a RST came before it, and this is older.
    // (A later one is another segment: see src/tcp/connection.ts.)
    const isLate = segment.time - double(place, row.SYN_ACK_TIME) > LATEST_HANDSHAKE_ACK;
    if (segment.acknowledgement === word(place, row.SERVER_NEXT) && !isLate) {
      setDouble(place, row.HANDSHAKE_ACK_TIME, segment.time);
    }
    setWord(place, row.STATE, word(place, row.STATE) & ~row.AWAITS_HANDSHAKE_ACK);
  }
}

function noteAcknowledgement(place: i32, forwards: bool): void {
  const state = word(place, row.STATE);
  const acknowledgement = segment.acknowledgement;
  const known = forwards ? row.SERVER_ACK_KNOWN : row.CLIENT_ACK_KNOWN;
  const acked = forwards ? row.SERVER_ACKED : row.CLIENT_ACKED;
  if ((state & known) === 0 || acknowledgement - word(place, acked) > 0) {
    setWord(place, acked, acknowledgement);
    setWord(place, forwards ? row.SERVER_ACKED_FRAME : row.CLIENT_ACKED_FRAME, segment.frame);
    setWord(place, row.STATE, state | known);
    if ((state & (forwards ? row.RESPONSE_UNACKED : row.REQUEST_UNACKED)) !== 0) {
      const mode = state & row.MODE;
      const isWhole = forwards ? mode === row.IDLE : mode !== row.REQUEST_BODY;
      if (isWhole && acknowledgement === word(place, forwards ? row.SERVER_NEXT : row.CLIENT_NEXT)) {
        acknowledgeWhole(place, forwards);
      } else acknowledgeMessage(place, forwards);
    }
    if (!forwards && (state & row.CLIENT_CLOSED) !== 0) acknowledgeFin(place);
    if (forwards && (state & row.SERVER_CLOSED) !== 0) setDouble(place, row.SERVER_ACKED_TIME, segment.time);
  }
}

/** The current request or response, which nothing follows yet, is acknowledged to its end. Its row is only written to. */
function acknowledgeWhole(place: i32, isResponse: bool): void {
  const state = word(place, row.STATE);
  const message = word(place, row.CURRENT) + (isResponse ? row.RESPONSE : row.REQUEST);
  if ((state & (isResponse ? row.RESPONSE_PART_ACKED : row.REQUEST_PART_ACKED)) === 0) {
    setWord(message, row.FIRST_ACKED_FRAME, segment.frame);
    setDouble(message, row.FIRST_ACKED_TIME, segment.time);
  }
  setWord(message, row.ACKED_FRAME, segment.frame);
  setDouble(message, row.ACKED_TIME, segment.time);
  setWord(place, row.STATE, state & ~(isResponse ? row.RESPONSE_UNACKED : row.REQUEST_UNACKED));
}

function acknowledgeMessage(place: i32, isResponse: bool): void {
  const acknowledgement = segment.acknowledgement;
  const message = word(place, row.CURRENT) + (isResponse ? row.RESPONSE : row.REQUEST);
  if (word(message, row.FIRST_ACKED_FRAME) === 0) {
    if (acknowledgement - word(message, row.START) <= 0) return;
    setWord(message, row.FIRST_ACKED_FRAME, segment.frame);
    setDouble(message, row.FIRST_ACKED_TIME, segment.time);
    addBits(place, row.STATE, isResponse ? row.RESPONSE_PART_ACKED : row.REQUEST_PART_ACKED);
  }
  if ((word(message, row.ABOUT) & row.COMPLETE) === 0) {
    if (isResponse) setDouble(place, row.SERVER_ACKED_TIME, segment.time);
    return;
  }
  if (acknowledgement - word(message, row.END) < 0) return;
  setWord(message, row.ACKED_FRAME, segment.frame);
  setDouble(message, row.ACKED_TIME, segment.time);
  setWord(place, row.STATE, word(place, row.STATE) & ~(isResponse ? row.RESPONSE_UNACKED : row.REQUEST_UNACKED));
}

function acknowledgeFin(place: i32): void {
  if (word(place, row.FIN_ACKED_FRAME) !== 0 || segment.acknowledgement !== word(place, row.CLIENT_NEXT)) return;
  setWord(place, row.FIN_ACKED_FRAME, segment.frame);
  setDouble(place, row.FIN_ACKED_TIME, segment.time);
}

function beginRequest(place: i32): bool {
  const start = segment.payloadStart;
  const end = segment.payloadEnd;
  const exchanges = word(place, row.EXCHANGES);
  const state = word(place, row.STATE);
  if (exchanges > 0) {
    if ((state & (row.RESPONSE_UNACKED | row.CLOSE_ANNOUNCED)) !== 0) return false;
    if (segment.acknowledgement - word(place, row.LAST_RESPONSE_END) < 0) return false;
  }
  if (end - start < 16) return false;
  const lineFeed = lineFeedIn(start, end);
  if (lineFeed <= start) return false;
  const lineEnd = load<u8>(lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed;
  const method = readRequestLine(start, lineEnd);
  if (method < 0) return false;
  const isNamed =
    (state & row.CLIENT_NAMED) !== 0 || (exchanges >= NAMED_MESSAGES && word(place, row.USER_AGENT) !== 0);
  const bodyStart = head.readHead(lineFeed + 1, end, true, !isNamed);
  if (bodyStart < 0 || bodyStart - start > MAX_HEAD_BYTES) return false;
  const framing = head.isChunked ? BY_CHUNKS : head.contentLength > 0 ? BY_LENGTH : NONE;
  const scan = scanFirst(framing, bodyStart, end);
  if (scan === body.NOT_PLAIN) return false;
  const userAgent =
    isNamed || word(place, row.USER_AGENT) !== 0 ? 0 : numberOfName(head.userAgentStart, head.userAgentEnd);
  const host = exchanges > 0 ? 0 : numberOfName(head.hostStart, head.hostEnd);
  if (userAgent < 0 || host < 0) return false;
  const targetLength = min<i32>(targetEnd - targetStart, MAX_TARGET);

  endGap(place);
  const exchange = takeExchange();
  setWord(place, row.PREVIOUS, word(place, row.CURRENT));
  setWord(place, row.CURRENT, exchange);
  setWord(place, row.EXCHANGES, exchanges + 1);
  if (exchanges === 0 && word(place, row.PAIR_COUNTS) === 0) tellPaired(place);
  if (userAgent > 0) setWord(place, row.USER_AGENT, userAgent);
  if (host > 0) setWord(place, row.HOST, host);
  beginMessage(exchange + row.REQUEST, method, minorVersionAt(lineEnd - 1), framing);
  const route = hashBytes(start, targetEnd);
  const number = addRequest(clientNumber(place), route, <f64>head.contentLength, word(place, row.STREAM));
  setWord(exchange, row.RECENT, number);
  if (number < 0) tellAsked(place, exchange, route, <f64>head.contentLength);
  setWord(exchange, row.REQUEST_ID, head.requestId);
  setWord(exchange, row.TRACE_ID, head.traceId);
  setWord(exchange, row.BODY_DIGEST, 0);
  if (framing === BY_LENGTH) digestBody(place, exchange, bodyStart, end);
  setDouble(exchange, row.REQUEST_LENGTH, <f64>head.contentLength);
  setDouble(exchange, row.REQUEST_BODY_BYTES, <f64>body.scanned);
  setWord(exchange, row.TARGET_LENGTH, targetLength);
  if (targetLength > row.MAX_ROW_TARGET) {
    hasLongTargets = true;
    observer.keepTarget(exchange, targetStart, targetLength);
  } else {
    // Whole words: what is copied beyond the target are bytes of the same line.
    const target = (exchange + row.TARGET) << 2;
    let at = 0;
    for (; at + 16 <= targetLength; at += 16) v128.store(target + at, v128.load(targetStart + at));
    for (; at < targetLength; at += 4) store<i32>(target + at, load<i32>(targetStart + at));
  }
  keepBody(place, framing === BY_CHUNKS);
  const about = word(exchange + row.REQUEST, row.ABOUT);
  const isOver = scan === body.OVER;
  setWord(
    place,
    row.STATE,
    (word(place, row.STATE) & ~(row.MODE | row.CHUNKED | row.CHUNK_STATE | row.REQUEST_PART_ACKED)) |
      row.REQUEST_UNACKED |
      (isNamed ? row.CLIENT_NAMED : 0) |
      ((about & row.CLOSE) !== 0 ? row.CLOSE_ANNOUNCED : 0) |
      (isOver ? row.WAITING : row.REQUEST_BODY | (framing === BY_CHUNKS ? row.CHUNKED | body.chunkState : 0)),
  );
  if (isOver) setWord(exchange + row.REQUEST, row.ABOUT, about | row.COMPLETE);
  return true;
}

/** A number for the client's address, as src/history/recent-requests.ts has it. */
function clientNumber(place: i32): i32 {
  const source = word(place, row.SOURCE);
  if ((word(place, row.STATE) & row.IS_IPV6) === 0) return source;
  const rest = place + row.SOURCE_1;
  return hashPair(hashPair(source, word(rest, 0)), hashPair(word(rest, 1), word(rest, 2)));
}

function beginResponse(place: i32): bool {
  const start = segment.payloadStart;
  const end = segment.payloadEnd;
  const exchange = word(place, row.CURRENT);
  const request = exchange + row.REQUEST;
  // The server's TCP had the whole request when it answered.
  if (segment.acknowledgement - word(request, row.END) < 0) return false;
  if (end - start < 16) return false;
  const lineFeed = lineFeedIn(start, end);
  if (lineFeed <= start) return false;
  const status = readStatusLine(start, load<u8>(lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed);
  // A gateway's failure is looked at more closely.
  if (status < 200 || status > row.CODE || (status >= 502 && status <= 504)) return false;
  const isNamed =
    (word(place, row.STATE) & row.SERVER_NAMED) !== 0 ||
    (word(place, row.EXCHANGES) > NAMED_MESSAGES && word(place, row.PRODUCT) !== 0);
  const bodyStart = head.readHead(lineFeed + 1, end, false, !isNamed);
  if (bodyStart < 0 || bodyStart - start > MAX_HEAD_BYTES) return false;
  const framing = framingOfResponse(status, word(request, row.ABOUT) & row.CODE);
  const scan = scanFirst(framing, bodyStart, end);
  if (scan === body.NOT_PLAIN) return false;
  const product = isNamed || word(place, row.PRODUCT) !== 0 ? 0 : numberOfName(head.serverStart, head.serverEnd);
  if (product < 0) return false;

  if (product > 0) setWord(place, row.PRODUCT, product);
  letGoOfPrevious(place);
  const gapEndFrame = word(place, row.GAP_END_FRAME);
  if (gapEndFrame !== 0 && gapEndFrame === word(request, row.MESSAGE_FIRST_FRAME)) {
    const duration = double(place, row.GAP_DURATION);
    const afterFrame = word(place, row.GAP_AFTER_FRAME);
    const time = double(request, row.START_TIME);
    const counts = word(place, row.PAIR_COUNTS);
    if (counts === 0 || !countReuse(counts, duration, word(place, row.STREAM), afterFrame, gapEndFrame, time)) {
      tellReused(place, duration, afterFrame, gapEndFrame, time);
    }
  }
  const response = exchange + row.RESPONSE;
  beginMessage(response, status, minorVersionAt(start + 7), framing);
  setDouble(exchange, row.RESPONSE_LENGTH, <f64>head.contentLength);
  setDouble(exchange, row.RESPONSE_BODY_BYTES, <f64>body.scanned);
  setWord(exchange, row.KEEP_ALIVE_TIMEOUT, head.keepAliveTimeout);
  setWord(exchange, row.KEEP_ALIVE_MAX, head.keepAliveMax);
  if (head.keepsAlive) addBits(response, row.ABOUT, row.KEEP_ALIVE_LISTED);
  keepBody(place, framing === BY_CHUNKS);
  const state =
    (word(place, row.STATE) & ~(row.MODE | row.CHUNKED | row.CHUNK_STATE | row.RESPONSE_PART_ACKED)) |
    row.RESPONSE_UNACKED |
    (isNamed ? row.SERVER_NAMED : 0) |
    ((word(response, row.ABOUT) & row.CLOSE) !== 0 ? row.CLOSE_ANNOUNCED : 0);
  if (scan === body.OVER) {
    setWord(place, row.STATE, state | row.IDLE);
    endExchange(place);
  } else if (framing === BY_CLOSE) setWord(place, row.STATE, state | row.RESPONSE_UNTIL_CLOSE);
  else {
    setWord(place, row.STATE, state | row.RESPONSE_BODY | (framing === BY_CHUNKS ? row.CHUNKED | body.chunkState : 0));
  }
  return true;
}

/** RFC 9112 6.3, without what a row cannot be in. */
function framingOfResponse(status: i32, method: i32): i32 {
  if (method === HEAD || status === 204 || status === 304) return NONE;
  if (head.isChunked) return BY_CHUNKS;
  if (head.contentLength >= 0) return head.contentLength === 0 ? NONE : BY_LENGTH;
  return status === 205 ? NONE : BY_CLOSE;
}

/** The part of a body that lies in the segment of its head. */
function scanFirst(framing: i32, start: i32, end: i32): i32 {
  switch (framing) {
    case NONE:
      body.begin(0, 0, 0);
      return start === end ? body.OVER : body.NOT_PLAIN;
    case BY_LENGTH:
      body.begin(<f64>head.contentLength, 0, 0);
      return body.scanLength(start, end);
    case BY_CHUNKS:
      body.begin(0, row.CHUNK_SIZE, 0);
      return body.scanChunks(start, end);
    default:
      body.begin(0, 0, 0);
      return body.scanAll(start, end);
  }
}

/** More of the body of the message under way. */
function goOn(place: i32, which: i32): bool {
  const state = word(place, row.STATE);
  const start = segment.payloadStart;
  const end = segment.payloadEnd;
  const isChunked = (state & row.CHUNKED) !== 0;
  body.begin(double(place, row.REMAINING), state & row.CHUNK_STATE, isChunked ? long(place, row.LINE_PART) : 0);
  let scan: i32;
  if (isChunked) scan = body.scanChunks(start, end);
  else if ((state & row.MODE) === row.RESPONSE_UNTIL_CLOSE) scan = body.scanAll(start, end);
  else scan = body.scanLength(start, end);
  if (scan === body.NOT_PLAIN) return false;

  const exchange = word(place, row.CURRENT);
  const message = exchange + which;
  if (which === row.REQUEST && !isChunked) digestBody(place, exchange, start, end);
  const bodyBytes = which === row.REQUEST ? row.REQUEST_BODY_BYTES : row.RESPONSE_BODY_BYTES;
  setWord(message, row.END, segment.sequence + (end - start));
  setWord(message, row.MESSAGE_LAST_FRAME, segment.frame);
  setDouble(message, row.END_TIME, segment.time);
  setDouble(exchange, bodyBytes, double(exchange, bodyBytes) + <f64>body.scanned);
  keepBody(place, isChunked);
  if (scan === body.NOT_OVER) {
    if (isChunked) setWord(place, row.STATE, (state & ~row.CHUNK_STATE) | body.chunkState);
    return true;
  }
  setWord(
    place,
    row.STATE,
    (state & ~(row.MODE | row.CHUNKED | row.CHUNK_STATE)) | (which === row.REQUEST ? row.WAITING : row.IDLE),
  );
  if (which === row.REQUEST) addBits(message, row.ABOUT, row.COMPLETE);
  else endExchange(place);
  return true;
}

/** What the latest scan left of the body; but for what comes next of chunks, which is a part of the state. */
function keepBody(place: i32, isChunked: bool): void {
  setDouble(place, row.REMAINING, body.remaining);
  if (isChunked) setLong(place, row.LINE_PART, body.part);
}

function beginMessage(message: i32, code: i32, minorVersion: i32, framing: i32): void {
  setWord(message, row.START, segment.sequence);
  setWord(message, row.END, segment.sequence + (segment.payloadEnd - segment.payloadStart));
  setWord(message, row.MESSAGE_FIRST_FRAME, segment.frame);
  setWord(message, row.MESSAGE_LAST_FRAME, segment.frame);
  setWord(message, row.ACKNOWLEDGEMENT_AT_START, segment.acknowledgement);
  // RFC 9112 9.3.
  const announcesClose = head.closes || (minorVersion < 1 && !head.keepsAlive);
  setWord(
    message,
    row.ABOUT,
    code |
      (minorVersion << row.MINOR_VERSION_SHIFT) |
      (framing << row.FRAMING_SHIFT) |
      (announcesClose ? row.CLOSE : 0) |
      (head.closes ? row.CLOSE_OPTION : 0),
  );
  setWord(message, row.FIRST_ACKED_FRAME, 0);
  setWord(message, row.ACKED_FRAME, 0);
  setDouble(message, row.START_TIME, segment.time);
  setDouble(message, row.END_TIME, segment.time);
}

/** The response is whole: the connection is idle from now on. */
function endExchange(place: i32): void {
  const exchange = word(place, row.CURRENT);
  const response = exchange + row.RESPONSE;
  addBits(response, row.ABOUT, row.COMPLETE);
  const isRequestLater = double(exchange + row.REQUEST, row.END_TIME) > double(response, row.END_TIME);
  const late = isRequestLater ? exchange + row.REQUEST : response;
  setWord(place, row.LAST_RESPONSE_END, word(response, row.END));
  setDouble(place, row.IDLE_SINCE, double(late, row.END_TIME));
  setWord(place, row.IDLE_AFTER_FRAME, word(late, row.MESSAGE_LAST_FRAME));
}

/** The idle gap that is open, if one is, ends here. */
function endGap(place: i32): void {
  const idleSince = double(place, row.IDLE_SINCE);
  if (isNaN(idleSince)) return;
  const duration = segment.time - idleSince;
  setDouble(place, row.GAP_DURATION, duration < 0 ? 0 : duration);
  setWord(place, row.GAP_AFTER_FRAME, word(place, row.IDLE_AFTER_FRAME));
  setWord(place, row.GAP_END_FRAME, segment.frame);
  setDouble(place, row.IDLE_SINCE, NaN);
}

function endGapByFin(place: i32): void {
  if (isNaN(double(place, row.IDLE_SINCE))) return;
  endGap(place);
  addBits(place, row.STATE, row.GAP_ENDED_BY_FIN);
}

/** Hashes the first bytes of a request's body, once. */
function digestBody(place: i32, exchange: i32, start: i32, end: i32): void {
  if (start === end || word(exchange, row.BODY_DIGEST) !== 0) return;
  const digest = hashBytes(start, min<i32>(end, start + DIGEST_BYTES));
  setWord(exchange, row.BODY_DIGEST, digest);
  if (!bodyBegan(word(exchange, row.RECENT), digest)) tellBodyBegan(place, exchange, digest);
}

function takeRow(): i32 {
  if (load<i32>(freeRows) === 0) observer.needRows();
  return takeFrom(freeRows);
}

function takeExchange(): i32 {
  if (load<i32>(freeExchanges) === 0) observer.needExchanges();
  return takeFrom(freeExchanges);
}

function takeFrom(list: i32): i32 {
  const free = load<i32>(list) - 1;
  store<i32>(list, free);
  return word(load<i32>(list + 4), free);
}

function letGoOfPrevious(place: i32): void {
  const exchange = word(place, row.PREVIOUS);
  if (exchange < 0) return;
  setWord(place, row.PREVIOUS, -1);
  letGoOfExchange(exchange);
}

function letGoOfExchange(exchange: i32): void {
  // Hardly ever is there one: then there is no need to look.
  if (hasLongTargets && word(exchange, row.TARGET_LENGTH) > row.MAX_ROW_TARGET) observer.dropTarget(exchange);
  giveTo(freeExchanges, exchange);
}

/** The row is free again, and those of its exchanges. */
function letGo(place: i32): void {
  letGoOfPrevious(place);
  const exchange = word(place, row.CURRENT);
  if (exchange >= 0) letGoOfExchange(exchange);
  giveTo(freeRows, place);
}

function giveTo(list: i32, place: i32): void {
  const free = load<i32>(list);
  setWord(load<i32>(list + 4), free, place);
  store<i32>(list, free + 1);
}

function addBits(place: i32, at: i32, bits: i32): void {
  setWord(place, at, word(place, at) | bits);
}
