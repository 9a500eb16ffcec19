// Words as lines: wrapped between words, labels that stand out.
import { wrap } from '../../report/layout.ts';
import { EMPTY, type Line, line } from '../screen/line.ts';
import type { Style } from '../screen/theme.ts';
import { cut, padded, safe } from '../screen/width.ts';

/** Longer lines of prose are hard to read. */
const WIDEST = 100;

export function prose(text: string, width: number, indent = '', style: Style = 'plain'): Line[] {
  return wrap(safe(text), Math.min(width, WIDEST), indent).map((words) => line([words, style]));
}

/** "Fix: …" with the label in bold. */
export function labelled(label: string, text: string, width: number, indent = '  '): Line[] {
  const [first = '', ...others] = wrap(`${label} ${safe(text)}`, Math.min(width, WIDEST), '', indent);
  return [line([label, 'bold'], first.slice(label.length)), ...others.map((words) => line(words))];
}

/** A heading with a blank line before it. */
export function heading(text: string): Line[] {
  return [EMPTY, line([text, 'title'])];
}

/** Names and values under each other. */
export function facts(
  pairs: readonly (readonly [name: string, value: string, style?: Style])[],
  width: number,
): Line[] {
  const nameWidth = Math.max(...pairs.map(([name]) => name.length)) + 2;
  return pairs.map(([name, value, style = 'plain']) =>
    line([padded(name, nameWidth), 'dim'], [cut(safe(value), Math.max(8, width - nameWidth)), style]),
  );
}
