// Loaded into the program when it is built (record.js): keeps the kernel's machine code.
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { callWithNatives, headOf } from './kernel-module.js';

// V8 writes only functions that are compiled well. So that all are, it compiles them at once, and not when they are called.
const AT_ONCE = ['wasm-dynamic-tiering', 'wasm-lazy-compilation'];
for (const flag of AT_ONCE) setFlagsFromString(`--no-${flag}`);

const { Module } = WebAssembly;
WebAssembly.Module = class extends Module {
  constructor(code) {
    super(code);
    process.on('exit', () => {
      // It has to be written with the flags that it is read with.
      for (const flag of AT_ONCE) setFlagsFromString(`--${flag}`);
      const machineCode = new Uint8Array(callWithNatives('(module) => %SerializeWasmModule(module)', this));
      writeFileSync(process.env.FINRACE_RECORD, Buffer.concat([Buffer.from(headOf(code, machineCode)), machineCode]));
    });
  }
};
