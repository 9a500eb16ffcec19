// Numbers in one block that grows, where there is no LinearMemory to put them into.

/** What rows of numbers lie in. Views are replaced when it grows. Places are words of four bytes from its beginning on. */
export interface Memory {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** The address (bytes) of so many bytes, which are the taker's from now on. What is in them is left over. */
  take(bytes: number): number;
  /** So many bytes at that address may be taken by others from now on. */
  giveBack(address: number, bytes: number): void;
}

const FIRST_BYTES = 1 << 15;
const ALIGNMENT = 8;

export class PlainMemory implements Memory {
  words = new Int32Array(FIRST_BYTES / 4);
  doubles = new Float64Array(this.words.buffer);
  private used = 0;

  take(bytes: number): number {
    const address = this.used;
    this.used += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (this.used > this.words.byteLength) this.grow();
    return address;
  }

  /** Nothing is made of it here: who has a memory of his own has little in it. */
  giveBack(): void {}

  private grow(): void {
    const words = new Int32Array(2 ** Math.ceil(Math.log2(this.used)) / 4);
    words.set(this.words);
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
  }
}
