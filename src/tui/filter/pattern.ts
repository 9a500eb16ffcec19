// Regular expressions for filters, in time that grows with the text alone.
//
// V8's own matching tries one way after the other, and for "(a+)+$" there are more ways than anybody can wait for: the
// screen would stand still, with all its keys. Here a text is read once, with all ways followed at a time (Thompson, as
// in RE2: https://swtch.com/~rsc/regexp/regexp1.html). A set of places in the program is a state; where a state leads
// with a character is worked out when it is first needed, and remembered.
//
// Turned down: refusing nested quantifiers, since "a*a*a*a*b" and "(a|a)*b" take as long without any; a library, since
// those that are left need native code or WebAssembly.
//
// What looks around or back, (?=…) and \1, cannot be matched so, and is refused. What single characters mean, in
// classes and regardless of case, is asked of V8, character by character.

export class PatternError extends Error {}

type Node =
  | { readonly kind: 'character'; readonly test: RegExp }
  | { readonly kind: 'assertion'; readonly name: Assertion }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

type Assertion = '^' | '$' | '\\b' | '\\B';

type Step =
  | { readonly kind: 'character'; readonly test: RegExp; readonly to: number }
  | { readonly kind: 'assertion'; readonly name: Assertion; readonly to: number }
  | { readonly kind: 'fork'; readonly to: number; readonly or: number }
  | { readonly kind: 'found' };

/** Steps of a program: with each character of a text all of them may have to be looked at. */
const MAX_STEPS = 500;
/** "((){999}){999}" makes no steps, and takes as long as if it did. */
const MAX_WORK = 20_000;
/** What is remembered at a time. */
const MAX_WAYS = 50_000;

/** What stands before a character: nothing, part of a word, something else. */
const EDGE = 0;
const WORD = 1;
const OTHER = 2;
type Neighbour = typeof EDGE | typeof WORD | typeof OTHER;

interface Matching {
  readonly places: readonly number[];
  readonly before: Neighbour;
  /** Where it leads by character code; null: it is found. */
  readonly ways: Map<number, Matching | null>;
  foundAtEnd: boolean | null;
}

export class Pattern {
  private readonly steps: readonly Step[];
  private readonly first: number;
  private readonly known = new Map<string, Matching>();
  private ways = 0;

  /** Case does not matter. Throws a PatternError that says what is wrong. */
  constructor(source: string) {
    try {
      new RegExp(source, 'i');
    } catch {
      throw new PatternError('this is no regular expression');
    }
    const program = new Program();
    this.first = program.of(new Reader(source).all());
    this.steps = program.steps;
  }

  /** Is it somewhere in `text`? */
  test(text: string): boolean {
    let at: Matching = this.matching([this.first], EDGE);
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      let next = at.ways.get(code);
      if (next === undefined) {
        next = this.after(at, code);
        at.ways.set(code, next);
        if (++this.ways > MAX_WAYS) this.forget();
      }
      if (next === null) return true;
      at = next;
    }
    at.foundAtEnd ??= this.reached(at, EDGE) === null;
    return at.foundAtEnd;
  }

  private forget(): void {
    for (const { ways } of this.known.values()) ways.clear();
    this.known.clear();
    this.ways = 0;
  }

  private matching(places: readonly number[], before: Neighbour): Matching {
    const key = `${before} ${places.join(' ')}`;
    let known = this.known.get(key);
    if (known === undefined) {
      known = { places, before, ways: new Map(), foundAtEnd: null };
      this.known.set(key, known);
    }
    return known;
  }

  private after(at: Matching, code: number): Matching | null {
    const character = String.fromCharCode(code);
    const neighbour = /\w/.test(character) ? WORD : OTHER;
    const reached = this.reached(at, neighbour);
    if (reached === null) return null;
    // It may also begin behind this character.
    const places = new Set([this.first]);
    for (const step of reached) if (step.kind === 'character' && step.test.test(character)) places.add(step.to);
    return this.matching(
      [...places].sort((a, b) => a - b),
      neighbour,
    );
  }

  /** The steps that wait for a character, when `next` follows; null: it is found. */
  private reached({ places, before }: Matching, next: Neighbour): Step[] | null {
    const seen = new Set<number>();
    const open = [...places];
    const reached: Step[] = [];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (seen.has(place)) continue;
      seen.add(place);
      const step = this.steps[place]!;
      if (step.kind === 'found') return null;
      if (step.kind === 'character') reached.push(step);
      else if (step.kind === 'fork') open.push(step.to, step.or);
      else if (holds(step.name, before, next)) open.push(step.to);
    }
    return reached;
  }
}

