// RECOGNISES segments that the capture holds twice: captured on several interfaces of one machine (`-i any`), or mirrored
// from several ports of a switch, with and without a VLAN tag. Who sends again sends a new packet: it has another IP
// identification, and soon another timestamp and so another checksum. What is the same in all of this, and within a few
// milliseconds, is the same packet; nothing is lost when its second copy is passed over.
//
// Looking costs something for every segment, and captures are doubled as a whole or not at all. So the beginning of a
// capture is looked at, and some segments every now and then; as long as copies are found, all of them.
import type { Segment } from '../wire/segment.ts';

/** Copies lie so near each other (ns). Nobody retransmits as fast. */
const NEAR = 5e6;
/** The same without an IP identification (IPv6, and hosts that always have 0), where only payload tells copies apart
 * from what was sent again: bare acknowledgements and resets come several times in all innocence. */
const NEAR_WITHOUT_ID = 1e6;

/** Segments to look at: at the beginning and after each copy that was found; and every now and then. */
const LONG_WATCH = 4096;
const SHORT_WATCH = 256;

/** Latest segments that are remembered: a power of two, more than lie between two copies. */
const SLOTS = 4096;

const CHECKSUM = 16;

export class Duplicates {
  /** Segments are to be shown to `isCopy`. */
  watching = true;
  private toWatch = LONG_WATCH;

  private readonly hashes = new Int32Array(SLOTS);
  private readonly sequences = new Int32Array(SLOTS);
  private readonly acknowledgements = new Int32Array(SLOTS);
  private readonly times = new Float64Array(SLOTS).fill(NaN);

  /** Called now and then, at segments that every reader of the capture counts alike. */
  lookAgain(): void {
    this.toWatch = Math.max(this.toWatch, SHORT_WATCH);
    this.watching = true;
  }

  /** Is the segment a copy of one that was shown before? */
  isCopy(segment: Segment): boolean {
    const { time } = segment;
    if (--this.toWatch <= 0) this.watching = false;
    const hasId = segment.ipId > 0;
    if (!hasId && segment.payloadLength <= 1) return false;
    const hash = hashOf(segment);
    const slot = hash & (SLOTS - 1);
    if (
      this.hashes[slot] === hash &&
      this.sequences[slot] === segment.sequence &&
      this.acknowledgements[slot] === segment.acknowledgement &&
      Math.abs(time - this.times[slot]!) <= (hasId ? NEAR : NEAR_WITHOUT_ID)
    ) {
      this.toWatch = LONG_WATCH;
      this.watching = true;
      return true;
    }
    this.hashes[slot] = hash;
    this.sequences[slot] = segment.sequence;
    this.acknowledgements[slot] = segment.acknowledgement;
    this.times[slot] = time;
    return false;
  }
}

/** Everything in which a copy equals its original. (The time to live may be lower: mirrored behind a router.) */
function hashOf(segment: Segment): number {
  let hash = mixed(segment.sourcePort, segment.destinationPort);
  hash = mixed(hash, segment.source0 ^ segment.source2);
  hash = mixed(hash, segment.source1 ^ segment.source3);
  hash = mixed(hash, segment.destination0 ^ segment.destination2);
  hash = mixed(hash, segment.destination1 ^ segment.destination3);
  hash = mixed(hash, segment.sequence);
  hash = mixed(hash, segment.acknowledgement);
  hash = mixed(hash, (segment.flags << 16) | segment.window);
  hash = mixed(hash, (segment.view.getUint16(segment.headerStart + CHECKSUM) << 16) | (segment.ipId & 0xffff));
  return mixed(hash, segment.payloadLength);
}

// MurmurHash3's constants.
function mixed(hash: number, word: number): number {
  const bits = Math.imul(hash ^ Math.imul(word, 0xcc9e2d51), 0x1b873593);
  return bits ^ (bits >>> 15);
}
