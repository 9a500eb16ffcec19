import { durationText } from '../base/duration-text.ts';
import { MILLISECOND, SECOND } from '../base/timeline.ts';
import { type HintedClose, isClearlyEarly, type ServerObservations } from '../timeouts/server-observations.ts';
import { settingOf } from './advice.ts';
import type { Case, Description, ServerKnowledge } from './rule.ts';
import type { EndpointRule } from './server-rule.ts';

/** Early closes within this time (ns) are one event: a restart, a reload. */
const ONE_EVENT = 100 * MILLISECOND;
/** From this many on, closes agree. */
const LIKELY = 3;
/** A reuse this much (share) behind the announced timeout shows that its lateness matters. */
const CLEARLY_LATER = 1.05;
const SHOWN = 5;

export const keepAliveHeaderMismatch: EndpointRule = {
  documentation: {
    id: 'keep-alive-header-mismatch',
    severities: ['warning', 'info'],
    title: 'The server does not keep what its Keep-Alive field announces.',
    headline: 'the server closes idle connections at another time than it announces',
    explanation:
      'Keep-Alive: timeout=N tells clients how long an idle connection is at least kept. A client that relies on it and ' +
      'meets an earlier close loses its request. Closing a little later is what careful servers do (Node.js adds a ' +
      'second); much later means that clients which heed the field open more connections than they need.',
    advice:
      'Announce what is configured, and let the server keep it when it restarts: stop accepting, announce the close, wait.',
    proof:
      'Idle gaps that the server ended without announcing it, on connections whose last response said Keep-Alive: ' +
      'timeout=N and listed Keep-Alive in Connection (else it is the word of another hop, RFC 9110 7.6.1): earlier than ' +
      'N by more than 5 % and 50 ms; or all later than N by more than 10 % and 0.5 s, with requests in between. Or a ' +
      'silent limit on requests that is lower than max=M.',
    symptoms: ['socket hang up although the announced timeout was heeded', 'ECONNRESET shortly after a deployment'],
    example: [1, 2]
      .map((n) => {
        const at = (seconds: number) => (n * 10 + seconds).toFixed(3);
        return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /a
${at(0.082)}  S${n} 200 length=5 keep-alive=5
${at(0.083)}  C${n} ACK
${at(2.082)}  S${n} FIN
${at(2.083)}  C${n} FIN
${at(2.123)}  S${n} ACK`;
      })
      .join(''),
  },

  check(server, knowledge, lost) {
    return (
      earlierThanAnnounced(server, knowledge, lost) ??
      fewerThanAnnounced(server, knowledge) ??
      laterThanAnnounced(server)
    );
  },
};

function earlierThanAnnounced(server: ServerObservations, knowledge: ServerKnowledge, lost: number): Case | null {
  const { earlyCloses, hintedCloses } = server;
  if (earlyCloses === 0) return null;
  const isEvent = server.lastEarly - server.firstEarly <= ONE_EVENT;
  const { idleTimeout } = knowledge;
  // Most of its closes show a timer that keeps the word: these had another reason.
  const keepsWord =
    idleTimeout !== null &&
    idleTimeout.observed > earlyCloses &&
    !isClearlyEarly(idleTimeout.value, server.earlyExamples[0]!.hint * SECOND);
  // A restart is no lie about the timeout; that a request was lost to it is worth a warning.
  const severity = isEvent && lost === 0 ? 'info' : 'warning';
  const first = server.earlyExamples[0]!;
  return caseOf(first, severity, earlyCloses >= LIKELY ? 'likely' : 'possible', 'earlier', () => {
    const announced = durationText(first.hint * SECOND);
    const shortest = Math.min(...server.earlyExamples.map(({ duration }) => duration));
    const longest = Math.max(...server.earlyExamples.map(({ duration }) => duration));
    const after =
      shortest === longest ? durationText(shortest) : `${durationText(shortest)} to ${durationText(longest)}`;
    return {
      summary:
        `${server.server} announces that it keeps idle connections for ${announced} and closed ` +
        `${earlyCloses} of ${hintedCloses} after ${after}${isEvent && earlyCloses > 1 ? ', all in one moment' : ''}.`,
      explanation:
        `The last response on each said Keep-Alive: timeout=${first.hint}. ` +
        (isEvent
          ? 'The server seems to have been stopped, restarted or reloaded, and closed connections without saying so in a response first.'
          : keepsWord
            ? `Its idle timeout is not the reason: that is about ${durationText(idleTimeout.value)}, seen ${idleTimeout.observed} times. Restarts, or a limit on age or requests, would be.`
            : 'The closes came at different moments: a timeout, or a limit on age, that is shorter than what is announced.'),
      advice: isEvent
        ? 'Shut the server down in steps: stop accepting, say "Connection: close" in each further response, and wait for at least the announced time before closing what is idle.'
        : keepsWord
          ? 'Let the server say "Connection: close" in a response before it closes for another reason than its idle timeout.'
          : `Announce what ${settingOf(knowledge)} says, or raise that to ${announced} or more.`,
      evidence: evidenceOf(server.earlyExamples),
      consequences: [
        lost > 0
          ? `${lost} ${lost === 1 ? 'request was' : 'requests were'} lost to closes of idle connections in this capture.`
          : 'Nothing was lost; a request that is sent at the wrong moment will be.',
      ],
    };
  });
}

function laterThanAnnounced(server: ServerObservations): Case | null {
  const { lateCloses, hintedCloses } = server;
  if (lateCloses < LIKELY || lateCloses < hintedCloses) return null;
  const first = server.lateExamples[0]!;
  const hidden = Number.isNaN(server.serverHalf) ? 0 : server.serverHalf;
  const longestReuse = (server.longestReuses[0]?.duration ?? 0) + hidden;
  // Nobody used the time that was not announced.
  if (longestReuse < first.hint * SECOND * CLEARLY_LATER) return null;
  return caseOf(first, 'info', 'likely', 'later', () => ({
    summary:
      `${server.server} announces that it keeps idle connections for ${durationText(first.hint * SECOND)} and keeps them for ` +
      `${durationText(first.duration)}; a request after ${durationText(longestReuse)} was still answered.`,
    explanation:
      'To close later than announced is harmless: it protects the clients that heed the field. Those that do not heed it ' +
      'reuse connections in the time that was never promised.',
    advice: 'Let clients rely on what is announced, not on what they happen to get.',
    evidence: evidenceOf(server.lateExamples),
    consequences: ['Nothing was lost.'],
  }));
}

function fewerThanAnnounced(server: ServerObservations, { maxRequests }: ServerKnowledge): Case | null {
  const example = server.maxExample;
  if (example === null || maxRequests === null || maxRequests.value !== example.exchanges) return null;
  return caseOf(example, 'warning', maxRequests.confidence, 'max', () => ({
    summary:
      `${server.server} announces max=${example.announcedMax} requests on a connection and closes without a word after ` +
      `${example.exchanges} (frame ${example.closeFrame}).`,
    explanation: `${maxRequests.observed} connections were closed right behind their response number ${example.exchanges}, which did not announce it.`,
    advice: 'Let the announced number and the configured one agree, and let the last response say "Connection: close".',
    evidence: [
      {
        frame: example.afterFrame,
        time: NaN,
        role: 'last response',
        note: `stream ${example.stream}, Keep-Alive: max=${example.announcedMax}`,
      },
      {
        frame: example.closeFrame,
        time: example.time,
        role: 'server closes',
        note: `after ${example.exchanges} requests`,
      },
    ],
    consequences: ['Nothing was lost by it alone; a request that follows at once will be.'],
  }));
}

function caseOf(
  example: { readonly time: number; readonly closeFrame: number },
  severity: Case['severity'],
  confidence: Case['confidence'],
  cause: string,
  describe: () => Description,
): Case {
  return {
    severity,
    confidence,
    executed: null,
    delivered: null,
    lostRequests: 0,
    time: example.time,
    frame: example.closeFrame,
    route: '',
    cause,
    idleBefore: NaN,
    describe,
  };
}

function evidenceOf(closes: readonly HintedClose[]): Description['evidence'] {
  return closes.slice(0, SHOWN).map((close) => ({
    frame: close.closeFrame,
    time: close.time,
    role: 'server closes an idle connection',
    note: `stream ${close.stream}, idle for ${durationText(close.duration)} since frame ${close.afterFrame}, which announced ${close.hint} s`,
  }));
}
