// LINKTYPE_PPP: a PPP frame, with or without the HDLC address and control bytes FF 03 (RFC 1662 section 3.1).
import { cutOff, followPpp } from '../ether-type.ts';
import type { LinkDecoder } from '../link-decoder.ts';

const ADDRESS_AND_CONTROL = 0xff03;

export const ppp: LinkDecoder = {
  linkTypes: [9],
  name: 'PPP',
  decode(view, start, end, payload) {
    if (start + 2 > end) {
      cutOff(payload);
      return;
    }
    followPpp(view, view.getUint16(start) === ADDRESS_AND_CONTROL ? start + 2 : start, end, payload);
  },
};
