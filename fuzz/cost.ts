// How much work an input may cost. CPU time, against what healthy captures cost in the same process: the machine's
// speed and its other work cancel out, and the margin is wide. What costs more per byte the longer it is fails.
import { type Checked, check } from './check.ts';
import type { CorpusFile } from './corpus.ts';

/** Times the cost per unit of healthy captures. Small frames and reports of many exchanges cost more than those. */
const MARGIN = 25;
/** A unit is a byte; a frame counts as this many, and so much is free. */
const PER_FRAME = 300;
const FREE_UNITS = 200_000;
/** Garbage collection and compilation may hit an input by chance: the least of so many runs counts. */
const RUNS = 3;

/** Memory (bytes of the resident set) that an input may add to the process, and per byte of it. */
const FREE_MEMORY = 300e6;
const MEMORY_PER_BYTE = 150;

const CALIBRATION_FILES = 40;

export class CostLimit {
  readonly #microsecondsPerUnit: number;

  /** Measures what a part of the corpus costs. */
  static async calibrated(corpus: readonly CorpusFile[]): Promise<CostLimit> {
    const step = Math.max(1, Math.floor(corpus.length / CALIBRATION_FILES));
    const files = corpus.filter((_, index) => index % step === 0);
    let perUnit = 0;
    // The first round compiles.
    for (let round = 0; round < 2; round++) {
      let units = 0;
      const before = microseconds();
      for (const { bytes } of files) {
        const { report } = await check({ files: [bytes] });
        units += unitsOf([bytes], report?.totals.frames ?? 0);
      }
      perUnit = (microseconds() - before) / units;
    }
    return new CostLimit(perUnit);
  }

  constructor(microsecondsPerUnit: number) {
    this.#microsecondsPerUnit = microsecondsPerUnit;
  }

  /** Seconds that an input may take. */
  limit(files: readonly Buffer[], frames: number): number {
    return (this.#microsecondsPerUnit * MARGIN * (unitsOf(files, frames) + FREE_UNITS)) / 1e6;
  }

  /** The message of what is over its limit, or null. `spent`: seconds of the first run. */
  async judge(input: Checked, frames: number, spent: number): Promise<string | null> {
    const limit = this.limit(input.files, frames);
    let least = spent;
    for (let run = 1; run < RUNS && least > limit; run++) {
      const before = microseconds();
      await check(input);
      least = Math.min(least, (microseconds() - before) / 1e6);
    }
    return least > limit ? `${least.toFixed(2)} s of CPU time, ${limit.toFixed(2)} s are allowed` : null;
  }
}

function unitsOf(files: readonly Buffer[], frames: number): number {
  return files.reduce((sum, { length }) => sum + length, 0) + frames * PER_FRAME;
}

/** CPU time of this process. */
export function microseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The most that the resident set may have grown by an input. */
export function memoryLimit(files: readonly Buffer[]): number {
  return FREE_MEMORY + MEMORY_PER_BYTE * files.reduce((sum, { length }) => sum + length, 0);
}

/** Peak of the resident set of this process so far, bytes. */
export const peakMemory = (): number => process.resourceUsage().maxRSS * 1024;
