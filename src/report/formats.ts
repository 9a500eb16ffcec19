// The table of output formats. A new one is its own file and one line here.
import type { Format } from './format.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { text } from './text.ts';

export const FORMATS: readonly Format[] = [text, json, html];
