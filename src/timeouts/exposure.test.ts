import { describe, expect, test } from 'vitest';
import { censoring, estimateTimeout } from './estimate.ts';
import { exposureOf, poissonUpper } from './exposure.ts';
import { ServerObservations } from './server-observations.ts';

const SECOND = 1e9;

function serverWith(reuses: readonly number[], roundTrip: number, exchanges = reuses.length): ServerObservations {
  const server = new ServerObservations('10.0.0.2:80');
  for (const [n, seconds] of reuses.entries()) server.addReuse(seconds * SECOND, n, 1, 2, n);
  server.roundTrip = roundTrip * SECOND;
  server.exchanges = exchanges;
  return server;
}

const FIVE_SECONDS = estimateTimeout(
  [5, 5, 5].map((seconds) => seconds * SECOND),
  censoring(0, []),
)!;

test('the upper bound of a Poisson count: the rule of three, and the exact values (Garwood 1936) for more', () => {
  expect(poissonUpper(0)).toBeCloseTo(3, 1);
  expect(poissonUpper(1)).toBeCloseTo(4.74, 1);
  expect(poissonUpper(10)).toBeCloseTo(16.96, 1);
  expect(poissonUpper(100)).toBeCloseTo(118.1, 0);
});

describe('exposure', () => {
  test('is the density below the timeout times the round trip', () => {
    // 1000 reuses, spread evenly over 10 s: 100 a second, of which 100 ms meet the close.
    const even = Array.from({ length: 1000 }, (_, n) => (n + 0.5) / 200);
    const exposure = exposureOf(serverWith(even, 0.1), FIVE_SECONDS, 0, 4.5 * SECOND)!;
    expect(exposure.failuresPerMillion).toBeGreaterThan(18_000);
    expect(exposure.failuresPerMillion).toBeLessThan(22_000);
    expect(exposure.failuresPerMillionAtMost).toBeGreaterThan(exposure.failuresPerMillion);
    expect(exposure.withinRoundTrip).toBeGreaterThan(16);
    expect(exposure.withinRoundTrip).toBeLessThan(24);
    expect(exposure.reusesBeyondAdvised).toBeCloseTo(0.1, 2);
  });

  test('of nothing near the timeout has only an upper bound', () => {
    const exposure = exposureOf(serverWith(Array(1000).fill(0.2), 0.1), FIVE_SECONDS, 0, 4.5 * SECOND)!;
    expect(exposure).toMatchObject({ failuresPerMillion: 0, withinRoundTrip: 0, reusesBeyondAdvised: 0 });
    // Three in the half second of the window, a fifth of that meets the close.
    expect(exposure.failuresPerMillionAtMost).toBeCloseTo(3e6 / 1000 / 5, -2);
  });

  test('is unknown without a round trip or a reuse', () => {
    expect(exposureOf(serverWith([1], Number.NaN), FIVE_SECONDS, 0, Number.NaN)).toBeNull();
    expect(exposureOf(serverWith([], 0.1), FIVE_SECONDS, 0, Number.NaN)).toBeNull();
  });

  test('foretells what a simulated client loses', () => {
    // Idle times are exponential with a mean of 2 s; the close is met in the 80 ms behind 5 s.
    let state = 1;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const reuses: number[] = [];
    let lost = 0;
    for (let n = 0; n < 200_000; n++) {
      const idle = -2 * Math.log(random());
      if (idle < 5) reuses.push(idle);
      else if (idle < 5.08) lost++;
    }
    const exposure = exposureOf(serverWith(reuses, 0.08, reuses.length + lost), FIVE_SECONDS, 0, 4.5 * SECOND)!;
    const truth = (lost / (reuses.length + lost)) * 1e6;
    // The density falls within the window: the forecast is a little high.
    expect(exposure.failuresPerMillion).toBeGreaterThan(truth * 0.95);
    expect(exposure.failuresPerMillion).toBeLessThan(truth * 1.3);
  });
});
