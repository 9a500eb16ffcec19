// The screen as a grid of cells, and what has to be written to turn one into another. Only cells that differ are
// written, so a key costs a few hundred bytes, whatever the frame is made of.
import { charactersOf, widthOf } from './width.ts';

/** One line: what stands in each column, and how. A wide character stands in two columns, '' in the second one. */
export interface Cells {
  readonly texts: readonly string[];
  readonly styles: readonly number[];
}

// A style as a number: three attributes, then the colour's code (30 to 37, 90 to 97; 0: the default one).
const BOLD = 1;
const DIM = 2;
const INVERSE = 4;
const COLOR_SHIFT = 3;

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
const SEQUENCE = /\x1b\[([0-9;]*)m/y;

/** A line with SGR sequences as cells. */
export function cellsOf(line: string): Cells {
  const texts: string[] = [];
  const styles: number[] = [];
  let style = 0;
  let at = 0;
  while (at < line.length) {
    const code = line.charCodeAt(at);
    if (code === 0x1b) {
      SEQUENCE.lastIndex = at;
      const match = SEQUENCE.exec(line);
      if (match !== null) {
        style = styleAfter(style, match[1]!);
        at += match[0].length;
      } else at++;
      continue;
    }
    const next = line.charCodeAt(at + 1);
    // Latin letters, lines, blocks and braille followed by no combining mark.
    if (isNarrow(code) && !(next >= 0x300 && !isNarrow(next))) {
      texts.push(line[at]!);
      styles.push(style);
      at++;
      continue;
    }
    const end = line.indexOf('\x1b', at);
    const stretch = line.slice(at, end < 0 ? undefined : end);
    for (const segment of charactersOf(stretch)) {
      const width = widthOf(segment);
      // A mark without a letter has no place of its own.
      if (width === 0) continue;
      texts.push(segment);
      styles.push(style);
      for (let more = width; more > 1; more--) {
        texts.push('');
        styles.push(style);
      }
    }
    at += stretch.length;
  }
  return { texts, styles };
}

function isNarrow(code: number): boolean {
  return (code >= 0x20 && code < 0x7f) || (code >= 0x2500 && code < 0x25a0) || (code >= 0x2800 && code < 0x2900);
}

function styleAfter(style: number, parameters: string): number {
  let after = style;
  for (const parameter of parameters.split(';')) {
    const code = Number(parameter);
    if (code === 0) after = 0;
    else if (code === 1) after |= BOLD;
    else if (code === 2) after |= DIM;
    else if (code === 7) after |= INVERSE;
    else if (code === 22) after &= ~(BOLD | DIM);
    else if (code === 27) after &= ~INVERSE;
    else if (code === 39) after &= (1 << COLOR_SHIFT) - 1;
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
      after = (after & ((1 << COLOR_SHIFT) - 1)) | (code << COLOR_SHIFT);
    }
  }
  return after;
}

function sequenceFor(style: number): string {
  if (style === 0) return '\x1b[m';
  const codes = ['0'];
  if ((style & BOLD) !== 0) codes.push('1');
  if ((style & DIM) !== 0) codes.push('2');
  if ((style & INVERSE) !== 0) codes.push('7');
  if (style >> COLOR_SHIFT !== 0) codes.push(String(style >> COLOR_SHIFT));
  return `\x1b[${codes.join(';')}m`;
}

/** Moving the cursor costs about as much as writing this many cells again. */
const SHORTEST_GAP = 6;
const BLANK: Cells = { texts: [], styles: [] };

/**
 * What makes row `row` (from 0 on) that shows `before` show `after`. `before` null: nothing is known of it. The style
 * is the default one before and behind.
 */
export function changeOfRow(row: number, before: Cells | null, after: Cells): string {
  const known = before ?? BLANK;
  const width = after.texts.length;
  let change = '';
  let style = 0;
  let cursor = -1;
  let column = 0;
  // Before and not behind: at the last column the cursor stays on what was written there, which would be erased.
  if (before === null) {
    change = `\x1b[${row + 1};1H\x1b[K`;
    cursor = 0;
  }
  while (column < width) {
    if (before !== null && isSame(known, after, column)) {
      column++;
      continue;
    }
    // A wide character is written from its first half on.
    let start = column;
    while (start > 0 && after.texts[start] === '') start--;
    if (cursor < 0 || start - cursor > SHORTEST_GAP || start < cursor) change += `\x1b[${row + 1};${start + 1}H`;
    else start = cursor;
    for (column = start; column < width; column++) {
      if (column > start && before !== null && isSame(known, after, column)) break;
      if (after.styles[column] !== style) {
        style = after.styles[column]!;
        change += sequenceFor(style);
      }
      const text = after.texts[column]!;
      if (after.texts[column + 1] !== '') {
        change += text;
        continue;
      }
      // Not all terminals agree on what is wide: neither what stood there nor where the cursor is then is left to them.
      change += `  \x1b[${row + 1};${column + 1}H${text}\x1b[${row + 1};${column + 3}H`;
      column++;
    }
    cursor = column;
    if (column === start) column++;
  }
  if (style !== 0) change += sequenceFor(0);
  if (known.texts.length > width) change += `\x1b[${row + 1};${width + 1}H\x1b[K`;
  return change;
}

function isSame(a: Cells, b: Cells, column: number): boolean {
  return a.texts[column] === b.texts[column] && a.styles[column] === b.styles[column];
}
