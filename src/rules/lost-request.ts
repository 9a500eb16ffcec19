// What became of a request that was lost, beyond its own connection: its client sent it again, or a gateway told its
// own client that it failed.
import { durationText } from '../base/duration-text.ts';
import { MILLISECOND } from '../base/timeline.ts';
import { withoutPort } from '../history/endpoint.ts';
import type { History } from '../history/history.ts';
import type { Request } from '../http/exchange.ts';
import { firstUnanswered, lastAnswered, requestText, unfinishedResponse } from './facts.ts';
import type { DownstreamFailure, ExchangeReport, Executed, RetryReport } from './finding.ts';

/** RFC 9110 9.2.2: doing it twice is the same as doing it once. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']);

export function isIdempotent(request: Request): boolean {
  return IDEMPOTENT.has(request.method);
}

/** The request that the end of the connection lost, or may have lost; null when everything was answered and read. */
export function lostRequestOf(history: History): Request | null {
  const { clientSide, serverSide } = history;
  const cut = firstUnanswered(history) ?? unfinishedResponse(history);
  if (cut !== null) return cut.request;
  // Sent in full, but perhaps never read.
  const last = history.exchanges.at(-1) === lastAnswered(history) ? lastAnswered(history) : null;
  if (last === null || (serverSide.rst === null && clientSide.rst === null)) return null;
  return last.response.ackedFrame === 0 || !last.request.complete ? last.request : null;
}

/** A client closes and sends again in one moment: the two may stand in any order in a capture. */
const SAME_MOMENT = 50 * MILLISECOND;

/** From when on the client can have known that `request` was lost (ns): the first close behind it. */
export function couldBeKnownAt(history: History, request: Request): number {
  const { clientSide, serverSide } = history;
  const byServer = Math.min(serverSide.fin?.time ?? Infinity, serverSide.rst?.time ?? Infinity);
  const byClient = Math.min(clientSide.fin?.time ?? Infinity, clientSide.rst?.time ?? Infinity) - SAME_MOMENT;
  const first = Math.min(byServer, byClient);
  return Math.max(first === Infinity ? request.endTime + 2 * SAME_MOMENT : first, request.startTime);
}

/** The exchange of a lost request, for those who read reports and not histories. */
export function exchangeReport(history: History, request: Request): ExchangeReport {
  const { method, target, version } = request;
  const response = history.exchanges.find((exchange) => exchange.request === request)?.response ?? null;
  return {
    request: { method, target, version },
    response: response && { status: response.status, version: response.version, complete: response.complete },
  };
}

/** Whether it does harm that the request was sent again. */
export function retryReport(history: History, request: Request, executed: Executed | null): RetryReport | null {
  const { retry } = history;
  if (retry === null) return null;
  const safe = isIdempotent(request) || executed === 'no' ? 'yes' : 'no';
  return { stream: retry.stream, frame: retry.frame, time: retry.time, safe };
}

/** The retry in a sentence. */
/** `wasLost`: so was the second copy. */
export function retryText(history: History, request: Request, executed: Executed | null, wasLost = false): string {
  const { retry } = history;
  if (retry === null) return '';
  const after = durationText(Math.max(0, retry.time - couldBeKnownAt(history, request)));
  const what = `The client sent ${requestText(request)} again ${after} later on stream ${retry.stream} (frame ${retry.frame})`;
  const masks = wasLost ? 'and lost that, too' : 'so the retry masks the loss';
  if (executed === 'no') return `${what}, ${masks}. That was safe: no application had read the first copy.`;
  if (isIdempotent(request)) return `${what}, ${masks}. That was safe: ${request.method} is idempotent.`;
  return `${what}. That was not safe: the first copy may have been executed, and ${request.method} is not idempotent.`;
}

/** A gateway's answer that says that the server behind it failed, with the request that it answers. */
export interface GatewayFailure extends DownstreamFailure {
  /** The gateway's address, without port. */
  readonly gateway: string;
  readonly request: RequestTrace;
}

/** What of a request can be found again on the other side of a gateway. Times in nanoseconds. */
export interface RequestTrace {
  readonly method: string;
  readonly target: string;
  readonly requestId: number;
  readonly traceId: number;
  readonly startTime: number;
}

export interface LostRequest {
  readonly request: RequestTrace;
  /** Who sent it, without port; when its loss could be known. */
  readonly client: string;
  readonly stream: number;
  readonly lostTime: number;
}

export function traceOf({ method, target, requestId, traceId, startTime }: Request): RequestTrace {
  return { method, target, requestId, traceId, startTime };
}

export function lostRequest(history: History, request: Request): LostRequest {
  return {
    request: traceOf(request),
    client: withoutPort(history.client),
    stream: history.stream,
    lostTime: couldBeKnownAt(history, request),
  };
}

/** Failures that are kept, at most. */
export const MAX_FAILURES = 10_000;

/** The failures that gateways told their clients, to be tied to the losses behind them. */
export class GatewayFailures {
  private readonly byMethod = new Map<string, GatewayFailure[]>();
  private count = 0;

  add(failure: GatewayFailure): void {
    if (this.count >= MAX_FAILURES) return;
    this.count++;
    const list = this.byMethod.get(failure.request.method);
    if (list === undefined) this.byMethod.set(failure.request.method, [failure]);
    else list.push(failure);
  }

  /**
   * What the loss of a request made of the one that its gateway was asked. The gateway was asked before it asked, and
   * answered after the loss; and either both requests carry the same id, or they have the same target and who lost the
   * request is who gave the answer. Of several the one that was asked last: the gateway had it at once.
   */
  causedBy(lost: LostRequest): GatewayFailure | null {
    let found: GatewayFailure | null = null;
    for (const failure of this.byMethod.get(lost.request.method) ?? []) {
      if (failure.stream === lost.stream) continue;
      if (!(failure.request.startTime <= lost.request.startTime && failure.time >= lost.lostTime)) continue;
      if (!isSameRequest(failure, lost)) continue;
      if (found === null || failure.request.startTime > found.request.startTime) found = failure;
    }
    return found;
  }
}

function isSameRequest(failure: GatewayFailure, lost: LostRequest): boolean {
  const asked = failure.request;
  const { requestId, traceId, target } = lost.request;
  if (requestId !== 0 && asked.requestId !== 0) return requestId === asked.requestId;
  if (traceId !== 0 && asked.traceId !== 0) return traceId === asked.traceId;
  return failure.gateway === lost.client && pathOf(asked.target) === pathOf(target);
}

/** Without scheme and authority: a client asks a forward proxy for the whole URL. */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/]*/i, '');
}

export function downstreamText({ status, frame, stream, client }: DownstreamFailure, lostFrame: number): string {
  return (
    `The gateway passed it on: its answer ${status} to ${client} (frame ${frame}, stream ${stream}) is this loss ` +
    `(frame ${lostFrame}).`
  );
}
