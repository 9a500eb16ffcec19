// From a row (quiet-layout.ts) to the `Connection` and the `HttpConnection` that would stand there if the connection had
// never been a row: every field of theirs that a quiet connection can have changed.
import type { Connection } from '../tcp/connection.ts';
import { type Closing, type Direction, emptyClosing } from '../tcp/direction.ts';
import { emptyTuple, type FourTuple } from '../wire/segment.ts';
import { sequenceAdd } from '../wire/sequence-number.ts';
import type { Exchange, ExchangePool, Framing, Message, Request, Response } from './exchange.ts';
import type { HttpConnection } from './http-connection.ts';
import * as framer from './message-framer.ts';
import type { QuietConnections } from './quiet-connections.ts';
import * as row from './quiet-layout.ts';

/** Methods and framings by the numbers that rows have for them. */
const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'] as const;
const FRAMINGS: readonly Framing[] = ['none', 'content-length', 'chunked', 'close-delimited'];

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

const tuple = emptyTuple();

/** The 4-tuple of a row. One reused record. */
export function tupleOf(quiet: QuietConnections, place: number): FourTuple {
  const { words } = quiet.rows;
  const isIpv6 = (words[place + row.STATE]! & row.IS_IPV6) !== 0;
  tuple.ipVersion = isIpv6 ? 6 : 4;
  tuple.source0 = words[place + row.SOURCE]!;
  tuple.source1 = isIpv6 ? words[place + row.SOURCE_1]! : 0;
  tuple.source2 = isIpv6 ? words[place + row.SOURCE_1 + 1]! : 0;
  tuple.source3 = isIpv6 ? words[place + row.SOURCE_1 + 2]! : 0;
  tuple.destination0 = words[place + row.DESTINATION]!;
  tuple.destination1 = isIpv6 ? words[place + row.DESTINATION_1]! : 0;
  tuple.destination2 = isIpv6 ? words[place + row.DESTINATION_1 + 1]! : 0;
  tuple.destination3 = isIpv6 ? words[place + row.DESTINATION_1 + 2]! : 0;
  tuple.sourcePort = words[place + row.PORTS]! >>> 16;
  tuple.destinationPort = words[place + row.PORTS]! & 0xffff;
  return tuple;
}

export function wakeConnection(
  quiet: QuietConnections,
  place: number,
  connection: Connection,
  httpFor: (connection: Connection) => HttpConnection,
): void {
  const { words, doubles } = quiet.rows;
  const state = words[place + row.STATE]!;
  const synTime = doubles[(place + row.SYN_TIME) >> 1]!;
  const stream = words[place + row.STREAM]!;
  connection.begin(stream, words[place + row.HASH]!, tupleOf(quiet, place), words[place + row.FIRST_FRAME]!, synTime);
  connection.lastFrame = words[place + row.LAST_FRAME]!;
  connection.clientDirection = connection.forward;
  connection.synTime = synTime;
  connection.synAckTime = doubles[(place + row.SYN_ACK_TIME) >> 1]!;
  connection.handshakeAckTime = doubles[(place + row.HANDSHAKE_ACK_TIME) >> 1]!;
  connection.awaitsHandshakeAck = (state & row.AWAITS_HANDSHAKE_ACK) !== 0;

  const client = connection.forward;
  wakeDirection(client, words[place + row.CLIENT_BASE]!, words[place + row.CLIENT_LINK]!);
  client.next = words[place + row.CLIENT_NEXT]!;
  client.window = words[place + row.WINDOWS]! >>> 16;
  client.payloadBytes = payloadBytes(client.base, client.next, words[place + row.CLIENT_WRAPS]!);
  if ((state & row.CLIENT_CLOSED) !== 0) client.payloadBytes--;
  if ((state & row.CLIENT_ACK_KNOWN) !== 0) {
    client.ackKnown = true;
    client.acked = words[place + row.CLIENT_ACKED]!;
    client.ackedFrame = words[place + row.CLIENT_ACKED_FRAME]!;
    const isOfSyn = client.acked === sequenceAdd(client.base, 1);
    client.ackedTime = isOfSyn ? connection.synAckTime : ackedTimeOf(quiet, place, client.ackedFrame, row.REQUEST);
  }
  if ((state & row.ANSWERED) !== 0) {
    const server = connection.backward;
    wakeDirection(server, words[place + row.SERVER_BASE]!, words[place + row.SERVER_LINK]!);
    server.next = words[place + row.SERVER_NEXT]!;
    server.window = words[place + row.WINDOWS]! & 0xffff;
    server.payloadBytes = payloadBytes(server.base, server.next, words[place + row.SERVER_WRAPS]!);
    if ((state & row.SERVER_CLOSED) !== 0) server.payloadBytes--;
    if ((state & row.SERVER_ACK_KNOWN) !== 0) {
      server.ackKnown = true;
      server.acked = words[place + row.SERVER_ACKED]!;
      server.ackedFrame = words[place + row.SERVER_ACKED_FRAME]!;
      const isOfSyn = server.acked === sequenceAdd(server.base, 1);
      server.ackedTime = isOfSyn
        ? connection.handshakeAckTime
        : ackedTimeOf(quiet, place, server.ackedFrame, row.RESPONSE);
    }
  }
  if ((state & row.CLOSING) !== 0) wakeClosings(quiet, place, connection);
  if (words[place + row.EXCHANGES]! > 0) connection.sink = wakeHttp(quiet, place, httpFor(connection));
}

