import { durationText } from '../base/duration-text.ts';
import {
  clientNumber,
  closingEvidence,
  lacksBytesBefore,
  readOn,
  requestEvidence,
  requestText,
  routeOf,
  unansweredFrom,
  unfinishedResponse,
  withoutResponse,
} from './facts.ts';
import { resetAdvice, resetCause } from './reset-cause.ts';
import { receivedText } from './response-text.ts';
import type { Rule } from './rule.ts';

export const resetMidResponse: Rule = {
  documentation: {
    id: 'reset-mid-response',
    severities: ['error'],
    title: 'A reset cut the response short.',
    headline: 'a reset cut the response short',
    explanation:
      'Some bytes of the response had come, its framing was not complete, and the server reset the connection. What the ' +
      'server had still to send is gone: an application that crashed or aborted, a socket closed with SO_LINGER 0, a ' +
      'process that was killed, or a middlebox that cut the flow.',
    advice:
      "Look for crashes and aborted requests in the server's log at this time; close sockets in order (shutdown, read, " +
      'close) and never with SO_LINGER 0 while a response is being sent.',
    proof:
      'Response bytes, then RST from the server, without a FIN before and without loss in the capture, while ' +
      'Content-Length or the chunked coding promised more.',
    symptoms: [
      'read ECONNRESET',
      'aborted',
      'fetch failed: terminated',
      'curl: (56) Recv failure: Connection reset by peer',
      'IncompleteRead',
      'upstream prematurely closed connection while reading upstream',
      'unexpected EOF',
    ],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=1000 sent=300
0.083  C ACK
0.090  S RST-ACK`,
  },

  isAboutUnanswered: true,

  check(history) {
    if (history.closedBy !== 'server-rst' && !readOn(history)) return null;
    const { rst } = history.serverSide;
    if (rst === null || lacksBytesBefore(history, rst)) return null;
    const exchange = unfinishedResponse(history);
    if (exchange === null || exchange.response.framing === 'tunnel') return null;
    const { request, response } = exchange;
    const cause = resetCause(history, rst, exchange);
    const foreign = cause.kind === 'middlebox';
    // Pipelined requests behind it.
    const behind = unansweredFrom(history, exchange);
    return {
      severity: 'error',
      confidence: foreign ? 'likely' : 'proven',
      executed: 'yes',
      delivered: 'truncated',
      lostRequests: 1 + behind.length,
      time: rst.time,
      frame: response.firstFrame,
      route: routeOf(request),
      cause: foreign ? 'middlebox' : 'abort',
      idleBefore: NaN,
      describe() {
        return {
          summary:
            `${history.server} reset the connection (frame ${rst.frame}) in the middle of its response to ${requestText(request)} ` +
            `(frame ${request.firstFrame}) from ${history.client}: ${receivedText(response)}.`,
          explanation: `A reset discards whatever its sender had not delivered yet. ${cause.text}`,
          advice: resetAdvice(cause.kind),
          evidence: [
            requestEvidence(request, 'request', `starts at sequence ${clientNumber(history, request.start)}`),
            {
              frame: response.firstFrame,
              time: response.startTime,
              role: 'response begins',
              note: `status ${response.status}`,
            },
            ...(response.lastFrame === response.firstFrame
              ? []
              : [
                  {
                    frame: response.lastFrame,
                    time: response.endTime,
                    role: 'last response bytes',
                    note: receivedText(response),
                  },
                ]),
            closingEvidence(
              rst,
              'server RST',
              `${durationText(Math.max(0, rst.time - response.endTime))} after the last response byte`,
            ),
          ],
          consequences: [
            `${requestText(request)} got a truncated response: ${receivedText(response)}.`,
            ...withoutResponse(behind),
          ],
        };
      },
    };
  },
};
