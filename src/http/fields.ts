// Reads the header fields that matter, in place: framing (RFC 9112 6), persistence (9.3), and what names the products.
// All other fields are passed over by their first letter. Only a value that is kept becomes a string.

import { hashBytes } from '../base/hash.ts';
import { latin1 } from '../base/latin1.ts';
import { indexOfLineFeed, isBlank } from '../base/scan.ts';
import { KNOWN_LINES, KnownLines } from './known-lines.ts';

/** The fields of one message head, reset for each message. */
export class Fields {
  /** Value of Content-Length; -1 absent, -2 invalid or contradictory (RFC 9112 6.3 item 5). */
  contentLength = -1;
  hasTransferEncoding = false;
  /** The final transfer coding is chunked. */
  chunked = false;
  connectionClose = false;
  connectionKeepAlive = false;
  connectionUpgrade = false;
  hasUpgrade = false;
  expectContinue = false;
  /** Keep-Alive: timeout and max; -1 when not given. */
  keepAliveTimeout = -1;
  keepAliveMax = -1;
  host = '';
  userAgent = '';
  server = '';
  /** The fields below are read of requests only. */
  isRequest = false;
  /** Hashes of X-Request-Id and of the trace id in traceparent, which proxies hand on; 0 when not given. */
  requestId = 0;
  traceId = 0;

  /** A record of its own with the same values. */
  clone(): Fields {
    return Object.assign(new Fields(), this);
  }

  reset(): void {
    this.contentLength = -1;
    this.hasTransferEncoding = false;
    this.chunked = false;
    this.connectionClose = false;
    this.connectionKeepAlive = false;
    this.connectionUpgrade = false;
    this.hasUpgrade = false;
    this.expectContinue = false;
    this.keepAliveTimeout = -1;
    this.keepAliveMax = -1;
    this.host = '';
    this.userAgent = '';
    this.server = '';
    this.requestId = 0;
    this.traceId = 0;
  }
}

/** Values are cut here: a field that is longer tells nothing more. */
const MAX_VALUE = 1024;

/** A name as its 32-bit words in lower case, the last one overlapping: compared four letters at a time. */
interface Name {
  readonly length: number;
  readonly words: Int32Array;
}

/** Sets the bit that makes letters lower case; '-', ':' and digits have it already. */
const LOWER = 0x20202020;

function nameOf(text: string): Name {
  const bytes = Buffer.from(text.toLowerCase(), 'latin1');
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  for (let i = 0; i < words.length; i++) words[i] = bytes.readInt32BE(Math.min(i * 4, bytes.length - 4)) | LOWER;
  return { length: bytes.length, words };
}
const CONTENT_LENGTH = nameOf('content-length:');
const CONNECTION = nameOf('connection:');
const TRANSFER_ENCODING = nameOf('transfer-encoding:');
const KEEP_ALIVE = nameOf('keep-alive:');
const HOST = nameOf('host:');
const EXPECT = nameOf('expect:');
const UPGRADE = nameOf('upgrade:');
const USER_AGENT = nameOf('user-agent:');
const SERVER = nameOf('server:');
const REQUEST_ID = nameOf('x-request-id:');
const TRACE_PARENT = nameOf('traceparent:');
const KEEP_ALIVE_OPTION = nameOf('keep-alive');
const CLOSE_OPTION = nameOf('close');
// The fields that are read with blanks before the colon, too.
const BARE_CONTENT_LENGTH = nameOf('content-length');
const BARE_CONNECTION = nameOf('connection');
const BARE_TRANSFER_ENCODING = nameOf('transfer-encoding');
const BARE_KEEP_ALIVE = nameOf('keep-alive');
const BARE_NAMES = [BARE_CONTENT_LENGTH, BARE_CONNECTION, BARE_TRANSFER_ENCODING, BARE_KEEP_ALIVE];

/** Do the bytes from `start` on begin with `name`, in any case? (A control character passes for a letter: no harm.) */
function hasName(view: DataView, start: number, end: number, name: Name): boolean {
  const { length, words } = name;
  if (end - start < length) return false;
  const last = words.length - 1;
  if ((view.getInt32(start + length - 4) | LOWER) !== words[last]) return false;
  for (let i = 0; i < last; i++) if ((view.getInt32(start + i * 4) | LOWER) !== words[i]) return false;
  return true;
}

/** A field's value: without the blanks around it (RFC 9110 5.5), and cut when it is very long. */
export function valueText(buffer: Buffer, view: DataView, start: number, end: number): string {
  let first = start;
  let last = Math.min(end, start + MAX_VALUE);
  while (first < last && isBlank(view.getUint8(first))) first++;
  while (last > first && isBlank(view.getUint8(last - 1))) last--;
  return latin1(buffer, first, last);
}

