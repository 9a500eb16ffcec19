// What nearly all connections and reuses tell of their client, as a row of numbers for each pair of client and server.
// There are many clients, each is met rarely, and each object on the way to what is known of it would be one more that
// is not in the processor's cache. Rows are moved to the clients' own records when somebody wants to read those.
import type { Memory } from '../base/plain-memory.ts';
import * as row from './count-layout.ts';
import { EarliestCloses } from './earliest-closes.ts';
import { LongestReuses } from './longest-reuses.ts';
import type {
  ClientNotes,
  ClientObservations,
  IdleClose,
  Observed,
  ServerObservations,
} from './server-observations.ts';

/** Streams and frames are kept in 32 bits. */
export const LAST_OF_ROW = row.NO_STREAM - 1;

const ROOMS_AT_ONCE = 64;

export class PairRows {
  private readonly memory: Memory;
  private readonly longest: LongestReuses;
  private readonly closes: EarliestCloses;
  private readonly row: PairRow;
  /** The word that tells the place of a spare room; see SPARE_ROOM. */
  private readonly spareRoom: number;
  /** Of the rows, by the pairs' numbers. None is ever given back. */
  private readonly places: number[] = [];
  /** The clients' names in User-Agent, by the pairs' numbers, where the kernel did not read them; '': it did, or there is none. */
  private readonly agents: string[] = [];

  /** `isShared`: the kernel counts in the rows, too. */
  constructor(memory: Memory, isShared: boolean) {
    this.memory = memory;
    this.longest = new LongestReuses(memory, row.LONGEST_KEPT);
    this.closes = new EarliestCloses(memory);
    this.row = new PairRow(memory, this.closes, this.agents);
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
    this.agents.push('');
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
    words[at + row.SERVER_CLOSES] = 0;
    words[at + row.EARLIEST_CLOSE] = row.NO_CLOSE;
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

  /** The row of a pair, until the next one is asked for. */
  rowOf(number: number): PairRow {
    this.row.number = number;
    this.row.at = this.places[number]!;
    return this.row;
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
    const at = this.places[number]!;
    this.closes.clear(this.memory.words[at + row.EARLIEST_CLOSE]!);
    this.empty(at);
    this.agents[number] = '';
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
    const agent = words[at + row.AGENT]!;
    const userAgent = agent > 0 ? names[agent]! : this.agents[number]!;
    client.noteUserAgent({ userAgent, stream: words[at + row.AGENT_STREAM]! });
    const closes = this.closes.at(words[at + row.EARLIEST_CLOSE]!);
    for (const close of closes) client.addServerClose(close);
    // Of the others nothing is known any more but that they were.
    client.serverCloseCount += words[at + row.SERVER_CLOSES]! - closes.length;
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

/** What a connection tells of its client goes into a row like this, if its numbers fit in there. */
class PairRow implements ClientNotes {
  number = 0;
  at = 0;
  private readonly memory: Memory;
  private readonly closes: EarliestCloses;
  private readonly agents: string[];

  constructor(memory: Memory, closes: EarliestCloses, agents: string[]) {
    this.memory = memory;
    this.closes = closes;
    this.agents = agents;
  }

  noteConnection({ stream, clientHalf, serverHalf, userAgent }: Observed): void {
    const { words, doubles } = this.memory;
    const { at } = this;
    words[at + row.CONNECTIONS]!++;
    if (stream < words[at + row.FIRST_STREAM]!) words[at + row.FIRST_STREAM] = stream;
    const clientAt = (at + row.CLIENT_HALF) >> 1;
    if (!(clientHalf >= doubles[clientAt]!) && !Number.isNaN(clientHalf)) doubles[clientAt] = clientHalf;
    const serverAt = (at + row.SERVER_HALF) >> 1;
    if (!(serverHalf >= doubles[serverAt]!) && !Number.isNaN(serverHalf)) doubles[serverAt] = serverHalf;
    if (userAgent === '' || stream >= words[at + row.AGENT_STREAM]!) return;
    words[at + row.AGENT_STREAM] = stream;
    words[at + row.AGENT] = 0;
    this.agents[this.number] = userAgent;
  }

  noteWait(wait: number): void {
    const { doubles } = this.memory;
    const longest = (this.at + row.LONGEST_WAIT) >> 1;
    if (wait > doubles[longest]!) doubles[longest] = wait;
  }

  addSingle(stream: number, firstFrame: number, opened: number, usable: number): void {
    const busy = Math.max(0, usable - opened);
    if (Number.isNaN(busy)) return;
    const { words, doubles } = this.memory;
    const { at } = this;
    const count = words[at + row.SINGLES]!++;
    doubles[(at + row.BUSY) >> 1]! += busy;
    if (count === 0 || stream < words[at + row.FIRST_SINGLE_STREAM]!) {
      words[at + row.FIRST_SINGLE_STREAM] = stream;
      words[at + row.FIRST_SINGLE_FRAME] = firstFrame;
      doubles[(at + row.FIRST_SINGLE_TIME) >> 1] = opened;
    }
    if (count === 0 || stream > words[at + row.LAST_SINGLE_STREAM]!) {
      words[at + row.LAST_SINGLE_STREAM] = stream;
      words[at + row.LAST_SINGLE_FRAME] = firstFrame;
      doubles[(at + row.LAST_SINGLE_TIME) >> 1] = opened;
    }
  }

  countClientClose(): void {
    this.memory.words[this.at + row.CLOSES]!++;
  }

  countUnfinished(): void {
    this.memory.words[this.at + row.UNFINISHED]!++;
  }

  addServerClose(close: IdleClose): void {
    this.memory.words[this.at + row.SERVER_CLOSES]!++;
    const first = this.closes.keep(this.memory.words[this.at + row.EARLIEST_CLOSE]!, close);
    // The memory may have grown.
    this.memory.words[this.at + row.EARLIEST_CLOSE] = first;
  }
}
