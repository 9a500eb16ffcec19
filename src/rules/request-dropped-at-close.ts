import { durationText } from '../base/duration-text.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import { announcedClose } from './announced-close.ts';
import {
  clientNumber,
  closingEvidence,
  firstUnansweredWhenIdle,
  lastAnswered,
  lastResponseEvidence,
  requestEvidence,
  requestText,
  resetEvidence,
  routeOf,
  unansweredFrom,
  withoutResponse,
} from './facts.ts';
import type { Rule } from './rule.ts';

export const requestDroppedAtClose: Rule = {
  documentation: {
    id: 'request-dropped-at-close',
    severities: ['error'],
    title: "The server's TCP had the request, but the server closed without answering it.",
    headline: 'the server took the request and closed without an answer',
    explanation:
      'The request had arrived when the server closed the connection with FIN, and no byte of a response came. The server ' +
      'crashed, was stopped, hit a limit, or decided to close the idle connection while the request waited unread.',
    advice:
      "Look into the server's log at this time (a crash, a restart, a limit on requests or connection age). Let it stop " +
      'reading new requests only after it announced "Connection: close", and finish what it has accepted.',
    proof:
      "The FIN carries an acknowledgement number a > q: the server's TCP had received the request that starts at sequence " +
      'q. No byte of a response follows.',
    symptoms: [
      'socket hang up',
      'RemoteDisconnected: Remote end closed connection without response',
      'NoHttpResponseException',
      'upstream prematurely closed connection while reading response header from upstream',
      'Empty reply from server',
      'EOF',
    ],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
2.000  C POST /b length=10
2.041  S ACK
2.050  S FIN       # acknowledges the request, and does not answer it
2.090  C FIN
2.130  S ACK`,
  },

  isAboutUnanswered: true,

  check(history) {
    const { fin } = history.serverSide;
    if (fin === null || !fin.hasAck || history.closedBy !== 'server-fin') return null;
    const victim = firstUnansweredWhenIdle(history);
    if (victim === null) return null;
    const { request } = victim;
    if (sequenceDifference(fin.acknowledgement, request.start) <= 0) return null;
    // The client had the FIN already: that is another rule's case.
    if (sequenceDifference(request.acknowledgementAtStart, fin.sequence) > 0) return null;

    const whole = request.complete && sequenceDifference(fin.acknowledgement, request.end) >= 0;
    const waited = fin.time - request.endTime;
    const lost = unansweredFrom(history, victim);
    return {
      severity: 'error',
      confidence: fin.isCopy ? 'likely' : 'proven',
      executed: 'unknown',
      delivered: null,
      lostRequests: lost.length,
      time: fin.time,
      frame: request.firstFrame,
      route: routeOf(request),
      cause: victim.index === 0 ? 'first-request' : 'reused-connection',
      idleBefore: NaN,
      describe() {
        const part = whole
          ? 'all of the request'
          : `the first ${sequenceDifference(fin.acknowledgement, request.start)} bytes of the request`;
        const announced = announcedClose(history);
        const isBehind = announced !== null && announced.announced.index < victim.index;
        return {
          summary:
            `${history.server} received ${requestText(request)} (frame ${request.firstFrame}) from ${history.client} and closed ` +
            `the connection ${waited >= 0 ? `${durationText(waited)} later` : 'while it was still being sent'} ` +
            `(frame ${fin.frame}) without an answer.`,
          explanation:
            `The FIN acknowledges ${part}, so the server's host had it when the server closed. Whether the application read ` +
            'or even executed it cannot be seen on the wire.' +
            (fin.isCopy
              ? ' The capture has only a later copy of the FIN: the first one may have been sent before the request had arrived.'
              : '') +
            (isBehind
              ? ' The request was sent although, or before, an earlier message had announced the close: a server need not read it.'
              : ''),
          advice: isBehind
            ? 'Let the client wait for each response before it sends the next request, stop using a connection whose end was announced, or send a lost pipelined request again (RFC 9112 9.6).'
            : "Look into the server's log at this time: a crash, a restart, a worker that reached its limit, or an idle close " +
              'that did not look for a waiting request. Retry only what is idempotent: the request may have been executed.',
          evidence: [
            ...lastResponseEvidence(history, lastAnswered(history)),
            requestEvidence(
              request,
              'unanswered request',
              `starts at sequence ${clientNumber(history, request.start)}`,
            ),
            closingEvidence(
              fin,
              'server FIN',
              `acknowledges ${clientNumber(history, fin.acknowledgement)}: ${part}; no response byte came before it`,
            ),
            ...resetEvidence(history, 'follows the close'),
          ],
          consequences: withoutResponse(lost),
        };
      },
    };
  },
};
