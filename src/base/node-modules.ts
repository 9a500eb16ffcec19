// Modules of Node's that take about a twentieth of a start each, and that most runs never need: loaded when they are asked
// for, where an `import()` could not be waited for.
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

export const nodeCrypto = (): typeof import('node:crypto') => load('node:crypto');
export const nodeNet = (): typeof import('node:net') => load('node:net');
export const nodeTty = (): typeof import('node:tty') => load('node:tty');
export const nodeThreads = (): typeof import('node:worker_threads') => load('node:worker_threads');
