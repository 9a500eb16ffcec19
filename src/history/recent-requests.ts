// The latest requests of a run, by who asked for what: so that a request which was lost can be found again where its
// client sent it once more. Compact rows that are used again, oldest first; the number of requests in a capture does
// not matter.
import { hashBytes, hashPair } from '../base/hash.ts';
import { type Memory, PlainMemory } from '../base/plain-memory.ts';
import type { Request } from '../http/exchange.ts';
import type { FourTuple } from '../wire/segment.ts';
import * as row from './recent-layout.ts';

/** A request that was sent again. */
export interface Retry {
  readonly stream: number;
  readonly frame: number;
  readonly time: number;
  /** Their bodies have the same length and begin alike; false: that is not known of them; null: they have none. */
  readonly sameBody: boolean | null;
}

export { RECENT_CAPACITY } from './recent-layout.ts';

const FIRST_CAPACITY = 1 << 10;
/** Requests with the same key that are looked at, at most: somebody polls. */
const MAX_LOOKED_AT = 64;
/** Requests in the same bucket, at most: who makes captures may choose requests that all fall into one. */
const MAX_OF_BUCKET = 1024;
/** Capture time (ns) within which a client sends a lost request again. */
const RETRY_WITHIN = 10e9;

/** Rows to a bucket, about: few buckets stay in the processor's cache, and they are hardly ever searched. */
const ROWS_OF_BUCKET = 4;

export class RecentRequests {
  private readonly memory: Memory;
  private readonly isShared: boolean;
  /** See recent-layout.ts. */
  private readonly place: number;
  /** Number (its lower 32 bits) of the latest request in each bucket; whether there is one, its row tells. */
  private buckets = new Int32Array(FIRST_CAPACITY / ROWS_OF_BUCKET).fill(-1);
  /** Requests that have been put into buckets, which is done when somebody looks for one: often that is never. */
  private sorted = 0;

  /** `kernelMemory`: of the kernel that reads the connections in this thread. */
  constructor(kernelMemory: Memory | null = null) {
    this.memory = kernelMemory ?? new PlainMemory();
    this.isShared = kernelMemory !== null;
    this.place = this.memory.take(row.HEADER * 4) >> 2;
    this.memory.doubles[(this.place + row.COUNT) >> 1] = 0;
    this.makeRows(FIRST_CAPACITY);
  }

  /** Where the kernel may write down requests, too; 0: nowhere. */
  get sharedPlace(): number {
    return this.isShared ? this.place : 0;
  }

  private get count(): number {
    return this.memory.doubles[(this.place + row.COUNT) >> 1]!;
  }

  private get capacity(): number {
    return this.memory.words[this.place + row.CAPACITY]!;
  }

  /** Takes the next request; see RequestObserver. */
  add(client: number, route: number, length: number, stream: number, frame: number, time: number): number {
    if (this.count === this.capacity && this.capacity < row.RECENT_CAPACITY) this.grow();
    const number = this.count;
    const at = this.placeOf(number);
    const { words, doubles } = this.memory;
    doubles[(this.place + row.COUNT) >> 1] = number + 1;
    words[at + row.KEY] = hashPair(client, route);
    words[at + row.STREAM] = stream;
    words[at + row.DIGEST] = 0;
    doubles[(at + row.FRAME) >> 1] = frame;
    doubles[(at + row.TIME) >> 1] = time;
    doubles[(at + row.LENGTH) >> 1] = length;
    return number;
  }

  private sort(): void {
    const { buckets, count, capacity } = this;
    const { words } = this.memory;
    const first = this.placeOf(0);
    for (let number = Math.max(this.sorted, count - capacity); number < count; number++) {
      const at = first + (number & (capacity - 1)) * row.STRIDE;
      const bucket = words[at + row.KEY]! & (buckets.length - 1);
      words[at + row.BEFORE] = buckets[bucket]!;
      buckets[bucket] = number;
    }
    this.sorted = count;
  }

