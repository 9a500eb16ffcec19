// What nearly all connections and reuses tell of their client, as a row of numbers for each pair of client and server.
// There are many clients, each is met rarely, and each object on the way to what is known of it would be one more that
// is not in the processor's cache. Rows are moved to the clients' own records when somebody wants to read those.
import { RowList } from '../base/row-list.ts';
import type { ClientObservations, Observed } from './server-observations.ts';

/** Streams and frames are kept in 32 bits. */
export const LAST_OF_ROW = 0x7ffffffe;
const NEVER = 0x7fffffff;

// A row is 28 words of 32 bits; doubles begin at even places.
const STRIDE = 28;
const REUSES = 0;
/** Where the counts of the server's histogram begin; -1: it has none. */
const HISTOGRAM = 1;
const CONNECTIONS = 2;
const FIRST_STREAM = 3;
/** The connection that the known User-Agent was read from. */
const AGENT_STREAM = 4;
/** Closes of idle connections that tell no timeout. */
const CLOSES = 5;
/** Connections that were used once: see SingleUse. */
const SINGLES = 6;
const FIRST_SINGLE_STREAM = 7;
const FIRST_SINGLE_FRAME = 8;
const LAST_SINGLE_STREAM = 9;
const LAST_SINGLE_FRAME = 10;
/** Doubles, nanoseconds. Reuses after a time that is not longer are only counted. */
const ONLY_COUNTED = 12;
const CLIENT_HALF = 14;
const SERVER_HALF = 16;
const LONGEST_WAIT = 18;
const BUSY = 20;
const FIRST_SINGLE_TIME = 22;
const LAST_SINGLE_TIME = 24;

export class PairRows {
  /** None is ever given back: a pair's row stands where its number says. */
  private readonly rows = new RowList(STRIDE);

  /** A row for the next pair. */
  add(): void {
    const at = this.rows.add();
    this.rows.words[at + REUSES] = 0;
    this.rows.words[at + HISTOGRAM] = -1;
    this.rows.words[at + AGENT_STREAM] = NEVER;
    this.empty(at);
  }

  private empty(at: number): void {
    const { words, doubles } = this.rows;
    words[at + CONNECTIONS] = 0;
    words[at + FIRST_STREAM] = NEVER;
    words[at + CLOSES] = 0;
    words[at + SINGLES] = 0;
    doubles[(at + CLIENT_HALF) >> 1] = NaN;
    doubles[(at + SERVER_HALF) >> 1] = NaN;
    doubles[(at + LONGEST_WAIT) >> 1] = 0;
    doubles[(at + BUSY) >> 1] = 0;
  }

  /** Counts a reuse, and returns the histogram that it is to be counted in; -1: it is to be looked at. */
  countReuse(number: number, duration: number): number {
    const { words, doubles } = this.rows;
    const at = number * STRIDE;
    words[at + REUSES]!++;
    return duration > doubles[(at + ONLY_COUNTED) >> 1]! ? -1 : words[at + HISTOGRAM]!;
  }

  /** Reuses after `duration` (ns) or less are only counted from now on: in the server's histogram, if it has one. */
  onlyCount(number: number, duration: number, histogram: number): void {
    const at = number * STRIDE;
    this.rows.words[at + HISTOGRAM] = histogram;
    this.rows.doubles[(at + ONLY_COUNTED) >> 1] = duration;
  }

  /** The name of the pair's client need only be read from connections before `stream`. */
  agentKnown(number: number, stream: number): void {
    this.rows.words[number * STRIDE + AGENT_STREAM] = Math.min(stream, NEVER);
  }

  countClose(number: number): void {
    this.rows.words[number * STRIDE + CLOSES]!++;
  }

  /** Takes a connection that ended in order. Returns true when it may tell the client's name better than others did. */
  note(number: number, history: Observed): boolean {
    const { words, doubles } = this.rows;
    const at = number * STRIDE;
    const { stream, clientHalf, serverHalf, lastWait = NaN } = history;
    words[at + CONNECTIONS]!++;
    if (stream < words[at + FIRST_STREAM]!) words[at + FIRST_STREAM] = stream;
    const clientAt = (at + CLIENT_HALF) >> 1;
    if (!(clientHalf >= doubles[clientAt]!) && !Number.isNaN(clientHalf)) doubles[clientAt] = clientHalf;
    const serverAt = (at + SERVER_HALF) >> 1;
    if (!(serverHalf >= doubles[serverAt]!) && !Number.isNaN(serverHalf)) doubles[serverAt] = serverHalf;
    if (lastWait > doubles[(at + LONGEST_WAIT) >> 1]!) doubles[(at + LONGEST_WAIT) >> 1] = lastWait;
    if (history.exchangeCount === 1 && history.closedBy !== 'open') this.noteSingle(at, history);
    return stream < words[at + AGENT_STREAM]!;
  }

  private noteSingle(at: number, { stream, firstFrame, openTime, lastResponseEnd = NaN }: Observed): void {
    const busy = Math.max(0, lastResponseEnd - openTime);
    if (Number.isNaN(busy)) return;
    const { words, doubles } = this.rows;
    const count = words[at + SINGLES]!++;
    doubles[(at + BUSY) >> 1]! += busy;
    if (count === 0 || stream < words[at + FIRST_SINGLE_STREAM]!) {
      words[at + FIRST_SINGLE_STREAM] = stream;
      words[at + FIRST_SINGLE_FRAME] = firstFrame;
      doubles[(at + FIRST_SINGLE_TIME) >> 1] = openTime;
    }
    if (count === 0 || stream > words[at + LAST_SINGLE_STREAM]!) {
      words[at + LAST_SINGLE_STREAM] = stream;
      words[at + LAST_SINGLE_FRAME] = firstFrame;
      doubles[(at + LAST_SINGLE_TIME) >> 1] = openTime;
    }
  }

  /** Adds what the row tells to the client's record, and takes it out of the row. */
  moveTo(number: number, client: ClientObservations): void {
    const { words, doubles } = this.rows;
    const at = number * STRIDE;
    client.reuses = words[at + REUSES]!;
    if (words[at + CONNECTIONS] === 0) return;
    client.connections += words[at + CONNECTIONS]!;
    client.firstStream = Math.min(client.firstStream, words[at + FIRST_STREAM]!);
    client.clientCloseCount += words[at + CLOSES]!;
    client.noteHalves(doubles[(at + CLIENT_HALF) >> 1]!, doubles[(at + SERVER_HALF) >> 1]!);
    client.longestWait = Math.max(client.longestWait, doubles[(at + LONGEST_WAIT) >> 1]!);
    if (words[at + SINGLES]! > 0) {
      const singles = client.singles();
      singles.add(words[at + SINGLES]!, doubles[(at + BUSY) >> 1]!);
      singles.note(
        words[at + FIRST_SINGLE_STREAM]!,
        words[at + FIRST_SINGLE_FRAME]!,
        doubles[(at + FIRST_SINGLE_TIME) >> 1]!,
      );
      singles.note(
        words[at + LAST_SINGLE_STREAM]!,
        words[at + LAST_SINGLE_FRAME]!,
        doubles[(at + LAST_SINGLE_TIME) >> 1]!,
      );
    }
    this.empty(at);
  }
}
