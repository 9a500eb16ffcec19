// Simple Packet Block, draft-ietf-opsawg-pcapng section 4.4: of the section's first interface, without a time.
import { END, FRAME } from '../../frame-reader.ts';
import { BLOCK_TRAILER_LENGTH, type BlockType } from '../block-type.ts';

//   8  original length
//  12  packet, cut to the interface's snaplen, padded to 32 bits
const ORIGINAL_LENGTH = 8;
const PACKET = 12;
const SHORTEST = 16;

export const simplePacket: BlockType = {
  types: [0x3],
  name: 'Simple Packet Block',
  read(reader, start, end) {
    if (end - start < SHORTEST) return reader.tooShort(this.name, end - start, SHORTEST);
    const source = reader.interfaceAt(0, start);
    if (source === undefined) return END;
    const originalLength = reader.view.getUint32(start + ORIGINAL_LENGTH, reader.littleEndian);
    const capturedLength = source.snaplen === 0 ? originalLength : Math.min(originalLength, source.snaplen);
    const room = end - BLOCK_TRAILER_LENGTH - start - PACKET;
    if (capturedLength > room || capturedLength > reader.maxCapturedLength) {
      return reader.impossiblePacket(start, capturedLength, room);
    }
    reader.frameStart = start + PACKET;
    reader.frameEnd = start + PACKET + capturedLength;
    reader.originalLength = originalLength;
    reader.linkType = source.linkType;
    reader.fcsLength = source.fcsLength;
    reader.time = Number.NaN;
    return FRAME;
  },
};
