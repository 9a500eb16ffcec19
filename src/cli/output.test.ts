import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { WrongCallError } from './exit-codes.ts';
import { checkOutputs, writeFiles } from './output.ts';

const root = mkdtempSync(join(tmpdir(), 'finrace-output-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = '';
let count = 0;
beforeEach(() => {
  folder = join(root, `${count++}`);
  mkdirSync(folder);
});

const at = (name: string) => join(folder, name);
const file = (name: string, text: string) => ({ path: at(name), pieces: () => [text] });

describe('files are written whole or not at all', () => {
  test('all of them, and nothing else is left', async () => {
    writeFileSync(at('b'), 'before');
    await writeFiles([file('a', 'A'), file('b', 'B')]);
    expect(readdirSync(folder).map((name) => [name, readFileSync(at(name), 'utf8')])).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ]);
  });

  test('an error in the second leaves the first as it was', async () => {
    writeFileSync(at('a'), 'before');
    const broken = {
      path: at('b'),
      *pieces() {
        yield 'half';
        // While it is written, its place is empty.
        expect(existsSync(at('b'))).toBe(false);
        throw new Error('broken');
      },
    };
    await expect(writeFiles([file('a', 'A'), broken])).rejects.toThrow('broken');
    expect(readdirSync(folder)).toEqual(['a']);
    expect(readFileSync(at('a'), 'utf8')).toBe('before');
  });

  test('the file keeps its permissions, and a new one has the usual ones', async () => {
    writeFileSync(at('a'), 'before');
    chmodSync(at('a'), 0o640);
    await writeFiles([file('a', 'A'), file('new', 'N')]);
    expect(statSync(at('a')).mode & 0o777).toBe(0o640);
    writeFileSync(at('usual'), '');
    expect(statSync(at('new')).mode).toBe(statSync(at('usual')).mode);
  });

  test('a link stays one', async () => {
    writeFileSync(at('target'), 'before');
    symlinkSync(at('target'), at('link'));
    symlinkSync(at('later'), at('to-nothing'));
    await writeFiles([file('link', 'L'), file('to-nothing', 'N')]);
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(at('target'), 'utf8')).toBe('L');
    expect(readFileSync(at('later'), 'utf8')).toBe('N');
  });

  test.skipIf(process.platform === 'win32')(
    'a named pipe that nobody reads is waited for without a thread',
    async () => {
      const others = ['pipe-1', 'pipe-2', 'pipe-3', 'pipe-4'];
      expect(spawnSync('mkfifo', [at('pipe'), ...others.map(at)]).status).toBe(0);
      // With its four threads kept waiting Node.js could read no file.
      const written = [
        writeFiles([file('pipe', 'all of it '.repeat(20_000))]),
        ...others.map((name) => writeFiles([file(name, name)])),
      ];
      await setTimeout(200);
      writeFileSync(at('other'), 'is read');
      expect(await readFile(at('other'), 'utf8')).toBe('is read');
      const reader = spawn('wc', ['-c', at('pipe')]);
      const [count] = await once(reader.stdout, 'data');
      expect(`${count}`).toMatch(/^ *200000 /);
      for (const name of others) expect(await readFile(at(name), 'utf8')).toBe(name);
      await Promise.all(written);
    },
  );

  test.runIf(existsSync('/dev/full'))('a device is written in place; what goes wrong names it', async () => {
    await writeFiles([{ path: '/dev/null', pieces: () => ['x'] }]);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    await expect(writeFiles([file('a', 'A'), { path: '/dev/full', pieces: () => ['x'] }])).rejects.toThrow(
      '/dev/full: cannot be written: no space left on the device',
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('what cannot be an output is refused before', () => {
  test('two reports for one file, by whatever name', () => {
    writeFileSync(at('a'), '');
    linkSync(at('a'), at('hard'));
    symlinkSync(at('a'), at('soft'));
    for (const [one, other] of [
      [at('new'), at('new')],
      [at('new'), join(folder, '.', 'x', '..', 'new')],
      [at('a'), at('hard')],
      [at('a'), at('soft')],
    ] as const) {
      mkdirSync(at('x'), { recursive: true });
      expect(() => checkOutputs([one, other], [])).toThrow(WrongCallError);
      expect(() => checkOutputs([one, other], [])).toThrow('two reports cannot go to one file');
    }
    checkOutputs([at('a'), at('new'), '/dev/null', '/dev/null'], []);
  });

  test('two reports for one new file, by way of a link to nothing', () => {
    symlinkSync('new', at('link'));
    symlinkSync(at('link'), at('link-to-link'));
    for (const other of ['link', 'link-to-link']) {
      expect(() => checkOutputs([at('new'), at(other)], [])).toThrow('two reports cannot go to one file');
      expect(() => checkOutputs([at(other), at('new')], [])).toThrow('two reports cannot go to one file');
    }
    checkOutputs([at('link'), at('other')], []);
  });

  test('what is no path of a file, in words', () => {
    writeFileSync(at('a'), '');
    symlinkSync('loop', at('loop'));
    for (const [name, words] of [
      ['a/x', 'no such file (a part of the path is not a directory)'],
      ['loop', 'too many symbolic links'],
      ['x'.repeat(300), 'the name is too long'],
    ] as const) {
      expect(() => checkOutputs([at(name)], [])).toThrow(WrongCallError);
      expect(() => checkOutputs([at(name)], [])).toThrow(`${at(name)}: cannot be written: ${words}`);
    }
  });

  test('an input', () => {
    writeFileSync(at('in.pcap'), '');
    linkSync(at('in.pcap'), at('hard'));
    expect(() => checkOutputs([at('hard')], ['-', at('in.pcap')])).toThrow('is one of the inputs');
  });
});
