// LINKTYPE_IPV6: an IPv6 packet and nothing before it.
import { ETHERTYPE_IPV6, type LinkDecoder } from '../link-decoder.ts';

export const ipv6: LinkDecoder = {
  linkTypes: [229],
  name: 'IPV6',
  decode(_view, start, _end, payload) {
    payload.etherType = ETHERTYPE_IPV6;
    payload.start = start;
  },
};
