// Texts of a run by their number: addresses, targets and products come again and again.

/** Texts beyond this many characters are no longer kept: hostile traffic has a new target in every request. */
const MAX_CHARACTERS = 64e6;
/** Longer texts are cut: what is shown of them is their beginning. */
const LONGEST = 300;
/** Stands for what is not kept. */
const NOT_KEPT = '(not kept: too many different texts)';

/** The side that numbers them. */
export class StringNumbers {
  private readonly numbers = new Map<string, number>([['', 0]]);
  private fresh: string[] = [];
  private characters = 0;
  private notKept = 0;

  numberOf(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    if (this.characters > MAX_CHARACTERS) {
      if (this.notKept === 0) this.notKept = this.add(NOT_KEPT, NOT_KEPT);
      return this.notKept;
    }
    const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
    return this.add(text.length > LONGEST ? cut : text, cut);
  }

  /** The texts that came since the last call, in the order of their numbers. */
  takeFresh(): string[] {
    const { fresh } = this;
    this.fresh = [];
    return fresh;
  }

  private add(key: string, text: string): number {
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(key, number);
    this.fresh.push(text);
    this.characters += text.length;
    return number;
  }
}