function wakeClosings(quiet: QuietConnections, place: number, connection: Connection): void {
  const { words, doubles } = quiet.rows;
  const { forward: client, backward: server } = connection;
  const state = words[place + row.STATE]!;
  if ((state & row.CLIENT_CLOSED) !== 0) {
    client.fin = fillClosing(emptyClosing(), quiet, place);
    client.finDelivered = true;
    client.finAckedFrame = words[place + row.FIN_ACKED_FRAME]!;
    client.finAckedTime = doubles[(place + row.FIN_ACKED_TIME) >> 1]!;
  }
  if ((state & row.SERVER_CLOSED) !== 0) {
    server.fin = fillServerFin(emptyClosing(), quiet, place);
    server.finDelivered = true;
    if (server.ackKnown && server.ackedFrame > server.fin.frame) {
      server.ackedTime = doubles[(place + row.SERVER_ACKED_TIME) >> 1]!;
    }
    if (server.ackKnown && server.acked === server.next) {
      server.finAckedFrame = server.ackedFrame;
      server.finAckedTime = server.ackedTime;
    }
    connection.closed = client.fin !== null;
  } else if ((state & (row.RESET_BY_CLIENT | row.RESET_BY_SERVER)) !== 0) {
    const sender = (state & row.RESET_BY_CLIENT) !== 0 ? client : server;
    sender.rst = fillClosing(emptyClosing(), quiet, place);
    sender.rstCount = 1;
    connection.closed = true;
  }
  if (connection.closed) connection.closeTime = quiet.closeTimeOf(place);
}

/** Fills in the client's FIN, or the RST of either side. */
export function fillClosing(closing: Mutable<Closing>, quiet: QuietConnections, place: number): Closing {
  const { words, doubles } = quiet.rows;
  const state = words[place + row.STATE]!;
  const link = words[place + row.FIN_LINK]!;
  const next = words[place + ((state & row.RESET_BY_SERVER) !== 0 ? row.SERVER_NEXT : row.CLIENT_NEXT)]!;
  const isFin = (state & row.CLIENT_CLOSED) !== 0;
  closing.frame = words[place + row.FIN_FRAME]!;
  closing.time = doubles[(place + row.FIN_TIME) >> 1]!;
  closing.sequence = isFin ? sequenceAdd(next, -1) : next;
  closing.acknowledgement = words[place + row.FIN_ACKNOWLEDGEMENT]!;
  closing.hasAck = isFin || (state & row.RESET_HAS_ACK) !== 0;
  closing.ttl = link & 0xff;
  closing.ipId = (link >> 8) - 1;
  return closing;
}

export function fillServerFin(closing: Mutable<Closing>, quiet: QuietConnections, place: number): Closing {
  const { words, doubles } = quiet.rows;
  const link = words[place + row.SERVER_FIN_LINK]!;
  const clientNext = words[place + row.CLIENT_NEXT]!;
  const isClientLater =
    (words[place + row.STATE]! & row.CLIENT_CLOSED) !== 0 &&
    words[place + row.FIN_FRAME]! > words[place + row.SERVER_FIN_FRAME]!;
  closing.frame = words[place + row.SERVER_FIN_FRAME]!;
  closing.time = doubles[(place + row.SERVER_FIN_TIME) >> 1]!;
  closing.sequence = sequenceAdd(words[place + row.SERVER_NEXT]!, -1);
  // It had all of the client's bytes by then.
  closing.acknowledgement = isClientLater ? sequenceAdd(clientNext, -1) : clientNext;
  closing.hasAck = true;
  closing.ttl = link & 0xff;
  closing.ipId = (link >> 8) - 1;
  return closing;
}

