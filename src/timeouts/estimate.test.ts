import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { censoring, estimateTimeout } from './estimate.ts';

const SECOND = 1e9;

/** `survived`: idle times (s) of reuses; `censored`: how many gaps ended otherwise, those included. */
function estimate(closes: readonly number[], survived: readonly number[] = [], censored = survived.length) {
  const found = estimateTimeout(
    closes.map((seconds) => seconds * SECOND),
    censoring(
      censored,
      survived.map((seconds) => seconds * SECOND),
    ),
  );
  if (found === null) return null;
  const inSeconds = (key: 'value' | 'low' | 'high' | 'earliest' | 'latest') => found[key] / SECOND;
  return {
    ...found,
    value: inSeconds('value'),
    low: inSeconds('low'),
    high: inSeconds('high'),
    earliest: inSeconds('earliest'),
    latest: inSeconds('latest'),
    others: found.others.map(({ value, observed }) => [value / SECOND, observed]),
  };
}

describe('an estimate', () => {
  test('is none without closes', () => {
    expect(estimate([], [1, 2, 3])).toBeNull();
  });

  test('from one close is possible; a coarse timer may have been a second late', () => {
    expect(estimate([5])).toMatchObject({ value: 5, low: 4, high: 5.05, observed: 1, confidence: 'possible' });
    expect(estimate([0.6])).toMatchObject({ low: 0.3 });
  });

  test('is the median of the closes that agree; likely from three on', () => {
    expect(estimate([5.1, 5, 5.02])).toMatchObject({
      value: 5.02,
      earliest: 5,
      latest: 5.1,
      observed: 3,
      confidence: 'likely',
    });
    expect(estimate([5, 5.1])).toMatchObject({ value: 5.05, observed: 2, confidence: 'possible' });
  });

  test('has an interval beyond what was seen, narrower with more closes', () => {
    const few = estimate([5, 5.01, 5.02])!;
    const many = estimate([5, 5.002, 5.005, 5.007, 5.01, 5.012, 5.015, 5.017, 5.02])!;
    expect(few.low).toBeLessThan(5);
    expect(few.high).toBeGreaterThan(5.02);
    expect(many.low).toBeGreaterThan(few.low);
    expect(5 - many.low).toBeLessThan(0.01);
  });

  test('is pulled up by what was survived', () => {
    expect(estimate([5, 5.01, 5.02], [1, 4.98])!.low).toBeCloseTo(4.94, 2);
    expect(estimate([5, 5.01, 5.02], [1])!.low).toBeLessThan(4.94);
  });

  test('leaves out an early close at a restart, and a late one', () => {
    expect(estimate([5, 5.01, 5.02, 1.2])).toMatchObject({ value: 5.01, earliest: 5, latest: 5.02, observed: 3 });
    expect(estimate([5, 5.01, 5.02, 4.1])).toMatchObject({ value: 5.01, earliest: 5, observed: 3 });
    expect(estimate([5, 5.01, 5.02, 60])).toMatchObject({ value: 5.01, observed: 3, others: [] });
  });

  test('bears a timer that is polled once a second, and one that is 5 % early', () => {
    expect(estimate([5.05, 5.3, 5.5])).toMatchObject({
      earliest: 5.05,
      latest: 5.5,
      observed: 3,
      confidence: 'likely',
    });
    expect(estimate([2, 2.2, 2.35, 2.6, 2.8, 2.95])).toMatchObject({ earliest: 2, latest: 2.95, observed: 6 });
    expect(estimate([57, 58.5, 60])).toMatchObject({ earliest: 57, latest: 60, observed: 3 });
  });

  test('is none where closes come at all times', () => {
    expect(estimate([3, 11, 29, 47])).toBeNull();
    expect(estimate([3, 29])).toBeNull();
  });

  test('is doubted by a reuse that is later, and refuted by as many as there are closes', () => {
    expect(estimate([5, 5, 5], [9])).toMatchObject({ contradictions: 1, confidence: 'possible' });
    expect(estimate([5, 5], [9, 9])).toBeNull();
    expect(estimate([5], [5.2])).toMatchObject({ contradictions: 0 });
  });

  test('stays where many precise closes agree, however many live longer: they met another server', () => {
    const longer = [7, 8, 9, 10, 11, 12];
    expect(estimate([5, 5.001, 5.002, 5.001, 5.003], longer)).toMatchObject({ value: 5.001, confidence: 'possible' });
  });

  test('of two timeouts behind one address is the earlier one, and the later one explains what lived longer', () => {
    expect(estimate([5, 5.01, 5.02, 60, 60.01, 60.02], [30, 40])).toMatchObject({
      value: 5.01,
      observed: 3,
      contradictions: 0,
      confidence: 'likely',
      others: [[60.01, 3]],
    });
  });

  test('counts what ended otherwise', () => {
    expect(estimate([5, 5, 5], [1, 2], 6)).toMatchObject({ observed: 3, censored: 6 });
  });
});

