// The table of output formats. A new one is its own file and one line here.
import type { Format } from './format.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { ndjson } from './ndjson.ts';
import { sarif } from './sarif.ts';
import { text } from './text.ts';

export const FORMATS: readonly Format[] = [text, json, ndjson, html, markdown, junit, sarif, github, gitlab];
