// RECOGNISES segments that the capture holds twice: captured on several interfaces of one machine (`-i any`), or mirrored
// from several ports of a switch, with and without a VLAN tag. Who sends again sends a new packet: it has another IP
// identification, and soon another timestamp and so another checksum. What is the same in all of this, and within a few
// milliseconds, is the same packet; nothing is lost when its second copy is passed over.
//
// Looking costs something for every segment, and captures are doubled as a whole or not at all. So the beginning of a
// capture is looked at, and some segments every now and then; as long as copies are found, all of them.
//
// What is remembered lies where the kernel reads it (kernel/copies.ts), which looks at the frames that it takes, and takes
// no copy.
import { type Memory, PlainMemory } from '../base/plain-memory.ts';
import type { Segment } from '../wire/segment.ts';
import * as watch from './watch-layout.ts';

/** Segments to look at: at the beginning and after each copy that was found; and every now and then. */
const LONG_WATCH = 4096;
const SHORT_WATCH = 256;

const CHECKSUM = 16;

export class Duplicates {
  /** Where all of it begins: see watch-layout.ts. */
  readonly place: number;
  private readonly memory: Memory;

  constructor(memory: Memory = new PlainMemory()) {
    this.memory = memory;
    this.place = memory.take((watch.FIRST_SLOT + watch.SLOTS * watch.SLOT_STRIDE) * 4) >> 2;
    memory.doubles.fill(NaN, this.placeOf(0) >> 1, this.placeOf(watch.SLOTS) >> 1);
    this.toWatch = LONG_WATCH;
  }

  private placeOf(slot: number): number {
    return this.place + watch.FIRST_SLOT + slot * watch.SLOT_STRIDE;
  }

  private get toWatch(): number {
    return this.memory.words[this.place + watch.TO_WATCH]!;
  }

  private set toWatch(segments: number) {
    this.memory.words[this.place + watch.TO_WATCH] = segments;
  }

  /** Segments are to be shown to `isCopy`. */
  get watching(): boolean {
    return this.toWatch > 0;
  }

  /** Called now and then, at segments that every reader of the capture counts alike. */
  lookAgain(): void {
    this.toWatch = Math.max(this.toWatch, SHORT_WATCH);
  }

  /** Is the segment a copy of one that was shown before? */
  isCopy(segment: Segment): boolean {
    const { time } = segment;
    this.toWatch--;
    const hasId = segment.ipId > 0;
    if (!hasId && segment.payloadLength <= 1) return false;
    const hash = hashOf(segment);
    const at = this.placeOf(hash & (watch.SLOTS - 1));
    const { words, doubles } = this.memory;
    if (
      words[at + watch.HASH] === hash &&
      words[at + watch.SEQUENCE] === segment.sequence &&
      words[at + watch.ACKNOWLEDGEMENT] === segment.acknowledgement &&
      Math.abs(time - doubles[(at + watch.TIME) >> 1]!) <= (hasId ? watch.NEAR : watch.NEAR_WITHOUT_ID)
    ) {
      this.toWatch = LONG_WATCH;
      return true;
    }
    words[at + watch.HASH] = hash;
    words[at + watch.SEQUENCE] = segment.sequence;
    words[at + watch.ACKNOWLEDGEMENT] = segment.acknowledgement;
    doubles[(at + watch.TIME) >> 1] = time;
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
