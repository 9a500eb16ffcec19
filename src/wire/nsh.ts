// The network service header, RFC 8300: what a chain of services (firewalls, load balancers) passes on.
import { cutOff, followIpVersion, isEthernet, type LinkPayload, notIp } from './link-decoder.ts';

//   0  version (2 bits), O, unassigned, time to live (6 bits), length in words (6 bits)
//   2  unassigned (4 bits), metadata type (4 bits)
//   3  next protocol
//   4  service path, index, metadata
const NEXT_PROTOCOL = 3;
const SHORTEST_HEADER = 8;
const LENGTH = 0x3f;

const IPV4 = 1;
const IPV6 = 2;
const ETHERNET = 3;

export function followNsh(view: DataView, start: number, end: number, payload: LinkPayload): void {
  if (start + SHORTEST_HEADER > end) {
    cutOff(payload);
    return;
  }
  const length = (view.getUint16(start) & LENGTH) * 4;
  const protocol = view.getUint8(start + NEXT_PROTOCOL);
  if (length < SHORTEST_HEADER) notIp(payload);
  else if (protocol === IPV4 || protocol === IPV6) followIpVersion(view, start + length, end, payload);
  else if (protocol === ETHERNET) isEthernet(start + length, payload);
  else notIp(payload);
}
