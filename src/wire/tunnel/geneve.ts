// Geneve, RFC 8926.
import { followEtherType, SMALLEST_ETHERTYPE } from '../ether-type.ts';
import { cutOff, notIp } from '../link-decoder.ts';
import type { TunnelDecoder } from '../tunnel-decoder.ts';

//   0  version (2 bits), length of the options in words (6 bits)
//   1  O, C, reserved (6 bits)
//   2  protocol type: an EtherType
//   4  VNI (24 bits), reserved (8 bits)
//   8  options
const PROTOCOL_TYPE = 2;
const RESERVED_BYTE = 7;
const OPTIONS = 8;
const OPTIONS_LENGTH = 0x3f;
const RESERVED_BITS = 0x3f;

export const geneve: TunnelDecoder = {
  name: 'Geneve',
  protocols: [],
  udpPorts: [6081],
  decode(view, start, end, _wireEnd, payload) {
    if (start + OPTIONS > end) {
      cutOff(payload);
      return;
    }
    const first = view.getUint8(start);
    const type = view.getUint16(start + PROTOCOL_TYPE);
    const isPlausible =
      first >>> 6 === 0 &&
      (view.getUint8(start + 1) & RESERVED_BITS) === 0 &&
      view.getUint8(start + RESERVED_BYTE) === 0 &&
      type >= SMALLEST_ETHERTYPE;
    if (isPlausible) followEtherType(view, type, start + OPTIONS + (first & OPTIONS_LENGTH) * 4, end, payload);
    else notIp(payload);
  },
};
