// What follows an EtherType, in whatever link header it stands: VLAN tags and PPPoE sessions are looked through.
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, type LinkPayload } from './link-decoder.ts';

/** EtherTypes of tags, each 4 bytes: tag control (16 bits) and the EtherType of what is tagged (16 bits). */
const CUSTOMER_TAG = 0x8100; // IEEE 802.1Q
const SERVICE_TAG = 0x88a8; // IEEE 802.1ad, QinQ
const OLD_SERVICE_TAG = 0x9100; // QinQ before it had a standard
const TAG_LENGTH = 4;

/** RFC 2516: version and type, code, session, length (6 bytes), then a PPP protocol number. */
const PPPOE_SESSION = 0x8864;
const PPPOE_HEADER_LENGTH = 6;

/** IEEE 802.3: a number up to this is the length of the LLC frame that follows. */
const LARGEST_LENGTH = 1500;
/** LLC with a SNAP header whose OUI is zero: AA AA 03 00 00 00, then an EtherType (RFC 1042). */
const SNAP_HEADER_LENGTH = 8;

/** Finds the IP packet, if there is one, in what the number `type` announces at `start`. */
export function followEtherType(view: DataView, type: number, start: number, end: number, payload: LinkPayload): void {
  let etherType = type;
  let at = start;
  while (etherType === CUSTOMER_TAG || etherType === SERVICE_TAG || etherType === OLD_SERVICE_TAG) {
    if (at + TAG_LENGTH > end) {
      cutOff(payload);
      return;
    }
    etherType = view.getUint16(at + 2);
    at += TAG_LENGTH;
  }
  if (etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6) {
    payload.etherType = etherType;
    payload.start = at;
  } else if (etherType === PPPOE_SESSION) {
    followPpp(view, at + PPPOE_HEADER_LENGTH, end, payload);
  } else if (etherType <= LARGEST_LENGTH) {
    followLlc(view, at, end, payload);
  } else {
    notIp(payload);
  }
}

/** IEEE 802.2 logical link control: only SNAP carries IP. */
export function followLlc(view: DataView, start: number, end: number, payload: LinkPayload): void {
  if (start + SNAP_HEADER_LENGTH > end) {
    // What is no SNAP for certain need not be long enough for one.
    if (start + 3 <= end && !isSnap(view, start)) {
      notIp(payload);
      return;
    }
    cutOff(payload);
    return;
  }
  if (!isSnap(view, start) || view.getUint16(start + 3) !== 0 || view.getUint8(start + 5) !== 0) {
    notIp(payload);
    return;
  }
  const etherType = view.getUint16(start + 6);
  if (etherType <= LARGEST_LENGTH) {
    notIp(payload);
    return;
  }
  followEtherType(view, etherType, start + SNAP_HEADER_LENGTH, end, payload);
}

function isSnap(view: DataView, start: number): boolean {
  return view.getUint16(start) === 0xaaaa && view.getUint8(start + 2) === 0x03;
}

const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;

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
  if (protocol === PPP_IPV4) payload.etherType = ETHERTYPE_IPV4;
  else if (protocol === PPP_IPV6) payload.etherType = ETHERTYPE_IPV6;
  else {
    notIp(payload);
    return;
  }
  payload.start = at;
}

/** The link payload is something else than IP. */
export function notIp(payload: LinkPayload): void {
  payload.etherType = 0;
}

/** The captured bytes end inside the link header. */
export function cutOff(payload: LinkPayload): void {
  payload.etherType = -1;
}
