// The table of output formats. A new one is its own file and one line here. A format is loaded when it is written.
import type { Format } from './format.ts';

export interface FormatEntry {
  readonly name: string;
  /** It draws ladders: worth a second pass over the captures. */
  readonly drawsLadders?: true;
  /** It shows connections and exchanges, and not findings and servers alone: the analysis has to keep them. */
  readonly showsConnections?: true;
  load(): Promise<Format>;
}

export const FORMATS: readonly FormatEntry[] = [
  { name: 'text', load: async () => (await import('./text.ts')).text },
  { name: 'json', showsConnections: true, load: async () => (await import('./json.ts')).json },
  { name: 'ndjson', showsConnections: true, load: async () => (await import('./ndjson.ts')).ndjson },
  { name: 'html', drawsLadders: true, showsConnections: true, load: async () => (await import('./html.ts')).html },
  { name: 'markdown', load: async () => (await import('./markdown.ts')).markdown },
  { name: 'junit', load: async () => (await import('./junit.ts')).junit },
  { name: 'sarif', load: async () => (await import('./sarif.ts')).sarif },
  { name: 'github', load: async () => (await import('./github.ts')).github },
  { name: 'gitlab', load: async () => (await import('./gitlab.ts')).gitlab },
];
