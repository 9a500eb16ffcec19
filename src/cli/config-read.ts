// READS a configuration or a baseline: JSON or YAML, held against its schema. Data only: nothing in it is ever run. Its
// libraries are loaded when there is a file to read, and not before.
import { extname } from 'node:path';
import * as v from 'valibot';
import type { ConfigText } from './config-find.ts';
import { type ConfigContent, configSchema } from './config-schema.ts';
import { WrongCallError } from './exit-codes.ts';

export type KeyPath = readonly (string | number)[];

/** A document as its writer may be told about it. */
export interface Written {
  /** The file's name for messages. */
  readonly name: string;
  readonly text: string;
}

export async function readConfig(
  { path, text, isPackage }: ConfigText,
  name: string,
  ruleNames: readonly string[],
): Promise<ConfigContent> {
  const written = { name, text: text.replace(/^\uFEFF/, '') };
  const isJson = isPackage || extname(path) === '.json' || (extname(path) === '' && /^\s*\{/.test(written.text));
  const parsed = isJson ? await parseJson(written, isPackage ? 'finrace' : null) : await parseYaml(written);
  if (!isPackage) return validated(configSchema(ruleNames), parsed ?? {}, written, []);
  return validated(configSchema(ruleNames), (parsed as { readonly finrace: unknown }).finrace, written, ['finrace']);
}

/** `value` if `schema` lets it pass, else one line that says what is wrong and where. `under`: where `value` stands. */
export async function validated<T extends v.GenericSchema>(
  schema: T,
  value: unknown,
  written: Written,
  under: KeyPath,
): Promise<v.InferOutput<T>> {
  const inherited = inheritedKey(value, []);
  if (inherited !== null) throw await wrongValue(written, [...under, ...inherited], 'unknown key');
  // One line tells one mistake; a file may hold thousands.
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = deepest(result.issues[0]);
  throw await wrongValue(written, [...under, ...keysOf(issue)], issue.message);
}

/** The error for a value that stands at `keys`, with line and column. */
export async function wrongValue(written: Written, keys: KeyPath, message: string): Promise<WrongCallError> {
  const place = await placeOf(written.text, keys);
  const where = keys.length === 0 ? '' : `${pathText(keys)}: `;
  return new WrongCallError(`${written.name}${place}: ${where}${message}`);
}

/** `servers["*:8080"].rules.unannounced-close` */
export function pathText(keys: KeyPath): string {
  return keys
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[$A-Za-z_][\w-]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return i === 0 ? key : `.${key}`;
    })
    .join('');
}