/** Deterministic numbers from 0 to 1: Park and Miller's generator. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

interface Simulated {
  readonly timeout: number;
  readonly closes: number[];
  readonly reuses: number[];
}

/** Connections to a server whose timer is late by up to `lateness(T)` s, idle until the next request comes or the timer. */
function simulate(
  random: () => number,
  connections: number,
  lateness: (timeout: number) => number,
  pause: (timeout: number) => number,
): Simulated {
  const timeout = 1 + 119 * random() ** 2;
  const closes: number[] = [];
  const reuses: number[] = [];
  for (let n = 0; n < connections; n++) {
    const end = timeout + lateness(timeout);
    const next = pause(timeout);
    if (next < end) reuses.push(next);
    else closes.push(end);
  }
  return { timeout, closes, reuses };
}

const RUNS = 500;

/** Share of the simulations with an estimate whose interval holds the timeout, and how many had an estimate. */
function coverage(simulation: (random: () => number) => Simulated): { held: number; estimated: number } {
  let held = 0;
  let estimated = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = randomFrom(seed * 7919);
    for (let n = 0; n < 10; n++) random();
    const { timeout, closes, reuses } = simulation(random);
    const found = estimate(closes, reuses.sort((a, b) => b - a).slice(0, 16));
    if (found === null) continue;
    estimated++;
    // Seconds become nanoseconds and seconds again.
    if (found.low <= timeout * (1 + 1e-9) && found.high >= timeout * (1 - 1e-9)) held++;
  }
  return { held: held / Math.max(1, estimated), estimated };
}

/** Clients that are idle for anything up to twice the timeout. */
const anyPause = (random: () => number) => (timeout: number) => timeout * 2 * random();

describe(`of ${RUNS} simulated servers at least 90 % of the intervals hold the timeout`, () => {
  test.each([3, 5, 10, 40, 400])('with a few milliseconds of jitter, %i connections', (connections) => {
    const { held, estimated } = coverage((random) =>
      simulate(random, connections, () => 0.005 * random(), anyPause(random)),
    );
    expect(held).toBeGreaterThanOrEqual(0.9);
    expect(estimated).toBeGreaterThan(RUNS * (connections < 5 ? 0.8 : 0.95));
  });

  test.each([3, 5, 10, 40, 400])(
    'with a lateness that falls off from the timeout on, %i connections',
    (connections) => {
      const { held } = coverage((random) =>
        simulate(random, connections, () => -0.004 * Math.log(random()), anyPause(random)),
      );
      expect(held).toBeGreaterThanOrEqual(0.9);
    },
  );

  test.each([3, 5, 10, 40, 400])('with a timer that is polled once a second, %i connections', (connections) => {
    const { held, estimated } = coverage((random) => simulate(random, connections, () => random(), anyPause(random)));
    expect(held).toBeGreaterThanOrEqual(0.9);
    expect(estimated).toBeGreaterThan(RUNS * 0.8);
  });

  test.each([20, 100, 1000])('with 95 of 100 gaps censored by the next request, %i connections', (connections) => {
    const busy = (random: () => number) => (timeout: number) =>
      random() < 0.05 ? Infinity : timeout * 0.99 * random();
    const { held } = coverage((random) => simulate(random, connections, () => 0.01 * random(), busy(random)));
    expect(held).toBeGreaterThanOrEqual(0.9);
  });

  test('with two timeouts behind one address: the earlier one', () => {
    let both = 0;
    const { held, estimated } = coverage((random) => {
      const first = simulate(random, 30, () => 0.005 * random(), anyPause(random));
      const later = first.timeout * (1.5 + 4 * random());
      for (let n = 0; n < 30; n++) {
        const next = later * 2 * random();
        const end = later + 0.005 * random();
        if (next < end) first.reuses.push(next);
        else first.closes.push(end);
      }
      if ((estimate(first.closes, first.reuses)?.others.length ?? 0) > 0) both++;
      return first;
    });
    expect(held).toBeGreaterThanOrEqual(0.9);
    expect(estimated).toBeGreaterThan(RUNS * 0.9);
    expect(both).toBeGreaterThan(RUNS * 0.9);
  });
});

test('whatever is observed, the interval holds the value and is finite', () => {
  const seconds = fc.double({ min: 0, max: 600, noNaN: true });
  fc.assert(
    fc.property(fc.array(seconds, { maxLength: 60 }), fc.array(seconds, { maxLength: 16 }), (closes, reuses) => {
      const found = estimate(closes, reuses);
      if (found === null) return;
      const { low, earliest, value, latest, high, observed } = found;
      const ordered = [0, low, earliest, value, latest, high];
      expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
      expect(Number.isFinite(high)).toBe(true);
      expect(observed).toBeGreaterThan(0);
    }),
  );
});

test('closes that fall anywhere are hardly ever called a timer', () => {
  let called = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = randomFrom(seed * 104_729);
    for (let n = 0; n < 10; n++) random();
    const found = estimate(Array.from({ length: 12 }, () => 60 * random()));
    if (found !== null) called++;
  }
  expect(called / RUNS).toBeLessThan(0.02);
});
