import { durationText } from '../base/duration-text.ts';
import { MILLISECOND } from '../base/timeline.ts';
import type { History } from '../history/history.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Closing } from '../tcp/direction.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import {
  type Asked,
  answeredElsewhere,
  answeredUnseen,
  closingEvidence,
  isForeignTo,
  lacksSince,
  mayLackAnswerTo,
  readOn,
  requestEvidence,
  requestText,
  roundTripOr0,
  routeOf,
  serverClose,
  serverNumber,
  serverReceived,
} from './facts.ts';
import { resetAdvice } from './reset-cause.ts';
import { receivedText } from './response-text.ts';
import type { Rule } from './rule.ts';

/** Nobody's response timeout (ns) is shorter than this. */
const LEAST_WAIT = 10 * MILLISECOND;

export const clientGaveUp: Rule = {
  documentation: {
    id: 'client-gave-up',
    severities: ['warning', 'info'],
    title: 'The client closed the connection while a response was outstanding.',
    headline: 'the client gave up before the response came',
    explanation:
      'The request was complete, the response was not, and the client sent FIN or RST: its response timeout fired, its ' +
      'user cancelled, or it was stopped. The server may go on working for nobody, and a proxy logs 499 or 504.',
    advice:
      "If the server is slow for a reason, raise the client's response timeout above the server's longest work; else make " +
      'the server faster, or let it give up before the client does so that it can say why.',
    proof:
      'A FIN or RST of the client after a complete request, before the response was complete by its framing. A half-close ' +
      'that is still answered in full is none.',
    symptoms: [
      'ETIMEDOUT',
      'ESOCKETTIMEDOUT',
      'timeout of 3000ms exceeded',
      'ReadTimeout',
      'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      'nginx 499',
    ],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /slow
0.081  S ACK
3.041  C FIN       # its timeout fired
3.081  S ACK
5.000  S 200 length=5
5.001  C RST`,
  },

  check(history) {
    const byRst = history.closedBy === 'client-rst';
    const closing = byRst ? history.clientSide.rst : history.closedBy === 'client-fin' ? history.clientSide.fin : null;
    if (closing === null) return null;
    const exchange = outstandingAt(history, closing, byRst);
    if (exchange === null) return null;
    const { request, response } = exchange;
    if (lacksSince(history.clientSide, request.start)) return null;
    if (response === null ? mayLackAnswerTo(history, request) : lacksSince(history.serverSide, response.start))
      return null;
    // It had closed its own side only, and went on reading.
    if (response !== null && !response.complete && readOn(history)) return null;
    // The server had closed before it had anything of the request: nobody would have answered.
    const serverClosing = serverClose(history);
    if (serverClosing?.hasAck && sequenceDifference(serverClosing.acknowledgement, request.start) <= 0) return null;
    const foreign = byRst && isForeignTo(history.clientSide, closing);
    const waited = Math.max(0, closing.time - request.endTime);
    const received = serverReceived(history, request);
    // It had nothing of the response yet; what came later, came too late.
    const empty =
      response === null || (closing.hasAck && sequenceDifference(closing.acknowledgement, response.start) <= 0);
    // It closed before any response could have come: it did not wait for one, so nothing timed out.
    const hurried = empty && waited < Math.max(roundTripOr0(history), LEAST_WAIT);
    return {
      severity: hurried ? 'info' : 'warning',
      confidence: foreign ? 'likely' : 'proven',
      executed: response !== null ? 'yes' : 'unknown',
      delivered: response === null ? null : response.complete ? 'at-risk' : 'truncated',
      lostRequests: 0,
      time: closing.time,
      frame: request.firstFrame,
      route: routeOf(request),
      cause: hurried ? 'did-not-wait' : empty ? 'no-response' : 'mid-response',
      idleBefore: NaN,
      describe() {
        const state =
          response === null || empty
            ? received
              ? "the server's TCP had the request, but no byte of a response had come"
              : 'no byte of a response had come'
            : response.complete
              ? 'the response was still on its way'
              : receivedText(response);
        return {
          summary:
            `${history.client} closed the connection with ${byRst ? 'RST' : 'FIN'} (frame ${closing.frame}) ${durationText(waited)} ` +
            `after ${requestText(request)} (frame ${request.firstFrame}) to ${history.server}: ${state}.`,
          explanation: foreign
            ? `The RST has TTL ${closing.ttl}, the client's other segments TTL ${history.clientSide.ttl}: it was probably sent by a middlebox (firewall, load balancer, NAT), not by the client.`
            : hurried
              ? 'The client closed before a response could have come: it did not want to wait for one, or it was stopped. A server may drop what it does for a client that has closed.'
              : response === null || empty
                ? `The client waited ${durationText(waited)} for the response and then gave up: most likely its response timeout, or a cancelled call.` +
                  (response === null ? '' : ' The response came after that.')
                : 'The client stopped reading in the middle of the response: a timeout, a cancelled call, or it had all it wanted.',
          advice: foreign
            ? resetAdvice('middlebox')
            : hurried
              ? 'Nothing must be done if the client does not need the response; else let it keep its side open until the response is complete.'
              : `If ${durationText(waited)} is the client's response timeout, raise it above the server's longest work, or let the ` +
                'server give up earlier and say so (503 or 504). Before a retry, consider that the request may still be executed.',
          evidence: [
            requestEvidence(request, 'request', `complete in frame ${request.lastFrame}`),
            ...(request.firstAckedFrame !== 0
              ? [
                  {
                    frame: request.firstAckedFrame,
                    time: request.firstAckedTime,
                    role: 'server acknowledges the request',
                    note: 'its TCP had it',
                  },
                ]
              : []),
            ...(response === null
              ? []
              : [
                  {
                    frame: response.firstFrame,
                    time: response.startTime,
                    role: 'response begins',
                    note: empty ? 'too late' : receivedText(response),
                  },
                ]),
            closingEvidence(
              closing,
              byRst ? 'client RST' : 'client FIN',
              closing.hasAck ? `acknowledges ${serverNumber(history, closing.acknowledgement)}` : 'no ACK flag',
            ),
          ],
          consequences: [
            empty
              ? `${requestText(request)} got no response in time; the server ${response === null ? 'may execute' : 'executed'} it all the same.`
              : `${requestText(request)} was abandoned in the middle of its response.`,
          ],
        };
      },
    };
  },
};

