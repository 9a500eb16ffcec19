import { expect, test } from 'vitest';
import { durationText } from './duration-text.ts';
import { SECOND } from './timeline.ts';

test.each([
  [5.02 * SECOND, '5.02 s'],
  [1 * SECOND, '1.00 s'],
  [60 * SECOND, '60.0 s'],
  [100 * SECOND, '100 s'],
  [3600 * SECOND, '3600 s'],
  [41e6, '41 ms'],
  [1.44e6, '1.4 ms'],
  [0.3e6, '0.3 ms'],
  [50e3, '50 µs'],
  [0, '0 µs'],
  [-0.96 * SECOND, '-960 ms'],
  [Number.NaN, 'an unknown time'],
  [Number.POSITIVE_INFINITY, 'an unknown time'],
])('%d ns: %s', (nanoseconds, text) => {
  expect(durationText(nanoseconds)).toBe(text);
});

// Each unit ends where its rounded text would look like the next one's.
test.each([
  [999.9e6, '1.00 s'],
  [9.999 * SECOND, '10.0 s'],
  [99.99 * SECOND, '100 s'],
  [9.99e6, '10 ms'],
  [99.9e3, '0.1 ms'],
])('%d ns, just below a unit: %s', (nanoseconds, text) => {
  expect(durationText(nanoseconds)).toBe(text);
});
