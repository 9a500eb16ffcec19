import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Compression } from './compression.ts';
import { COMPRESSIONS, compressionOf } from './compressions.ts';

test('every file here that holds a compression stands in the table, under its name', async () => {
  const folder = new URL('./', import.meta.url);
  const files = readdirSync(folder).filter((name) => !name.includes('.test.') && name !== 'compressions.ts');
  const found = new Map<string, Compression>();
  for (const file of files) {
    const module: Record<string, unknown> = await import(new URL(file, folder).href);
    const compression = Object.values(module).find(isCompression);
    if (compression !== undefined) found.set(file, compression);
  }
  expect(new Set(found.values())).toEqual(new Set(COMPRESSIONS));
  expect([...found.keys()]).toEqual([...found.values()].map(({ name }) => `${name}.ts`));
});

test('is told by the first bytes', () => {
  const named = (...bytes: number[]) => compressionOf(Buffer.from(bytes))?.name;
  expect(named(0x1f, 0x8b, 8, 0)).toBe('gzip');
  expect(named(0x28, 0xb5, 0x2f, 0xfd)).toBe('zstd');
  expect(named(0x04, 0x22, 0x4d, 0x18)).toBe('lz4');
  expect(named(0x02, 0x21, 0x4c, 0x18)).toBe('lz4');
  expect(named(0xd4, 0xc3, 0xb2, 0xa1)).toBeUndefined();
  expect(named(0x28, 0xb5, 0x2f)).toBeUndefined();
  expect(named()).toBeUndefined();
});

function isCompression(value: unknown): value is Compression {
  return typeof value === 'object' && value !== null && 'decompress' in value;
}
