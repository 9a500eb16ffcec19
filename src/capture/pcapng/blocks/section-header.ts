// Section Header Block, draft-ietf-opsawg-pcapng section 4.1.
import { type BlockType, NO_FRAME } from '../block-type.ts';

//   8  byte-order magic, by which the reader has found the byte order before the block comes here
//  12  version major (16 bits), minor (16 bits)
//  16  section length (64 bits), -1 when unknown: of no use to one who reads every block
const MAJOR_VERSION = 12;
const MINOR_VERSION = 14;
const SHORTEST = 28;

/** The same number in both byte orders. */
export const SECTION_HEADER = 0x0a0d0d0a;

export const sectionHeader: BlockType = {
  types: [SECTION_HEADER],
  name: 'Section Header Block',
  read(reader, start, end) {
    if (end - start < SHORTEST) return reader.tooShort(this.name, end - start, SHORTEST);
    const major = reader.view.getUint16(start + MAJOR_VERSION, reader.littleEndian);
    const minor = reader.view.getUint16(start + MINOR_VERSION, reader.littleEndian);
    // The draft: 1.2 is to be read as 1.0 is, some writers have put it there.
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      return reader.broken('unsupported-version', start, `the section's format is an unknown pcapng ${major}.${minor}`);
    }
    reader.forgetInterfaces();
    return NO_FRAME;
  },
};
