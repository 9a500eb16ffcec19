// Where very many connections are open, most of what a frame needs is in none of the processor's near caches, and the time
// goes by with waiting for it: for the table's slot, then for the row, then for the row of its exchange. Here all of that is
// touched for several frames that are to come, so that the waiting for one of them is that for all.
import * as row from '../src/http/quiet-layout.ts';
import { OPEN, PARTITIONS, ROW } from '../src/tcp/table-layout.ts';
import { hashOfSegment } from './hash';
import { word } from './memory';
import * as records from './records';
import * as segment from './segment';

/** Frames that are looked at, at once. */
const AHEAD: i32 = 16;
/** As many words, at this address (see kernel.ts). */
const NOTES: i32 = 64;
/** With fewer connections, what they need stays in the cache. */
const MANY: i32 = 4096;
/** Words of a line of the cache. */
const LINE: i32 = 16;

/** Is it worth while? `counters`: address of the connection table's. */
export function isWorthwhile(counters: i32): bool {
  let open = 0;
  for (let i = 0; i < PARTITIONS; i++) open += load<i32>(counters + ((OPEN + i) << 2));
  return open >= MANY;
}

/**
 * Touches what the frames of the records from `record` on need, and returns of how many frames that was, at least 1. `slots`
 * and `mask` are the connection table's. Nothing is decided here: a slot may be another connection's.
 */
export function lookAhead(record: i32, limit: i32, slots: i32, mask: i32): i32 {
  let count = 0;
  for (let at = record; count < AHEAD && records.readRecord(at, limit); at = records.nextRecord) {
    const hasTuple = segment.readTuple(records.packet, records.packetEnd);
    store<i32>(NOTES + (count << 2), hasTuple ? slots + ((hashOfSegment() & mask) << 3) : 0);
    count++;
  }
  for (let note = NOTES; note < NOTES + (count << 2); note += 4) {
    const slot = load<i32>(note);
    store<i32>(note, slot === 0 ? 0 : load<i32>(slot + 4));
  }
  let sum = 0;
  for (let note = NOTES; note < NOTES + (count << 2); note += 4) {
    const reference = load<i32>(note);
    let exchange = -1;
    if (reference >= ROW) {
      const place = reference - ROW;
      exchange = word(place, row.CURRENT);
      for (let line = LINE; line < row.CONNECTION_STRIDE; line += LINE) sum += word(place, line);
    }
    store<i32>(note, exchange);
  }
  for (let note = NOTES; note < NOTES + (count << 2); note += 4) {
    const exchange = load<i32>(note);
    if (exchange < 0) continue;
    for (let line = 0; line < row.EXCHANGE_STRIDE; line += LINE) sum += word(exchange, line);
  }
  // What is read must go somewhere: else a compiler may leave it out.
  store<i32>(NOTES, sum);
  return max<i32>(count, 1);
}
