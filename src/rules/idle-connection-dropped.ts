import { durationText } from '../base/duration-text.ts';
import { MILLISECOND, SECOND } from '../base/timeline.ts';
import {
  clientNumber,
  closingEvidence,
  firstUnanswered,
  lastAnswered,
  lastResponseEvidence,
  requestEvidence,
  requestText,
  roundTripOr0,
  routeOf,
  serverReceived,
  unansweredFrom,
  withoutResponse,
} from './facts.ts';
import type { Evidence } from './finding.ts';
import type { Rule } from './rule.ts';

/** A gap up to a round trip and this much (ns) is no idle time. */
const LEAST_IDLE = 100 * MILLISECOND;
/** Hardly any middlebox forgets a flow as soon as this (ns): after a shorter silence the path itself may have failed as well. */
const SHORT_IDLE = 5 * SECOND;
/** From the request to its latest retransmission (ns), at least. Retransmission timers begin at 200 ms (Linux) to 1 s
 * (RFC 6298) and double: within this time more than one copy was lost, not just one as on any bad link. */
const LEAST_RETRANSMITTING = SECOND;
/** After so long (ns) at least two retransmissions were lost too, even with a timer that begins at 1 s. */
const LONG_RETRANSMITTING = 3 * SECOND;
/** Else the capture must go on for so long (ns), beyond a round trip, behind the latest retransmission: an answer to it
 * would have come. */
const LEAST_SILENCE = 150 * MILLISECOND;

export const idleConnectionDropped: Rule = {
  documentation: {
    id: 'idle-connection-dropped',
    severities: ['error'],
    title:
      'After an idle time nothing came through any more: the request was only retransmitted, and never acknowledged.',
    headline: 'connections went dead in silence while they were idle',
    explanation:
      'Something between the ends (NAT, firewall, load balancer) forgets a flow that has been idle for longer than its ' +
      'own timeout, and drops in silence what comes later; or the server is gone without a word. The client retransmits ' +
      'until its own timeout fires: many seconds of waiting instead of an error at once.',
    advice:
      'Let the client close idle connections, or send TCP keep-alive probes (TCP_KEEPIDLE), well before the shortest idle ' +
      'timeout on the path: 350 s on AWS load balancers for TCP, 4 minutes on Azure, 10 minutes on Google Cloud. A device ' +
      'that sends RST when it drops a flow lets clients fail at once.',
    proof:
      'A request after an idle time, retransmitted for at least a second, no byte of it ever acknowledged, and no FIN or ' +
      'RST of the server. A frame that was captured twice is no retransmission.',
    symptoms: [
      'ETIMEDOUT',
      'read ETIMEDOUT',
      'Connection timed out',
      'java.net.SocketTimeoutException: Read timed out',
      'ReadTimeout',
      'upstream timed out (110: Connection timed out) while reading response header from upstream',
      'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
400.000  C GET /b          # the firewall has forgotten the flow
400.240  C GET /b again
400.720  C GET /b again
401.680  C GET /b again
403.600  C GET /b again
405.000  C FIN             # the client gives up`,
  },

  isAboutUnanswered: true,

  check(history) {
    const { clientSide, serverSide } = history;
    if (serverSide.fin !== null || serverSide.rst !== null || !serverSide.seen) return null;
    const victim = firstUnanswered(history);
    if (victim === null) return null;
    const { request } = victim;
    if (request.firstAckedFrame !== 0 || serverReceived(history, request)) return null;
    const gap = history.idleGaps.at(-1);
    if (gap?.endFrame !== request.firstFrame || !(gap.duration > roundTripOr0(history) + LEAST_IDLE)) return null;
    if (clientSide.retransmissions === 0) return null;
    const retransmitting = clientSide.retransmittedTime - request.startTime;
    if (!(retransmitting >= LEAST_RETRANSMITTING)) return null;
    const isLong = retransmitting >= LONG_RETRANSMITTING;
    const silence = history.captureEnd - clientSide.retransmittedTime;
    if (!isLong && !(silence >= roundTripOr0(history) + LEAST_SILENCE)) return null;

    const idle = gap.duration;
    const isShort = idle < SHORT_IDLE;
    const lost = unansweredFrom(history, victim);
    return {
      severity: 'error',
      confidence: isLong && !isShort ? 'likely' : 'possible',
      // Its acknowledgements may be what was dropped.
      executed: 'unknown',
      delivered: null,
      lostRequests: lost.length,
      time: request.startTime,
      frame: request.firstFrame,
      route: routeOf(request),
      cause: 'silent-drop',
      idleBefore: NaN,
      describe() {
        const end = clientSide.fin ?? clientSide.rst;
        const gaveUp: Evidence[] =
          end === null
            ? []
            : [closingEvidence(end, end === clientSide.fin ? 'client FIN' : 'client RST', 'the client gave up')];
        return {
          summary:
            `${requestText(request)} (frame ${request.firstFrame}) from ${history.client} to ${history.server} was sent after ` +
            `${durationText(idle)} of silence, retransmitted for ${durationText(retransmitting)} (last in frame ` +
            `${clientSide.retransmittedFrame}) and never acknowledged; no FIN or RST came.`,
          explanation:
            `Something on the path dropped the flow while it was idle for ${durationText(idle)} (a NAT, firewall or load ` +
            'balancer with a shorter idle timeout), or the server or the path to it went away in silence. Neither end was told.' +
            (isShort
              ? ' After so short a silence the latter is more likely: see whether other connections failed then.'
              : ''),
          advice: isShort
            ? 'Look at the path and at the server at this time: a link, a route, a host or an address that was taken over. If it happens after every silence of this length, look for a device that drops idle flows, and let the client send TCP keep-alive probes or close before.'
            : `Let the client close idle connections, or send TCP keep-alive probes, clearly before ${durationText(idle)}; look for ` +
              'a device on the path whose idle timeout is shorter than that.',
          evidence: [
            ...lastResponseEvidence(history, lastAnswered(history)),
            requestEvidence(
              request,
              'lost request',
              `starts at sequence ${clientNumber(history, request.start)}, never acknowledged`,
            ),
            {
              frame: clientSide.retransmittedFrame,
              time: clientSide.retransmittedTime,
              role: 'last retransmission',
              note: `${durationText(retransmitting)} after the first transmission`,
            },
            ...gaveUp,
          ],
          consequences: [
            ...withoutResponse(lost),
            ...(end === null
              ? []
              : [
                  `The client closed the connection (frame ${end.frame}) ${durationText(end.time - request.startTime)} after it had sent the request.`,
                ]),
          ],
        };
      },
    };
  },
};
