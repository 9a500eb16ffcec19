// LINKTYPE_RAW: an IP packet and nothing before it; its version says which.
import { cutOff, notIp } from '../ether-type.ts';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, type LinkDecoder } from '../link-decoder.ts';

export const raw: LinkDecoder = {
  // 12 and 14 are DLT_RAW of most systems and of OpenBSD, which some writers put into files as they are.
  linkTypes: [101, 12, 14],
  name: 'RAW',
  decode(view, start, end, payload) {
    if (start >= end) {
      cutOff(payload);
      return;
    }
    const version = view.getUint8(start) >>> 4;
    if (version === 4) payload.etherType = ETHERTYPE_IPV4;
    else if (version === 6) payload.etherType = ETHERTYPE_IPV6;
    else {
      notIp(payload);
      return;
    }
    payload.start = start;
  },
};
