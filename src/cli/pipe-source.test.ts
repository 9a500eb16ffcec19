// On a machine whose pipes are like those of Linux. The other end of each is a file's descriptor, written to as the test wants.
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PipeSource } from './pipe-source.ts';

let folder = '';
let writer = -1;
let source: PipeSource;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'finrace-pipe-'));
  const path = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  // Opened for both directions, so that neither side waits for the other.
  const both = openSync(path, 'r+');
  writer = openSync(path, 'w');
  source = new PipeSource(openSync(path, 'r'));
  closeSync(both);
});

afterEach(() => {
  source.close();
  if (writer >= 0) closeSync(writer);
  rmSync(folder, { recursive: true });
});

function end(): void {
  closeSync(writer);
  writer = -1;
}

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  test('is read in pieces of any size, to its end', async () => {
    const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));
    writeSync(writer, bytes);
    end();
    const target = Buffer.alloc(bytes.length + 99);
    let length = 0;
    for (let piece = 1; ; piece = (piece * 3) % 4001) {
      const count = await source.read(target, length, piece);
      if (count === 0) break;
      expect(count).toBeLessThanOrEqual(piece);
      length += count;
    }
    expect(target.subarray(0, length).equals(bytes)).toBe(true);
    expect(await source.read(target, 0, 9)).toBe(0);
  });

  test('what is there is read at once, what is not is waited for', async () => {
    const target = Buffer.alloc(100);
    const first = source.read(target, 0, 4);
    expect(first).toBeInstanceOf(Promise);
    writeSync(writer, 'some more');
    expect(await first).toBe(4);
    expect(source.read(target, 4, 100)).toBe(5);
    const later = source.read(target, 9, 100);
    expect(later).toBeInstanceOf(Promise);
    writeSync(writer, ' and more');
    expect(await later).toBe(9);
    expect(target.toString('latin1', 0, 18)).toBe('some more and more');
  });

  test('holds back its writer: no more is taken out of it before the buffer is used up', async () => {
    const piece = Buffer.alloc(4096, 'x');
    writeSync(writer, piece);
    const target = Buffer.alloc(100);
    expect(await source.read(target, 0, 1)).toBe(1);
    const other = openSync(join(folder, 'pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    writeSync(writer, piece);
    await new Promise((resolve) => setTimeout(resolve, 50));
    // All of it is there for another reader.
    expect(readSync(other, Buffer.alloc(9999))).toBe(4096);
    closeSync(other);
  });

  test('that is closed here is at its end', async () => {
    const pending = source.read(Buffer.alloc(9), 0, 9);
    source.close();
    expect(await pending).toBe(0);
  });

  test('that cannot be read: the system says why', async () => {
    const path = join(folder, 'other');
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
    const both = openSync(path, 'r+');
    const wrong = new PipeSource(openSync(path, 'w'));
    closeSync(both);
    const read = async () => await wrong.read(Buffer.alloc(9), 0, 9);
    await expect(read()).rejects.toThrow('read E');
    expect(await read()).toBe(0);
    wrong.close();
  });
});
