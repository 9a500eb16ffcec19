// The point-to-point protocol, RFC 1661.
import { cutOff, ETHERTYPE_IPV4, ETHERTYPE_IPV6, type LinkPayload, notIp } from './link-decoder.ts';
import { followMpls } from './mpls.ts';

const ADDRESS_AND_CONTROL = 0xff03;

const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;
const PPP_MPLS = 0x0281; // RFC 3032 section 4.1

/** A PPP frame, with or without the HDLC address and control bytes FF 03 (RFC 1662 section 3.1). */
export function followPppFrame(view: DataView, start: number, end: number, payload: LinkPayload): void {
  if (start + 2 > end) {
    cutOff(payload);
    return;
  }
  followPpp(view, view.getUint16(start) === ADDRESS_AND_CONTROL ? start + 2 : start, end, payload);
}

/** A PPP protocol number (RFC 1661 section 2) and what follows; one byte long when its sender compresses it. */
export function followPpp(view: DataView, start: number, end: number, payload: LinkPayload): void {
  if (start >= end) {
    cutOff(payload);
    return;
  }
  let protocol = view.getUint8(start);
  let at = start + 1;
  // The first byte of an uncompressed number is even, and its last byte odd.
  if ((protocol & 1) === 0) {
    if (at >= end) {
      cutOff(payload);
      return;
    }
    protocol = (protocol << 8) | view.getUint8(at);
    at += 1;
  }
  if (protocol === PPP_MPLS) {
    followMpls(view, at, end, payload);
    return;
  }
  if (protocol === PPP_IPV4) payload.etherType = ETHERTYPE_IPV4;
  else if (protocol === PPP_IPV6) payload.etherType = ETHERTYPE_IPV6;
  else {
    notIp(payload);
    return;
  }
  payload.start = at;
}
