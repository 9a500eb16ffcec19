// LINKTYPE_PPP: a PPP frame.
import type { LinkDecoder } from '../link-decoder.ts';
import { followPppFrame } from '../ppp.ts';

export const ppp: LinkDecoder = {
  linkTypes: [9],
  name: 'PPP',
  decode: followPppFrame,
};
