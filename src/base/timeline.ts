// Times are plain numbers: nanoseconds since the timeline's origin. A double holds every nanosecond of 104 days
// exactly; a BigInt per frame would cost more than decoding the frame does. The origin is a whole second, so that
// files with any timestamp resolution convert exactly. A time that the capture does not tell is NaN: every comparison
// with it is false, so whoever needs a time stays silent where there is none.

/** One second in the unit of the timeline. */
export const SECOND = 1e9;
/** One millisecond in the unit of the timeline. */
export const MILLISECOND = 1e6;

const FIRST_YEAR = Date.parse('0000-01-01T00:00:00Z');
const YEAR_10000 = Date.UTC(10_000);

/** The common clock of all captures of one run. */
export class Timeline {
  /** Seconds since 1970-01-01T00:00:00Z of the origin; undefined until the first frame that has a time. */
  originSeconds: number | undefined = undefined;

  /** Makes `seconds` (whole, since 1970) the origin unless there is one already, and returns the origin. */
  originOr(seconds: number): number {
    this.originSeconds ??= seconds;
    return this.originSeconds;
  }

  /** `time` (nanoseconds since the origin) as RFC 3339 in UTC with nanoseconds; null for an unknown time. */
  toRfc3339(time: number): string | null {
    if (Number.isNaN(time)) return null;
    const wholeSeconds = Math.floor(time / SECOND);
    const nanoseconds = time - wholeSeconds * SECOND;
    const date = new Date(((this.originSeconds ?? 0) + wholeSeconds) * 1000);
    // RFC 3339 has four digits for the year. A damaged timestamp may need more.
    if (!(date.getTime() >= FIRST_YEAR && date.getTime() < YEAR_10000)) return null;
    return `${date.toISOString().slice(0, -5)}.${String(nanoseconds).padStart(9, '0')}Z`;
  }
}

/** `duration` (nanoseconds) as seconds, rounded to the nanosecond; null for an unknown one. */
export function toSeconds(duration: number): number | null {
  return Number.isFinite(duration) ? Math.round(duration) / SECOND : null;
}
