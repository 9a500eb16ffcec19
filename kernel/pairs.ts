// Counts reuses for their clients and servers, as src/timeouts/pair-rows.ts does.
import * as count from '../src/timeouts/count-layout.ts';
import { BIN_SHIFT, BINS, DURATION, FIRST_BIN, LONGEST_KEPT, REUSE_STRIDE } from '../src/timeouts/count-layout.ts';
import { double, setDouble, setWord, word } from './memory';

/** `pair`: the place of its row. Returns false when the reuse is not counted: the program is to look at it. */
export function countReuse(pair: i32, duration: f64, stream: i32, afterFrame: i32, frame: i32, time: f64): bool {
  const server = word(pair, count.SERVER);
  const histogram = word(server, count.HISTOGRAM);
  if (histogram < 0 || duration > double(server, count.COUNTED_FOR_SERVER)) return false;
  if (duration > double(pair, count.COUNTED_FOR_CLIENT)) {
    let longest = word(pair, count.LONGEST);
    if (longest < 0) {
      longest = word(0, count.SPARE_ROOM);
      if (longest === 0) return false;
      setWord(0, count.SPARE_ROOM, word(longest, count.NEXT_ROOM));
      setWord(pair, count.LONGEST, longest);
    }
    const last = longest + (LONGEST_KEPT - 1) * REUSE_STRIDE;
    const place = makeRoom(longest, last, duration);
    setDouble(place, DURATION, duration);
    setDouble(place, count.REUSE_TIME, time);
    setDouble(place, count.REUSE_STREAM, <f64>stream);
    setDouble(place, count.AFTER_FRAME, <f64>afterFrame);
    setDouble(place, count.REUSE_FRAME, <f64>frame);
    setDouble(pair, count.COUNTED_FOR_CLIENT, double(last, DURATION));
  }
  setWord(pair, count.REUSES, word(pair, count.REUSES) + 1);
  const bin = <i32>(reinterpret<u64>(duration) >>> (32 + BIN_SHIFT)) - FIRST_BIN;
  const at = histogram + max<i32>(0, min<i32>(bin, BINS - 1));
  setWord(at, 0, word(at, 0) + 1);
  return true;
}

/** Drops the last of the longest reuses, and returns the place of one that lasted so long. */
function makeRoom(longest: i32, last: i32, duration: f64): i32 {
  let place = last;
  while (place > longest && double(place - REUSE_STRIDE, DURATION) < duration) place -= REUSE_STRIDE;
  memory.copy((place + REUSE_STRIDE) << 2, place << 2, (last - place) << 2);
  return place;
}
