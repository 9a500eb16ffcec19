// The latest requests of a run, by who asked for what: so that a request which was lost can be found again where its
// client sent it once more. Compact rows that are used again, oldest first; the number of requests in a capture does
// not matter.
import { hashBytes, hashPair } from '../base/hash.ts';
import type { Request } from '../http/exchange.ts';
import type { FourTuple } from '../wire/segment.ts';

/** A request that was sent again. */
export interface Retry {
  readonly stream: number;
  readonly frame: number;
  readonly time: number;
  /** Their bodies have the same length and begin alike; false: that is not known of them; null: they have none. */
  readonly sameBody: boolean | null;
}

/** Requests that are remembered: about 3 MB. A lost request is judged seconds after it was lost, at the latest. */
export const RECENT_CAPACITY = 1 << 16;
const FIRST_CAPACITY = 1 << 10;
/** Requests with the same key that are looked at, at most: somebody polls. */
const MAX_LOOKED_AT = 64;
/** Capture time (ns) within which a client sends a lost request again. */
const RETRY_WITHIN = 10e9;

const NONE = -1;

export class RecentRequests {
  private capacity = FIRST_CAPACITY;
  private count = 0;
  private key = new Int32Array(FIRST_CAPACITY);
  private stream = new Int32Array(FIRST_CAPACITY);
  private frame = new Float64Array(FIRST_CAPACITY);
  private time = new Float64Array(FIRST_CAPACITY);
  private length = new Float64Array(FIRST_CAPACITY);
  private digest = new Int32Array(FIRST_CAPACITY);
  /** Number of the request before, with a key in the same bucket. */
  private before = new Float64Array(FIRST_CAPACITY);
  private bucket = new Float64Array(FIRST_CAPACITY).fill(NONE);

  /** Takes the next request; see RequestObserver. */
  add(client: number, route: number, length: number, stream: number, frame: number, time: number): number {
    if (this.count === this.capacity && this.capacity < RECENT_CAPACITY) this.grow();
    const number = this.count++;
    const at = number & (this.capacity - 1);
    const key = hashPair(client, route);
    const bucket = key & (this.capacity - 1);
    this.key[at] = key;
    this.stream[at] = stream;
    this.frame[at] = frame;
    this.time[at] = time;
    this.length[at] = length;
    this.digest[at] = 0;
    this.before[at] = this.bucket[bucket]!;
    this.bucket[bucket] = number;
    return number;
  }

  bodyBegan(number: number, digest: number): void {
    if (this.isRemembered(number)) this.digest[number & (this.capacity - 1)] = digest;
  }

  /** Where `client` sent `request` of `stream` again, on another connection from `notBefore` (ns) on; null: nowhere. */
  retryOf(client: number, request: Request, stream: number, notBefore: number): Retry | null {
    const key = hashPair(client, routeHashOf(request));
    let found: Retry | null = null;
    let number = this.bucket[key & (this.capacity - 1)]!;
    for (let i = 0; i < MAX_LOOKED_AT && this.isRemembered(number); i++) {
      const at = number & (this.capacity - 1);
      number = this.before[at]!;
      if (this.key[at] !== key || this.stream[at] === stream || this.length[at] !== request.contentLength) continue;
      if (!(this.time[at]! >= notBefore && this.time[at]! <= notBefore + RETRY_WITHIN)) continue;
      const hasBody = request.contentLength > 0 || request.framing === 'chunked';
      const known = request.bodyDigest !== 0 && this.digest[at] !== 0;
      if (hasBody && known && request.bodyDigest !== this.digest[at]) continue;
      if (found !== null && found.time <= this.time[at]!) continue;
      const sameBody = hasBody ? known : null;
      found = { stream: this.stream[at]!, frame: this.frame[at]!, time: this.time[at]!, sameBody };
    }
    return found;
  }

  private isRemembered(number: number): boolean {
    return number >= 0 && number < this.count && number >= this.count - this.capacity;
  }

  private grow(): void {
    const capacity = Math.min(this.capacity * 4, RECENT_CAPACITY);
    const larger = <Numbers extends Int32Array | Float64Array>(old: Numbers, made: Numbers): Numbers => {
      made.set(old);
      return made;
    };
    this.key = larger(this.key, new Int32Array(capacity));
    this.stream = larger(this.stream, new Int32Array(capacity));
    this.frame = larger(this.frame, new Float64Array(capacity));
    this.time = larger(this.time, new Float64Array(capacity));
    this.length = larger(this.length, new Float64Array(capacity));
    this.digest = larger(this.digest, new Int32Array(capacity));
    this.before = new Float64Array(capacity);
    this.bucket = new Float64Array(capacity).fill(NONE);
    this.capacity = capacity;
    for (let number = 0; number < this.count; number++) {
      const bucket = this.key[number]! & (capacity - 1);
      this.before[number] = this.bucket[bucket]!;
      this.bucket[bucket] = number;
    }
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
