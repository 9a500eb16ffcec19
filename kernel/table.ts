// The connection table's slots, counters and tombstones, as src/tcp/connection-table.ts has them.
import * as row from '../src/http/quiet-layout.ts';
import { NEARLY_NOTHING, OPEN, ROW, USED } from '../src/tcp/table-layout.ts';
import { partitionOf } from './hash';
import { word } from './memory';

/** Address of the slots, of [hash, reference], and their mask. */
export let slots: i32 = 0;
export let mask: i32 = 0;
/** Address of its counters. */
export let counters: i32 = 0;
// Of tombstones: addresses of the second hashes of their 4-tuples, of their hashes and streams, of where their bytes ended
// (src/tcp/ends.ts); of how many were made in each partition; and how many each may have.
let checks: i32 = 0;
let hashes: i32 = 0;
let streams: i32 = 0;
let ends: i32 = 0;
let made: i32 = 0;
let most: i32 = 0;

export function setSlots(address: i32, slotMask: i32): void {
  slots = address;
  mask = slotMask;
}

export function setCounters(address: i32): void {
  counters = address;
}

export function setTombstones(
  checksAddress: i32,
  hashesAddress: i32,
  streamsAddress: i32,
  endsAddress: i32,
  madeAddress: i32,
  mostOfPartition: i32,
): void {
  checks = checksAddress;
  hashes = hashesAddress;
  streams = streamsAddress;
  ends = endsAddress;
  made = madeAddress;
  most = mostOfPartition;
}

export function checkOfTombstone(reference: i32): i32 {
  return load<i32>(checks + ((-1 - reference) << 2));
}

export function add(counter: i32, count: i32): void {
  const address = counters + (counter << 2);
  store<i32>(address, load<i32>(address) + count);
}

/** A tombstone takes the place of the row, whose 4-tuple has this second hash. */
export function bury(place: i32, check: i32): void {
  const hash = word(place, row.HASH);
  const partition = partitionOf(hash);
  const count = load<i32>(made + (partition << 2));
  const tombstone = partition * most + (count % most);
  if (count >= most) {
    const old = slotOf(load<i32>(hashes + (tombstone << 2)), -1 - tombstone);
    if (old !== 0) removeSlot(old);
  }
  store<i32>(made + (partition << 2), count + 1);
  store<i32>(hashes + (tombstone << 2), hash);
  store<i32>(checks + (tombstone << 2), check);
  store<i32>(streams + (tombstone << 2), word(place, row.STREAM));
  const halves = (word(place, row.CLIENT_NEXT) & ~0xffff) | (word(place, row.SERVER_NEXT) >>> 16);
  store<i32>(ends + (tombstone << 2), halves === 0 ? NEARLY_NOTHING : halves);
  store<i32>(slotOf(hash, ROW + place) + 4, -1 - tombstone);
  add(OPEN + partition, -1);
}

/** Address of the slot with this reference; 0: there is none. */
function slotOf(hash: i32, wanted: i32): i32 {
  let slot = slots + ((hash & mask) << 3);
  let reference = load<i32>(slot + 4);
  while (reference !== wanted) {
    if (reference === 0) return 0;
    slot = nextTo(slot);
    reference = load<i32>(slot + 4);
  }
  return slot;
}

function nextTo(slot: i32): i32 {
  return slots + distance(slots, slot + 8);
}

/** Bytes from one slot forward to another one. */
function distance(from: i32, to: i32): i32 {
  return (to - from) & ((mask << 3) | 7);
}

/** Removes an entry and moves those behind it that would no longer be found. */
function removeSlot(slot: i32): void {
  let hole = slot;
  for (let probe = nextTo(slot); load<i32>(probe + 4) !== 0; probe = nextTo(probe)) {
    const home = slots + ((load<i32>(probe) & mask) << 3);
    if (distance(home, probe) < distance(hole, probe)) continue;
    store<i64>(hole, load<i64>(probe));
    hole = probe;
  }
  store<i32>(hole + 4, 0);
  add(USED, -1);
}
