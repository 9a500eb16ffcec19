// Rows of numbers in one block of memory, one behind the other. A row is `stride` 32-bit words; two words that begin at an
// even place can hold a double, at half that place.

const FIRST_CAPACITY = 256;

export class RowList {
  words: Int32Array;
  doubles: Float64Array;
  private readonly stride: number;
  private capacity = FIRST_CAPACITY;
  private used = 0;

  /** `stride`: words of a row, an even number. */
  constructor(stride: number) {
    this.stride = stride;
    const memory = new ArrayBuffer(FIRST_CAPACITY * stride * 4);
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
  }

  /** The place of the next row's first word: row n begins at n strides. It holds zeros. May move all rows. */
  add(): number {
    if (this.used === this.capacity) this.grow();
    return this.used++ * this.stride;
  }

  private grow(): void {
    this.capacity *= 2;
    const memory = new ArrayBuffer(this.capacity * this.stride * 4);
    const words = new Int32Array(memory);
    words.set(this.words);
    this.words = words;
    this.doubles = new Float64Array(memory);
  }
}
