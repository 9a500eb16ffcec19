// READS a capture as its own reader does, and hands over what that passes on the way to the next frame: the blocks
// that are none. So a copy has the frames and the numbers of the analysis, whatever stands between them.
import type { BufferedCaptureReader, CaptureReader } from '../capture/capture-reader.ts';
import { type CaptureSummary, FRAME, type ReadStatus } from '../capture/frame-reader.ts';
import { PcapReader } from '../capture/pcap.ts';
import { SECTION_HEADER } from '../capture/pcapng/blocks/section-header.ts';
import { PcapngReader } from '../capture/pcapng/pcapng-reader.ts';
import type { Block } from '../capture/pcapng/write-comments.ts';

const TOTAL_LENGTH = 4;
const BYTE_ORDER_MAGIC = 8;
const MAGIC = 0x1a2b3c4d;

/** What a tapped reader tells. A block lies in its buffer only until the call returns. */
export interface BlockListener {
  /** A block that is no frame. */
  passed(block: Block): void;
}

/** A block of which pieces have come: the reader passes over large ones that it does not read. */
interface HeldBlock {
  readonly pieces: Buffer[];
  missing: number;
}

export class TappedReader implements CaptureReader {
  readonly inner: PcapReader | PcapngReader;
  /** Each record is to be looked at here. */
  readonly ahead = null;
  listener: BlockListener = { passed: () => {} };
  /** The current frame's block; null in a classic pcap. */
  block: Block | null = null;
  /** Index of the first byte that was not looked at. */
  #from = 0;
  #littleEndian = true;
  #held: HeldBlock | null = null;

  constructor(inner: CaptureReader) {
    if (!(inner instanceof PcapReader || inner instanceof PcapngReader)) throw new Error('a reader of another format');
    this.inner = inner;
  }

  get isPcapng(): boolean {
    return this.inner instanceof PcapngReader;
  }

  get buffer(): Buffer {
    return this.inner.buffer;
  }
  get view(): DataView {
    return this.inner.view;
  }
  get frameStart(): number {
    return this.inner.frameStart;
  }
  get frameEnd(): number {
    return this.inner.frameEnd;
  }
  get originalLength(): number {
    return this.inner.originalLength;
  }
  get time(): number {
    return this.inner.time;
  }
  get linkType(): number {
    return this.inner.linkType;
  }
  get fcsLength(): number {
    return this.inner.fcsLength;
  }
  get captureIndex(): number {
    return this.inner.captureIndex;
  }

  next(): ReadStatus {
    const status = this.inner.next();
    if (this.isPcapng) this.#walk(this.inner, status === FRAME);
    return status;
  }

  fill(): void | Promise<void> {
    const waiting = this.inner.fill();
    if (waiting === undefined) this.#from = this.inner.readUpTo;
    else {
      return waiting.then(() => {
        this.#from = this.inner.readUpTo;
      });
    }
  }

  summary(): CaptureSummary {
    return this.inner.summary();
  }

  moveTo(buffer: Buffer): void {
    this.inner.moveTo(buffer);
  }

  close(): void {
    this.inner.close();
  }

  /** Looks at the blocks that the reader has passed since the last call; the last one may be the frame's. */
  #walk({ buffer, view, readUpTo }: BufferedCaptureReader, isFrame: boolean): void {
    let at = this.#from;
    if (this.#held !== null) at = this.#goOnHolding(this.#held, buffer, at, readUpTo);
    while (at < readUpTo) {
      const type = view.getUint32(at, this.#littleEndian);
      if (type === SECTION_HEADER) {
        this.#littleEndian = view.getUint32(at + BYTE_ORDER_MAGIC, true) === MAGIC;
      }
      const end = at + view.getUint32(at + TOTAL_LENGTH, this.#littleEndian);
      if (end > readUpTo) {
        this.#held = { pieces: [Buffer.from(buffer.subarray(at, readUpTo))], missing: end - readUpTo };
        break;
      }
      const block = { type, littleEndian: this.#littleEndian, buffer, view, start: at, end };
      if (isFrame && end === readUpTo) this.block = block;
      else this.listener.passed(block);
      at = end;
    }
    this.#from = readUpTo;
  }

  /** A block that never comes to its end is never told of: the copy has whole blocks. */
  #goOnHolding(held: HeldBlock, buffer: Buffer, start: number, end: number): number {
    const stop = Math.min(end, start + held.missing);
    held.pieces.push(Buffer.from(buffer.subarray(start, stop)));
    held.missing -= stop - start;
    if (held.missing > 0) return stop;
    this.#held = null;
    const whole = Buffer.concat(held.pieces);
    const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
    const type = view.getUint32(0, this.#littleEndian);
    this.listener.passed({ type, littleEndian: this.#littleEndian, buffer: whole, view, start: 0, end: whole.length });
    return stop;
  }
}
