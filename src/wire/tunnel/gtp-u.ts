// GTP-U version 1, 3GPP TS 29.281 section 5: what mobile networks carry their users' IP packets in.
import { cutOff, followIpVersion, notIp } from '../link-decoder.ts';
import type { TunnelDecoder } from '../tunnel-decoder.ts';

//   0  version 1 (3 bits), protocol type 1, reserved, E, S, PN
//   1  message type
//   2  length of what follows the first 8 bytes
//   4  tunnel
//   8  sequence number (16 bits), N-PDU number, type of the first extension header: when one of E, S and PN is set
const MESSAGE_TYPE = 1;
const LENGTH = 2;
const MANDATORY_LENGTH = 8;
const OPTIONAL_LENGTH = 4;

const VERSION_AND_TYPE = 0xf8;
const VERSION_1_GTP = 0x30;
const HAS_OPTIONAL = 0x07;
const HAS_EXTENSIONS = 0x04;
/** G-PDU: an IP packet of a user. The others are the tunnel's own. */
const G_PDU = 255;
/** An extension header's first byte is its length in words, its last one the type of the next; 0: none. */
const EXTENSION_UNIT = 4;

export const gtpU: TunnelDecoder = {
  name: 'GTP-U',
  protocols: [],
  udpPorts: [2152],
  decode(view, start, end, wireEnd, payload) {
    if (start + MANDATORY_LENGTH > end) {
      cutOff(payload);
      return;
    }
    const flags = view.getUint8(start);
    const isPlausible =
      (flags & VERSION_AND_TYPE) === VERSION_1_GTP &&
      view.getUint8(start + MESSAGE_TYPE) === G_PDU &&
      start + MANDATORY_LENGTH + view.getUint16(start + LENGTH) <= wireEnd;
    if (!isPlausible) {
      notIp(payload);
      return;
    }
    let at = start + MANDATORY_LENGTH;
    if ((flags & HAS_OPTIONAL) !== 0) {
      at += OPTIONAL_LENGTH;
      let more = (flags & HAS_EXTENSIONS) !== 0;
      for (;;) {
        if (at > end) {
          cutOff(payload);
          return;
        }
        if (!more || view.getUint8(at - 1) === 0) break;
        const length = at < end ? view.getUint8(at) * EXTENSION_UNIT : EXTENSION_UNIT;
        if (length === 0) {
          notIp(payload);
          return;
        }
        at += length;
        more = true;
      }
    }
    followIpVersion(view, at, end, payload);
  },
};
