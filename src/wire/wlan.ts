// IEEE 802.11 data frames, as far as they hold IP in the clear: whole, not encrypted, one packet each.
import { followLlc } from './ether-type.ts';
import { cutOff, type LinkPayload, notIp } from './link-decoder.ts';

//   0  version (2 bits), type (2 bits), subtype (4 bits): the lowest bits first
//   1  flags
//   2  duration
//   4  addresses 1 to 3
//  22  fragment number (4 bits), sequence number; little-endian
//  24  address 4, when the frame goes from one access point to another
//      QoS control (2 bytes) with a QoS subtype, and HT control (4 bytes) with the order flag
const FLAGS = 1;
const SEQUENCE_CONTROL = 22;
const HEADER_LENGTH = 24;
const ADDRESS_LENGTH = 6;
const QOS_CONTROL_LENGTH = 2;
const HT_CONTROL_LENGTH = 4;

const VERSION_AND_TYPE = 0x0f;
const DATA = 0x08;
/** Subtype bits. */
const NO_DATA = 0x40;
const QOS = 0x80;

const BOTH_DISTRIBUTION = 0x03;
const MORE_FRAGMENTS = 0x04;
const PROTECTED = 0x40;
const ORDER = 0x80;
const FRAGMENT_NUMBER = 0x0f;
/** QoS control: several packets in one frame (A-MSDU). */
const SEVERAL = 0x80;

/** The 802.11 frame at `start`. `isPadded`: its header was filled up to whole words, as Atheros cards do. */
export function followWlan(view: DataView, start: number, end: number, isPadded: boolean, payload: LinkPayload): void {
  if (start + 2 > end) {
    cutOff(payload);
    return;
  }
  const type = view.getUint8(start);
  const flags = view.getUint8(start + FLAGS);
  if ((type & VERSION_AND_TYPE) !== DATA || (type & NO_DATA) !== 0 || (flags & (PROTECTED | MORE_FRAGMENTS)) !== 0) {
    notIp(payload);
    return;
  }
  let length = HEADER_LENGTH;
  if ((flags & BOTH_DISTRIBUTION) === BOTH_DISTRIBUTION) length += ADDRESS_LENGTH;
  const qosControl = start + length;
  if ((type & QOS) !== 0) {
    length += QOS_CONTROL_LENGTH;
    if ((flags & ORDER) !== 0) length += HT_CONTROL_LENGTH;
  }
  if (isPadded) length = (length + 3) & ~3;
  if (start + length > end) {
    cutOff(payload);
    return;
  }
  const isFragment = (view.getUint8(start + SEQUENCE_CONTROL) & FRAGMENT_NUMBER) !== 0;
  if (isFragment || ((type & QOS) !== 0 && (view.getUint8(qosControl) & SEVERAL) !== 0)) notIp(payload);
  else followLlc(view, start + length, end, payload);
}
