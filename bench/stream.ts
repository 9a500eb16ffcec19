// Writes a generated capture to standard output, and what is true of it to a file:
//
//     node stream.js PROOF-AS-JSON TRUTH-FILE | …
import { writeFileSync } from 'node:fs';
import { generateTo, type Truth } from './generate.ts';
import type { Proof } from './memory.ts';

export interface Streamed {
  readonly truth: Truth;
  /** What generating cost. */
  readonly cpuSeconds: number;
}

const STANDARD_OUTPUT = 1;
const [proof, truthPath] = process.argv.slice(2);
const { traffic, megabytes } = JSON.parse(proof!) as Proof;
const truth = generateTo(STANDARD_OUTPUT, { traffic, bytes: megabytes * 1e6, seed: 1 });
const { user, system } = process.cpuUsage();
writeFileSync(truthPath!, JSON.stringify({ truth, cpuSeconds: (user + system) / 1e6 } satisfies Streamed));
