// What several rules ask of a history.
import { MILLISECOND } from '../base/timeline.ts';
import type { History, Side } from '../history/history.ts';
import type { Exchange, Request, Response } from '../http/exchange.ts';
import type { Closing } from '../tcp/direction.ts';
import { sequenceAdd, sequenceDifference, toUnsigned } from '../wire/sequence-number.ts';
import type { Evidence } from './finding.ts';

/** An exchange whose request is known. */
export interface Asked extends Exchange {
  readonly request: Request;
}
/** An exchange that was answered in full. */
export interface Answered extends Asked {
  readonly response: Response;
}

/** The capture lacks bytes of this side behind `sequence`. What it lacks before that is over and done with. */
export function lacksSince({ lostBytes, lostUntil }: Side, sequence: number): boolean {
  return lostBytes > 0 && sequenceDifference(lostUntil, sequence) > 0;
}

/** What the capture lacks of the server may have been an answer to the request; or its FIN, directly before that. */
export function mayLackAnswerTo({ serverSide }: History, { acknowledgementAtStart }: Request): boolean {
  return lacksSince(serverSide, sequenceAdd(acknowledgementAtStart, -1));
}

/** The oldest request without a response, when nothing missing from the capture can explain that. */
export function firstUnanswered(history: History): Asked | null {
  for (const exchange of history.exchanges) {
    if (exchange.request === null || exchange.response !== null) continue;
    if (exchange.uncertain || mayLackAnswerTo(history, exchange.request)) return null;
    if (answeredElsewhere(history, exchange.request) || answeredUnseen(history, exchange as Asked)) return null;
    return exchange as Asked;
  }
  return null;
}

/**
 * The server's close, or the client's acknowledgements, lie behind everything that explains them: the server sent more
 * after the request (or at least a FIN), and the capture lacks it.
 */
export function answeredUnseen(history: History, exchange: Asked): boolean {
  const { clientSide, serverSide } = history;
  if (!serverSide.seen) return true;
  // How long an interim response is was not kept.
  if (exchange.interim.length > 0) return false;
  let explained = exchange.request.acknowledgementAtStart;
  for (const { response } of history.exchanges) {
    if (response !== null && sequenceDifference(response.end, explained) > 0) explained = response.end;
  }
  const { fin, rst } = serverSide;
  if (fin !== null) return sequenceDifference(fin.sequence, explained) > 0;
  if (rst?.hasAck && sequenceDifference(rst.sequence, explained) > 0) return true;
  return clientSide.hasAcknowledged && sequenceDifference(clientSide.acknowledged, explained) > 0;
}

/**
 * A response without a request was sent by a server that had received this request: it may be the answer, in a capture
 * that begins in the middle and has frames in another order than they were sent.
 */
export function answeredElsewhere(history: History, request: Request): boolean {
  return history.exchanges.some(
    (other) =>
      other.request === null &&
      other.response !== null &&
      sequenceDifference(other.response.acknowledgementAtStart, request.start) > 0,
  );
}

/** `firstUnanswered`, unless a response was under way: what cut that short is to be told, and the requests behind it follow. */
export function firstUnansweredWhenIdle(history: History): Asked | null {
  return unfinishedResponse(history) === null ? firstUnanswered(history) : null;
}

/** All requests from `exchange` on that were never answered. */
export function unansweredFrom(history: History, exchange: Exchange): Request[] {
  return history.exchanges
    .slice(history.exchanges.indexOf(exchange))
    .filter((other) => other.request !== null && other.response === null && !other.uncertain)
    .map((other) => other.request!);
}

/** What it means for the requests that were lost, one sentence each; a long pipeline is summed up. */
export function withoutResponse(requests: readonly Request[]): string[] {
  const sentences = requests
    .slice(0, 5)
    .map((request) => `${requestText(request)} (frame ${request.firstFrame}) got no response.`);
  if (requests.length > 5) sentences.push(`${requests.length - 5} further pipelined requests got no response.`);
  return sentences;
}

/** The last exchange, when its response began but is not complete, and the capture lacks nothing of it. */
export function unfinishedResponse(history: History): Answered | null {
  const exchange = history.exchanges.findLast((other) => other.response !== null);
  if (exchange === undefined || exchange.request === null || exchange.response === null) return null;
  if (exchange.response.complete || exchange.uncertain || exchange.response.lostBytes > 0) return null;
  return lacksSince(history.serverSide, exchange.response.start) ? null : (exchange as Answered);
}

