import { openSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withFile } from '../../testing/tshark.ts';
import { FileSource } from '../file-source.ts';
import { howManyJobs } from './how-many.ts';

test('by size and cores, unless the user says; a stream and a compressed capture are read by one', async () => {
  await withFile(Buffer.from('plain'), async (path) => {
    const small = { file: new FileSource(openSync(path, 'r'), 5) };
    // What is asked of a large file are its size and its first bytes.
    const large = { file: new FileSource(openSync(path, 'r'), 1e9) };
    const stream = { file: null };
    expect(howManyJobs([small], undefined, 8)).toBe(1);
    expect([1, 2, 3, 4, 64].map((cores) => howManyJobs([large], undefined, cores))).toEqual([1, 1, 2, 3, 3]);
    expect(howManyJobs([small, large], undefined, 4)).toBe(3);
    expect(howManyJobs([small], 5, 2)).toBe(5);
    expect(howManyJobs([large, stream], undefined, 8)).toBe(1);
    expect(howManyJobs([stream], 5, 8)).toBe(1);
    writeFileSync(path, Buffer.of(0x1f, 0x8b, 8, 0));
    expect(howManyJobs([large], undefined, 8)).toBe(1);
    small.file.close();
    large.file.close();
  });
});
