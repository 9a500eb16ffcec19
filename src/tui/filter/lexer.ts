// Cuts a filter into words, each with its place: errors are shown where they are.

export interface Token {
  readonly kind: 'word' | 'string' | 'operator' | 'end';
  /** A word as written; a string without its quotes; an operator by its symbol. */
  readonly text: string;
  /** Characters from the filter's beginning, and how many. */
  readonly at: number;
  readonly length: number;
}

export class FilterError extends Error {
  override name = 'FilterError';
  readonly at: number;
  readonly length: number;

  constructor(message: string, at: number, length: number) {
    super(message);
    this.at = at;
    this.length = length;
  }
}

const SYMBOLS = ['..', '==', '!=', '>=', '<=', '&&', '||', '>', '<', '!', '~', '(', ')', '{', '}', ','];
/** Words that mean what a symbol means. */
const WORDS: Readonly<Record<string, string>> = {
  eq: '==',
  ne: '!=',
  gt: '>',
  lt: '<',
  ge: '>=',
  le: '<=',
  and: '&&',
  or: '||',
  not: '!',
  contains: 'contains',
  matches: '~',
  in: 'in',
};
/** A word ends before two dots, which make a range. */
const WORD = /^(?:[^\s"(){},!=<>&|~.]|\.(?!\.))+/;
const MAX_FILTER = 4096;

export function tokensOf(filter: string): Token[] {
  if (filter.length > MAX_FILTER) throw new FilterError('the filter is too long', MAX_FILTER, 1);
  const tokens: Token[] = [];
  let at = 0;
  while (at < filter.length) {
    const character = filter[at]!;
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    const token = character === '"' ? stringAt(filter, at) : (symbolAt(filter, at) ?? wordAt(filter, at));
    tokens.push(token);
    at += token.length;
  }
  tokens.push({ kind: 'end', text: '', at: filter.length, length: 1 });
  return tokens;
}

function stringAt(filter: string, at: number): Token {
  let text = '';
  for (let end = at + 1; end < filter.length; end++) {
    const character = filter[end]!;
    if (character === '"') return { kind: 'string', text, at, length: end + 1 - at };
    if (character === '\\' && (filter[end + 1] === '"' || filter[end + 1] === '\\')) end++;
    text += filter[end]!;
  }
  throw new FilterError('the string has no closing quote', at, filter.length - at);
}

function symbolAt(filter: string, at: number): Token | null {
  const symbol = SYMBOLS.find((candidate) => filter.startsWith(candidate, at));
  return symbol === undefined ? null : { kind: 'operator', text: symbol, at, length: symbol.length };
}

function wordAt(filter: string, at: number): Token {
  const text = WORD.exec(filter.slice(at))?.[0] ?? '';
  if (text === '') throw new FilterError(`'${filter[at]}' means nothing here`, at, 1);
  const operator = Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
  return { kind: operator === undefined ? 'word' : 'operator', text: operator ?? text, at, length: text.length };
}
