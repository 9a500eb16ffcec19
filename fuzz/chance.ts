// What a fuzzer draws, from the benchmark generator's source of chance: the same for the same seed on every machine.
import { Random } from '../bench/random.ts';

export { Random };

/** The chance of input `index` of a run: no input depends on those before it. */
export function randomOf(seed: number, index: number): Random {
  return new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
}

export function pick<T>(choices: readonly T[], random: Random): T {
  return choices[random.below(choices.length)]!;
}

/** From 1 to `limit`: small numbers mostly, and now and then one near the limit. */
export function few(limit: number, random: Random): number {
  return Math.max(1, Math.round(limit ** (random.below(1001) / 1000)));
}

/** Where fields wrap, change sign, run empty or full. */
const BOUNDARIES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000];
const LARGE_BOUNDARIES = [0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff];

/** A 32-bit number that is likely to be somebody's limit. */
export function boundary(random: Random): number {
  return random.chance(0.1) ? random.next() : pick(random.chance(0.6) ? BOUNDARIES : LARGE_BOUNDARIES, random);
}

/** `value` moved a little, or by a boundary; 32 bits, unsigned. */
export function moved(value: number, random: Random): number {
  const by = random.chance(0.6) ? random.between(1, 4) : boundary(random);
  return (value + (random.chance(0.5) ? by : -by)) >>> 0;
}
