// Where very many connections are open, most of what a frame needs is in none of the processor's near caches, and the time
// goes by with waiting for it: for the table's slot, then for the row, then for the row of its exchange. Here all of that is
// touched for several frames that are to come, so that the waiting for one of them is that for all.
import * as row from '../src/http/quiet-layout.ts';
import { OPEN, PARTITIONS, ROW } from '../src/tcp/table-layout.ts';
import { hashOfSegment } from './hash';
import { word } from './memory';
import { firstEntry } from './pairs';
import * as records from './records';
import * as segment from './segment';

/** Frames that are looked at, at once. */
const AHEAD: i32 = 16;
/** So many notes, at this address (see kernel.ts). Each is four words. */
const NOTES: i32 = 192;
const NOTE_SHIFT: i32 = 4;
/** Address of the slot of the frame's connection; then what that holds; then the place of its exchange. */
const FOUND: i32 = 0;
/** The hash of its 4-tuple. */
const HASH: i32 = 4;
/** Place at which the search for its pair begins; then that of the pair's row. 0: none. */
const PAIR: i32 = 8;
/** What it brings: see segment.ts. */
const BRINGS: i32 = 12;
/** Place of what stands for a row where there is none: there are only zeros, as many as a row has words (see kernel.ts). */
const NO_ROW: i32 = 112;
/** With fewer connections, what they need stays in the cache. */
const MANY: i32 = 4096;
/** Words of a line of the cache. */
const LINE: i32 = 16;

export function beginAhead(): void {
  memory.fill(NO_ROW << 2, 0, row.CONNECTION_STRIDE << 2);
}

/** Is it worth while? `counters`: address of the connection table's. */
export function isWorthwhile(counters: i32): bool {
  let open = 0;
  for (let i = 0; i < PARTITIONS; i++) open += load<i32>(counters + ((OPEN + i) << 2));
  return open >= MANY;
}

/** The hash of the frame that is `nth` of those that were looked at last; 0: it is not known. */
export function hashOf(nth: i32): i32 {
  return load<i32>(NOTES + (nth << NOTE_SHIFT) + HASH);
}

/**
 * Touches what the frames of the records from `record` on need, and returns of how many frames that was, at least 1. `slots`
 * and `mask` are the connection table's. Nothing is decided here: a slot may be another connection's.
 */
export function lookAhead(record: i32, limit: i32, slots: i32, mask: i32): i32 {
  let end = NOTES;
  for (let at = record; end < NOTES + (AHEAD << NOTE_SHIFT) && records.readRecord(at, limit); at = records.nextRecord) {
    const brings = segment.readOutline(records.packet, records.packetEnd);
    const hash = brings === segment.NOTHING ? 0 : hashOfSegment();
    store<i32>(end, slots + ((hash & mask) << 3), FOUND);
    store<i32>(end, hash, HASH);
    store<i32>(end, brings === segment.OPENING ? firstEntry() : 0, PAIR);
    store<i32>(end, brings, BRINGS);
    end += 1 << NOTE_SHIFT;
  }
  let sum = 0;
  for (let note = NOTES; note < end; note += 1 << NOTE_SHIFT) {
    store<i32>(note, load<i32>(load<i32>(note, FOUND), 4), FOUND);
    sum += word(load<i32>(note, PAIR), 0);
  }
  // No branch waits for what is not there yet. What stands at place 0 may be read, too.
  for (let note = NOTES; note < end; note += 1 << NOTE_SHIFT) {
    const reference = load<i32>(note, FOUND);
    const place = select<i32>(reference - ROW, NO_ROW, reference >= ROW);
    store<i32>(note, word(place, row.CURRENT), FOUND);
    sum += word(place, LINE) + word(place, 2 * LINE);
    const brings = load<i32>(note, BRINGS);
    if (brings === segment.END) sum += word(place, 3 * LINE);
    store<i32>(note, word(place, row.PAIR_COUNTS), PAIR);
  }
  for (let note = NOTES; note < end; note += 1 << NOTE_SHIFT) {
    const current = load<i32>(note, FOUND);
    const exchange = current & ~(current >> 31);
    sum += word(exchange, row.REQUEST) + word(exchange, row.RESPONSE);
    const brings = load<i32>(note, BRINGS);
    if (brings <= segment.ACKNOWLEDGEMENT) continue;
    const pair = load<i32>(note, PAIR);
    sum += word(pair, 0) + word(exchange, 2 * LINE);
    if (brings === segment.END) sum += word(pair, LINE);
  }
  // What is read must go somewhere: else a compiler may leave it out.
  store<i32>(NOTES, sum, BRINGS);
  return max<i32>((end - NOTES) >> NOTE_SHIFT, 1);
}
