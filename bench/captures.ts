// The generated captures, kept in a folder for temporary files and used again.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GENERATOR_VERSION, generate, type Truth } from './generate.ts';
import { megabytesText } from './layout.ts';
import { SETS, type SetName } from './sets.ts';

export const FOLDER = join(tmpdir(), 'finrace-bench');
export const MEGABYTE = 1e6;
const SEED = 1;
/** What must stay free on the disk. */
const RESERVE = 512 * MEGABYTE;

export interface Capture {
  readonly path: string;
  readonly truth: Truth;
}

/** The capture of the set, generated now or before. */
export function provide(set: SetName, megabytes: number): Capture {
  mkdirSync(FOLDER, { recursive: true });
  const name = `${set}-${megabytes}MB-seed${SEED}-v${GENERATOR_VERSION}.pcap`;
  const path = join(FOLDER, name);
  const truthPath = `${path}.truth.json`;
  if (existsSync(path) && existsSync(truthPath)) return { path, truth: JSON.parse(readFileSync(truthPath, 'utf8')) };
  // Of another version, or left by a run that was broken off.
  for (const old of readdirSync(FOLDER)) {
    if (old.startsWith(`${set}-`) && !old.includes(`-v${GENERATOR_VERSION}.pcap`)) rmSync(join(FOLDER, old));
  }
  const { bavail, bsize } = statfsSync(FOLDER);
  // A set may overrun its size by a tenth.
  const needed = megabytes * MEGABYTE * 1.1 + RESERVE;
  if (bavail * bsize < needed) {
    const [free, wanted] = [bavail * bsize, needed].map(megabytesText);
    throw new Error(`${FOLDER}: ${free} MB free, ${wanted} MB needed; try --size, --clean or TMPDIR`);
  }
  console.log(`generating ${name}: ${SETS[set].summary}`);
  const part = `${path}.part`;
  const truth = generate({ set, bytes: megabytes * MEGABYTE, seed: SEED, output: part });
  renameSync(part, path);
  writeFileSync(truthPath, JSON.stringify(truth));
  return { path, truth };
}
