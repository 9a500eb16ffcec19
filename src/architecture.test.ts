// Folders stand in the order the data flows, and a folder imports only from folders before it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ORDER = [
  'base',
  'capture',
  'wire',
  'tcp',
  'http',
  'history',
  'trace',
  'timeouts',
  'rules',
  'report',
  'policy',
  'export',
  'analysis',
  'analyze.ts',
  'tui',
  'cli',
];
/** May be imported by all. */
const FOR_ALL = ['version.ts'];

const root = dirname(fileURLToPath(import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !file.startsWith('testing/'),
);

/** What `file` imports: packages as they are named, own files by their path from the root. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const specifiers = [
    ...source.matchAll(/(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)/g),
  ];
  return specifiers
    .map((match) => (match[1] ?? match[2])!)
    .map((specifier) => (specifier.startsWith('.') ? relative(root, join(root, dirname(file), specifier)) : specifier));
}

const folderOf = (file: string) => file.split('/')[0]!;

test('every folder has its place', () => {
  for (const file of files) expect([...ORDER, ...FOR_ALL], file).toContain(folderOf(file));
});

describe.each(files)('%s', (file) => {
  const own = importsOf(file).filter((path) => /\.tsx?$/.test(path));

  test('imports only from its own folder and from those before it', () => {
    for (const path of own.filter((path) => !FOR_ALL.includes(path))) {
      expect(ORDER.slice(0, ORDER.indexOf(folderOf(file)) + 1), `${file} imports ${path}`).toContain(folderOf(path));
    }
  });

  test('opens files and prints only in cli/', () => {
    if (folderOf(file) === 'cli') return;
    expect(importsOf(file)).not.toContain('node:fs');
    expect(importsOf(file)).not.toContain('node:fs/promises');
    expect(readFileSync(join(root, file), 'utf8')).not.toMatch(/\bprocess\.(stdout|stderr)\b|\bconsole\./);
  });
});
