// One block of WebAssembly memory that all its users share and that only grows, without moving. The kernel (kernel/) works
// on it too, so its parts are told by addresses: bytes from its beginning on, or words of four bytes where that is said.

/** Addresses are multiples of a line of the processor's cache. 0 is none. */
const ALIGNMENT = 64;

/** The first bytes are the kernel's, for what it notes down. */
const FIRST = 704;

/** It is grown by at least a quarter each time: what is not touched costs nothing. */
const PAGE = 1 << 16;
const MAX_PAGES = 1 << 16;

export class LinearMemory {
  /** The same bytes in four ways. All are replaced when the memory grows; the old ones go on showing what they showed. */
  words!: Int32Array;
  doubles!: Float64Array;
  bytes!: Buffer;
  view!: DataView;
  private readonly wasm: WebAssembly.Memory;
  private used = FIRST;
  /** Parts that were given back, and not taken again yet. */
  private spare: { address: number; bytes: number }[] = [];

  constructor(wasm: WebAssembly.Memory) {
    this.wasm = wasm;
    this.show();
  }

  /** Bytes that are there by now. */
  get size(): number {
    return this.bytes.length;
  }

  /** The address of so many bytes, which are the taker's from now on. What is in them is left over. */
  take(bytes: number): number {
    const size = aligned(bytes);
    const part = this.spare.find((one) => one.bytes >= size);
    if (part !== undefined) {
      part.bytes -= size;
      return part.address + part.bytes;
    }
    const address = this.used;
    const used = address + size;
    if (used > this.size) this.grow(used);
    this.used = used;
    return address;
  }

  /** What lies in these bytes, which were taken, is not looked at any more. */
  giveBack(address: number, bytes: number): void {
    this.spare = this.spare.filter((part) => part.bytes > 0);
    this.spare.push({ address, bytes: aligned(bytes) });
  }

  /** Forgets all that was taken. */
  reset(): void {
    this.used = FIRST;
    this.spare = [];
  }

  private grow(needed: number): void {
    const pages = Math.ceil((needed - this.size) / PAGE);
    const room = MAX_PAGES - this.size / PAGE;
    this.wasm.grow(Math.max(pages, Math.min(room, (this.size / PAGE) >> 2)));
    this.show();
  }

  private show(): void {
    const memory = this.wasm.buffer;
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
    this.bytes = Buffer.from(memory);
    this.view = new DataView(memory);
  }
}

/** So many bytes, and what is left over behind them. */
function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
