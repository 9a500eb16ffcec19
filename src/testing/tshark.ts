// tshark, the reference for what a capture contains; tests that need it are skipped where it is not installed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const HAS_TSHARK = spawnSync('tshark', ['--version']).status === 0;

/** `title`, or a plain notice that it is not tested here. */
export function titleWithTshark(title: string): string {
  return HAS_TSHARK ? title : `${title} (skipped: no tshark)`;
}

/** The values of `fields` for every frame of the capture at `path`, one row each. */
export function tsharkFields(path: string, fields: readonly string[], options: readonly string[] = []): string[][] {
  const { stdout } = spawnSync(
    'tshark',
    ['-r', path, '-T', 'fields', ...fields.flatMap((f) => ['-e', f]), ...options],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    },
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** The same for a capture that is no file. */
export function tsharkFieldsOf(
  capture: Uint8Array,
  fields: readonly string[],
  options: readonly string[] = [],
): string[][] {
  return withFile(capture, (path) => tsharkFields(path, fields, options));
}

/** Calls `use` with the path of a file that holds `bytes`, in a folder of its own, and removes both when it is done. */
export function withFile<Result>(bytes: Uint8Array, use: (path: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'finrace-test-'));
  const remove = () => rmSync(folder, { recursive: true });
  let result: Result;
  try {
    const path = join(folder, 'capture');
    writeFileSync(path, bytes);
    result = use(path);
  } catch (error) {
    remove();
    throw error;
  }
  if (result instanceof Promise) result.then(remove, remove);
  else remove();
  return result;
}
