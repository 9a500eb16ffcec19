// The longest of many reuses, in falling order: lists of numbers in a memory in which the kernel keeps them as well
// (kernel/pairs.ts).
import type { Memory } from '../base/plain-memory.ts';
import * as row from './count-layout.ts';
import type { Reuse } from './server-observations.ts';

// In doubles.
const DURATION = row.DURATION >> 1;
const TIME = row.REUSE_TIME >> 1;
const STREAM = row.REUSE_STREAM >> 1;
const AFTER_FRAME = row.AFTER_FRAME >> 1;
const FRAME = row.REUSE_FRAME >> 1;
const STRIDE = row.REUSE_STRIDE >> 1;

export class LongestReuses {
  /** Words that a list takes; it begins at an even place. */
  readonly words: number;
  private readonly memory: Memory;
  private readonly kept: number;

  /** `kept`: reuses that a list has room for. */
  constructor(memory: Memory, kept: number) {
    this.memory = memory;
    this.kept = kept;
    this.words = kept * row.REUSE_STRIDE;
  }

  /** Makes an empty list: no duration is shorter than what stands for one that is missing. */
  begin(place: number): void {
    const { doubles } = this.memory;
    for (let i = 0; i < this.kept; i++) doubles[(place >> 1) + i * STRIDE + DURATION] = -1;
  }

  /** Takes a reuse that is longer than the shortest one of the list, which drops out. */
  keep(place: number, duration: number, stream: number, afterFrame: number, frame: number, time: number): void {
    const { doubles } = this.memory;
    const first = place >> 1;
    const last = first + (this.kept - 1) * STRIDE;
    let at = last;
    while (at > first && doubles[at - STRIDE + DURATION]! < duration) at -= STRIDE;
    if (at < last) doubles.copyWithin(at + STRIDE, at, last);
    doubles[at + DURATION] = duration;
    doubles[at + TIME] = time;
    doubles[at + STREAM] = stream;
    doubles[at + AFTER_FRAME] = afterFrame;
    doubles[at + FRAME] = frame;
  }

  /** How long the shortest one of the list is (ns); -1: there is room for more. */
  shortestAt(place: number): number {
    return this.memory.doubles[(place >> 1) + (this.kept - 1) * STRIDE + DURATION]!;
  }

  at(place: number): Reuse[] {
    const { doubles } = this.memory;
    const reuses: Reuse[] = [];
    const end = (place >> 1) + this.kept * STRIDE;
    for (let at = place >> 1; at < end && doubles[at + DURATION]! >= 0; at += STRIDE) {
      reuses.push({
        duration: doubles[at + DURATION]!,
        stream: integer(doubles[at + STREAM]!),
        afterFrame: integer(doubles[at + AFTER_FRAME]!),
        frame: integer(doubles[at + FRAME]!),
        time: doubles[at + TIME]!,
      });
    }
    return reuses;
  }
}

/** The same number: a small one as V8 has small integers, which takes no memory of its own. */
export function integer(value: number): number {
  const small = value | 0;
  return small === value ? small : value;
}
