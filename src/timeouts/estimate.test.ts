import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateTimeout } from './estimate.ts';
import { IdleObservations } from './server-observations.ts';

const SECOND = 1e9;

function observations(reuses: readonly number[] = [], unfinished = 0, clientCloses: readonly number[] = []) {
  const all = new IdleObservations();
  for (const seconds of reuses) all.addReuse(seconds * SECOND, 0, 1, 2, 0);
  all.unfinished = unfinished;
  for (const [i, seconds] of clientCloses.entries()) all.addClientClose(seconds * SECOND, i * 60 * SECOND);
  return all;
}

function estimate(closes: readonly number[], all = observations()) {
  const found = estimateTimeout(
    closes.map((seconds) => seconds * SECOND),
    all,
  );
  return (
    found && {
      ...found,
      value: found.value / SECOND,
      low: found.low / SECOND,
      high: found.high / SECOND,
    }
  );
}

describe('an estimate', () => {
  test('is none without closes', () => {
    expect(estimate([], observations([1, 2, 3]))).toBeNull();
  });

  test('from one close is possible, with an interval of a hundredth', () => {
    expect(estimate([5])).toMatchObject({ value: 5, low: 4.95, high: 5.05, observed: 1, confidence: 'possible' });
  });

  test('is the median of the closes that agree, its interval where they lie; likely from three on', () => {
    expect(estimate([5.1, 5, 5.02])).toMatchObject({
      value: 5.02,
      low: 5,
      high: 5.1,
      observed: 3,
      confidence: 'likely',
    });
    expect(estimate([5, 5.1])).toMatchObject({ value: 5.05, observed: 2, confidence: 'possible' });
  });

  test('leaves out an early close at a restart, and a late one', () => {
    expect(estimate([5, 5.01, 5.02, 1.2])).toMatchObject({ value: 5.01, low: 5, high: 5.02, observed: 3 });
    expect(estimate([5, 5.01, 5.02, 60])).toMatchObject({ value: 5.01, observed: 3 });
  });

  test('bears a timer that is polled once a second, and one that is 5 % early', () => {
    expect(estimate([5.05, 5.3, 5.5])).toMatchObject({ low: 5.05, high: 5.5, observed: 3, confidence: 'likely' });
    expect(estimate([57, 58.5, 60])).toMatchObject({ low: 57, high: 60, observed: 3 });
  });

  test('is none where closes come at all times', () => {
    expect(estimate([3, 11, 29, 47])).toBeNull();
    expect(estimate([3, 29])).toBeNull();
  });

  test('is doubted by a reuse that is later, and refuted by as many as there are closes', () => {
    expect(estimate([5, 5, 5], observations([9]))).toMatchObject({ contradictions: 1, confidence: 'possible' });
    expect(estimate([5, 5], observations([9, 9]))).toBeNull();
    expect(estimate([5], observations([5.2]))).toMatchObject({ contradictions: 0 });
  });

  test('counts what ended otherwise', () => {
    expect(estimate([5, 5, 5], observations([1, 2], 3, [4]))).toMatchObject({ observed: 3, censored: 6 });
  });
});

/** Seconds become nanoseconds and seconds again. */
const ROUNDING = 1 - 1e-12;

test('finds the timeout of a simulated server, with jitter, reuses and an early restart', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 600, noNaN: true }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 40 }),
      fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { maxLength: 40 }),
      fc.boolean(),
      (timeout, jitters, reuses, restart) => {
        // Timers fire late, by up to 2 %.
        const closes = jitters.map((jitter) => timeout * (1 + 0.02 * jitter));
        if (restart) closes.push(timeout * 0.3);
        const found = estimate(closes, observations(reuses.map((share) => timeout * share)))!;
        expect(found).not.toBeNull();
        expect(found.confidence).toBe('likely');
        expect(found.value).toBeGreaterThanOrEqual(found.low);
        expect(found.value).toBeLessThanOrEqual(found.high);
        // The true timeout is where the closes begin: never above the interval, and at most the jitter below it.
        expect(found.high).toBeGreaterThanOrEqual(timeout * ROUNDING);
        expect(found.low * ROUNDING).toBeLessThanOrEqual(timeout * 1.02);
        expect(Math.abs(found.value - timeout)).toBeLessThanOrEqual(Math.max(0.5, timeout * 0.05));
        expect(found.censored).toBe(reuses.length);
      },
    ),
  );
});
