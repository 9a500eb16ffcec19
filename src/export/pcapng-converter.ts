// CONVERTS a pcapng capture into a section that it shares with other captures: its interfaces get new numbers, and
// numbers get the byte order of that section. An interface that a later section describes with the same bytes is not
// described again.
//
// What is kept: packets with all their options, interfaces, statistics, names, secrets, custom blocks, journal entries.
// A section header is only one in the output, so what those of the captures tell is left out, and said. A block that
// nobody knows is copied while its numbers stand in the right byte order, for what is in it cannot be told.

import { BLOCK_HEADER_LENGTH, BLOCK_TRAILER_LENGTH } from '../capture/pcapng/block-type.ts';
import { SECTION_HEADER } from '../capture/pcapng/blocks/section-header.ts';
import { padded } from '../capture/pcapng/options.ts';
import type { BlockWriter } from '../capture/pcapng/write-block.ts';
import { OPTION_HEADER_LENGTH } from '../capture/pcapng/write-block.ts';
import {
  type Block,
  COMMENT,
  ENHANCED_PACKET,
  isPacket,
  OBSOLETE_PACKET,
  optionsOf,
  SIMPLE_PACKET,
  writePacket,
} from '../capture/pcapng/write-comments.ts';
import type { FrameCopier } from './frame-copier.ts';
import { INTERFACE_DESCRIPTION, type Interfaces } from './interfaces.ts';
import type { TappedReader } from './tapped-reader.ts';

/** Of a section header without options. */
const SECTION_HEADER_LENGTH = 28;
const NAME_RESOLUTION = 0x4;
const INTERFACE_STATISTICS = 0x5;
const JOURNAL_EXPORT = 0x9;
const DECRYPTION_SECRETS = 0xa;
const CUSTOM = 0xbad;
const CUSTOM_NOT_COPYABLE = 0x4000_0bad;

/** Bytes of the numbers in an option's value, by its code; all other values are bytes or text. */
type NumberWidths = ReadonlyMap<number, number>;
/** Options that begin with a Private Enterprise Number, of all blocks. */
const CUSTOM_OPTIONS = [2988, 2989, 19_372, 19_373];
/** epb_flags, epb_dropcount, epb_packetid, epb_queue. */
const PACKET_NUMBERS: NumberWidths = new Map([
  [2, 4],
  [4, 8],
  [5, 8],
  [6, 4],
]);
/** if_speed, if_tzone, if_tsoffset, if_txspeed, if_rxspeed. */
const INTERFACE_NUMBERS: NumberWidths = new Map([
  [8, 8],
  [10, 4],
  [14, 8],
  [16, 8],
  [17, 8],
]);
/** isb_starttime and isb_endtime (two words each, the upper one first), and the counts. */
const STATISTICS_NUMBERS: NumberWidths = new Map([
  [2, 4],
  [3, 4],
  [4, 8],
  [5, 8],
  [6, 8],
  [7, 8],
  [8, 8],
]);
const NO_NUMBERS: NumberWidths = new Map();
const END_OF_OPTIONS = 0;
const IF_DESCRIPTION = 3;
const PACKET_DROP_COUNT = 4;
const UNKNOWN_DROPS = 0xffff;

export class PcapngConverter implements FrameCopier {
  readonly #writer: BlockWriter;
  readonly #reader: TappedReader;
  readonly #interfaces: Interfaces;
  /** What an interface is called that has no description of its own. */
  readonly #name: string;
  readonly #keepSecrets: boolean;
  /** The output's numbers of the section's interfaces, and of all that were described, by their bytes. */
  #numbers: number[] = [];
  readonly #described = new Map<string, number>();
  #headersWithOptions = 0;
  #unknownBlocks = 0;

  constructor(writer: BlockWriter, reader: TappedReader, interfaces: Interfaces, name: string, keepSecrets: boolean) {
    this.#name = name;
    this.#writer = writer;
    this.#reader = reader;
    this.#interfaces = interfaces;
    this.#keepSecrets = keepSecrets;
  }

