// The generator's only source of chance: mulberry32, 32 bits of state, the same numbers for the same seed on every
// machine. Math.random cannot be seeded, and nothing here needs better numbers than these.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return (bits ^ (bits >>> 14)) >>> 0;
  }

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * limit);
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** The same, for a range. */
  within(range: readonly [low: number, high: number]): number {
    return this.between(range[0], range[1]);
  }

  chance(probability: number): boolean {
    return this.next() < probability * 0x1_0000_0000;
  }
}
