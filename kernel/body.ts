// Counts the bodies of messages, as src/http/message-framer.ts does.
import { MAX_HEAD_BYTES } from '../src/http/limits.ts';
import { CHUNK_DATA, CHUNK_END, CHUNK_SIZE, TRAILER } from '../src/http/quiet-layout.ts';
import { lineFeedIn } from './scan';

/** Bytes of the body or chunk that are still to come; in a trailer, its bytes so far. */
export let remaining: f64 = 0;
/** Body bytes of the latest scan. */
export let scanned: i32 = 0;
/** What comes next of a chunked body. */
export let chunkState: i32 = 0;

/**
 * The line of a chunked body that a segment border splits: up to seven bytes of it, the first one lowest, and in the highest
 * byte how many they are. 0: none.
 */
export let part: i64 = 0;
const MOST_OF_PART: i32 = 7;
/** As many bytes of a segment can be put behind such a part. */
const MOST_BEHIND_PART: i32 = 16;
/** Where such a line is put together. See kernel.ts. */
const LINE: i32 = 32;

/** The body goes on in another segment. */
export const NOT_OVER: i32 = 0;
export const OVER: i32 = 1;
/** What follows is not the plain end of a segment, or cannot be told. */
export const NOT_PLAIN: i32 = -1;

export function begin(expected: f64, state: i32, begunLine: i64): void {
  remaining = expected;
  scanned = 0;
  chunkState = state;
  part = begunLine;
}

export function scanAll(start: i32, end: i32): i32 {
  scanned = end - start;
  return NOT_OVER;
}

export function scanLength(start: i32, end: i32): i32 {
  const length = end - start;
  if (<f64>length > remaining) return NOT_PLAIN;
  scanned = length;
  remaining -= <f64>length;
  return remaining === 0 ? OVER : NOT_OVER;
}

export function scanChunks(start: i32, end: i32): i32 {
  let at = start;
  while (at < end) {
    if (chunkState === CHUNK_DATA) {
      const count = <i32>min<f64>(remaining, <f64>(end - at));
      at += count;
      scanned += count;
      remaining -= <f64>count;
      if (remaining === 0) chunkState = CHUNK_END;
      continue;
    }
    const lineFeed = lineFeedIn(at, end);
    if (lineFeed < 0) return keepPart(at, end) ? NOT_OVER : NOT_PLAIN;
    const before = lengthOfPart();
    if (before > 0 && lineFeed - at > MOST_BEHIND_PART) return NOT_PLAIN;
    const line = before > 0 ? joinPart(at) : at;
    const behind = line + before + (lineFeed - at);
    const lineEnd = behind > line && load<u8>(behind - 1) === 0x0d ? behind - 1 : behind;
    if (chunkState === CHUNK_SIZE) {
      const size = chunkSize(line, lineEnd);
      if (size < 0) return NOT_PLAIN;
      remaining = <f64>size;
      chunkState = size === 0 ? TRAILER : CHUNK_DATA;
    } else if (chunkState === CHUNK_END) {
      if (lineEnd !== line) return NOT_PLAIN;
      chunkState = CHUNK_SIZE;
    } else if (lineEnd === line) {
      remaining = 0;
      return lineFeed + 1 === end ? OVER : NOT_PLAIN;
    } else {
      remaining += <f64>(behind + 1 - line);
      if (remaining > <f64>MAX_HEAD_BYTES) return NOT_PLAIN;
    }
    at = lineFeed + 1;
  }
  return NOT_OVER;
}

function lengthOfPart(): i32 {
  return <i32>(part >>> 56);
}

/** Keeps the rest of a segment as (more of) a line; false: that is too long for it. */
function keepPart(from: i32, end: i32): bool {
  const before = lengthOfPart();
  const count = end - from;
  const length = before + count;
  if (length > MOST_OF_PART) return false;
  if (chunkState === TRAILER && remaining + <f64>length > <f64>MAX_HEAD_BYTES) return false;
  const bytes = load<i64>(from) & (((<i64>1) << (count << 3)) - 1);
  part = (part & 0x00ff_ffff_ffff_ffff) | (bytes << (before << 3)) | ((<i64>length) << 56);
  return true;
}

/** Puts what follows at `from` behind the kept part of the line, and returns where the line begins. */
function joinPart(from: i32): i32 {
  const length = lengthOfPart();
  store<i64>(LINE, part);
  v128.store(LINE + length, v128.load(from));
  part = 0;
  return LINE;
}

/** Hexadecimal digits, at most seven; blanks and an extension may stand behind them. -1: anything else. */
function chunkSize(start: i32, end: i32): i32 {
  let at = start;
  while (at < end && load<u8>(at) === 0x20) at++;
  const first = at;
  let size = 0;
  for (; at < end; at++) {
    const byte = <i32>load<u8>(at);
    const digit = byte - 0x30;
    const letter = (byte | 0x20) - 0x61;
    if (<u32>digit <= 9) size = size * 16 + digit;
    else if (<u32>letter <= 5) size = size * 16 + 10 + letter;
    else break;
    if (at - first === 7) return -1;
  }
  if (at === first) return -1;
  while (at < end && (load<u8>(at) === 0x20 || load<u8>(at) === 0x09)) at++;
  return at === end || load<u8>(at) === 0x3b ? size : -1;
}
