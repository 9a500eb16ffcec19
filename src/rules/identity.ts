// Names for findings that stay the same: an id within one capture, a fingerprint from capture to capture.
import { createHash } from 'node:crypto';

/** Hex digits of an id (unique in a report: extended on a collision) and of a fingerprint. */
const ID_LENGTH = 8;
const FINGERPRINT_LENGTH = 32;

function hash(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex');
}

/** Hands out ids that depend on nothing but what they name. */
export class Ids {
  private readonly given = new Set<string>();

  idOf(...parts: readonly (string | number)[]): string {
    const digits = hash(parts);
    let length = ID_LENGTH;
    while (this.given.has(digits.slice(0, length)) && length < digits.length) length++;
    const id = digits.slice(0, length);
    this.given.add(id);
    return id;
  }
}

/** The same for the same problem in another capture. The version is part of it, so that a change of it shows. */
export function fingerprintOf(rule: string, server: string, route: string, cause: string): string {
  return hash(['finrace/1', rule, server, normalisedRoute(route), cause]).slice(0, FINGERPRINT_LENGTH);
}

/** A route without what differs from request to request: the query, and segments that look like identifiers. */
export function normalisedRoute(route: string): string {
  const space = route.indexOf(' ');
  const method = route.slice(0, Math.max(space, 0));
  const path = route.slice(space + 1).replace(/[?#].*$/s, '');
  const segments = path
    .split('/')
    .map((segment) => (/^(?:\d+|[0-9a-f]{8,}|[0-9a-f-]{32,36}|.*\d{4,}.*)$/i.test(segment) ? '{}' : segment));
  return `${method} ${segments.join('/')}`.trim();
}
