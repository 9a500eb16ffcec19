// CONVERTS a classic pcap into the output's section: one interface with the file's link type, snaplen, resolution and
// FCS length, and an enhanced packet block for each record, its time exactly as the record tells it.
import type { PcapHeader, PcapReader } from '../capture/pcap.ts';
import type { BlockWriter } from '../capture/pcapng/write-block.ts';
import { COMMENT, ENHANCED_PACKET, writePacket } from '../capture/pcapng/write-comments.ts';
import type { FrameCopier } from './frame-copier.ts';
import { INTERFACE_DESCRIPTION, type Interfaces } from './interfaces.ts';
import type { TappedReader } from './tapped-reader.ts';

const IF_DESCRIPTION = 3;
const IF_TSRESOL = 9;
const IF_FCSLEN = 13;
const MICROSECONDS = 6;
const NANOSECONDS = 9;
const USUAL_RECORD_HEADER = 16;

const RECORD_FRACTION = 4;

export class PcapCopier implements FrameCopier {
  readonly #writer: BlockWriter;
  readonly #reader: TappedReader;
  readonly #pcap: PcapReader;
  readonly #interfaces: Interfaces;
  /** What its interface is called where there are those of other captures; null: nothing. */
  readonly #name: string | null;
  #header: PcapHeader | null = null;
  #interface = 0;
  #unitsPerSecond = 1_000_000n;

  constructor(writer: BlockWriter, reader: TappedReader, interfaces: Interfaces, name: string | null) {
    this.#writer = writer;
    this.#reader = reader;
    this.#pcap = reader.inner as PcapReader;
    this.#interfaces = interfaces;
    this.#name = name;
  }

  passed(): void {}

  frame(comments: readonly string[]): number {
    const header = this.#described()!;
    const reader = this.#reader;
    const { view, frameStart } = reader;
    const record = frameStart - header.recordHeaderLength;
    const seconds = view.getUint32(record, header.littleEndian);
    const fraction = view.getUint32(record + RECORD_FRACTION, header.littleEndian);
    const time = BigInt(seconds) * this.#unitsPerSecond + BigInt(fraction);
    const writer = this.#writer;
    writer.beginBlock(ENHANCED_PACKET);
    writer.u32(this.#interface);
    writer.u32(Number(time >> 32n));
    writer.u32(Number(time & 0xffff_ffffn));
    writePacket(writer, reader.buffer, reader);
    for (const comment of comments) writer.textOption(COMMENT, comment);
    if (comments.length > 0) writer.endOfOptions();
    writer.endBlock();
    return comments.length;
  }

  end(): void {
    this.#described();
  }

  notes(): readonly string[] {
    return this.#header === null || this.#header.recordHeaderLength === USUAL_RECORD_HEADER
      ? []
      : ['the interface and the kind that each record of the modified pcap format tells have no place in pcapng'];
  }

  /** Describes the interface once the file's header is read; null when it cannot be. */
  #described(): PcapHeader | null {
    if (this.#header !== null) return this.#header;
    const header = this.#pcap.header;
    if (header === null) return null;
    this.#header = header;
    const isNano = header.nanosecondsPerUnit === 1;
    this.#unitsPerSecond = isNano ? 1_000_000_000n : 1_000_000n;
    this.#interface = this.#interfaces.add();
    const { linkType, fcsLength } = this.#pcap;
    const writer = this.#writer;
    writer.beginBlock(INTERFACE_DESCRIPTION);
    writer.u16(linkType);
    writer.u16(0);
    writer.u32(header.snaplen);
    if (this.#name !== null) writer.textOption(IF_DESCRIPTION, this.#name);
    writer.option(IF_TSRESOL, Buffer.of(isNano ? NANOSECONDS : MICROSECONDS));
    if (fcsLength !== 0) writer.option(IF_FCSLEN, Buffer.of(fcsLength));
    writer.endOfOptions();
    writer.endBlock();
    return header;
  }
}
