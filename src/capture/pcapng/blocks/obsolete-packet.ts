// Packet Block, draft-ietf-opsawg-pcapng appendix A: the enhanced packet block's predecessor.
import { END, FRAME } from '../../frame-reader.ts';
import { BLOCK_TRAILER_LENGTH, type BlockType } from '../block-type.ts';
import { padded, readPacketOptions } from '../options.ts';

//   8  interface index (16 bits), packets dropped (16 bits)
//  12  timestamp, upper 32 bits
//  16  timestamp, lower 32 bits
//  20  captured length
//  24  original length
//  28  packet, padded to 32 bits; options
const INTERFACE = 8;
const DROPPED = 10;
const TIME_HIGH = 12;
const TIME_LOW = 16;
const CAPTURED_LENGTH = 20;
const ORIGINAL_LENGTH = 24;
const PACKET = 28;
const SHORTEST = 32;

/** So many packets dropped mean that nobody knows how many. */
const UNKNOWN_DROPS = 0xffff;

export const obsoletePacket: BlockType = {
  types: [0x2],
  name: 'Packet Block',
  read(reader, start, end) {
    if (end - start < SHORTEST) return reader.tooShort(this.name, end - start, SHORTEST);
    const { view, littleEndian } = reader;
    const source = reader.interfaceAt(view.getUint16(start + INTERFACE, littleEndian), start);
    if (source === undefined) return END;
    const capturedLength = view.getUint32(start + CAPTURED_LENGTH, littleEndian);
    const room = end - BLOCK_TRAILER_LENGTH - start - PACKET;
    if (capturedLength > room || capturedLength > reader.maxCapturedLength) {
      return reader.impossiblePacket(start, capturedLength, room);
    }
    reader.frameStart = start + PACKET;
    reader.frameEnd = start + PACKET + capturedLength;
    reader.originalLength = view.getUint32(start + ORIGINAL_LENGTH, littleEndian);
    reader.linkType = source.linkType;
    reader.fcsLength = source.fcsLength;
    reader.time = source.timeOf(
      view.getUint32(start + TIME_HIGH, littleEndian),
      view.getUint32(start + TIME_LOW, littleEndian),
    );
    const dropped = view.getUint16(start + DROPPED, littleEndian);
    if (dropped !== 0 && dropped !== UNKNOWN_DROPS) reader.droppedBefore(source, dropped);
    const optionsStart = start + PACKET + padded(capturedLength);
    readPacketOptions(reader, source, optionsStart, end - BLOCK_TRAILER_LENGTH);
    return FRAME;
  },
};
