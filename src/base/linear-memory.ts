// One block of memory that all its users share and that only grows. The kernel (kernel/) works on it too, so its parts are
// told by addresses: bytes from its beginning on, or words of four bytes where that is said.

/** Addresses are multiples of a line of the processor's cache. 0 is none. */
const ALIGNMENT = 64;
const FIRST_BYTES = 1 << 16;

/** Bytes of a WebAssembly memory that is grown by at least a quarter each time: what is not touched costs nothing. */
const PAGE = 1 << 16;
const MAX_PAGES = 1 << 16;

export class LinearMemory {
  /** The same bytes in four ways. All are replaced when the memory grows. */
  words!: Int32Array;
  doubles!: Float64Array;
  bytes!: Buffer;
  view!: DataView;
  private readonly wasm: WebAssembly.Memory | null;
  private used = ALIGNMENT;

  /** Without a WebAssembly memory it is an ordinary one, which moves when it grows. */
  constructor(wasm: WebAssembly.Memory | null = null) {
    this.wasm = wasm;
    this.show(wasm === null ? new ArrayBuffer(FIRST_BYTES) : wasm.buffer);
  }

  /** Bytes that are there by now. */
  get size(): number {
    return this.bytes.length;
  }

  /** The address of so many bytes, which are the taker's from now on. What is in them is left over. */
  take(bytes: number): number {
    const address = this.used;
    const used = address + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (used > this.size) this.grow(used);
    this.used = used;
    return address;
  }

  /** Forgets all that was taken. */
  reset(): void {
    this.used = ALIGNMENT;
  }

  private grow(needed: number): void {
    if (this.wasm !== null) {
      const pages = Math.ceil((needed - this.size) / PAGE);
      const room = MAX_PAGES - this.size / PAGE;
      this.wasm.grow(Math.max(pages, Math.min(room, (this.size / PAGE) >> 2)));
      this.show(this.wasm.buffer);
      return;
    }
    const { words } = this;
    this.show(new ArrayBuffer(Math.max(this.size * 2, Math.ceil(needed / 8) * 8)));
    this.words.set(words);
  }

  private show(memory: ArrayBuffer | SharedArrayBuffer): void {
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
    this.bytes = Buffer.from(memory);
    this.view = new DataView(memory);
  }
}
