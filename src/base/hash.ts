/**
 * A 32-bit hash of `view[start, end)`, never 0, so that 0 can stand for nothing. Multiply and rotate as in MurmurHash3
 * (Appleby): quick and well spread, and no protection against somebody who looks for collisions.
 */
export function hashBytes(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = mix(hash, view.getInt32(at));
  let rest = 0;
  for (; at < end; at++) rest = (rest << 8) | view.getUint8(at);
  hash = mix(hash, rest);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash === 0 ? 1 : hash;
}

/** A 32-bit hash of `text`, not negative; another one for each `seed`. */
export function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = mix(hash, text.charCodeAt(at));
  return spread(hash);
}

/** Spreads numbers over 32 bits: the finalizer of MurmurHash3 (Austin Appleby, public domain). */
export function spread(number: number): number {
  let hash = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Two hashes as one. */
export function hashPair(a: number, b: number): number {
  const hash = mix(mix(0x9e3779b1, a), b);
  return hash === 0 ? 1 : hash;
}

function mix(hash: number, word: number): number {
  const bits = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((bits << 15) | (bits >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
