// What the kernel tells the program around it is written down, and read when the kernel is done with its frames or the log
// is full: to call the program for each of it would take several times as long.
import * as entry from '../src/http/log-layout.ts';
import { LOGGED } from '../src/http/quiet-layout.ts';
import { setDouble, setWord, word } from './memory';
import { readLog } from './observer';
import * as segment from './segment';

/** Where the number of entries stands. See kernel.ts. */
const COUNT: i32 = 24;

/** The place of the first entry. */
let log: i32 = 0;
/** How often the log was read. */
let readings: i32 = 0;
/** The program wants to know of each connection that begins. */
let tellsOpened: bool = true;

/** `place`: of a row with room for all entries. */
export function setLog(place: i32): void {
  log = place;
}

export function setTellsOpened(tells: bool): void {
  tellsOpened = tells;
}

export function tellOpened(place: i32): void {
  if (tellsOpened) begin(entry.OPENED, place);
}

export function tellPaired(place: i32): void {
  begin(entry.PAIRED, place);
}

export function tellAsked(place: i32, exchange: i32, route: i32, length: f64): void {
  const at = begin(entry.ASKED, place);
  setWord(at, entry.EXCHANGE, exchange);
  setWord(at, entry.HASH, route);
  setDouble(at, entry.LENGTH, length);
  setDouble(at, entry.TIME, segment.time);
}

export function tellBodyBegan(place: i32, exchange: i32, digest: i32): void {
  const at = begin(entry.BODY_BEGAN, place);
  setWord(at, entry.EXCHANGE, exchange);
  setWord(at, entry.HASH, digest);
}

export function tellReused(place: i32, duration: f64, afterFrame: i32, requestFrame: i32, requestTime: f64): void {
  const at = begin(entry.REUSED, place);
  setDouble(at, entry.DURATION, duration);
  setWord(at, entry.AFTER_FRAME, afterFrame);
  setWord(at, entry.REQUEST_FRAME, requestFrame);
  setDouble(at, entry.TIME, requestTime);
}

export function tellEnded(place: i32): void {
  setDouble(begin(entry.ENDED, place), entry.TIME, segment.time);
}

export function tellClosed(place: i32): void {
  begin(entry.CLOSED, place);
}

/** Something that is still to be read is about this connection: its row must stay as it is. */
export function isWaiting(place: i32): bool {
  return load<i32>(COUNT) > 0 && word(place, LOGGED) === readings;
}

function begin(kind: i32, place: i32): i32 {
  let count = load<i32>(COUNT);
  if (count === entry.LOG_ENTRIES) {
    readLog();
    count = 0;
  }
  if (count === 0) readings++;
  setWord(place, LOGGED, readings);
  store<i32>(COUNT, count + 1);
  const at = log + count * entry.LOG_STRIDE;
  setWord(at, entry.KIND, kind);
  setWord(at, entry.PLACE, place);
  setWord(at, entry.FRAME, segment.frame);
  return at;
}
