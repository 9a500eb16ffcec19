// What is kept of many durations, in bounded memory: closes as a sample, reuses as a histogram.
import { spread } from '../base/hash.ts';
import { type Memory, PlainMemory } from '../base/plain-memory.ts';
import { BIN_BITS, BIN_SHIFT, BINS, FIRST_BIN, SERVER_LONGEST_KEPT } from './count-layout.ts';
import { LongestReuses } from './longest-reuses.ts';
import type { Reuse } from './server-observations.ts';

/** Numbers of a record in a sample. */
const WIDTH = 4;

/** How many closes a sample holds at most. It may become less while samples are taken. */
export interface SampleLimit {
  readonly closes: number;
}

/**
 * Closes: duration (ns), moment and age of the connection. All of them up to the limit; of more a part that is drawn by
 * their connections' numbers: those whose hash lies below a threshold, which is halved whenever there are too many.
 * So the sample is the same in whatever order the connections are judged.
 */
export class CloseSample {
  count = 0;
  private values: number[] = [];
  private readonly limit: SampleLimit;
  private threshold = 2 ** 32;

  constructor(limit: SampleLimit) {
    this.limit = limit;
  }

  add(stream: number, duration: number, time: number, age: number): void {
    this.count++;
    const hash = spread(stream);
    if (hash >= this.threshold) return;
    this.values.push(hash, duration, time, age);
    this.keepToLimit();
  }

  private keepToLimit(): void {
    while (this.values.length > this.limit.closes * WIDTH) {
      this.threshold /= 2;
      const { values, threshold } = this;
      this.values = values.filter((_, i) => values[i - (i % WIDTH)]! < threshold);
    }
  }

  get size(): number {
    this.keepToLimit();
    return this.values.length / WIDTH;
  }

  /** The closes, in the order of their moments. */
  byMoment(): Close[] {
    const { size, values } = this;
    const closes = Array.from({ length: size }, (_, i) => ({
      duration: values[i * WIDTH + 1]!,
      time: values[i * WIDTH + 2]!,
      age: values[i * WIDTH + 3]!,
    }));
    return closes.sort((a, b) => a.time - b.time || a.duration - b.duration);
  }
}

export interface Close {
  readonly duration: number;
  readonly time: number;
  readonly age: number;
}

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);
/** Index of a double's upper word, by the machine's byte order. */
scratch[0] = 1;
const UPPER = scratchWords[1] === 0 ? 0 : 1;

/** The counts of many histograms in one memory, for whoever adds to one of them with no way over an object of its own. */
export class Histograms {
  /** How many more may be made. */
  left: number;
  readonly longest: LongestReuses;
  private readonly memory: Memory;

  /** `most`: histograms that may be made. */
  constructor(most: number, memory: Memory) {
    this.left = most;
    this.memory = memory;
    this.longest = new LongestReuses(memory, SERVER_LONGEST_KEPT);
  }

  /** The place of a new, empty histogram's counts. */
  begin(): number {
    this.left--;
    const place = this.memory.take((BINS + this.longest.words) * 4) >> 2;
    this.countsAt(place).fill(0);
    this.longest.begin(place + BINS);
    return place;
  }

  /** Counts `duration` (ns) in the histogram at `place`. */
  add(place: number, duration: number): void {
    scratch[0] = duration;
    const bin = (scratchWords[UPPER]! >>> BIN_SHIFT) - FIRST_BIN;
    this.memory.words[place + (bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin)]!++;
  }

  countsAt(place: number): Uint32Array {
    return new Uint32Array(this.memory.words.buffer, place * 4, BINS);
  }
}

/** How many durations (ns) there were, by logarithmic bins; and which reuses were the longest ones. */
export class DurationHistogram {
  readonly place: number;
  private readonly all: Histograms;
  /** When nothing more is counted. */
  private copy: Uint32Array | null = null;
  private longestCopy: readonly Reuse[] | null = null;

  constructor(all = new Histograms(1, new PlainMemory())) {
    this.all = all;
    this.place = all.begin();
  }

  add(duration: number): void {
    this.all.add(this.place, duration);
  }

  /** Takes one of the reuses for its list, if it is longer than the shortest there. */
  keep({ duration, stream, afterFrame, frame, time }: Reuse): void {
    if (!(duration > this.shortestKept)) return;
    this.all.longest.keep(this.place + BINS, duration, stream, afterFrame, frame, time);
  }

  /** See LongestReuses. */
  get shortestKept(): number {
    return this.all.longest.shortestAt(this.place + BINS);
  }

  get longest(): readonly Reuse[] {
    return this.longestCopy ?? this.all.longest.at(this.place + BINS);
  }

  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  private get counts(): Uint32Array {
    return this.copy ?? this.all.countsAt(this.place);
  }

  /** Nothing more is counted, and the memory of all is used for something else. */
  settle(): void {
    this.copy = this.counts.slice();
    this.longestCopy = this.longest;
  }

  /** Moves the counts over to bins of `octaves`. */
  addTo(octaves: OctaveBins): void {
    const { counts } = this;
    for (let bin = 0; bin < BINS; bin++) {
      const count = counts[bin]!;
      if (count > 0) octaves.add(startOf(bin), count);
    }
  }

  /** Durations from `low` to `high`; of a bin that lies across a border, its share. */
  between(low: number, high: number): number {
    const { counts } = this;
    let sum = 0;
    for (let bin = binOf(low); bin < BINS; bin++) {
      const count = counts[bin]!;
      if (count === 0) continue;
      const start = startOf(bin);
      if (start >= high) break;
      const end = bin === BINS - 1 ? Infinity : startOf(bin + 1);
      const from = Math.max(low, bin === 0 ? 0 : start);
      sum +=
        end === Infinity ? count : count * Math.min(1, (Math.min(high, end) - from) / (end - (bin === 0 ? 0 : start)));
    }
    return sum;
  }
}

/** Bins to the octave of what is shown to people: each 8 % to 12 % wide, borders where those of the finer ones are. */
const SHOWN_BITS = 3;

/** Durations in bins that are wide enough to be drawn; few of them are filled. */
export class OctaveBins {
  private readonly counts = new Map<number, number>();

  add(duration: number, count = 1): void {
    const bin = (binOf(duration) >> (BIN_BITS - SHOWN_BITS)) << (BIN_BITS - SHOWN_BITS);
    this.counts.set(bin, (this.counts.get(bin) ?? 0) + count);
  }

  /** The filled bins by their borders (ns), in rising order. The first one of all begins at 0, the last one is open. */
  get bins(): readonly DurationBin[] {
    const width = 1 << (BIN_BITS - SHOWN_BITS);
    return [...this.counts]
      .sort(([a], [b]) => a - b)
      .map(([bin, count]) => ({
        from: bin === 0 ? 0 : startOf(bin),
        to: bin + width >= BINS ? Infinity : startOf(bin + width),
        count,
      }));
  }
}

export interface DurationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

function binOf(duration: number): number {
  scratch[0] = Math.max(0, duration);
  return Math.min(BINS - 1, Math.max(0, (scratchWords[UPPER]! >>> BIN_SHIFT) - FIRST_BIN));
}

/** Where a bin begins (ns). */
function startOf(bin: number): number {
  const code = bin + FIRST_BIN;
  return 2 ** ((code >> BIN_BITS) - 1023) * (1 + (code & ((1 << BIN_BITS) - 1)) / (1 << BIN_BITS));
}
