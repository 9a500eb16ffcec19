// Captured traffic is written by strangers. A target, a Server field or a file name may hold escape sequences that set
// the clipboard (OSC 52), rewrite the line above (CR, CSI), or turn the reading direction (U+202E). Everything that is
// not a visible character is therefore shown as its number. A backslash stays itself: the output is for reading, and
// doubling it would spoil every Windows path.

// Cc: control characters, C0, DEL and C1 (0x9b alone is CSI on some terminals). Cf: format characters, among them all
// bidi controls, zero-width characters and the invisible tags. Zl, Zp: line and paragraph separators. Cs: lone
// surrogates. Co, Cn: private use and unassigned, whose width no terminal knows.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** `text` as a terminal may show it, on one line: "\x1b" for ESC, "\u202e" for a bidi override. */
export function escapeForTerminal(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0)!;
    if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
    if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
    return `\\u{${code.toString(16)}}`;
  });
}

/** `value` as JSON that is also safe to print: the same for every JSON reader, nothing invisible raw. */
export function jsonFor(value: unknown): string {
  // Such characters occur only inside of strings, where \\uXXXX stands for them; so escaping the finished text does.
  return JSON.stringify(value).replace(INVISIBLE, (character) => {
    let escaped = '';
    for (let index = 0; index < character.length; index++) {
      escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}
