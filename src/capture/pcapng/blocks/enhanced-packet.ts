// Enhanced Packet Block, draft-ietf-opsawg-pcapng section 4.3: nearly every block of nearly every file.
import { END, FRAME, type PlainRecords } from '../../frame-reader.ts';
import { BLOCK_TRAILER_LENGTH, type BlockType } from '../block-type.ts';
import type { Interface } from '../interface.ts';
import { padded, readPacketOptions } from '../options.ts';

//   8  interface index
//  12  timestamp, upper 32 bits
//  16  timestamp, lower 32 bits
//  20  captured length
//  24  original length
//  28  packet, padded to 32 bits; options
const INTERFACE = 8;
const TIME_HIGH = 12;
const TIME_LOW = 16;
const CAPTURED_LENGTH = 20;
const ORIGINAL_LENGTH = 24;
const PACKET = 28;
const SHORTEST = 32;

export const ENHANCED_PACKET = 0x6;

/** Blocks without options of the interface `index`; null when they cannot be read without its help. */
export function plainPackets(source: Interface, index: number, maxCapturedLength: number): PlainRecords | null {
  const clock = source.clock();
  if (clock === null) return null;
  return {
    interfaceIndex: index,
    linkType: source.linkType,
    fcsLength: source.fcsLength,
    stampAt: TIME_HIGH,
    capturedLengthAt: CAPTURED_LENGTH,
    originalLengthAt: ORIGINAL_LENGTH,
    packetAt: PACKET,
    maxCapturedLength,
    ...clock,
  };
}

export const enhancedPacket: BlockType = {
  types: [ENHANCED_PACKET],
  name: 'Enhanced Packet Block',
  read(reader, start, end) {
    if (end - start < SHORTEST) return reader.tooShort(this.name, end - start, SHORTEST);
    const { view, littleEndian } = reader;
    const index = view.getUint32(start + INTERFACE, littleEndian);
    const source = reader.interfaceAt(index, start);
    if (source === undefined) return END;
    const capturedLength = view.getUint32(start + CAPTURED_LENGTH, littleEndian);
    const room = end - BLOCK_TRAILER_LENGTH - start - PACKET;
    if (capturedLength > room || capturedLength > reader.maxCapturedLength) {
      return reader.impossiblePacket(start, capturedLength, room);
    }
    const frameEnd = start + PACKET + capturedLength;
    const optionsStart = start + PACKET + padded(capturedLength);
    reader.frameStart = start + PACKET;
    reader.frameEnd = frameEnd;
    reader.originalLength = view.getUint32(start + ORIGINAL_LENGTH, littleEndian);
    reader.linkType = source.linkType;
    reader.fcsLength = source.fcsLength;
    reader.time = source.timeOf(
      view.getUint32(start + TIME_HIGH, littleEndian),
      view.getUint32(start + TIME_LOW, littleEndian),
    );
    if (optionsStart < end - BLOCK_TRAILER_LENGTH) {
      readPacketOptions(reader, source, optionsStart, end - BLOCK_TRAILER_LENGTH);
    }
    reader.latestInterface = index;
    return FRAME;
  },
};
