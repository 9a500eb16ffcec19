// Interface Description Block, draft-ietf-opsawg-pcapng section 4.2.
import { BLOCK_TRAILER_LENGTH, type BlockType, NO_FRAME } from '../block-type.ts';
import { DEFAULT_RESOLUTION, Interface } from '../interface.ts';
import { findOption } from '../options.ts';

//   8  link type (16 bits), reserved (16 bits)
//  12  snaplen, 0 for unlimited
//  16  options
const LINK_TYPE = 8;
const SNAPLEN = 12;
const OPTIONS = 16;
const SHORTEST = 20;

/** No machine has as many; more are not kept in memory. */
const MOST_INTERFACES = 65_536;

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
    const option = (code: number, length: number) =>
      findOption(view, littleEndian, start + OPTIONS, end - BLOCK_TRAILER_LENGTH, code, length);
    const resolution = option(IF_TSRESOL, 1);
    const offset = option(IF_TSOFFSET, 8);
    const fcsLength = option(IF_FCSLEN, 1);
    reader.addInterface(
      new Interface(
        {
          linkType: view.getUint16(start + LINK_TYPE, littleEndian),
          snaplen: view.getUint32(start + SNAPLEN, littleEndian),
          resolution: resolution === -1 ? DEFAULT_RESOLUTION : view.getUint8(resolution),
          offsetSeconds: offset === -1 ? 0 : Number(view.getBigInt64(offset, littleEndian)),
          fcsLength: fcsLength === -1 ? 0 : fcsLengthOf(view.getUint8(fcsLength)),
        },
        reader.timeline,
      ),
    );
    return NO_FRAME;
  },
};

/** The draft's example "4" means 4 bytes, as Wireshark reads it; 255 is what it writes for an unknown length. */
function fcsLengthOf(value: number): number {
  return value === 0xff ? 0 : value;
}
