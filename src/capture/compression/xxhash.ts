// xxHash, the checksum of lz4 (32 bits) and zstd (64 bits),
// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. Both take data piece by piece.

const PRIME32_1 = 0x9e3779b1;
const PRIME32_2 = 0x85ebca77;
const PRIME32_3 = 0xc2b2ae3d;
const PRIME32_4 = 0x27d4eb2f;
const PRIME32_5 = 0x165667b1;

function rotl(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Collects bytes into stripes of a fixed length, so that every piece of data may end anywhere. */
abstract class Striped {
  protected total = 0;
  protected readonly rest: Uint8Array;
  protected restLength = 0;
  readonly #restView: DataView;

  constructor(stripeLength: number) {
    this.rest = new Uint8Array(stripeLength);
    this.#restView = viewOf(this.rest);
  }

  update(data: Uint8Array): this {
    const stripe = this.rest.length;
    let at = 0;
    this.total += data.length;
    if (this.restLength > 0) {
      at = Math.min(stripe - this.restLength, data.length);
      this.rest.set(data.subarray(0, at), this.restLength);
      this.restLength += at;
      if (this.restLength < stripe) return this;
      this.consume(this.#restView, 0, stripe);
      this.restLength = 0;
    }
    const end = data.length - ((data.length - at) % stripe);
    if (end > at) this.consume(viewOf(data), at, end);
    this.rest.set(data.subarray(end));
    this.restLength = data.length - end;
    return this;
  }

  /** Takes the whole stripes from `start` to `end`. */
  protected abstract consume(view: DataView, start: number, end: number): void;
}

/** XXH32 with seed 0. */
export class Xxh32 extends Striped {
  #a = (PRIME32_1 + PRIME32_2) | 0;
  #b = PRIME32_2 | 0;
  #c = 0;
  #d = -PRIME32_1 | 0;

  constructor() {
    super(16);
  }

  protected override consume(view: DataView, start: number, end: number): void {
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let d = this.#d;
    for (let at = start; at < end; at += 16) {
      a = Math.imul(rotl((a + Math.imul(view.getInt32(at, true), PRIME32_2)) | 0, 13), PRIME32_1);
      b = Math.imul(rotl((b + Math.imul(view.getInt32(at + 4, true), PRIME32_2)) | 0, 13), PRIME32_1);
      c = Math.imul(rotl((c + Math.imul(view.getInt32(at + 8, true), PRIME32_2)) | 0, 13), PRIME32_1);
      d = Math.imul(rotl((d + Math.imul(view.getInt32(at + 12, true), PRIME32_2)) | 0, 13), PRIME32_1);
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }

  /** The checksum of all that was given, unsigned. */
  digest(): number {
    const { rest, restLength: length } = this;
    const view = viewOf(rest);
    let hash =
      this.total >= 16
        ? (rotl(this.#a, 1) + rotl(this.#b, 7) + rotl(this.#c, 12) + rotl(this.#d, 18)) | 0
        : PRIME32_5 | 0;
    hash = (hash + this.total) | 0;
    let at = 0;
    for (; at + 4 <= length; at += 4) {
      hash = (hash + Math.imul(view.getInt32(at, true), PRIME32_3)) | 0;
      hash = Math.imul(rotl(hash, 17), PRIME32_4);
    }
    for (; at < length; at++) {
      hash = (hash + Math.imul(rest[at]!, PRIME32_5)) | 0;
      hash = Math.imul(rotl(hash, 11), PRIME32_1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), PRIME32_2);
    hash = Math.imul(hash ^ (hash >>> 13), PRIME32_3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

const PRIME64_1 = 0x9e3779b185ebca87n;
const PRIME64_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME64_3 = 0x165667b19e3779f9n;
const PRIME64_4 = 0x85ebca77c2b2ae63n;
const PRIME64_5 = 0x27d4eb2f165667c5n;

const PRIME64_1_HIGH = 0x9e3779b1;
const PRIME64_1_LOW = 0x85ebca87;
const PRIME64_2_HIGH = 0xc2b2ae3d;
const PRIME64_2_LOW = 0x27d4eb4f;

function low64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotl64(value: bigint, bits: bigint): bigint {
  return low64((value << bits) | (value >> (64n - bits)));
}

/** Upper 32 bits of the product of two unsigned 32-bit numbers. */
function upperProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Each partial sum stays below 2 ** 53.
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x1_0000) + Math.floor(other / 0x1_0000)) | 0;
}

/**
 * XXH64 with seed 0. The stripes are reckoned with words of 32 bits: a BigInt for each of them would take ten times as
 * long as decompressing does.
 */
export class Xxh64 extends Striped {
  /** The four accumulators: upper and lower word of each. */
  readonly #state = new Int32Array(8);

  constructor() {
    super(32);
    [PRIME64_1 + PRIME64_2, PRIME64_2, 0n, -PRIME64_1].forEach((value, index) => {
      this.#state[index * 2] = Number(low64(value) >> 32n);
      this.#state[index * 2 + 1] = Number(low64(value) & 0xffff_ffffn);
    });
  }

  protected override consume(view: DataView, start: number, end: number): void {
    for (let at = start; at < end; at += 32) {
      for (let lane = 0; lane < 4; lane++) this.#round(lane * 2, view, at + lane * 8);
    }
  }

  /** accumulator = rotl(accumulator + input * PRIME64_2, 31) * PRIME64_1 */
  #round(high: number, view: DataView, at: number): void {
    const state = this.#state;
    const inputLow = view.getInt32(at, true);
    const inputHigh = view.getInt32(at + 4, true);
    const productLow = Math.imul(inputLow, PRIME64_2_LOW);
    const productHigh =
      (upperProduct(inputLow, PRIME64_2_LOW) +
        Math.imul(inputLow, PRIME64_2_HIGH) +
        Math.imul(inputHigh, PRIME64_2_LOW)) |
      0;
    const sumLow = (state[high + 1]! >>> 0) + (productLow >>> 0);
    const carry = sumLow > 0xffff_ffff ? 1 : 0;
    const sumHigh = (state[high]! + productHigh + carry) | 0;
    const turnedLow = ((sumLow | 0) << 31) | (sumHigh >>> 1);
    const turnedHigh = (sumHigh << 31) | ((sumLow | 0) >>> 1);
    state[high + 1] = Math.imul(turnedLow, PRIME64_1_LOW);
    state[high] =
      upperProduct(turnedLow, PRIME64_1_LOW) +
      Math.imul(turnedLow, PRIME64_1_HIGH) +
      Math.imul(turnedHigh, PRIME64_1_LOW);
  }

  /** The checksum of all that was given. */
  digest(): bigint {
    const { rest, restLength: length } = this;
    const view = viewOf(rest);
    let hash = PRIME64_5;
    if (this.total >= 32) {
      const lanes = [0, 2, 4, 6].map((at) => this.#accumulator(at)) as [bigint, bigint, bigint, bigint];
      hash = low64(rotl64(lanes[0], 1n) + rotl64(lanes[1], 7n) + rotl64(lanes[2], 12n) + rotl64(lanes[3], 18n));
      for (const lane of lanes) hash = low64((hash ^ mixed(lane)) * PRIME64_1 + PRIME64_4);
    }
    hash = low64(hash + BigInt(this.total));
    let at = 0;
    for (; at + 8 <= length; at += 8) {
      hash = low64(rotl64(hash ^ mixed(view.getBigUint64(at, true)), 27n) * PRIME64_1 + PRIME64_4);
    }
    if (at + 4 <= length) {
      hash = low64(rotl64(hash ^ low64(BigInt(view.getUint32(at, true)) * PRIME64_1), 23n) * PRIME64_2 + PRIME64_3);
      at += 4;
    }
    for (; at < length; at++) hash = low64(rotl64(hash ^ low64(BigInt(rest[at]!) * PRIME64_5), 11n) * PRIME64_1);
    hash = low64((hash ^ (hash >> 33n)) * PRIME64_2);
    hash = low64((hash ^ (hash >> 29n)) * PRIME64_3);
    return hash ^ (hash >> 32n);
  }

  #accumulator(high: number): bigint {
    return (BigInt(this.#state[high]! >>> 0) << 32n) | BigInt(this.#state[high + 1]! >>> 0);
  }
}

function mixed(lane: bigint): bigint {
  return low64(rotl64(low64(lane * PRIME64_2), 31n) * PRIME64_1);
}
