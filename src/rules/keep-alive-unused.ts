import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import type { ServerRule } from './server-rule.ts';

/** So many in a row are a habit, and no chance. */
const LEAST_CONNECTIONS = 10;
/** Of the client's connections to this server at least this share is used once. */
const HABIT = 0.9;
/** Connections that follow one another by more than this (ns) could not be one: 5 s is a common idle timeout. */
const LONGEST_PAUSE = 5 * SECOND;

export const keepAliveUnused: ServerRule = {
  documentation: {
    id: 'keep-alive-unused',
    severities: ['info'],
    title: 'One request per connection though the server offers keep-alive.',
    headline: 'connections are used for one request only, though the server keeps them open',
    explanation:
      'Each request costs a TCP handshake (and TLS behind it), and a slow start. The usual causes: a client or agent that ' +
      'is made anew for each request, keep-alive that is off by default, a response body that is not read to its end, or ' +
      'an announced timeout that is too short for the client to use.',
    advice: 'Make one client (agent, session, transport) for the whole program, and read each response to its end.',
    proof:
      'Ten or more consecutive connections of one client to one server with one exchange each, none of which announced ' +
      "the connection's end, closed by the client: nine of ten connections between them or more. They were not busy side " +
      'by side (in sum for no longer than they took), and followed one another by five seconds or less on average.',
    symptoms: ['many connections in TIME_WAIT', 'EADDRNOTAVAIL', 'cannot assign requested address'],
    example: Array.from({ length: LEAST_CONNECTIONS }, (_, n) => {
      const at = (seconds: number) => (n * 0.5 + seconds).toFixed(3);
      const which = n === 0 ? '' : `${n + 1}`;
      return `
${at(0)}  C${which} SYN
${at(0.04)}  S${which} SYN-ACK
${at(0.041)}  C${which} GET /${n}
${at(0.082)}  S${which} 200 length=5
${at(0.083)}  C${which} FIN
${at(0.123)}  S${which} FIN
${at(0.124)}  C${which} ACK`;
    }).join(''),
  },

  check(server, client) {
    const { singleUse, connections } = client;
    if (singleUse === null || singleUse.count < LEAST_CONNECTIONS || singleUse.count < connections * HABIT) return null;
    const { first, last, count, busy } = singleUse;
    const span = last.time - first.time + busy / count;
    // Connections that were busy side by side could not be one; and after a long pause the server has closed it.
    if (!(busy <= span) || (span - busy) / (count - 1) > LONGEST_PAUSE) return null;
    return {
      severity: 'info',
      confidence: 'likely',
      executed: null,
      delivered: null,
      lostRequests: 0,
      time: first.time,
      frame: first.firstFrame,
      route: '',
      cause: 'one request each',
      idleBefore: NaN,
      describe() {
        const roundTrip = Number.isNaN(server.roundTrip) ? '' : ` (${durationText(server.roundTrip)})`;
        const tooShort = server.hint > 0 && server.hint <= 2;
        return {
          summary:
            `${client.client} opened ${count} connections to ${server.server} for one request each ` +
            `(frames ${first.firstFrame} to ${last.firstFrame}), though the server would have kept them open.`,
          explanation: `Each of them costs a round trip${roundTrip} for the handshake before its request can be sent.`,
          advice:
            'Use one client (agent, session, transport) with keep-alive for the whole program, and read each response to its end.' +
            (tooShort
              ? ` The server announces ${durationText(server.hint * SECOND)}, which some clients take for too short to use: raise that.`
              : ''),
          evidence: [
            {
              frame: first.firstFrame,
              time: first.time,
              role: 'first connection',
              note: `stream ${first.stream}, one request`,
            },
            {
              frame: last.firstFrame,
              time: last.time,
              role: 'last connection',
              note: `stream ${last.stream}, the last of ${count}`,
            },
          ],
          consequences: ['Nothing was lost.'],
        };
      },
    };
  },
};
