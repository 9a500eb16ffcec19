// What is used of WebAssembly, which Node has and whose types come only with those of browsers.
// https://webassembly.github.io/spec/js-api/
declare namespace WebAssembly {
  class Memory {
    /** In pages of 64 KiB. */
    constructor(descriptor: { initial: number; maximum: number; shared: boolean });
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
}
