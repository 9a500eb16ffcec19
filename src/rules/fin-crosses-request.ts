import { durationText } from '../base/duration-text.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import {
  answerEvidence,
  answerText,
  clientNumber,
  closingEvidence,
  firstUnansweredWhenIdle,
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

export const finCrossesRequest: Rule = {
  documentation: {
    id: 'fin-crosses-request',
    severities: ['error'],
    title: "The server's close and a request crossed in flight; the request was lost.",
    headline: "the server's close crossed the client's next request",
    isAboutIdling: true,
    explanation:
      'HTTP/1.1 has no handshake for closing a kept-alive connection. The server closed the idle connection while the ' +
      "client's next request was already on its way: neither could know of the other. The server's TCP answers the " +
      'request with a reset, or takes it and drops it in silence, and the client sees its connection end without a response.',
    advice:
      "Let the client close idle connections first: set the client's idle timeout clearly below the server's (or the " +
      "server's above the client's). Retry idempotent requests once on a new connection.",
    proof:
      "The request's first byte was sent with an acknowledgement number k <= f, so its sender had not received the FIN at " +
      'sequence f; the FIN carried an acknowledgement number a <= q, so its sender had received nothing of the request ' +
      'at sequence q. These numbers are the same wherever the capture was taken.',
    symptoms: [
      'socket hang up',
      'ECONNRESET',
      'RemoteDisconnected: Remote end closed connection without response',
      'NoHttpResponseException',
      'http: server closed idle connection',
      'upstream prematurely closed connection while reading response header from upstream',
      'Connection prematurely closed BEFORE response',
      'other side closed',
    ],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
5.082  S FIN
5.083  C GET /b crossing   # sent before the FIN arrived
5.123  S RST`,
  },

  isAboutUnanswered: true,

  check(history) {
    const fin = serverFin(history);
    if (fin === null || !fin.hasAck) return null;
    const victim = firstUnansweredWhenIdle(history);
    if (victim === null) return null;
    const { request } = victim;
    const clientHadFin = sequenceDifference(request.acknowledgementAtStart, fin.sequence) > 0;
    const serverHadRequest = sequenceDifference(fin.acknowledgement, request.start) > 0;
    if (clientHadFin || serverHadRequest) return null;

    const { rst } = history.serverSide;
    const noSocket = provesNoSocket(rst, request) && rst !== null && !hasForeignTtl(history, rst);
    const received = serverReceived(history, request);
    const idle = idleBeforeClose(history, fin);
    const lost = unansweredFrom(history, victim);
    return {
      severity: 'error',
      confidence: request.reordered ? 'likely' : 'proven',
      executed: noSocket && !received ? 'no' : 'unknown',
      delivered: null,
      lostRequests: lost.length,
      time: fin.time,
      frame: request.firstFrame,
      route: routeOf(request),
      cause: Number.isNaN(idle) ? 'close' : 'idle-close',
      idleBefore: idle,
      describe(server) {
        const apart = durationText(Math.abs(fin.time - request.startTime));
        const previous = lastAnswered(history);
        // Sent before its client had the whole response before it, which may even have announced the close.
        const isPipelined =
          previous !== null && sequenceDifference(request.acknowledgementAtStart, previous.response.end) < 0;
        const announced = previous !== null && (previous.request.close || previous.response.close);
        const pipelined = isPipelined
          ? `The request was pipelined: sent before the response before it had come${announced ? ', which announced the close' : ''}.`
          : '';
        return {
          summary:
            `${requestText(request)} (frame ${request.firstFrame}) from ${history.client} and the FIN of ${history.server} ` +
            `(frame ${fin.frame}) crossed in flight, ${apart} apart; the request was never answered.`,
          explanation: sentences(
            'The server closed the connection before it had received anything of the request, and the client sent the ' +
              'request before it had received the close.',
            idleText(idle, server),
            pipelined,
            answerText(history, request),
          ),
          advice:
            isPipelined && announced
              ? 'Let the client wait for each response before it sends the next request, or send a lost pipelined request again.'
              : closeAdvice(history, fin, idle, server),
          evidence: [
            ...lastResponseEvidence(history, previous),
            closingEvidence(
              fin,
              'server FIN',
              `sequence ${serverNumber(history, fin.sequence)}, acknowledges ${clientNumber(history, fin.acknowledgement)}: nothing of the request, which starts at ${clientNumber(history, request.start)}`,
            ),
            requestEvidence(
              request,
              'lost request',
              `starts at sequence ${clientNumber(history, request.start)}, acknowledges ${serverNumber(history, request.acknowledgementAtStart)}: not the FIN at ${serverNumber(history, fin.sequence)}`,
            ),
            ...answerEvidence(history, request),
          ],
          consequences: withoutResponse(lost),
        };
      },
    };
  },
};