/** When the frame came that acknowledged so much of the requests, or of the responses; NaN when no row tells. */
function ackedTimeOf(quiet: QuietConnections, place: number, frame: number, which: number): number {
  const { words, doubles } = quiet.rows;
  for (const exchange of [words[place + row.CURRENT]!, words[place + row.PREVIOUS]!]) {
    if (exchange < 0) continue;
    const facts = quiet.exchanges;
    const message = exchange + which;
    if (facts.words[message + row.ACKED_FRAME] === frame) return facts.doubles[(message + row.ACKED_TIME) >> 1]!;
    if (facts.words[message + row.FIRST_ACKED_FRAME] === frame) {
      return facts.doubles[(message + row.FIRST_ACKED_TIME) >> 1]!;
    }
  }
  if (which === row.REQUEST) {
    return words[place + row.FIN_ACKED_FRAME] === frame ? doubles[(place + row.FIN_ACKED_TIME) >> 1]! : NaN;
  }
  // It acknowledged more of a response that is under way.
  const isOfThis = (words[place + row.STATE]! & row.RESPONSE_PART_ACKED) !== 0;
  return isOfThis ? doubles[(place + row.SERVER_ACKED_TIME) >> 1]! : NaN;
}

/** Bytes from behind the SYN up to `next`, the sequence numbers of which passed 2^32 so often. */
export function payloadBytes(base: number, next: number, wraps: number): number {
  return wraps * 2 ** 32 + (next >>> 0) - (sequenceAdd(base, 1) >>> 0);
}

function wakeDirection(direction: Direction, base: number, link: number): void {
  direction.start(base, true);
  direction.synSeen = true;
  direction.initial = base;
  direction.ttl = link & 0xff;
  direction.windowScale = link >> 8;
}

function wakeHttp(quiet: QuietConnections, place: number, http: HttpConnection): HttpConnection {
  const { words, doubles } = quiet.rows;
  const state = words[place + row.STATE]!;
  const mode = state & row.MODE;
  const count = words[place + row.EXCHANGES]!;
  const previous = words[place + row.PREVIOUS]!;
  if (previous >= 0) http.exchanges.push(wakeExchange(quiet, place, previous, count - 2, true, http.pool));
  const hasResponse = mode !== row.REQUEST_BODY && mode !== row.WAITING;
  const current = wakeExchange(quiet, place, words[place + row.CURRENT]!, count - 1, hasResponse, http.pool);
  http.exchanges.push(current);
  http.firstOpen = mode === row.IDLE ? http.exchanges.length : http.exchanges.length - 1;
  http.exchangeCount = count;
  const gapEndFrame = words[place + row.GAP_END_FRAME]!;
  if (gapEndFrame !== 0) {
    http.idleGaps.push({
      duration: doubles[(place + row.GAP_DURATION) >> 1]!,
      afterFrame: words[place + row.GAP_AFTER_FRAME]!,
      endFrame: gapEndFrame,
      endedBy: quiet.gapEndOf(place),
    });
  }
  http.pair = quiet.pairOf(place);
  http.serverProduct = quiet.names[words[place + row.PRODUCT]!]!;
  http.userAgent = quiet.names[words[place + row.USER_AGENT]!]!;
  http.idleSince = doubles[(place + row.IDLE_SINCE) >> 1]!;
  http.idleAfterFrame = words[place + row.IDLE_AFTER_FRAME]!;

  const { request, response } = current;
  const remaining = doubles[(place + row.REMAINING) >> 1]!;
  const inRequest = mode === row.REQUEST_BODY;
  const inResponse = mode === row.RESPONSE_BODY || mode === row.RESPONSE_UNTIL_CLOSE;
  const body = bodyState(state);
  http.requests.resume(
    count,
    inRequest ? body : framer.START,
    inRequest ? remaining : 0,
    inRequest ? request : null,
    '',
  );
  http.responses.resume(
    hasResponse ? count : count - 1,
    inResponse ? body : framer.START,
    inResponse ? remaining : 0,
    inResponse ? response : null,
    request!.method,
  );
  if (inRequest || inResponse) {
    const line = linePart(quiet, place, state);
    if (line !== null) (inRequest ? http.requests : http.responses).resumeLine(line);
  }
  if ((state & row.REQUEST_UNACKED) !== 0) http.requests.await(request!);
  if ((state & row.RESPONSE_UNACKED) !== 0) http.responses.await(response!);
  http.resume(words[place + row.LAST_RESPONSE_END]!);
  return http;
}

/** What a framer expects next in the body under way. */
function bodyState(state: number): framer.FramerState {
  if ((state & row.MODE) === row.RESPONSE_UNTIL_CLOSE) return framer.UNTIL_CLOSE;
  if ((state & row.CHUNKED) === 0) return framer.BODY;
  switch (state & row.CHUNK_STATE) {
    case row.CHUNK_SIZE:
      return framer.CHUNK_SIZE;
    case row.CHUNK_DATA:
      return framer.CHUNK_DATA;
    case row.CHUNK_END:
      return framer.CHUNK_END;
    default:
      return framer.TRAILER;
  }
}

