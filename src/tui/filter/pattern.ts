// Regular expressions for filters, in time that grows with the text alone.
//
// V8's own try one way after the other, and for "(a+)+$" there are more ways than anybody can wait for: the screen would stand
// still, with all its keys. re2js follows all ways at a time (as RE2 does: https://swtch.com/~rsc/regexp/regexp1.html). What
// looks around or back, (?=…) and \1, cannot be matched so, and is refused.
import { RE2JS, RE2JSException } from 're2js';

export class PatternError extends Error {}

export class Pattern {
  private readonly expression: RE2JS;

  /** Case does not matter. Throws a PatternError that says what is wrong. */
  constructor(source: string) {
    try {
      this.expression = RE2JS.compile(RE2JS.translateRegExp(source), RE2JS.CASE_INSENSITIVE);
    } catch (error) {
      if (error instanceof RE2JSException) throw new PatternError(wordsFor(error));
      throw error;
    }
  }

  /** Is it somewhere in `text`? */
  test(text: string): boolean {
    return this.expression.test(text);
  }
}

/** "error parsing regexp: missing closing ): `(a`" in the words of this program. */
function wordsFor({ message }: Error): string {
  const reason = message.replace(/^error parsing regexp: /, '').replace('`(?i)', '`');
  if (reason.startsWith('expression') || reason.startsWith('invalid repeat'))
    return 'this regular expression is too large';
  return `this is no regular expression for a filter: ${reason}`;
}
