import { durationText } from '../base/duration-text.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import { announcedClose } from './announced-close.ts';
import { firstUnanswered, requestEvidence, requestText, routeOf, serverNumber } from './facts.ts';
import type { Rule } from './rule.ts';

export const requestAfterCloseHeader: Rule = {
  documentation: {
    id: 'request-after-close-header',
    severities: ['error', 'warning', 'info'],
    title: 'A request was sent on a connection whose end had been announced.',
    headline: 'the client sends requests behind an announced close',
    explanation:
      'A message with "Connection: close" is the last of its kind on the connection: a client must send no request after it ' +
      'has sent or received one, and the server need not read what comes (RFC 9112 9.6). Such requests are lost, or they are ' +
      "answered by luck. A pipelined request that was on its way before the announcement arrived is nobody's fault, but " +
      'lost all the same.',
    advice:
      'Let the client look at the Connection field of each response, and at its own, before it puts a connection back into ' +
      'its pool. A client that pipelines must be ready to send unanswered requests again on another connection.',
    proof:
      'A request behind a request or response that announced the close. Its acknowledgement number tells whether the ' +
      "client's TCP had the announcing response when it was sent.",
    symptoms: [
      'socket hang up',
      'ECONNRESET',
      'RemoteDisconnected: Remote end closed connection without response',
      'NoHttpResponseException',
      'http: server closed idle connection',
    ],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5 close
0.083  C ACK
0.200  C GET /b            # though the response said close
0.241  S 200 length=5
0.242  C FIN
0.282  S FIN
0.283  C ACK`,
  },

  check(history) {
    const close = announcedClose(history);
    if (close === null || close.next === null) return null;
    const { announced, next } = close;
    const { request } = next;
    if (request === null || announced.uncertain || next.uncertain) return null;
    // The rest of the connection is not HTTP, or its end is missing from the capture.
    if (announced.response?.framing === 'tunnel' || (announced.response?.lostBytes ?? 0) > 0) return null;
    const own = announced.request?.close === true;
    const { response } = announced;
    const told = response?.close === true && sequenceDifference(request.acknowledgementAtStart, response.end) >= 0;
    const knew = own || told;
    // An unasked response (408 at a timeout) that the request crossed: not even pipelining.
    if (!knew && announced.request === null) return null;
    const unanswered = firstUnanswered(history);
    const isLost = unanswered !== null && unanswered.index > announced.index && history.closedBy !== 'open';
    const lost = isLost ? unanswered.request : null;
    return {
      severity: knew ? (isLost ? 'error' : 'warning') : isLost ? 'warning' : 'info',
      confidence: request.reordered ? 'likely' : 'proven',
      executed: null,
      delivered: null,
      lostRequests: isLost ? 1 : 0,
      time: request.startTime,
      frame: request.firstFrame,
      route: routeOf(request),
      cause: own ? 'own-announcement' : told ? 'announcement-ignored' : 'pipelined',
      idleBefore: NaN,
      describe() {
        const message = own ? announced.request! : response!;
        const what = own
          ? `its own ${requestText(announced.request!)} (frame ${message.firstFrame})`
          : `the ${response!.status} response in frame ${message.firstFrame}`;
        const how = message.closeOption ? 'said "Connection: close"' : 'was HTTP/1.0 without keep-alive';
        const later = durationText(Math.max(0, request.startTime - message.endTime));
        return {
          summary: knew
            ? `${history.client} sent ${requestText(request)} (frame ${request.firstFrame}) to ${history.server} ${later} after ${what}, which ${how}.`
            : `${requestText(request)} (frame ${request.firstFrame}) of ${history.client} was on its way to ${history.server} when ${what} came, which ${how}.`,
          explanation: own
            ? 'The client itself had announced that it would send nothing more.'
            : told
              ? "The request's acknowledgement number covers that response: the client's TCP had the announcement when the request was sent."
              : 'The request was pipelined: its acknowledgement number does not cover that response, so its sender could not know of the announcement.',
          advice: knew
            ? 'Let the client stop using a connection once a message on it said "Connection: close" (RFC 9112 9.6).'
            : 'Let the client wait for each response before it sends the next request, or send a lost pipelined request again.',
          evidence: [
            {
              frame: message.firstFrame,
              time: message.startTime,
              role: own ? 'request that announces the close' : 'response that announces the close',
              note: own ? how : `${how}; ends at sequence ${serverNumber(history, message.end)}`,
            },
            requestEvidence(
              request,
              'request behind it',
              `acknowledges ${serverNumber(history, request.acknowledgementAtStart)}`,
            ),
            ...(lost === null || lost === request ? [] : [requestEvidence(lost, 'lost request', 'never answered')]),
          ],
          consequences: lost === null ? [] : [`${requestText(lost)} (frame ${lost.firstFrame}) got no response.`],
        };
      },
    };
  },
};
