// READS and WRITES the file of findings that are known.
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BASELINE_SCHEMA, type Baseline } from '../policy/baseline.ts';
import { jsonFor } from '../report/escape.ts';
import { FINGERPRINT_VERSION } from '../rules/identity.ts';
import { nameFor, type Settings } from './config.ts';
import { WrongCallError } from './exit-codes.ts';
import { systemErrorInWords } from './system-errors.ts';
import type { World } from './world.ts';

export const BASELINE_NAME = 'finrace.baseline.json';

/** Some ten thousands of entries. */
const MOST_BYTES = 16 * 1024 * 1024;

/** As commander hands it over. */
export interface BaselineOptions {
  readonly baseline?: string | false;
}

/** Where a baseline is, or would be: as asked for, else beside the configuration, else in the working directory. */
export function baselinePath({ options, file }: Settings<BaselineOptions>, world: World): string {
  if (options.baseline === '-') throw new WrongCallError('a baseline is a file; one called - is written ./-');
  if (typeof options.baseline === 'string') return resolve(world.cwd, options.baseline);
  return join(file?.folder ?? world.cwd, BASELINE_NAME);
}

/** The baseline that counts for a call; null when there is none. One that was asked for must be there. */
export async function findBaseline(
  settings: Settings<BaselineOptions>,
  world: World,
): Promise<{ readonly name: string; readonly path: string; readonly baseline: Baseline } | null> {
  if (settings.options.baseline === false) return null;
  const path = baselinePath(settings, world);
  if (settings.options.baseline === undefined && !existsSync(path)) return null;
  return { name: nameFor(path, world), path, baseline: await readBaseline(path, world) };
}

export async function readBaseline(path: string, world: World): Promise<Baseline> {
  const name = nameFor(path, world);
  const written = { name, text: readText(path, name) };
  // Its libraries are loaded only where there is one.
  const { parseJson, validated } = await import('./config-read.ts');
  const { BASELINE } = await import('./config-schema.ts');
  const parsed = await parseJson(written);
  const version = newerVersion(parsed);
  if (version !== null) {
    throw new WrongCallError(
      `${name}: is of version ${version}, this finrace reads ${BASELINE_SCHEMA} (a newer finrace wrote it)`,
    );
  }
  const { schema, fingerprintVersion, findings } = await validated(BASELINE, parsed, written, []);
  if (fingerprintVersion !== FINGERPRINT_VERSION) {
    throw new WrongCallError(
      `${name}: its fingerprints are of version ${fingerprintVersion}, this finrace makes version ${FINGERPRINT_VERSION}; ` +
        "make it anew with 'finrace baseline create --force'",
    );
  }
  const seen = new Set<string>();
  for (const { fingerprint } of findings) {
    if (seen.has(fingerprint)) throw new WrongCallError(`${name}: fingerprint ${fingerprint} stands there twice`);
    seen.add(fingerprint);
  }
  return { schema, fingerprintVersion, findings };
}

/** Written beside its place and then moved there: a run that is killed leaves the old one. */
export function writeBaseline(path: string, baseline: Baseline, name: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, baselineText(baseline), { flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    const reason = systemErrorInWords(error);
    if (reason === null) throw error;
    const why = reason === 'no such file' && !existsSync(dirname(path)) ? 'no such directory' : reason;
    throw new WrongCallError(`${name}: cannot be written: ${why}`);
  }
}

/** One entry on one line: a change of one is a change of one line. */
function baselineText({ schema, fingerprintVersion, findings }: Baseline): string {
  const entries = findings.map((entry) => `\n    ${jsonFor(entry)}`);
  return (
    `{\n  "schema": ${jsonFor(schema)},\n  "fingerprintVersion": ${fingerprintVersion},\n` +
    `  "findings": [${entries.join(',')}${entries.length === 0 ? '' : '\n  '}]\n}\n`
  );
}

function readText(path: string, name: string): string {
  try {
    const stats = statSync(path);
    // A pipe may never end to be opened, and a device to be read.
    if (!stats.isFile() && !stats.isDirectory()) throw new WrongCallError(`${name}: is no file`);
    if (stats.size > MOST_BYTES) throw new WrongCallError(`${name}: is too large for a baseline`);
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const reason = systemErrorInWords(error);
    throw reason === null ? error : new WrongCallError(`${name}: ${reason}`);
  }
}

/** The version of a baseline that is too new to be read; null for any other value. */
function newerVersion(parsed: unknown): string | null {
  const [name, own] = BASELINE_SCHEMA.split('/');
  const schema = (parsed as { readonly schema?: unknown } | null)?.schema;
  const [said, version = ''] = typeof schema === 'string' ? schema.split('/') : [];
  return said === name && /^\d{1,9}$/.test(version) && Number(version) > Number(own) ? version : null;
}
