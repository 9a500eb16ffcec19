// An IP packet directly in another one: RFC 2003 (IPv4), RFC 4213 (6in4), RFC 2473 (either in IPv6).
import { followIpVersion } from '../link-decoder.ts';
import type { TunnelDecoder } from '../tunnel-decoder.ts';

const PROTOCOL_IPV4 = 4;
const PROTOCOL_IPV6 = 41;

export const ipInIp: TunnelDecoder = {
  name: 'IP in IP',
  protocols: [PROTOCOL_IPV4, PROTOCOL_IPV6],
  udpPorts: [],
  decode(view, start, end, _wireEnd, payload) {
    followIpVersion(view, start, end, payload);
  },
};
