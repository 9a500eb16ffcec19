// The plainest records of a capture: see PlainRecords in src/capture/frame-reader.ts. Little-endian, as this machine is.

let interfaceIndex: i32 = -1;
let stampAt: i32 = 0;
let capturedLengthAt: i32 = 0;
let originalLengthAt: i32 = 0;
let packetAt: i32 = 0;
let maxCapturedLength: i32 = 0;
let originHigh: f64 = 0;
let originLow: f64 = 0;
let unitsPerHigh: f64 = 0;
let nanosecondsPerUnit: f64 = 0;

export function describeRecords(
  index: i32,
  stamp: i32,
  captured: i32,
  original: i32,
  packet: i32,
  maxCaptured: i32,
): void {
  interfaceIndex = index;
  stampAt = stamp;
  capturedLengthAt = captured;
  originalLengthAt = original;
  packetAt = packet;
  maxCapturedLength = maxCaptured;
}

export function describeClock(high: f64, low: f64, perHigh: f64, perUnit: f64): void {
  originHigh = high;
  originLow = low;
  unitsPerHigh = perHigh;
  nanosecondsPerUnit = perUnit;
}

// Of the record that was read last: addresses of its packet and behind it on the wire, and of the next record.
export let packet: i32 = 0;
export let packetEnd: i32 = 0;
export let packetWireEnd: i32 = 0;
export let nextRecord: i32 = 0;
export let time: f64 = 0;

const ENHANCED_PACKET: i32 = 6;
/** Block type and length; the length again behind the packet. */
const BLOCK_LENGTH: i32 = 4;
const BLOCK_INTERFACE: i32 = 8;
const BLOCK_TRAILER: i32 = 4;

/** Longer ones are not plain, so that no sum of addresses passes 2^31. */
const LONGEST_FRAME: u32 = 1 << 20;

/** Reads the record at `record`; false: it is not plain, or not whole before `limit`. */
export function readRecord(record: i32, limit: i32): bool {
  packet = record + packetAt;
  if (packet > limit) return false;
  const capturedLength = load<i32>(record + capturedLengthAt);
  if (<u32>capturedLength > <u32>maxCapturedLength || <u32>capturedLength > LONGEST_FRAME) return false;
  packetEnd = packet + capturedLength;
  if (interfaceIndex < 0) {
    if (packetEnd > limit) return false;
    nextRecord = packetEnd;
  } else {
    const end = packet + ((capturedLength + 3) & ~3) + BLOCK_TRAILER;
    if (
      end > limit ||
      load<i32>(record) !== ENHANCED_PACKET ||
      load<i32>(record + BLOCK_INTERFACE) !== interfaceIndex
    ) {
      return false;
    }
    // With options it would be longer.
    const length = end - record;
    if (load<i32>(record + BLOCK_LENGTH) !== length || load<i32>(end - BLOCK_TRAILER) !== length) return false;
    nextRecord = end;
  }
  const originalLength = load<i32>(record + originalLengthAt);
  if (<u32>originalLength > LONGEST_FRAME) return false;
  packetWireEnd = packet + max<i32>(capturedLength, originalLength);
  const high = load<u32>(record + stampAt);
  const low = load<u32>(record + stampAt + 4);
  if ((high | low) === 0) return false;
  time = ((<f64>high - originHigh) * unitsPerHigh + (<f64>low - originLow)) * nanosecondsPerUnit;
  return true;
}
