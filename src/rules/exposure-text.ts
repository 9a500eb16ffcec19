// The exposure to a timeout, in words.
import { durationText } from '../base/duration-text.ts';
import type { Exposure } from '../timeouts/exposure.ts';

/** Of fewer reuses no rate can be told that is worth a sentence. */
const LEAST_REUSES = 30;

/** One or two sentences with a blank before them; '' where there is too little traffic to say anything. */
export function exposureText(exposure: Exposure | null): string {
  if (exposure === null || exposure.reuses < LEAST_REUSES) return '';
  const { reuses, withinRoundTrip, roundTrip, failuresPerMillion, failuresPerMillionAtMost } = exposure;
  const atMost = numberText(failuresPerMillionAtMost);
  const rate =
    failuresPerMillion >= 0.5
      ? `about ${numberText(failuresPerMillion)} of a million requests are expected to fail by it (at most ${atMost}, with 95 % probability)`
      : `at most ${atMost} of a million requests are expected to fail by it (with 95 % probability)`;
  const beyond = exposure.reusesBeyondAdvised;
  const advised = Number.isNaN(exposure.advisedIdleTimeout)
    ? ''
    : ` With the client's idle timeout at ${durationText(exposure.advisedIdleTimeout)} none would, and ${percentText(beyond)} of the reuses would open a new connection instead.`;
  return (
    ` Of ${reuses} reuses of this server's connections, ${withinRoundTrip} came within one round trip ` +
    `(${durationText(roundTrip)}) of the timeout; at this traffic ${rate}.${advised}`
  );
}

/** Two digits. */
function numberText(value: number): string {
  if (value < 1) return value.toPrecision(1);
  return String(Number(value.toPrecision(2)));
}

function percentText(share: number): string {
  if (share === 0) return 'none';
  return share < 0.001 ? 'less than 0.1 %' : `${Number((share * 100).toPrecision(2))} %`;
}
