// What nearly all connections and reuses tell of their client, as a row of numbers for each pair of client and server.
// There are many clients, each is met rarely, and each object on the way to what is known of it would be one more that
// is not in the processor's cache. Rows are moved to the clients' own records when somebody wants to read those.
import { RowList } from '../base/row-list.ts';
import type { ClientObservations, Observed, Reuse } from './server-observations.ts';

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
/** Where the client's longest reuses begin; -1 while there are none. */
const LONGEST = 11;
/** Doubles, nanoseconds. A reuse after a time that is not longer is only counted for the server. */
const COUNTED_FOR_SERVER = 12;
const CLIENT_HALF = 14;
const SERVER_HALF = 16;
const LONGEST_WAIT = 18;
const BUSY = 20;
const FIRST_SINGLE_TIME = 22;
const LAST_SINGLE_TIME = 24;
/** The same for the client. */
const COUNTED_FOR_CLIENT = 26;

/** Longest reuses of a client that are kept, in falling order. */
const LONGEST_KEPT = 4;
// Each is five doubles.
const DURATION = 0;
const REUSE_TIME = 1;
const REUSE_STREAM = 2;
const AFTER_FRAME = 3;
const REUSE_FRAME = 4;
const REUSE_DOUBLES = 5;
const LONGEST_DOUBLES = LONGEST_KEPT * REUSE_DOUBLES;

export class PairRows {
  /** None is ever given back: a pair's row stands where its number says. */
  private readonly rows = new RowList(STRIDE);
  private readonly longest = new RowList(LONGEST_DOUBLES * 2);

  /** A row for the next pair. `keepsReuses`: its client's longest ones are wanted. */
  add(keepsReuses: boolean): void {
    const at = this.rows.add();
    const { words, doubles } = this.rows;
    words[at + REUSES] = 0;
    words[at + HISTOGRAM] = -1;
    words[at + AGENT_STREAM] = NEVER;
    words[at + LONGEST] = -1;
    doubles[(at + COUNTED_FOR_SERVER) >> 1] = -1;
    doubles[(at + COUNTED_FOR_CLIENT) >> 1] = keepsReuses ? -1 : Infinity;
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

  /** Takes a reuse, and returns the histogram that counts it for the server; -1: the server is to look at it. */
  addReuse(number: number, duration: number, stream: number, afterFrame: number, frame: number, time: number): number {
    const { words, doubles } = this.rows;
    const at = number * STRIDE;
    words[at + REUSES]!++;
    if (duration > doubles[(at + COUNTED_FOR_CLIENT) >> 1]!) {
      this.keepReuse(at, duration, stream, afterFrame, frame, time);
    }
    return duration > doubles[(at + COUNTED_FOR_SERVER) >> 1]! ? -1 : words[at + HISTOGRAM]!;
  }

  private keepReuse(
    at: number,
    duration: number,
    stream: number,
    afterFrame: number,
    frame: number,
    time: number,
  ): void {
    if (this.rows.words[at + LONGEST]! < 0) this.rows.words[at + LONGEST] = this.noneYet();
    const { doubles } = this.longest;
    const first = this.rows.words[at + LONGEST]!;
    let place = first + LONGEST_DOUBLES - REUSE_DOUBLES;
    for (; place > first && doubles[place - REUSE_DOUBLES + DURATION]! < duration; place -= REUSE_DOUBLES) {
      for (let i = 0; i < REUSE_DOUBLES; i++) doubles[place + i] = doubles[place - REUSE_DOUBLES + i]!;
    }
    doubles[place + DURATION] = duration;
    doubles[place + REUSE_TIME] = time;
    doubles[place + REUSE_STREAM] = stream;
    doubles[place + AFTER_FRAME] = afterFrame;
    doubles[place + REUSE_FRAME] = frame;
    const shortest = doubles[first + LONGEST_DOUBLES - REUSE_DOUBLES + DURATION]!;
    this.rows.doubles[(at + COUNTED_FOR_CLIENT) >> 1] = shortest;
  }

  /** Room for reuses, without any: no duration is shorter than what stands for one that is missing. */
  private noneYet(): number {
    const first = this.longest.add() >> 1;
    for (let i = 0; i < LONGEST_KEPT; i++) this.longest.doubles[first + i * REUSE_DOUBLES + DURATION] = -1;
    return first;
  }

  private longestOf(at: number): Reuse[] {
    const { doubles } = this.longest;
    const first = this.rows.words[at + LONGEST]!;
    const reuses: Reuse[] = [];
    for (
      let place = first;
      place < first + LONGEST_DOUBLES && doubles[place + DURATION]! >= 0;
      place += REUSE_DOUBLES
    ) {
      reuses.push({
        duration: doubles[place + DURATION]!,
        stream: doubles[place + REUSE_STREAM]!,
        afterFrame: doubles[place + AFTER_FRAME]!,
        frame: doubles[place + REUSE_FRAME]!,
        time: doubles[place + REUSE_TIME]!,
      });
    }
    return reuses;
  }

  /** For the server, reuses after `duration` (ns) or less are only counted from now on: in its histogram, if it has one. */
  onlyCount(number: number, duration: number, histogram: number): void {
    const at = number * STRIDE;
    this.rows.words[at + HISTOGRAM] = histogram;
    this.rows.doubles[(at + COUNTED_FOR_SERVER) >> 1] = duration;
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
    if (client.reuses !== words[at + REUSES]) {
      client.reuses = words[at + REUSES]!;
      client.longestReuses = this.longestOf(at);
    }
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
