// Words as lines: wrapped between words, labels that stand out.
import { wrap } from '../../report/layout.ts';
import { EMPTY, type Line, line } from '../screen/line.ts';
import type { Style } from '../screen/theme.ts';
import { padded, pieces, safe } from '../screen/width.ts';

/** Longer lines of prose are hard to read. */
const WIDEST = 100;

export function prose(text: string, width: number, indent = '', style: Style = 'plain'): Line[] {
  return wrapped(text, Math.min(width, WIDEST), indent).map((words) => line([words, style]));
}

/** "Fix: …" with the label in bold. */
export function labelled(label: string, text: string, width: number, indent = '  '): Line[] {
  const [first = '', ...others] = wrapped(`${label} ${text}`, Math.min(width, WIDEST), '', indent);
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
  return pairs.flatMap(([name, value, style = 'plain']) =>
    wrapped(value, Math.max(8, width - nameWidth)).map((words, index) =>
      line([padded(index === 0 ? name : '', nameWidth), 'dim'], [words, style]),
    ),
  );
}

/** On the screen a word that is longer than a line goes on in the next one: here nothing can be read beside it. */
function wrapped(text: string, width: number, indent = '', hanging = indent): string[] {
  const room = Math.max(1, width - Math.max(indent.length, hanging.length));
  const words = safe(text)
    .split(' ')
    .flatMap((word) => pieces(word, room));
  return wrap(words.join(' '), width, indent, hanging).flatMap((words) => pieces(words, width));
}
