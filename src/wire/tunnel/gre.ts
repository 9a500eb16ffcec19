// Generic routing encapsulation: RFC 2784 with the key and sequence number of RFC 2890, its enhanced form of PPTP
// (RFC 2637 section 4.1), and GRE in UDP (RFC 8086).
import { followErspan2, followErspan3 } from '../erspan.ts';
import { followEtherType, SMALLEST_ETHERTYPE } from '../ether-type.ts';
import { cutOff, isEthernet, notIp } from '../link-decoder.ts';
import { followPppFrame } from '../ppp.ts';
import type { TunnelDecoder } from '../tunnel-decoder.ts';
import { followWlan } from '../wlan.ts';

//   0  flags, version (3 bits)
//   2  protocol type: an EtherType
//   4  checksum and reserved (4 bytes), key (4), sequence number (4), acknowledgement number (4, version 1): each only
//      when its flag is set
const PROTOCOL_TYPE = 2;
const OPTIONS = 4;
const OPTION_LENGTH = 4;

const HAS_CHECKSUM = 0x8000;
/** RFC 1701: a list of routes follows. Nobody sends it, and RFC 2784 has receivers drop it. */
const HAS_ROUTING = 0x4000;
const HAS_KEY = 0x2000;
const HAS_SEQUENCE = 0x1000;
const HAS_ACKNOWLEDGEMENT = 0x0080;
const VERSION = 0x0007;
/** RFC 2784 section 2.3, RFC 2637 section 4.1: what must be zero. (RFC 1701 had a recursion count there.) */
const RESERVED = 0x0f78;

const PPP = 0x880b;
const ERSPAN_TYPE_2 = 0x88be;
const ERSPAN_TYPE_3 = 0x22eb;
/** Aruba access points send 802.11 frames to their controller, with one number for each of its queues. */
const FIRST_ARUBA = 0x8200;
const LAST_ARUBA = 0x8210;

export const gre: TunnelDecoder = {
  name: 'GRE',
  protocols: [47],
  udpPorts: [4754],
  decode(view, start, end, _wireEnd, payload) {
    if (start + OPTIONS > end) {
      cutOff(payload);
      return;
    }
    const flags = view.getUint16(start);
    const version = flags & VERSION;
    if (version > 1 || (flags & (HAS_ROUTING | RESERVED)) !== 0) {
      notIp(payload);
      return;
    }
    let at = start + OPTIONS;
    for (const flag of [HAS_CHECKSUM, HAS_KEY, HAS_SEQUENCE]) if ((flags & flag) !== 0) at += OPTION_LENGTH;
    const type = view.getUint16(start + PROTOCOL_TYPE);
    if (version === 1) {
      if ((flags & HAS_ACKNOWLEDGEMENT) !== 0) at += OPTION_LENGTH;
      // Without a sequence number it only acknowledges.
      if (type === PPP && (flags & HAS_SEQUENCE) !== 0) followPppFrame(view, at, end, payload);
      else notIp(payload);
      return;
    }
    if (type === ERSPAN_TYPE_2) {
      // Type I has no header of its own and no sequence number.
      if ((flags & HAS_SEQUENCE) !== 0) followErspan2(view, at, end, payload);
      else isEthernet(at, payload);
    } else if (type === ERSPAN_TYPE_3) followErspan3(view, at, end, payload);
    else if (type >= FIRST_ARUBA && type <= LAST_ARUBA) followWlan(view, at, end, false, payload);
    else if (type >= SMALLEST_ETHERTYPE) followEtherType(view, type, at, end, payload);
    // Cisco's keep-alives have 0.
    else notIp(payload);
  },
};
