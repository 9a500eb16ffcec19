// The way of nearly all frames of nearly all captures, from the frame's bytes to the rows of quiet connections, compiled
// to WebAssembly: there an access to memory is one instruction of the processor, where a DataView's is a dozen. It takes
// a frame whole or not at all; the program around it reads every other one (src/analysis/read-connections.ts), and comes
// to the same, for it goes the same way.
import { NO_MORE, REFUSED, TO_BE_TOLD } from '../src/http/log-layout.ts';
import { LATE, LINGERING, OPEN, ROW, STREAMS, USED } from '../src/tcp/table-layout.ts';
import { beginAhead, hashOf, isWorthwhile, lookAhead } from './ahead';
import * as closed from './closed';
import { isCopy, isWatching, remember } from './copies';
import { beginCount } from './ended';
import { checkOfSegment, hashOfSegment, partitionOf } from './hash';
import * as lane from './lane';
import { tellOpened } from './log';
import * as records from './records';
import * as segment from './segment';
import * as table from './table';

export { setWatch } from './copies';
export { open, receive, setFreeExchanges, setFreeRows } from './lane';
export { setLog, setTellsOpened } from './log';
export { setNames } from './names';
export { setPairs } from './pairs';
export { setRecent } from './recent';
export { describeClock, describeRecords } from './records';
export { setAddresses, setLinkHeader, setSegment } from './segment';
export { setSlots, setTombstones } from './table';

// What a run leaves behind, at these addresses: where the next record begins; why it is over (src/http/log-layout.ts); the
// times of the frame that was taken last, and the latest of all. Behind them are the number of entries in the log (log.ts),
// room for a line (body.ts), for what is noted of frames to come and for no row (ahead.ts), and what ended.ts counts; as many bytes as
// linear-memory.ts says.
const NEXT_POSITION: i32 = 0;
const WHY: i32 = 4;
const LAST_TIME: i32 = 8;
const LATEST_TIME: i32 = 16;

/** Address of the reader's buffer. */
let buffer: i32 = 0;
/** Address of a byte for each partition of all connections: 0 for one that is another table's. 0: none is. */
let own: i32 = 0;
/** How many connections of a partition may be open. */
let maxOpen: i32 = 0;
/** Capture times outside of these are the table's business. */
let from: f64 = 0;
let to: f64 = 0;

export function setBuffer(address: i32): void {
  buffer = address;
}

export function setShare(address: i32): void {
  own = address;
}

/** `counters`: their address. How many connections of a partition may be open, and may stay when they are closed. */
export function setTable(counters: i32, maxOpenOfPartition: i32, maxLingeringOfPartition: i32): void {
  table.setCounters(counters);
  closed.setLingering(counters + (LINGERING << 2), maxLingeringOfPartition);
  beginCount();
  beginAhead();
  maxOpen = maxOpenOfPartition;
}

/** Frames whose time is in [from, to), or which have none, may be taken. */
export function setTimes(notBefore: f64, before: f64): void {
  from = notBefore;
  to = before;
}

/**
 * Takes frames from the plain records at [position, limit) of the buffer on, as long as they may be taken, but no more
 * than `most` of them. `frame` is the number of the first one. Returns how many it took.
 */
export function run(position: i32, limit: i32, frame: i32, most: i32): i32 {
  let record = buffer + position;
  const end = buffer + limit;
  let taken = 0;
  let why = NO_MORE;
  let latestTime: f64 = NaN;
  // Where it was looked ahead last, and up to where.
  const looksAhead = isWorthwhile(table.counters);
  let lookedAt = 0;
  let seen = looksAhead ? 0 : i32.MAX_VALUE;
  closed.beginRun();
  for (; taken < most; taken++) {
    if (closed.areTooMany) {
      why = TO_BE_TOLD;
      break;
    }
    if (taken === seen) {
      lookedAt = taken;
      seen += lookAhead(record, end, table.slots, table.mask);
    }
    if (!records.readRecord(record, end)) break;
    const time = records.time;
    const hash = looksAhead ? hashOf(taken - lookedAt) : 0;
    if (!takeFrame(records.packet, records.packetEnd, records.packetWireEnd, frame + taken, time, hash)) {
      why = REFUSED;
      break;
    }
    record = records.nextRecord;
    if (!(time < latestTime)) latestTime = time;
    store<f64>(LAST_TIME, time);
  }
  store<i32>(NEXT_POSITION, record - buffer);
  store<i32>(WHY, why);
  store<f64>(LATEST_TIME, latestTime);
  return taken;
}

/** Bytes [start, end) of the buffer are frame `frame`, which ended on the wire at `wireEnd`. Returns whether it is taken. */
export function take(start: i32, end: i32, wireEnd: i32, frame: i32, time: f64): bool {
  return takeFrame(buffer + start, buffer + end, buffer + wireEnd, frame, time, 0);
}

/** `hash`: of its 4-tuple; 0: not known yet. */
function takeFrame(start: i32, end: i32, wireEnd: i32, frame: i32, time: f64, hash: i32): bool {
  if (time >= to || time < from) return false;
  if (!segment.decode(start, end, wireEnd)) return false;
  segment.setFrame(frame, time);
  if (!isWatching()) return takeSegment(hash);
  if (isCopy() || !takeSegment(hash)) return false;
  remember();
  return true;
}

function takeSegment(knownHash: i32): bool {
  const hash = knownHash !== 0 ? knownHash : hashOfSegment();
  if (own !== 0 && load<u8>(own + partitionOf(hash)) === 0) return true;
  const slots = table.slots;
  const last = (table.mask << 1) | 1;
  let slot = (hash << 1) & last;
  let reference = load<i32>(slots + (slot << 2) + 4);
  while (reference !== 0 && load<i32>(slots + (slot << 2)) !== hash) {
    slot = (slot + 2) & last;
    reference = load<i32>(slots + (slot << 2) + 4);
  }
  if (reference === 0) return opens(hash, slots + (slot << 2));
  // A tombstone.
  if (reference < 0) return table.checkOfTombstone(reference) === checkOfSegment() && isLate();
  if (reference < ROW) return false;
  const place = reference - ROW;
  const direction = lane.directionOf(place);
  if (direction === 0) return false;
  return lane.hasEnded(place) ? isLate() : lane.receive(place, direction > 0);
}

/** A connection begins in the empty slot, as the table would begin it. */
function opens(hash: i32, slot: i32): bool {
  const counters = table.counters;
  const open = OPEN + partitionOf(hash);
  if (load<i32>(counters + (open << 2)) >= maxOpen) return false;
  if (load<i32>(counters + (USED << 2)) * 4 > table.mask * 3) return false;
  const stream = load<i32>(counters + (STREAMS << 2));
  const place = lane.open(stream, hash);
  if (place < 0) return false;
  store<i32>(slot, hash);
  store<i32>(slot + 4, ROW + place);
  table.add(open, 1);
  table.add(USED, 1);
  table.add(STREAMS, 1);
  tellOpened(place);
  return true;
}

/** Of a connection that is over, the segment is counted, unless another one begins with it, or it may be of another one. */
function isLate(): bool {
  if ((segment.flags & (segment.SYN | segment.ACK)) === segment.SYN) return false;
  if (segment.payloadEnd - segment.payloadStart > 1) return false;
  table.add(LATE, 1);
  return true;
}
