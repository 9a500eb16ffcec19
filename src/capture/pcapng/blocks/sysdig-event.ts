// Sysdig event blocks (libscap's EV, EVv2 and EVv2 large), draft-ietf-opsawg-pcapng section 11.1. No packet, but
// Wireshark numbers them as frames.
import { BLOCK_HEADER_LENGTH, type BlockType } from '../block-type.ts';

export const sysdigEvent: BlockType = {
  types: [0x204, 0x216, 0x221],
  name: 'Sysdig Event Block',
  read(reader, start, end) {
    return reader.frameWithoutPacket(start + BLOCK_HEADER_LENGTH, end);
  },
};
