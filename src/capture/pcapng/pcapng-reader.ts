// pcapng, https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
//
// Frames are numbered as Wireshark numbers them, so a few blocks that hold no packet are frames too (journal entries,
// custom blocks); they are handed out with the link type NO_LINK_TYPE. Everything unknown is skipped without being
// held in memory, however large it is.
import type { Timeline } from '../../base/timeline.ts';
import type { ByteSource } from '../byte-source.ts';
import { BufferedCaptureReader, type CaptureContext, MAX_PACKET_LENGTH, maxCapturedLength } from '../capture-reader.ts';
import { type CaptureSummary, END, FRAME, NEED_BYTES, type PlainRecords, type ReadStatus } from '../frame-reader.ts';
import { BLOCK_HEADER_LENGTH, BLOCK_TRAILER_LENGTH, NO_FRAME } from './block-type.ts';
import { blockTypeOf } from './block-types.ts';
import { ENHANCED_PACKET, enhancedPacket, plainPackets } from './blocks/enhanced-packet.ts';
import { SECTION_HEADER } from './blocks/section-header.ts';
import { DroppedFrames } from './dropped-frames.ts';
import type { Interface } from './interface.ts';

//  Block
//   0  type
//   4  total length: all of the block, a multiple of 4
//   8  body; a section header's begins with the byte-order magic
//  -4  total length again
const TOTAL_LENGTH = 4;
const BYTE_ORDER_MAGIC = 8;
const SHORTEST_BLOCK = 12;
/** A length beyond this is not believed. Wireshark's limit is 16 MiB for blocks it reads; others have no bound. */
const LONGEST_BLOCK = 256 * 1024 * 1024;
const MAGIC = 0x1a2b3c4d;

/** Names kept of a capture, and characters of key log: of hostile files the rest is not. */
const MOST_NAMES = 65_536;
const LONGEST_KEY_LOG = 64 * 1024 * 1024;

/** The link type of a frame that is not a packet. */
export const NO_LINK_TYPE = -1;

/** The first four bytes of a pcapng file as a number of either byte order. */
export const PCAPNG_MAGIC = SECTION_HEADER;

export class PcapngReader extends BufferedCaptureReader {
  protected readonly format = 'pcapng';
  readonly timeline: Timeline;
  /** Byte order of the section. */
  littleEndian = true;
  /** The section's interfaces. */
  readonly interfaces: Interface[] = [];
  /** The most captured bytes that are believed of a packet on one of the section's interfaces. */
  maxCapturedLength = MAX_PACKET_LENGTH;
  /** The interface of the latest packet; -1 when it is not to be described. */
  latestInterface = -1;
  readonly #plainRecords = new Map<number, PlainRecords | null>();
  #anySection = false;
  /** Bytes of the current unknown block that are still to be passed over, without its trailing length. */
  #toSkip = 0;
  /** Total length of the unknown block that is being passed over, 0 when none is; and where in the capture it begins. */
  #skippedLength = 0;
  #skippedOffset = 0;
  readonly #dropped = new DroppedFrames();
  readonly #names = new Map<string, string[]>();
  #nameCount = 0;
  #secrets = 0;
  #tlsKeyLog = '';

  constructor(source: ByteSource, context: CaptureContext) {
    super(source, context);
    this.timeline = context.timeline;
  }

