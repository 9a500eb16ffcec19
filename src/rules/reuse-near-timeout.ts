import { durationText } from '../base/duration-text.ts';
import type { TimeoutEstimate } from '../timeouts/estimate.ts';
import { dangerBelow, exposureOf } from '../timeouts/exposure.ts';
import type { ClientObservations, Reuse, ServerObservations } from '../timeouts/server-observations.ts';
import { clientLimit, timeoutAdvice } from './advice.ts';
import { exposureText } from './exposure-text.ts';
import { timeoutRange } from './identity.ts';
import { LEAST_OBSERVED, type ServerRule } from './server-rule.ts';

/** Reuses that are shown. */
const SHOWN = 5;

export const reuseNearTimeout: ServerRule = {
  documentation: {
    id: 'reuse-near-timeout',
    severities: ['warning'],
    title: "A connection was used again just before the server's idle timeout.",
    headline: "connections are used again just before the server's idle timeout",
    isAboutIdling: true,
    explanation:
      'The request came just in time: a little later the server would have closed the connection, and the request would ' +
      'have crossed its FIN and been lost. Which of the two happens is chance.',
    advice: "Lower the client's idle timeout clearly below the server's, or raise the server's above the client's.",
    proof:
      "The idle gap before an answered request, by the server's clock, lies within max(2 round trips, min(0.5 s, 10 %)) " +
      "below the server's idle timeout, which at least two closes show.",
    symptoms: ['sporadic socket hang up', 'sporadic ECONNRESET', 'sporadic 502 or 503'],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
4.900  C GET /b
4.941  S 200 length=5
4.942  C FIN
4.982  S FIN
4.983  C ACK
${['10.0.0.3', '10.0.0.3']
  .map((address, n) => {
    const at = (seconds: number) => (10 + n * 10 + seconds).toFixed(3);
    return `${at(0)}  C${n + 2} SYN client=${address}
${at(0.04)}  S${n + 2} SYN-ACK
${at(0.041)}  C${n + 2} GET /a
${at(0.082)}  S${n + 2} 200 length=5
${at(0.083)}  C${n + 2} ACK
${at(5.082)}  S${n + 2} FIN
${at(5.083)}  C${n + 2} FIN
${at(5.123)}  S${n + 2} ACK`;
  })
  .join('\n')}`,
  },
  isPartOf: 'idle-timeout-mismatch',

  check(server, client, knowledge, _losses, limits) {
    const timeout = knowledge.idleTimeout;
    if (timeout === null || timeout.observed < LEAST_OBSERVED) return null;
    const lucky = luckyReuses(server, client, timeout);
    if (lucky.length === 0) return null;
    const latest = lucky[0]!;
    return {
      severity: 'warning',
      confidence: timeout.confidence,
      executed: null,
      delivered: null,
      lostRequests: 0,
      time: latest.time,
      frame: latest.frame,
      route: '',
      cause: timeoutRange(timeout.value),
      idleBefore: NaN,
      describe() {
        const value = durationText(timeout.value);
        const idle = idleAtServer(client, latest);
        const exposure = exposureOf(server, timeout, 0, clientLimit(knowledge));
        return {
          summary:
            `${client.client} used a connection to ${server.server} again ${durationText(timeout.earliest - idle)} before the ` +
            `server's idle timeout (frame ${latest.frame}, idle for ${durationText(idle)} of about ${value}).`,
          explanation:
            `The server closed ${timeout.observed} idle connections after about ${value}. A request that is sent around ` +
            `that age may cross the close and be lost; this one was in time.${exposureText(exposure)}`,
          advice: timeoutAdvice(knowledge, { idleTimeout: limits.idleTimeout, userAgent: client.userAgent }),
          evidence: lucky.slice(0, SHOWN).map((reuse) => ({
            frame: reuse.frame,
            time: reuse.time,
            role: 'request just in time',
            note: `stream ${reuse.stream}, idle for ${durationText(idleAtServer(client, reuse))} since frame ${reuse.afterFrame}`,
          })),
          consequences: ['Nothing was lost by it in this capture; a little later it would have been.'],
          exposure,
        };
      },
    };
  },
};

/** Reuses of this client just below the timeout, the latest-aged first. */
function luckyReuses(server: ServerObservations, client: ClientObservations, timeout: TimeoutEstimate): Reuse[] {
  const distance = dangerBelow(server, timeout);
  const [longest] = client.longestReuses;
  if (longest === undefined || idleAtServer(client, longest) < timeout.earliest - distance) return [];
  return client.longestReuses.filter((reuse) => {
    const idle = idleAtServer(client, reuse);
    return idle >= timeout.earliest - distance && idle < timeout.earliest;
  });
}

/** The gap as the server's clock had it: the request reached it after it passed the capture. */
function idleAtServer(client: ClientObservations, { duration }: Reuse): number {
  return duration + (Number.isNaN(client.serverHalf) ? 0 : client.serverHalf);
}
