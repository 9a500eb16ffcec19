import { durationText } from '../base/duration-text.ts';
import { MILLISECOND } from '../base/timeline.ts';
import { sequenceDifference, toUnsigned } from '../wire/sequence-number.ts';
import {
  closingEvidence,
  firstUnanswered,
  hasForeignTtl,
  idleAdvice,
  idleBeforeClose,
  idleText,
  lastAnswered,
  lastResponseEvidence,
  provesNoSocket,
  requestEvidence,
  requestText,
  resetEvidence,
  routeOf,
  serverFin,
  serverReceived,
  unansweredFrom,
  withoutResponse,
} from './facts.ts';
import type { Rule } from './rule.ts';

/** A client that has had the FIN for less than this (ns) had no chance to take the connection out of its pool. */
const NO_CHANCE = 5 * MILLISECOND;

export const requestAfterFin: Rule = {
  documentation: {
    id: 'request-after-fin',
    severities: ['error'],
    title: 'The client wrote a request to a connection that the server had already closed.',
    explanation:
      "The client's TCP had received the server's FIN when the request was sent: a stale connection was taken from a pool " +
      'that does not watch its idle sockets, or the server closed so soon after its response that no client could have noticed.',
    advice:
      'Use a client that removes connections from its pool when the server closes them (and checks before reuse), or one ' +
      "with an idle timeout below the server's. When the server closes right after a response, it should say " +
      '"Connection: close" in it.',
    proof:
      "The request's first byte carries the acknowledgement number k = f + 1: it acknowledges the FIN at sequence f, so " +
      "the client's TCP had it. How long it had it, is the time from its first acknowledgement of the FIN to the request.",
    symptoms: [
      'socket hang up',
      'EPIPE',
      'ECONNRESET',
      'RemoteDisconnected: Remote end closed connection without response',
      'NoHttpResponseException',
      'unexpected end of stream',
      'http: server closed idle connection',
    ],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
5.082  S FIN
5.083  C ACK
8.000  C GET /b   # the pool did not notice
8.040  S RST`,
  },

  check(history) {
    const fin = serverFin(history);
    if (fin === null) return null;
    const victim = firstUnanswered(history);
    if (victim === null) return null;
    const { request } = victim;
    if (sequenceDifference(request.acknowledgementAtStart, fin.sequence) <= 0) return null;

    const { rst, finAckedFrame, finAckedTime } = history.serverSide;
    const had = finAckedFrame === request.firstFrame ? 0 : Math.max(0, request.startTime - finAckedTime);
    const noSocket = provesNoSocket(rst, request) && rst !== null && !hasForeignTtl(history, rst);
    const received = serverReceived(history, request);
    const idle = idleBeforeClose(history, fin);
    const stale = !(had <= NO_CHANCE);
    return {
      severity: 'error',
      // A retransmission would carry a newer acknowledgement number than the request had when it was first sent.
      confidence: request.reordered ? 'likely' : 'proven',
      executed: noSocket && !received ? 'no' : 'unknown',
      delivered: null,
      time: request.startTime,
      frame: request.firstFrame,
      route: routeOf(request),
      cause: stale ? 'stale-connection' : 'close-at-once',
      idleBefore: idle,
      describe(server) {
        const answer = noSocket
          ? `The server's host answered with RST (frame ${rst!.frame}): no application read the request.`
          : received
            ? "The server's TCP acknowledged the request, but the application had already closed: nobody answered."
            : 'Nothing answered it.';
        return {
          summary:
            `${history.client} sent ${requestText(request)} (frame ${request.firstFrame}) ${durationText(had)} after its TCP ` +
            `had received the FIN of ${history.server} (frame ${fin.frame}); the request was never answered.`,
          explanation: (stale
            ? `The client's TCP had the server's FIN for ${durationText(had)}, but the connection stayed in the client's pool and was used again. ${idleText(idle, server)} ${answer}`
            : `The client had had the FIN for ${durationText(had)} only: no client could have noticed in time. ${idleText(idle, server)} ${answer}`
          )
            .replace(/\s+/g, ' ')
            .trim(),
          advice: stale
            ? `Let the client watch its idle connections and drop those that the server closed. ${idleAdvice(idle, server)}`
            : 'The server should announce the end with "Connection: close" in its last response, or keep the connection open for a while after it.',
          evidence: [
            ...lastResponseEvidence(lastAnswered(history)),
            closingEvidence(fin, 'server FIN', `sequence ${toUnsigned(fin.sequence)}`),
            ...(finAckedFrame !== 0 && finAckedFrame !== request.firstFrame
              ? [
                  {
                    frame: finAckedFrame,
                    time: finAckedTime,
                    role: 'client acknowledges the FIN',
                    note: `its TCP had the FIN from here on`,
                  },
                ]
              : []),
            requestEvidence(
              request,
              'lost request',
              `acknowledges ${toUnsigned(request.acknowledgementAtStart)}, one past the FIN at ${toUnsigned(fin.sequence)}`,
            ),
            ...resetEvidence(
              history,
              noSocket
                ? `bare RST with sequence ${toUnsigned(rst!.sequence)}, the request's acknowledgement number: no socket existed`
                : 'follows the close',
            ),
          ],
          consequences: withoutResponse(unansweredFrom(history, victim)),
        };
      },
    };
  },
};
