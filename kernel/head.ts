// Reads the header fields that matter, as src/http/fields.ts does. A value in any but its usual form is odd: then nothing
// is decided here.
import { hashBytes } from './hash';
import { beforeBlanks, behindBlanks, isBlank, isDigit } from './scan';

/** Of the head that was read last. -1: absent. */
export let contentLength: i64 = -1;
export let isChunked: bool = false;
export let closes: bool = false;
export let keepsAlive: bool = false;
export let keepAliveTimeout: i32 = -1;
export let keepAliveMax: i32 = -1;
export let requestId: i32 = 0;
export let traceId: i32 = 0;
/** Where values of names begin and end; both 0 when absent. */
export let userAgentStart: i32 = 0;
export let userAgentEnd: i32 = 0;
export let hostStart: i32 = 0;
export let hostEnd: i32 = 0;
export let serverStart: i32 = 0;
export let serverEnd: i32 = 0;

/** The head does not end here, or something in it is odd. */
export const ODD: i32 = -1;

// Sets the bit that makes letters lower case; '-', ':' and digits have it already. Names are compared in words of eight
// and four letters, the last of which overlap.
const LOWER4: i32 = 0x20202020;
const LOWER8: i64 = 0x2020202020202020;

function lower4(address: i32): i32 {
  return load<i32>(address) | LOWER4;
}

function lower8(address: i32): i64 {
  return load<i64>(address) | LOWER8;
}

/** Reads field lines from `start` on, and returns where the body begins, or ODD. */
export function readHead(start: i32, end: i32, isRequest: bool, wantsNames: bool): i32 {
  contentLength = -1;
  isChunked = false;
  closes = false;
  keepsAlive = false;
  keepAliveTimeout = -1;
  keepAliveMax = -1;
  requestId = 0;
  traceId = 0;
  userAgentStart = 0;
  userAgentEnd = 0;
  hostStart = 0;
  hostEnd = 0;
  serverStart = 0;
  serverEnd = 0;
  let line = start;
  for (let at = start; at < end; at += 64) {
    // A bit for each line feed in these 64 bytes. What is read beyond the end lies in the same memory, and is cut off.
    let lineFeeds =
      <i64>feedsIn(at) |
      ((<i64>feedsIn(at + 16)) << 16) |
      ((<i64>feedsIn(at + 32)) << 32) |
      ((<i64>feedsIn(at + 48)) << 48);
    if (end - at < 64) lineFeeds &= ((<i64>1) << (end - at)) - 1;
    for (; lineFeeds !== 0; lineFeeds &= lineFeeds - 1) {
      const lineFeed = at + <i32>ctz<i64>(lineFeeds);
      const lineEnd = lineFeed > line && load<u8>(lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed;
      if (lineEnd === line) return lineFeed + 1;
      // Of nearly all other fields the first letter tells that they do not matter.
      const first = load<u8>(line);
      if (((WANTED >>> (first & 0x1f)) & 1) !== 0) {
        // A blank continues the line before it (RFC 9112 5.2).
        if (first <= 0x20) return ODD;
        if (lineEnd - line > 4 && !readField(line, lineEnd, isRequest, wantsNames)) return ODD;
      }
      line = lineFeed + 1;
    }
  }
  return ODD;
}

function feedsIn(address: i32): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(address), i8x16.splat(0x0a)));
}

/** First letters of the fields below, and the two blanks: a bit for each, by its place in the alphabet. */
const WANTED: i32 =
  (1 << 0) | (1 << 9) | (1 << 3) | (1 << 5) | (1 << 8) | (1 << 11) | (1 << 19) | (1 << 20) | (1 << 21) | (1 << 24); // blanks, c e h k s t u x

function hasColon(address: i32): bool {
  return load<u8>(address) === 0x3a;
}