function holds(name: Assertion, before: Neighbour, next: Neighbour): boolean {
  switch (name) {
    case '^':
      return before === EDGE;
    case '$':
      return next === EDGE;
    case '\\b':
      return (before === WORD) !== (next === WORD);
    case '\\B':
      return (before === WORD) === (next === WORD);
  }
}

/** Steps are made from the end to the beginning: each one knows what follows. */
class Program {
  readonly steps: Step[] = [{ kind: 'found' }];
  private work = 0;

  /** Where `node` begins that is the whole of it. */
  of(node: Node): number {
    return this.before(0, node);
  }

  private before(next: number, node: Node): number {
    if (++this.work > MAX_WORK) throw tooLarge();
    switch (node.kind) {
      case 'character':
        return this.add({ kind: 'character', test: node.test, to: next });
      case 'assertion':
        return this.add({ kind: 'assertion', name: node.name, to: next });
      case 'all':
        return node.parts.reduceRight((behind, part) => this.before(behind, part), next);
      case 'any':
        return node.parts
          .map((part) => this.before(next, part))
          .reduceRight((or, to) => this.add({ kind: 'fork', to, or }));
      case 'repeat':
        return this.repeated(next, node);
    }
  }

  private repeated(next: number, { part, least, most }: Extract<Node, { kind: 'repeat' }>): number {
    let begin = next;
    if (most === Infinity) {
      // The fork leads into the part, whose end leads to the fork.
      begin = this.add({ kind: 'found' });
      this.steps[begin] = { kind: 'fork', to: this.before(begin, part), or: next };
    } else {
      for (let i = least; i < most; i++) begin = this.add({ kind: 'fork', to: this.before(begin, part), or: next });
    }
    for (let i = 0; i < least; i++) begin = this.before(begin, part);
    return begin;
  }

  private add(step: Step): number {
    if (this.steps.length >= MAX_STEPS) throw tooLarge();
    return this.steps.push(step) - 1;
  }
}

function tooLarge(): PatternError {
  return new PatternError('this regular expression is too large');
}

const CLASS = /\[(?:[^\]\\]|\\.)*\]/sy;
const ESCAPE = /\\(?:x[\da-f]{2}|u[\da-f]{4}|c[a-z]|0[0-7]{0,2}|.)/isy;
const REPEAT = /(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/y;
const GROUP = /\((?:\?:|\?<[^=!>][^>]*>|(?!\?))/y;

/** Reads a regular expression of which V8 says that it is one. */
class Reader {
  private readonly source: string;
  private at = 0;

  constructor(source: string) {
    this.source = source;
  }

  all(): Node {
    return this.either();
  }

  private either(): Node {
    const parts = [this.sequence()];
    while (this.source[this.at] === '|') {
      this.at++;
      parts.push(this.sequence());
    }
    return parts.length === 1 ? parts[0]! : { kind: 'any', parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.at < this.source.length && !'|)'.includes(this.source[this.at]!)) {
      const part = this.one();
      const repeat = this.take(REPEAT);
      parts.push(repeat === null ? part : { kind: 'repeat', part, ...boundsOf(repeat) });
    }
    return { kind: 'all', parts };
  }

  private one(): Node {
    const character = this.source[this.at]!;
    if (character === '(') {
      if (this.take(GROUP) === null) throw new PatternError('a filter can neither look ahead nor behind');
      const inner = this.either();
      this.at++;
      return inner;
    }
    const escaped = this.take(ESCAPE)?.[0];
    if (escaped === '\\b' || escaped === '\\B') return { kind: 'assertion', name: escaped };
    if (escaped !== undefined) {
      if (/^\\[1-9k]/.test(escaped)) throw new PatternError('a filter cannot refer back to a group');
      return characterOf(escaped);
    }
    const set = this.take(CLASS)?.[0];
    if (set !== undefined) return characterOf(set);
    this.at++;
    if (character === '^' || character === '$') return { kind: 'assertion', name: character };
    return characterOf(/[\w.]|[^\0-\x7f]/.test(character) ? character : `\\${character}`);
  }

  private take(what: RegExp): RegExpExecArray | null {
    what.lastIndex = this.at;
    const taken = what.exec(this.source);
    if (taken !== null) this.at = what.lastIndex;
    return taken;
  }
}

function characterOf(source: string): Node {
  return { kind: 'character', test: new RegExp(`^(?:${source})$`, 'i') };
}

function boundsOf([sign, least, comma, most]: RegExpExecArray): { readonly least: number; readonly most: number } {
  if (least === undefined) return { least: sign![0] === '+' ? 1 : 0, most: sign![0] === '?' ? 1 : Infinity };
  if (comma === undefined) return { least: Number(least), most: Number(least) };
  return { least: Number(least), most: most === '' ? Infinity : Number(most) };
}
