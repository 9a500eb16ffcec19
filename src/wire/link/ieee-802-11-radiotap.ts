// LINKTYPE_IEEE802_11_RADIOTAP, https://www.radiotap.org: what the radio says of a frame, then the frame.
import { cutOff, type LinkDecoder } from '../link-decoder.ts';
import { followWlan } from '../wlan.ts';

//   0  version, pad
//   2  length of the whole header; all of it is little-endian
//   4  words that say which fields are present; each but the last has its highest bit set
//      fields, aligned to their size
const LENGTH = 2;
const PRESENT = 4;
const SHORTEST_HEADER = 8;
const MORE_PRESENT = 0x8000_0000;
/** The first two fields: a 64-bit timer and flags (8 bits). */
const HAS_TIMER = 0x01;
const HAS_FLAGS = 0x02;
const TIMER_LENGTH = 8;
const PADDED = 0x20;

export const ieee80211Radiotap: LinkDecoder = {
  linkTypes: [127],
  name: 'IEEE802_11_RADIOTAP',
  decode(view, start, end, payload) {
    if (start + SHORTEST_HEADER > end) {
      cutOff(payload);
      return;
    }
    const frame = start + view.getUint16(start + LENGTH, true);
    const header = Math.min(frame, end);
    const present = view.getUint32(start + PRESENT, true);
    let at = start + PRESENT;
    while (at + 4 <= header && (view.getUint32(at, true) & MORE_PRESENT) !== 0) at += 4;
    at += 4;
    if ((present & HAS_TIMER) !== 0) at += (-(at - start) & (TIMER_LENGTH - 1)) + TIMER_LENGTH;
    const isPadded = (present & HAS_FLAGS) !== 0 && at < header && (view.getUint8(at) & PADDED) !== 0;
    followWlan(view, frame, end, isPadded, payload);
  },
};
