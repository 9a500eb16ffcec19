// Custom Block, draft-ietf-opsawg-pcapng section 4.8, in its copyable and its not copyable form. No packet, but
// Wireshark numbers it as a frame since 4.0.
import type { BlockType } from '../block-type.ts';

//   8  Private Enterprise Number
//  12  custom data
const DATA = 12;
const SHORTEST = 16;

export const custom: BlockType = {
  types: [0xbad, 0x4000_0bad],
  name: 'Custom Block',
  read(reader, start, end) {
    if (end - start < SHORTEST) return reader.tooShort(this.name, end - start, SHORTEST);
    return reader.frameWithoutPacket(start + DATA, end);
  },
};
