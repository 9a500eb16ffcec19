// How many jobs an analysis is worth.
import { readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { MOST_SHARES } from '../../analysis/options.ts';
import { compressionOf } from '../../capture/compression/compressions.ts';
import type { FileSource } from '../file-source.ts';
import type { OpenInput } from '../inputs.ts';

/** Bytes below which starting more threads, and compiling everything in each of them, takes longer than it saves. */
const WORTH_JOBS = 100e6;

/**
 * Jobs beyond which nothing is gained: the thread that puts together what they tell then has the most to do. It needs a
 * core, too, so on two cores one thread that does everything is as fast. Measured on the sets of bench/README.md.
 */
const MOST_GAINED = 3;

/**
 * Jobs for `inputs`; `asked`: as many as the user wants. What can be read only once (a stream, a file that is followed)
 * is read by one.
 */
export function howManyJobs(
  inputs: readonly Pick<OpenInput, 'file'>[],
  asked: number | undefined,
  cores = availableParallelism(),
): number {
  const files = inputs.flatMap(({ file }) => (file === null ? [] : [file]));
  if (files.length < inputs.length) return 1;
  if (asked !== undefined) return Math.min(asked, MOST_SHARES);
  if (files.reduce((sum, { size }) => sum + size, 0) < WORTH_JOBS || files.some(isCompressed)) return 1;
  return Math.max(1, Math.min(cores - 1, MOST_GAINED));
}

/** Each job would have to decompress all of it. */
function isCompressed({ descriptor }: FileSource): boolean {
  const first = Buffer.alloc(4);
  const length = readSync(descriptor, first, 0, first.length, 0);
  return compressionOf(first.subarray(0, length)) !== undefined;
}
