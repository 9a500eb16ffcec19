// TCP, RFC 9293 section 3.1.
import { CUT_IN_HEADERS, type Decoded, MALFORMED, type Segment, SYN, TCP } from './segment.ts';

//   0  source port
//   2  destination port
//   4  sequence number
//   8  acknowledgement number
//  12  data offset in words (4 bits), reserved (4 bits)
//  13  flags
//  14  window
//  16  checksum
//  18  urgent pointer
//  20  options
//
// Neighbours are read as one word: each access to a view costs its checks.
const SOURCE_PORT = 0;
const SEQUENCE = 4;
const ACKNOWLEDGEMENT = 8;
const DATA_OFFSET = 12;
const OPTIONS = 20;
const SHORTEST_HEADER = 20;

/**
 * Decodes the segment whose header begins at `start` and which ends on the wire at `end`, by the IP length; the capture
 * holds its bytes up to `capturedEnd`. A capture that ends among the options has everything but those: the segment
 * counts, with no captured payload.
 */
export function decodeTcp(view: DataView, start: number, capturedEnd: number, end: number, segment: Segment): Decoded {
  if (start + SHORTEST_HEADER > end) return MALFORMED;
  if (start + SHORTEST_HEADER > capturedEnd) return CUT_IN_HEADERS;
  const offsetFlagsWindow = view.getInt32(start + DATA_OFFSET);
  const headerLength = (offsetFlagsWindow >>> 28) * 4;
  const payloadStart = start + headerLength;
  if (headerLength < SHORTEST_HEADER || payloadStart > end) return MALFORMED;

  const ports = view.getInt32(start + SOURCE_PORT);
  segment.sourcePort = ports >>> 16;
  segment.destinationPort = ports & 0xffff;
  segment.sequence = view.getInt32(start + SEQUENCE);
  segment.acknowledgement = view.getInt32(start + ACKNOWLEDGEMENT);
  const flags = (offsetFlagsWindow >>> 16) & 0xff;
  segment.flags = flags;
  segment.window = offsetFlagsWindow & 0xffff;
  segment.windowScale =
    (flags & SYN) === 0 ? -1 : windowScaleOf(view, start + OPTIONS, Math.min(payloadStart, capturedEnd));
  segment.headerStart = start;
  segment.payloadStart = payloadStart;
  segment.payloadLength = end - payloadStart;
  segment.capturedLength = Math.max(0, Math.min(end, capturedEnd) - payloadStart);
  return TCP;
}

// Options: kind, and but for the two of one byte, the option's whole length and its value (RFC 9293 section 3.2).
const END_OF_OPTION_LIST = 0;
const NO_OPERATION = 1;
const WINDOW_SCALE = 3;
const WINDOW_SCALE_LENGTH = 3;
/** RFC 7323 section 2.3: a larger shift is taken as this one. */
const LARGEST_WINDOW_SCALE = 14;

function windowScaleOf(view: DataView, start: number, end: number): number {
  let option = start;
  while (option + 1 < end) {
    const kind = view.getUint8(option);
    if (kind === END_OF_OPTION_LIST) return -1;
    if (kind === NO_OPERATION) {
      option += 1;
      continue;
    }
    const length = view.getUint8(option + 1);
    if (length < 2 || option + length > end) return -1;
    if (kind === WINDOW_SCALE && length === WINDOW_SCALE_LENGTH) {
      return Math.min(view.getUint8(option + 2), LARGEST_WINDOW_SCALE);
    }
    option += length;
  }
  return -1;
}
