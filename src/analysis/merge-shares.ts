// READS what several readers of the same captures wrote down (share-writer.ts), and tells it to one observer in the
// order in which a single reader would have told it. So whatever the observer concludes is the same, however many
// readers there were.
import { RECENT_CAPACITY } from '../history/recent-requests.ts';
import { emptyTuple, type FourTuple } from '../wire/segment.ts';
import type { AnalysisObserver } from './observer.ts';
import { RecordReader, readGatewayFailure, readHistory, readOrderly } from './records.ts';
import type { Batch } from './share-writer.ts';
import * as entry from './share-writer.ts';

/** What one reader told that was not passed on yet, and what its numbers mean. */
class Telling {
  readonly share: number;
  readonly batches: Batch[] = [];
  reader: RecordReader | null = null;
  /** Where its next group stands, or behind what it has nothing more to tell of what came before. */
  frame = 0;
  rank = 0;
  hasGroup = false;
  readonly streams = new Map<number, number>();
  readonly pairs: number[] = [];
  requests = 0;
  readonly recent = new Float64Array(RECENT_CAPACITY);

  constructor(share: number) {
    this.share = share;
  }
}

/** Is the position of `a` before that of `b`? */
function isBefore(a: Telling, b: Telling): boolean {
  return a.frame < b.frame || (a.frame === b.frame && a.rank < b.rank);
}

export class ShareMerge {
  private readonly observer: AnalysisObserver;
  private readonly tellings: readonly Telling[];
  private readonly taken: (share: number) => void;
  private streams = 0;

  /** `taken` is called whenever a batch of that share was passed on and may be forgotten. */
  constructor(shares: number, observer: AnalysisObserver, taken: (share: number) => void = () => {}) {
    this.observer = observer;
    this.tellings = Array.from({ length: shares }, (_, share) => new Telling(share));
    this.taken = taken;
  }

  /** Takes the next batch of a share, and passes on what is in order by now. */
  add(share: number, batch: Batch): void {
    const telling = this.tellings[share]!;
    telling.batches.push(batch);
    if (!telling.hasGroup) this.advance(telling);
    this.passOn();
  }

  private passOn(): void {
    for (;;) {
      // The earliest group is next, unless somebody may still tell of something before it.
      let next = this.tellings[0]!;
      for (const telling of this.tellings) if (isBefore(telling, next)) next = telling;
      if (!next.hasGroup) return;
      this.passGroup(next);
      this.advance(next);
    }
  }

  /** Goes on to the next group of those that are here. */
  private advance(telling: Telling): void {
    for (;;) {
      const { reader } = telling;
      if (reader !== null && !reader.isAtEnd) {
        reader.number();
        telling.frame = reader.number();
        telling.rank = reader.number();
        telling.hasGroup = true;
        return;
      }
      if (reader !== null) {
        const { frame, rank } = telling.batches.shift()!;
        telling.reader = null;
        telling.hasGroup = false;
        telling.frame = frame;
        telling.rank = rank;
        this.taken(telling.share);
      }
      const batch = telling.batches[0];
      if (batch === undefined) return;
      telling.reader = new RecordReader(batch);
    }
  }

  private passGroup(telling: Telling): void {
    const reader = telling.reader!;
    while (!reader.isAtEnd && reader.peek() !== entry.GROUP) this.passEntry(telling, reader);
  }

  private passEntry(telling: Telling, from: RecordReader): void {
    const { observer } = this;
    switch (from.number()) {
      case entry.OPENED: {
        const stream = this.streams++;
        telling.streams.set(from.number(), stream);
        observer.opened?.(stream);
        return;
      }
      case entry.PAIRED: {
        const pair = from.number();
        telling.pairs[pair] = observer.pairOf(readTuple(from), true);
        return;
      }
      case entry.REUSED: {
        const pair = telling.pairs[from.number()]!;
        const stream = telling.streams.get(from.number())!;
        observer.reused(pair, stream, from.number(), from.number(), from.number(), from.number());
        return;
      }
      case entry.ASKED: {
        const client = from.number();
        const route = from.number();
        const length = from.number();
        const stream = telling.streams.get(from.number())!;
        const recent = observer.asked(client, route, length, stream, from.number(), from.number());
        telling.recent[telling.requests++ & (RECENT_CAPACITY - 1)] = recent;
        return;
      }
      case entry.BODY_BEGAN: {
        const request = from.number();
        const digest = from.number();
        // What so many others came after is not remembered by anybody.
        if (request < telling.requests - RECENT_CAPACITY) return;
        observer.bodyBegan(telling.recent[request & (RECENT_CAPACITY - 1)]!, digest);
        return;
      }
      case entry.GATEWAY_FAILED: {
        const failure = readGatewayFailure(from);
        failure.stream = telling.streams.get(failure.stream)!;
        observer.gatewayFailed(failure);
        return;
      }
      case entry.ENDED_IN_ORDER: {
        const observed = readOrderly(from);
        observed.stream = telling.streams.get(observed.stream)!;
        observed.pair = telling.pairs[observed.pair]!;
        observer.endedInOrder(observed);
        return;
      }
      case entry.JUDGED: {
        const client = from.number();
        const history = readHistory(from);
        history.stream = telling.streams.get(history.stream)!;
        history.pair = telling.pairs[history.pair] ?? -1;
        observer.judged(history, client);
        return;
      }
      default: {
        const stream = from.number();
        observer.over(telling.streams.get(stream)!);
        telling.streams.delete(stream);
      }
    }
  }
}

const tuple = emptyTuple();

/** The client is the source; its port is not told. One reused record. */
function readTuple(from: RecordReader): FourTuple {
  tuple.ipVersion = from.number();
  tuple.source0 = from.number();
  tuple.destination0 = from.number();
  tuple.destinationPort = from.number();
  const isIpv6 = tuple.ipVersion === 6;
  tuple.source1 = isIpv6 ? from.number() : 0;
  tuple.source2 = isIpv6 ? from.number() : 0;
  tuple.source3 = isIpv6 ? from.number() : 0;
  tuple.destination1 = isIpv6 ? from.number() : 0;
  tuple.destination2 = isIpv6 ? from.number() : 0;
  tuple.destination3 = isIpv6 ? from.number() : 0;
  return tuple;
}
