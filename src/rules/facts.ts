// What several rules ask of a history.
import { durationText } from '../base/duration-text.ts';
import { MILLISECOND } from '../base/timeline.ts';
import type { History } from '../history/history.ts';
import type { Exchange, Request, Response } from '../http/exchange.ts';
import type { Closing } from '../tcp/direction.ts';
import { sequenceDifference, toUnsigned } from '../wire/sequence-number.ts';
import type { Evidence } from './finding.ts';
import type { ServerKnowledge } from './rule.ts';

/** An exchange whose request is known. */
export interface Asked extends Exchange {
  readonly request: Request;
}
/** An exchange that was answered in full. */
export interface Answered extends Asked {
  readonly response: Response;
}

/** The oldest request without a response, when nothing missing from the capture can explain that. */
export function firstUnanswered(history: History): Asked | null {
  for (const exchange of history.exchanges) {
    if (exchange.request === null || exchange.response !== null) continue;
    return exchange.uncertain || history.serverSide.lostBytes > 0 ? null : (exchange as Asked);
  }
  return null;
}

/** All requests from `exchange` on that were never answered. */
export function unansweredFrom(history: History, exchange: Exchange): Request[] {
  return history.exchanges
    .slice(history.exchanges.indexOf(exchange))
    .filter((other) => other.request !== null && other.response === null)
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
  return history.serverSide.lostBytes > 0 ? null : (exchange as Answered);
}

/** The last exchange that was answered in full. */
export function lastAnswered(history: History): Answered | null {
  const exchange = history.exchanges.findLast((other) => other.response?.complete);
  return exchange === undefined || exchange.request === null ? null : (exchange as Answered);
}

/** The server's close, when the server closed first. */
export function serverClose(history: History): Closing | null {
  if (history.closedBy === 'server-fin') return history.serverSide.fin;
  if (history.closedBy === 'server-rst') return history.serverSide.rst;
  return null;
}

/** The server's TCP acknowledged at least the first byte of the request, at any time. */
export function serverReceived(history: History, request: Request): boolean {
  const server = history.serverSide;
  return server.hasAcknowledged && sequenceDifference(server.acknowledged, request.start) > 0;
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

/** How far the TTL of a segment may differ on one path: routes change by a hop or two. */
const TTL_TOLERANCE = 2;

/** The RST carries another TTL than everything else from the server: something in between may have sent it. */
export function hasForeignTtl(history: History, rst: Closing): boolean {
  return history.serverSide.ttl !== 0 && Math.abs(rst.ttl - history.serverSide.ttl) > TTL_TOLERANCE;
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

/** An idle time up to a round trip and this much (ns) is no idle time: the close came with the response. */
const AT_ONCE = 100 * MILLISECOND;

/** How long the connection had been idle when `closing` was sent; NaN when it was not idle. */
export function idleBeforeClose(history: History, closing: Closing): number {
  const gap = history.idleGaps.at(-1);
  const isIdle = gap?.endFrame === closing.frame && gap.duration > roundTripOr0(history) + AT_ONCE;
  return isIdle ? gap.duration : NaN;
}

export function closingEvidence(closing: Closing, role: string, note: string): Evidence {
  return { frame: closing.frame, time: closing.time, role, note };
}

export function requestEvidence(request: Request, role: string, note: string): Evidence {
  return { frame: request.firstFrame, time: request.startTime, role, note };
}

/** The end of the last response before `closing`, which the idle time counts from. */
export function lastResponseEvidence(exchange: Answered | null): Evidence[] {
  if (exchange === null) return [];
  const { response } = exchange;
  const note = `${response.status} for ${requestText(exchange.request)} ends at sequence ${toUnsigned(response.end)}`;
  return [{ frame: response.lastFrame, time: response.endTime, role: 'end of the last response', note }];
}

/** The server's RSTs that followed, as evidence. */
export function resetEvidence(history: History, note: string): Evidence[] {
  const { rst } = history.serverSide;
  return rst === null ? [] : [closingEvidence(rst, 'server RST', note)];
}

/** An idle time may be called the server's timeout when it lies this close (ns) to where that was seen to close. */
const TIMEOUT_TOLERANCE = 50 * MILLISECOND;

/** How the idle time before a close compares with the server's idle timeout, one sentence; '' when it cannot be told. */
export function idleText(idle: number, server: ServerKnowledge): string {
  if (Number.isNaN(idle)) return '';
  const estimate = server.idleTimeout;
  const had = `The connection had been idle for ${durationText(idle)} when the server closed it`;
  if (estimate === null) return `${had}.`;
  if (idle < estimate.low - TIMEOUT_TOLERANCE || idle > estimate.high + TIMEOUT_TOLERANCE) return `${had}.`;
  const product = server.candidates[0];
  const default_ = product === undefined ? '' : `; ${product.product} has this default (${product.knob})`;
  if (estimate.observed === 1) return `${had}${default_}.`;
  return `${had}: that is its idle timeout (about ${durationText(estimate.value)}, seen ${estimate.observed} times${default_}).`;
}

/** What to turn so that the client closes first, with values where they are known. */
export function idleAdvice(idle: number, server: ServerKnowledge): string {
  const timeout = server.idleTimeout?.value ?? idle;
  const knob = server.candidates[0] ?? server.knob;
  const setting = knob === null || knob === undefined ? "the server's idle timeout" : `${knob.knob} (${knob.product})`;
  if (Number.isNaN(timeout)) {
    return `Let the client close idle connections first: set its idle timeout clearly below ${setting}.`;
  }
  return (
    `Let the client close idle connections first: lower its idle timeout below ${durationText(safelyBelow(timeout))}, ` +
    `or raise ${setting} above the client's idle timeout. Retrying is safe only for idempotent requests, or where the ` +
    'request was proven unread.'
  );
}

/** A client timeout that keeps its distance from the server's: 10 %, at least 0.5 s and at most 5 s, below it. */
export function safelyBelow(timeout: number): number {
  const distance = Math.min(5e9, Math.max(0.5e9, timeout * 0.1));
  return Math.max(timeout / 2, timeout - distance);
}
