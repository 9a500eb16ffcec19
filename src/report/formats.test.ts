import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fakeReport } from '../testing/fake-report.ts';
import { FORMATS } from './formats.ts';

test('every format has its own name, and its file bears it', () => {
  const names = FORMATS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const files = readdirSync(new URL('.', import.meta.url));
  for (const name of names) expect(files).toContain(`${name}.ts`);
});

test.each(FORMATS.map((format) => [format.name, format] as const))('%s shows nothing of the secrets', (_, format) => {
  const report = fakeReport();
  const secret = report.captures[0]!.tlsKeyLog.split(' ')[1]!;
  const shown = [...format.render(report, { color: false, width: 80, quiet: false })].join('');
  expect(secret).toMatch(/^\w+$/);
  expect(shown).not.toContain(secret);
});
