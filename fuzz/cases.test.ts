// What the fuzzer found once, and was mended: each file is named for what it holds.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { check } from './check.ts';
import { projectPath } from './project.ts';

const folder = projectPath('fuzz', 'cases');

describe.each(readdirSync(folder).sort())('%s', (name) => {
  test('passes all checks', { timeout: 60_000 }, async () => {
    const { failures } = await check({ files: [readFileSync(`${folder}/${name}`)] });
    expect(failures).toEqual([]);
  });
});
