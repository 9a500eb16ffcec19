// Writes down requests, as src/history/recent-requests.ts does and in the same memory.
import * as recent from '../src/history/recent-layout.ts';
import { hashPair } from './hash';
import { double, setDouble, setWord, word } from './memory';
import * as segment from './segment';

/** The place of that memory; 0: somebody else remembers requests. */
let memory: i32 = 0;

export function setRecent(place: i32): void {
  memory = place;
}

/** `client`: a number for its address. Returns the number of the segment's request; -1: the program is to write it down. */
export function addRequest(client: i32, route: i32, length: f64, stream: i32): i32 {
  if (memory === 0) return -1;
  const count = double(memory, recent.COUNT);
  const capacity = word(memory, recent.CAPACITY);
  // There is to be more room first. And numbers are not to be greater than words hold.
  if (count >= <f64>0x7fffffff || (count === <f64>capacity && capacity < recent.RECENT_CAPACITY)) return -1;
  const number = <i32>count;
  const row = rowOf(number);
  setWord(row, recent.KEY, hashPair(client, route));
  setWord(row, recent.STREAM, stream);
  setWord(row, recent.DIGEST, 0);
  setDouble(row, recent.FRAME, <f64>segment.frame);
  setDouble(row, recent.TIME, segment.time);
  setDouble(row, recent.LENGTH, length);
  setDouble(memory, recent.COUNT, count + 1);
  return number;
}

/** The first bytes of the request's body are known. Returns false when the program is to write that down. */
export function bodyBegan(number: i32, digest: i32): bool {
  if (memory === 0 || number < 0) return false;
  if (double(memory, recent.COUNT) - <f64>number <= <f64>word(memory, recent.CAPACITY)) {
    setWord(rowOf(number), recent.DIGEST, digest);
  }
  return true;
}

function rowOf(number: i32): i32 {
  return word(memory, recent.ROWS) + (number & (word(memory, recent.CAPACITY) - 1)) * recent.STRIDE;
}
