// The segments of one connection, in the capture's order, for whoever draws them: ladders, exports. Rows of numbers,
// since a connection may have hundreds of thousands of segments.
import { ACK, FIN, PSH, RST, SYN } from '../wire/segment.ts';

/** One segment as it is shown. */
export interface TracedSegment {
  /** Wireshark's frame number. */
  readonly frame: number;
  /** Nanoseconds since the timeline's origin; NaN when the capture does not tell. */
  readonly time: number;
  readonly fromClient: boolean;
  /** FIN, SYN, RST, PSH, ACK of wire/segment.ts. */
  readonly flags: number;
  /** Relative as Wireshark counts: a SYN is 0, the first byte is 1. The acknowledgement is 0 when ACK is not set. */
  readonly sequence: number;
  readonly acknowledgement: number;
  /** Payload bytes on the wire. */
  readonly length: number;
  /** The window field as it stands in the header, unscaled. */
  readonly window: number;
  /** The HTTP start line with which the payload begins, cut at 200 characters; '' for none. Hostile: escape for the
   * medium. */
  readonly startLine: string;
}

const COLUMNS = 6;
const [FRAME, SEQUENCE, ACKNOWLEDGEMENT, LENGTH, WINDOW, FLAGS] = [0, 1, 2, 3, 4, 5] as const;
/** Beside the flags: who sent it. */
const FROM_CLIENT = 0x100;

export class Trace {
  /** Segments held; there may be more of them in the capture, see `omitted`. */
  length = 0;
  /** Segments beyond the bound that are not held, and the index before which they were; undefined: behind all. */
  omitted = 0;
  omittedAt: number | undefined = undefined;
  #rows = new Int32Array(COLUMNS * 16);
  #times = new Float64Array(16);
  readonly #startLines = new Map<number, string>();

  /** The segment at `index`, from 0 on. Throws a RangeError beyond the last one. */
  at(index: number): TracedSegment {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`there is no segment ${index} of ${this.length}`);
    const row = index * COLUMNS;
    const flags = this.#rows[row + FLAGS]!;
    return {
      frame: this.#rows[row + FRAME]!,
      time: this.#times[index]!,
      fromClient: (flags & FROM_CLIENT) !== 0,
      flags: flags & 0xff,
      // Numbers beyond 2 GB are negative in a row.
      sequence: this.#rows[row + SEQUENCE]! >>> 0,
      acknowledgement: this.#rows[row + ACKNOWLEDGEMENT]! >>> 0,
      length: this.#rows[row + LENGTH]!,
      window: this.#rows[row + WINDOW]!,
      startLine: this.#startLines.get(index) ?? '',
    };
  }

  /** Index of the first segment in `frame` or behind it; `length` when there is none. */
  indexOfFrame(frame: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows[middle * COLUMNS + FRAME]! < frame) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(segment: TracedSegment): void {
    if (this.length === this.#times.length) this.#grow();
    const row = this.length * COLUMNS;
    this.#rows[row + FRAME] = segment.frame;
    this.#rows[row + SEQUENCE] = segment.sequence;
    this.#rows[row + ACKNOWLEDGEMENT] = segment.acknowledgement;
    this.#rows[row + LENGTH] = segment.length;
    this.#rows[row + WINDOW] = segment.window;
    this.#rows[row + FLAGS] = segment.flags | (segment.fromClient ? FROM_CLIENT : 0);
    this.#times[this.length] = segment.time;
    if (segment.startLine !== '') this.#startLines.set(this.length, segment.startLine);
    this.length++;
  }

  /** Takes `count` segments out from `index` on; they count as omitted, and all of those lie at one place. */
  omit(index: number, count: number): void {
    const end = index + count;
    this.#rows.copyWithin(index * COLUMNS, end * COLUMNS, this.length * COLUMNS);
    this.#times.copyWithin(index, end, this.length);
    for (const [place, line] of [...this.#startLines].sort(([a], [b]) => a - b)) {
      if (place < index) continue;
      this.#startLines.delete(place);
      if (place >= end) this.#startLines.set(place - count, line);
    }
    this.length -= count;
    this.omitted += count;
    this.omittedAt = index;
  }

  #grow(): void {
    const rows = new Int32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
    const times = new Float64Array(this.#times.length * 2);
    times.set(this.#times);
    this.#times = times;
  }
}

const FLAG_NAMES = [
  [SYN, 'SYN'],
  [FIN, 'FIN'],
  [RST, 'RST'],
  [PSH, 'PSH'],
  [ACK, 'ACK'],
] as const;

/** The flags as Wireshark lists them: "SYN, ACK". */
export function flagNames(flags: number): string {
  return FLAG_NAMES.filter(([bit]) => (flags & bit) !== 0)
    .map(([, name]) => name)
    .join(', ');
}
