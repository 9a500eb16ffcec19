// LINKTYPE_IPV4: an IPv4 packet and nothing before it.
import { ETHERTYPE_IPV4, type LinkDecoder } from '../link-decoder.ts';

export const ipv4: LinkDecoder = {
  linkTypes: [228],
  name: 'IPV4',
  decode(_view, start, _end, payload) {
    payload.etherType = ETHERTYPE_IPV4;
    payload.start = start;
  },
};
