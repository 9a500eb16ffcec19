// What nearly all connections and reuses tell of their client, as a row of numbers for each pair of client and server.
// There are many clients, each is met rarely, and each object on the way to what is known of it would be one more that
// is not in the processor's cache. Rows are moved to the clients' own records when somebody wants to read those.
import type { Memory } from '../base/plain-memory.ts';
import * as row from './count-layout.ts';
import { LongestReuses } from './longest-reuses.ts';
import type { ClientObservations, Observed, ServerObservations } from './server-observations.ts';

/** Streams and frames are kept in 32 bits. */
export const LAST_OF_ROW = row.NO_STREAM - 1;

const ROOMS_AT_ONCE = 64;

export class PairRows {
  private readonly memory: Memory;
  private readonly longest: LongestReuses;
  /** The word that tells the place of a spare room; see SPARE_ROOM. */
  private readonly spareRoom: number;
  /** Of the rows, by the pairs' numbers. None is ever given back. */
  private readonly places: number[] = [];

  /** `isShared`: the kernel counts in the rows, too. */
  constructor(memory: Memory, isShared: boolean) {
    this.memory = memory;
    this.longest = new LongestReuses(memory, row.LONGEST_KEPT);
    this.spareRoom = isShared ? row.SPARE_ROOM : memory.take(4) >> 2;
    this.memory.words[this.spareRoom] = 0;
  }

  placeOf(number: number): number {
    return this.places[number]!;
  }

  numberAt(place: number): number {
    return this.memory.words[place + row.NUMBER]!;
  }

  /** A row for the next pair. `isFollowed`: its client is, and its longest reuses are wanted. */
  add(isFollowed: boolean, server: ServerObservations): void {
    const at = this.memory.take(row.PAIR_STRIDE * 4) >> 2;
    const { words, doubles } = this.memory;
    words[at + row.NUMBER] = this.places.push(at) - 1;
    words[at + row.REUSES] = 0;
    words[at + row.AGENT_STREAM] = isFollowed ? row.NO_STREAM : -1;
    words[at + row.SERVER] = server.row;
    words[at + row.LONGEST] = -1;
    doubles[(at + row.COUNTED_FOR_CLIENT) >> 1] = isFollowed ? -1 : Infinity;
    this.empty(at);
  }

  private empty(at: number): void {
    const { words, doubles } = this.memory;
    words[at + row.CONNECTIONS] = 0;
    words[at + row.FIRST_STREAM] = row.NO_STREAM;
    words[at + row.CLOSES] = 0;
    words[at + row.SINGLES] = 0;
    words[at + row.AGENT] = 0;
    words[at + row.UNFINISHED] = 0;
    doubles[(at + row.CLIENT_HALF) >> 1] = NaN;
    doubles[(at + row.SERVER_HALF) >> 1] = NaN;
    doubles[(at + row.LONGEST_WAIT) >> 1] = 0;
    doubles[(at + row.BUSY) >> 1] = 0;
  }

  /** Takes a reuse, and returns the histogram that counts it for the server; -1: the server is to look at it. */
  addReuse(number: number, duration: number, stream: number, afterFrame: number, frame: number, time: number): number {
    const { words, doubles } = this.memory;
    const at = this.places[number]!;
    words[at + row.REUSES]!++;
    if (duration > doubles[(at + row.COUNTED_FOR_CLIENT) >> 1]!) {
      if (words[at + row.LONGEST]! < 0) this.makeRoom(at);
      // The memory may have grown.
      const room = this.memory.words[at + row.LONGEST]!;
      this.longest.keep(room, duration, stream, afterFrame, frame, time);
      this.memory.doubles[(at + row.COUNTED_FOR_CLIENT) >> 1] = this.longest.shortestAt(room);
    }
    const server = words[at + row.SERVER]!;
    const isOnlyCounted = !(duration > this.memory.doubles[(server + row.COUNTED_FOR_SERVER) >> 1]!);
    return isOnlyCounted ? this.memory.words[server + row.HISTOGRAM]! : -1;
  }

  private makeRoom(at: number): void {
    if (this.memory.words[this.spareRoom] === 0) this.makeRooms();
    const { words } = this.memory;
    const room = words[this.spareRoom]!;
    words[this.spareRoom] = words[room + row.NEXT_ROOM]!;
    words[at + row.LONGEST] = room;
  }

  /** Rooms for the longest reuses of more clients. */
  makeRooms(): void {
    const { words: size } = this.longest;
    const first = this.memory.take(ROOMS_AT_ONCE * size * 4) >> 2;
    // The memory may have grown.
    const { words } = this.memory;
    for (let room = first; room < first + ROOMS_AT_ONCE * size; room += size) {
      this.longest.begin(room);
      words[room + row.NEXT_ROOM] = words[this.spareRoom]!;
      words[this.spareRoom] = room;
    }
  }

  /** The name of the pair's client need only be read from connections before `stream`. */
  agentKnown(number: number, stream: number): void {
    this.memory.words[this.places[number]! + row.AGENT_STREAM] = Math.min(stream, row.NO_STREAM);
  }

