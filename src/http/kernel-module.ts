// The kernel's code, compiled. The program that is bundled has another file in the place of this one (bundle/kernel-module.js):
// it compiles only where the build's machine code is of no use.
import { KERNEL_CODE } from './kernel-code.ts';

export const kernelModule = (): WebAssembly.Module => new WebAssembly.Module(Buffer.from(KERNEL_CODE, 'base64'));
