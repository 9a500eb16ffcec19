// What to say about the idle time before a close: does it fit the server's idle timeout, and what is to be changed.
import { durationText } from '../base/duration-text.ts';
import { MILLISECOND } from '../base/timeline.ts';
import { candidatesText } from '../timeouts/candidates.ts';
import type { ServerKnowledge } from './rule.ts';

/** An idle time may be called the server's timeout when it lies this close (ns) to where that was seen to close. */
const TOLERANCE = 50 * MILLISECOND;

/** The idle time is known not to be the server's idle timeout: something else made it close. */
function isOtherThanTimeout(idle: number, { idleTimeout }: ServerKnowledge): boolean {
  return idleTimeout !== null && (idle < idleTimeout.low - TOLERANCE || idle > idleTimeout.high + TOLERANCE);
}

/**
 * How the idle time before a close compares with the server's idle timeout, one sentence; '' when the close did not end
 * an idle time.
 */
export function idleText(idle: number, server: ServerKnowledge): string {
  if (Number.isNaN(idle)) return '';
  const had = `The connection had been idle for ${durationText(idle)} when the server closed it`;
  const { idleTimeout } = server;
  if (idleTimeout === null) return `${had}.`;
  const timeout = `about ${durationText(idleTimeout.value)}`;
  if (isOtherThanTimeout(idle, server)) return `${had}, which is not its idle timeout (${timeout}).`;
  const named = candidatesText(server.candidates);
  const product = named === '' ? '' : `, ${named}`;
  if (idleTimeout.observed === 1) return `${had}${product}.`;
  return `${had}: that is its idle timeout (${timeout}, seen ${idleTimeout.observed} times${product}).`;
}

/** What to change so that no request meets such a close again. */
export function idleAdvice(idle: number, server: ServerKnowledge): string {
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
  const limit = durationText(safelyBelow(server.idleTimeout?.value ?? idle));
  return (
    `Let the client close idle connections first: lower its idle timeout to ${limit} or less, or raise ` +
    `${settingOf(server)} above the client's idle timeout.`
  );
}

/** The setting to turn on the server: its name where the product is known. */
export function settingOf({ candidates, knob }: ServerKnowledge): string {
  const known = knob !== null || candidates.length === 1 ? (candidates[0] ?? knob) : null;
  return known === null || known === undefined ? "the server's idle timeout" : `${known.knob} (${known.product})`;
}

/**
 * A client timeout that keeps its distance from the server's: 10 %, at least 0.5 s and at most 5 s, below it (half of
 * it for a very short one), rounded down to two digits.
 */
export function safelyBelow(timeout: number): number {
  const distance = Math.min(5e9, Math.max(0.5e9, timeout * 0.1));
  const limit = Math.max(timeout / 2, timeout - distance);
  const unit = 10 ** (Math.floor(Math.log10(limit)) - 1);
  return Math.floor(limit / unit) * unit;
}
