interface WithLatin1Slice {
  latin1Slice?(start: number, end: number): string;
}

/**
 * `buffer[start, end)` as latin1: one character a byte, so nothing is lost of what was on the wire. Node's own
 * `latin1Slice` takes half the time of `toString('latin1')` for short texts; it is not documented, so it may be absent.
 */
export function latin1(buffer: Buffer & WithLatin1Slice, start: number, end: number): string {
  return buffer.latin1Slice?.(start, end) ?? buffer.toString('latin1', start, end);
}
