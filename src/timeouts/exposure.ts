// How much of the traffic plays with the server's idle timeout.
//
// A request meets the close when it is sent after the server has decided to close and before the FIN is there: when its
// idle gap, by the server's clock, lies in the one round trip behind the timeout Ts. Such gaps do not come back with a
// response, so their number is taken from the density of those just below: k of N reuses had a gap in a window of width
// w below Ts, so k / (N w) of them per second do, and that times the round trip are lost. The upper bound is the exact
// Poisson one for k (Garwood, 1936) in the approximation by Wilson and Hilferty (1931), which for k = 0 gives 2.97: the
// rule of three.
import { SECOND } from '../base/timeline.ts';
import type { TimeoutEstimate } from './estimate.ts';
import type { ServerObservations } from './server-observations.ts';

export interface Exposure {
  /** Answered reuses that the server's density was taken from. */
  readonly reuses: number;
  /** Of them, and of the lost ones: those within one round trip of the timeout. */
  readonly withinRoundTrip: number;
  readonly lost: number;
  /** Nanoseconds. */
  readonly roundTrip: number;
  /** Expected failures among a million requests, and the bound below which they lie with 95 % probability. */
  readonly failuresPerMillion: number;
  readonly failuresPerMillionAtMost: number;
  /** The client's idle timeout that is advised (ns), and the share of reuses that it would turn into new connections. */
  readonly advisedIdleTimeout: number;
  readonly reusesBeyondAdvised: number;
}

/** The window below the timeout that the density is taken from: a tenth of the timeout, at least four round trips. */
const WINDOW_SHARE = 0.1;
const WINDOW_ROUND_TRIPS = 4;
/** Standard normal quantile for 95 %. */
const Z95 = 1.645;

/** `lost`: requests that were lost to the timeout in this capture. Null without a round trip or any reuse. */
export function exposureOf(
  server: ServerObservations,
  timeout: TimeoutEstimate,
  lost: number,
  advisedIdleTimeout: number,
): Exposure | null {
  const { roundTrip, reuses, exchanges } = server;
  if (!(roundTrip > 0) || reuses === 0) return null;
  const window = Math.min(timeout.earliest, Math.max(timeout.value * WINDOW_SHARE, WINDOW_ROUND_TRIPS * roundTrip));
  const near = server.reusesBetween(timeout.earliest - window, timeout.earliest);
  const perRequest = (count: number) => Math.min(1, ((count / window) * roundTrip) / exchanges) * 1e6;
  return {
    reuses,
    withinRoundTrip: Math.round(server.reusesBetween(timeout.earliest - roundTrip, timeout.latest + roundTrip)) + lost,
    lost,
    roundTrip,
    failuresPerMillion: perRequest(near),
    failuresPerMillionAtMost: perRequest(poissonUpper(near)),
    advisedIdleTimeout,
    reusesBeyondAdvised: Math.min(1, server.reusesBetween(advisedIdleTimeout, Infinity) / reuses),
  };
}

/** The 95 % upper bound for the mean of a Poisson count. */
export function poissonUpper(count: number): number {
  const k = count + 1;
  return k * (1 - 1 / (9 * k) + Z95 / (3 * Math.sqrt(k))) ** 3;
}

/** How far (ns) below the server's timeout a reuse is a gamble: two round trips, or a tenth of it up to half a second. */
export function dangerBelow({ roundTrip }: ServerObservations, timeout: TimeoutEstimate): number {
  return Math.max(2 * (Number.isNaN(roundTrip) ? 0 : roundTrip), Math.min(0.5 * SECOND, timeout.value * 0.1));
}