/** The exchange that the client abandoned by this close, or null. */
function outstandingAt(history: History, closing: Closing, byRst: boolean): Asked | null {
  for (const exchange of history.exchanges) {
    const { request, response } = exchange;
    if (request === null || !request.complete || exchange.uncertain) continue;
    // A scanner's kernel answers the SYN-ACK with RST, and its request comes all the same.
    const isBefore = closing.frame < request.firstFrame && sequenceDifference(closing.sequence, request.start) <= 0;
    if (isBefore) return null;
    if (response?.framing === 'tunnel') return null;
    if (response === null || !response.complete) {
      if (response !== null && response.lostBytes > 0) return null;
      if (response === null && answeredElsewhere(history, request)) return null;
      if (response === null && answeredUnseen(history, exchange as Asked)) return null;
      // Half-closed, and the capture ends before anybody could answer: not known to be abandoned.
      if (!byRst && !abandoned(history)) return null;
      return exchange as Asked;
    }
    if (exchange === history.exchanges.at(-1) && refused(history, exchange, closing, byRst)) return exchange as Asked;
  }
  return null;
}

/** The connection went on to its end after the client's FIN, without a response. */
function abandoned(history: History): boolean {
  return history.serverSide.fin !== null || history.serverSide.rst !== null || history.clientSide.rst !== null;
}

/** The response came in full, but after the client's RST, or the client's TCP answered it with RST after its FIN. */
function refused(history: History, exchange: Exchange, closing: Closing, byRst: boolean): boolean {
  const { response } = exchange;
  if (response === null || history.clientSide.rst === null || !closing.hasAck) return false;
  // Clients reset connections that they have read all from, too: behind the response its numbers alone tell too little.
  if (
    byRst &&
    !(closing.time < response.startTime && sequenceDifference(closing.acknowledgement, response.start) <= 0)
  ) {
    return false;
  }
  if (sequenceDifference(closing.acknowledgement, response.end) >= 0) return false;
  return sequenceDifference(history.clientSide.acknowledged, response.end) < 0;
}
