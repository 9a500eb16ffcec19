import type { Problem } from '../base/problem.ts';
import type { Timeline } from '../base/timeline.ts';
import type { ByteSource } from './byte-source.ts';
import {
  type CaptureSummary,
  END,
  FRAME,
  type FrameReader,
  NEED_BYTES,
  type PlainRecords,
  type ReadAhead,
  type ReadStatus,
} from './frame-reader.ts';

const NO_NAMES: CaptureSummary['names'] = new Map();

/** A reader of one capture file, which can say at the end what it met. */
export interface CaptureReader extends FrameReader {
  summary(): CaptureSummary;
  /** Reads into `buffer` from now on, which is as large as the reader's own: for whoever has a place where it should lie. */
  moveTo(buffer: Buffer): void;
  close(): void;
}

/** What a reader is told of the capture that it reads. */
export interface CaptureContext {
  readonly path: string;
  readonly compression: CaptureSummary['compression'];
  readonly timeline: Timeline;
  readonly captureIndex: number;
  /** Whoever meets a problem (the reader, a decompressor below it) adds it here. */
  readonly problems: Problem[];
  /** Bytes taken from the file so far, as they are stored. */
  storedBytes(): number;
}

/** The buffer's size to begin with: reading is fastest at 256 KiB to 1 MiB, and hardly any record is larger. */
const BUFFER_SIZE = 1 << 19;

/**
 * Captured bytes that a packet may have at most, unless the capture's snaplen is larger. Wireshark's
 * WTAP_MAX_PACKET_SIZE_STANDARD and tcpdump's MAXIMUM_SNAPLEN: a record that claims more is not believed.
 */
export const MAX_PACKET_LENGTH = 262_144;

/** What even a snaplen cannot raise it to: Wireshark's largest limit, for USB and D-Bus captures. */
const MAX_SNAPLEN = 128 * 1024 * 1024;

/** The most captured bytes that are believed of a packet in a capture with this snaplen. */
export function maxCapturedLength(snaplen: number): number {
  return Math.min(Math.max(MAX_PACKET_LENGTH, snaplen), MAX_SNAPLEN);
}

/**
 * What the readers of all formats share: one large buffer that records are read from in place. When the last record in
 * it is torn, that record alone is moved to the front and the rest is refilled, so a whole record is never copied.
 * The buffer grows only while a single record fills it entirely, so its size follows what is really there and not
 * what a length field claims.
 */
export abstract class BufferedCaptureReader implements CaptureReader, ReadAhead {
  buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  view: DataView = viewOf(this.buffer);
  frameStart = 0;
  frameEnd = 0;
  originalLength = 0;
  time = Number.NaN;
  linkType = -1;
  fcsLength = 0;
  captureIndex: number;
  readonly ahead: ReadAhead = this;

  /** Index of the first byte in the buffer that is not read yet, and behind the last byte that is there. */
  position = 0;
  limit = 0;
  /** Nothing more comes: the source is at its end, or what it holds cannot be read on. */
  protected ended = false;
  /** Frames handed out. */
  frames = 0;

  protected readonly context: CaptureContext;
  readonly #source: ByteSource;
  /** Bytes of the (decompressed) capture that lay before the buffer's first one. */
  #offsetOfBuffer = 0;
  #firstFrameTime = Number.NaN;
  #stopTold = false;
  #stoppedAt: number | undefined;
  readonly #linkTypes = new Set<number>();
  readonly #recurring = new Map<string, { readonly problem: Problem; count: number }>();

  protected abstract readonly format: CaptureSummary['format'];

  constructor(source: ByteSource, context: CaptureContext) {
    this.#source = source;
    this.context = context;
    this.captureIndex = context.captureIndex;
  }

  abstract next(): ReadStatus;

  abstract plainRecords(): PlainRecords | null;

  passed(frames: number, position: number, time: number): void {
    this.frames += frames;
    this.position = position;
    this.time = time;
  }

  /**
   * Index in the buffer behind what was read: whole records, and the pieces of one that is passed over. For whoever
   * copies a capture; like the frame's fields it is valid until the next call.
   */
  get readUpTo(): number {
    return this.#stoppedAt ?? this.position;
  }

