// What a call without a configuration does not need must not make it wait: the libraries that read one are loaded when
// there is one.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Packages that `file` loads before it runs, by itself or through what it imports. */
function packagesOf(file: string, seen = new Set<string>(), packages = new Set<string>()): Set<string> {
  if (seen.has(file)) return packages;
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  for (const [, , from] of source.matchAll(/(?:^|\n)(?:import|export)\s+(?!type\s)([^'";]*?\sfrom\s)?'([^']+)'/g)) {
    if (from!.startsWith('.')) packagesOf(join(dirname(file), from!), seen, packages);
    else if (!from!.startsWith('node:')) packages.add(from!);
  }
  return packages;
}

const here = dirname(fileURLToPath(import.meta.url));

test('the program starts without them', () => {
  const packages = packagesOf(join(here, 'main.ts'));
  expect(packages).toContain('commander');
  expect(packages).not.toContain('valibot');
  expect(packages).not.toContain('yaml');
});

test('what reads a configuration needs more', () => {
  expect([...packagesOf(join(here, 'config-read.ts'))]).toContain('valibot');
});
