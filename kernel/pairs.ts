// Finds pairs of client and server, as src/timeouts/pair-index.ts does, and counts reuses for them, as pair-rows.ts beside that
// does.
import * as count from '../src/timeouts/count-layout.ts';
import {
  BIN_SHIFT,
  BINS,
  DURATION,
  FIRST_BIN,
  LONGEST_KEPT,
  REUSE_STRIDE,
  SERVER_LONGEST_KEPT,
} from '../src/timeouts/count-layout.ts';
import { hashPair } from './hash';
import { double, setDouble, setWord, word } from './memory';
import { needRooms } from './observer';
import * as segment from './segment';

/** The place of the index; 0: somebody else knows the pairs. */
let index: i32 = 0;

export function setPairs(place: i32): void {
  index = place;
}

/** The place of the row of the segment's client, which sent it, and server; 0: the program is to be asked for it. */
export function pairOfSegment(): i32 {
  if (index === 0 || segment.isIpv6) return 0;
  const port = segment.ports & 0xffff;
  const entries = word(index, count.ENTRIES);
  const end = entries + (word(index, count.MASK) + 1) * count.ENTRY_STRIDE;
  let at = firstEntry();
  while (word(at, count.ENTRY_PORT) !== 0) {
    if (
      word(at, count.ENTRY_PORT) === port + 1 &&
      word(at, count.ENTRY_CLIENT) === segment.source0 &&
      word(at, count.ENTRY_SERVER) === segment.destination0
    ) {
      return word(at, count.ENTRY_ROW);
    }
    at += count.ENTRY_STRIDE;
    if (at === end) at = entries;
  }
  return 0;
}

/** The place of the entry at which that search begins; 0: there is nothing to search. */
export function firstEntry(): i32 {
  if (index === 0) return 0;
  const hash = hashPair(hashPair(segment.source0, segment.destination0), segment.ports & 0xffff);
  return word(index, count.ENTRIES) + (hash & word(index, count.MASK)) * count.ENTRY_STRIDE;
}

/** `pair`: the place of its row. Returns false when the reuse is not counted: the program is to look at it. */
export function countReuse(pair: i32, duration: f64, stream: i32, afterFrame: i32, frame: i32, time: f64): bool {
  const server = word(pair, count.SERVER);
  const histogram = word(server, count.HISTOGRAM);
  if (histogram < 0) return false;
  if (duration > double(pair, count.COUNTED_FOR_CLIENT)) {
    let longest = word(pair, count.LONGEST);
    if (longest < 0) {
      if (word(0, count.SPARE_ROOM) === 0) needRooms();
      longest = word(0, count.SPARE_ROOM);
      setWord(0, count.SPARE_ROOM, word(longest, count.NEXT_ROOM));
      setWord(pair, count.LONGEST, longest);
    }
    const shortest = keepReuse(longest, LONGEST_KEPT, duration, stream, afterFrame, frame, time);
    setDouble(pair, count.COUNTED_FOR_CLIENT, shortest);
  }
  if (duration > double(server, count.COUNTED_FOR_SERVER)) {
    const longest = histogram + BINS;
    const shortest = keepReuse(longest, SERVER_LONGEST_KEPT, duration, stream, afterFrame, frame, time);
    setDouble(server, count.COUNTED_FOR_SERVER, shortest);
  }
  setWord(pair, count.REUSES, word(pair, count.REUSES) + 1);
  const bin = <i32>(reinterpret<u64>(duration) >>> (32 + BIN_SHIFT)) - FIRST_BIN;
  const at = histogram + max<i32>(0, min<i32>(bin, BINS - 1));
  setWord(at, 0, word(at, 0) + 1);
  return true;
}

/** Puts a reuse into a list of `kept` in falling order, and returns how long the shortest one is then. */
function keepReuse(list: i32, kept: i32, duration: f64, stream: i32, afterFrame: i32, frame: i32, time: f64): f64 {
  const last = list + (kept - 1) * REUSE_STRIDE;
  let place = last;
  while (place > list && double(place - REUSE_STRIDE, DURATION) < duration) place -= REUSE_STRIDE;
  memory.copy((place + REUSE_STRIDE) << 2, place << 2, (last - place) << 2);
  setDouble(place, DURATION, duration);
  setDouble(place, count.REUSE_TIME, time);
  setDouble(place, count.REUSE_STREAM, <f64>stream);
  setDouble(place, count.AFTER_FRAME, <f64>afterFrame);
  setDouble(place, count.REUSE_FRAME, <f64>frame);
  return double(last, DURATION);
}