  bodyBegan(number: number, digest: number): void {
    if (this.isRemembered(number)) this.memory.words[this.placeOf(number) + row.DIGEST] = digest;
  }

  /** Where `client` sent `request` of `stream` again, on another connection from `notBefore` (ns) on; null: nowhere. */
  retryOf(client: number, request: Request, stream: number, notBefore: number): Retry | null {
    const key = hashPair(client, routeHashOf(request));
    this.sort();
    const { words, doubles } = this.memory;
    let found: Retry | null = null;
    let lookedAt = 0;
    for (const at of this.rowsOfBucket(key)) {
      if (words[at + row.KEY] !== key) continue;
      if (++lookedAt > MAX_LOOKED_AT) break;
      if (words[at + row.STREAM] === stream || doubles[(at + row.LENGTH) >> 1] !== request.contentLength) continue;
      const time = doubles[(at + row.TIME) >> 1]!;
      if (!(time >= notBefore && time <= notBefore + RETRY_WITHIN)) continue;
      const hasBody = request.contentLength > 0 || request.framing === 'chunked';
      const digest = words[at + row.DIGEST]!;
      const known = request.bodyDigest !== 0 && digest !== 0;
      if (hasBody && known && request.bodyDigest !== digest) continue;
      if (found !== null && found.time <= time) continue;
      const sameBody = hasBody ? known : null;
      found = { stream: words[at + row.STREAM]!, frame: doubles[(at + row.FRAME) >> 1]!, time, sameBody };
    }
    return found;
  }

  /** The rows in a key's bucket, latest first. */
  private *rowsOfBucket(key: number): Iterable<number> {
    // How many requests ago a request was is told by the difference of lower 32 bits, and it grows along the way.
    let ago = this.agoOf(this.buckets[key & (this.buckets.length - 1)]!);
    let least = 0;
    for (let i = 0; i < MAX_OF_BUCKET && ago > least && ago <= Math.min(this.count, this.capacity); i++) {
      const at = this.placeOf(this.count - ago);
      yield at;
      least = ago;
      ago = this.agoOf(this.memory.words[at + row.BEFORE]!);
    }
  }

  /** How many requests ago the one with these lower 32 bits of its number was. */
  private agoOf(lowerBits: number): number {
    return (this.count - lowerBits) >>> 0;
  }

  private placeOf(number: number): number {
    return this.memory.words[this.place + row.ROWS]! + (number & (this.capacity - 1)) * row.STRIDE;
  }

  private isRemembered(number: number): boolean {
    return number >= 0 && number < this.count && number >= this.count - this.capacity;
  }

  /** All requests so far are there: each stands where its number says. */
  private grow(): void {
    const from = this.placeOf(0);
    const size = this.count * row.STRIDE;
    this.makeRows(Math.min(this.capacity * 4, row.RECENT_CAPACITY));
    this.memory.words.copyWithin(this.placeOf(0), from, from + size);
    this.memory.giveBack(from * 4, size * 4);
  }

  private makeRows(capacity: number): void {
    const rows = this.memory.take(capacity * row.STRIDE * 4) >> 2;
    this.memory.words[this.place + row.ROWS] = rows;
    this.memory.words[this.place + row.CAPACITY] = capacity;
    this.buckets = new Int32Array(capacity / ROWS_OF_BUCKET).fill(-1);
    this.sorted = 0;
  }
}

/** The hash of the request's method and target, as it was told when the request was read. */
function routeHashOf(request: Request): number {
  const bytes = Buffer.from(`${request.method} ${request.target}`, 'latin1');
  return hashBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
}

/** A number for the client's address. */
export function clientNumberOf(tuple: FourTuple, clientIsSource: boolean): number {
  if (tuple.ipVersion === 4) return clientIsSource ? tuple.source0 : tuple.destination0;
  return clientIsSource
    ? hashPair(hashPair(tuple.source0, tuple.source1), hashPair(tuple.source2, tuple.source3))
    : hashPair(hashPair(tuple.destination0, tuple.destination1), hashPair(tuple.destination2, tuple.destination3));
}