/** The last exchange that was answered in full. */
export function lastAnswered(history: History): Answered | null {
  const exchange = history.exchanges.findLast((other) => other.response?.complete);
  return exchange === undefined || exchange.request === null ? null : (exchange as Answered);
}

/**
 * The server's close, when the server decided on it: it closed first, or its FIN does not know of the client's close. (A
 * host that has a RST sends no FIN any more.) So both ends of a close that crossed tell the same.
 */
export function serverClose(history: History): Closing | null {
  const { closedBy, clientSide, serverSide } = history;
  if (closedBy === 'server-fin') return serverSide.fin;
  if (closedBy === 'server-rst') return serverSide.rst;
  const fin = serverFin(history);
  if (fin === null || !fin.hasAck) return null;
  if (clientSide.fin === null) return closedBy === 'client-rst' ? fin : null;
  return sequenceDifference(fin.acknowledgement, clientSide.fin.sequence) > 0 ? null : fin;
}

/** The server's TCP acknowledged at least the first byte of the request, at any time. */
export function serverReceived(history: History, request: Request): boolean {
  const server = history.serverSide;
  return server.hasAcknowledged && sequenceDifference(server.acknowledged, request.start) > 0;
}

/**
 * The client closed its own side only, and read on: it acknowledged bytes that came behind its FIN, and sent no RST, as a host
 * does for a socket that nobody reads any more.
 */
export function readOn({ closedBy, clientSide, serverSide }: History): boolean {
  const { fin, rst, acknowledged, hasAcknowledged } = clientSide;
  if (closedBy !== 'client-fin' || !fin?.hasAck || rst !== null || !hasAcknowledged) return false;
  const end = serverSide.fin?.sequence ?? acknowledged;
  const read = sequenceDifference(acknowledged, end) > 0 ? end : acknowledged;
  return sequenceDifference(read, fin.acknowledgement) > 0;
}

/** The server's FIN, unless a RST came before it: then the connection was over already. */
export function serverFin(history: History): Closing | null {
  const { fin, rst } = history.serverSide;
  return fin === null || (rst !== null && rst.frame < fin.frame) ? null : fin;
}

/** A bare RST whose number is the request's acknowledgement number: no socket existed any more when it arrived. */
export function provesNoSocket(rst: Closing | null, request: Request): boolean {
  return rst !== null && !rst.hasAck && rst.sequence === request.acknowledgementAtStart;
}

/** Copies of a frame that the capture holds twice lie closer together than this (ns); retransmissions seldom do. */
const SAME_FRAME = 20 * MILLISECOND;

/** Bytes of the request were sent again before the RST, which then answers the last copy and says nothing of the first. */
export function wasSentAgain({ clientSide }: History, request: Request, rst: Closing): boolean {
  const { retransmissions, retransmittedFrame, retransmittedTime } = clientSide;
  if (retransmissions === 0 || retransmittedFrame > rst.frame) return false;
  return retransmittedTime - request.startTime > SAME_FRAME;
}

/**
 * The RST of an abort carries the number behind the last byte that was sent. When that is more than the capture has,
 * the missing bytes may have been the response.
 */
export function lacksBytesBefore(history: History, rst: Closing): boolean {
  return rst.hasAck && sequenceDifference(rst.sequence, history.serverSide.next) > 0;
}

/** How far the TTL of a segment may differ on one path: routes change by a hop or two. */
const TTL_TOLERANCE = 2;

/** The RST carries another TTL than everything else from the server: something in between may have sent it. */
export function hasForeignTtl({ serverSide }: History, rst: Closing): boolean {
  return isForeignTo(serverSide, rst);
}

/** The same of a RST in the name of either side. */
export function isForeignTo({ ttl }: Side, rst: Closing): boolean {
  return ttl !== 0 && Math.abs(rst.ttl - ttl) > TTL_TOLERANCE;
}

/** The round trip, 0 when the capture has no handshake to tell it. */
export function roundTripOr0(history: History): number {
  return Number.isNaN(history.rtt) ? 0 : history.rtt;
}

/** `GET /path`, shortened for a sentence. */
export function requestText(request: Request): string {
  const target = request.target.length > 80 ? `${request.target.slice(0, 77)}...` : request.target;
  return `${request.method} ${target}`;
}

export function routeOf(request: Request): string {
  return `${request.method} ${request.target}`;
}

/** The TTLs, for a RST that something in between seems to have sent. */
export function foreignTtlText(history: History, rst: Closing): string {
  return (
    `The RST (frame ${rst.frame}) has TTL ${rst.ttl}, the server's other segments TTL ${history.serverSide.ttl}: it was ` +
    'probably sent by a middlebox (firewall, load balancer, NAT), not by the server'
  );
}

