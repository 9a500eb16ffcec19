import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sequenceAdd, sequenceDifference, toUnsigned } from './sequence-number.ts';

// The reference: whole numbers modulo 2^32.
const MODULUS = 1n << 32n;
const HALF = 1n << 31n;
const unsigned = (value: bigint) => ((value % MODULUS) + MODULUS) % MODULUS;
/** The number of the same class in [-2^31, 2^31). */
const signed = (value: bigint) => unsigned(value + HALF) - HALF;

/** Any sequence number; those around the wrap and around the change of sign often. */
const sequenceNumber = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.integer({ min: -3000, max: 3000 }),
  fc.integer({ min: 0, max: 3000 }).map((offset) => (2 ** 31 - 1500 + offset) | 0),
);

describe('sequence arithmetic is that of whole numbers modulo 2^32', () => {
  test('sequenceDifference', () => {
    fc.assert(
      fc.property(sequenceNumber, sequenceNumber, (a, b) => {
        expect(BigInt(sequenceDifference(a, b))).toBe(signed(BigInt(a) - BigInt(b)));
      }),
    );
  });

  test('sequenceAdd', () => {
    fc.assert(
      fc.property(sequenceNumber, fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }), (a, count) => {
        expect(BigInt(sequenceAdd(a, count))).toBe(signed(BigInt(a) + BigInt(count)));
      }),
    );
  });

  test('what was added is the difference', () => {
    fc.assert(
      fc.property(sequenceNumber, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (a, count) => {
        expect(sequenceDifference(sequenceAdd(a, count), a)).toBe(count);
      }),
    );
  });

  test('toUnsigned', () => {
    fc.assert(
      fc.property(sequenceNumber, (a) => {
        expect(BigInt(toUnsigned(a))).toBe(unsigned(BigInt(a)));
      }),
    );
  });
});

test('over the wrap', () => {
  const last = 0xffffffff | 0;
  expect(sequenceAdd(last, 1)).toBe(0);
  expect(sequenceDifference(0, last)).toBe(1);
  expect(sequenceDifference(last, 0)).toBe(-1);
  expect(toUnsigned(last)).toBe(4_294_967_295);
});
