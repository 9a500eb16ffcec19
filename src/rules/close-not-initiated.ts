import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import type { History } from '../history/history.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import { announcedClose } from './announced-close.ts';
import { closingEvidence, requestText, serverClose, serverNumber } from './facts.ts';
import type { Evidence } from './finding.ts';
import type { Rule } from './rule.ts';

/** A server that announced a close leaves the client so much time (ns) to be first, and no more: a second, as Envoy's
 * delayed_close_timeout does on purpose, and what a timer and a path take on top of it. */
const SOON = 1.1 * SECOND;

export const closeNotInitiated: Rule = {
  documentation: {
    id: 'close-not-initiated',
    severities: ['warning', 'info'],
    title: 'The server announced that it would close the connection, and left it open.',
    headline: 'the server announces a close and leaves the connection open',
    explanation:
      'A server that sends "Connection: close" must initiate the close after that response, and must not process requests ' +
      'that come later (RFC 9112 9.6). Some servers leave the close to the client: one that waits for the end of file ' +
      'waits in vain, and one that overlooks the field goes on sending requests into a connection that may end at any time.',
    advice:
      'Where the delay is a setting, it is on purpose (Armeria gives the client 3 s to close first, and spares itself ' +
      'TIME_WAIT so). Else let the server close once the response is written, at the latest a second later.',
    proof:
      'A response with "Connection: close" and no FIN of the server within a second of its end, while the client had not ' +
      'closed and the capture went on. A server that answered early and reads the rest of the request is none.',
    symptoms: ['Read timed out', 'TIME_WAIT'],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5 close
0.083  C ACK
3.082  S FIN               # three seconds later
3.083  C FIN
3.123  S ACK`,
  },

  check(history) {
    const close = announcedClose(history);
    if (close === null) return null;
    const { announced, next } = close;
    const { request, response } = announced;
    if (request === null || !response?.close || !response.complete || announced.uncertain) return null;
    if (response.framing === 'tunnel' || response.framing === 'close-delimited') return null;
    if (history.serverSide.lostBytes + history.clientSide.lostBytes > 0) return null;
    // It answered early, and now reads and drops the rest of the request: that is how it is done.
    if (!request.complete || sequenceDifference(response.acknowledgementAtStart, request.end) < 0) return null;
    const end = endOf(history);
    const open = end.time - response.endTime;
    if (!(open >= SOON)) return null;

    const goesOn = next !== null && next.response !== null;
    return {
      severity: goesOn ? 'warning' : 'info',
      confidence: end.evidence === null ? 'likely' : 'proven',
      executed: null,
      delivered: null,
      lostRequests: 0,
      time: response.endTime,
      frame: response.lastFrame,
      route: '',
      cause: goesOn ? 'goes-on' : 'left-open',
      idleBefore: NaN,
      describe() {
        const until = {
          server: 'then the server closed',
          client: 'then the client closed',
          capture: 'until the capture ends',
        }[end.by];
        return {
          summary:
            `${history.server} said "Connection: close" in its ${response.status} response to ${requestText(request)} from ` +
            `${history.client} (frame ${response.lastFrame}), but left the connection open for ${durationText(open)}: ${until}.`,
          explanation: goesOn
            ? `It even answered ${next.request === null ? 'a further request' : requestText(next.request)} (frame ${next.response!.firstFrame}) on it. A server that announces the close must not process requests that come later.`
            : 'The server waits for the client to close first, for a fixed time or for as long as it takes. The client may not use the connection again either way.',
          advice: goesOn
            ? 'Let the server close the connection after the response that announced it, and drop what comes later; and let the client heed the announcement.'
            : 'Nothing must be done if the delay is a setting of the server. Else let it close once the response is written, at the latest a second later.',
          evidence: [
            {
              frame: response.lastFrame,
              time: response.endTime,
              role: 'end of the response',
              note: `announces the close; ends at sequence ${serverNumber(history, response.end)}`,
            },
            ...(goesOn
              ? [
                  {
                    frame: next.response!.firstFrame,
                    time: next.response!.startTime,
                    role: 'another response',
                    note: `status ${next.response!.status}, on the connection that was to be closed`,
                  },
                ]
              : []),
            ...(end.evidence === null ? [] : [end.evidence]),
          ],
          consequences: [],
        };
      },
    };
  },
};

/** When the connection ended as the server saw it, and what ended it. */
function endOf(history: History): { by: 'server' | 'client' | 'capture'; time: number; evidence: Evidence | null } {
  const server = serverClose(history);
  if (server !== null) {
    const role = server === history.serverSide.fin ? 'server FIN' : 'server RST';
    return { by: 'server', time: server.time, evidence: closingEvidence(server, role, 'only now') };
  }
  const { fin, rst } = history.clientSide;
  const client = fin ?? rst;
  if (client !== null) {
    // The server's times are taken when its frames passed the capture point; the client's close reached it later.
    const way = Number.isNaN(history.serverHalf) ? 0 : history.serverHalf;
    const role = client === fin ? 'client FIN' : 'client RST';
    return {
      by: 'client',
      time: client.time + way,
      evidence: closingEvidence(client, role, 'the client closed first'),
    };
  }
  if (history.serverSide.fin !== null) return { by: 'client', time: history.serverSide.fin.time, evidence: null };
  return { by: 'capture', time: history.captureEnd, evidence: null };
}
