import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect, it, test } from 'vitest';
import { pcapFile } from '../testing/capture-builder.ts';
import { readCapture } from '../testing/read-capture.ts';
import { withFile } from '../testing/tshark.ts';
import { openFile } from './file-source.ts';

const file = pcapFile([{ data: Buffer.from('one') }, { data: Buffer.from('two') }]);

it('reads a file', async () => {
  const texts = await withFile(file, async (path) => {
    const source = openFile(path);
    expect(source.size).toBe(file.length);
    const { frames } = await readCapture(source);
    return frames.map((frame) => frame.data.toString());
  });
  expect(texts).toEqual(['one', 'two']);
});

it('tells the system error of what cannot be opened or read', () => {
  expect(() => openFile('/no/such/file')).toThrow('ENOENT');
  const folder = openFile('/');
  expect(() => folder.read(Buffer.alloc(9), 0, 9)).toThrow('EISDIR');
  folder.close();
});

test.skipIf(process.platform === 'win32')('a named pipe is read as its bytes come', async () => {
  await withFile(file, async (path) => {
    const pipe = `${path}.pipe`;
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    // Opened for both directions, so that neither side waits for the other.
    const writer = openSync(pipe, 'r+');
    const source = openFile(pipe);
    expect(source.size).toBeUndefined();
    const target = Buffer.alloc(100);
    writeSync(writer, 'some');
    expect(await source.read(target, 0, 100)).toBe(4);
    const later = source.read(target, 4, 100);
    writeSync(writer, ' more');
    expect(await later).toBe(5);
    expect(target.toString('latin1', 0, 9)).toBe('some more');
    source.close();
    writeSync(writer, '.');
    closeSync(writer);
  });
});

test.skipIf(process.platform === 'win32')('a named pipe that nobody writes to yet is waited for', async () => {
  await withFile(file, async (path) => {
    const pipe = `${path}.pipe`;
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    const source = openFile(pipe);
    const target = Buffer.alloc(100);
    const read = source.read(target, 0, 100);
    expect(await Promise.race([read, setTimeout(100, 'waiting')])).toBe('waiting');
    const writer = openSync(pipe, 'w');
    writeSync(writer, 'some');
    expect(await read).toBe(4);
    closeSync(writer);
    expect(await source.read(target, 0, 100)).toBe(0);
    source.close();
  });
});
