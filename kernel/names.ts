// Names in Host, User-Agent and Server, of which there are few and each comes again and again: their numbers are remembered
// by their bytes, so that nobody has to make a string of them.
import { hashBytes } from './hash';
import { nameOf } from './observer';
import { beforeBlanks, behindBlanks } from './scan';

/** Places for names that are remembered. A name has some of them by its hash, where others may take its place. */
const PLACES: i32 = 256;
const PLACES_OF_NAME: i32 = 4;
//  A place of 64 bytes: hash (never 0), length, number, and from byte 16 on the name.
const LENGTH: i32 = 4;
const NUMBER: i32 = 8;
const NAME: i32 = 16;
const LONGEST: i32 = 48;
const PLACE_BYTES: i32 = 64;

let places: i32 = 0;

/** Remembers no name, and those to come from `address` on: 16 KiB. */
export function setNames(address: i32): void {
  places = address;
  memory.fill(address, 0, PLACES * PLACE_BYTES);
}

/** The number of the name in [start, end), blanks around it set aside; 0: there is none; -1: there are too many. */
export function numberOfName(start: i32, end: i32): i32 {
  const first = behindBlanks(start, end);
  const last = beforeBlanks(first, end);
  const length = last - first;
  if (length === 0) return 0;
  // Where a long one is cut off is counted from its line's colon on.
  if (length > LONGEST) return nameOf(start, end);
  const hash = hashBytes(first, last);
  let place = 0;
  for (let i = 0; i < PLACES_OF_NAME; i++) {
    place = places + ((hash + i) & (PLACES - 1)) * PLACE_BYTES;
    const hashThere = load<i32>(place);
    if (hashThere === 0) break;
    if (hashThere === hash && load<i32>(place + LENGTH) === length && isSame(place + NAME, first, length)) {
      return load<i32>(place + NUMBER);
    }
  }
  const number = nameOf(first, last);
  if (number < 0) return number;
  store<i32>(place, hash);
  store<i32>(place + LENGTH, length);
  store<i32>(place + NUMBER, number);
  memory.copy(place + NAME, first, length);
  return number;
}

function isSame(a: i32, b: i32, length: i32): bool {
  let at = 0;
  for (; at + 8 <= length; at += 8) if (load<i64>(a + at) !== load<i64>(b + at)) return false;
  for (; at < length; at++) if (load<u8>(a + at) !== load<u8>(b + at)) return false;
  return true;
}
