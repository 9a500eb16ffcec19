import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CloseSample, DurationHistogram, OctaveBins } from './sample.ts';

const streamsOf = (sample: CloseSample) => sample.byMoment().map(({ time }) => time);

describe('a sample of closes', () => {
  test('holds all of a few', () => {
    const sample = new CloseSample({ closes: 100 });
    for (let stream = 99; stream >= 0; stream--) sample.add(stream, 5e9, stream, 6e9);
    expect(sample.count).toBe(100);
    expect(streamsOf(sample)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(sample.byMoment()[0]).toEqual({ duration: 5e9, time: 0, age: 6e9 });
  });

  test('holds a part of many, drawn from all of them, whatever their order', () => {
    const forwards = new CloseSample({ closes: 100 });
    const backwards = new CloseSample({ closes: 100 });
    for (let stream = 0; stream < 10_000; stream++) {
      forwards.add(stream, 1, stream, 1);
      backwards.add(9_999 - stream, 1, 9_999 - stream, 1);
    }
    expect(forwards.count).toBe(10_000);
    expect(forwards.size).toBeGreaterThan(40);
    expect(forwards.size).toBeLessThanOrEqual(100);
    expect(streamsOf(backwards)).toEqual(streamsOf(forwards));
    const mean = streamsOf(forwards).reduce((sum, stream) => sum + stream, 0) / forwards.size;
    expect(mean).toBeGreaterThan(3000);
    expect(mean).toBeLessThan(7000);
  });
});

test('a sample is the same whenever the limit became less', () => {
  const limit = { closes: 1000 };
  const early = { closes: 100 };
  const [late, never, expected] = [new CloseSample(limit), new CloseSample(limit), new CloseSample(early)];
  for (const [n, sample] of [late, never, expected].entries()) {
    for (let stream = 0; stream < 900; stream++) sample.add(stream, 1, stream, 1);
    expect(sample.count).toBe(900);
    if (n < 2) expect(sample.size).toBe(900);
  }
  limit.closes = 100;
  // One of them takes another close, the other one none.
  late.add(900, 1, 900, 1);
  expected.add(900, 1, 900, 1);
  expect(streamsOf(late)).toEqual(streamsOf(expected));
  expect(streamsOf(never)).toEqual(streamsOf(expected).filter((stream) => stream < 900));
});

describe('a histogram of durations', () => {
  test('counts what lies between two durations, to a hundredth or so', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 2e6, max: 4e12, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 2e6, max: 4e12, noNaN: true }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        (durations, low, factor) => {
          const histogram = new DurationHistogram();
          for (const duration of durations) histogram.add(duration);
          const within = (from: number, to: number) => durations.filter((d) => d >= from && d < to).length;
          const counted = histogram.between(low, low * factor);
          expect(counted).toBeGreaterThanOrEqual(within(low * 1.016, (low * factor) / 1.016) - 1e-6);
          expect(counted).toBeLessThanOrEqual(within(low / 1.016, low * factor * 1.016) + 1e-6);
          expect(histogram.total).toBe(durations.length);
        },
      ),
    );
  });

  test('has all between nothing and for ever, the shortest and the longest too', () => {
    const histogram = new DurationHistogram();
    for (const duration of [0, 1, 1e3, 1e6, 1e9, 1e14, 1e17]) histogram.add(duration);
    expect(histogram.between(0, Infinity)).toBe(7);
    expect(histogram.between(2e9, Infinity)).toBe(2);
  });
});

describe('bins to be shown', () => {
  test('are eight to the octave, filled ones only, with open ends', () => {
    const octaves = new OctaveBins();
    for (const duration of [0, 5e5, 1.5e9, 1.5e9, 1e17]) octaves.add(duration);
    const { bins } = octaves;
    expect(bins.map(({ count }) => count)).toEqual([2, 2, 1]);
    expect(bins[0]!.from).toBe(0);
    expect(bins[2]!.to).toBe(Infinity);
    expect(bins[1]!.from).toBeLessThanOrEqual(1.5e9);
    expect(bins[1]!.to).toBeGreaterThan(1.5e9);
    expect(bins[1]!.to / bins[1]!.from).toBeLessThan(1.13);
  });

  test('take over what a finer histogram holds', () => {
    const histogram = new DurationHistogram();
    const direct = new OctaveBins();
    const moved = new OctaveBins();
    for (let duration = 1e6; duration < 1e13; duration *= 1.03) {
      histogram.add(duration);
      direct.add(duration);
    }
    histogram.addTo(moved);
    expect(moved.bins).toEqual(direct.bins);
  });
});
