// WRITES a packet's block again with comments on it. Everything that was there stays: the comments are put behind the
// packet's other options, before the one that ends them.
//
// The obsolete packet block carries the same options, so it stays what it is. The simple packet block carries none: it
// becomes an enhanced one of the section's first interface with a timestamp of zero, by which writers without a clock
// say that there is no time.

import { BLOCK_TRAILER_LENGTH } from './block-type.ts';
import { ENHANCED_PACKET } from './blocks/enhanced-packet.ts';
import { padded } from './options.ts';
import { type BlockWriter, OPTION_HEADER_LENGTH, utf8 } from './write-block.ts';

export const OBSOLETE_PACKET = 0x2;
export const SIMPLE_PACKET = 0x3;
export { ENHANCED_PACKET };

/** opt_comment, of all blocks. */
export const COMMENT = 1;
const END_OF_OPTIONS = 0;

/** Where the packet begins in an enhanced and an obsolete packet block. */
const PACKET = 28;
const CAPTURED_LENGTH = 20;

/** A block as it lies in a buffer. */
export interface Block {
  readonly type: number;
  readonly littleEndian: boolean;
  readonly buffer: Buffer;
  readonly view: DataView;
  /** Its first byte, and behind its last one. */
  readonly start: number;
  readonly end: number;
}

/** Where the packet of a block lies in its buffer, and how long it was on the wire. */
export interface PacketPlace {
  readonly frameStart: number;
  readonly frameEnd: number;
  readonly originalLength: number;
}

/** Whether comments can stand on blocks of this type. */
export function isPacket(type: number): boolean {
  return type === ENHANCED_PACKET || type === OBSOLETE_PACKET || type === SIMPLE_PACKET;
}

/**
 * Writes `block`, which is a packet's, with `comments`, in its own byte order. A comment that stands there already is
 * not put there a second time; returns how many were put there.
 */
export function writeWithComments(
  writer: BlockWriter,
  block: Block,
  place: PacketPlace,
  comments: readonly string[],
): number {
  if (block.type === SIMPLE_PACKET) {
    writer.beginBlock(ENHANCED_PACKET);
    writer.u32(0);
    writer.u64(0n);
    writePacket(writer, block.buffer, place);
    for (const comment of comments) writer.textOption(COMMENT, comment);
    writer.endOfOptions();
    writer.endBlock();
    return comments.length;
  }
  const { buffer, start, end } = block;
  const bodyEnd = end - BLOCK_TRAILER_LENGTH;
  const options = placeInOptions(block, optionsOf(block), bodyEnd);
  const added = comments.map(utf8).filter((comment) => !options.comments.some((known) => known.equals(comment)));
  if (added.length === 0) {
    writer.copy(buffer, start, end);
    return 0;
  }
  writer.beginBlockWith(buffer, start, options.end);
  for (const comment of added) writer.option(COMMENT, comment);
  if (options.end === bodyEnd) writer.endOfOptions();
  else writer.copy(buffer, options.end, bodyEnd);
  writer.endBlock();
  return added.length;
}

/** Both lengths, the packet and its padding: alike in the blocks that have options. */
export function writePacket(writer: BlockWriter, buffer: Buffer, place: PacketPlace): void {
  const capturedLength = place.frameEnd - place.frameStart;
  writer.u32(capturedLength);
  writer.u32(place.originalLength);
  writer.copy(buffer, place.frameStart, place.frameEnd);
  writer.pad(capturedLength);
}

/** Index of the first option in an enhanced or obsolete packet block. */
export function optionsOf({ view, start, littleEndian }: Block): number {
  return start + PACKET + padded(view.getUint32(start + CAPTURED_LENGTH, littleEndian));
}

/**
 * Where a further option can stand: behind the options that can be read. What follows, the option that ends them or
 * one with a length that cannot be, stays behind it.
 */
function placeInOptions({ buffer, view, littleEndian }: Block, start: number, bodyEnd: number) {
  const comments: Buffer[] = [];
  let option = start;
  while (option + OPTION_HEADER_LENGTH <= bodyEnd) {
    const code = view.getUint16(option, littleEndian);
    const value = option + OPTION_HEADER_LENGTH;
    const length = view.getUint16(option + 2, littleEndian);
    if (code === END_OF_OPTIONS || value + padded(length) > bodyEnd) break;
    if (code === COMMENT) comments.push(buffer.subarray(value, value + length));
    option = value + padded(length);
  }
  return { end: option, comments };
}
