// systemd Journal Export Block, draft-ietf-opsawg-pcapng section 4.7. No packet, but Wireshark numbers it as a frame.
import { BLOCK_HEADER_LENGTH, type BlockType } from '../block-type.ts';

export const systemdJournalExport: BlockType = {
  types: [0x9],
  name: 'systemd Journal Export Block',
  read(reader, start, end) {
    return reader.frameWithoutPacket(start + BLOCK_HEADER_LENGTH, end);
  },
};
