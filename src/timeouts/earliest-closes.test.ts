import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlainMemory } from '../base/plain-memory.ts';
import { NO_CLOSE } from './count-layout.ts';
import { CLIENT_EXAMPLES, EarliestCloses } from './earliest-closes.ts';

const closeAt = (time: number, stream: number) => ({ duration: time + 1, stream, afterFrame: 2, closeFrame: 3, time });

/** A memory that tells how much of it was taken. */
class CountedMemory extends PlainMemory {
  taken = 0;

  override take(bytes: number): number {
    this.taken += bytes;
    return super.take(bytes);
  }
}

test('of each list the earliest are kept, of equal times those of the first connections', () => {
  const close = fc.record({ list: fc.nat(2), time: fc.nat(6), cleared: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(close, { minLength: 1, maxLength: 120 }), fc.integer({ min: 1 }), (all, seed) => {
      const closes = new EarliestCloses(new PlainMemory());
      const firsts = [NO_CLOSE, NO_CLOSE, NO_CLOSE];
      const expected: ReturnType<typeof closeAt>[][] = [[], [], []];
      all.forEach(({ list, time, cleared }, i) => {
        // Connections are not judged in the order of their numbers.
        const next = closeAt(time, Math.imul(i, seed | 1) >>> 1);
        firsts[list] = closes.keep(firsts[list]!, next);
        expected[list]!.push(next);
        if (cleared > 0) return;
        expect(closes.at(firsts[list]!)).toEqual(earliest(expected[list]!));
        closes.clear(firsts[list]!);
        firsts[list] = NO_CLOSE;
        expected[list] = [];
      });
      expect(firsts.map((first) => closes.at(first))).toEqual(expected.map(earliest));
    }),
    { numRuns: 500 },
  );
});

function earliest(closes: readonly ReturnType<typeof closeAt>[]) {
  return closes.toSorted((a, b) => a.time - b.time || a.stream - b.stream).slice(0, CLIENT_EXAMPLES);
}

test('what drops out of a list, and a list that is cleared, leave their room to others', () => {
  const memory = new CountedMemory();
  const closes = new EarliestCloses(memory);
  let first = closes.keep(NO_CLOSE, closeAt(1000, 1000));
  const { taken } = memory;
  for (let time = 999; time > 0; time--) first = closes.keep(first, closeAt(time, time));
  expect(closes.at(first).map(({ time }) => time)).toEqual([1, 2, 3, 4, 5]);
  for (let n = 0; n < 1000; n++) {
    expect(closes.at(first)).toHaveLength(CLIENT_EXAMPLES);
    closes.clear(first);
    first = NO_CLOSE;
    for (let time = 0; time < CLIENT_EXAMPLES; time++) first = closes.keep(first, closeAt(time, n));
  }
  expect(memory.taken).toBe(taken);
});
