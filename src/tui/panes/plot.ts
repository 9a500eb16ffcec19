// Idle times as a plot: one strip for each way in which idle times ended, over one logarithmic axis, and marks where
// the timeouts are.
//
//   reused            ⣀⣠⣴⣾⣿⣷⣄
//   closed by server              ⢸
//   closed by client        ⢀⣀
//                     └────────────┬───────────┬────
//                     100 ms       1 s         10 s
//                                  ▲ server closes 5.00 s

import { lengthText } from '../lists.ts';
import { type IdleTimes, SERIES } from '../model/idle-times.ts';
import { type Line, line } from '../screen/line.ts';
import type { SymbolSet, Symbols } from '../screen/symbols.ts';
import type { Style } from '../screen/theme.ts';
import { padded } from '../screen/width.ts';

export interface PlotMark {
  readonly seconds: number;
  readonly text: string;
  readonly style: Style;
}

const LABEL_WIDTH = 18;
/** Blank and number behind a strip. */
const COUNT_WIDTH = 8;
const STRIP_ROWS = 2;
const STYLES: Readonly<Record<(typeof SERIES)[number], Style>> = {
  reused: 'good',
  'closed by server': 'server',
  'closed by client': 'client',
};

/** Dots side by side, and levels on top of each other, in one cell. */
const CELL: Readonly<Record<SymbolSet, { readonly across: number; readonly levels: number }>> = {
  braille: { across: 2, levels: 4 },
  block: { across: 1, levels: 8 },
  ascii: { across: 1, levels: 2 },
};
const BLOCKS = ' ▁▂▃▄▅▆▇█';
const ASCII = ' .#';
/** Bits of a braille cell from the bottom up, left and right. */
const BRAILLE = [
  [0x40, 0x04, 0x02, 0x01],
  [0x80, 0x20, 0x10, 0x08],
] as const;

/** Always as many lines for the same number of marks, whatever the times are. */
export function plot(times: IdleTimes, marks: readonly PlotMark[], width: number, symbols: Symbols): Line[] {
  const columns = Math.max(10, Math.min(160, width - LABEL_WIDTH - COUNT_WIDTH));
  const axis = axisOf(times, marks, columns);
  const lines: Line[] = [];
  for (const series of SERIES) {
    const cell = CELL[symbols.set];
    const counts = Array.from({ length: columns * cell.across }, (_, dot) =>
      times.between(series, axis.secondsAt(dot / cell.across), axis.secondsAt((dot + 1) / cell.across)),
    );
    const rows = strip(counts, columns, symbols.set);
    rows.forEach((row, index) => {
      const isLast = index === rows.length - 1;
      const count = `${times.totals[series]}`;
      const label = isLast ? padded(`${series}`, LABEL_WIDTH) : padded('', LABEL_WIDTH);
      lines.push(line([label, 'dim'], [row, STYLES[series]], ...(isLast ? [[` ${count}`, 'dim'] as const] : [])));
    });
  }
  const { ruler, labels } = scale(axis, columns, symbols);
  lines.push(line([' '.repeat(LABEL_WIDTH) + ruler, 'dim']), line([' '.repeat(LABEL_WIDTH) + labels, 'dim']));
  for (const { seconds, text, style } of marks) {
    const column = Number.isNaN(seconds) ? 0 : Math.min(columns - 1, Math.max(0, Math.floor(axis.columnOf(seconds))));
    const sign = Number.isNaN(seconds) ? '' : `${symbols.marker} `;
    // Where the words do not padded behind the mark they stand before it.
    const fits = column + 2 + text.length <= columns;
    const at = fits ? column : Math.max(0, column - text.length - 1);
    const words = fits || sign === '' ? sign + text : `${text} ${symbols.marker}`;
    lines.push(line(' '.repeat(LABEL_WIDTH + at), [words, style]));
  }
  return lines;
}

interface Axis {
  secondsAt(column: number): number;
  columnOf(seconds: number): number;
}

/** From a bit before the least to a bit behind the greatest of what is shown. */
function axisOf(times: IdleTimes, marks: readonly PlotMark[], columns: number): Axis {
  const shown = marks.map(({ seconds }) => seconds).filter((seconds) => seconds > 0);
  const least = Math.max(1e-3, Math.min(times.shortest, ...shown, 1) * 0.8);
  const most = Math.max(times.longest, ...shown, least * 10) * 1.25;
  const decades = Math.log10(most / least);
  return {
    secondsAt: (column) => least * 10 ** ((column / columns) * decades),
    columnOf: (seconds) => (Math.log10(seconds / least) / decades) * columns,
  };
}

function strip(counts: readonly number[], columns: number, set: SymbolSet): string[] {
  const { across, levels } = CELL[set];
  const most = Math.max(1, ...counts);
  // What was seen once is to be seen.
  const heights = counts.map((count) =>
    count === 0 ? 0 : Math.max(1, Math.round((count / most) * levels * STRIP_ROWS)),
  );
  return Array.from({ length: STRIP_ROWS }, (_, row) => {
    const floor = (STRIP_ROWS - 1 - row) * levels;
    let text = '';
    for (let column = 0; column < columns; column++) {
      const filled = Array.from({ length: across }, (_, dot) =>
        Math.min(levels, Math.max(0, heights[column * across + dot]! - floor)),
      );
      text += cellText(filled, set);
    }
    return text;
  });
}

function cellText(filled: readonly number[], set: SymbolSet): string {
  if (set === 'block') return BLOCKS[filled[0]!]!;
  if (set === 'ascii') return ASCII[filled[0]!]!;
  let bits = 0;
  filled.forEach((height, dot) => {
    for (let level = 0; level < height; level++) bits |= BRAILLE[dot as 0 | 1][level as 0 | 1 | 2 | 3];
  });
  return bits === 0 ? ' ' : String.fromCharCode(0x2800 + bits);
}

/** Round times below the axis. */
const TICKS = [
  1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 36_000,
];

function scale(axis: Axis, columns: number, symbols: Symbols): { ruler: string; labels: string } {
  const ruler = new Array<string>(columns).fill(symbols.horizontal);
  let labels = '';
  for (const tick of TICKS) {
    const column = Math.floor(axis.columnOf(tick));
    const text = tickText(tick);
    if (column < 0 || column + text.length > columns || (labels !== '' && column < labels.length + 2)) continue;
    ruler[column] = symbols.set === 'ascii' ? '+' : '┬';
    labels = labels.padEnd(column) + text;
  }
  return { ruler: ruler.join(''), labels };
}

function tickText(seconds: number): string {
  if (seconds >= 3600) return `${seconds / 3600} h`;
  if (seconds >= 60) return `${seconds / 60} min`;
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds} s`;
}

export function markFor(what: string, seconds: number | null, style: Style): PlotMark {
  if (seconds === null) return { seconds: NaN, text: `${what}: unknown`, style: 'dim' };
  return { seconds, text: `${what} ${lengthText(seconds)}`, style };
}
