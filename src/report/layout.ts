// Words on a terminal: wrapping, colour, units. Knows nothing of captures.

const STYLES = {
  bold: ['\x1b[1m', '\x1b[22m'],
  dim: ['\x1b[2m', '\x1b[22m'],
  // The sixteen colours of the user's own palette, readable on dark and on light.
  red: ['\x1b[1;31m', '\x1b[22;39m'],
  yellow: ['\x1b[1;33m', '\x1b[22;39m'],
  blue: ['\x1b[1;34m', '\x1b[22;39m'],
  green: ['\x1b[1;32m', '\x1b[22;39m'],
} as const;
export type Style = keyof typeof STYLES;

/** `text` in a style; unchanged without colour. No meaning may rest on the style alone. */
export type Paint = (style: Style, text: string) => string;

export function painter(color: boolean): Paint {
  return color ? (style, text) => STYLES[style][0] + text + STYLES[style][1] : (_, text) => text;
}

/**
 * `text` broken between words into lines of at most `width` columns. The first line is indented by `indent`, the
 * others by `hanging` (default: the same). A word that is longer than a line stays whole: a number, an address or a
 * filter that was cut in two cannot be searched for.
 */
export function wrap(text: string, width: number, indent = '', hanging = indent): string[] {
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (word === '') continue;
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = hanging;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  if (!isEmpty) lines.push(line);
  return lines;
}

/** "1 frame", "2 frames", "1,234,567 frames". */
export function plural(count: number, singular: string, several = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : several}`;
}

/** 1,234,567. (`toLocaleString` loads its tables of languages first, a tenth of the program's start.) */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** "a", "a and b", "a, b and c". */
export function enumerate(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** Bytes in decimal units: "812 B", "121 kB", "4.2 GB". */
export function byteCount(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 999.5) return `${Number(value.toPrecision(3))} ${unit}`;
    value /= 1000;
  }
  return `${Number(value.toPrecision(3))} TB`;
}

/**
 * Numbers as the set of a Wireshark filter, "{3, 7..9, 12}". With commas: tshark 4.0 refuses blanks alone. At most
 * `limit` terms; `rest` says how many numbers are not in it.
 */
export function filterSet(numbers: Iterable<number>, limit: number): { set: string; rest: number } {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const terms: string[] = [];
  let index = 0;
  while (index < sorted.length && terms.length < limit) {
    const first = sorted[index]!;
    let last = first;
    while (sorted[index + 1] === last + 1) last = sorted[++index]!;
    index++;
    terms.push(first === last ? `${first}` : last === first + 1 ? `${first}, ${last}` : `${first}..${last}`);
  }
  return { set: `{${terms.join(', ')}}`, rest: sorted.length - index };
}
