// The generic protocol extension of VXLAN, draft-ietf-nvo3-vxlan-gpe: the header says what it carries.

import { cutOff, followIpVersion, isEthernet, notIp } from '../link-decoder.ts';
import { followMpls } from '../mpls.ts';
import { followNsh } from '../nsh.ts';
import type { TunnelDecoder } from '../tunnel-decoder.ts';

//   0  reserved (2 bits), version (2 bits), I: has a VNI, P: next protocol is set, B, O
//   1  reserved
//   3  next protocol
//   4  VNI (24 bits), reserved (8 bits)
const NEXT_PROTOCOL = 3;
const RESERVED_BYTE = 7;
const HEADER_LENGTH = 8;
const HAS_VNI = 0x08;
const HAS_PROTOCOL = 0x04;

const IPV4 = 1;
const IPV6 = 2;
const ETHERNET = 3;
const NSH = 4;
const MPLS = 5;

export const vxlanGpe: TunnelDecoder = {
  name: 'VXLAN-GPE',
  protocols: [],
  udpPorts: [4790],
  decode(view, start, end, _wireEnd, payload) {
    if (start + HEADER_LENGTH > end) {
      cutOff(payload);
      return;
    }
    const isPlausible =
      view.getUint8(start) === (HAS_VNI | HAS_PROTOCOL) &&
      view.getUint16(start + 1) === 0 &&
      view.getUint8(start + RESERVED_BYTE) === 0;
    const protocol = isPlausible ? view.getUint8(start + NEXT_PROTOCOL) : 0;
    const at = start + HEADER_LENGTH;
    if (protocol === IPV4 || protocol === IPV6) followIpVersion(view, at, end, payload);
    else if (protocol === ETHERNET) isEthernet(at, payload);
    else if (protocol === NSH) followNsh(view, at, end, payload);
    else if (protocol === MPLS) followMpls(view, at, end, payload);
    else notIp(payload);
  },
};
