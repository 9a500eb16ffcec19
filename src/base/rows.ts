// Rows of numbers in one block of memory, each used again when it is free. A row is `stride` 32-bit words; two words
// that begin at an even place can hold a double, at half that place.

const FIRST_CAPACITY = 256;

export class Rows {
  words: Int32Array;
  doubles: Float64Array;
  /** The same memory as bytes. */
  bytes: Buffer;
  private readonly stride: number;
  private capacity = FIRST_CAPACITY;
  private used = 0;
  private readonly free: number[] = [];

  /** `stride`: words of a row, an even number. */
  constructor(stride: number) {
    this.stride = stride;
    const memory = new ArrayBuffer(FIRST_CAPACITY * stride * 4);
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
    this.bytes = Buffer.from(memory);
  }

  /** The place of a row's first word. What is in the row is left over from the one before. May move all rows. */
  take(): number {
    const place = this.free.pop();
    if (place !== undefined) return place;
    if (this.used === this.capacity) this.grow();
    return this.used++ * this.stride;
  }

  give(place: number): void {
    this.free.push(place);
  }

  private grow(): void {
    this.capacity *= 2;
    const memory = new ArrayBuffer(this.capacity * this.stride * 4);
    const words = new Int32Array(memory);
    words.set(this.words);
    this.words = words;
    this.doubles = new Float64Array(memory);
    this.bytes = Buffer.from(memory);
  }
}
