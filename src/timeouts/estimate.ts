// ESTIMATES a limit from what was seen of it: the values at which it struck (observed), and the values that were
// reached without its striking (right-censored).
//
// The model: a timer of T that is looked at every g strikes at a time uniform in [T, T + g]; most timers have a g of a
// few milliseconds, some of a second. Then the censored values below T say nothing, those above refute it, and the
// likelihood is greatest where the observed values lie. With both T and g unknown and n observed values of range R,
// the spacings of uniform order statistics (David and Nagaraja, "Order Statistics", 2003, 6.4) make
// P(least - T > t R) = (1 + t)^-(n - 1): so T lies above least - R (0.05^(-1 / (n - 1)) - 1) in 19 of 20 cases, and the
// greatest possible value correspondingly above. That is the interval. A value that was survived pulls its lower end
// up: T + g lies above it. `estimate.test.ts` measures the coverage: of 500 simulations each of servers with jitter,
// with a timer that is polled once a second, with 95 of 100 gaps censored, and with two timeouts behind one address,
// 93 to 100 % of the intervals hold T (at least 90 % is what the test asks for).
//
// Not all closes are the timer's. So the values are clustered first. The Kaplan-Meier estimator (1958) of the survivors
// would fall to zero at the one cluster of a single timer; where it does not, because closes cluster a second time
// later, several timers stand behind the address, and the earliest one is the estimate: it is the one to be safe from.
// Where it stays up though no second cluster is seen, the survivors contradict the estimate.
//
// The value is the median of its cluster.
//
// Turned down: a mean (one early close at a shutdown moves it), the least value (the outlier of a timer that is usually
// later), and the interval that the observed values themselves span (three of them hold T in a quarter of all cases).
import { SECOND } from '../base/timeline.ts';
import { ONE_ROUND } from './causes.ts';

/** What was reached without the limit's striking. */
export interface Censoring {
  readonly censored: number;
  /** How many lasted longer than `value` and went on. */
  beyond(value: number): number;
  /** The longest that went on, not longer than `value`; 0 when none is known. */
  longestUpTo(value: number): number;
}

export const NOTHING_CENSORED: Censoring = { censored: 0, beyond: () => 0, longestUpTo: () => 0 };

/** Values that were survived, of which `longest` are the longest. */
export function censoring(censored: number, longest: readonly number[]): Censoring {
  return {
    censored,
    beyond: (value) => longest.filter((reached) => reached > value).length,
    longestUpTo: (value) => longest.reduce((most, reached) => (reached <= value && reached > most ? reached : most), 0),
  };
}

/** An estimate in nanoseconds (or requests). */
export interface TimeoutEstimate {
  readonly value: number;
  /** The interval that holds the limit, see above. */
  readonly low: number;
  readonly high: number;
  /** The least and the greatest value at which it was seen to strike. */
  readonly earliest: number;
  readonly latest: number;
  /** Closes that agree with it. */
  readonly observed: number;
  /** Gaps that ended otherwise. */
  readonly censored: number;
  /** Successful reuses after longer than the latest close: each of them contradicts the estimate. */
  readonly contradictions: number;
  readonly confidence: 'likely' | 'possible';
  /** Further limits behind the same address, each later than this one. */
  readonly others: readonly { readonly value: number; readonly observed: number }[];
}

/**
 * Closes within this range of each other may come from one timer: 5 %, at least a quarter of a second on either side
 * of the middle. Real timers were seen to be up to 5 % early.
 */
const SPREAD_SHARE = 0.05;
const LEAST_SPREAD = 0.25 * SECOND;
/** A timer is precise when its closes lie within this share of that range; then nothing further away belongs to it. */
const PRECISE_SHARE = 0.2;
/** Coarse timers look once a second: shorter timeouts are not left to them. */
const LEAST_COARSE = SECOND;
/** What two further closes can be by chance, three are a timer of their own, when they are more than this share. */
const LEAST_OF_POPULATION = 3;
const LEAST_SHARE_OF_POPULATION = 0.15;
/** So many closes that agree precisely are a timer, however many connections outlive it: those met another one. */
const SURELY_A_TIMER = 5;
/** One close may come from a coarse timer, a second late; and from a clock that is this share off. */
const SINGLE_LATENESS = SECOND;
const SINGLE_UNCERTAINTY = 0.01;
/** One of 20 intervals may end too high, and as many too low. */
const MISSED = 0.05;

interface Cluster {
  readonly start: number;
  readonly end: number;
  readonly isPrecise: boolean;
}

