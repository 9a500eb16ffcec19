// VXLAN, RFC 7348: Ethernet in UDP.
import { cutOff, isEthernet, notIp } from '../link-decoder.ts';
import type { TunnelDecoder } from '../tunnel-decoder.ts';

//   0  flags
//   1  reserved; with a group policy (draft-smith-vxlan-group-policy) flags and a policy number
//   4  VNI (24 bits), reserved (8 bits)
const RESERVED_BYTE = 7;
const HEADER_LENGTH = 8;
const HAS_VNI = 0x08;
const HAS_GROUP_POLICY = 0x80;

export const vxlan: TunnelDecoder = {
  name: 'VXLAN',
  protocols: [],
  // 8472 is what Linux took before the RFC gave it a number; flannel and others still do.
  udpPorts: [4789, 8472],
  decode(view, start, end, _wireEnd, payload) {
    if (start + HEADER_LENGTH > end) {
      cutOff(payload);
      return;
    }
    const flags = view.getUint8(start);
    const isPlain = flags === HAS_VNI && (view.getUint32(start) & 0x00ff_ffff) === 0;
    const isPlausible = isPlain || flags === (HAS_VNI | HAS_GROUP_POLICY);
    if (isPlausible && view.getUint8(start + RESERVED_BYTE) === 0) isEthernet(start + HEADER_LENGTH, payload);
    else notIp(payload);
  },
};
