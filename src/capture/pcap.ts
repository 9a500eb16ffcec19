// Classic pcap, https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
//
// The npm package `pcap-parser` is not the reader, though it reads this format well enough to be what the tests hold
// this one against: it knows no nanosecond files and no pcapng, copies all it holds for each chunk and emits objects
// for each packet (1.6 us a packet, where walking the records in place takes some 20 ns), and loses a last packet
// that is cut off without a word.
import type { Timeline } from '../base/timeline.ts';
import type { ByteSource } from './byte-source.ts';
import { BufferedCaptureReader, type CaptureContext, maxCapturedLength } from './capture-reader.ts';
import { END, type PlainRecords, type ReadStatus } from './frame-reader.ts';

//  File header (24 bytes)                         Record header (16 bytes)
//   0  magic: byte order and time resolution       0  seconds since 1970, unsigned
//   4  version major (16 bits), minor (16 bits)     4  microseconds or nanoseconds
//   8  reserved (was: time zone)                    8  captured length
//  12  reserved (was: accuracy)                    12  original length
//  16  snaplen                                     16  only in the modified format: interface index, protocol,
//  20  FCS length, link type                           packet type (8 bytes)
const FILE_HEADER_LENGTH = 24;
const FILE_MAJOR_VERSION = 4;
const FILE_MINOR_VERSION = 6;
const FILE_SNAPLEN = 16;
const FILE_LINK_TYPE = 20;
const RECORD_HEADER_LENGTH = 16;
const MODIFIED_RECORD_HEADER_LENGTH = 24;
const RECORD_FRACTION = 4;
const RECORD_CAPTURED_LENGTH = 8;
const RECORD_ORIGINAL_LENGTH = 12;

const MAJOR_VERSION = 2;
/** Before this minor version a record's two lengths stood in the other order. */
const FIRST_MINOR_VERSION_OF_TODAYS_ORDER = 3;

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
/** Kuznetsov's patched libpcap of the nineties, with longer record headers. */
const MAGIC_MODIFIED = 0xa1b2cd34;

/** The file header's last word: FCS length (4 bits, in units of 16 bits), reserved, P (FCS length present), link type. */
const FCS_LENGTH_PRESENT = 0x0400_0000;

const NANOSECONDS_PER_SECOND = 1e9;

interface PcapFlavour {
  readonly nanosecondsPerUnit: number;
  readonly recordHeaderLength: number;
}

const FLAVOURS = new Map<number, PcapFlavour>([
  [MAGIC_MICROSECONDS, { nanosecondsPerUnit: 1000, recordHeaderLength: RECORD_HEADER_LENGTH }],
  [MAGIC_NANOSECONDS, { nanosecondsPerUnit: 1, recordHeaderLength: RECORD_HEADER_LENGTH }],
  [MAGIC_MODIFIED, { nanosecondsPerUnit: 1000, recordHeaderLength: MODIFIED_RECORD_HEADER_LENGTH }],
]);

/** Whether a file that begins with these four bytes (read as a little-endian number) is a classic pcap. */
export function isPcapMagic(littleEndianMagic: number): boolean {
  return FLAVOURS.has(littleEndianMagic) || FLAVOURS.has(swap32(littleEndianMagic));
}

/** What the file header says of all records. */
export interface PcapHeader {
  readonly littleEndian: boolean;
  readonly nanosecondsPerUnit: number;
  /** Bytes before a record's packet: its seconds and their fraction come first. */
  readonly recordHeaderLength: number;
  readonly snaplen: number;
}

export class PcapReader extends BufferedCaptureReader {
  protected readonly format = 'pcap';
  readonly #timeline: Timeline;
  #headerRead = false;
  #littleEndian = true;
  #nanosecondsPerUnit = 1000;
  #recordHeaderLength = RECORD_HEADER_LENGTH;
  #capturedLengthAt = RECORD_CAPTURED_LENGTH;
  #originalLengthAt = RECORD_ORIGINAL_LENGTH;
  #maxCapturedLength = 0;
  #snaplen = 0;
  /** The timeline's origin, once there is one; NaN before. */
  #originSeconds = Number.NaN;
  #plainRecords: PlainRecords | null = null;

  constructor(source: ByteSource, context: CaptureContext) {
    super(source, context);
    this.#timeline = context.timeline;
  }

