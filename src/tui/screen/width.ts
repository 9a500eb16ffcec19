// How wide a text is on a terminal, and texts cut to a width. Wide characters take two columns, combining marks none:
// who counts letters instead breaks the columns behind them.
import stringWidth from 'string-width';
import { escapeForTerminal } from '../../report/escape.ts';

/** Stands where something is missing. */
export const ELLIPSIS = '…';
const PLAIN = /^[\x20-\x7e]*$/;
/** They choose between two forms of a character, and terminals disagree on how wide those are. */
const VARIATION_SELECTORS = /[\ufe00-\ufe0f]/g;
/** Made when the first text needs it: that takes longer than to draw a screen. */
let segmenter: Intl.Segmenter | undefined;

/** `text` as it may stand on the screen: nothing invisible, one line, a width that terminals agree on. */
export function safe(text: string): string {
  if (PLAIN.test(text)) return text;
  return escapeForTerminal(text).replace(VARIATION_SELECTORS, '');
}

/** What people take for the characters of `text`: a letter with its marks, an emoji of several. */
export function charactersOf(text: string): string[] {
  if (PLAIN.test(text)) return text.split('');
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

export function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** The beginning of `text` that fits into `width` columns, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return '';
  if (PLAIN.test(text)) return text.slice(0, width - 1) + ELLIPSIS;
  let kept = '';
  let used = 0;
  for (const segment of charactersOf(text)) {
    const more = stringWidth(segment);
    if (used + more > width - 1) break;
    kept += segment;
    used += more;
  }
  return kept + ELLIPSIS;
}

/** `text` in pieces of at most `width` columns. */
export function pieces(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const all: string[] = [];
  let piece = '';
  let used = 0;
  for (const character of charactersOf(text)) {
    const more = widthOf(character);
    if (piece !== '' && used + more > width) {
      all.push(piece);
      piece = '';
      used = 0;
    }
    piece += character;
    used += more;
  }
  return [...all, piece];
}

/** `text` cut or filled to exactly `width` columns. */
export function padded(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const short = cut(text, width);
  const blanks = ' '.repeat(Math.max(0, width - widthOf(short)));
  return align === 'left' ? short + blanks : blanks + short;
}