  countClose(number: number): void {
    this.memory.words[this.places[number]! + row.CLOSES]!++;
  }

  countUnfinished(number: number): void {
    this.memory.words[this.places[number]! + row.UNFINISHED]!++;
  }

  /** Takes a connection that ended in order. Returns true when it may tell the client's name better than others did. */
  note(number: number, history: Observed): boolean {
    const { words, doubles } = this.memory;
    const at = this.places[number]!;
    const { stream, clientHalf, serverHalf, lastWait = NaN } = history;
    words[at + row.CONNECTIONS]!++;
    if (stream < words[at + row.FIRST_STREAM]!) words[at + row.FIRST_STREAM] = stream;
    const clientAt = (at + row.CLIENT_HALF) >> 1;
    if (!(clientHalf >= doubles[clientAt]!) && !Number.isNaN(clientHalf)) doubles[clientAt] = clientHalf;
    const serverAt = (at + row.SERVER_HALF) >> 1;
    if (!(serverHalf >= doubles[serverAt]!) && !Number.isNaN(serverHalf)) doubles[serverAt] = serverHalf;
    if (lastWait > doubles[(at + row.LONGEST_WAIT) >> 1]!) doubles[(at + row.LONGEST_WAIT) >> 1] = lastWait;
    if (history.exchangeCount === 1 && history.closedBy !== 'open') this.noteSingle(at, history);
    return stream < words[at + row.AGENT_STREAM]!;
  }

  private noteSingle(at: number, { stream, firstFrame, openTime, lastResponseEnd = NaN }: Observed): void {
    const busy = Math.max(0, lastResponseEnd - openTime);
    if (Number.isNaN(busy)) return;
    const { words, doubles } = this.memory;
    const count = words[at + row.SINGLES]!++;
    doubles[(at + row.BUSY) >> 1]! += busy;
    if (count === 0 || stream < words[at + row.FIRST_SINGLE_STREAM]!) {
      words[at + row.FIRST_SINGLE_STREAM] = stream;
      words[at + row.FIRST_SINGLE_FRAME] = firstFrame;
      doubles[(at + row.FIRST_SINGLE_TIME) >> 1] = openTime;
    }
    if (count === 0 || stream > words[at + row.LAST_SINGLE_STREAM]!) {
      words[at + row.LAST_SINGLE_STREAM] = stream;
      words[at + row.LAST_SINGLE_FRAME] = firstFrame;
      doubles[(at + row.LAST_SINGLE_TIME) >> 1] = openTime;
    }
  }

  /** Connections of clients that are not followed, of which nothing else is wanted. They are not counted any more. */
  takeConnections(number: number): number {
    const { words } = this.memory;
    const at = this.places[number]! + row.CONNECTIONS;
    const count = words[at]!;
    words[at] = 0;
    return count;
  }

  /** Connections that it took, since it was moved the last time. */
  connectionsOf(number: number): number {
    return this.memory.words[this.places[number]! + row.CONNECTIONS]!;
  }

  /** Adds what the row tells to the client's record, and takes it out of the row. */
  moveTo(number: number, client: ClientObservations, names: readonly string[]): void {
    this.addTo(number, client, names);
    this.empty(this.places[number]!);
  }

  /** Adds what the row tells to a record of its client. `names`: see ConnectionObserver. */
  addTo(number: number, client: ClientObservations, names: readonly string[]): void {
    const { words, doubles } = this.memory;
    const at = this.places[number]!;
    if (client.reuses !== words[at + row.REUSES]) {
      client.reuses = words[at + row.REUSES]!;
      client.longestReuses = this.longest.at(words[at + row.LONGEST]!);
    }
    if (words[at + row.CONNECTIONS] === 0) return;
    client.connections += words[at + row.CONNECTIONS]!;
    client.firstStream = Math.min(client.firstStream, words[at + row.FIRST_STREAM]!);
    client.clientCloseCount += words[at + row.CLOSES]!;
    client.unfinished += words[at + row.UNFINISHED]!;
    client.noteHalves(doubles[(at + row.CLIENT_HALF) >> 1]!, doubles[(at + row.SERVER_HALF) >> 1]!);
    client.noteWait(doubles[(at + row.LONGEST_WAIT) >> 1]!);
    if (words[at + row.AGENT]! > 0) {
      client.noteUserAgent({ userAgent: names[words[at + row.AGENT]!]!, stream: words[at + row.AGENT_STREAM]! });
    }
    if (words[at + row.SINGLES]! > 0) {
      const singles = client.singles();
      singles.add(words[at + row.SINGLES]!, doubles[(at + row.BUSY) >> 1]!);
      singles.note(
        words[at + row.FIRST_SINGLE_STREAM]!,
        words[at + row.FIRST_SINGLE_FRAME]!,
        doubles[(at + row.FIRST_SINGLE_TIME) >> 1]!,
      );
      singles.note(
        words[at + row.LAST_SINGLE_STREAM]!,
        words[at + row.LAST_SINGLE_FRAME]!,
        doubles[(at + row.LAST_SINGLE_TIME) >> 1]!,
      );
    }
  }
}
