// What to change where a server's and a client's idle timeouts do not fit: the setting of the likely product on either
// side, with a value that follows from what was seen. One function for all rules that a timeout leads to.
import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import { knobFor } from '../timeouts/candidates.ts';
import type { TimeoutEstimate } from '../timeouts/estimate.ts';
import type { ServerKnowledge } from './rule.ts';

/** What is known of the client for which the advice is. */
export interface ClientKnowledge {
  /** Its own idle timeout, as inferred; null: not known. */
  readonly idleTimeout: TimeoutEstimate | null;
  /** Its User-Agent field, '' when none was seen. */
  readonly userAgent: string;
}

/** What not to do; said wherever a timeout is the cause. */
export const NO_RETRIES =
  'Retries are no remedy: a client seldom knows whether the lost request was executed, so it may repeat idempotent ones only.';

/**
 * Both ways out, in two or three sentences: the client's idle timeout below the server's, or the server's above the
 * client's, and what not to do. `idle`: the idle time (ns) after which the server closed, where no timeout was inferred.
 */
export function timeoutAdvice(server: ServerKnowledge, client: ClientKnowledge, idle = NaN): string {
  const limit = clientLimit(server, idle);
  const lower = Number.isNaN(limit) ? "below the server's" : `to ${durationText(limit)} or less`;
  return `Lower ${clientSetting(client)} ${lower}, or raise ${settingOf(server)} ${aboveClient(client)}. ${NO_RETRIES}`;
}

/** The idle timeout (ns) with which the client closes first, by a margin; NaN when nothing tells one. */
export function clientLimit({ idleTimeout }: ServerKnowledge, idle = NaN): number {
  const timeout = idleTimeout === null ? idle : Math.min(idleTimeout.low, idleTimeout.value);
  return timeout > 0 ? safelyBelow(timeout) : NaN;
}

/** The setting to turn on the server: its name where the Server field, or what it announces, tells the product. */
export function settingOf({ candidates, knob }: ServerKnowledge): string {
  const known = candidates.find(({ named }) => named) ?? knob;
  return known === null ? "the server's idle timeout" : `${known.knob} (${known.product})`;
}

function clientSetting({ userAgent }: ClientKnowledge): string {
  const known = knobFor('client', userAgent);
  return known === null
    ? "the client's idle timeout"
    : `the client's idle timeout (${known.knob} of ${known.product}, by its User-Agent)`;
}

/** "above 62 s (the client's is about 60 s)", or what the client's product has by default. */
function aboveClient({ idleTimeout, userAgent }: ClientKnowledge): string {
  if (idleTimeout !== null) {
    return `above ${durationText(safelyAbove(idleTimeout.high))}, as the client's is about ${durationText(idleTimeout.value)}`;
  }
  const known = knobFor('client', userAgent);
  return known !== null && known.seconds !== null && known.seconds > 0
    ? `above the client's (${durationText(known.seconds * SECOND)} by default)`
    : "above the client's";
}

/**
 * A client timeout that keeps its distance from the server's: 10 %, at least 0.5 s and at most 5 s, below it (half of
 * it for a very short one), rounded down to two digits.
 */
export function safelyBelow(timeout: number): number {
  const limit = Math.max(timeout / 2, timeout - distanceFrom(timeout));
  const unit = unitOf(limit);
  return Math.floor(limit / unit) * unit;
}

/** A server timeout that keeps the same distance above the client's, rounded up to two digits. */
function safelyAbove(timeout: number): number {
  const limit = timeout + distanceFrom(timeout);
  const unit = unitOf(limit);
  return Math.ceil(limit / unit) * unit;
}

function distanceFrom(timeout: number): number {
  return Math.min(5 * SECOND, Math.max(0.5 * SECOND, timeout * 0.1));
}

function unitOf(limit: number): number {
  return 10 ** (Math.floor(Math.log10(limit)) - 1);
}
