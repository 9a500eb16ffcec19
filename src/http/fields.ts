// Reads the header fields that matter, in place: framing (RFC 9112 6), persistence (9.3), and what names the products.
// All other fields are passed over by their first letter. Only a value that is kept becomes a string.

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
  }
}

/** Values are cut here: a field that is longer tells nothing more. */
const MAX_VALUE = 1024;

function nameOf(text: string): Uint8Array {
  return Uint8Array.from(`${text}:`, (char) => char.charCodeAt(0));
}
const CONTENT_LENGTH = nameOf('content-length');
const CONNECTION = nameOf('connection');
const TRANSFER_ENCODING = nameOf('transfer-encoding');
const KEEP_ALIVE = nameOf('keep-alive');
const HOST = nameOf('host');
const EXPECT = nameOf('expect');
const UPGRADE = nameOf('upgrade');
const USER_AGENT = nameOf('user-agent');
const SERVER = nameOf('server');

/** Does the line begin with this (lower case) field name and a colon, in any case? */
function hasName(view: DataView, start: number, end: number, name: Uint8Array): boolean {
  const length = name.length;
  if (end - start < length) return false;
  for (let i = 0; i < length; i++) {
    const byte = view.getUint8(start + i);
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name[i]) return false;
  }
  return true;
}

function valueText(buffer: Buffer, start: number, end: number): string {
  return buffer.toString('latin1', start, Math.min(end, start + MAX_VALUE)).trim();
}

/** Reads one field line, `buffer[start, end)` without its line end. `names`: Server, User-Agent and Host are wanted. */
export function readField(
  fields: Fields,
  buffer: Buffer,
  view: DataView,
  start: number,
  end: number,
  names: boolean,
): void {
  switch (view.getUint8(start) | 0x20) {
    case 0x63: // c
      if (hasName(view, start, end, CONTENT_LENGTH)) readContentLength(fields, view, start + 15, end);
      else if (hasName(view, start, end, CONNECTION)) readConnection(fields, valueText(buffer, start + 11, end));
      break;
    case 0x74: // t
      if (hasName(view, start, end, TRANSFER_ENCODING)) {
        fields.hasTransferEncoding = true;
        fields.chunked = /(^|[\s,])chunked$/i.test(valueText(buffer, start + 18, end));
      }
      break;
    case 0x6b: // k
      if (hasName(view, start, end, KEEP_ALIVE)) readKeepAlive(fields, valueText(buffer, start + 11, end));
      break;
    case 0x65: // e
      if (hasName(view, start, end, EXPECT)) {
        fields.expectContinue = /^100-continue$/i.test(valueText(buffer, start + 7, end));
      }
      break;
    case 0x75: // u
      if (hasName(view, start, end, UPGRADE)) fields.hasUpgrade = true;
      else if (names && hasName(view, start, end, USER_AGENT)) fields.userAgent = valueText(buffer, start + 11, end);
      break;
    case 0x68: // h
      if (names && hasName(view, start, end, HOST)) fields.host = valueText(buffer, start + 5, end);
      break;
    case 0x73: // s
      if (names && hasName(view, start, end, SERVER)) fields.server = valueText(buffer, start + 7, end);
      break;
  }
}

/** RFC 9112 6.3 item 5: a list of equal values counts as one; anything else but digits is invalid. */
function readContentLength(fields: Fields, view: DataView, start: number, end: number): void {
  let at = start;
  let value = -1;
  for (;;) {
    while (at < end && isBlank(view.getUint8(at))) at++;
    let number = -1;
    while (at < end && view.getUint8(at) >= 0x30 && view.getUint8(at) <= 0x39) {
      number = Math.max(number, 0) * 10 + view.getUint8(at) - 0x30;
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

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

function readConnection(fields: Fields, value: string): void {
  if (value.length === 10 && /^keep-alive$/i.test(value)) {
    fields.connectionKeepAlive = true;
    return;
  }
  for (const option of value.toLowerCase().split(',')) {
    const name = option.trim();
    if (name === 'close') fields.connectionClose = true;
    else if (name === 'keep-alive') fields.connectionKeepAlive = true;
    else if (name === 'upgrade') fields.connectionUpgrade = true;
  }
}

function readKeepAlive(fields: Fields, value: string): void {
  const timeout = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(value);
  const max = /(?:^|[\s,;])max\s*=\s*"?(\d{1,9})/i.exec(value);
  if (timeout !== null) fields.keepAliveTimeout = Number(timeout[1]);
  if (max !== null) fields.keepAliveMax = Number(max[1]);
}