/** The limit at which the observed values were closed, or null when they do not agree on one. */
export function estimateTimeout(closes: readonly number[], survived: Censoring): TimeoutEstimate | null {
  if (closes.length === 0) return null;
  const sorted = Float64Array.from(closes).sort();
  const populations = populationsOf(sorted);
  const covered = populations.reduce((sum, { start, end }) => sum + end - start, 0);
  // Closes all over the place are no timer: restarts, limits on requests or age, an operator.
  if (closes.length > 1 && covered * 2 <= closes.length) return null;
  const [cluster, ...later] = populations;
  const { start, end, isPrecise } = cluster!;
  const observed = end - start;
  const earliest = sorted[start]!;
  const latest = sorted[end - 1]!;
  const longest = sorted[(later.at(-1) ?? cluster!).end - 1]!;
  const contradictions = survived.beyond(longest + Math.max(LEAST_SPREAD, longest * SPREAD_SHARE));
  const isSure = isPrecise && observed >= SURELY_A_TIMER;
  if (contradictions >= covered && !isSure) return null;
  const range = latest - earliest;
  const uncertainty =
    observed === 1
      ? 0
      : Math.min(range * (MISSED ** (-1 / (observed - 1)) - 1), SINGLE_LATENESS + earliest * SPREAD_SHARE);
  let low = observed === 1 ? Math.max(earliest / 2, earliest - SINGLE_LATENESS) : Math.max(0, earliest - uncertainty);
  if (observed > 1 && later.length === 0) {
    // What was survived was shorter than T + g; g is the range and what it is short of by the ends' spacings.
    const granularity = (range * (observed + 1)) / (observed - 1);
    low = Math.max(low, Math.min(earliest, survived.longestUpTo(earliest) - granularity));
  }
  return {
    value: medianOf(sorted, start, end),
    low,
    high: observed === 1 ? latest * (1 + SINGLE_UNCERTAINTY) : latest + uncertainty,
    earliest,
    latest,
    observed,
    censored: survived.censored,
    contradictions,
    confidence: observed >= 3 && contradictions === 0 ? 'likely' : 'possible',
    others: later.map((other) => ({
      value: medianOf(sorted, other.start, other.end),
      observed: other.end - other.start,
    })),
  };
}

function medianOf(sorted: Float64Array, start: number, end: number): number {
  const middle = start + ((end - start) >> 1);
  return (end - start) % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The timers behind the closes, the earliest first: one, or several of which each has enough closes. */
function populationsOf(sorted: Float64Array): Cluster[] {
  const found: Cluster[] = [];
  let most = clusterIn(sorted, 0, sorted.length);
  const least = Math.max(LEAST_OF_POPULATION, sorted.length * LEAST_SHARE_OF_POPULATION);
  for (;;) {
    found.push(most);
    const candidates = gapsBetween(found, sorted.length)
      .map(([start, end]) => clusterIn(sorted, start, end))
      .filter(({ start, end, isPrecise }) => isPrecise && end - start >= least);
    if (candidates.length === 0) break;
    most = candidates.reduce((a, b) => (b.end - b.start > a.end - a.start ? b : a));
  }
  found.sort((a, b) => a.start - b.start);
  const first = found[0]!;
  return first.end - first.start >= least || found.length === 1 ? found : found.slice(1);
}

/** The stretches that no cluster covers. */
function gapsBetween(clusters: readonly Cluster[], length: number): (readonly [number, number])[] {
  const sorted = [...clusters].sort((a, b) => a.start - b.start);
  const gaps: (readonly [number, number])[] = [];
  let at = 0;
  for (const { start, end } of sorted) {
    if (start > at) gaps.push([at, start]);
    at = end;
  }
  if (at < length) gaps.push([at, length]);
  return gaps;
}

/** The densest cluster from `from` to `to`: that of a precise timer, else as wide as a coarse one makes it. */
function clusterIn(sorted: Float64Array, from: number, to: number): Cluster {
  const tight = densest(sorted, from, to, tightWidth);
  const width = tightWidth(sorted[tight.start]!);
  const isPrecise = sorted[tight.end - 1]! - sorted[tight.start]! <= width * PRECISE_SHARE;
  if (isPrecise && (tight.end - tight.start) * 2 > to - from) return { ...tight, isPrecise };
  const wide = densest(sorted, from, to, (value) =>
    value < LEAST_COARSE ? tightWidth(value) : Math.max(ONE_ROUND, tightWidth(value)),
  );
  return wide.end - wide.start > tight.end - tight.start &&
    !(isPrecise && tight.end - tight.start >= LEAST_OF_POPULATION)
    ? { ...wide, isPrecise: false }
    : { ...tight, isPrecise };
}

function tightWidth(value: number): number {
  return 2 * Math.max(LEAST_SPREAD, value * SPREAD_SHARE);
}

/** The stretch with the most members that lie within the width that is allowed at its first one. */
function densest(
  sorted: Float64Array,
  from: number,
  to: number,
  widthAt: (value: number) => number,
): { start: number; end: number } {
  let best = { start: from, end: from + 1 };
  let start = from;
  for (let end = from + 1; end <= to; end++) {
    while (sorted[end - 1]! - sorted[start]! > widthAt(sorted[start]!)) start++;
    if (end - start > best.end - best.start) best = { start, end };
  }
  return best;
}
