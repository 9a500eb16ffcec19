// Where Wireshark keeps what a user has set, and a profile written there.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../version.ts';
import { WrongCallError } from './exit-codes.ts';
import { failed } from './inputs.ts';
import type { World } from './world.ts';

/** Says what was written here: files with other contents are somebody else's, or were changed since. */
const RECEIPT = 'finrace.json';

/** The personal configuration folder, as `tshark -G folders` tells it. */
export function wiresharkFolder(
  env: World['env'],
  platform: string = process.platform,
  isFolder: (path: string) => boolean = isExistingFolder,
): { readonly path: string; profile(name: string): string } {
  const path = env.WIRESHARK_CONFIG_DIR || (platform === 'win32' ? onWindows(env) : onUnix(env, isFolder));
  return { path, profile: (name) => join(path, 'profiles', name) };
}

function onWindows(env: World['env']): string {
  return env.WIRESHARK_APPDATA || join(env.APPDATA || join(homedir(), 'AppData', 'Roaming'), 'Wireshark');
}

/** The folder of before Wireshark 2.2 counts only where there is none of today's. */
function onUnix(env: World['env'], isFolder: (path: string) => boolean): string {
  const home = env.HOME || homedir();
  const today = join(env.XDG_CONFIG_HOME || join(home, '.config'), 'wireshark');
  const old = join(home, '.wireshark');
  return !isFolder(today) && isFolder(old) ? old : today;
}

function isExistingFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Writes the files into `folder`, which is made for them. Files that finrace did not write there, or that were changed
 * since (Wireshark does so when somebody sets something), are overwritten only by force. Those of `initial` are written
 * only where there are none.
 */
export function installProfile(
  folder: string,
  files: ReadonlyMap<string, string>,
  initial: ReadonlyMap<string, string>,
  force: boolean,
): void {
  try {
    const there = statSync(folder, { throwIfNoEntry: false });
    if (there !== undefined && !there.isDirectory()) throw new WrongCallError(`${folder}: is no directory`);
    mkdirSync(folder, { recursive: true });
    if (!force) refuseForeignFiles(folder, [...files.keys()]);
    const written: Record<string, string> = {};
    for (const [name, content] of files) {
      writeFileSync(join(folder, name), content);
      written[name] = digest(content);
    }
    for (const [name, content] of initial) {
      if (!existsSync(join(folder, name))) writeFileSync(join(folder, name), content);
    }
    writeFileSync(join(folder, RECEIPT), `${JSON.stringify({ finrace: VERSION, sha256: written }, null, 2)}\n`);
  } catch (error) {
    failed(error, folder);
  }
}

function refuseForeignFiles(folder: string, names: readonly string[]): void {
  const present = readdirSync(folder).filter((name) => names.includes(name));
  if (present.length === 0) return;
  const known = receiptIn(folder);
  const foreign = present.filter((name) => digest(readFileSync(join(folder, name))) !== known[name]);
  if (foreign.length === 0) return;
  throw new WrongCallError(
    `${folder}: ${foreign.join(', ')}: not as finrace wrote it; --force overwrites it, --into writes it elsewhere`,
  );
}

function receiptIn(folder: string): Readonly<Record<string, unknown>> {
  try {
    const receipt: unknown = JSON.parse(readFileSync(join(folder, RECEIPT), 'utf8'));
    const sums = (receipt as { sha256?: unknown } | null)?.sha256;
    return typeof sums === 'object' && sums !== null ? (sums as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
