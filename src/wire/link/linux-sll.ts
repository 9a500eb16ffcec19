// LINKTYPE_LINUX_SLL, https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html: the "any" device of Linux.
import { followEtherType, followLlc, SMALLEST_ETHERTYPE } from '../ether-type.ts';
import { cutOff, type LinkDecoder, notIp } from '../link-decoder.ts';

//   0  packet type
//   2  ARPHRD_ type of the device
//   4  address length, address
//  14  protocol: an EtherType, or one of the numbers below
const PROTOCOL = 14;
const HEADER_LENGTH = 16;

/** Protocol numbers of Linux's if_ether.h below the EtherTypes: this one is an 802.2 frame, the others are not IP. */
export const LLC_FRAME = 0x0004;

export const linuxSll: LinkDecoder = {
  linkTypes: [113],
  name: 'LINUX_SLL',
  decode(view, start, end, payload) {
    if (start + HEADER_LENGTH > end) {
      cutOff(payload);
      return;
    }
    const protocol = view.getUint16(start + PROTOCOL);
    if (protocol === LLC_FRAME) followLlc(view, start + HEADER_LENGTH, end, payload);
    else if (protocol < SMALLEST_ETHERTYPE) notIp(payload);
    else followEtherType(view, protocol, start + HEADER_LENGTH, end, payload);
  },
};
