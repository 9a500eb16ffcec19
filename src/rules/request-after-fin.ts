import { durationText } from '../base/duration-text.ts';
import { MILLISECOND } from '../base/timeline.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import {
  answerEvidence,
  answerText,
  closingEvidence,
  firstUnanswered,
  hasForeignTtl,
  idleBeforeClose,
  lastAnswered,
  lastResponseEvidence,
  provesNoSocket,
  requestEvidence,
  requestText,
  routeOf,
  serverFin,
  serverNumber,
  serverReceived,
  unansweredFrom,
  withoutResponse,
} from './facts.ts';
import { closeAdvice, idleText, sentences } from './idle-text.ts';
import type { Rule } from './rule.ts';

/** A client that has had the FIN for less than this (ns) had no chance to take the connection out of its pool. */
const NO_CHANCE = 5 * MILLISECOND;

export const requestAfterFin: Rule = {
  documentation: {
    id: 'request-after-fin',
    severities: ['error'],
    title: 'The client wrote a request to a connection that the server had already closed.',
    headline: 'a request was sent on a connection that the server had already closed',
    isAboutIdling: true,
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

  isAboutUnanswered: true,

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
    const lost = unansweredFrom(history, victim);
    return {
      severity: 'error',
      // A retransmission would carry a newer acknowledgement number than the request had when it was first sent.
      confidence: request.reordered ? 'likely' : 'proven',
      executed: noSocket && !received ? 'no' : 'unknown',
      delivered: null,
      lostRequests: lost.length,
      time: request.startTime,
      frame: request.firstFrame,
      route: routeOf(request),
      cause: stale ? 'stale-connection' : Number.isNaN(idle) ? 'close-at-once' : 'idle-close',
      idleBefore: idle,
      describe(server) {
        const previous = lastAnswered(history);
        const advice = closeAdvice(history, fin, idle, server);
        const announced = previous !== null && (previous.request.close || previous.response.close);
        // The request itself may be the first segment that acknowledges the FIN: then it had just arrived.
        const sinceFin = had < MILLISECOND ? 'just' : durationText(had);
        const blame = request.reordered
          ? 'The capture has only a later copy of the request: the first one may have been sent before the FIN had come.'
          : stale
            ? `The client's TCP had had the server's FIN for ${durationText(had)}, but the client kept the connection in its pool and used it again.`
            : `The client's TCP had ${had < MILLISECOND ? 'only just received the FIN' : `had the FIN for only ${durationText(had)}`}: no client could have noticed in time.` +
              (Number.isNaN(idle) && !announced && previous !== null
                ? ' The server is to blame: it closed right after a response that promised to keep the connection open.'
                : '');
        return {
          summary:
            `${history.client} sent ${requestText(request)} (frame ${request.firstFrame}) ${sinceFin} after its TCP had received ` +
            `the FIN of ${history.server} (frame ${fin.frame}); the request was never answered.`,
          explanation: sentences(blame, idleText(idle, server), answerText(history, request)),
          advice:
            stale && !request.reordered
              ? `Let the client watch its idle connections and drop those that the server closed. ${
                  announced
                    ? 'The response had announced the close: after it the connection must not be used again (RFC 9112 9.6).'
                    : advice
                }`
              : announced
                ? 'Let the client stop using a connection once a message on it said "Connection: close" (RFC 9112 9.6).'
                : advice,
          evidence: [
            ...lastResponseEvidence(history, previous),
            closingEvidence(fin, 'server FIN', `sequence ${serverNumber(history, fin.sequence)}`),
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
              `acknowledges ${serverNumber(history, request.acknowledgementAtStart)}, one past the FIN at ${serverNumber(history, fin.sequence)}`,
            ),
            ...answerEvidence(history, request),
          ],
          consequences: withoutResponse(lost),
        };
      },
    };
  },
};