/** Where the first four letters of a field's name stand in the tables below; no two of them share a place. */
function placeOf(letters: number): number {
  return Math.imul(letters, 0x85ebca6b) >>> 28;
}

function firstLetters(names: readonly Name[]): Int32Array {
  const table = new Int32Array(16);
  for (const { words } of names) {
    const letters = words[0]!;
    if (table[placeOf(letters)] !== 0 && table[placeOf(letters)] !== letters) throw new Error('two names in one place');
    table[placeOf(letters)] = letters;
  }
  return table;
}
const OF_MESSAGES = [CONTENT_LENGTH, CONNECTION, TRANSFER_ENCODING, KEEP_ALIVE, EXPECT, UPGRADE];
const OF_REQUESTS = [...OF_MESSAGES, REQUEST_ID, TRACE_PARENT];
const NAMES = [HOST, USER_AGENT, SERVER];
const OF_ALL = [...OF_REQUESTS, ...NAMES];
const IN_REQUESTS = firstLetters(OF_REQUESTS);
const IN_NAMED_REQUESTS = firstLetters(OF_ALL);
const IN_RESPONSES = firstLetters(OF_MESSAGES);
const IN_NAMED_RESPONSES = firstLetters([...OF_MESSAGES, ...NAMES]);

function wantedOf(isRequest: boolean, names: boolean): Int32Array {
  if (isRequest) return names ? IN_NAMED_REQUESTS : IN_REQUESTS;
  return names ? IN_NAMED_RESPONSES : IN_RESPONSES;
}

// What a line that was read before does to the fields.
const DOES_NOTHING = 0;
const KEEPS_ALIVE = 1;
const TELLS_KEEP_ALIVE = 2;
const TELLS_USER_AGENT = 3;
const TELLS_HOST = 4;
const TELLS_SERVER = 5;
/** It is read again. */
const DOES_MORE = 6;

/** Lines that were read before, by the place where they are remembered. */
const known = new KnownLines();
const doings = new Uint8Array(KNOWN_LINES);
const values = new Array<string>(KNOWN_LINES).fill('');
const timeouts = new Int32Array(KNOWN_LINES);
const maxima = new Int32Array(KNOWN_LINES);
/** What is read to learn what it does. */
const scratch = new Fields();

/** Remembers what a line does, under `slot`. */
function learn(slot: number, buffer: Buffer, view: DataView, start: number, end: number): void {
  scratch.reset();
  scratch.isRequest = true;
  readField(scratch, buffer, view, start, end, true);
  doings[slot] = DOES_MORE;
  values[slot] = '';
  timeouts[slot] = scratch.keepAliveTimeout;
  maxima[slot] = scratch.keepAliveMax;
  if (!OF_ALL.some((name) => hasName(view, start, end, name))) {
    if (!BARE_NAMES.some((name) => hasName(view, start, end, name))) doings[slot] = DOES_NOTHING;
  } else if (hasName(view, start, end, KEEP_ALIVE)) doings[slot] = TELLS_KEEP_ALIVE;
  else if (hasName(view, start, end, USER_AGENT)) {
    doings[slot] = TELLS_USER_AGENT;
    values[slot] = scratch.userAgent;
  } else if (hasName(view, start, end, HOST)) {
    doings[slot] = TELLS_HOST;
    values[slot] = scratch.host;
  } else if (hasName(view, start, end, SERVER)) {
    doings[slot] = TELLS_SERVER;
    values[slot] = scratch.server;
  } else if (scratch.connectionKeepAlive && !scratch.connectionClose && !scratch.connectionUpgrade) {
    doings[slot] = KEEPS_ALIVE;
  }
}

/** Reads one field line that is remembered under `slot`; `start` and `end` as for `readField`. */
function readKnown(
  slot: number,
  fields: Fields,
  buffer: Buffer,
  view: DataView,
  start: number,
  end: number,
  names: boolean,
): void {
  switch (doings[slot]) {
    case DOES_NOTHING:
      return;
    case KEEPS_ALIVE:
      fields.connectionKeepAlive = true;
      return;
    case TELLS_KEEP_ALIVE:
      fields.keepAliveTimeout = timeouts[slot]!;
      fields.keepAliveMax = maxima[slot]!;
      return;
    case TELLS_USER_AGENT:
      if (names) fields.userAgent = values[slot]!;
      return;
    case TELLS_HOST:
      if (names) fields.host = values[slot]!;
      return;
    case TELLS_SERVER:
      if (names) fields.server = values[slot]!;
      return;
    default:
      readField(fields, buffer, view, start, end, names);
  }
}

