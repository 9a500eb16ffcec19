// What is said of a few measurements: their median, and how far they lie apart.

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the two values next to it. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

/** A median, and the quartiles around it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** What each stage adds to the one before it: the differences within each round, so that what slows a round cancels. */
export function increments(totals: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return totals.map((rounds, stage) =>
    rounds.map((value, round) => (stage === 0 ? value : value - totals[stage - 1]![round]!)),
  );
}

/** `b` to `a`, round by round. */
export function ratios(a: readonly number[], b: readonly number[]): readonly number[] {
  return b.map((value, round) => value / a[round]!);
}

/** Who goes first in a round takes turns: A B, B A, A B … */
export function inTurns<T>(items: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? items : items.toReversed();
}

export function spreadText({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}
