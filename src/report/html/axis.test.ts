import { describe, expect, test } from 'vitest';
import { linearAxis, logarithmicAxis } from './axis.ts';

const labels = ({ ticks }: ReturnType<typeof linearAxis>) => ticks.map(({ label }) => label);

describe('a linear axis', () => {
  test('has marks at round values', () => {
    expect(labels(linearAxis(0, 5.4e9, 0, 100))).toEqual(['0', '1 s', '2 s', '3 s', '4 s', '5 s']);
    expect(labels(linearAxis(0, 660e6, 0, 100, 8))).toEqual([
      '0',
      '100 ms',
      '200 ms',
      '300 ms',
      '400 ms',
      '500 ms',
      '600 ms',
    ]);
  });

  test('places values, those outside on its border', () => {
    const axis = linearAxis(0, 10e9, 100, 200);
    expect([0, 5e9, 10e9, 20e9, -1].map(axis.at)).toEqual([100, 150, 200, 200, 100]);
  });

  test('of no length does not break', () => {
    expect(linearAxis(3, 3, 0, 100).at(3)).toBe(0);
  });
});

test('a logarithmic axis has as many marks as there is room for', () => {
  expect(labels(logarithmicAxis(0.8e6, 90e6, 0, 100))).toEqual(['1 ms', '3 ms', '10 ms', '30 ms']);
  expect(labels(logarithmicAxis(1e6, 6e11, 0, 100))).toEqual(['1 ms', '10 ms', '100 ms', '1 s', '10 s', '100 s']);
  const axis = logarithmicAxis(1e6, 1e10, 0, 100);
  expect([0, 1e6, 1e8, 1e10].map(axis.at)).toEqual([0, 0, 50, 100]);
});
