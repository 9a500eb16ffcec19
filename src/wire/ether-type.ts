// What follows an EtherType, in whatever header it stands: tags, PPPoE sessions, MPLS labels are looked through.
import { cutOff, ETHERTYPE_ETHERNET, ETHERTYPE_IPV4, ETHERTYPE_IPV6, type LinkPayload, notIp } from './link-decoder.ts';
import { followMpls } from './mpls.ts';
import { followNsh } from './nsh.ts';
import { followPpp } from './ppp.ts';

/** EtherTypes of tags, each 4 bytes: tag control (16 bits) and the EtherType of what is tagged (16 bits). */
const CUSTOMER_TAG = 0x8100; // IEEE 802.1Q
const SERVICE_TAG = 0x88a8; // IEEE 802.1ad, QinQ
const OLD_SERVICE_TAG = 0x9100; // QinQ before it had a standard
const TAG_LENGTH = 4;

/**
 * IEEE 802.1ah, MAC-in-MAC. Tag control (32 bits), then the customer's frame: two addresses (6 bytes each) and its
 * EtherType.
 */
const BACKBONE_TAG = 0x88e7;
const BACKBONE_TAG_LENGTH = 18;

const MPLS = 0x8847;
const MPLS_WITH_UPSTREAM_LABEL = 0x8848; // RFC 5332
const NSH = 0x894f; // RFC 8300

/** RFC 2516: version and type, code, session, length (6 bytes), then a PPP protocol number. */
const PPPOE_SESSION = 0x8864;
const PPPOE_HEADER_LENGTH = 6;

/** IEEE 802.3: a number up to this is the length of the LLC frame that follows. */
const LARGEST_LENGTH = 1500;
export const SMALLEST_ETHERTYPE = 0x0600;
/** LLC with a SNAP header whose OUI is zero: AA AA 03 00 00 00, then an EtherType (RFC 1042). */
const SNAP_HEADER_LENGTH = 8;

/** Finds the IP packet, if there is one, in what the number `type` announces at `start`. */
export function followEtherType(view: DataView, type: number, start: number, end: number, payload: LinkPayload): void {
  let etherType = type;
  let at = start;
  for (;;) {
    const length = tagLength(etherType);
    if (length === 0) break;
    at += length;
    if (at > end) {
      cutOff(payload);
      return;
    }
    etherType = view.getUint16(at - 2);
  }
  if (etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6 || etherType === ETHERTYPE_ETHERNET) {
    payload.etherType = etherType;
    payload.start = at;
  } else if (etherType === PPPOE_SESSION) {
    followPpp(view, at + PPPOE_HEADER_LENGTH, end, payload);
  } else if (etherType === MPLS || etherType === MPLS_WITH_UPSTREAM_LABEL) {
    followMpls(view, at, end, payload);
  } else if (etherType === NSH) {
    followNsh(view, at, end, payload);
  } else if (etherType <= LARGEST_LENGTH) {
    followLlc(view, at, end, payload);
  } else {
    notIp(payload);
  }
}

/** The length of the tag that an EtherType announces, whose last two bytes are another EtherType; 0: it is no tag. */
function tagLength(etherType: number): number {
  if (etherType === CUSTOMER_TAG || etherType === SERVICE_TAG || etherType === OLD_SERVICE_TAG) return TAG_LENGTH;
  return etherType === BACKBONE_TAG ? BACKBONE_TAG_LENGTH : 0;
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
