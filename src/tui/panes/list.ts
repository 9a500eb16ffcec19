// A list: a line of titles, then rows. The columns that are worth least go first when the screen is narrow.
import { type Column, LISTS } from '../lists.ts';
import type { Model } from '../model/model.ts';
import { EMPTY, type Line, line, type Span, selected } from '../screen/line.ts';
import { cut, padded, safe } from '../screen/width.ts';
import { isMarked, type State } from '../state.ts';
import { prose } from './prose.ts';

/** What a column that takes the rest should have. */
const LEAST_REST = 20;
/** Mark and blank at the beginning of a row. */
const MARGIN = 2;

export function listLines(state: State, width: number, height: number): Line[] {
  const { model, view, filter } = state;
  const { rows, cursor, top, sortedBy, reverse } = state.lists[view];
  const columns = columnsFor(LISTS[view].columns, model, width - MARGIN);
  const titles = columns.map(({ column, width }): Span => {
    // The arrow points to where the greater ones are.
    const arrow = column.name === sortedBy ? (reverse ? '↑' : '↓') : '';
    const ascii = state.symbols.set === 'ascii' ? arrow.replace('↑', '^').replace('↓', 'v') : arrow;
    return [`${padded(cut(column.title, width - ascii.length) + ascii, width, column.align)} `, 'dim'];
  });
  const lines: Line[] = [line('  ', ...titles)];
  if (rows.length === 0) {
    const words = LISTS[view].empty(model, filter.text !== '');
    lines.push(EMPTY, ...words.flatMap((text) => prose(text, width, '  ')));
  }
  for (let index = top; index < Math.min(rows.length, top + height - 1); index++) {
    const row = rows[index]!;
    const cells = columns.map(({ column, width }): Span => {
      const text = padded(safe(column.text(model, row)), width, column.align);
      return [`${text} `, column.style?.(model, row) ?? 'plain'];
    });
    const isRow = index === cursor;
    const sign = isRow ? '>' : ' ';
    lines.push(selected(line(`${isMarked(state, row) ? '*' : sign} `, ...cells), isRow));
  }
  return lines;
}

interface Placed {
  readonly column: Column;
  readonly width: number;
}

export function columnsFor(columns: readonly Column[], model: Model, width: number): Placed[] {
  const widthOf = ({ width, title }: Column) =>
    width === 'rest' ? LEAST_REST : Math.max(typeof width === 'number' ? width : width(model), title.length);
  let kept = [...columns];
  const total = () => kept.reduce((sum, column) => sum + widthOf(column) + 1, 0);
  while (total() > width && kept.length > 1) {
    const least = kept.reduce((a, b) => (b.worth < a.worth ? b : a));
    kept = kept.filter((column) => column !== least);
  }
  const left = width - total();
  return kept.map((column) => ({
    column,
    width: widthOf(column) + (column.width === 'rest' ? Math.max(0, left) : 0),
  }));
}
