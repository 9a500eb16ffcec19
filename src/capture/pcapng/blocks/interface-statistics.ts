// Interface Statistics Block, draft-ietf-opsawg-pcapng section 4.6. Of its counts only the losses matter here: they
// count from the capture's beginning, so the last block of an interface says it all.
import { BLOCK_TRAILER_LENGTH, type BlockType, NO_FRAME } from '../block-type.ts';
import { countAt, eachOption } from '../options.ts';

//   8  interface index
//  12  timestamp (8 bytes)
//  20  options
const INTERFACE = 8;
const OPTIONS = 20;
const SHORTEST = 24;

/** Frames that the interface had no room for, and that the operating system had none for: no frame is in both. */
const ISB_IFDROP = 5;
const ISB_OSDROP = 7;

export const interfaceStatistics: BlockType = {
  types: [0x5],
  name: 'Interface Statistics Block',
  longest: 1024 * 1024,
  read(reader, start, end) {
    const { view, littleEndian } = reader;
    const index = end - start < SHORTEST ? -1 : view.getUint32(start + INTERFACE, littleEndian);
    const source = reader.interfaces[index];
    if (source === undefined) {
      const why = index === -1 ? 'is too short' : `is of interface ${index}, which the section has not described`;
      reader.gotOver('impossible-statistics', start, `an ${this.name} ${why}`);
      return NO_FRAME;
    }
    let dropped = 0;
    eachOption(reader, start + OPTIONS, end - BLOCK_TRAILER_LENGTH, (code, value, length) => {
      if ((code === ISB_IFDROP || code === ISB_OSDROP) && length >= 8) dropped += countAt(view, littleEndian, value);
    });
    if (dropped > 0) reader.droppedInAll(source, dropped);
    return NO_FRAME;
  },
};