/** An idle time up to a round trip and this much (ns) is no idle time: the close came with the response. */
const AT_ONCE = 100 * MILLISECOND;

/** The time (ns), when that is longer than what belongs to the response before it; else NaN. */
function unlessAtOnce(history: History, duration: number): number {
  return duration > roundTripOr0(history) + AT_ONCE ? duration : NaN;
}

/** How long the connection had been idle when `closing` was sent; NaN when it was not idle. */
export function idleBeforeClose(history: History, closing: Closing): number {
  return idleUntil(history, closing.frame);
}

/** How long the connection had been idle when the request was sent, or met `closing`; NaN when it was not idle. */
export function idleBeforeRequest(history: History, { firstFrame }: Request, closing: Closing): number {
  const isRequests = history.idleGaps.at(-1)?.endFrame === firstFrame;
  return idleUntil(history, isRequests ? firstFrame : closing.frame);
}

function idleUntil(history: History, frame: number): number {
  const gap = history.idleGaps.at(-1);
  return gap?.endFrame === frame ? unlessAtOnce(history, gap.duration) : NaN;
}

/** How long a connection had been open and never used when `closing` was sent; NaN when it was used, or just opened. */
export function unusedBeforeClose(history: History, closing: Closing): number {
  if (!history.clientSide.synSeen || lastAnswered(history) !== null) return NaN;
  return unlessAtOnce(history, closing.time - history.openTime);
}

/** A sequence number of the client's, as Wireshark shows it: counted from where the client began. */
export function clientNumber(history: History, sequence: number): number {
  return relative(history.clientSide, sequence);
}

/** A sequence number of the server's, as Wireshark shows it: counted from where the server began. */
export function serverNumber(history: History, sequence: number): number {
  return relative(history.serverSide, sequence);
}

function relative({ base }: Side, sequence: number): number {
  return toUnsigned(sequenceDifference(sequence, base ?? 0));
}

export function closingEvidence(closing: Closing, role: string, note: string): Evidence {
  return { frame: closing.frame, time: closing.time, role, note };
}

export function requestEvidence(request: Request, role: string, note: string): Evidence {
  return { frame: request.firstFrame, time: request.startTime, role, note };
}

/** The end of the last response before `closing`, which the idle time counts from. */
export function lastResponseEvidence(history: History, exchange: Answered | null): Evidence[] {
  if (exchange === null) return [];
  const { response } = exchange;
  const note = `${response.status} for ${requestText(exchange.request)} ends at sequence ${serverNumber(history, response.end)}`;
  return [{ frame: response.lastFrame, time: response.endTime, role: 'end of the last response', note }];
}

/** The server's RSTs that followed, as evidence. */
export function resetEvidence(history: History, note: string): Evidence[] {
  const { rst } = history.serverSide;
  return rst === null ? [] : [closingEvidence(rst, 'server RST', note)];
}

/** What became of a request that met a connection the server had closed, one sentence. */
export function answerText(history: History, request: Request): string {
  const { rst } = history.serverSide;
  if (rst !== null && hasForeignTtl(history, rst)) return `${foreignTtlText(history, rst)}.`;
  if (rst !== null && provesNoSocket(rst, request)) {
    return `The server's host answered the request with RST (frame ${rst.frame}): no socket existed any more, so no application read it.`;
  }
  if (rst?.hasAck && sequenceDifference(rst.acknowledgement, request.start) > 0) {
    return `The server's host took the request and answered with RST (frame ${rst.frame}), whose ACK covers it: behind the FIN there was still a socket, and it was closed with the request unread.`;
  }
  if (serverReceived(history, request)) {
    return "The server's TCP acknowledged the request, but the application had closed already: nobody answered.";
  }
  return rst === null ? 'Nothing answered the request.' : `A RST (frame ${rst.frame}) followed.`;
}

/** The RST that followed such a request, as evidence. */
export function answerEvidence(history: History, request: Request): Evidence[] {
  const { rst } = history.serverSide;
  if (rst === null) return [];
  const isProof = provesNoSocket(rst, request) && !hasForeignTtl(history, rst);
  const covers = rst.hasAck && sequenceDifference(rst.acknowledgement, request.start) > 0;
  return resetEvidence(
    history,
    isProof
      ? `no ACK flag, sequence ${serverNumber(history, rst.sequence)}, the request's acknowledgement number: no socket existed`
      : covers
        ? `acknowledges ${clientNumber(history, rst.acknowledgement)}: the server's TCP had the request`
        : 'follows the close',
  );
}
