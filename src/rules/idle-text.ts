// What to say about the idle time before a close: does it fit the server's idle timeout, and what is to be changed.
import { durationText } from '../base/duration-text.ts';
import { MILLISECOND } from '../base/timeline.ts';
import type { History } from '../history/history.ts';
import type { Closing } from '../tcp/direction.ts';
import { candidatesText } from '../timeouts/candidates.ts';
import { timeoutAdvice } from './advice.ts';
import { unusedBeforeClose } from './facts.ts';
import type { ServerKnowledge } from './rule.ts';

/** An idle time may be called the server's timeout when it lies this close (ns, share) to where that was seen to close. */
const TOLERANCE = 50 * MILLISECOND;
const TOLERANCE_SHARE = 0.01;

/** What the server's closes have in common where they show no timeout. */
const OTHER_CAUSES: Readonly<Record<ServerKnowledge['cause'], string>> = {
  idle: '',
  age: ', and its connections end at the same age, however long they were idle',
  event: ', as it closed others in the same moment after other idle times',
};

/** The idle time is known not to be the server's idle timeout: something else made it close. */
function isOtherThanTimeout(idle: number, { idleTimeout, cause }: ServerKnowledge): boolean {
  if (idleTimeout === null) return cause !== 'idle';
  const { earliest, latest, others } = idleTimeout;
  const tolerance = Math.max(TOLERANCE, idle * TOLERANCE_SHARE);
  if (idle >= earliest - tolerance && idle <= latest + tolerance) return false;
  return !others.some(({ value }) => Math.abs(idle - value) <= tolerance);
}

/**
 * How the idle time before a close compares with the server's idle timeout, one sentence; '' when the close did not end
 * an idle time.
 */
export function idleText(idle: number, server: ServerKnowledge): string {
  if (Number.isNaN(idle)) return '';
  const had = `The connection had been idle for ${durationText(idle)} when the server closed it`;
  const { idleTimeout } = server;
  if (idleTimeout === null) return `${had}${OTHER_CAUSES[server.cause]}.`;
  const timeout = `about ${durationText(idleTimeout.value)}`;
  if (isOtherThanTimeout(idle, server)) return `${had}, which is not its idle timeout (${timeout}).`;
  const named = candidatesText(server.candidates);
  const product = named === '' ? '' : `, ${named}`;
  if (idleTimeout.observed === 1) return `${had}${product}.`;
  return `${had}: that is its idle timeout (${timeout}, seen ${idleTimeout.observed} times${product}).`;
}

/** What to change so that no request meets such a close again. `userAgent`: the client's, '' when it gave none. */
export function idleAdvice(idle: number, server: ServerKnowledge, userAgent: string): string {
  if (Number.isNaN(idle)) {
    return (
      'Let the server say "Connection: close" in its last response and go on reading for a round trip before it closes; ' +
      'look for a limit on requests or connection age, a restart or a crash.'
    );
  }
  if (isOtherThanTimeout(idle, server)) {
    return (
      "Look into the server's log at this time: a restart, or a limit on requests or connection age. Let it say " +
      '"Connection: close" in a response before it closes for such a reason.'
    );
  }
  return `Let the client close idle connections first. ${timeoutAdvice(server, { idleTimeout: null, userAgent }, idle)}`;
}

/** `idleAdvice` for such a close, unless the connection was never used: then no timeout between requests is what matters. */
export function closeAdvice(history: History, closing: Closing, idle: number, server: ServerKnowledge): string {
  const unused = unusedBeforeClose(history, closing);
  if (Number.isNaN(unused)) return idleAdvice(idle, server, history.userAgent);
  return (
    `The connection had been open for ${durationText(unused)} and never been used. Let the client open connections when it has ` +
    "a request, or close unused ones sooner than the server does; or raise the server's timeout for the first request."
  );
}

/** Sentences as a paragraph, without the empty ones. */
export function sentences(...all: readonly string[]): string {
  return all.filter((sentence) => sentence !== '').join(' ');
}