/** The bytes of a chunked body's line whose end is still to come, if there are any. */
function linePart(quiet: QuietConnections, place: number, state: number): Buffer | null {
  if ((state & row.CHUNKED) === 0) return null;
  const start = (place + row.LINE_PART) * 4;
  const length = quiet.rows.bytes[start + 7]!;
  return length === 0 ? null : quiet.rows.bytes.subarray(start, start + length);
}

function wakeExchange(
  quiet: QuietConnections,
  place: number,
  facts: number,
  index: number,
  hasResponse: boolean,
  pool: ExchangePool,
): Exchange {
  const exchange = pool.exchange();
  exchange.index = index;
  const request = pool.request();
  exchange.request = request;
  fillRequest(request, quiet, facts);
  request.target = targetOf(quiet, facts);
  // It is kept of the first request only.
  if (index === 0) request.host = quiet.names[quiet.rows.words[place + row.HOST]!]!;
  if (!hasResponse) return exchange;
  exchange.response = pool.response();
  fillResponse(exchange.response, quiet, facts);
  return exchange;
}

/** Fills in what the row of its exchange holds of a request, but for its target. All else must be as in a new record. */
export function fillRequest(request: Request, quiet: QuietConnections, facts: number): void {
  const { words, doubles } = quiet.exchanges;
  wakeMessage(request, quiet, facts + row.REQUEST);
  request.method = METHODS[words[facts + row.REQUEST + row.ABOUT]! & row.CODE]!;
  request.requestId = words[facts + row.REQUEST_ID]!;
  request.traceId = words[facts + row.TRACE_ID]!;
  request.bodyDigest = words[facts + row.BODY_DIGEST]!;
  request.recent = words[facts + row.RECENT]!;
  request.contentLength = doubles[(facts + row.REQUEST_LENGTH) >> 1]!;
  request.bodyBytes = doubles[(facts + row.REQUEST_BODY_BYTES) >> 1]!;
}

export function fillResponse(response: Response, quiet: QuietConnections, facts: number): void {
  const { words, doubles } = quiet.exchanges;
  wakeMessage(response, quiet, facts + row.RESPONSE);
  const about = words[facts + row.RESPONSE + row.ABOUT]!;
  response.status = about & row.CODE;
  response.contentLength = doubles[(facts + row.RESPONSE_LENGTH) >> 1]!;
  response.bodyBytes = doubles[(facts + row.RESPONSE_BODY_BYTES) >> 1]!;
  response.keepAliveTimeout = words[facts + row.KEEP_ALIVE_TIMEOUT]!;
  response.keepAliveMax = words[facts + row.KEEP_ALIVE_MAX]!;
  response.keepAliveListed = (about & row.KEEP_ALIVE_LISTED) !== 0;
}

function wakeMessage(message: Message, quiet: QuietConnections, facts: number): void {
  const { words, doubles } = quiet.exchanges;
  const about = words[facts + row.ABOUT]!;
  const minorVersion = (about >> row.MINOR_VERSION_SHIFT) & row.MINOR_VERSION;
  if (minorVersion !== 1) message.version = `1.${minorVersion}`;
  message.framing = FRAMINGS[(about >> row.FRAMING_SHIFT) & row.FRAMING]!;
  message.firstFrame = words[facts + row.MESSAGE_FIRST_FRAME]!;
  message.lastFrame = words[facts + row.MESSAGE_LAST_FRAME]!;
  message.startTime = doubles[(facts + row.START_TIME) >> 1]!;
  message.endTime = doubles[(facts + row.END_TIME) >> 1]!;
  message.start = words[facts + row.START]!;
  message.end = words[facts + row.END]!;
  message.acknowledgementAtStart = words[facts + row.ACKNOWLEDGEMENT_AT_START]!;
  message.complete = (about & row.COMPLETE) !== 0;
  message.close = (about & row.CLOSE) !== 0;
  message.closeOption = (about & row.CLOSE_OPTION) !== 0;
  message.firstAckedFrame = words[facts + row.FIRST_ACKED_FRAME]!;
  if (message.firstAckedFrame !== 0) message.firstAckedTime = doubles[(facts + row.FIRST_ACKED_TIME) >> 1]!;
  message.ackedFrame = words[facts + row.ACKED_FRAME]!;
  if (message.ackedFrame !== 0) message.ackedTime = doubles[(facts + row.ACKED_TIME) >> 1]!;
}

function targetOf(quiet: QuietConnections, facts: number): string {
  const length = quiet.exchanges.words[facts + row.TARGET_LENGTH]!;
  if (length > row.MAX_ROW_TARGET) return quiet.longTargets.get(facts)!;
  const start = (facts + row.TARGET) * 4;
  return quiet.exchanges.bytes.toString('latin1', start, start + length);
}
