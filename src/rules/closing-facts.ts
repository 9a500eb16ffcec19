// What the rules about the end of an answered connection share: was the request read, was the response destroyed.
import { MILLISECOND } from '../base/timeline.ts';
import type { History } from '../history/history.ts';
import type { Closing } from '../tcp/direction.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import { type Answered, firstUnanswered, lacksSince, lastAnswered, roundTripOr0 } from './facts.ts';

/** A close sooner than a round trip and this much (ns) gives the client no chance: Envoy's advice for its delayed close. */
const CLOSE_MARGIN = 100 * MILLISECOND;

/** The least delay (ns) that gives the client the chance to react to the response before the connection is gone. */
export function sufficientDelay(history: History): number {
  return roundTripOr0(history) + CLOSE_MARGIN;
}

/**
 * The server had not received the whole request when it closed, and did not go on reading: bytes that the client sent
 * were answered with RST. A server that half-closes and lingers acknowledges them.
 */
export function leftRequestUnread(history: History, exchange: Answered, closing: Closing): boolean {
  const { request } = exchange;
  const sentEnd = history.clientSide.fin?.sequence ?? history.clientSide.next;
  const end = request.complete ? request.end : sentEnd;
  const server = history.serverSide;
  // A RST need not carry an acknowledgement number; then what the server's TCP had acknowledged before it counts.
  if (!closing.hasAck && !server.hasAcknowledged) return false;
  const received = closing.hasAck ? closing.acknowledgement : server.acknowledged;
  if (sequenceDifference(received, end) >= 0) {
    // Everything of the request had arrived in time; unread bytes show only in a RST instead of a FIN.
    return history.closedBy === 'server-rst' && !request.complete;
  }
  // Without a RST nothing proves it: the capture may end before the server's acknowledgements come.
  return server.rst !== null && !(server.hasAcknowledged && sequenceDifference(server.acknowledged, sentEnd) >= 0);
}

/** How sure it is that a RST endangered a response that had been sent in full. */
export interface Destroyed {
  readonly exchange: Answered;
  readonly rst: Closing;
  /** never-acknowledged: no ACK of the client covers its end; still-sending: the client's next write fails. */
  readonly how: 'never-acknowledged' | 'still-sending' | 'reset-at-once';
}

/** The last response was sent in full, and a RST of the server came before the client can safely have read it. */
export function destroyedResponse(history: History): Destroyed | null {
  const { rst } = history.serverSide;
  if (rst === null || !history.closedBy.startsWith('server')) return null;
  if (!history.clientSide.seen) return null;
  const exchange = lastAnswered(history);
  if (exchange === null || exchange.uncertain || exchange.response.framing === 'tunnel') return null;
  // A RST that answers a later request, or the client's FIN, says nothing about this response.
  if (firstUnanswered(history) !== null || history.exchanges.at(-1) !== exchange) return null;
  if (answersClientFin(history, rst)) return null;

  const { request, response } = exchange;
  if (lacksSince(history.clientSide, request.start) || lacksSince(history.serverSide, response.start)) return null;
  // A server that goes on to answer did not send this RST, or not to end the connection.
  const isBefore = rst.hasAck ? sequenceDifference(rst.sequence, response.start) <= 0 : rst.frame < response.firstFrame;
  if (isBefore) return null;
  // A bare RST takes its number from the acknowledgement number of the segment that it answers (RFC 9293 3.10.7.1).
  const answersAcknowledgement = !rst.hasAck && sequenceDifference(rst.sequence, response.end) >= 0;
  const acknowledged =
    answersAcknowledgement ||
    (history.clientSide.hasAcknowledged && sequenceDifference(history.clientSide.acknowledged, response.end) >= 0);
  if (!acknowledged) return { exchange, rst, how: 'never-acknowledged' };
  if (closedAtLeisure(history, exchange)) return null;
  const closing = history.serverSide.fin ?? rst;
  const requestEnd = request.complete ? request.end : history.clientSide.next;
  const unread = closing.hasAck && sequenceDifference(closing.acknowledgement, requestEnd) < 0;
  if (!request.complete || unread) return { exchange, rst, how: 'still-sending' };
  // It answers something of the client that the capture lacks: its FIN, or a request.
  if (answersAcknowledgement && sequenceDifference(history.clientSide.next, requestEnd) <= 0) return null;
  if (rst.time - response.endTime < sufficientDelay(history)) return { exchange, rst, how: 'reset-at-once' };
  return null;
}

/** The capture ends so soon behind this close of the server that an acknowledgement on its way could not have come. */
export function endsTooEarly({ vantage, captureEnd, clientHalf }: History, closing: Closing): boolean {
  return vantage !== 'client' && captureEnd - closing.time < clientHalf;
}

/**
 * The client closed, with FIN or RST+ACK, after it had the whole response: a host that has a RST sends neither any more,
 * so the server's RST came to a client that was done.
 */
function closedAtLeisure(history: History, { response }: Answered): boolean {
  const closing = history.clientSide.fin ?? history.clientSide.rst;
  if (!closing?.hasAck) return false;
  return sequenceDifference(closing.acknowledgement, response.end) >= 0;
}

/** The RST ends a connection that the client had finished too. */
function answersClientFin(history: History, rst: Closing): boolean {
  const { fin } = history.clientSide;
  if (fin === null) return false;
  if (rst.hasAck) return sequenceDifference(rst.acknowledgement, fin.sequence) > 0;
  return rst.frame > fin.frame && rst.sequence === fin.acknowledgement;
}
