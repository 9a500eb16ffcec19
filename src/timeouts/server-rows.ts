// What the kernel adds to a server for each connection that ended in order (kernel/ended.ts), as a row of numbers: it is moved
// to the server's own record when somebody wants to read that. And which of its reuses need only be counted.
import type { Memory } from '../base/plain-memory.ts';
import * as row from './count-layout.ts';
import type { ServerObservations } from './server-observations.ts';

export class ServerRows {
  private readonly memory: Memory;

  constructor(memory: Memory) {
    this.memory = memory;
  }

  /** The place of a row for another server. */
  begin(): number {
    const at = this.memory.take(row.SERVER_STRIDE * 4) >> 2;
    this.empty(at);
    this.onlyCount(at, -1, -1);
    return at;
  }

  /** Reuses after `duration` (ns) or less are only counted from now on: in its histogram, if it has one (-1: it has not). */
  onlyCount(at: number, duration: number, histogram: number): void {
    this.memory.words[at + row.HISTOGRAM] = histogram;
    this.memory.doubles[(at + row.COUNTED_FOR_SERVER) >> 1] = duration;
  }

  private empty(at: number): void {
    const { words, doubles } = this.memory;
    words[at + row.SERVER_CONNECTIONS] = 0;
    words[at + row.SERVER_FIRST_STREAM] = row.NO_STREAM;
    words[at + row.SERVER_CLIENT_CLOSES] = 0;
    // Nothing is less than what stands for a value that is missing.
    doubles.fill(0, (at + row.MOST_EXCHANGES) >> 1, (at + row.SERVER_STRIDE) >> 1);
    doubles[(at + row.SERVER_EXCHANGES) >> 1] = 0;
    doubles[(at + row.ROUND_TRIP) >> 1] = NaN;
    doubles[(at + row.LEAST_CLIENT_HALF) >> 1] = NaN;
    doubles[(at + row.LEAST_SERVER_HALF) >> 1] = NaN;
  }

  /** What a connection must tell for the server to look at it. */
  tell(at: number, { productStream, hintStream }: ServerObservations): void {
    const { words } = this.memory;
    words[at + row.PRODUCT_STREAM] = Math.min(productStream, row.NO_STREAM);
    words[at + row.HINT_STREAM] = Math.min(hintStream, row.NO_STREAM);
  }

  /** Adds what the row tells to the server's record, and takes it out of the row. */
  moveTo(at: number, server: ServerObservations): void {
    const { words, doubles } = this.memory;
    if (words[at + row.SERVER_CONNECTIONS] === 0) return;
    server.connections += words[at + row.SERVER_CONNECTIONS]!;
    server.exchanges += doubles[(at + row.SERVER_EXCHANGES) >> 1]!;
    server.firstStream = Math.min(server.firstStream, words[at + row.SERVER_FIRST_STREAM]!);
    server.clientCloseCount += words[at + row.SERVER_CLIENT_CLOSES]!;
    server.noteRoundTrip(doubles[(at + row.ROUND_TRIP) >> 1]!);
    server.noteHalves(doubles[(at + row.LEAST_CLIENT_HALF) >> 1]!, doubles[(at + row.LEAST_SERVER_HALF) >> 1]!);
    for (const exchanges of this.largestOf(at + row.MOST_EXCHANGES)) server.noteExchanges(exchanges);
    for (const age of this.largestOf(at + row.LONGEST_AGES)) server.noteAge(age);
    this.empty(at);
  }

  private largestOf(list: number): Float64Array {
    const values = this.memory.doubles.subarray(list >> 1, (list >> 1) + row.LARGEST_KEPT);
    return values.filter((value) => value > 0);
  }
}
