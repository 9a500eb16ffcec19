import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SECOND, Timeline, toSeconds } from './timeline.ts';

function timelineAt(seconds: number): Timeline {
  const timeline = new Timeline();
  timeline.originOr(seconds);
  return timeline;
}

test('the first whole second is the origin, and stays it', () => {
  const timeline = new Timeline();
  expect(timeline.originOr(1_700_000_000)).toBe(1_700_000_000);
  expect(timeline.originOr(1_600_000_000)).toBe(1_700_000_000);
});

describe('toRfc3339', () => {
  test.each([
    [0, '2023-11-14T22:13:20.000000000Z'],
    [1, '2023-11-14T22:13:20.000000001Z'],
    [999_999_999, '2023-11-14T22:13:20.999999999Z'],
    [SECOND, '2023-11-14T22:13:21.000000000Z'],
    // A file merged in that begins before the first one.
    [-1, '2023-11-14T22:13:19.999999999Z'],
    [-SECOND, '2023-11-14T22:13:19.000000000Z'],
    // 104 days: the last of the nanoseconds that a double tells apart.
    [2 ** 53 - 1, '2024-02-27T04:13:19.254740991Z'],
  ])('%d ns', (time, text) => {
    expect(timelineAt(1_700_000_000).toRfc3339(time)).toBe(text);
  });

  test('a time that is not known, or that no calendar has, is none', () => {
    expect(timelineAt(0).toRfc3339(Number.NaN)).toBeNull();
    expect(timelineAt(1e300).toRfc3339(0)).toBeNull();
    // The last second with a year of four digits, and the next; and the same at the other end.
    expect(timelineAt(253_402_300_799).toRfc3339(0)).toBe('9999-12-31T23:59:59.000000000Z');
    expect(timelineAt(253_402_300_800).toRfc3339(0)).toBeNull();
    expect(timelineAt(-62_167_219_200).toRfc3339(0)).toBe('0000-01-01T00:00:00.000000000Z');
    expect(timelineAt(-62_167_219_201).toRfc3339(0)).toBeNull();
  });

  test('tells every nanosecond of 104 days', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }), (time) => {
        const text = timelineAt(1_700_000_000).toRfc3339(time)!;
        const whole = BigInt(Date.parse(`${text.slice(0, 19)}Z`) / 1000);
        expect((whole - 1_700_000_000n) * 1_000_000_000n + BigInt(text.slice(20, 29))).toBe(BigInt(time));
      }),
    );
  });
});

test('toSeconds', () => {
  expect(toSeconds(5_020_000_000)).toBe(5.02);
  expect(toSeconds(0.4)).toBe(0);
  expect(toSeconds(Number.NaN)).toBeNull();
  expect(toSeconds(Number.POSITIVE_INFINITY)).toBeNull();
});
