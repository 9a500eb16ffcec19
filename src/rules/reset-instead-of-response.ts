import { durationText } from '../base/duration-text.ts';
import {
  clientNumber,
  closingEvidence,
  firstUnansweredWhenIdle,
  idleBeforeRequest,
  lacksBytesBefore,
  lastAnswered,
  lastResponseEvidence,
  provesNoSocket,
  requestEvidence,
  requestText,
  routeOf,
  serverNumber,
  serverReceived,
  unansweredFrom,
  wasSentAgain,
  withoutResponse,
} from './facts.ts';
import { closeAdvice, sentences } from './idle-text.ts';
import { resetAdvice, resetCause } from './reset-cause.ts';
import type { Rule } from './rule.ts';

export const resetInsteadOfResponse: Rule = {
  documentation: {
    id: 'reset-instead-of-response',
    severities: ['error'],
    title: 'The server answered a request with a TCP reset.',
    headline: 'a reset came instead of the response',
    explanation:
      'A request was in progress and not one byte of a response had come when the server reset the connection, without a ' +
      'FIN before. Either its application closed the socket with the request still unread in the receive buffer (the ' +
      'kernel then sends RST instead of FIN), or it aborted, or the server knew no such connection any more, or something ' +
      'in between sent the reset.',
    advice:
      'RST with ACK that covers the request: look for workers that are stopped or recycled with accepted connections, and ' +
      'for an idle timer that closes without looking for a waiting request. Bare RST: the connection was gone at the ' +
      "server (a restart, a failover, a load balancer that forgot the flow); keep the client's idle timeout below it.",
    proof:
      'A request without a response byte, then RST from the server without an earlier FIN. RST with ACK covering the ' +
      "request: the server's TCP had it. RST without ACK whose sequence number is the request's acknowledgement number: " +
      'no such connection existed when the request, or the last copy of it, arrived.',
    symptoms: [
      'read ECONNRESET',
      'Connection reset by peer',
      'ConnectionResetError: [Errno 104]',
      'recv() failed (104: Connection reset by peer) while reading response header from upstream',
      'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
    ],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
2.000  C POST /b length=10
2.041  S ACK
2.050  S RST-ACK   # closed with the request unread`,
  },

  isAboutUnanswered: true,

  check(history) {
    if (history.closedBy !== 'server-rst') return null;
    const { rst } = history.serverSide;
    if (rst === null || lacksBytesBefore(history, rst)) return null;
    const victim = firstUnansweredWhenIdle(history);
    if (victim === null) return null;
    const { request } = victim;
    // A host that goes on to acknowledge the request did not send this RST, or not to end the connection.
    if (request.firstAckedFrame > rst.frame) return null;

    const cause = resetCause(history, rst, victim);
    const foreign = cause.kind === 'middlebox';
    const again = cause.kind === 'no-socket' && wasSentAgain(history, request, rst);
    const neverRead =
      cause.kind === 'reset-crossed' || (cause.kind === 'no-socket' && provesNoSocket(rst, request) && !again);
    const received = serverReceived(history, request);
    const previous = lastAnswered(history);
    const idle = idleBeforeRequest(history, request, rst);
    const waited = rst.time - request.endTime;
    const lost = unansweredFrom(history, victim);
    return {
      severity: 'error',
      confidence: foreign || cause.doubtful ? 'likely' : 'proven',
      executed: neverRead && !cause.doubtful && !received ? 'no' : 'unknown',
      delivered: null,
      lostRequests: lost.length,
      time: rst.time,
      frame: request.firstFrame,
      route: routeOf(request),
      cause: cause.kind,
      idleBefore: idle,
      describe(server) {
        const estimate = server.idleTimeout;
        const isTimeout = estimate !== null && idle >= estimate.low * 0.95 && idle <= estimate.high * 1.05;
        const idleText = Number.isNaN(idle)
          ? ''
          : `The connection had been idle for ${durationText(idle)} before` +
            (isTimeout ? `, which is this server's idle timeout (about ${durationText(estimate.value)}).` : '.');
        return {
          summary: foreign
            ? `A RST (frame ${rst.frame}) in the name of ${history.server}, probably not sent by it, ended ` +
              `${requestText(request)} (frame ${request.firstFrame}) from ${history.client} ${waited >= 0 ? `after ${durationText(waited)}` : 'while it was still being sent'}, without any response.`
            : cause.kind === 'reset-crossed'
              ? `${requestText(request)} (frame ${request.firstFrame}) from ${history.client} and a RST of ${history.server} ` +
                `(frame ${rst.frame}) crossed in flight, ${durationText(Math.abs(request.startTime - rst.time))} apart; the request was never answered.`
              : `${history.server} answered ${requestText(request)} (frame ${request.firstFrame}) from ${history.client} with RST ` +
                `(frame ${rst.frame}) ${waited >= 0 ? `after ${durationText(waited)}` : 'while it was still being sent'}, without any response.`,
          explanation: sentences(
            cause.text,
            again ? 'The request had been sent before that, too: whether an earlier copy was read is not known.' : '',
            idleText,
          ),
          advice:
            cause.kind === 'no-socket' || cause.kind === 'reset-crossed'
              ? closeAdvice(history, rst, idle, server)
              : foreign
                ? resetAdvice('middlebox')
                : "Look into the server's log at this time: a worker that was stopped or recycled, an abort, or an idle timer that closed while the request waited. Retry only what is idempotent: the request may have been executed.",
          evidence: [
            ...lastResponseEvidence(history, previous),
            requestEvidence(
              request,
              'unanswered request',
              `starts at sequence ${clientNumber(history, request.start)}, acknowledges ${serverNumber(history, request.acknowledgementAtStart)}`,
            ),
            closingEvidence(
              rst,
              'server RST',
              rst.hasAck
                ? `acknowledges ${clientNumber(history, rst.acknowledgement)}`
                : `no ACK flag, sequence ${serverNumber(history, rst.sequence)}`,
            ),
          ],
          consequences: withoutResponse(lost),
        };
      },
    };
  },
};
