// HTML is made in one way only: with the `html` template, which escapes everything that is not Markup. So no caller can
// forget it, in text, in a quoted attribute, or inside of SVG. Nothing from a capture is ever put into the script or
// the style sheet, and attributes are always quoted.
import { escapeForTerminal } from '../escape.ts';

/** Text that is HTML already. Made by `html` and by nothing else. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may hold: words to escape, markup, several of it, or nothing. */
export type Content = string | number | Markup | null | false | undefined | readonly Content[];

export function html(literals: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  let text = literals[0]!;
  for (const [index, content] of contents.entries()) text += textOf(content) + literals[index + 1]!;
  return new Markup(text);
}

function textOf(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(textOf).join('');
  return escapeForHtml(String(content));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** `text` for HTML text and quoted attributes. What is invisible is shown as its number, as on a terminal. */
export function escapeForHtml(text: string): string {
  return escapeForTerminal(text).replace(/[&<>"'`]/g, (character) => ENTITIES[character]!);
}
