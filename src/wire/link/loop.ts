// LINKTYPE_LOOP: OpenBSD's loopback device, with the address family in network byte order.
import { cutOff, type LinkDecoder } from '../link-decoder.ts';
import { followFamily } from './null.ts';

const HEADER_LENGTH = 4;

export const loop: LinkDecoder = {
  linkTypes: [108],
  name: 'LOOP',
  decode(view, start, end, payload) {
    if (start + HEADER_LENGTH > end) {
      cutOff(payload);
      return;
    }
    followFamily(view.getUint32(start), start + HEADER_LENGTH, payload);
  },
};
