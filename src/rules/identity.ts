// Names for findings that stay the same: an id within one capture, a fingerprint from capture to capture.
import { hashText } from '../base/hash.ts';
import { nodeCrypto } from '../base/node-modules.ts';
import { SECOND } from '../base/timeline.ts';

/** Hex digits of a fingerprint (128 bits). */
const FINGERPRINT_LENGTH = 32;

/** Goes up when the same problem would get another fingerprint than before: what was written down of them is void then. */
export const FINGERPRINT_VERSION = 2;

/** Hands out ids that depend on nothing but what they name, and on which names were there before. Most have eight digits. */
export class Ids {
  private readonly given = new Set<string>();

  idOf(...parts: readonly (string | number)[]): string {
    const name = parts.join('\u0000');
    let id = digits(name, 0);
    for (let seed = 1; this.given.has(id); seed++) id += digits(name, seed);
    this.given.add(id);
    return id;
  }
}

/** Not by SHA-256: what Node has for that takes longer to load than a small capture to read. */
function digits(name: string, seed: number): string {
  return hashText(name, seed).toString(16).padStart(8, '0');
}

/**
 * The same for the same problem in another capture: the first 128 bits of the SHA-256 of the version, the rule, the
 * server (address:port, or its alias), the normalised route and the cause, joined with NUL. Never frames, times,
 * clients or names of files: these differ between two captures of one problem.
 */
export function fingerprintOf(rule: string, server: string, route: string, cause: string): string {
  const problem = [`finrace/${FINGERPRINT_VERSION}`, rule, server, route, cause].join('\u0000');
  return nodeCrypto().hash('sha256', problem, 'hex').slice(0, FINGERPRINT_LENGTH);
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** RFC 3339, the colons perhaps left out. */
const DATE_TIME = /\d{4}-\d\d-\d\dT\d\d:?\d\d(?::?\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/gi;
/** Identifiers side by side (a date, an address) are one. */
const NEIGHBOURS = /\{\}(?:[-._:+,~@]?\{\})+/g;
/** Words of a segment, between its punctuation. `%` belongs to a word: it begins an escaped byte. */
const WORD = /[0-9A-Za-z%]+/g;
/** Shorter words of hexadecimal digits are too often words of a language. */
const LEAST_HEX = 8;
/** So long a word of letters and digits is a token. */
const LEAST_TOKEN = 16;
/** Four digits in a word are a year or more, and no version. */
const LEAST_DIGITS = 4;
/** A longer route is cut off here: it says no more to anybody. */
const ROUTE_LENGTH = 300;

/**
 * Method and path of `route` without what differs from request to request: the query, parameters of a segment, and
 * numbers, dates, UUIDs, hexadecimal ids and tokens, each of which becomes "{}".
 */
export function normalisedRoute(route: string): string {
  const space = route.indexOf(' ');
  const method = route.slice(0, Math.max(space, 0));
  const target = route.slice(space + 1).replace(/[?#].*$/s, '');
  // A proxy is asked with the whole URI, or with a host and a port alone: these are no identifiers.
  const authority = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*|[^/]*:\d+$)/i.exec(target)?.[0] ?? '';
  const path = target
    .slice(authority.length, authority.length + 4 * ROUTE_LENGTH)
    .split('/')
    .map(normalisedSegment)
    .join('/');
  return `${method} ${authority}${path}`.trim().slice(0, ROUTE_LENGTH);
}

function normalisedSegment(segment: string): string {
  const parameters = segment.indexOf(';');
  return (parameters < 0 ? segment : segment.slice(0, parameters))
    .replace(UUID, '{}')
    .replace(DATE_TIME, '{}')
    .replace(WORD, (word) => (isIdentifier(word) ? '{}' : word))
    .replace(NEIGHBOURS, '{}');
}

function isIdentifier(word: string): boolean {
  const digits = word.replace(/[^0-9]/g, '').length;
  if (digits === 0) return word.length >= 32 && /^[0-9a-f]+$/i.test(word);
  if (digits === word.length || digits >= LEAST_DIGITS) return true;
  if (word.length >= LEAST_TOKEN && digits >= 2) return true;
  return word.length >= LEAST_HEX && /^[0-9a-f]+$/i.test(word);
}

/**
 * Ends of the ranges (seconds) into which timeouts fall for a fingerprint. They lie apart from the values that people
 * configure, and from what a timer that looks once a second makes of these, so that two captures of one server meet in
 * one range.
 */
const TIMEOUT_RANGES = [
  0.35, 0.75, 1.8, 4.6, 8.6, 12.6, 17, 25, 47, 85, 110, 165, 210, 270, 375, 450, 750, 1050, 1500, 2400, 5000,
];

/** The range in which a timeout (ns) lies, as a word for a cause: "5s" may become "up-to-8.6s". */
export function timeoutRange(timeout: number): string {
  const end = TIMEOUT_RANGES.find((seconds) => timeout <= seconds * SECOND);
  return end === undefined ? 'longer' : `up-to-${end}s`;
}
