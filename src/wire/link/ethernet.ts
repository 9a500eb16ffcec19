// LINKTYPE_ETHERNET: IEEE 802.3.
import { followEtherType } from '../ether-type.ts';
import { cutOff, type LinkDecoder } from '../link-decoder.ts';

//   0  destination address
//   6  source address
//  12  EtherType, or length
export const ETHERNET_TYPE = 12;
export const ETHERNET_HEADER_LENGTH = 14;

export const LINKTYPE_ETHERNET = 1;

export const ethernet: LinkDecoder = {
  linkTypes: [LINKTYPE_ETHERNET],
  name: 'ETHERNET',
  decode(view, start, end, payload) {
    if (start + ETHERNET_HEADER_LENGTH > end) {
      cutOff(payload);
      return;
    }
    followEtherType(view, view.getUint16(start + ETHERNET_TYPE), start + ETHERNET_HEADER_LENGTH, end, payload);
  },
};
