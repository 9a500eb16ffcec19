// ERSPAN, draft-foschiano-erspan: frames that a switch mirrors into a GRE tunnel.
import { cutOff, followIpVersion, isEthernet, type LinkPayload, notIp } from './link-decoder.ts';

//  Type II (8 bytes)
//   0  version 1 (4 bits), VLAN (12 bits)
//   2  class, encapsulation, truncated, session
//   4  reserved, index
const TYPE_2_VERSION = 1;
const TYPE_2_LENGTH = 8;

export function followErspan2(view: DataView, start: number, end: number, payload: LinkPayload): void {
  if (start + TYPE_2_LENGTH > end) cutOff(payload);
  else if (view.getUint8(start) >>> 4 !== TYPE_2_VERSION) notIp(payload);
  else isEthernet(start + TYPE_2_LENGTH, payload);
}

//  Type III (12 bytes, and 8 more when the last bit says so)
//   0  version 2 (4 bits), VLAN (12 bits)
//   2  class, bad or short, truncated, session
//   4  timestamp
//   8  security group
//  10  P, frame type (5 bits), hardware (6 bits), direction, granularity (2 bits), O: another 8 bytes follow
const TYPE_3_VERSION = 2;
const TYPE_3_FLAGS = 10;
const TYPE_3_LENGTH = 12;
const HAS_SUBHEADER = 0x0001;
const SUBHEADER_LENGTH = 8;
const FRAME_TYPE_SHIFT = 10;
const FRAME_TYPE_MASK = 0x1f;
const FRAME_TYPE_ETHERNET = 0;
const FRAME_TYPE_IP = 2;

export function followErspan3(view: DataView, start: number, end: number, payload: LinkPayload): void {
  if (start + TYPE_3_LENGTH > end) {
    cutOff(payload);
    return;
  }
  if (view.getUint8(start) >>> 4 !== TYPE_3_VERSION) {
    notIp(payload);
    return;
  }
  const flags = view.getUint16(start + TYPE_3_FLAGS);
  const frameType = (flags >>> FRAME_TYPE_SHIFT) & FRAME_TYPE_MASK;
  const at = start + TYPE_3_LENGTH + ((flags & HAS_SUBHEADER) !== 0 ? SUBHEADER_LENGTH : 0);
  if (frameType === FRAME_TYPE_ETHERNET) isEthernet(at, payload);
  else if (frameType === FRAME_TYPE_IP) followIpVersion(view, at, end, payload);
  else notIp(payload);
}
