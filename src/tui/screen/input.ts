// Bytes from the keyboard as keys, and from the mouse as clicks. What was typed ahead or pasted comes in one piece.

export type InputEvent =
  /** `key`: a character, or a name: 'up', 'enter', 'ctrl-d', 'escape' … */
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'paste'; readonly text: string }
  /** Columns and rows from 0 on. */
  | {
      readonly kind: 'mouse';
      readonly button: 'left' | 'wheel-up' | 'wheel-down';
      readonly x: number;
      readonly y: number;
    };

/** What follows ESC [ or ESC O, by its end. */
const SEQUENCES: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'shift-tab',
  '1~': 'home',
  '3~': 'delete',
  '4~': 'end',
  '5~': 'pageup',
  '6~': 'pagedown',
  '7~': 'home',
  '8~': 'end',
};
const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\x08': 'backspace',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read
const MOUSE = /^\x1b\[<(\d+);(\d+);(\d+)([Mm])/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read
const SEQUENCE = /^\x1b(?:\[([0-9;]*)([A-Za-z~])|O([A-Za-z]))/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read
const UNFINISHED = /^\x1b(?:\[[<0-9;]*|O)?$/;
const PASTE = '\x1b[200~';
const PASTE_END = '\x1b[201~';
const INTERRUPT = '\x03';
/** A paste that never ends is taken as it is. */
const LONGEST_PASTE = 65_536;

/** The events in `text`; `rest`: the beginning of a sequence whose end is still to come. */
export function parseInput(text: string): { readonly events: readonly InputEvent[]; readonly rest: string } {
  const events: InputEvent[] = [];
  let rest = text;
  while (rest !== '') {
    if (rest.startsWith(PASTE)) {
      const end = rest.indexOf(PASTE_END);
      // Whoever waits for an end that does not come can still leave.
      if (end < 0 && rest.endsWith(INTERRUPT)) {
        rest = INTERRUPT;
        continue;
      }
      if (end < 0 && rest.length < LONGEST_PASTE) return { events, rest };
      events.push({ kind: 'paste', text: rest.slice(PASTE.length, end < 0 ? undefined : end) });
      rest = end < 0 ? '' : rest.slice(end + PASTE_END.length);
      continue;
    }
    if (UNFINISHED.test(rest)) return { events, rest };
    const mouse = MOUSE.exec(rest);
    if (mouse !== null) {
      const button = buttonOf(Number(mouse[1]), mouse[4] === 'M');
      if (button !== null) events.push({ kind: 'mouse', button, x: Number(mouse[2]) - 1, y: Number(mouse[3]) - 1 });
      rest = rest.slice(mouse[0].length);
      continue;
    }
    const sequence = SEQUENCE.exec(rest);
    if (sequence !== null) {
      const end = sequence[2] ?? sequence[3]!;
      const key = SEQUENCES[end === '~' ? `${sequence[1]}~` : end];
      if (key !== undefined) events.push({ kind: 'key', key });
      rest = rest.slice(sequence[0].length);
      continue;
    }
    const [character] = rest;
    events.push({ kind: 'key', key: keyOf(character!) });
    rest = rest.slice(character!.length);
  }
  return { events, rest };
}

/** Is `rest` perhaps what was typed? Longer beginnings are of sequences, whose end comes however slow the line is. */
export function isPerhapsKey(rest: string): boolean {
  return rest !== '' && rest.length <= 2;
}

/** What is left when no more of a sequence came: the key Escape, and what was typed behind it. */
export function flushInput(rest: string): readonly InputEvent[] {
  if (rest === '') return [];
  return [{ kind: 'key', key: 'escape' }, ...[...rest.slice(1)].map((key) => ({ kind: 'key' as const, key }))];
}

function keyOf(character: string): string {
  const control = CONTROLS[character];
  if (control !== undefined) return control;
  if (character === '\x1b') return 'escape';
  const code = character.codePointAt(0)!;
  if (code >= 1 && code <= 26) return `ctrl-${String.fromCharCode(code + 96)}`;
  return character;
}

function buttonOf(code: number, isPress: boolean): 'left' | 'wheel-up' | 'wheel-down' | null {
  if (!isPress) return null;
  // Shift, alt and ctrl are bits of it.
  const button = code & ~0x1c;
  return button === 0 ? 'left' : button === 64 ? 'wheel-up' : button === 65 ? 'wheel-down' : null;
}