  /** Null before it is read, or when it cannot be. */
  get header(): PcapHeader | null {
    if (!this.#headerRead) return null;
    return {
      littleEndian: this.#littleEndian,
      nanosecondsPerUnit: this.#nanosecondsPerUnit,
      recordHeaderLength: this.#recordHeaderLength,
      snaplen: this.#snaplen,
    };
  }

  next(): ReadStatus {
    if (!this.#headerRead) {
      if (this.limit - this.position < FILE_HEADER_LENGTH) return this.needMore('the file header', FILE_HEADER_LENGTH);
      if (!this.#readFileHeader()) return END;
    }

    const start = this.position;
    const headerLength = this.#recordHeaderLength;
    const frameStart = start + headerLength;
    if (frameStart > this.limit) return this.needMore(`the record header of ${this.#nextFrame()}`, headerLength);

    const view = this.view;
    const littleEndian = this.#littleEndian;
    const capturedLength = view.getUint32(start + this.#capturedLengthAt, littleEndian);
    if (capturedLength > this.#maxCapturedLength) return this.#impossibleLength(capturedLength);
    const frameEnd = frameStart + capturedLength;
    if (frameEnd > this.limit) return this.needMore(this.#nextFrame(), headerLength + capturedLength);

    const seconds = view.getUint32(start, littleEndian);
    const fraction = view.getUint32(start + RECORD_FRACTION, littleEndian);
    this.time = this.#timeOf(seconds, fraction);
    this.originalLength = view.getUint32(start + this.#originalLengthAt, littleEndian);
    this.frameStart = frameStart;
    this.frameEnd = frameEnd;
    this.position = frameEnd;
    return this.frame();
  }

  plainRecords(): PlainRecords | null {
    return this.#plainRecords;
  }

  #describeRecords(): void {
    if (!this.#littleEndian) return;
    this.#plainRecords = {
      interfaceIndex: -1,
      linkType: this.linkType,
      fcsLength: this.fcsLength,
      stampAt: 0,
      capturedLengthAt: this.#capturedLengthAt,
      originalLengthAt: this.#originalLengthAt,
      packetAt: this.#recordHeaderLength,
      maxCapturedLength: this.#maxCapturedLength,
      originHigh: this.#originSeconds,
      originLow: 0,
      unitsPerHigh: NANOSECONDS_PER_SECOND / this.#nanosecondsPerUnit,
      nanosecondsPerUnit: this.#nanosecondsPerUnit,
    };
  }

  /** A stamp of exactly zero is what writers without a clock put there: it tells no time. */
  #timeOf(seconds: number, fraction: number): number {
    if (seconds === 0 && fraction === 0) return Number.NaN;
    if (Number.isNaN(this.#originSeconds)) {
      this.#originSeconds = this.#timeline.originOr(seconds);
      this.#describeRecords();
    }
    const nanosecondsPerUnit = this.#nanosecondsPerUnit;
    const units = (seconds - this.#originSeconds) * (NANOSECONDS_PER_SECOND / nanosecondsPerUnit) + fraction;
    return units * nanosecondsPerUnit;
  }

  #readFileHeader(): boolean {
    const { position: start, view } = this;
    const littleEndian = !FLAVOURS.has(view.getUint32(start, false));
    const flavour = FLAVOURS.get(view.getUint32(start, littleEndian));
    if (flavour === undefined) throw new Error('PcapReader was given something that has no pcap magic');
    const major = view.getUint16(start + FILE_MAJOR_VERSION, littleEndian);
    const minor = view.getUint16(start + FILE_MINOR_VERSION, littleEndian);
    if (major !== MAJOR_VERSION) {
      this.stop('unsupported-version', `the format is an unknown pcap ${major}.${minor}: ${this.restNotRead()}`);
      return false;
    }
    if (minor < FIRST_MINOR_VERSION_OF_TODAYS_ORDER) {
      this.#capturedLengthAt = RECORD_ORIGINAL_LENGTH;
      this.#originalLengthAt = RECORD_CAPTURED_LENGTH;
    }
    this.#littleEndian = littleEndian;
    this.#nanosecondsPerUnit = flavour.nanosecondsPerUnit;
    this.#recordHeaderLength = flavour.recordHeaderLength;
    this.#snaplen = view.getUint32(start + FILE_SNAPLEN, littleEndian);
    this.#maxCapturedLength = maxCapturedLength(this.#snaplen);
    const linkType = view.getUint32(start + FILE_LINK_TYPE, littleEndian);
    this.linkType = linkType & 0xffff;
    this.fcsLength = (linkType & FCS_LENGTH_PRESENT) === 0 ? 0 : (linkType >>> 28) * 2;
    this.noteLinkType(this.linkType);
    this.position = start + FILE_HEADER_LENGTH;
    this.#headerRead = true;
    return true;
  }

  #nextFrame(): string {
    return `frame ${this.frames + 1}`;
  }

  #impossibleLength(capturedLength: number): ReadStatus {
    return this.stop(
      'impossible-length',
      `${this.#nextFrame()} at byte ${this.offsetOf(this.position)} claims ${capturedLength} captured bytes, ` +
        `more than the ${this.#maxCapturedLength} that a packet can have: ${this.restNotRead()}`,
    );
  }
}

function swap32(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff_0000) | ((word << 24) & 0xff00_0000)) >>> 0;
}