/** `part`: the one member of the file that is ours; null: all of it. */
export async function parseJson(written: Written, part: string | null = null): Promise<unknown> {
  try {
    const parsed: unknown = JSON.parse(written.text);
    refuseTwins(written, part);
    return parsed;
  } catch (error) {
    if (error instanceof WrongCallError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    // Some versions of Node.js tell no place in a short text; one that ends too early is wrong at its end.
    const atEnd = /end of JSON/.test(message) ? written.text.length : undefined;
    const position = /at position (\d+)/.exec(message)?.[1] ?? atEnd;
    const before = written.text.slice(0, Number(position ?? 0)).split('\n');
    const place = position === undefined ? '' : `:${before.length}:${before.at(-1)!.length + 1}`;
    // Some versions quote the text around it; it may be long, and the place says as much.
    const why = message
      .replace(/,? ?(?:"[\s\S]*" is not valid JSON|in JSON at position[\s\S]*|\(line[\s\S]*)$/, '')
      .trim();
    throw new WrongCallError(`${written.name}${place}: is no JSON: ${why || 'unexpected text'}`);
  }
}

/**
 * Of a name that stands twice in an object, JSON.parse drops the first without a word. `written` is JSON, so its strings
 * and brackets are all there is to look at.
 */
function refuseTwins({ name, text }: Written, part: string | null): void {
  /** The names in the objects around a place; null for a list. */
  const around: (Set<string> | null)[] = [];
  const tokens = /["{}[\]]/g;
  let member = '';
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    const [sign] = token;
    if (sign === '{') around.push(new Set());
    else if (sign === '[') around.push(null);
    else if (sign !== '"') around.pop();
    else {
      const end = endOfString(text, token.index);
      tokens.lastIndex = end;
      if (!isName(text, end)) continue;
      const key: string = JSON.parse(text.slice(token.index, end));
      const names = around.at(-1)!;
      if (around.length === 1) member = key;
      if (names!.has(key) && (part === null || member === part)) {
        const before = text.slice(0, token.index).split('\n');
        const place = `:${before.length}:${before.at(-1)!.length + 1}`;
        throw new WrongCallError(`${name}${place}: ${JSON.stringify(key)} stands there twice`);
      }
      names!.add(key);
    }
  }
}

/** Behind the closing quote of the string that begins at `start`. A regular expression would need a stack for it. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; ; index++) {
    const sign = text.charCodeAt(index);
    if (sign === 0x22) return index + 1;
    if (sign === 0x5c) index++;
  }
}

/** Whether the string that ends before `end` names a member. */
function isName(text: string, end: number): boolean {
  const sign = /\S/g;
  sign.lastIndex = end;
  return sign.exec(text)?.[0] === ':';
}

/** The library compares each name with all before it, which takes a minute for some ten thousands: we look ourselves. */
const PARSE_OPTIONS = { prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const;

async function parseYaml(written: Written): Promise<unknown> {
  const { isScalar, LineCounter, parseDocument, visit } = await import('yaml');
  const lineCounter = new LineCounter();
  const refuse = (why: string, offset?: number) => {
    const { line, col } = lineCounter.linePos(offset ?? 0);
    const place = offset === undefined ? '' : `:${line}:${col}`;
    return new WrongCallError(`${written.name}${place}: is no YAML: ${why.split('\n')[0]}`);
  };
  try {
    const document = parseDocument(written.text, { ...PARSE_OPTIONS, lineCounter });
    const error = document.errors[0];
    if (error?.code === 'MULTIPLE_DOCS')
      throw refuse('it holds several documents (---), and one is read', error.pos[0]);
    if (error !== undefined) throw refuse(`${error.message}${quotingHint(written.text)}`, error.pos[0]);
    visit(document, {
      Map(_, { items }) {
        const keys = new Set<unknown>();
        for (const { key } of items) {
          if (!isScalar(key)) throw refuse(`a name must be a text${quotingHint(written.text)}`);
          if (keys.has(key.value)) throw refuse(`${JSON.stringify(key.value)} stands there twice`, key.range?.[0]);
          keys.add(key.value);
        }
      },
    });
    // Aliases within aliases may mean billions of values in a few lines.
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof WrongCallError) throw error;
    // A document that nests too deeply ends the stack, one with too many aliases is refused by the library.
    const why = error instanceof RangeError ? 'it nests too deeply' : error instanceof Error ? error.message : '';
    throw refuse(`${why}${quotingHint(written.text)}`);
  }
}

/** YAML takes a * for a reference and a [ for a list: patterns of servers that begin so need quotes. */
function quotingHint(text: string): string {
  return /^\s*[*[][^\n]*:(?:\s|$)/m.test(text) ? ' (a name that begins with * or [ needs quotes)' : '';
}

/** ":7:3" of what stands at `keys`; '' where it cannot be told. */
async function placeOf(text: string, keys: KeyPath): Promise<string> {
  const { LineCounter, isMap, isPair, isScalar, isSeq, parseDocument } = await import('yaml');
  const lineCounter = new LineCounter();
  let node: unknown;
  let offset: number | undefined;
  try {
    // JSON is YAML, so one walk serves both.
    node = parseDocument(text, { ...PARSE_OPTIONS, lineCounter }).contents;
  } catch {
    return '';
  }
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (!isPair(pair) || !isScalar(pair.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key];
      offset = (node as { readonly range?: readonly number[] } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  if (offset === undefined) return '';
  const { line, col } = lineCounter.linePos(offset);
  return `:${line}:${col}`;
}

/** A key that every object inherits ("__proto__", "toString") would pass for a known one. */
function inheritedKey(value: unknown, at: KeyPath): KeyPath | null {
  // No valid configuration nests deeper; what does is refused by the schema.
  if (typeof value !== 'object' || value === null || at.length > 10) return null;
  for (const [key, inner] of Object.entries(value)) {
    const path = [...at, Array.isArray(value) ? Number(key) : key];
    if (Object.hasOwn(Object.prototype, key)) return path;
    const found = inheritedKey(inner, path);
    if (found !== null) return found;
  }
  return null;
}

/** Of a choice between several forms, what is wrong with the one that was meant: the one that got furthest. */
function deepest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const inner = issue.type === 'union' ? (issue.issues ?? []) : [];
  if (inner.length === 0) return issue;
  const isForm = (candidate: v.BaseIssue<unknown>) =>
    typeof issue.input === 'object' && issue.input !== null ? candidate.type !== 'picklist' : true;
  const best = inner.filter(isForm).reduce((a, b) => (keysOf(b).length > keysOf(a).length ? b : a), inner[0]!);
  const chosen = typeof issue.input === 'object' && issue.input !== null ? (inner.find(isForm) ?? best) : best;
  const path = [...(issue.path ?? []), ...(chosen.path ?? [])];
  return { ...chosen, path: path.length === 0 ? undefined : path } as v.BaseIssue<unknown>;
}

function keysOf(issue: v.BaseIssue<unknown>): KeyPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}
