import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { type ColorChoice, wantsColor, widthOf } from './terminal.ts';

const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
const pipe = new PassThrough();

test.each<[string, ColorChoice, Record<string, string>, typeof pipe | null, boolean]>([
  ['a terminal', 'auto', {}, terminal, true],
  ['a pipe', 'auto', {}, pipe, false],
  ['a file', 'auto', { FORCE_COLOR: '1' }, null, false],
  ['TERM=dumb', 'auto', { TERM: 'dumb' }, terminal, false],
  ['NO_COLOR', 'auto', { NO_COLOR: '1' }, terminal, false],
  ['an empty NO_COLOR', 'auto', { NO_COLOR: '' }, terminal, true],
  ['FORCE_COLOR', 'auto', { FORCE_COLOR: '1' }, pipe, true],
  ['FORCE_COLOR=0', 'auto', { FORCE_COLOR: '0' }, terminal, false],
  ['--color always', 'always', { NO_COLOR: '1', TERM: 'dumb' }, null, true],
  ['--color never', 'never', { FORCE_COLOR: '1' }, terminal, false],
])('colour: %s', (_, choice, env, stream, expected) => {
  expect(wantsColor(choice, env, stream)).toBe(expected);
});

test('width: the terminal, then COLUMNS, then 80', () => {
  expect(widthOf(terminal, { COLUMNS: '60' })).toBe(120);
  expect(widthOf(pipe, { COLUMNS: '60' })).toBe(60);
  expect(widthOf(pipe, { COLUMNS: 'wide' })).toBe(80);
});
