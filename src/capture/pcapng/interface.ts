import type { Timeline } from '../../base/timeline.ts';
import type { PlainRecords } from '../frame-reader.ts';

const WORD = 0x1_0000_0000;
const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** if_tsresol when the option is absent: microseconds. */
export const DEFAULT_RESOLUTION = 6;

/** Units per second that an if_tsresol value stands for: a negative power of 10, or of 2 with the top bit set. */
function unitsPerSecondOf(resolution: number): bigint {
  const exponent = BigInt(resolution & 0x7f);
  return (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent;
}

/** The finest units of which a 64-bit count spans a second: 10 to the power of -19, 2 to the power of -63. */
const FINEST_DECIMAL = 19;
const FINEST_BINARY = 63;

/** Whether a clock with this if_tsresol can tell a time: with finer units, 64 bits do not span a second. */
export function isResolution(resolution: number): boolean {
  return (resolution & 0x7f) <= ((resolution & 0x80) === 0 ? FINEST_DECIMAL : FINEST_BINARY);
}

export interface InterfaceFacts {
  /** if_name; null when the block does not tell it. Hostile: escape for the medium. */
  readonly name: string | null;
  /** Its number in the section. */
  readonly index: number;
  readonly linkType: number;
  /** 0 means unlimited. */
  readonly snaplen: number;
  /** if_tsresol, if_tsoffset (seconds) and if_fcslen (here in bytes). */
  readonly resolution: number;
  readonly offsetSeconds: number;
  readonly fcsLength: number;
}

/**
 * An interface of the section: what its frames have in common, and its clock.
 *
 * A timestamp is a 64-bit count of units since 1970, more than a double holds. So the timeline's origin is turned into
 * units once, and each timestamp into its difference from the origin word by word: that is exact, and no BigInt per
 * frame is needed unless a unit is no whole number of nanoseconds (powers of 2, or finer than nanoseconds).
 */
export class Interface {
  readonly linkType: number;
  readonly snaplen: number;
  readonly fcsLength: number;
  /** As people may call it. */
  readonly label: string;
  /** Frames lost by what the last interface statistics block says of all the capture, and by what packets say each. */
  droppedInAll = 0;
  droppedBetween = 0;
  readonly #tellsTime: boolean;
  readonly #timeline: Timeline;
  readonly #offsetSeconds: number;
  readonly #unitsPerSecond: bigint;
  /** 0 when it is no whole number. */
  readonly #nanosecondsPerUnit: number;
  /** The timeline's origin on this interface's clock; known from the first timestamp on. */
  #originKnown = false;
  #originHigh = 0;
  #originLow = 0;
  #originNanoseconds = 0n;

  constructor(facts: InterfaceFacts, timeline: Timeline) {
    this.linkType = facts.linkType;
    this.snaplen = facts.snaplen;
    this.fcsLength = facts.fcsLength;
    this.label = facts.name ?? `interface ${facts.index}`;
    this.#tellsTime = isResolution(facts.resolution);
    this.#timeline = timeline;
    this.#offsetSeconds = facts.offsetSeconds;
    this.#unitsPerSecond = unitsPerSecondOf(facts.resolution);
    this.#nanosecondsPerUnit =
      NANOSECONDS_PER_SECOND % this.#unitsPerSecond === 0n ? Number(NANOSECONDS_PER_SECOND / this.#unitsPerSecond) : 0;
  }

  /**
   * Nanoseconds since the timeline's origin, rounded down, of the timestamp with these words. A timestamp of exactly
   * zero is what writers without a clock put there: it tells no time.
   */
  timeOf(high: number, low: number): number {
    if ((high === 0 && low === 0) || !this.#tellsTime) return Number.NaN;
    if (!this.#originKnown) this.#learnOrigin(high, low);
    if (this.#nanosecondsPerUnit === 0) return this.#timeOfFineUnits(high, low);
    return ((high - this.#originHigh) * WORD + (low - this.#originLow)) * this.#nanosecondsPerUnit;
  }

  /** What is needed to tell the time of its frames without it; null before the first one, or when that cannot be told so. */
  clock(): Pick<PlainRecords, 'originHigh' | 'originLow' | 'unitsPerHigh' | 'nanosecondsPerUnit'> | null {
    if (!this.#originKnown || this.#nanosecondsPerUnit === 0) return null;
    return {
      originHigh: this.#originHigh,
      originLow: this.#originLow,
      unitsPerHigh: WORD,
      nanosecondsPerUnit: this.#nanosecondsPerUnit,
    };
  }

  #timeOfFineUnits(high: number, low: number): number {
    const nanoseconds = (unitsOf(high, low) * NANOSECONDS_PER_SECOND) / this.#unitsPerSecond;
    return Number(nanoseconds - this.#originNanoseconds);
  }

  #learnOrigin(high: number, low: number): void {
    const seconds = Number(unitsOf(high, low) / this.#unitsPerSecond) + this.#offsetSeconds;
    const origin = BigInt(this.#timeline.originOr(seconds) - this.#offsetSeconds);
    this.#originNanoseconds = origin * NANOSECONDS_PER_SECOND;
    const units = origin * this.#unitsPerSecond;
    this.#originHigh = Number(units >> 32n);
    this.#originLow = Number(units & 0xffff_ffffn);
    this.#originKnown = true;
  }
}

function unitsOf(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
