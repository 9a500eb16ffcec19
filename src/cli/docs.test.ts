// The documentation's examples are calls that the program takes, and configurations that parse.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FORMATS } from '../report/formats.ts';
import { json } from '../report/json.ts';
import { byteSource } from '../testing/capture-builder.ts';
import { FAKE_RULES, fakeReport } from '../testing/fake-report.ts';
import { run } from './main.ts';

const docs = new URL('../../docs/', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'finrace-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PAGES = readdirSync(docs).filter((file) => ['ci.md', 'capturing.md', 'formats.md'].includes(file));
const page = (name: string) => readFileSync(new URL(name, docs), 'utf8');

/** The blocks of a page in one of the languages. */
function blocksOf(text: string, ...languages: string[]): string[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].flatMap(([, language, block]) =>
    languages.includes(language!) ? [block!] : [],
  );
}

/** Each `finrace …` of a shell's lines, as words. */
function callsOf(text: string): string[][] {
  return [...text.matchAll(/\bfinrace ([a-z][^|#\n]*)/g)].map(([, words]) =>
    words!
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^'(.*)'$/, '$1')),
  );
}

const calls = PAGES.flatMap((name) =>
  blocksOf(page(name), 'console', 'sh', 'yaml').flatMap((block) =>
    callsOf(block).map((words) => [name, words] as const),
  ),
);

test('there are calls in all of them', () => {
  expect(new Set(calls.map(([name]) => name))).toEqual(new Set(['ci.md', 'capturing.md', 'formats.md']));
});

test.each(calls)('%s: %j', async (_, words) => {
  const report = Buffer.from([...json.render(fakeReport(), { color: false, width: 80, quiet: false })].join(''));
  const stderr = new PassThrough();
  const code = await run(
    // Outputs go to a folder that may be thrown away.
    words.map((word, index) =>
      words[index - 1] === '-o' && !word.endsWith('-') ? word.replace(/^([a-z]+=)?/, `$1${folder}/`) : word,
    ),
    {
      stdout: new PassThrough().resume(),
      stderr,
      stdinIsTerminal: false,
      env: {},
      rules: FAKE_RULES,
      cwd: folder,
      now: () => new Date('2026-01-02T03:04:05Z'),
      analyze: async () => ({ ...fakeReport(), captures: [] }),
      openSource: () => byteSource(report),
    },
  );
  expect(stderr.read()?.toString() ?? '').toBe('');
  expect(code).not.toBe(2);
});

describe('configurations parse', () => {
  const blocks = PAGES.flatMap((name) => blocksOf(page(name), 'yaml'));

  test('there are some', () => expect(blocks.length).toBeGreaterThan(1));

  test.each(blocks)('%#', (block) => expect(Object.keys(parse(block)).length).toBeGreaterThan(0));
});

test('every format is in the table', () => {
  const rows = [...page('formats.md').matchAll(/^\| `([a-z]+)` /gm)].map(([, name]) => name);
  expect(rows).toEqual(expect.arrayContaining(FORMATS.map(({ name }) => name)));
});
