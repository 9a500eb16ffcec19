import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import { candidatesFor, candidatesText } from '../timeouts/candidates.ts';
import { dangerBelow, exposureOf } from '../timeouts/exposure.ts';
import { clientLimit, timeoutAdvice } from './advice.ts';
import { exposureText } from './exposure-text.ts';
import { timeoutRange } from './identity.ts';
import { LEAST_OBSERVED, type ServerRule } from './server-rule.ts';

export const idleTimeoutMismatch: ServerRule = {
  documentation: {
    id: 'idle-timeout-mismatch',
    severities: ['error', 'warning'],
    title: "The server's idle timeout is not safely longer than the client's.",
    headline: 'the server closes idle connections before the client does',
    isAboutIdling: true,
    explanation:
      'The server closes idle connections first. Each reuse near that age is a gamble: the close and the next request may ' +
      "cross, and nothing on the wire can prevent it. Of two timeouts on one connection the client's must be the shorter one.",
    advice:
      "Lower the client's idle timeout clearly below the server's, or raise the server's above the client's. Do not paper " +
      'over it with retries of non-idempotent requests.',
    proof:
      "Ts, the server's idle timeout, is inferred from the idle gaps that the server ended by closing; gaps that ended " +
      "otherwise count as right-censored. The client's timeout is bounded from below by the same gaps: it had not closed " +
      'when the server did.',
    symptoms: ['sporadic socket hang up', 'sporadic ECONNRESET', 'sporadic 502 or 503, more of them at low traffic'],
    example: `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
1.000  C GET /b
1.041  S 200 length=5
1.042  C ACK
6.041  S FIN
6.042  C FIN
6.082  S ACK
7.000  C2 SYN
7.040  S2 SYN-ACK
7.041  C2 GET /a
7.082  S2 200 length=5
7.083  C2 ACK
8.000  C2 GET /b
8.041  S2 200 length=5
8.042  C2 ACK
13.041 S2 FIN
13.042 C2 FIN
13.082 S2 ACK`,
  },

  check(server, client, knowledge, losses, limits) {
    const timeout = knowledge.idleTimeout;
    if (timeout === null || timeout.observed < LEAST_OBSERVED) return null;
    if (client.serverCloseExamples.length === 0) return null;
    const isTimeouts = (idle: number) =>
      (idle >= timeout.earliest * 0.95 && idle <= timeout.latest * 1.05) ||
      timeout.others.some(({ value }) => Math.abs(idle - value) <= value * 0.05);
    const lost = losses.idleTimes.filter(isTimeouts).length;
    // A client that never used a connection twice does not gamble.
    if (client.reuses === 0 && lost === 0) return null;
    const own = limits.idleTimeout;
    // It closes its idle connections itself, in time; the few that the server closed had another reason.
    if (own !== null && own.latest < timeout.earliest - dangerBelow(server, timeout)) return null;

    const example = client.serverCloseExamples[0]!;
    return {
      severity: lost > 0 ? 'error' : 'warning',
      confidence: timeout.confidence,
      executed: null,
      delivered: null,
      lostRequests: 0,
      time: example.time,
      frame: example.closeFrame,
      route: '',
      cause: timeoutRange(timeout.value),
      idleBefore: timeout.value,
      describe() {
        const value = durationText(timeout.value);
        const products = inBrackets(candidatesText(knowledge.candidates));
        const clientSays =
          own !== null
            ? `The client ${client.client} closes idle connections itself after about ${durationText(own.value)}${inBrackets(candidatesText(candidatesFor(own, 'client', client.userAgent)))}.`
            : `The client ${client.client} had not closed by then: its own idle timeout is at least as long, or it has none.`;
        const range =
          timeout.latest - timeout.earliest < SECOND / 100
            ? ''
            : ` (between ${durationText(timeout.earliest)} and ${durationText(timeout.latest)})`;
        const several =
          timeout.others.length === 0
            ? ''
            : ` Behind this address there are several timeouts: ${timeout.others
                .map(
                  (other) =>
                    `${countText(other.observed, 'connection')} closed after about ${durationText(other.value)}`,
                )
                .join(', ')}.`;
        const others =
          timeout.censored === 0 ? '' : `; ${countText(timeout.censored, 'other idle time')} ended otherwise`;
        const exposure = exposureOf(server, timeout, lost, clientLimit(knowledge));
        return {
          summary:
            `${server.server} closes idle connections after about ${value}${products}, before the client ${client.client} does` +
            `${lost > 0 ? `; ${countText(lost, 'request')} ${lost === 1 ? 'was' : 'were'} lost to it` : ''}.`,
          explanation:
            `The server closed ${countText(timeout.observed, 'idle connection')} after about ${value}${range}${others}.${several} ` +
            `${clientSays} Every request that is sent around that age may cross the close and be lost.${exposureText(exposure)}`,
          advice: timeoutAdvice(knowledge, { idleTimeout: own, userAgent: client.userAgent }),
          evidence: client.serverCloseExamples.map((close) => ({
            frame: close.closeFrame,
            time: close.time,
            role: 'server closes an idle connection',
            note: `stream ${close.stream}, idle for ${durationText(close.duration)} since frame ${close.afterFrame}`,
          })),
          consequences:
            lost > 0
              ? [`${countText(lost, 'request')} ${lost === 1 ? 'was' : 'were'} lost in this capture.`]
              : ['Nothing was lost in this capture; it will be, when a request is sent at the wrong moment.'],
          exposure,
        };
      },
    };
  },
};

function inBrackets(words: string): string {
  return words === '' ? '' : ` (${words})`;
}

function countText(count: number, singular: string): string {
  return `${count} ${singular}${count === 1 ? '' : 's'}`;
}