/**
 * Reads the whole field lines of `view[start, end)` and returns where it stopped: at the empty line that ends the head,
 * at a line that is not whole, at one that matters and whose next line continues it (RFC 9112 5.2) or is not there yet, or
 * at `end`. The way of nearly all bytes of nearly all heads, so it is kept short.
 */
export function readFieldLines(
  fields: Fields,
  buffer: Buffer,
  view: DataView,
  start: number,
  end: number,
  names: boolean,
): number {
  const wanted = wantedOf(fields.isRequest, names);
  const limit = end | 0;
  let line = start | 0;
  while (line < limit) {
    const slot = known.slotOf(view, line, limit);
    if (slot >= 0) {
      const length = known.lengthAt(slot, view, line, limit);
      if (length > 0) {
        const next = (line + length) | 0;
        if (doings[slot] !== DOES_NOTHING) {
          if (mayBeContinued(view, next, limit)) break;
          readKnown(slot, fields, buffer, view, line, endOfLine(view, next), names);
        }
        line = next;
        continue;
      }
    }
    const lineFeed = indexOfLineFeed(view, line, limit);
    if (lineFeed < 0) break;
    const lineEnd = lineFeed > line && view.getUint8(lineFeed - 1) === 0x0d ? (lineFeed - 1) | 0 : lineFeed;
    if (lineEnd === line) break;
    const next = (lineFeed + 1) | 0;
    if (lineEnd - line > 4) {
      const letters = view.getInt32(line) | LOWER;
      if (wanted[placeOf(letters)] === letters) {
        if (mayBeContinued(view, next, limit)) break;
        readField(fields, buffer, view, line, lineEnd, names);
      }
    }
    if (slot >= 0 && known.learn(slot, view, line, next)) learn(slot, buffer, view, line, lineEnd);
    line = next;
  }
  return line;
}

/** Does the field line that ends before `next` go on there, or cannot that be told yet? RFC 9112 5.2. */
export function mayBeContinued(view: DataView, next: number, end: number): boolean {
  return next >= end || isBlank(view.getUint8(next));
}

/** Where a line ends whose end, a line feed and perhaps a carriage return before it, lies before `next`. */
function endOfLine(view: DataView, next: number): number {
  return view.getUint8(next - 2) === 0x0d ? next - 2 : next - 1;
}

/**
 * Where the field's value begins in the line `view[start, end)`; -1 when it is another field. Of a response the blanks before
 * a colon are to be removed, and a request with them is to be refused (RFC 9112 5.1): in a request they make another name.
 */
function valueStart(fields: Fields, view: DataView, start: number, end: number, name: Name, bare: Name): number {
  if (hasName(view, start, end, name)) return start + name.length;
  if (fields.isRequest || !hasName(view, start, end, bare)) return -1;
  let at = start + bare.length;
  while (at < end && isBlank(view.getUint8(at))) at++;
  return at < end && view.getUint8(at) === 0x3a ? at + 1 : -1;
}

/** Reads one field line, `buffer[start, end)` without its line end, at least four bytes. `names`: Server, User-Agent and Host are wanted. */
export function readField(
  fields: Fields,
  buffer: Buffer,
  view: DataView,
  start: number,
  end: number,
  names: boolean,
): void {
  let value: number;
  // Four letters at once, in lower case, rule out nearly every other field.
  switch (view.getInt32(start) | LOWER) {
    case 0x636f6e74: // cont
      value = valueStart(fields, view, start, end, CONTENT_LENGTH, BARE_CONTENT_LENGTH);
      if (value >= 0) readContentLength(fields, view, value, end);
      break;
    case 0x636f6e6e: // conn
      value = valueStart(fields, view, start, end, CONNECTION, BARE_CONNECTION);
      if (value >= 0) readConnection(fields, buffer, view, value, end);
      break;
    case 0x7472616e: // tran
      value = valueStart(fields, view, start, end, TRANSFER_ENCODING, BARE_TRANSFER_ENCODING);
      if (value >= 0) readTransferEncoding(fields, valueText(buffer, view, value, end));
      break;
    case 0x6b656570: // keep
      value = valueStart(fields, view, start, end, KEEP_ALIVE, BARE_KEEP_ALIVE);
      if (value >= 0) readKeepAlive(fields, valueText(buffer, view, value, end));
      break;
    case 0x65787065: // expe
      if (hasName(view, start, end, EXPECT)) {
        fields.expectContinue = /^\s*100-continue\s*$/i.test(valueText(buffer, view, start + 7, end));
      }
      break;
    case 0x75706772: // upgr
      if (hasName(view, start, end, UPGRADE)) fields.hasUpgrade = true;
      break;
    case 0x75736572: // user
      if (names && hasName(view, start, end, USER_AGENT)) fields.userAgent = valueText(buffer, view, start + 11, end);
      break;
    case 0x686f7374: // host
      if (names && hasName(view, start, end, HOST)) fields.host = valueText(buffer, view, start + 5, end);
      break;
    case 0x782d7265: // x-re
      if (fields.isRequest && hasName(view, start, end, REQUEST_ID))
        fields.requestId = valueHash(view, start + 13, end);
      break;
    case 0x74726163: // trac
      if (fields.isRequest && hasName(view, start, end, TRACE_PARENT))
        fields.traceId = traceHash(view, start + 12, end);
      break;
    case 0x73657276: // serv
      if (names && hasName(view, start, end, SERVER)) fields.server = valueText(buffer, view, start + 7, end);
      break;
  }
}

