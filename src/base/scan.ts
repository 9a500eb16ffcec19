/**
 * Index of the first line feed in `view[from, to)`, or -1. Four bytes a step: a byte that is 0 after the XOR is found
 * by the usual carry trick (Hacker's Delight, 6-1), and its place by counting zeros. `Buffer.indexOf` has no end bound
 * and would run on to the end of the whole read buffer where a payload has no line feed. `| 0` keeps V8 from carrying
 * the indices as tagged numbers through the loop, which costs a third of it.
 */
export function indexOfLineFeed(view: DataView, from: number, to: number): number {
  let at = from | 0;
  const end = to | 0;
  for (const last = end - 4; at <= last; at = (at + 4) | 0) {
    const word = view.getInt32(at, true) ^ 0x0a0a0a0a;
    const zero = (word - 0x01010101) & ~word & 0x80808080;
    if (zero !== 0) return (at + ((31 - Math.clz32(zero & -zero)) >>> 3)) | 0;
  }
  for (; at < end; at = (at + 1) | 0) if (view.getUint8(at) === 0x0a) return at;
  return -1;
}
