import {
  clientNumber,
  closingEvidence,
  readOn,
  requestEvidence,
  requestText,
  routeOf,
  serverNumber,
  unansweredFrom,
  unfinishedResponse,
  withoutResponse,
} from './facts.ts';
import { receivedText } from './response-text.ts';
import type { Rule } from './rule.ts';

export const truncatedResponse: Rule = {
  documentation: {
    id: 'truncated-response',
    severities: ['error'],
    title: 'The server closed the connection in the middle of its response.',
    headline: 'the server closed in the middle of the response',
    explanation:
      'The server sent FIN before the response was complete: fewer bytes than Content-Length promised, or a chunked body ' +
      'without its last chunk. A crash or a timeout while sending, or a proxy that passes on what its own upstream cut short.',
    advice:
      "Look into the server's log at this time; behind a proxy, look at the proxy's upstream connection. Clients must treat " +
      'such a response as incomplete (RFC 9112 8).',
    proof:
      'The FIN directly follows the last response byte that was sent, no byte is missing from the capture, and the framing ' +
      'of the response is not complete.',
    symptoms: [
      'aborted',
      'ERR_CONTENT_LENGTH_MISMATCH',
      'ERR_INCOMPLETE_CHUNKED_ENCODING',
      'curl: (18) transfer closed with outstanding read data remaining',
      'IncompleteRead',
      'unexpected EOF',
      'Premature end of Content-Length delimited message body',
    ],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=1000 sent=300
0.083  C ACK
0.090  S FIN
0.091  C FIN
0.131  S ACK`,
  },

  isAboutUnanswered: true,

  check(history) {
    if (history.closedBy !== 'server-fin' && !readOn(history)) return null;
    const { fin } = history.serverSide;
    if (fin === null) return null;
    const exchange = unfinishedResponse(history);
    if (exchange === null || exchange.response.framing === 'tunnel') return null;
    const { request, response } = exchange;
    // A close-delimited body ends with the FIN and is complete then; here it could only be a head without an end.
    if (response.end !== fin.sequence) return null;
    // Pipelined requests behind it.
    const behind = unansweredFrom(history, exchange);
    return {
      severity: 'error',
      confidence: 'proven',
      executed: 'yes',
      delivered: 'truncated',
      lostRequests: 1 + behind.length,
      time: fin.time,
      frame: response.firstFrame,
      route: routeOf(request),
      cause: response.framing,
      idleBefore: NaN,
      describe() {
        return {
          summary:
            `${history.server} closed the connection (frame ${fin.frame}) in the middle of its response to ${requestText(request)} ` +
            `(frame ${request.firstFrame}) from ${history.client}: ${receivedText(response)}.`,
          explanation:
            'The FIN directly follows the last byte sent, and the capture lacks nothing in between: the server itself ended ' +
            'the response early.',
          advice:
            "Look into the server's log at this time for a crash or a timeout while it was sending; behind a proxy, look at " +
            'its upstream connection.',
          evidence: [
            requestEvidence(request, 'request', `starts at sequence ${clientNumber(history, request.start)}`),
            {
              frame: response.firstFrame,
              time: response.startTime,
              role: 'response begins',
              note: `status ${response.status}`,
            },
            closingEvidence(
              fin,
              'server FIN',
              `sequence ${serverNumber(history, fin.sequence)}, directly behind the last response byte; ${receivedText(response)}`,
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
