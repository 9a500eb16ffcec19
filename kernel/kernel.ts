// The way of nearly all frames of nearly all captures, from the frame's bytes to the rows of quiet connections, compiled
// to WebAssembly: there an access to memory is one instruction of the processor, where a DataView's is a dozen. It takes
// a frame whole or not at all; the program around it reads every other one (src/analysis/read-connections.ts), and comes
// to the same, for it goes the same way.
import { foldedAddress, hashOfSum, mixedEndpoint } from './hash';
import * as lane from './lane';
import * as records from './records';
import * as segment from './segment';

export { setFreeExchanges } from './lane';
export { setLog } from './log';
export { setNames } from './names';
export { describeClock, describeRecords } from './records';
export { setLinkHeader } from './segment';

/** References from here on are rows (src/tcp/connection-table.ts). */
const ROW: i32 = 0x40000000;

// What a run leaves behind, at these addresses: where the next record begins; 1 when that one is plain and was refused; the
// times of the frame that was taken last, and the latest of all. Behind them is the number of entries in the log (log.ts).
const NEXT_POSITION: i32 = 0;
const IS_REFUSED: i32 = 4;
const LAST_TIME: i32 = 8;
const LATEST_TIME: i32 = 16;

/** Address of the reader's buffer. */
let buffer: i32 = 0;
/** The connection table's slots, of [hash, reference], and its mask. */
let slots: i32 = 0;
let mask: i32 = 0;
/** Address of 64 bytes, one for each partition of all connections: 0 for one that is another table's. 0: none is. */
let own: i32 = 0;
/** Capture times outside of these are the table's business. */
let from: f64 = 0;
let to: f64 = 0;

export function setBuffer(address: i32): void {
  buffer = address;
}

export function setSlots(address: i32, slotMask: i32): void {
  slots = address;
  mask = slotMask;
}

export function setShare(address: i32): void {
  own = address;
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
  let isRefused = false;
  let latestTime: f64 = NaN;
  for (; taken < most; taken++) {
    if (!records.readRecord(record, end)) break;
    const time = records.time;
    if (!takeFrame(records.packet, records.packetEnd, records.packetWireEnd, frame + taken, time)) {
      isRefused = true;
      break;
    }
    record = records.nextRecord;
    if (!(time < latestTime)) latestTime = time;
    store<f64>(LAST_TIME, time);
  }
  store<i32>(NEXT_POSITION, record - buffer);
  store<i32>(IS_REFUSED, isRefused);
  store<f64>(LATEST_TIME, latestTime);
  return taken;
}

/** Bytes [start, end) of the buffer are frame `frame`, which ended on the wire at `wireEnd`. Returns whether it is taken. */
export function take(start: i32, end: i32, wireEnd: i32, frame: i32, time: f64): bool {
  return takeFrame(buffer + start, buffer + end, buffer + wireEnd, frame, time);
}

function takeFrame(start: i32, end: i32, wireEnd: i32, frame: i32, time: f64): bool {
  if (time >= to || time < from) return false;
  if (!segment.decode(start, end, wireEnd)) return false;
  const hash = hashOfSegment();
  if (own !== 0 && load<u8>(own + (hash >>> 26)) === 0) return true;
  const last = (mask << 1) | 1;
  let slot = (hash << 1) & last;
  let reference = load<i32>(slots + (slot << 2) + 4);
  while (reference !== 0 && load<i32>(slots + (slot << 2)) !== hash) {
    slot = (slot + 2) & last;
    reference = load<i32>(slots + (slot << 2) + 4);
  }
  if (reference < ROW) return false;
  const place = reference - ROW;
  const direction = lane.directionOf(place);
  if (direction === 0) return false;
  segment.setFrame(frame, time);
  return lane.receive(place, direction > 0);
}

/** Takes a segment that was decoded elsewhere, of the connection in the row at `place`. */
export function receive(
  place: i32,
  forwards: bool,
  frame: i32,
  time: f64,
  sequence: i32,
  acknowledgement: i32,
  flags: i32,
  window: i32,
  windowScale: i32,
  ttl: i32,
  ipId: i32,
  payloadStart: i32,
  payloadLength: i32,
  isCut: bool,
): bool {
  segment.setFrame(frame, time);
  segment.setSegment(
    sequence,
    acknowledgement,
    flags,
    window,
    windowScale,
    ttl,
    ipId,
    payloadStart,
    payloadLength,
    isCut,
  );
  return lane.receive(place, forwards);
}

function hashOfSegment(): i32 {
  const sourcePort = segment.ports >>> 16;
  const destinationPort = segment.ports & 0xffff;
  if (!segment.isIpv6) {
    return hashOfSum(mixedEndpoint(segment.source0, sourcePort) + mixedEndpoint(segment.destination0, destinationPort));
  }
  return hashOfSum(
    mixedEndpoint(foldedAddress(segment.source0, segment.source1, segment.source2, segment.source3), sourcePort) +
      mixedEndpoint(
        foldedAddress(segment.destination0, segment.destination1, segment.destination2, segment.destination3),
        destinationPort,
      ),
  );
}
