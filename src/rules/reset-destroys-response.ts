import { durationText } from '../base/duration-text.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import { destroyedResponse, endsTooEarly, sufficientDelay } from './closing-facts.ts';
import { clientNumber, closingEvidence, requestEvidence, requestText, routeOf, serverNumber } from './facts.ts';
import type { Evidence } from './finding.ts';
import { resetAdvice, resetCause } from './reset-cause.ts';
import type { Rule } from './rule.ts';

export const resetDestroysResponse: Rule = {
  documentation: {
    id: 'reset-destroys-response',
    severities: ['error', 'warning'],
    title: 'The response was sent in full, and then a reset came before the client can safely have read it.',
    headline: 'a reset followed the response before the client can safely have read it',
    explanation:
      'A server that answers early (413, 401, 503) and closes its socket with unread bytes of the request makes its kernel ' +
      "send RST. The reset may arrive before the response was read: other systems than Linux erase it from the client's " +
      'receive buffer (RFC 9112 9.6), and on Linux many clients never read it, since their next write fails with EPIPE or ' +
      'ECONNRESET. So a clear error message becomes "connection reset".',
    advice:
      'Close in stages (RFC 9112 9.6): send the response with Connection: close, shut down the write side, go on reading ' +
      'until the client closes or a few seconds have passed, then close. nginx: lingering_close; Envoy: ' +
      'delayed_close_timeout (at least the round trip and 100 ms); Apache lingers by itself; else drain the request body.',
    proof:
      "Proven at risk: no acknowledgement of the client ever covers the response's end. Likely: the client was still " +
      'sending its request when the server closed. Possible: all was acknowledged, and the RST came within a round trip ' +
      'and 100 ms.',
    symptoms: ['write EPIPE', 'BrokenPipeError', 'ECONNRESET', 'Connection reset by peer', '502 or 503 instead of 413'],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /upload length=100000 sent=1000
0.042  C data=1400
0.081  S 413 length=5 close crossing=1
0.082  S FIN
0.083  C data=1400 crossing
0.122  S RST`,
  },

  check(history) {
    const destroyed = destroyedResponse(history);
    if (destroyed === null) return null;
    const { exchange, rst, how } = destroyed;
    const tooEarly = how === 'never-acknowledged' && endsTooEarly(history, rst);
    const { request, response } = exchange;
    const { fin } = history.serverSide;
    const sent = `${response.status} for ${requestText(request)} (frame ${request.firstFrame})`;
    return {
      severity: how === 'reset-at-once' ? 'warning' : 'error',
      confidence: how === 'reset-at-once' ? 'possible' : how === 'still-sending' || tooEarly ? 'likely' : 'proven',
      executed: 'yes',
      delivered: how === 'never-acknowledged' ? 'at-risk' : 'yes',
      lostRequests: how === 'reset-at-once' ? 0 : 1,
      time: rst.time,
      frame: response.firstFrame,
      route: routeOf(request),
      cause: how,
      idleBefore: NaN,
      describe() {
        const explanation = {
          'never-acknowledged':
            "No acknowledgement of the client ever covers the response's end: nothing proves that it reached the client's TCP before the reset." +
            (tooEarly ? ' But the capture ends before one that was on its way could have come.' : ''),
          'still-sending':
            "The response reached the client's TCP, but the client was still sending its request: its next write fails, and " +
            'many libraries then give up without reading the response. On Linux the response stays readable; other systems may erase it.',
          'reset-at-once':
            "The client's TCP had acknowledged the response, but the reset came within a round trip and 100 ms: the application may not have read it yet. On Linux it stays readable; other systems may erase it.",
        }[how];
        const closing = fin ?? rst;
        const whole =
          request.complete && closing.hasAck && sequenceDifference(closing.acknowledgement, request.end) >= 0;
        // An acknowledgement was long due: the server did not close, it gave up.
        const gone = how === 'never-acknowledged' && whole && rst.time - response.endTime > sufficientDelay(history);
        const reset = resetCause(history, rst, exchange);
        const cause = gone
          ? 'It had long been due: the client, or the path to it, was gone, and the server gave up sending.'
          : reset.text;
        const missing = sequenceDifference(response.end, history.clientSide.acknowledged);
        const acknowledged: Evidence[] =
          how === 'never-acknowledged'
            ? []
            : [
                {
                  frame: response.ackedFrame,
                  time: response.ackedTime,
                  role: 'client acknowledges the response',
                  note: `up to ${serverNumber(history, response.end)} or beyond`,
                },
              ].filter((evidence) => evidence.frame !== 0);
        return {
          summary:
            `${history.server} sent ${sent} to ${history.client} in full, and a RST (frame ${rst.frame}) ` +
            `${durationText(Math.max(0, rst.time - response.endTime))} after it` +
            `${how === 'never-acknowledged' ? ', before the client acknowledged it' : ''}.`,
          explanation: `${explanation} ${cause}`,
          advice: gone
            ? 'Look at what lies between client and server (a firewall or intrusion prevention that drops the response, a lost path), and at whether the client was still running.'
            : reset.kind === 'middlebox'
              ? resetAdvice('middlebox')
              : 'Let the server close in stages: shut down its write side, read on until the client closes, then close ' +
                '(nginx: lingering_close on or always; Envoy: delayed_close_timeout above the round trip and 100 ms; elsewhere drain the body).',
          evidence: [
            requestEvidence(request, 'request', request.complete ? 'sent in full' : 'its body was still being sent'),
            {
              frame: response.lastFrame,
              time: response.endTime,
              role: 'end of the response',
              note: `sequence ${serverNumber(history, response.end)}${how === 'never-acknowledged' && history.clientSide.hasAcknowledged ? `; the client's acknowledgements end ${missing} bytes before it` : ''}`,
            },
            ...acknowledged,
            ...(fin === null
              ? []
              : [closingEvidence(fin, 'server FIN', `acknowledges ${clientNumber(history, fin.acknowledgement)}`)]),
            closingEvidence(
              rst,
              'server RST',
              rst.hasAck
                ? `acknowledges ${clientNumber(history, rst.acknowledgement)}`
                : 'no ACK flag: the socket was gone',
            ),
          ],
          consequences: [
            how === 'reset-at-once'
              ? `The client may have lost the ${response.status} response.`
              : `The client may see a connection error instead of the ${response.status} response.`,
          ],
        };
      },
    };
  },
};
