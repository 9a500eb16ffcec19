// LINKTYPE_RAW: an IP packet and nothing before it; its version says which.
import { followIpVersion, type LinkDecoder } from '../link-decoder.ts';

export const raw: LinkDecoder = {
  // 12 and 14 are DLT_RAW of most systems and of OpenBSD, which some writers put into files as they are.
  linkTypes: [101, 12, 14],
  name: 'RAW',
  decode: followIpVersion,
};
