// MPLS directly in IP (RFC 4023), and in UDP (RFC 7510).
import { followMpls } from '../mpls.ts';
import type { TunnelDecoder } from '../tunnel-decoder.ts';

export const mplsInIp: TunnelDecoder = {
  name: 'MPLS in IP',
  protocols: [137],
  udpPorts: [6635],
  decode(view, start, end, _wireEnd, payload) {
    followMpls(view, start, end, payload);
  },
};