  fill(): void | Promise<void> {
    if (this.ended) return;
    if (this.position === this.limit) {
      this.#offsetOfBuffer += this.position;
      this.position = 0;
      this.limit = 0;
    } else if (this.limit === this.buffer.length) {
      if (this.position === 0) this.#grow();
      else this.#moveToFront();
    }
    const read = this.#source.read(this.buffer, this.limit, this.buffer.length - this.limit);
    if (typeof read === 'number') this.#accept(read);
    else return read.then((count) => this.#accept(count));
  }

  summary(): CaptureSummary {
    return {
      path: this.context.path,
      format: this.format,
      compression: this.context.compression,
      frames: this.frames,
      bytes: this.context.storedBytes(),
      firstFrameTime: this.#firstFrameTime,
      lastFrameTime: this.frames === 0 ? Number.NaN : this.time,
      linkTypes: [...this.#linkTypes],
      problems: [...this.context.problems, ...this.#recurringProblems()],
      names: NO_NAMES,
      secrets: 0,
      tlsKeyLog: '',
    };
  }

  moveTo(buffer: Buffer): void {
    this.buffer.copy(buffer, 0, 0, this.limit);
    this.buffer = buffer;
    this.view = viewOf(buffer);
  }

  /**
   * Records a problem that the reader gets over, and that a file may hold a million times: only the first of a kind
   * is told, and how many followed. `index` is its place in the buffer.
   */
  gotOver(kind: string, index: number, message: string): void {
    const known = this.#recurring.get(kind);
    if (known === undefined) {
      this.#recurring.set(kind, { problem: { kind, offset: this.offsetOf(index), message, gotOver: true }, count: 1 });
    } else known.count++;
  }

  #recurringProblems(): Problem[] {
    return [...this.#recurring.values()].map(({ problem, count }) =>
      count === 1 ? problem : { ...problem, message: `${problem.message}; the same holds ${count - 1} more times` },
    );
  }

  close(): void {
    this.ended = true;
    this.#source.close();
  }

  /** Counts the frame that the fields describe. */
  protected frame(): typeof FRAME {
    if (this.frames === 0) this.#firstFrameTime = this.time;
    this.frames++;
    return FRAME;
  }

  protected noteLinkType(linkType: number): void {
    this.#linkTypes.add(linkType);
  }

  /**
   * What `next()` returns when the buffer ends before the record `what`, which is `length` bytes long or at least that
   * long. At the end of the capture a torn record is a problem, and nothing at all is the orderly end.
   */
  protected needMore(what: string, length: number): ReadStatus {
    if (!this.ended) return NEED_BYTES;
    const { stopped } = this.#source;
    if (stopped !== undefined && !this.#stopTold) {
      this.#stopTold = true;
      const offset = this.offsetOf(this.limit);
      const rest = this.#source.size === undefined ? '' : `: ${this.restNotRead(offset)}`;
      return this.stop(stopped.kind, `${stopped.why}${rest}`, offset);
    }
    const present = this.limit - this.position;
    if (present === 0) return END;
    return this.stop(
      'truncated',
      `the capture ends inside ${what} at byte ${this.offsetOf(this.position)}: ` +
        `${present} of its ${length} bytes are there, ${length - present} are lost`,
    );
  }

  /** Records why the capture cannot be read on from the byte `offset`, and ends it. */
  protected stop(kind: string, message: string, offset: number = this.offsetOf(this.position)): typeof END {
    this.context.problems.push({ kind, offset, message });
    this.#stoppedAt ??= this.position;
    this.position = this.limit;
    this.ended = true;
    return END;
  }

  /** Says how many bytes from the byte `offset` on are not read, where the capture's size is known. */
  protected restNotRead(offset: number = this.offsetOf(this.position)): string {
    const size = this.#source.size;
    return size === undefined ? 'the rest was not read' : `the remaining ${size - offset} bytes were not read`;
  }

  /** Where in the (decompressed) capture the byte at `index` of the buffer lies. */
  protected offsetOf(index: number): number {
    return this.#offsetOfBuffer + index;
  }

  #accept(count: number): void {
    if (count === 0) this.ended = true;
    else this.limit += count;
  }

  #moveToFront(): void {
    this.buffer.copyWithin(0, this.position, this.limit);
    this.#offsetOfBuffer += this.position;
    this.limit -= this.position;
    this.position = 0;
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(this.buffer.length * 2);
    this.buffer.copy(larger, 0, 0, this.limit);
    this.buffer = larger;
    this.view = viewOf(larger);
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}
