// MPLS, RFC 3032: labels, and behind them whatever both ends agreed on; nothing in the frame says what that is.
import { cutOff, ETHERTYPE_IPV4, ETHERTYPE_IPV6, isEthernet, type LinkPayload, notIp } from './link-decoder.ts';

// A label (20 bits), traffic class (3 bits), bottom of stack (1 bit), time to live (8 bits).
const LABEL_LENGTH = 4;
const BOTTOM_OF_STACK = 0x01;

/** RFC 4385 section 3: begins with four zero bits, so that nobody takes it for IP. */
const CONTROL_WORD_LENGTH = 4;

/** The first byte of an IPv4 header: version 4, and 5 to 15 words. */
const FIRST_IPV4_BYTE = 0x45;
const LAST_IPV4_BYTE = 0x4f;

const CUSTOMER_TAG = 0x8100;
const SERVICE_TAG = 0x88a8;
const ETHERNET_TYPE = 12;
const ETHERNET_HEADER_LENGTH = 14;

export function followMpls(view: DataView, start: number, end: number, payload: LinkPayload): void {
  let at = start;
  let isBottom = false;
  while (!isBottom) {
    if (at + LABEL_LENGTH > end) {
      cutOff(payload);
      return;
    }
    isBottom = (view.getUint8(at + 2) & BOTTOM_OF_STACK) !== 0;
    at += LABEL_LENGTH;
  }
  if (at >= end) {
    cutOff(payload);
    return;
  }
  // The first four bits tell, as routers do it (RFC 4928). The address of a bridged frame may begin with the same bits:
  // then the byte behind, of an IP header, is hardly what it has to be.
  const first = view.getUint8(at);
  const isIpv4 = first >= FIRST_IPV4_BYTE && first <= LAST_IPV4_BYTE;
  const isIpv6 = first >>> 4 === 6;
  if ((isIpv4 || isIpv6) && !isEthernetOfIp(view, at, end)) {
    payload.etherType = isIpv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
    payload.start = at;
  } else if (first >>> 4 === 0 && isEthernetOfIp(view, at + CONTROL_WORD_LENGTH, end)) {
    isEthernet(at + CONTROL_WORD_LENGTH, payload);
  } else if (isEthernetOfIp(view, at, end)) {
    isEthernet(at, payload);
  } else {
    notIp(payload);
  }
}

/** Do an Ethernet header and the beginning of an IP header stand at `start`, or a VLAN tag behind the addresses? */
function isEthernetOfIp(view: DataView, start: number, end: number): boolean {
  if (start + ETHERNET_HEADER_LENGTH >= end) return false;
  const type = view.getUint16(start + ETHERNET_TYPE);
  const next = view.getUint8(start + ETHERNET_HEADER_LENGTH);
  if (type === ETHERTYPE_IPV4) return next >= FIRST_IPV4_BYTE && next <= LAST_IPV4_BYTE;
  if (type === ETHERTYPE_IPV6) return next >>> 4 === 6;
  return type === CUSTOMER_TAG || type === SERVICE_TAG;
}
