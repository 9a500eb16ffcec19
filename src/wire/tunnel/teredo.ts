// Teredo, RFC 4380: IPv6 in UDP, through address translators.
import { cutOff, followIpVersion, notIp } from '../link-decoder.ts';
import type { TunnelDecoder } from '../tunnel-decoder.ts';

// Section 5.1.1. Before the packet may stand an authentication:
//   0  00 01
//   2  length of the client identifier, length of the authentication value
//   4  both of these, nonce (8 bytes), confirmation (1 byte)
// and behind that an origin indication:
//   0  00 00
//   2  port, address of the client
const AUTHENTICATION = 0x0001;
const AUTHENTICATION_LENGTH = 13;
const ORIGIN = 0x0000;
const ORIGIN_LENGTH = 8;

const IPV6_HEADER_LENGTH = 40;
const IPV6_PAYLOAD_LENGTH = 4;

export const teredo: TunnelDecoder = {
  name: 'Teredo',
  protocols: [],
  udpPorts: [3544],
  decode(view, start, end, wireEnd, payload) {
    let at = start;
    if (at + 4 <= end && view.getUint16(at) === AUTHENTICATION) {
      at += AUTHENTICATION_LENGTH + view.getUint8(at + 2) + view.getUint8(at + 3);
    }
    if (at + 2 <= end && view.getUint16(at) === ORIGIN) at += ORIGIN_LENGTH;
    if (at + IPV6_PAYLOAD_LENGTH + 2 > end) {
      cutOff(payload);
      return;
    }
    // Section 5.2.3: the packet must fit into the datagram. Trailers (RFC 6081) may follow it.
    const isPlausible =
      view.getUint8(at) >>> 4 === 6 && at + IPV6_HEADER_LENGTH + view.getUint16(at + IPV6_PAYLOAD_LENGTH) <= wireEnd;
    if (isPlausible) followIpVersion(view, at, end, payload);
    else notIp(payload);
  },
};
