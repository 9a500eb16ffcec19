// LINKTYPE_LINUX_SLL2, https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html
import { followEtherType, followLlc, SMALLEST_ETHERTYPE } from '../ether-type.ts';
import { cutOff, type LinkDecoder, notIp } from '../link-decoder.ts';
import { LLC_FRAME } from './linux-sll.ts';

//   0  protocol, as in LINUX_SLL; reserved (16 bits)
//   4  interface index
//   8  ARPHRD_ type of the device, packet type, address length
//  12  address
const PROTOCOL = 0;
const HEADER_LENGTH = 20;

export const linuxSll2: LinkDecoder = {
  linkTypes: [276],
  name: 'LINUX_SLL2',
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
