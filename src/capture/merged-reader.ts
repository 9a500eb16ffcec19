import type { CaptureReader } from './capture-reader.ts';
import { END, FRAME, type FrameReader, NEED_BYTES, type ReadStatus } from './frame-reader.ts';

/**
 * Several captures as one, in the order that mergecap gives them: always the earliest of the captures' current frames,
 * the later capture's when two are equal (its is_earlier() is true of equal
 * times, and here a person may compare frame numbers with what mergecap wrote); within a capture the order stays as it is, and a frame without a time
 * comes as soon as its turn in its capture has come.
 */
export class MergedReader implements FrameReader {
  buffer: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(this.buffer.buffer);
  frameStart = 0;
  frameEnd = 0;
  originalLength = 0;
  time = Number.NaN;
  linkType = -1;
  fcsLength = 0;
  captureIndex = 0;
  /** The following record may be another capture's. */
  readonly ahead = null;

  /** The captures that are not at their end, in the order given. */
  readonly #readers: CaptureReader[];
  /** How many of them stand at their first frame or beyond it. */
  #started = 0;
  /** Index of the one whose frame was handed out last and which has to move on; -1 when none has to. */
  #current = -1;
  /** The one that asked for bytes. */
  #waiting: CaptureReader | undefined;

  constructor(readers: readonly CaptureReader[]) {
    this.#readers = [...readers];
  }

  next(): ReadStatus {
    while (this.#started < this.#readers.length) {
      const status = this.#advance(this.#started);
      if (status === NEED_BYTES) return NEED_BYTES;
      if (status === FRAME) this.#started++;
    }
    if (this.#current !== -1) {
      const status = this.#advance(this.#current);
      if (status === NEED_BYTES) return NEED_BYTES;
      if (status === END) this.#started--;
    }
    this.#current = this.#earliest();
    const chosen = this.#readers[this.#current];
    if (chosen === undefined) return END;
    this.buffer = chosen.buffer;
    this.view = chosen.view;
    this.frameStart = chosen.frameStart;
    this.frameEnd = chosen.frameEnd;
    this.originalLength = chosen.originalLength;
    this.time = chosen.time;
    this.linkType = chosen.linkType;
    this.fcsLength = chosen.fcsLength;
    this.captureIndex = chosen.captureIndex;
    return FRAME;
  }

  fill(): void | Promise<void> {
    return this.#waiting?.fill();
  }

  #advance(index: number): ReadStatus {
    const reader = this.#readers[index]!;
    const status = reader.next();
    if (status === NEED_BYTES) this.#waiting = reader;
    if (status === END) this.#readers.splice(index, 1);
    return status;
  }

  /** Index of the reader with the earliest frame; -1 when there is none. */
  #earliest(): number {
    let earliest = -1;
    let earliestTime = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#readers.length; index++) {
      const time = this.#readers[index]!.time;
      if (Number.isNaN(time)) return index;
      if (time <= earliestTime) {
        earliest = index;
        earliestTime = time;
      }
    }
    return earliest;
  }
}
