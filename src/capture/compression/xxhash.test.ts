import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xxh32, Xxh64 } from './xxhash.ts';

const text = (length: number) => Buffer.from(Array.from({ length }, (_, index) => (index * 31 + 7) & 0xff));

// Every length around a stripe, a word and a byte; the sums are those of the system's xxhsum on the same bytes.
const sums: readonly (readonly [length: number, xxh32: string, xxh64: string])[] = [
  [0, '02cc5d05', 'ef46db3751d8e999'],
  [1, '002e0d32', 'a96c7f0ce858bbb7'],
  [3, 'aca17380', '56e6957632a487f9'],
  [4, '073faa82', 'c60d15b1e3ff8f04'],
  [5, '16ac9537', '808815858624dd4e'],
  [8, 'b9893c6c', '3da5c7aa269683e0'],
  [15, '9f29f87b', 'ae2a37eb9357caa7'],
  [16, '3f6c9665', 'a19ad429b02bc413'],
  [17, 'e048ecdb', 'fe9f0feb7eeedc09'],
  [31, '00f1525c', '4a74f3a1a39ad4a1'],
  [32, 'ee42e668', '8d57d6a4671cc43d'],
  [33, '770b5126', '62c9fd21ed857664'],
  [63, '471925bb', '5c320a0d2707057f'],
  [64, 'f2a797fa', '7bbabbc45729d17e'],
  [65, '832b0571', 'f3980c34bae65dc1'],
  [100, '75936eb8', 'efa0ad2d3e70c151'],
  [1000, 'a793e7c7', '99594f4828043d35'],
];

describe.each(sums)('%i bytes', (length, xxh32, xxh64) => {
  it('as a whole', () => {
    expect(new Xxh32().update(text(length)).digest().toString(16).padStart(8, '0')).toBe(xxh32);
    expect(new Xxh64().update(text(length)).digest().toString(16).padStart(16, '0')).toBe(xxh64);
  });
});

it('does not depend on the pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 8 }), (pieces) => {
      const whole = Buffer.concat(pieces);
      const [small, large] = [new Xxh32(), new Xxh64()];
      for (const piece of pieces) {
        small.update(piece);
        large.update(piece);
      }
      expect(small.digest()).toBe(new Xxh32().update(whole).digest());
      expect(large.digest()).toBe(new Xxh64().update(whole).digest());
    }),
  );
});
