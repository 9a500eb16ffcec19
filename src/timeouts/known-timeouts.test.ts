import { expect, test } from 'vitest';
import { KNOWN_TIMEOUTS } from './known-timeouts.ts';

test('every entry names its product, its setting and its source', () => {
  expect(KNOWN_TIMEOUTS.length).toBeGreaterThan(100);
  for (const { product, knob, source, seconds } of KNOWN_TIMEOUTS) {
    for (const words of [product, knob, source]) expect(words.trim(), product).not.toBe('');
    if (seconds !== null) expect(seconds, product).toBeGreaterThanOrEqual(0);
  }
});

test('no entry stands twice', () => {
  const keys = KNOWN_TIMEOUTS.map(({ product, side, kind, knob, seconds }) =>
    [product, side, kind, knob, seconds].join(),
  );
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});
