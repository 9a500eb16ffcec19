// Sequence arithmetic modulo 2^32 (RFC 9293 3.4), all of it, here only. Sequence numbers are kept as signed 32-bit
// integers: the difference of two is then one subtraction and `| 0`, and the engine keeps them unboxed.

/** How far `a` lies behind `b`: positive when `a` comes after `b` in sequence space. */
export function sequenceDifference(a: number, b: number): number {
  return (a - b) | 0;
}

/** `sequence` moved on by `count` bytes. */
export function sequenceAdd(sequence: number, count: number): number {
  return (sequence + count) | 0;
}

/** The number as it stands on the wire, for people: 0 to 2^32 - 1. */
export function toUnsigned(sequence: number): number {
  return sequence >>> 0;
}
