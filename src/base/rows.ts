// Rows of numbers in a memory, each used again when it is free. A row is `stride` 32-bit words; two words that begin at an
// even place can hold a double, at half that place.
import type { LinearMemory } from './linear-memory.ts';

const ROWS_AT_ONCE = 256;

export class Rows {
  /**
   * Where two words stand: how many rows are free, and the place of the list of their places (never 0), the latest last.
   * It is a list of its own because a row that is let go of is rarely in the processor's cache.
   */
  readonly freeList: number;
  private readonly memory: LinearMemory;
  private readonly stride: number;
  /** Rows that there are, and places that the list has room for. */
  private count = 0;
  private room = 0;

  /** `stride`: words of a row, an even number. */
  constructor(stride: number, memory: LinearMemory) {
    this.memory = memory;
    this.stride = stride;
    this.freeList = memory.take(8) >> 2;
    memory.words[this.freeList] = 0;
    memory.words[this.freeList + 1] = 0;
  }

  /** All of these begin at address 0. */
  get words(): Int32Array {
    return this.memory.words;
  }

  get doubles(): Float64Array {
    return this.memory.doubles;
  }

  get bytes(): Buffer {
    return this.memory.bytes;
  }

  /** A row is free again. Rows are taken by the kernel (kernel/lane.ts); what is in them is left over. */
  give(place: number): void {
    const { words } = this.memory;
    const free = words[this.freeList]!;
    words[words[this.freeList + 1]! + free] = place;
    words[this.freeList] = free + 1;
  }

  /** No row is free: makes some. */
  more(): void {
    this.count += ROWS_AT_ONCE;
    if (this.count > this.room) {
      this.room = this.count * 2;
      // All rows are taken: there is nothing in the old list.
      const list = this.memory.take(this.room * 4) >> 2;
      this.memory.words[this.freeList + 1] = list;
    }
    const first = this.memory.take(ROWS_AT_ONCE * this.stride * 4) >> 2;
    // The first one is taken first.
    for (let row = ROWS_AT_ONCE - 1; row >= 0; row--) this.give(first + row * this.stride);
  }
}
