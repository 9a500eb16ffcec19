import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexOfLineFeed } from './scan.ts';

function naive(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) if (bytes[at] === 0x0a) return at;
  return -1;
}

/** Bytes that the carry trick may confuse with a line feed, often. */
const byte = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 255 }) },
  { weight: 1, arbitrary: fc.constantFrom(0x0a, 0x0b, 0x09, 0x8a, 0x8b, 0x00, 0xff, 0x0d) },
);
const bytesArbitrary = fc.array(byte, { maxLength: 40 }).map((bytes) => Uint8Array.from(bytes));

test('finds what a naive loop finds, from every index to every index', () => {
  fc.assert(
    fc.property(bytesArbitrary, fc.integer({ min: 0, max: 7 }), (bytes, misalignment) => {
      const memory = new Uint8Array(misalignment + bytes.length + 8).fill(0x0a);
      memory.set(bytes, misalignment);
      const view = new DataView(memory.buffer, misalignment, bytes.length);
      for (let from = 0; from <= bytes.length; from++) {
        for (let to = from; to <= bytes.length; to++) {
          if (indexOfLineFeed(view, from, to) !== naive(bytes, from, to)) {
            expect.fail(`from ${from} to ${to}: ${indexOfLineFeed(view, from, to)}, not ${naive(bytes, from, to)}`);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a line feed at every place of every length, among bytes that differ from it by one bit', () => {
  for (let bit = 0; bit < 8; bit++) {
    for (let length = 1; length <= 17; length++) {
      for (let place = 0; place < length; place++) {
        const bytes = new Uint8Array(length).fill(0x0a ^ (1 << bit));
        bytes[place] = 0x0a;
        expect(indexOfLineFeed(new DataView(bytes.buffer), 0, length)).toBe(place);
      }
    }
  }
});

test('does not look behind the end', () => {
  const bytes = Uint8Array.from([1, 2, 3, 4, 5, 0x0a, 0x0a, 0x0a]);
  expect(indexOfLineFeed(new DataView(bytes.buffer), 0, 5)).toBe(-1);
  expect(indexOfLineFeed(new DataView(bytes.buffer), 5, 5)).toBe(-1);
});
