import { durationText } from '../base/duration-text.ts';
import { destroyedResponse, leftRequestUnread, sufficientDelay } from './closing-facts.ts';
import { clientNumber, closingEvidence, lastAnswered, requestText, routeOf, serverClose } from './facts.ts';
import type { Rule } from './rule.ts';

export const undelayedClose: Rule = {
  documentation: {
    id: 'undelayed-close',
    severities: ['error', 'warning', 'info'],
    title: 'The server closed right after its last response byte instead of leaving the close to the client.',
    headline: 'the server closes right behind its last byte',
    explanation:
      'A server that closes at once gives the client no chance to close first, or to finish what it is sending. Where the ' +
      'request was not read to its end, the close becomes a reset. RFC 9112 9.6 describes the staged close; Envoy waits 1 s ' +
      '(delayed_close_timeout), Armeria 3 s, nginx and Apache linger.',
    advice:
      'Let the server half-close and read on for a while before it closes fully: at least a round trip and 100 ms. Where ' +
      'the close was announced and the request read in full, it is on purpose and mostly harmless.',
    proof:
      "Less than a round trip and 100 ms from the response's last byte to the server's FIN or RST, the close announced " +
      '(Connection: close, or HTTP/1.0 without keep-alive) or the request not fully read.',
    symptoms: ['write EPIPE', 'ECONNRESET after a 413 or 401', 'TIME_WAIT piling up on the server'],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5 close
0.083  S FIN
0.084  C FIN
0.124  S ACK`,
  },

  check(history) {
    const closing = serverClose(history);
    const exchange = lastAnswered(history);
    if (closing === null || exchange === null || exchange.uncertain) return null;
    const { request, response } = exchange;
    if (response.framing === 'tunnel' || response.lostBytes > 0) return null;
    if (exchange.index !== history.exchangeCount - 1 && history.exchanges.at(-1)?.response) return null;
    const closeDelay = Math.max(0, closing.time - response.endTime);
    if (!(closeDelay < sufficientDelay(history))) return null;
    const unread = leftRequestUnread(history, exchange, closing);
    const announced = request.close || response.close;
    // The FIN of a close-delimited response is its framing: it cannot be delayed.
    if (!unread && (!announced || response.framing === 'close-delimited')) return null;

    const destroyed = destroyedResponse(history);
    const lost = destroyed !== null && destroyed.how !== 'reset-at-once';
    return {
      severity: lost ? 'error' : unread ? 'warning' : 'info',
      confidence: 'proven',
      executed: null,
      delivered: null,
      lostRequests: 0,
      time: closing.time,
      frame: closing.frame,
      route: unread ? routeOf(request) : '',
      cause: unread ? 'request-unread' : 'announced',
      idleBefore: NaN,
      describe() {
        const delay = durationText(closeDelay);
        return {
          summary:
            `${history.server} closed the connection (frame ${closing.frame}) ${delay} after its ${response.status} response to ` +
            `${requestText(request)} from ${history.client}${unread ? ', with the request not fully read' : ', as announced'}.`,
          explanation: unread
            ? 'The server closed although bytes of the request were still to come or unread: what the client sends from then on is answered with RST, which endangers the response.'
            : 'The close was announced and the request fully read. Some servers do this on purpose; a client that has a request in flight loses it.',
          advice: unread
            ? 'Let the server close in stages: shut down its write side, read on until the client closes, then close (nginx: lingering_close; Envoy: delayed_close_timeout).'
            : 'Nothing must be done. To leave the close to the client, delay it by at least a round trip and 100 ms.',
          evidence: [
            {
              frame: response.lastFrame,
              time: response.endTime,
              role: 'end of the response',
              note: announced ? 'the close is announced' : 'keep-alive was promised',
            },
            closingEvidence(
              closing,
              closing === history.serverSide.fin ? 'server FIN' : 'server RST',
              `${delay} later, acknowledges ${clientNumber(history, closing.acknowledgement)}`,
            ),
          ],
          consequences: [],
        };
      },
    };
  },
};
