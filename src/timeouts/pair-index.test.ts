import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PairIndex } from './pair-index.ts';

test('pairs are found by all three words, however many there are', () => {
  // Few different words, so that pairs differ in one of them only; and addresses with the highest bit set.
  const word = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(-1, -0x80000000, 0x7fffffff));
  const pair = fc.tuple(word, word, fc.constantFrom(0, 80, 65_535));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 1500 }), (pairs) => {
      const index = new PairIndex();
      const numbers = new Map<string, number>();
      for (const [client, server, port] of pairs) {
        const key = `${client} ${server} ${port}`;
        expect(index.rowOf(client, server, port)).toBe(numbers.get(key) ?? -1);
        if (numbers.has(key)) continue;
        numbers.set(key, numbers.size);
        index.add(client, server, port, numbers.size - 1);
      }
    }),
  );
});

test('it grows', () => {
  const index = new PairIndex();
  for (let number = 0; number < 20_000; number++) index.add(0x0a000000 + number, 1, 80, number);
  for (let number = 0; number < 20_000; number++) expect(index.rowOf(0x0a000000 + number, 1, 80)).toBe(number);
  expect(index.rowOf(0x0a000000 + 20_000, 1, 80)).toBe(-1);
});
