// How many jobs an analysis is worth.
import { availableParallelism } from 'node:os';
import { MOST_SHARES } from '../../analysis/shares.ts';
import type { OpenInput } from '../inputs.ts';

/** Bytes below which starting another thread, and compiling everything there once more, takes longer than it saves. */
const WORTH_JOBS = 100e6;

/** Jobs for `inputs`; `asked`: as many as the user wants. What can be read only once is read by one. */
export function howManyJobs(inputs: readonly OpenInput[], asked: number | undefined): number {
  if (inputs.some(({ file }) => file === null)) return 1;
  if (asked !== undefined) return Math.min(asked, MOST_SHARES);
  const size = inputs.reduce((sum, { file }) => sum + file!.size, 0);
  return size < WORTH_JOBS ? 1 : Math.min(availableParallelism(), MOST_SHARES);
}
