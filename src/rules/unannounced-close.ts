import { durationText } from '../base/duration-text.ts';
import { MILLISECOND } from '../base/timeline.ts';
import { SWAPPED } from '../tcp/direction.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import {
  closingEvidence,
  lacksSince,
  lastAnswered,
  requestText,
  roundTripOr0,
  serverClose,
  serverNumber,
} from './facts.ts';
import type { Rule } from './rule.ts';

/** A FIN within a round trip and this much (ns) of the response came with it: no idle timer, and no time to notice. */
const AT_ONCE = 50 * MILLISECOND;

export const unannouncedClose: Rule = {
  documentation: {
    id: 'unannounced-close',
    severities: ['warning'],
    title: 'The server closed right after a response that had promised to keep the connection open.',
    headline: 'the server closes after responses that promised keep-alive',
    explanation:
      'The response did not say "Connection: close", so the client may send its next request at once, and that request ' +
      'meets a closed connection. Typical for limits on requests or connection age that are not announced, and for workers ' +
      'that are recycled.',
    advice:
      'Let the server send "Connection: close" in the last response of a connection (RFC 9112 9.6), or raise its limit ' +
      'on requests per connection or connection age.',
    proof:
      "The server's FIN follows the last byte of a keep-alive response by less than a round trip and 50 ms, the request was " +
      'read in full, and neither side had announced the close.',
    symptoms: [
      'socket hang up on every Nth request',
      'NoHttpResponseException',
      'RemoteDisconnected: Remote end closed connection without response',
    ],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  S FIN       # no Connection: close
0.084  C FIN
0.124  S ACK`,
  },

  check(history) {
    const { fin } = history.serverSide;
    if (fin === null || serverClose(history) !== fin) return null;
    const exchange = lastAnswered(history);
    if (exchange === null || exchange.uncertain) return null;
    const { request, response } = exchange;
    if (request.close || response.close) return null;
    if (response.framing === 'close-delimited' || response.framing === 'tunnel' || response.lostBytes > 0) return null;
    if (response.end !== fin.sequence) return null;
    const delay = fin.time - response.endTime;
    // Where the capture has the FIN clearly first, the response in it is a later copy, or the clock was set back.
    if (!(delay > -SWAPPED && delay < roundTripOr0(history) + AT_ONCE)) return null;
    if (!request.complete || !fin.hasAck || sequenceDifference(fin.acknowledgement, request.end) < 0) return null;
    // The FIN may answer the client's, or a request, that the capture lacks.
    if (lacksSince(history.clientSide, request.end)) return null;
    return {
      severity: 'warning',
      confidence: 'proven',
      executed: null,
      delivered: null,
      lostRequests: 0,
      time: fin.time,
      frame: fin.frame,
      route: '',
      cause: 'keep-alive-promised',
      idleBefore: NaN,
      describe() {
        const nth = exchange.index + 1;
        return {
          summary:
            `${history.server} closed the connection (frame ${fin.frame}) ${durationText(Math.max(0, delay))} after its ${response.status} ` +
            `response to ${requestText(request)} from ${history.client}, without announcing it.`,
          explanation: `It was the ${ordinal(nth)} response on this connection. It promised keep-alive, so the client was free to send its next request at once.`,
          advice:
            'Let the server send "Connection: close" with the last response of a connection. If it closes after a fixed ' +
            'number of requests or a fixed age, raise that limit.',
          evidence: [
            {
              frame: response.lastFrame,
              time: response.endTime,
              role: 'end of the response',
              note: `no Connection: close; ends at sequence ${serverNumber(history, response.end)}`,
            },
            closingEvidence(fin, 'server FIN', `${durationText(Math.max(0, delay))} later`),
          ],
          consequences: [],
        };
      },
    };
  },
};

function ordinal(number: number): string {
  const tens = number % 100;
  if (tens >= 11 && tens <= 13) return `${number}th`;
  return `${number}${['th', 'st', 'nd', 'rd'][number % 10] ?? 'th'}`;
}
