import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { BlockType } from './block-type.ts';
import { BLOCK_TYPES } from './block-types.ts';

test('every file in blocks/ stands in the table, and nothing else does', async () => {
  const folder = new URL('./blocks/', import.meta.url);
  const files = readdirSync(folder).filter((name) => !name.includes('.test.'));
  const modules: Record<string, unknown>[] = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  const inFiles = modules.map((module) => Object.values(module).find(isBlockType));
  expect(new Set(BLOCK_TYPES)).toEqual(new Set(inFiles));
  expect(BLOCK_TYPES).toHaveLength(files.length);
});

test('no number stands for two block types', () => {
  const numbers = BLOCK_TYPES.flatMap((blockType) => blockType.types);
  expect(new Set(numbers).size).toBe(numbers.length);
});

function isBlockType(value: unknown): value is BlockType {
  return typeof value === 'object' && value !== null && 'read' in value;
}
