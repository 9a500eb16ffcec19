// Looks whether the segment is the copy of one before it, as src/tcp/duplicates.ts does and in the same memory. A copy is not
// taken: what becomes of it is decided there.
import * as watch from '../src/tcp/watch-layout.ts';
import { double, setDouble, setWord, word } from './memory';
import * as segment from './segment';

/** The place of that memory; 0: nobody watches. */
let memory: i32 = 0;
/** The latest segment's hash, and the place of its slot; 0: it has none. */
let hash: i32 = 0;
let slot: i32 = 0;

export function setWatch(place: i32): void {
  memory = place;
}

export function isWatching(): bool {
  return memory !== 0 && word(memory, watch.TO_WATCH) > 0;
}

/** Changes nothing. */
export function isCopy(): bool {
  const hasId = segment.ipId > 0;
  slot = 0;
  if (!hasId && segment.payloadEnd - segment.payloadStart <= 1) return false;
  hash = hashOf();
  slot = memory + watch.FIRST_SLOT + (hash & (watch.SLOTS - 1)) * watch.SLOT_STRIDE;
  return (
    word(slot, watch.HASH) === hash &&
    word(slot, watch.SEQUENCE) === segment.sequence &&
    word(slot, watch.ACKNOWLEDGEMENT) === segment.acknowledgement &&
    abs<f64>(segment.time - double(slot, watch.TIME)) <= <f64>(hasId ? watch.NEAR : watch.NEAR_WITHOUT_ID)
  );
}

/** The segment that `isCopy` looked at was taken. */
export function remember(): void {
  setWord(memory, watch.TO_WATCH, word(memory, watch.TO_WATCH) - 1);
  if (slot === 0) return;
  setWord(slot, watch.HASH, hash);
  setWord(slot, watch.SEQUENCE, segment.sequence);
  setWord(slot, watch.ACKNOWLEDGEMENT, segment.acknowledgement);
  setDouble(slot, watch.TIME, segment.time);
}

function hashOf(): i32 {
  const isIpv6 = segment.isIpv6;
  let bits = mixed(segment.ports >>> 16, segment.ports & 0xffff);
  bits = mixed(bits, isIpv6 ? segment.source0 ^ segment.source2 : segment.source0);
  bits = mixed(bits, isIpv6 ? segment.source1 ^ segment.source3 : 0);
  bits = mixed(bits, isIpv6 ? segment.destination0 ^ segment.destination2 : segment.destination0);
  bits = mixed(bits, isIpv6 ? segment.destination1 ^ segment.destination3 : 0);
  bits = mixed(bits, segment.sequence);
  bits = mixed(bits, segment.acknowledgement);
  bits = mixed(bits, (segment.flags << 16) | segment.window);
  bits = mixed(bits, (segment.checksum << 16) | (segment.ipId & 0xffff));
  return mixed(bits, segment.payloadEnd - segment.payloadStart);
}

function mixed(bits: i32, value: i32): i32 {
  const product = (bits ^ (value * 0xcc9e2d51)) * 0x1b873593;
  return product ^ (product >>> 15);
}
