// Takes note of a connection that ended in order, as src/timeouts/server-observations.ts does.
import * as row from '../src/http/quiet-layout.ts';
import * as count from '../src/timeouts/count-layout.ts';
import { SHORTEST_CLIENT_TIMEOUT } from '../src/timeouts/count-layout.ts';
import { double, setDouble, setWord, word } from './memory';

/** Addresses of how many connections were noted, and their exchanges (a double). See kernel.ts. */
const CONNECTIONS: i32 = 128;
const EXCHANGES: i32 = 136;

export function beginCount(): void {
  store<i32>(CONNECTIONS, 0);
  store<f64>(EXCHANGES, 0);
}

/** Returns false when the connection in the row is not taken note of: the program is to look at it. */
export function noteEnded(place: i32): bool {
  const pair = word(place, row.PAIR_COUNTS);
  const exchange = word(place, row.CURRENT);
  if (pair === 0 || exchange < 0) return false;
  const server = word(pair, count.SERVER);
  const stream = word(place, row.STREAM);
  const exchanges = word(place, row.EXCHANGES);
  if (tellsMore(place, server, exchange, stream)) return false;
  readTimes(place, exchange);
  if (idle - (clientHalf > 0 ? clientHalf : 0) > SHORTEST_CLIENT_TIMEOUT) return false;

  store<i32>(CONNECTIONS, load<i32>(CONNECTIONS) + 1);
  store<f64>(EXCHANGES, load<f64>(EXCHANGES) + <f64>exchanges);
  noteForServer(server, stream, <f64>exchanges);
  noteForClient(pair, stream, word(place, row.USER_AGENT));
  const busy = max<f64>(0, double(place, row.FIN_TIME) - idle - opened);
  if (exchanges === 1 && !isNaN(busy)) noteSingle(place, pair, stream, busy);
  return true;
}

// Of the connection (ns): when it was opened, its round trip and the two halves of that, its age when it was used last, how long
// its client waited then, whether and how long it was idle before it closed. NaN: not known.
let opened: f64 = NaN;
let roundTrip: f64 = NaN;
let clientHalf: f64 = NaN;
let serverHalf: f64 = NaN;
let age: f64 = NaN;
let wait: f64 = NaN;
let wasIdle: bool = false;
let idle: f64 = NaN;

function readTimes(place: i32, exchange: i32): void {
  opened = double(place, row.SYN_TIME);
  const handshake = double(place, row.HANDSHAKE_ACK_TIME) - opened;
  roundTrip = handshake >= 0 ? handshake : NaN;
  serverHalf = min<f64>(max<f64>(0, double(place, row.SYN_ACK_TIME) - opened), roundTrip);
  clientHalf = roundTrip - serverHalf;
  const responseStart = double(exchange + row.RESPONSE, row.START_TIME);
  const hidden = isNaN(roundTrip) ? 0 : roundTrip + (serverHalf > 0 ? serverHalf : 0);
  age = responseStart - opened - hidden;
  wait = responseStart - double(exchange + row.REQUEST, row.END_TIME);
  wasIdle = word(place, row.GAP_END_FRAME) !== 0 && (word(place, row.STATE) & row.GAP_ENDED_BY_FIN) !== 0;
  idle = wasIdle ? double(place, row.GAP_DURATION) : NaN;
}

function noteForServer(server: i32, stream: i32, exchanges: f64): void {
  addTo(server, count.SERVER_CONNECTIONS);
  setDouble(server, count.SERVER_EXCHANGES, double(server, count.SERVER_EXCHANGES) + exchanges);
  keepLargest(server + count.MOST_EXCHANGES, exchanges);
  keepLargest(server + count.LONGEST_AGES, age);
  if (stream < word(server, count.SERVER_FIRST_STREAM)) setWord(server, count.SERVER_FIRST_STREAM, stream);
  lower(server, count.ROUND_TRIP, roundTrip);
  lower(server, count.LEAST_CLIENT_HALF, clientHalf);
  lower(server, count.LEAST_SERVER_HALF, serverHalf);
  if (wasIdle) addTo(server, count.SERVER_CLIENT_CLOSES);
}

function noteForClient(pair: i32, stream: i32, userAgent: i32): void {
  addTo(pair, count.CONNECTIONS);
  if (stream < word(pair, count.FIRST_STREAM)) setWord(pair, count.FIRST_STREAM, stream);
  lower(pair, count.CLIENT_HALF, clientHalf);
  lower(pair, count.SERVER_HALF, serverHalf);
  if (wait > double(pair, count.LONGEST_WAIT)) setDouble(pair, count.LONGEST_WAIT, wait);
  if (wasIdle) addTo(pair, count.CLOSES);
  if (userAgent !== 0 && stream < word(pair, count.AGENT_STREAM)) {
    setWord(pair, count.AGENT_STREAM, stream);
    setWord(pair, count.AGENT, userAgent);
  }
}

/** It may tell the server's name, or its Keep-Alive, better than others did. */
function tellsMore(place: i32, server: i32, exchange: i32, stream: i32): bool {
  if (word(place, row.PRODUCT) !== 0 && stream < word(server, count.PRODUCT_STREAM)) return true;
  if (stream >= word(server, count.HINT_STREAM)) return false;
  const isListed = (word(exchange + row.RESPONSE, row.ABOUT) & row.KEEP_ALIVE_LISTED) !== 0;
  return isListed && word(exchange, row.KEEP_ALIVE_TIMEOUT) > 0;
}

function noteSingle(place: i32, pair: i32, stream: i32, busy: f64): void {
  const singles = word(pair, count.SINGLES);
  setWord(pair, count.SINGLES, singles + 1);
  setDouble(pair, count.BUSY, double(pair, count.BUSY) + busy);
  const frame = word(place, row.FIRST_FRAME);
  if (singles === 0 || stream < word(pair, count.FIRST_SINGLE_STREAM)) {
    setWord(pair, count.FIRST_SINGLE_STREAM, stream);
    setWord(pair, count.FIRST_SINGLE_FRAME, frame);
    setDouble(pair, count.FIRST_SINGLE_TIME, opened);
  }
  if (singles === 0 || stream > word(pair, count.LAST_SINGLE_STREAM)) {
    setWord(pair, count.LAST_SINGLE_STREAM, stream);
    setWord(pair, count.LAST_SINGLE_FRAME, frame);
    setDouble(pair, count.LAST_SINGLE_TIME, opened);
  }
}

/** Puts a value into the list of the largest ones, if it is one of them. */
function keepLargest(list: i32, value: f64): void {
  let place = list + 2 * (count.LARGEST_KEPT - 1);
  if (!(value > double(place, 0))) return;
  for (; place > list && double(place, -2) < value; place -= 2) setDouble(place, 0, double(place, -2));
  setDouble(place, 0, value);
}

function addTo(place: i32, at: i32): void {
  setWord(place, at, word(place, at) + 1);
}

/** The least of what was seen; NaN stands for nothing. */
function lower(place: i32, at: i32, value: f64): void {
  if (!isNaN(value) && !(value >= double(place, at))) setDouble(place, at, value);
}
