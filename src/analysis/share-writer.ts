// WRITES DOWN what one of several readers of the same captures is told, in batches, for merge-shares.ts to read. Each
// reader has a share of the connections.
//
// What is told at one position is a group, headed by the position. No two readers have groups at the same one: a frame
// belongs to one connection, and so does a first frame. So the positions put all groups of all readers into the order
// in which a single reader would have told the same.
//
// Stream numbers are the reader's own until they are read; so are those of pairs and of recent requests.
import type { History } from '../history/history.ts';
import { type GatewayFailure, MAX_FAILURES } from '../rules/lost-request.ts';
import type { Observed } from '../timeouts/server-observations.ts';
import type { FourTuple } from '../wire/segment.ts';
import type { AnalysisObserver, Position } from './observer.ts';
import { RecordWriter, writeGatewayFailure, writeHistory, writeOrderly } from './records.ts';

/** What stands at the head of each entry. */
export const GROUP = 0;
export const OPENED = 1;
export const PAIRED = 2;
export const REUSED = 3;
export const ASKED = 4;
export const BODY_BEGAN = 5;
export const GATEWAY_FAILED = 6;
export const ENDED_IN_ORDER = 7;
export const JUDGED = 8;
export const OVER = 9;

/** Groups, and up to where the reader has told everything. */
export interface Batch {
  readonly numbers: Float64Array;
  readonly strings: readonly string[];
  readonly frame: number;
  readonly rank: number;
}

/** Numbers of a batch that is sent without waiting for a pause, and of one that a pause finds worth sending. */
const LARGE = 1 << 17;
const WORTH_SENDING = 1 << 16;
/** Pauses that a reader that has nothing to tell lets pass before it says so: the others wait for it. */
const QUIET_PAUSES = 4;

export class ShareWriter implements AnalysisObserver {
  private readonly to = new RecordWriter();
  private readonly position: Position;
  private readonly send: (batch: Batch) => void;
  /** Where the last group stands. */
  private frame = 0;
  private rank = Infinity;
  private pauses = 0;
  /** Numbers of pairs that may be given again: a connection that is over has none. */
  private readonly freePairs: number[] = [];
  private pairs = 0;
  private requests = 0;
  private failures = 0;

  /** A batch that is sent is valid during the call only. */
  constructor(position: Position, send: (batch: Batch) => void) {
    this.position = position;
    this.send = send;
  }

  opened(stream: number): void {
    this.begin(OPENED);
    this.to.number(stream);
  }

  pairOf(tuple: FourTuple, clientIsSource: boolean): number {
    const pair = this.freePairs.pop() ?? this.pairs++;
    const { to } = this;
    this.begin(PAIRED);
    to.number(pair);
    to.number(tuple.ipVersion);
    to.number(clientIsSource ? tuple.source0 : tuple.destination0);
    to.number(clientIsSource ? tuple.destination0 : tuple.source0);
    to.number(clientIsSource ? tuple.destinationPort : tuple.sourcePort);
    if (tuple.ipVersion === 4) return pair;
    to.number(clientIsSource ? tuple.source1 : tuple.destination1);
    to.number(clientIsSource ? tuple.source2 : tuple.destination2);
    to.number(clientIsSource ? tuple.source3 : tuple.destination3);
    to.number(clientIsSource ? tuple.destination1 : tuple.source1);
    to.number(clientIsSource ? tuple.destination2 : tuple.source2);
    to.number(clientIsSource ? tuple.destination3 : tuple.source3);
    return pair;
  }

  reused(pair: number, stream: number, duration: number, afterFrame: number, frame: number, time: number): void {
    const { to } = this;
    this.begin(REUSED);
    to.number(pair);
    to.number(stream);
    to.number(duration);
    to.number(afterFrame);
    to.number(frame);
    to.number(time);
  }

  asked(client: number, route: number, length: number, stream: number, frame: number, time: number): number {
    const { to } = this;
    this.begin(ASKED);
    to.number(client);
    to.number(route);
    to.number(length);
    to.number(stream);
    to.number(frame);
    to.number(time);
    return this.requests++;
  }

  bodyBegan(recent: number, digest: number): void {
    this.begin(BODY_BEGAN);
    this.to.number(recent);
    this.to.number(digest);
  }

  gatewayFailed(failure: GatewayFailure): void {
    // Of all readers together no more are kept.
    if (this.failures++ >= MAX_FAILURES) return;
    this.begin(GATEWAY_FAILED);
    writeGatewayFailure(this.to, failure);
  }

  endedInOrder(observed: Observed): void {
    this.begin(ENDED_IN_ORDER);
    writeOrderly(this.to, observed);
    this.freePairs.push(observed.pair);
  }

  judged(history: History, client: number): boolean {
    this.begin(JUDGED);
    this.to.number(client);
    writeHistory(this.to, history);
    if (history.pair >= 0) this.freePairs.push(history.pair);
    return false;
  }

  over(stream: number): void {
    this.begin(OVER);
    this.to.number(stream);
  }

  /** Everything up to the current frame was told. */
  pause(): void {
    this.pauses++;
    if (this.to.length < WORTH_SENDING && this.pauses < QUIET_PAUSES) return;
    this.flush(this.position.frame, Infinity);
  }

  /** Everything was told. */
  finish(): void {
    this.flush(Infinity, Infinity);
  }

  private begin(entry: number): void {
    const { frame, rank } = this.position;
    if (frame !== this.frame || rank !== this.rank) {
      if (this.to.length >= LARGE) this.flush(this.frame, this.rank);
      this.frame = frame;
      this.rank = rank;
      this.to.number(GROUP);
      this.to.number(frame);
      this.to.number(rank);
    }
    this.to.number(entry);
  }

  private flush(frame: number, rank: number): void {
    this.pauses = 0;
    this.send({ ...this.to.take(), frame, rank });
  }
}
