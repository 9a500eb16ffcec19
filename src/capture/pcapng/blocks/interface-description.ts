// Interface Description Block, draft-ietf-opsawg-pcapng section 4.2.
import { BLOCK_TRAILER_LENGTH, type BlockType, NO_FRAME } from '../block-type.ts';
import { DEFAULT_RESOLUTION, Interface, isResolution } from '../interface.ts';
import { eachOption } from '../options.ts';

//   8  link type (16 bits), reserved (16 bits)
//  12  snaplen, 0 for unlimited
//  16  options
const LINK_TYPE = 8;
const SNAPLEN = 12;
const OPTIONS = 16;
const SHORTEST = 20;

/** No machine has as many; more are not kept in memory. */
const MOST_INTERFACES = 65_536;
const LONGEST_NAME = 64;

const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_FCSLEN = 13;
const IF_TSOFFSET = 14;

export const interfaceDescription: BlockType = {
  types: [0x1],
  name: 'Interface Description Block',
  read(reader, start, end) {
    if (end - start < SHORTEST) return reader.tooShort(this.name, end - start, SHORTEST);
    if (reader.interfaces.length === MOST_INTERFACES) {
      return reader.broken('too-many-interfaces', start, `it is its section's interface ${MOST_INTERFACES + 1}`);
    }
    const { view, littleEndian } = reader;
    const index = reader.interfaces.length;
    let name: string | null = null;
    let resolution = DEFAULT_RESOLUTION;
    let offsetSeconds = 0;
    let fcsLength = 0;
    eachOption(reader, start + OPTIONS, end - BLOCK_TRAILER_LENGTH, (code, value, length) => {
      if (code === IF_NAME && length > 0) name = reader.text(value, Math.min(length, LONGEST_NAME));
      else if (code === IF_TSRESOL && length >= 1) resolution = view.getUint8(value);
      else if (code === IF_FCSLEN && length >= 1) fcsLength = fcsLengthOf(view.getUint8(value));
      else if (code === IF_TSOFFSET && length >= 8) offsetSeconds = Number(view.getBigInt64(value, littleEndian));
    });
    if (!isResolution(resolution)) {
      const units = `${(resolution & 0x80) === 0 ? 10 : 2} to the power of -${resolution & 0x7f}`;
      reader.gotOver(
        'impossible-resolution',
        start,
        `interface ${index} counts time in units of ${units} seconds, of which 64 bits span no second: its frames have no time`,
      );
    }
    const linkType = view.getUint16(start + LINK_TYPE, littleEndian);
    const snaplen = view.getUint32(start + SNAPLEN, littleEndian);
    reader.addInterface(
      new Interface({ name, index, linkType, snaplen, resolution, offsetSeconds, fcsLength }, reader.timeline),
    );
    return NO_FRAME;
  },
};

/** The draft's example "4" means 4 bytes, as Wireshark reads it; 255 is what it writes for an unknown length. */
function fcsLengthOf(value: number): number {
  return value === 0xff ? 0 : value;
}
