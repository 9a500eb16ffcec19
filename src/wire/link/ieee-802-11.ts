// LINKTYPE_IEEE802_11: a frame of a wireless network and nothing before it.
import type { LinkDecoder } from '../link-decoder.ts';
import { followWlan } from '../wlan.ts';

export const ieee80211: LinkDecoder = {
  linkTypes: [105],
  name: 'IEEE802_11',
  decode(view, start, end, payload) {
    followWlan(view, start, end, false, payload);
  },
};
