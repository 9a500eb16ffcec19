// In the program that is bundled this stands in the place of src/http/kernel-module.ts: the kernel begins as machine code.
// V8 compiles WebAssembly twice, the second time well, function by function while the program runs. What it compiled at the
// build (record-kernel.js) is read instead, where the same Node runs with the same flags on such a processor. V8 has
// functions for that, which it does not promise to keep: without them, or the file, the kernel is compiled as ever.
import { readFileSync, statSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { KERNEL_CODE } from '../dist/src/http/kernel-code.js';

/** It lies beside the program. */
export const MACHINE_CODE = 'kernel.machine-code';

export function kernelModule() {
  const code = new Uint8Array(Buffer.from(KERNEL_CODE, 'base64'));
  return fromMachineCode(code) ?? new WebAssembly.Module(code);
}

function fromMachineCode(code) {
  try {
    const file = readFileSync(new URL(MACHINE_CODE, import.meta.url));
    const headEnd = file.indexOf('\n') + 1;
    const machineCode = new Uint8Array(file.subarray(headEnd));
    if (file.toString('latin1', 0, headEnd) !== headOf(code, machineCode)) return undefined;
    const deserialize = '(machineCode, code) => %DeserializeWasmModule(machineCode, code)';
    return callWithNatives(deserialize, machineCode.buffer, code);
  } catch {
    return undefined;
  }
}

/**
 * First line of the file: what the machine code is of. V8 looks at its version, its flags and the processor; not at how it
 * was built, so the size of the executable stands for that, nor at whether the file is whole. Each has a buffer of its own.
 */
export function headOf(code, machineCode) {
  const { version, platform, arch, execPath } = process;
  const { size } = statSync(execPath);
  return `${version} ${platform} ${arch} ${size} ${sumOf(code)} ${machineCode.length} ${sumOf(machineCode)}\n`;
}

/** Not by hashBytes: that takes milliseconds of each start, three times as long as this, before V8 compiles it. */
function sumOf(bytes) {
  const words = new Int32Array(bytes.buffer, 0, bytes.length >> 2);
  let sum = 0;
  for (let i = 0; i < words.length; i++) sum = (Math.imul(sum, 31) + words[i]) | 0;
  return sum;
}

/** Calls a function whose text names one of V8's own. */
export function callWithNatives(text, ...values) {
  setFlagsFromString('--allow-natives-syntax');
  try {
    return new Function(`return ${text}`)()(...values);
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}