  passed(block: Block): void {
    const { type, view, start, end, littleEndian } = block;
    const body = start + BLOCK_HEADER_LENGTH;
    if (type === SECTION_HEADER) {
      this.#numbers = [];
      if (end - start > SECTION_HEADER_LENGTH) this.#headersWithOptions++;
    } else if (type === INTERFACE_DESCRIPTION) this.#describe(block);
    else if (type === INTERFACE_STATISTICS) {
      if (end - start < 24) return;
      const number = this.#numbers[view.getUint32(body, littleEndian)];
      // Statistics of an interface that its section does not describe: nobody's.
      if (number === undefined) return;
      this.#writer.beginBlock(type);
      this.#writer.u32(number);
      this.#words(block, body + 4, body + 12);
      this.#options(block, body + 12, STATISTICS_NUMBERS);
      this.#writer.endBlock();
    } else if (type !== DECRYPTION_SECRETS || this.#keepSecrets) this.#other(block);
  }

  frame(comments: readonly string[]): number {
    const block = this.#reader.block!;
    if (!isPacket(block.type)) {
      this.#other(block);
      return 0;
    }
    const writer = this.#writer;
    const { view, start, littleEndian } = block;
    const body = start + BLOCK_HEADER_LENGTH;
    writer.beginBlock(ENHANCED_PACKET);
    if (block.type === SIMPLE_PACKET) {
      writer.u32(this.#numbers[0]!);
      writer.u64(0n);
    } else {
      const isObsolete = block.type === OBSOLETE_PACKET;
      const number = isObsolete ? view.getUint16(body, littleEndian) : view.getUint32(body, littleEndian);
      writer.u32(this.#numbers[number]!);
      this.#words(block, body + 4, body + 12);
    }
    writePacket(writer, block.buffer, this.#reader);
    let hasOptions = false;
    if (block.type === OBSOLETE_PACKET) {
      const dropped = view.getUint16(body + 2, littleEndian);
      if (dropped !== 0 && dropped !== UNKNOWN_DROPS) {
        hasOptions = true;
        writer.u16(PACKET_DROP_COUNT);
        writer.u16(8);
        writer.u64(BigInt(dropped));
      }
    }
    if (block.type !== SIMPLE_PACKET)
      hasOptions = this.#eachOption(block, optionsOf(block), PACKET_NUMBERS).length > 0 || hasOptions;
    for (const comment of comments) writer.textOption(COMMENT, comment);
    if (hasOptions || comments.length > 0) writer.endOfOptions();
    writer.endBlock();
    return comments.length;
  }

  end(): void {}

  notes(): readonly string[] {
    const notes: string[] = [];
    if (this.#headersWithOptions > 0) notes.push('what its section header tells of its origin is left out');
    if (this.#unknownBlocks > 0) {
      notes.push(`blocks of unknown types in another byte order are left out (${this.#unknownBlocks})`);
    }
    return notes;
  }

  #describe(block: Block): void {
    const { buffer, view, start, end } = block;
    if (end - start < 20) return;
    const bytes = `${block.littleEndian} ${buffer.toString('latin1', start, end)}`;
    const known = this.#described.get(bytes);
    // Twice in one section they are two.
    if (known !== undefined && !this.#numbers.includes(known)) {
      this.#numbers.push(known);
      return;
    }
    const number = this.#interfaces.add();
    this.#described.set(bytes, number);
    this.#numbers.push(number);
    const body = start + BLOCK_HEADER_LENGTH;
    this.#writer.beginBlock(INTERFACE_DESCRIPTION);
    this.#writer.u16(view.getUint16(body, block.littleEndian));
    this.#writer.u16(0);
    this.#words(block, body + 4, body + 8);
    if (!this.#eachOption(block, body + 8, INTERFACE_NUMBERS).includes(IF_DESCRIPTION)) {
      this.#writer.textOption(IF_DESCRIPTION, this.#name);
    }
    this.#writer.endOfOptions();
    this.#writer.endBlock();
  }

  /** Any other block: copied in its own byte order where that is the output's, else as far as it is known. */
  #other(block: Block): void {
    const { type, buffer, start, end, littleEndian } = block;
    const writer = this.#writer;
    const body = start + BLOCK_HEADER_LENGTH;
    const bodyEnd = end - BLOCK_TRAILER_LENGTH;
    if (littleEndian === writer.littleEndian) {
      writer.copy(buffer, start, end);
      return;
    }
    const words = { [JOURNAL_EXPORT]: 0, [CUSTOM]: 4, [CUSTOM_NOT_COPYABLE]: 4, [DECRYPTION_SECRETS]: 8 }[type];
    if (words === undefined && type !== NAME_RESOLUTION) {
      this.#unknownBlocks++;
      return;
    }
    writer.beginBlock(type);
    if (words === undefined) this.#names(block, body);
    else {
      const opaque = Math.min(body + words, bodyEnd);
      this.#words(block, body, opaque);
      writer.copy(buffer, opaque, bodyEnd);
    }
    writer.endBlock();
  }

  /** Records of names: type and length (16 bits each), then an address and names, which are bytes; then options. */
  #names(block: Block, start: number): void {
    const { buffer, view, end, littleEndian } = block;
    const bodyEnd = end - BLOCK_TRAILER_LENGTH;
    let record = start;
    while (record + 4 <= bodyEnd) {
      const type = view.getUint16(record, littleEndian);
      const length = view.getUint16(record + 2, littleEndian);
      const next = record + 4 + padded(length);
      if (next > bodyEnd) break;
      this.#writer.u16(type);
      this.#writer.u16(length);
      this.#writer.copy(buffer, record + 4, next);
      record = next;
      if (type === 0) break;
    }
    this.#options(block, record, NO_NUMBERS);
  }

  #options(block: Block, start: number, numbers: NumberWidths): void {
    if (this.#eachOption(block, start, numbers).length > 0) this.#writer.endOfOptions();
  }

  /** Writes the options of `block` from `start` on, as far as they can be read; returns their codes. */
  #eachOption({ buffer, view, end, littleEndian }: Block, start: number, numbers: NumberWidths): number[] {
    const writer = this.#writer;
    const bodyEnd = end - BLOCK_TRAILER_LENGTH;
    const codes: number[] = [];
    let option = start;
    while (option + OPTION_HEADER_LENGTH <= bodyEnd) {
      const code = view.getUint16(option, littleEndian);
      const length = view.getUint16(option + 2, littleEndian);
      const value = option + OPTION_HEADER_LENGTH;
      if (code === END_OF_OPTIONS || value + padded(length) > bodyEnd) break;
      const bytes = Buffer.from(buffer.subarray(value, value + length));
      if (littleEndian !== writer.littleEndian) {
        const width = numbers.get(code) ?? 0;
        if (CUSTOM_OPTIONS.includes(code) && length >= 4) bytes.subarray(0, 4).reverse();
        else if (width > 0) {
          for (let at = 0; at + width <= length; at += width) bytes.subarray(at, at + width).reverse();
        }
      }
      writer.option(code, bytes);
      codes.push(code);
      option = value + padded(length);
    }
    return codes;
  }

  /** The 32-bit numbers of `block` from `start` to `end`, in the output's byte order. */
  #words({ view, littleEndian }: Block, start: number, end: number): void {
    for (let at = start; at + 4 <= end; at += 4) this.#writer.u32(view.getUint32(at, littleEndian));
  }
}
