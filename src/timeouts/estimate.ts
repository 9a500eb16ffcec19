// ESTIMATES an idle timeout from gaps.
//
// A first, honest estimate: observed closes of one timer cluster, and nothing else does. So the estimate is the median
// of the densest cluster, and its interval is the cluster's range: the times at which this server was seen to close.
// It is 'likely' from three agreeing closes on, when no successful reuse came later than the cluster; else 'possible'.
// One close gives an estimate too, but nothing may be built on it alone.
//
// Turned down: a mean (one early close at a shutdown moves it), and the shortest gap (it is the outlier of a timer that
// is usually later).
import { SECOND } from '../base/timeline.ts';
import type { IdleObservations } from './server-observations.ts';

/** An estimate in nanoseconds. */
export interface TimeoutEstimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Closes that agree with it. */
  readonly observed: number;
  /** Gaps that ended otherwise. */
  readonly censored: number;
  /** Successful reuses after an idle time longer than `high`: each of them contradicts the estimate. */
  readonly contradictions: number;
  readonly confidence: 'likely' | 'possible';
}

/**
 * Closes within this range of each other may come from one timer: 5 %, at least a quarter of a second. Real timers
 * were seen to be up to 5 % early; timers that are polled once a second spread over that second, which the second
 * figure covers for half of it on either side of the median.
 */
const SPREAD_SHARE = 0.05;
const LEAST_SPREAD = 0.25 * SECOND;
/** A single close is known no better than this share of itself. */
const SINGLE_UNCERTAINTY = 0.01;

/** The timeout after which the observed closes came, or null when they do not cluster. */
export function estimateTimeout(closes: readonly number[], observations: IdleObservations): TimeoutEstimate | null {
  if (closes.length === 0) return null;
  const sorted = Float64Array.from(closes).sort();
  const cluster = densestCluster(sorted);
  const observed = cluster.end - cluster.start;
  // Closes all over the place are no timer: restarts, limits on requests or age, an operator.
  if (closes.length > 1 && observed * 2 <= closes.length) return null;
  const low = sorted[cluster.start]!;
  const high = sorted[cluster.end - 1]!;
  const middle = cluster.start + (observed >> 1);
  const value = observed % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  const margin = observed === 1 ? value * SINGLE_UNCERTAINTY : 0;
  const tolerance = Math.max(LEAST_SPREAD, high * SPREAD_SHARE);
  const contradictions = observations.longestReuses.filter(({ duration }) => duration > high + tolerance).length;
  if (contradictions >= observed) return null;
  return {
    value,
    low: low - margin,
    high: high + margin,
    observed,
    censored: observations.censored,
    contradictions,
    confidence: observed >= 3 && contradictions === 0 ? 'likely' : 'possible',
  };
}

/** The stretch of `sorted` with the most members that fit into one timer's spread. */
function densestCluster(sorted: Float64Array): { start: number; end: number } {
  let best = { start: 0, end: 1 };
  let start = 0;
  for (let end = 1; end <= sorted.length; end++) {
    const last = sorted[end - 1]!;
    while (last - sorted[start]! > 2 * Math.max(LEAST_SPREAD, sorted[start]! * SPREAD_SHARE)) start++;
    if (end - start > best.end - best.start) best = { start, end };
  }
  return best;
}
