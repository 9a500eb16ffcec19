// A filter's grammar, a subset of Wireshark's display filters:
//
//   either     = both { ("||" | "or") both }
//   both       = not { ("&&" | "and") not }            two words to search for may also just follow each other
//   not        = ("!" | "not") not | "(" either ")" | test | search
//   test       = field [ relation value | "in" "{" range { "," range } "}" ]
//   range      = value [ ".." value ]
//   search     = a word that is no field, or a string: what is shown of the row holds it
//
// As in Wireshark 4, "!=" holds when no value equals.
import { type Field, fieldOf } from './fields.ts';
import { FilterError, type Token, tokensOf } from './lexer.ts';
import { networkOf } from './network.ts';
import { Pattern, PatternError } from './pattern.ts';

export type Relation = '==' | '!=' | '>' | '<' | '>=' | '<=' | 'contains' | '~';
/** A number, a text in lower case, a pattern, or a network. Levels are numbers. */
export type Value = number | string | Pattern | ReturnType<typeof networkOf>;

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly part: Expression }
  | { readonly kind: 'exists'; readonly field: Field }
  | { readonly kind: 'compare'; readonly field: Field; readonly relation: Relation; readonly value: Value }
  | { readonly kind: 'in'; readonly field: Field; readonly ranges: readonly (readonly [Value, Value])[] }
  | { readonly kind: 'search'; readonly text: string };

const RELATIONS: readonly string[] = ['==', '!=', '>', '<', '>=', '<=', 'contains', '~'] satisfies Relation[];
/** Relations that a field's type knows. */
const KNOWN: Readonly<Record<Field['type'], readonly string[]>> = {
  number: ['==', '!=', '>', '<', '>=', '<='],
  text: ['==', '!=', 'contains', '~'],
  address: ['==', '!='],
  level: ['==', '!=', '>', '<', '>=', '<='],
  flag: ['==', '!='],
};
const FLAG_WORDS: Readonly<Record<string, number>> = { 0: 0, 1: 1, true: 1, false: 0, True: 1, False: 0 };
const MAX_DEPTH = 100;

/** What `filter` asks; null for an empty one. Throws a FilterError that tells where it is wrong. */
export function parseFilter(filter: string): Expression | null {
  const tokens = tokensOf(filter);
  if (tokens[0]!.kind === 'end') return null;
  return new Parser(tokens).all();
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  all(): Expression {
    const expression = this.either();
    if (this.next.kind !== 'end') throw wrong(this.next, "'&&' or '||' is missing before this");
    return expression;
  }

  private get next(): Token {
    return this.tokens[this.at]!;
  }

  private take(symbol: string): boolean {
    if (this.next.kind !== 'operator' || this.next.text !== symbol) return false;
    this.at++;
    return true;
  }

  private either(): Expression {
    const parts = [this.both()];
    while (this.take('||')) parts.push(this.both());
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
  }

  private both(): Expression {
    const parts = [this.not()];
    for (;;) {
      const isWord =
        this.next.kind === 'string' || (this.next.kind === 'word' && fieldOf(this.next.text) === undefined);
      if (!this.take('&&') && !(isWord && parts.at(-1)!.kind === 'search')) break;
      parts.push(this.not());
    }
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
  }

  private not(): Expression {
    if (++this.depth > MAX_DEPTH) throw wrong(this.next, 'this is nested too deeply');
    try {
      if (this.take('!')) return { kind: 'not', part: this.not() };
      const opening = this.next;
      if (this.take('(')) {
        const inner = this.either();
        if (!this.take(')')) throw wrong(opening, 'this bracket is not closed');
        return inner;
      }
      return this.test();
    } finally {
      this.depth--;
    }
  }

  private test(): Expression {
    const token = this.next;
    if (token.kind === 'end') throw wrong(token, 'something is missing here');
    if (token.kind === 'operator') throw wrong(token, `'${token.text}' cannot stand here`);
    this.at++;
    if (token.kind === 'string') return { kind: 'search', text: token.text.toLowerCase() };
    const field = fieldOf(token.text);
    const relation = this.next;
    if (field === undefined) {
      const looksLikeTest =
        relation.kind === 'operator' && (RELATIONS.includes(relation.text) || relation.text === 'in');
      if (looksLikeTest) throw wrong(token, `there is no field '${token.text}'`);
      return { kind: 'search', text: token.text.toLowerCase() };
    }
    if (this.take('in')) return this.set(field);
    if (relation.kind !== 'operator' || !RELATIONS.includes(relation.text)) return { kind: 'exists', field };
    if (!KNOWN[field.type].includes(relation.text)) {
      throw wrong(relation, `${field.name} can be compared with ${KNOWN[field.type].join(' ')}`);
    }
    this.at++;
    const value = this.value(field, relation.text === '~');
    return { kind: 'compare', field, relation: relation.text as Relation, value };
  }

  private set(field: Field): Expression {
    const opening = this.next;
    if (!this.take('{')) throw wrong(opening, "'{' is missing here: in {80, 8080}");
    const ranges: (readonly [Value, Value])[] = [];
    do {
      const low = this.value(field, false);
      const dots = this.next;
      const isRange = this.take('..');
      if (isRange && typeof low !== 'number') throw wrong(dots, 'only numbers have ranges');
      ranges.push([low, isRange ? this.value(field, false) : low]);
    } while (this.take(','));
    if (!this.take('}'))
      throw wrong(this.next, this.next.kind === 'end' ? "'}' is missing" : "',' or '}' is missing before this");
    return { kind: 'in', field, ranges };
  }

  private value(field: Field, isPattern: boolean): Value {
    const token = this.next;
    if (token.kind !== 'word' && token.kind !== 'string')
      throw wrong(token, `a value for ${field.name} is missing here`);
    this.at++;
    if (isPattern) {
      try {
        return new Pattern(token.text);
      } catch (error) {
        throw error instanceof PatternError ? wrong(token, error.message) : error;
      }
    }
    if (field.type === 'text') return token.text.toLowerCase();
    if (field.type === 'flag') {
      const flag = FLAG_WORDS[token.text];
      if (flag === undefined) throw wrong(token, `${field.name} is 1 or 0`);
      return flag;
    }
    if (field.type === 'level') {
      const words = field.levels!.filter((level) => level.startsWith(token.text.toLowerCase()));
      if (words.length !== 1) throw wrong(token, `${field.name} is one of ${field.levels!.join(', ')}`);
      return field.levels!.indexOf(words[0]!);
    }
    if (field.type === 'address') {
      const network = networkOf(token.text);
      if (network === null) throw wrong(token, `'${token.text}' is no IP address`);
      return network;
    }
    const number = Number(token.text);
    if (token.text === '' || Number.isNaN(number)) throw wrong(token, `${field.name} is compared with a number`);
    return number;
  }
}

function wrong(token: Token, message: string): FilterError {
  return new FilterError(message, token.at, Math.max(1, token.length));
}
