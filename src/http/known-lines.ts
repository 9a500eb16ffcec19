// Remembers field lines by their bytes. A client or server says the same of itself in every message, so most lines of
// most heads were read before, and comparing one with what is remembered costs less than finding its end and reading it.

/** Slots, each for one line. */
export const KNOWN_LINES = 256;
/** Bytes of a line, its end included. */
const SHORTEST = 16;
const LONGEST = 256;
const WORDS = LONGEST / 8;
/** A slot is given to another line when so many that belong there were other lines: many values never come again. */
const PATIENCE = 128;

const NONE = -1;

export class KnownLines {
  /** Whole lengths; 0: nothing is remembered here. */
  private readonly lengths = new Int32Array(KNOWN_LINES);
  // Eight bytes are compared at once, as a double: what is remembered is ASCII, which is neither NaN nor zero.
  private readonly words = new Float64Array(KNOWN_LINES * WORDS);
  /** The last eight bytes of each line. */
  private readonly ends = new Float64Array(KNOWN_LINES);
  private readonly others = new Uint8Array(KNOWN_LINES);

  /** The slot for a line that begins at `line`; -1: it is too short to be remembered. */
  slotOf(view: DataView, line: number, limit: number): number {
    if (limit - line < SHORTEST) return NONE;
    // Behind the name's first letters: with them alone, Content-Type and Content-Length would share a slot.
    const behind = view.getInt32(line + 8, true) ^ (view.getInt32(line + 12, true) << 1);
    const letters = view.getInt32(line, true) ^ Math.imul(behind, 0x9e3779b1);
    // Eight bits, for as many slots.
    return Math.imul(letters ^ (letters >>> 15), 0x85ebca6b) >>> 24;
  }

  /** The length of the line from `line` on, its end included, when it is the one that `slot` remembers; else 0. */
  lengthAt(slot: number, view: DataView, line: number, limit: number): number {
    const length = this.lengths[slot]!;
    if (length === 0 || length > limit - line) return 0;
    const last = (line + length - 8) | 0;
    // Its end first: lines that differ have the same name, and mostly differ behind it.
    if (view.getFloat64(last, true) !== this.ends[slot]!) return 0;
    const { words } = this;
    let word = (slot * WORDS) | 0;
    let at = line | 0;
    // Two in a step: V8 checks the view again in every step of a loop.
    for (const lastButOne = (last - 8) | 0; at < lastButOne; at = (at + 16) | 0) {
      if (view.getFloat64(at, true) !== words[word]!) return 0;
      if (view.getFloat64(at + 8, true) !== words[word + 1]!) return 0;
      word = (word + 2) | 0;
    }
    return at >= last || view.getFloat64(at, true) === words[word]! ? length : 0;
  }

  /** Whether the line in `view[line, next)`, its end included, is remembered from now on. */
  learn(slot: number, view: DataView, line: number, next: number): boolean {
    const length = next - line;
    if (length < SHORTEST || length > LONGEST) return false;
    if (this.lengths[slot] !== 0 && ++this.others[slot]! < PATIENCE) return false;
    for (let at = line; at < next - 2; at++) if (view.getUint8(at) < 0x20 || view.getUint8(at) > 0x7e) return false;
    this.others[slot] = 0;
    this.lengths[slot] = length;
    this.ends[slot] = view.getFloat64(next - 8, true);
    for (let at = 0; at + 8 < length; at += 8) this.words[slot * WORDS + at / 8] = view.getFloat64(line + at, true);
    return true;
  }
}
