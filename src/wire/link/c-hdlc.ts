// LINKTYPE_C_HDLC: Cisco's HDLC, on serial lines.
import { followEtherType } from '../ether-type.ts';
import { cutOff, type LinkDecoder } from '../link-decoder.ts';

//   0  address, control
//   2  EtherType
const TYPE = 2;
const HEADER_LENGTH = 4;

export const cHdlc: LinkDecoder = {
  linkTypes: [104],
  name: 'C_HDLC',
  decode(view, start, end, payload) {
    if (start + HEADER_LENGTH > end) cutOff(payload);
    else followEtherType(view, view.getUint16(start + TYPE), start + HEADER_LENGTH, end, payload);
  },
};
