// Remembers field lines by their bytes. A client or server says the same of itself in every message, so most lines of
// most heads were read before, and comparing one with what is remembered costs less than finding its end and reading it.

/** Slots, each for one line. */
export const KNOWN_LINES = 256;
/** Bytes of a line, its end included. */
const SHORTEST = 16;
const LONGEST = 256;
/** A slot is given to another line when so many that belong there were other lines: many values never come again. */
const PATIENCE = 64;

const NONE = -1;

export class KnownLines {
  /** Whole lengths; 0: nothing is remembered here. */
  private readonly lengths = new Int32Array(KNOWN_LINES);
  private readonly bytes = new DataView(new ArrayBuffer(KNOWN_LINES * LONGEST));
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
    const { bytes } = this;
    const known = slot * LONGEST;
    // Eight bytes at once as a double: what is remembered is ASCII, which is neither NaN nor zero.
    const last = (length - 8) | 0;
    for (let at = 0; at < last; at = (at + 8) | 0) {
      if (view.getFloat64(line + at, true) !== bytes.getFloat64(known + at, true)) return 0;
    }
    return view.getFloat64(line + last, true) === bytes.getFloat64(known + last, true) ? length : 0;
  }

  /** Whether the line in `view[line, next)`, its end included, is remembered from now on. */
  learn(slot: number, view: DataView, line: number, next: number): boolean {
    const length = next - line;
    if (length < SHORTEST || length > LONGEST) return false;
    if (this.lengths[slot] !== 0 && ++this.others[slot]! < PATIENCE) return false;
    for (let at = line; at < next - 2; at++) if (view.getUint8(at) < 0x20 || view.getUint8(at) > 0x7e) return false;
    this.others[slot] = 0;
    this.lengths[slot] = length;
    for (let at = 0; at < length; at++) this.bytes.setUint8(slot * LONGEST + at, view.getUint8(line + at));
    return true;
  }
}
