// A line of the screen: pieces of text with a style each. Panes make lines; only `paint` makes escape sequences, and
// it is the one place where captured text is made harmless, so that no pane can forget it.
import type { Style, Theme } from './theme.ts';
import { charactersOf, cut, ELLIPSIS, safe, widthOf } from './width.ts';

export type Span = readonly [text: string, style: Style];
export interface Line {
  readonly spans: readonly Span[];
  /** The cursor is on it. */
  readonly isSelected?: boolean;
}

export const EMPTY: Line = { spans: [] };

/** A line of plain texts and of texts with a style. */
export function line(...parts: readonly (string | Span)[]): Line {
  return { spans: parts.map((part) => (typeof part === 'string' ? [part, 'plain'] : part)) };
}

export function selected(of: Line, isSelected: boolean): Line {
  return isSelected ? { ...of, isSelected } : of;
}

/**
 * A line as a terminal shows it, cut to `width`; a selected one is filled up to it. `ellipsis`: what the terminal has for
 * one, wherever it was put.
 */
export function paint({ spans, isSelected }: Line, width: number, theme: Theme, ellipsis = ELLIPSIS): string {
  let painted = '';
  let used = 0;
  for (const [text, style] of spans) {
    if (used >= width) break;
    const shown = cut(safe(text), width - used).replaceAll(ELLIPSIS, ellipsis);
    if (shown === '') continue;
    used += widthOf(shown);
    const code = isSelected ? selectedStyle(theme[style], theme) : theme[style];
    painted += code === '' ? shown : `\x1b[${code}m${shown}\x1b[0m`;
  }
  if (isSelected && used < width) painted += `\x1b[${theme.selected}m${' '.repeat(width - used)}\x1b[0m`;
  return painted;
}

/** `of` in lines of at most `width` columns. */
export function folded({ spans }: Line, width: number): Line[] {
  const lines: Span[][] = [[]];
  let used = 0;
  for (const [text, style] of spans) {
    for (const character of charactersOf(safe(text))) {
      const more = widthOf(character);
      if (used + more > width) {
        lines.push([]);
        used = 0;
      }
      const last = lines.at(-1)!;
      const before = last.at(-1);
      if (before?.[1] === style) last[last.length - 1] = [before[0] + character, style];
      else last.push([character, style]);
      used += more;
    }
  }
  return lines.map((spans) => ({ spans }));
}

/** The text of a line without its styles. */
export function textOf({ spans }: Line): string {
  return spans.map(([text]) => safe(text)).join('');
}

function selectedStyle(code: string, theme: Theme): string {
  // Dim on the selection can hardly be read.
  return code === '' || code === theme.dim ? theme.selected : `${theme.selected};${code}`;
}
