// The screen against a terminal emulator: whatever stood there before, a frame looks as if it had been drawn alone.
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellsOf, changeOfRow } from './cells.ts';
import { FrameWriter } from './frame-writer.ts';
import { line, paint } from './line.ts';
import { themeOf } from './theme.ts';
import { cut, padded, safe, widthOf } from './width.ts';

const THEME = themeOf('auto', true);
const COLUMNS = 40;
const ROWS = 5;

function emulator() {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, scrollback: 0 });
  let log = '';
  return {
    columns: COLUMNS,
    rows: ROWS,
    write(text: string, done?: () => void) {
      log += text;
      terminal.write(text, done);
    },
    log: () => log,
    text: () => Array.from({ length: ROWS }, (_, y) => terminal.buffer.active.getLine(y)!.translateToString(true)),
    /** Texts and styles of all cells. */
    cells: () =>
      Array.from({ length: ROWS }, (_, y) =>
        Array.from({ length: COLUMNS }, (_, x) => {
          const cell = terminal.buffer.active.getLine(y)!.getCell(x)!;
          const blank = cell.getChars().trim() === '' && cell.isInverse() === 0;
          return blank
            ? ''
            : `${cell.getChars()}|${cell.getFgColor()}|${cell.isBold()}|${cell.isDim()}|${cell.isInverse()}`;
        }),
      ),
    settled: () => new Promise<void>((resolve) => terminal.write('', resolve)),
  };
}

const styles = fc.constantFrom('plain', 'bold', 'dim', 'error', 'warning', 'selected', 'client');
const words = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('例え', 'ｗide', 'e\u0301', '─▶│', '⣿⣷', 'ab', 'naïve', '🙂', ' '),
);
const lines = fc
  .tuple(fc.array(fc.tuple(words, styles), { maxLength: 5 }), fc.boolean())
  .map(([spans, isSelected]) => paint({ ...line(...spans), isSelected }, COLUMNS, THEME));
const frames = fc.array(lines, { minLength: ROWS, maxLength: ROWS }).map((all) => all.join('\n'));

test('a frame after others looks like that frame alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frames, { minLength: 2, maxLength: 4 }), async (sequence) => {
      const [after, alone] = [emulator(), emulator()];
      const writer = new FrameWriter(after);
      for (const frame of sequence) {
        writer.write(frame);
        await after.settled();
      }
      new FrameWriter(alone).write(sequence.at(-1)!);
      await Promise.all([after.settled(), alone.settled()]);
      expect(after.cells()).toEqual(alone.cells());
      expect(after.log()).not.toContain('\x1b[2J');
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('only cells that differ are written', () => {
  const before = cellsOf(paint(line('stream 17 of 10.0.0.1:40112'), COLUMNS, THEME));
  const after = cellsOf(paint(line('stream 18 of 10.0.0.1:40112'), COLUMNS, THEME));
  expect(changeOfRow(3, before, after)).toBe('\x1b[4;9H8');
  expect(changeOfRow(3, before, before)).toBe('');
  expect(changeOfRow(0, null, cellsOf(''))).toBe('\x1b[1;1H\x1b[K');
});

test.each(['', '\x1b[?7l'])('a line as wide as the terminal is whole, also where nothing wraps: %j', async (mode) => {
  const terminal = emulator();
  terminal.write(mode);
  const writer = new FrameWriter(terminal);
  const frames = ['x'.repeat(COLUMNS), `${'─'.repeat(COLUMNS - 1)}4`, `${'a'.repeat(COLUMNS - 2)}例`];
  for (const text of frames) {
    for (const isNew of [true, false]) {
      if (isNew) writer.forget();
      writer.write(Array(ROWS).fill(text).join('\n'));
      await terminal.settled();
      expect(terminal.text()).toEqual(Array(ROWS).fill(text));
      writer.write(Array(ROWS).fill('before').join('\n'));
      await terminal.settled();
      expect(terminal.text()).toEqual(Array(ROWS).fill('before'));
    }
  }
});

test('a slow terminal gets the latest frame when it is ready, not all of them', () => {
  const written: string[] = [];
  const ready: (() => void)[] = [];
  const writer = new FrameWriter({
    columns: 10,
    rows: 1,
    write: (text, done) => {
      written.push(text);
      if (done) ready.push(done);
    },
  });
  for (const frame of ['one', 'two', 'three']) writer.write(frame);
  expect(written).toHaveLength(1);
  ready[0]!();
  expect(written).toHaveLength(2);
  expect(written[1]).toContain('three'.slice(1));
});

test('texts are cut by what they take on the screen, and never inside of a character', () => {
  expect(cut('abcdef', 4)).toBe('abc…');
  expect(cut('例え話です', 5)).toBe('例え…');
  expect(cut('e\u0301e\u0301e\u0301e\u0301', 3)).toBe('e\u0301e\u0301…');
  expect(padded('例え', 6)).toBe('例え  ');
  expect(widthOf('🙂')).toBe(2);
  expect(safe('a\x1b[2Jb\u202ec\ufe0f')).toBe('a\\x1b[2Jb\\u202ec');
});

test('without colour no colour is written', () => {
  const painted = paint(line(['x', 'error'], ['y', 'selected'], ['z', 'client']), 10, themeOf('dark', false));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what must not be there
  expect(painted).not.toMatch(/\x1b\[[0-9;]*(3[0-7]|9[0-7])m/);
});
