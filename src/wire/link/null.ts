// LINKTYPE_NULL: BSD's loopback device, which puts the address family before the packet in the byte order of the
// machine that captured. Families fit in 16 bits, so the half that is zero tells the order.
import { cutOff, ETHERTYPE_IPV4, ETHERTYPE_IPV6, type LinkDecoder, type LinkPayload, notIp } from '../link-decoder.ts';

const HEADER_LENGTH = 4;

const AF_INET = 2;
/** AF_INET6 of Linux, of NetBSD and OpenBSD, of FreeBSD, of macOS, of Windows. */
const AF_INET6 = [10, 24, 28, 30, 23];

export const nullLoopback: LinkDecoder = {
  linkTypes: [0],
  name: 'NULL',
  decode(view, start, end, payload) {
    if (start + HEADER_LENGTH > end) {
      cutOff(payload);
      return;
    }
    const family = view.getUint32(start, true);
    followFamily((family & 0xffff) === 0 ? view.getUint32(start, false) : family, start + HEADER_LENGTH, payload);
  },
};

/** Says what a packet of the address family `family` is. */
export function followFamily(family: number, start: number, payload: LinkPayload): void {
  if (family === AF_INET) payload.etherType = ETHERTYPE_IPV4;
  else if (AF_INET6.includes(family)) payload.etherType = ETHERTYPE_IPV6;
  else {
    notIp(payload);
    return;
  }
  payload.start = start;
}
