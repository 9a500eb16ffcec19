// Captured traffic is written by strangers. A target, a Server field or a file name may hold escape sequences that set
// the clipboard (OSC 52), rewrite the line above (CR, CSI), or turn the reading direction (U+202E). Everything that is
// not a visible character is therefore shown as its number. A backslash stays itself: the output is for reading, and
// doubling it would spoil every Windows path.

// Cc: control characters, C0, DEL and C1 (0x9b alone is CSI on some terminals). Cf: format characters, among them all
// bidi controls, zero-width characters and the invisible tags. Zl, Zp: line and paragraph separators. Cs: lone
// surrogates. Co, Cn: private use and unassigned, whose width no terminal knows.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** Most text is plain, and to find that out is ten times as fast as to look for what is not. */
const NOT_PLAIN = /[^\x20-\x7e]/;

// What a CI system takes for a command when a job prints it. GitHub: "::error ::…" at the start of a line (a wrapped
// line may start anywhere), "##[error]…" anywhere in one; Azure Pipelines: "##vso[…]"; TeamCity: "##teamcity[…]". A name
// needs a letter that is no hex digit, so that "::1" and "::ffff:10.0.0.1" stay what they are.
const LOG_COMMAND = /(?<!\S)::(?=[a-z-]*[g-z-])|##(?=\[|vso\[|teamcity\[)/gi;

/** `text` as a terminal or a CI log may show it, on one line: "\x1b" for ESC, "\u202e" for a bidi override. */
export function escapeForTerminal(text: string): string {
  return withoutLogCommands(visible(text));
}

function withoutLogCommands(text: string): string {
  return text.replace(LOG_COMMAND, (command) => (command === '::' ? ':\\x3a' : '#\\x23'));
}

function visible(text: string): string {
  if (!NOT_PLAIN.test(text)) return text;
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
  const json = JSON.stringify(value);
  const escaped = NOT_PLAIN.test(json) ? invisibleEscaped(json) : json;
  // The report may be printed by a CI job. No other JSON begins or holds a command of its log.
  return escaped.includes('##') ? escaped.replace(/##(?=\[|vso\[|teamcity\[)/gi, '#\\u0023') : escaped;
}

function invisibleEscaped(json: string): string {
  return json.replace(INVISIBLE, (character) => {
    let escaped = '';
    for (let index = 0; index < character.length; index++) {
      escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * `text` as XML 1.0 may hold it, in an element or an attribute, on one line. XML has no way to write a control
 * character, not even as a reference, so they are shown as on a terminal.
 */
export function escapeForXml(text: string): string {
  return escapeForTerminal(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