/** False: it is odd, as blanks before a colon are. */
function readField(line: i32, end: i32, isRequest: bool, wantsNames: bool): bool {
  const length = end - line;
  switch (lower4(line)) {
    case 0x746e6f63: // cont
      if (length < 15 || lower8(line) !== 0x2d746e65746e6f63 || lower8(line + 6) !== 0x6874676e656c2d74) return true;
      if (!hasColon(line + 14)) return !isBlank(load<u8>(line + 14));
      return readContentLength(line + 15, end);
    case 0x6e6e6f63: // conn
      if (length < 11 || lower8(line) !== 0x697463656e6e6f63 || lower4(line + 6) !== 0x6e6f6974) return true;
      if (!hasColon(line + 10)) return !isBlank(load<u8>(line + 10));
      return readConnection(line + 11, end);
    case 0x6e617274: // tran
      if (
        length < 18 ||
        lower8(line) !== 0x726566736e617274 ||
        lower8(line + 8) !== 0x6e69646f636e652d ||
        lower4(line + 13) !== 0x676e6964
      ) {
        return true;
      }
      if (!hasColon(line + 17)) return !isBlank(load<u8>(line + 17));
      return readTransferEncoding(line + 18, end);
    case 0x7065656b: // keep
      if (length < 11 || lower8(line) !== 0x696c612d7065656b || lower4(line + 6) !== 0x6576696c) return true;
      if (!hasColon(line + 10)) return !isBlank(load<u8>(line + 10));
      return readKeepAlive(line + 11, end);
    case 0x65707865: // expe
      return length < 7 || lower4(line + 3) !== 0x3a746365;
    case 0x72677075: // upgr
      return length < 8 || lower8(line) !== 0x3a65646172677075;
    case 0x72657375: // user
      if (wantsNames && length >= 11 && lower8(line) === 0x6567612d72657375 && lower4(line + 7) === 0x3a746e65) {
        userAgentStart = line + 11;
        userAgentEnd = end;
      }
      return true;
    case 0x74736f68: // host
      if (wantsNames && lower4(line + 1) === 0x3a74736f) {
        hostStart = line + 5;
        hostEnd = end;
      }
      return true;
    case 0x76726573: // serv
      if (wantsNames && length >= 7 && lower4(line + 3) === 0x3a726576) {
        serverStart = line + 7;
        serverEnd = end;
      }
      return true;
    case 0x65722d78: // x-re
      if (isRequest && length >= 13 && lower8(line) === 0x7365757165722d78 && lower8(line + 5) === 0x3a64692d74736575) {
        const value = behindBlanks(line + 13, end);
        const valueEnd = beforeBlanks(value, end);
        requestId = valueEnd > value ? hashBytes(value, valueEnd) : 0;
      }
      return true;
    case 0x63617274: // trac
      if (isRequest && length >= 12 && lower8(line) === 0x7261706563617274 && lower4(line + 8) === 0x3a746e65) {
        const value = behindBlanks(line + 12, end);
        traceId = end - value >= 35 ? hashBytes(value + 3, value + 35) : 0;
      }
      return true;
    default:
      return true;
  }
}

/** The number at `digits`, of at most `most` digits; `digitsEnd` is behind it. -1: none, or it is longer. */
function readNumber(digits: i32, end: i32, most: i32): i64 {
  let at = digits;
  let value: i64 = 0;
  while (at < end && isDigit(load<u8>(at))) {
    if (at - digits === most) return -1;
    value = value * 10 + (load<u8>(at) - 0x30);
    at++;
  }
  digitsEnd = at;
  return at > digits ? value : -1;
}
let digitsEnd: i32 = 0;

function readContentLength(start: i32, end: i32): bool {
  const value = readNumber(behindBlanks(start, end), end, 15);
  if (value < 0 || behindBlanks(digitsEnd, end) !== end) return false;
  if (contentLength >= 0 && contentLength !== value) return false;
  contentLength = value;
  return true;
}

function readConnection(start: i32, end: i32): bool {
  const value = behindBlanks(start, end);
  if (end - value === 10 && lower8(value) === 0x696c612d7065656b && lower4(value + 6) === 0x6576696c) {
    keepsAlive = true;
    return true;
  }
  if (end - value === 5 && lower4(value) === 0x736f6c63 && lower4(value + 1) === 0x65736f6c) {
    closes = true;
    return true;
  }
  return false;
}

function readTransferEncoding(start: i32, end: i32): bool {
  const value = behindBlanks(start, end);
  isChunked =
    beforeBlanks(value, end) - value === 7 && lower4(value) === 0x6e756863 && lower4(value + 3) === 0x64656b6e;
  return isChunked;
}

/** `timeout=5` or `timeout=5, max=100`. */
function readKeepAlive(start: i32, end: i32): bool {
  const value = behindBlanks(start, end);
  if (end - value < 9 || lower8(value) !== 0x3d74756f656d6974) return false;
  const timeout = readNumber(value + 8, end, 9);
  if (timeout < 0) return false;
  keepAliveTimeout = <i32>timeout;
  keepAliveMax = -1;
  if (digitsEnd === end) return true;
  if (load<u8>(digitsEnd) !== 0x2c) return false;
  const second = behindBlanks(digitsEnd + 1, end);
  if (end - second < 5 || lower4(second) !== 0x3d78616d) return false;
  keepAliveMax = <i32>readNumber(second + 4, end, 9);
  return keepAliveMax >= 0 && digitsEnd === end;
}
