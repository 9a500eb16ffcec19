// What the README shows is what the program does.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { analyze } from '../analyze.ts';
import { text } from '../report/text.ts';
import { RULES } from '../rules/catalogue.ts';
import { openFile } from './file-source.ts';

const readme = readFileSync('README.md', 'utf8');

test('the report at its head is that of its first command', async () => {
  const path = /finrace\.js analyze (\S+)/.exec(readme)![1]!;
  const report = await analyze([{ path, source: openFile(path) }], { detail: 'connections', hosts: [], ports: [] });
  // An indented block: whoever looks for fenced commands finds the two of them first.
  const shown = /(?:^ {4}.*\n|^\n)+(?=^## )/m
    .exec(readme)![0]
    .replace(/^ {4}/gm, '')
    .replace(/^\n+|\n+$/g, '');
  expect([...text.render(report, { color: false, width: 80, quiet: false })].join('')).toBe(`${shown}\n`);
});

test('the rules that its commands name exist', () => {
  const names = [...readme.matchAll(/finrace (?:rules|check.*--(?:only|ignore)) ([a-z]+(?:-[a-z]+)+)/g)].map(
    (m) => m[1],
  );
  expect(names.length).toBeGreaterThan(1);
  const ids = RULES.map(({ documentation }) => documentation.id);
  for (const name of names) expect(ids).toContain(name);
});