function valueHash(view: DataView, start: number, end: number): number {
  let first = start;
  let last = end;
  while (first < last && isBlank(view.getUint8(first))) first++;
  while (last > first && isBlank(view.getUint8(last - 1))) last--;
  return last > first ? hashBytes(view, first, last) : 0;
}

/** W3C Trace Context: version, trace id (32 digits), parent id, flags. Each hop has its own parent id. */
function traceHash(view: DataView, start: number, end: number): number {
  let first = start;
  while (first < end && isBlank(view.getUint8(first))) first++;
  return end - first >= 35 ? hashBytes(view, first + 3, first + 35) : 0;
}

/** RFC 9112 6.3 item 5: a list of equal values counts as one; anything else but digits is invalid. */
function readContentLength(fields: Fields, view: DataView, start: number, end: number): void {
  let at = start;
  let value = -1;
  for (;;) {
    while (at < end && isBlank(view.getUint8(at))) at++;
    let number = -1;
    while (at < end && view.getUint8(at) >= 0x30 && view.getUint8(at) <= 0x39) {
      number = Math.max(number, 0) * 10 + (view.getUint8(at) - 0x30);
      at++;
    }
    while (at < end && isBlank(view.getUint8(at))) at++;
    const valid = number >= 0 && number <= Number.MAX_SAFE_INTEGER && (value === -1 || value === number);
    if (!valid || (at < end && view.getUint8(at) !== 0x2c)) {
      fields.contentLength = -2;
      return;
    }
    value = number;
    if (at >= end) break;
    at++;
  }
  fields.contentLength = fields.contentLength === -1 || fields.contentLength === value ? value : -2;
}

/**
 * Several lines are one list, and its empty elements do not count (RFC 9110 5.3, 5.6.1.2). Nor does `identity`, by which
 * RFC 2616 meant no coding, and with which messages of a length are still sent.
 */
function readTransferEncoding(fields: Fields, value: string): void {
  const elements = value.toLowerCase().split(',');
  const codings = elements.map((element) => element.trim()).filter((coding) => coding !== '');
  if (codings.length > 0 && codings.every((coding) => coding === 'identity')) return;
  fields.hasTransferEncoding = true;
  if (codings.length > 0) fields.chunked = /(^|\s)chunked$/.test(codings.at(-1)!);
}

function readConnection(fields: Fields, buffer: Buffer, view: DataView, start: number, end: number): void {
  let first = start;
  while (first < end && isBlank(view.getUint8(first))) first++;
  // The two values that nearly all messages have need no string.
  if (end - first === 10 && hasName(view, first, end, KEEP_ALIVE_OPTION)) {
    fields.connectionKeepAlive = true;
    return;
  }
  if (end - first === 5 && hasName(view, first, end, CLOSE_OPTION)) {
    fields.connectionClose = true;
    return;
  }
  for (const option of valueText(buffer, view, first, end).toLowerCase().split(',')) {
    const name = option.trim();
    if (name === 'close') fields.connectionClose = true;
    else if (name === 'keep-alive') fields.connectionKeepAlive = true;
    else if (name === 'upgrade') fields.connectionUpgrade = true;
  }
}

/** The latest Keep-Alive value: a server says the same in each response, but for a falling max. */
let latestKeepAlive = { value: '', timeout: -1, max: -1 };

function readKeepAlive(fields: Fields, value: string): void {
  if (value !== latestKeepAlive.value) latestKeepAlive = keepAliveOf(value);
  fields.keepAliveTimeout = latestKeepAlive.timeout;
  fields.keepAliveMax = latestKeepAlive.max;
}

function keepAliveOf(value: string): typeof latestKeepAlive {
  const timeout = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(value);
  const max = /(?:^|[\s,;])max\s*=\s*"?(\d{1,9})/i.exec(value);
  return { value, timeout: Number(timeout?.[1] ?? -1), max: Number(max?.[1] ?? -1) };
}
