import { durationText } from '../base/duration-text.ts';
import { sequenceDifference, toUnsigned } from '../wire/sequence-number.ts';
import {
  closingEvidence,
  firstUnanswered,
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

  check(history) {
    const { fin } = history.serverSide;
    if (fin === null || !fin.hasAck || history.closedBy !== 'server-fin') return null;
    const victim = firstUnanswered(history);
    if (victim === null) return null;
    const { request } = victim;
    if (sequenceDifference(fin.acknowledgement, request.start) <= 0) return null;
    // The client had the FIN already: that is another rule's case.
    if (sequenceDifference(request.acknowledgementAtStart, fin.sequence) > 0) return null;

    const whole = request.complete && sequenceDifference(fin.acknowledgement, request.end) >= 0;
    const waited = fin.time - request.endTime;
    return {
      severity: 'error',
      confidence: 'proven',
      executed: 'unknown',
      delivered: null,
      time: fin.time,
      frame: request.firstFrame,
      route: routeOf(request),
      cause: victim.index === 0 ? 'first-request' : 'reused-connection',
      idleBefore: NaN,
      describe() {
        const part = whole
          ? 'all of the request'
          : `the request's first ${sequenceDifference(fin.acknowledgement, request.start)} bytes`;
        return {
          summary:
            `${history.server} closed the connection (frame ${fin.frame}) ${durationText(waited)} after ` +
            `${requestText(request)} (frame ${request.firstFrame}) from ${history.client} and never answered it, though its TCP had received it.`,
          explanation:
            `The FIN acknowledges ${part}, so the server's host had it when the server closed. Whether the application read ` +
            'or even executed it cannot be seen on the wire.',
          advice:
            "Look into the server's log at this time: a crash, a restart, a worker that reached its limit, or an idle close " +
            'that did not look for a waiting request. Retry only what is idempotent: the request may have been executed.',
          evidence: [
            ...lastResponseEvidence(lastAnswered(history)),
            requestEvidence(request, 'unanswered request', `starts at sequence ${toUnsigned(request.start)}`),
            closingEvidence(
              fin,
              'server FIN',
              `acknowledges ${toUnsigned(fin.acknowledgement)}: ${part}; no response byte came before it`,
            ),
            ...resetEvidence(history, 'follows the close'),
          ],
          consequences: withoutResponse(unansweredFrom(history, victim)),
        };
      },
    };
  },
};
