// AXES of plots: from values to places, with marks at round values.
import { durationText } from '../../base/duration-text.ts';

export interface Axis {
  /** Place of a value, in the plot's unit; values outside are moved to the border. */
  at(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** Steps of a round scale within a decade. */
const ROUND = [1, 2, 5, 10];

/** Nanoseconds from `low` to `high` on `from` … `to`, with about `count` marks. */
export function linearAxis(low: number, high: number, from: number, to: number, count = 6): Axis {
  const span = high > low ? high - low : 1;
  const rough = span / count;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = ROUND.map((factor) => factor * decade).find((candidate) => candidate >= rough)!;
  const ticks: { value: number; label: string }[] = [];
  for (let index = Math.ceil(low / step); index * step <= low + span && ticks.length <= 2 * count; index++) {
    const value = index * step;
    ticks.push({ value, label: value === 0 ? '0' : tickText(value) });
  }
  return { at: (value) => placeOf((value - low) / span, from, to), ticks };
}

/** The same with a logarithmic scale; `low` is greater than 0. */
export function logarithmicAxis(low: number, high: number, from: number, to: number): Axis {
  const [start, span] = [Math.log(low), Math.log(high / low)];
  const ticks: { value: number; label: string }[] = [];
  const decades = Math.log10(high / low);
  const factors = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
  for (let exponent = Math.floor(Math.log10(low)); 10 ** exponent <= high; exponent++) {
    for (const factor of factors) {
      const value = factor * 10 ** exponent;
      if (value >= low && value <= high) ticks.push({ value, label: tickText(value) });
    }
  }
  return { at: (value) => placeOf((Math.log(Math.max(value, low)) - start) / span, from, to), ticks };
}

function placeOf(share: number, from: number, to: number): number {
  return Math.round((from + Math.max(0, Math.min(1, share)) * (to - from)) * 10) / 10;
}

/** Round values without digits that say nothing: "5 s", "200 ms", "0.5 s" never "5.00 s". */
function tickText(nanoseconds: number): string {
  const text = durationText(nanoseconds);
  return text.replace(/(\.\d*?)0+(?= )/, '$1').replace(/\.(?= )/, '');
}
