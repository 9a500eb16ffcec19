import { withoutPort } from '../history/endpoint.ts';
import { provesNoSocket, requestEvidence, requestText, routeOf, serverReceived } from './facts.ts';
import { isIdempotent, lostRequestOf, retryText } from './lost-request.ts';
import type { Rule } from './rule.ts';

export const unsafeRetry: Rule = {
  documentation: {
    id: 'unsafe-retry',
    severities: ['warning'],
    title: 'A request that may have been executed, and must not be executed twice, was sent again.',
    headline: 'a request that may have been executed was sent again',
    explanation:
      'A client may send a request again by itself when the connection fails, but only when the request is idempotent, or ' +
      'when it knows that the first copy was not executed (RFC 9110 9.2.2). Here the server had received the first copy, ' +
      'at least its TCP had, and the method is not idempotent: an order may have been placed twice.',
    advice:
      'Let the client retry only idempotent methods by itself, or give the request a key by which the server knows it ' +
      'again (Idempotency-Key). And mend what lost the first copy.',
    proof:
      "The server's TCP acknowledged the first copy and no response came; then the same client sent method, target and " +
      'body again on another connection. Bodies are compared by their length and first bytes.',
    symptoms: ['duplicate order', 'Retry(total=', 'retrying request', 'num_retries', 'upstream_rq_retry'],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /order length=10
0.081  S ACK
0.281  S RST-ACK
0.322  C2 SYN
0.362  S2 SYN-ACK
0.363  C2 POST /order length=10
0.404  S2 200 length=5
0.405  C2 ACK`,
  },

  check(history) {
    const { retry } = history;
    if (retry === null) return null;
    const request = lostRequestOf(history);
    if (request === null || isIdempotent(request) || !serverReceived(history, request)) return null;
    if (provesNoSocket(history.serverSide.rst, request)) return null;
    const asked = requestText(request);
    return {
      severity: 'warning',
      confidence: retry.sameBody === true ? 'likely' : 'possible',
      executed: 'unknown',
      delivered: null,
      lostRequests: 0,
      time: retry.time,
      frame: retry.frame,
      route: routeOf(request),
      cause: retry.sameBody === true ? 'same-body' : 'same-target',
      idleBefore: NaN,
      describe: () => ({
        summary:
          `${withoutPort(history.client)} sent ${asked} to ${history.server} again on stream ${retry.stream} ` +
          `(frame ${retry.frame}), though its first copy (frame ${request.firstFrame}) may have been executed.`,
        explanation: retryText(history, request, 'unknown'),
        advice:
          `Let the client repeat ${request.method} by itself only when the server can tell both copies apart ` +
          '(Idempotency-Key), and mend what lost the first copy.',
        evidence: [
          requestEvidence(request, 'first copy', "the server's TCP acknowledged it, and no response came"),
          {
            frame: retry.frame,
            time: retry.time,
            role: 'second copy',
            note: `stream ${retry.stream}: ${
              retry.sameBody === true ? 'the same method, target and body' : 'the same method and target'
            }`,
            isElsewhere: true,
          },
        ],
        consequences: [],
      }),
    };
  },
};
