import { describe, expect, test } from 'vitest';
import { aligned } from './layout.ts';
import { increments, inTurns, median, quantile, ratios, spreadOf, spreadText } from './statistics.ts';

test('median and quartiles', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
  expect(quantile([7], 0.75)).toBe(7);
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
  expect(spreadText({ median: 1.26, low: 1, high: 2 }, 1)).toBe('1.3 (1.0 to 2.0)');
});

test('what a stage adds is told within each round: a slow round slows both of its stages', () => {
  const quiet = increments([
    [10, 20],
    [15, 26],
    [40, 52],
  ]);
  expect(quiet).toEqual([
    [10, 20],
    [5, 6],
    [25, 26],
  ]);
});

test('ratios are taken within each round, too', () => {
  expect(ratios([1, 2, 4], [2, 4, 4])).toEqual([2, 2, 1]);
});

test('who goes first takes turns', () => {
  expect([0, 1, 2].map((round) => inTurns(['a', 'b'], round).join(''))).toEqual(['ab', 'ba', 'ab']);
});

describe('columns', () => {
  test('the first stands to the left, the others to the right', () => {
    const rows = [
      ['set', 'MB'],
      ['a', '1000'],
    ];
    expect(aligned(rows)).toBe('set    MB\na    1000');
  });
});
