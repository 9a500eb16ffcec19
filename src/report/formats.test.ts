import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FORMATS } from './formats.ts';

test('every format has its own name, and its file bears it', () => {
  const names = FORMATS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const files = readdirSync(new URL('.', import.meta.url));
  for (const name of names) expect(files).toContain(`${name}.ts`);
});
