// LINKTYPE_PPI: what a radio says of a frame, then the frame, of a link type of its own.
import { cutOff, type LinkDecoder, notIp } from '../link-decoder.ts';
import { followWlan } from '../wlan.ts';

//   0  version, flags
//   2  length of the whole header; all of it is little-endian
//   4  the frame's link type
//      fields
const LENGTH = 2;
const LINK_TYPE = 4;
const SHORTEST_HEADER = 8;
const IEEE802_11 = 105;

export const ppi: LinkDecoder = {
  linkTypes: [192],
  name: 'PPI',
  decode(view, start, end, payload) {
    if (start + SHORTEST_HEADER > end) cutOff(payload);
    else if (view.getUint32(start + LINK_TYPE, true) !== IEEE802_11) notIp(payload);
    else followWlan(view, start + view.getUint16(start + LENGTH, true), end, false, payload);
  },
};
