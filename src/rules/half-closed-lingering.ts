import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import { closingEvidence, serverClose, serverNumber } from './facts.ts';
import type { Evidence } from './finding.ts';
import type { Rule } from './rule.ts';

/** A client that watches its connections closes within a few milliseconds of a FIN. */
const SOON = SECOND;
/** Nothing is said of a connection that nobody closes for so long (ns): such captures are made of several. */
const SEVERAL_CAPTURES = 24 * 3600 * SECOND;
/** Linux forgets its half of a closed connection after tcp_fin_timeout, 60 s: whatever the client sends then, a RST
 * answers. */
const FORGOTTEN = 60 * SECOND;

export const halfClosedLingering: Rule = {
  documentation: {
    id: 'half-closed-lingering',
    severities: ['warning', 'info'],
    title: "The client left the connection half closed for a while after the server's FIN.",
    headline: 'clients keep connections that the server has closed',
    explanation:
      'The server sent FIN, and the client did not close its side: it does not look at its idle connections, and holds a ' +
      'socket in CLOSE_WAIT. A request that it sends on such a connection is lost. Seen on many connections it is a leak ' +
      'of sockets.',
    advice:
      'Let the client watch its idle connections for the end of file and close them (or check a connection before it is ' +
      "used again), and close response bodies so that their connections return to the pool. If the client's idle timeout is " +
      "shorter than the server's, it never comes to this.",
    proof:
      "At least a second from the server's FIN, which the client's TCP acknowledged, to the client's FIN or RST, a RST of " +
      'the server, or the end of the capture, and the client was not sending a request.',
    symptoms: ['CLOSE_WAIT', 'Too many open files', 'EMFILE', 'FIN_WAIT2'],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
5.082  S FIN
5.123  C ACK
9.123  C FIN               # four seconds later
9.163  S ACK`,
  },

  check(history) {
    const fin = serverClose(history);
    const { clientSide, serverSide } = history;
    if (fin === null || fin !== serverSide.fin || serverSide.finAckedFrame === 0) return null;
    if (clientSide.lostBytes > 0) return null;
    const last = history.exchanges.at(-1);
    if (last === undefined || last.response?.framing === 'tunnel' || last.request?.complete === false) return null;

    // By the client's clock: the FIN reached it, and what it sent it sent, half of this before or after it was captured.
    const way = Number.isNaN(history.clientHalf) ? 0 : history.clientHalf / 2;
    const sendingUntil = last.request === null ? NaN : last.request.endTime - way;
    const isUpload = last.request !== null && last.request.startTime < fin.time && sendingUntil > fin.time + way;
    const since = isUpload ? sendingUntil : fin.time + way;
    const clientEnd = clientSide.fin ?? clientSide.rst;
    const reset = serverSide.rst;
    const clientClosed = clientEnd === null ? Infinity : clientEnd.time - way;
    const serverReset = reset === null ? Infinity : reset.time + way;
    const lingered = Math.min(clientClosed, serverReset, history.captureEnd - way) - since;
    if (!(lingered >= SOON)) return null;
    const ended = clientEnd ?? reset;
    if (ended === null && lingered > SEVERAL_CAPTURES) return null;
    return {
      severity: lingered > FORGOTTEN ? 'warning' : 'info',
      confidence: ended === null ? 'likely' : 'proven',
      executed: null,
      delivered: null,
      lostRequests: 0,
      time: fin.time,
      frame: fin.frame,
      route: '',
      cause: 'half-closed',
      idleBefore: NaN,
      describe() {
        const byClient = clientEnd !== null && (reset === null || clientEnd.frame <= reset.frame);
        const closing: Evidence[] = byClient
          ? [closingEvidence(clientEnd, clientEnd === clientSide.fin ? 'client FIN' : 'client RST', 'only now')]
          : reset !== null
            ? [closingEvidence(reset, 'server RST', 'ends it')]
            : [];
        const until = byClient
          ? 'then it closed too'
          : reset !== null
            ? 'then a RST of the server ended it'
            : 'until the capture ends';
        return {
          summary:
            `${history.client} left its side of the connection to ${history.server} open for ${durationText(lingered)} after the ` +
            `server's FIN (frame ${fin.frame}): ${until}.`,
          explanation:
            lingered > FORGOTTEN
              ? "After so long the server's system has usually forgotten the connection (Linux: after 60 s): what the client sends on it is answered with RST. Its socket stands in CLOSE_WAIT all the time."
              : "The client's TCP had the FIN, but the application did not look at the connection. A request on it would be lost.",
          advice:
            'Let the client close a connection when it reads the end of file, also while the connection is idle in a pool; or ' +
            'let it close idle connections before the server does.',
          evidence: [
            closingEvidence(fin, 'server FIN', `sequence ${serverNumber(history, fin.sequence)}`),
            ...(serverSide.finAckedFrame === clientEnd?.frame
              ? []
              : [
                  {
                    frame: serverSide.finAckedFrame,
                    time: serverSide.finAckedTime,
                    role: 'client acknowledges the FIN',
                    note: 'its TCP had the FIN from here on',
                  },
                ]),
            ...closing,
          ],
          consequences: [],
        };
      },
    };
  },
};
