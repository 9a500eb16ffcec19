// Name Resolution Block, draft-ietf-opsawg-pcapng section 4.5.
import { BLOCK_TRAILER_LENGTH, type BlockType, NO_FRAME } from '../block-type.ts';
import { padded } from '../options.ts';

//   8  records: type (16 bits), length (16 bits), value padded to 32 bits; nrb_record_end ends them. Options follow.
//  An address record's value: the address, then names, each with a zero byte behind it.
const RECORDS = 8;
const RECORD_HEADER_LENGTH = 4;
const RECORD_END = 0;
const RECORD_IPV4 = 1;
const RECORD_IPV6 = 2;
const IPV4_LENGTH = 4;
const IPV6_LENGTH = 16;

/** A name in the DNS has 253 characters at most. */
const LONGEST_NAME = 255;

export const nameResolution: BlockType = {
  types: [0x4],
  name: 'Name Resolution Block',
  longest: 16 * 1024 * 1024,
  read(reader, start, end) {
    const { view, littleEndian } = reader;
    const limit = end - BLOCK_TRAILER_LENGTH;
    let record = start + RECORDS;
    while (record + RECORD_HEADER_LENGTH <= limit) {
      const type = view.getUint16(record, littleEndian);
      const length = view.getUint16(record + 2, littleEndian);
      const value = record + RECORD_HEADER_LENGTH;
      if (type === RECORD_END) break;
      if (value + length > limit) {
        const room = `but there are ${limit - value}`;
        reader.gotOver('impossible-name', record, `a record of a ${this.name} claims ${length} bytes, ${room}`);
        break;
      }
      const addressLength = type === RECORD_IPV4 ? IPV4_LENGTH : type === RECORD_IPV6 ? IPV6_LENGTH : length;
      if (length > addressLength) {
        const address = type === RECORD_IPV4 ? ipv4Text(view, value) : ipv6Text(view, value);
        let name = value + addressLength;
        while (name < value + length) {
          const zero = reader.buffer.indexOf(0, name);
          const nameEnd = zero === -1 ? value + length : Math.min(zero, value + length);
          const nameLength = Math.min(nameEnd - name, LONGEST_NAME);
          if (nameLength > 0) reader.addName(address, reader.text(name, nameLength), record);
          name = nameEnd + 1;
        }
      }
      record = value + padded(length);
    }
    return NO_FRAME;
  },
};

function ipv4Text(view: DataView, index: number): string {
  return [0, 1, 2, 3].map((byte) => view.getUint8(index + byte)).join('.');
}

/** In eight groups: whoever compares it with another writes both in the same way. */
function ipv6Text(view: DataView, index: number): string {
  return [0, 2, 4, 6, 8, 10, 12, 14].map((byte) => view.getUint16(index + byte, false).toString(16)).join(':');
}
