import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Progress, progressInWords } from './progress.ts';

function terminal() {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 40, written: [] as string[] });
  stream.on('data', (chunk) => stream.written.push(String(chunk)));
  return stream;
}

test('at most ten times a second, in one line, gone at the end', () => {
  const stderr = terminal();
  let clock = 0;
  const progress = new Progress({ stderr, env: {} }, 100_000_000, () => clock);
  for (; clock < 1300; clock++) progress.update(clock * 10_000);
  progress.erase();
  // From 300 ms on.
  expect(stderr.written).toHaveLength(10 + 1);
  expect(stderr.written[0]).toBe('\r\x1b[Kreading 3 MB of 100 MB (3 %), 10 MB/s, ');
  expect(stderr.written.at(-1)).toBe('\r\x1b[K');
});

test('nothing at all for a short run, a pipe, or a terminal that cannot erase', () => {
  const stderr = terminal();
  let clock = 0;
  const now = () => clock;
  const short = new Progress({ stderr, env: {} }, 100, now);
  const dumb = new Progress({ stderr, env: { TERM: 'dumb' } }, 100, now);
  const pipe = new Progress({ stderr: Object.assign(stderr, { isTTY: false }), env: {} }, 100, now);
  clock = 250;
  short.update(50);
  short.erase();
  clock = 5000;
  dumb.update(50);
  pipe.update(50);
  expect(stderr.written).toEqual([]);
});

test('says what it knows', () => {
  expect(progressInWords(1.2e9, 4.2e9, 4.8)).toBe('reading 1.2 GB of 4.2 GB (28 %), 250 MB/s, 12.0 s left');
  expect(progressInWords(1.2e9, undefined, 4.8)).toBe('reading 1.2 GB, 250 MB/s');
});
