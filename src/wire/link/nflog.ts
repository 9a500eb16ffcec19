// LINKTYPE_NFLOG, https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html: what a rule of the Linux firewall logged.
import { cutOff, followIpVersion, type LinkDecoder, notIp } from '../link-decoder.ts';

//   0  address family, version, resource
//   4  attributes: length with these 4 bytes (16 bits), type (16 bits), value, filled up to whole words. They are in the
//      byte order of the machine that captured, which hardly ever is a big-endian one.
const ATTRIBUTES = 4;
const ATTRIBUTE_HEADER_LENGTH = 4;
const PAYLOAD = 9;

export const nflog: LinkDecoder = {
  linkTypes: [239],
  name: 'NFLOG',
  decode(view, start, end, payload) {
    let at = start + ATTRIBUTES;
    while (at + ATTRIBUTE_HEADER_LENGTH <= end) {
      const length = view.getUint16(at, true);
      if (view.getUint16(at + 2, true) === PAYLOAD) {
        followIpVersion(view, at + ATTRIBUTE_HEADER_LENGTH, end, payload);
        return;
      }
      if (length < ATTRIBUTE_HEADER_LENGTH) {
        notIp(payload);
        return;
      }
      at += (length + 3) & ~3;
    }
    cutOff(payload);
  },
};
