// Where the bytes of a connection that is over ended, roughly: tells a late retransmission from bytes of another
// connection on the same 4-tuple, the SYN of which the capture lacks.
import { NEARLY_NOTHING } from './table-layout.ts';

/** In units of 65,536 bytes: 16 MiB, more than is on its way at once. By chance one segment in 64 lies as near to either end. */
const FAR = 256;

/** The upper halves of both directions' next numbers in a word, as the kernel has it too; never 0, which stands for unknown. */
export function endsOf(next: number, peerNext: number): number {
  return (next & ~0xffff) | (peerNext >>> 16) || NEARLY_NOTHING;
}

/** Does this sequence number, of either direction, lie far from where both of them ended? */
export function isFarFrom(sequence: number, ends: number): boolean {
  return ends !== 0 && isAway(sequence >>> 16, ends >>> 16) && isAway(sequence >>> 16, ends & 0xffff);
}

function isAway(a: number, b: number): boolean {
  const distance = (a - b) & 0xffff;
  return distance > FAR && distance < 0x10000 - FAR;
}