  next(): ReadStatus {
    for (;;) {
      if (this.#skippedLength !== 0) {
        const status = this.#skip();
        if (status !== FRAME) return status;
      }
      const start = this.position;
      const present = this.limit - start;
      if (present < SHORTEST_BLOCK) return this.needMore(`the header of ${this.#nextBlock()}`, SHORTEST_BLOCK);
      const view = this.view;
      const type = view.getUint32(start, this.littleEndian);
      if ((type === SECTION_HEADER || !this.#anySection) && !this.#beginSection(start, type)) return END;

      const length = view.getUint32(start + TOTAL_LENGTH, this.littleEndian);
      if (length < SHORTEST_BLOCK || (length & 3) !== 0 || length > LONGEST_BLOCK) return this.#impossibleBlock(length);
      if (length > present) {
        if (this.#isRead(type, length)) return this.needMore(this.#nextBlock(), length);
        this.#passOver(type, start);
        this.#skippedOffset = this.offsetOf(start);
        this.position = start + BLOCK_HEADER_LENGTH;
        this.#skippedLength = length;
        this.#toSkip = length - BLOCK_HEADER_LENGTH - BLOCK_TRAILER_LENGTH;
        continue;
      }

      const end = start + length;
      const trailingLength = view.getUint32(end - BLOCK_TRAILER_LENGTH, this.littleEndian);
      if (trailingLength !== length) {
        if (end + BLOCK_HEADER_LENGTH > this.limit && !this.ended) return NEED_BYTES;
        if (!this.#leadsOn(end)) return this.#lengthsDiffer(this.offsetOf(start), length, trailingLength);
        this.#gotOverLengths(start, length, trailingLength);
      }
      if (type === ENHANCED_PACKET) {
        const status = enhancedPacket.read(this, start, end);
        if (status === END) return END;
        this.position = end;
        return this.frame();
      }
      const status = this.#isRead(type, length)
        ? blockTypeOf(type)!.read(this, start, end)
        : this.#passOver(type, start);
      if (status === END) return END;
      this.position = end;
      if (status === FRAME) return this.frame();
    }
  }

  plainRecords(): PlainRecords | null {
    const index = this.latestInterface;
    if (index < 0 || !this.littleEndian || this.#skippedLength !== 0) return null;
    let records = this.#plainRecords.get(index);
    if (records === undefined) {
      records = plainPackets(this.interfaces[index]!, index, this.maxCapturedLength);
      this.#plainRecords.set(index, records);
    }
    return records;
  }

  /** A new section: its interfaces are counted anew. */
  forgetInterfaces(): void {
    this.#dropped.endSection();
    this.latestInterface = -1;
    this.#plainRecords.clear();
    this.interfaces.length = 0;
    this.maxCapturedLength = MAX_PACKET_LENGTH;
  }

  addInterface(added: Interface): void {
    this.interfaces.push(added);
    this.#plainRecords.clear();
    this.maxCapturedLength = Math.max(this.maxCapturedLength, maxCapturedLength(added.snaplen));
    this.noteLinkType(added.linkType);
  }

  /** The section's interface `index`; undefined, and the capture is ended, when the section has described none such. */
  interfaceAt(index: number, blockStart: number): Interface | undefined {
    const found = this.interfaces[index];
    if (found === undefined) {
      const described = this.interfaces.length;
      this.broken(
        'unknown-interface',
        blockStart,
        `it is of interface ${index}, but the section has described ${described}`,
      );
    }
    return found;
  }

  /** So many frames were lost before a packet of the interface `source`. */
  droppedBefore(source: Interface, count: number): void {
    if (count === 0) return;
    source.droppedBetween += count;
    this.#dropped.noteLoss(source);
  }

  /** So many frames were lost on the interface `source` since the capture began. */
  droppedInAll(source: Interface, count: number): void {
    source.droppedInAll = Math.max(source.droppedInAll, count);
    this.#dropped.noteLoss(source);
  }

  /** The host `address` is called `name`, says the record at `index`. */
  addName(address: string, name: string, index: number): void {
    const known = this.#names.get(address);
    if (known?.includes(name)) return;
    if (this.#nameCount === MOST_NAMES) {
      this.gotOver('too-many-names', index, `only ${MOST_NAMES} names of hosts are kept`);
      return;
    }
    this.#nameCount++;
    if (known === undefined) this.#names.set(address, [name]);
    else known.push(name);
  }

  /** A block of secrets at `index`, with a TLS key log unless it is ''. */
  addSecrets(tlsKeyLog: string, index: number): void {
    this.#secrets++;
    if (tlsKeyLog === '') return;
    if (this.#tlsKeyLog.length + tlsKeyLog.length > LONGEST_KEY_LOG) {
      const message = `only the first ${LONGEST_KEY_LOG / 1024 / 1024} MiB of TLS key logs are kept`;
      this.gotOver('too-many-secrets', index, message);
      return;
    }
    this.#tlsKeyLog += tlsKeyLog.endsWith('\n') ? tlsKeyLog : `${tlsKeyLog}\n`;
  }

  /** The text of `length` bytes in the buffer: UTF-8, as the draft has it. */
  text(index: number, length: number): string {
    return this.buffer.toString('utf8', index, index + length);
  }

  optionTooLong(option: number, code: number, length: number, room: number): void {
    const offset = this.offsetOf(option);
    const message = `option ${code} at byte ${offset} claims ${length} bytes, but its block has ${room}: it is ignored`;
    this.gotOver('impossible-option', option, message);
  }

  override summary(): CaptureSummary {
    const summary = super.summary();
    const dropped = this.#dropped.problem();
    return {
      ...summary,
      problems: dropped === null ? summary.problems : [...summary.problems, dropped],
      names: this.#names,
      secrets: this.#secrets,
      tlsKeyLog: this.#tlsKeyLog,
    };
  }

  /** Describes a block that Wireshark numbers as a frame though it holds no packet. */
  frameWithoutPacket(dataStart: number, blockEnd: number): typeof FRAME {
    this.frameStart = dataStart;
    this.frameEnd = blockEnd - BLOCK_TRAILER_LENGTH;
    this.originalLength = this.frameEnd - dataStart;
    this.linkType = NO_LINK_TYPE;
    this.fcsLength = 0;
    this.time = Number.NaN;
    return FRAME;
  }

  tooShort(name: string, length: number, shortest: number): typeof END {
    const why = `it is ${length} bytes long, but the shortest ${name} has ${shortest}`;
    return this.broken('impossible-length', this.position, why);
  }

  impossiblePacket(blockStart: number, capturedLength: number, room: number): typeof END {
    const bound =
      capturedLength > room
        ? `the ${room} that its block has room for`
        : `the ${this.maxCapturedLength} that a packet can have`;
    return this.broken(
      'impossible-length',
      blockStart,
      `it claims ${capturedLength} captured bytes, more than ${bound}`,
    );
  }

  /** Ends the capture at the block that begins at `blockStart`: `why` says what is wrong with it. */
  broken(kind: string, blockStart: number, why: string): typeof END {
    return this.#unreadable(kind, this.offsetOf(blockStart), why);
  }

  /** Finds the byte order of the section whose header begins at `start`. */
  #beginSection(start: number, type: number): boolean {
    const magic = this.view.getUint32(start + BYTE_ORDER_MAGIC, true);
    const swapped = this.view.getUint32(start + BYTE_ORDER_MAGIC, false);
    if (type !== SECTION_HEADER || (magic !== MAGIC && swapped !== MAGIC)) {
      this.broken('impossible-byte-order', start, 'it begins a section without a byte-order magic');
      return false;
    }
    this.littleEndian = magic === MAGIC;
    this.#anySection = true;
    return true;
  }

  /** FRAME when the block is behind us, otherwise what `next()` has to return. */
  #skip(): ReadStatus {
    const passed = Math.min(this.#toSkip, this.limit - this.position);
    this.position += passed;
    this.#toSkip -= passed;
    const missing = this.#toSkip + BLOCK_TRAILER_LENGTH;
    if (this.limit - this.position < missing) {
      if (!this.ended) return NEED_BYTES;
      const lost = missing - (this.limit - this.position);
      return this.stop(
        'truncated',
        `the capture ends inside ${this.#nextBlock()} at byte ${this.#skippedOffset}: ` +
          `${this.#skippedLength - lost} of its ${this.#skippedLength} bytes are there, ${lost} are lost`,
        this.#skippedOffset,
      );
    }
    const trailingLength = this.view.getUint32(this.position, this.littleEndian);
    const end = this.position + BLOCK_TRAILER_LENGTH;
    if (trailingLength !== this.#skippedLength) {
      if (end + BLOCK_HEADER_LENGTH > this.limit && !this.ended) return NEED_BYTES;
      if (!this.#leadsOn(end)) return this.#lengthsDiffer(this.#skippedOffset, this.#skippedLength, trailingLength);
      const start = this.position - (this.offsetOf(this.position) - this.#skippedOffset);
      this.#gotOverLengths(start, this.#skippedLength, trailingLength);
    }
    this.position = end;
    this.#skippedLength = 0;
    return FRAME;
  }

  /** Whether blocks of this type are read, and this one can be held whole. */
  #isRead(type: number, length: number): boolean {
    const blockType = blockTypeOf(type);
    return blockType !== undefined && length <= (blockType.longest ?? LONGEST_BLOCK);
  }

  #passOver(type: number, start: number): typeof NO_FRAME {
    const blockType = blockTypeOf(type);
    if (blockType !== undefined) {
      this.gotOver('oversized-block', start, `a ${blockType.name} is longer than ${blockType.longest} bytes: not read`);
    }
    return NO_FRAME;
  }

  /**
   * Whether a block that can be read, or nothing at all, stands at `end`. Then the length at the beginning of the block
   * before is right, whatever stands at its end: a few writers forget to mend it.
   */
  #leadsOn(end: number): boolean {
    if (end === this.limit) return true;
    if (end + BLOCK_HEADER_LENGTH > this.limit) return false;
    const type = this.view.getUint32(end, this.littleEndian);
    if (type === SECTION_HEADER) return true;
    const length = this.view.getUint32(end + TOTAL_LENGTH, this.littleEndian);
    return blockTypeOf(type) !== undefined && length >= SHORTEST_BLOCK && (length & 3) === 0 && length <= LONGEST_BLOCK;
  }

  #gotOverLengths(index: number, length: number, trailingLength: number): void {
    const message =
      `the length of ${this.#nextBlock()} is ${length} at its beginning and ${trailingLength} at its end; ` +
      'the first is believed, as it leads to another block';
    this.gotOver('lengths-differ', index, message);
  }

  #nextBlock(): string {
    return this.frames === 0 ? 'a block before the first frame' : `a block after frame ${this.frames}`;
  }

  #impossibleBlock(length: number): ReadStatus {
    return this.broken(
      'impossible-length',
      this.position,
      `it claims a length of ${length}, but a block has ${SHORTEST_BLOCK} to ${LONGEST_BLOCK} bytes in multiples of 4`,
    );
  }

  #lengthsDiffer(offset: number, length: number, trailingLength: number): ReadStatus {
    return this.#unreadable(
      'impossible-length',
      offset,
      `its length is ${length} at its beginning and ${trailingLength} at its end`,
    );
  }

  #unreadable(kind: string, offset: number, why: string): typeof END {
    const message = `${this.#nextBlock()} at byte ${offset} cannot be read: ${why}; ${this.restNotRead(offset)}`;
    return this.stop(kind, message, offset);
  }
}
