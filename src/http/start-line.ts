// Start lines, RFC 9112 3 and 4, recognised by content: HTTP is told by them on any port, so what is no start line
// must not pass for one.

import { latin1 } from '../base/latin1.ts';
import { isBlank } from '../base/scan.ts';

const HTTP_SLASH = 0x48545450; // "HTTP", followed by "/1."
const SPACE = 0x20;
const MAX_METHOD_LENGTH = 32;

/** RFC 9110 5.6.2: the characters of a token, which a method is. */
const TOKEN = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  TOKEN[char.charCodeAt(0)] = 1;
}

/** Methods that are met often, by their first four bytes, so that they need no string of their own. */
const COMMON_METHODS: ReadonlyMap<number, string> = new Map(
  ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT'].map((method) => {
    const padded = `${method} `;
    return [
      padded
        .slice(0, 4)
        .split('')
        .reduce((word, char) => (word << 8) | char.charCodeAt(0), 0),
      method,
    ];
  }),
);

/** Methods that are known to be: those of RFC 9110 9.3, PATCH, and WebDAV's that are met. */
const KNOWN_METHODS: readonly string[] = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'],
  ...['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'REPORT', 'SEARCH', 'M-SEARCH'],
];

/** Does `view[start, end)` hold `HTTP/1.` and a digit? */
function isHttp1(view: DataView, start: number, end: number): boolean {
  return (
    end - start >= 8 &&
    view.getInt32(start) === HTTP_SLASH &&
    view.getUint8(start + 4) === 0x2f &&
    view.getUint8(start + 5) === 0x31 &&
    view.getUint8(start + 6) === 0x2e &&
    isDigit(view.getUint8(start + 7))
  );
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Index behind the method in `view[start, end)`; -1 when no method is there or its end is not. */
function endOfMethod(view: DataView, start: number, end: number): number {
  const limit = Math.min(end, start + MAX_METHOD_LENGTH + 1);
  for (let at = start; at < limit; at++) {
    const byte = view.getUint8(at);
    if (byte === SPACE) return at > start ? at : -1;
    if (TOKEN[byte] !== 1) return -1;
  }
  return -1;
}

export interface RequestLine {
  methodEnd: number;
  targetStart: number;
  targetEnd: number;
  /** Behind the version; only blanks follow. */
  versionEnd: number;
}
const requestLine: RequestLine = { methodEnd: 0, targetStart: 0, targetEnd: 0, versionEnd: 0 };

/** The parts of the request line in `view[start, end)` (without line end), or null. One reused record. */
export function readRequestLine(view: DataView, start: number, end: number): RequestLine | null {
  const methodEnd = endOfMethod(view, start, end);
  if (methodEnd < 0) return null;
  // Whitespace behind the version may be passed over (RFC 9112 3).
  let versionEnd = end;
  while (versionEnd > methodEnd && isBlank(view.getUint8(versionEnd - 1))) versionEnd--;
  return readTarget(view, methodEnd, versionEnd);
}

/** The same of a request line whose method ends at `methodEnd`, and a space follows it. */
function readTarget(view: DataView, methodEnd: number, end: number): RequestLine | null {
  const versionStart = end - 8;
  if (versionStart <= methodEnd || !isHttp1(view, versionStart, end)) return null;
  // Some clients send more than one space (RFC 9112 3: recipients may split on whitespace).
  let targetStart = methodEnd;
  while (targetStart < versionStart && view.getUint8(targetStart) === SPACE) targetStart++;
  let targetEnd = versionStart;
  while (targetEnd > targetStart && view.getUint8(targetEnd - 1) === SPACE) targetEnd--;
  if (targetEnd === targetStart || targetEnd === versionStart) return null;
  requestLine.methodEnd = methodEnd;
  requestLine.targetStart = targetStart;
  requestLine.targetEnd = targetEnd;
  requestLine.versionEnd = end;
  return requestLine;
}

/** The status code of the status line in `view[start, end)` (without line end), or -1. */
export function readStatusLine(view: DataView, start: number, end: number): number {
  return start + 8 < end && view.getUint8(start + 8) === SPACE ? readStatus(view, start, start + 9, end) : -1;
}

/**
 * The same where a response is awaited, so that HTTP need not be told by this line: other whitespace than one space counts,
 * too (RFC 9112 4).
 */
export function readLooseStatusLine(view: DataView, start: number, end: number): number {
  let at = start + 8;
  while (at < end && isBlank(view.getUint8(at))) at++;
  return at > start + 8 ? readStatus(view, start, at, end) : -1;
}

/** The status code at `at` of the line `view[start, end)`, or -1. */
function readStatus(view: DataView, start: number, at: number, end: number): number {
  if (end - at < 3 || !isHttp1(view, start, end)) return -1;
  const hundreds = view.getUint8(at);
  const tens = view.getUint8(at + 1);
  const ones = view.getUint8(at + 2);
  if (!isDigit(hundreds) || !isDigit(tens) || !isDigit(ones)) return -1;
  if (end - at > 3 && !isBlank(view.getUint8(at + 3))) return -1;
  const status = (hundreds - 0x30) * 100 + (tens - 0x30) * 10 + (ones - 0x30);
  return status >= 100 ? status : -1;
}

/** Can the unfinished line `view[start, end)` still become a request line? */
export function mayBecomeRequestLine(view: DataView, start: number, end: number): boolean {
  if (endOfMethod(view, start, end) >= 0) return true;
  if (end - start > MAX_METHOD_LENGTH) return false;
  for (let at = start; at < end; at++) if (TOKEN[view.getUint8(at)] !== 1) return false;
  return true;
}

/** Can the unfinished line `view[start, end)` still become a status line? */
export function mayBecomeStatusLine(view: DataView, start: number, end: number): boolean {
  const text = 'HTTP/1.';
  for (let at = start; at < end && at - start < text.length; at++) {
    if (view.getUint8(at) !== text.charCodeAt(at - start)) return false;
  }
  return true;
}

/** Are the few bytes `buffer[start, end)` the beginning of a known method, or one and more? */
export function mayBeginKnownMethod(buffer: Buffer, start: number, end: number): boolean {
  const text = latin1(buffer, start, end);
  return KNOWN_METHODS.some((method) => `${method} `.startsWith(text) || text.startsWith(`${method} `));
}

/** Is what stands for a method in `view[start, methodEnd)` rather the rest of a known one, the beginning of which is missing? */
export function isRestOfMethod(view: DataView, start: number, methodEnd: number): boolean {
  let text = '';
  for (let at = start; at < methodEnd; at++) text += String.fromCharCode(view.getUint8(at));
  return !KNOWN_METHODS.includes(text) && KNOWN_METHODS.some((method) => method.endsWith(text));
}

export function methodOf(buffer: Buffer, view: DataView, start: number, end: number): string {
  const common = end - start >= 3 ? COMMON_METHODS.get(view.getInt32(start)) : undefined;
  return common !== undefined && common.length === end - start ? common : latin1(buffer, start, end);
}

/** 1 for 1.1, 0 for 1.0 and so on: the minor version at `at`. */
export function minorVersionAt(view: DataView, at: number): number {
  return view.getUint8(at) - 0x30;
}
