/**
 * Index of the first line feed in `view[from, to)`, or -1. Four bytes a step: a byte that is 0 after the XOR is found
 * by the usual carry trick (Hacker's Delight, 6-1), and its place by counting zeros. `Buffer.indexOf` has no end bound
 * and would run on to the end of the whole read buffer where a payload has no line feed.
 */
export function indexOfLineFeed(view: DataView, from: number, to: number): number {
  let at = from;
  for (const last = to - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true) ^ 0x0a0a0a0a;
    const zero = (word - 0x01010101) & ~word & 0x80808080;
    if (zero !== 0) return at + ((31 - Math.clz32(zero & -zero)) >>> 3);
  }
  for (; at < to; at++) if (view.getUint8(at) === 0x0a) return at;
  return -1;
}
