import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { LinkDecoder } from './link-decoder.ts';
import { LINK_DECODERS, linkTypeName } from './link-types.ts';

test('every file in link/ stands in the table, and nothing else does', async () => {
  const folder = new URL('./link/', import.meta.url);
  const files = readdirSync(folder).filter((name) => !name.includes('.test.'));
  const modules: Record<string, unknown>[] = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  const inFiles = modules.map((module) => Object.values(module).find(isLinkDecoder));
  expect(new Set(LINK_DECODERS)).toEqual(new Set(inFiles));
  expect(LINK_DECODERS).toHaveLength(files.length);
});

test('no number and no name stands for two link types', () => {
  const numbers = LINK_DECODERS.flatMap((decoder) => decoder.linkTypes);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(new Set(LINK_DECODERS.map((decoder) => decoder.name)).size).toBe(LINK_DECODERS.length);
});

test('a link type without a decoder is called by its number', () => {
  expect(linkTypeName(1)).toBe('ETHERNET');
  expect(linkTypeName(147)).toBe('147');
});

function isLinkDecoder(value: unknown): value is LinkDecoder {
  return typeof value === 'object' && value !== null && 'decode' in value;
}
