// The hashes of src/base/hash.ts and of the connection table, number for number.
import { big32 } from './memory';

export function hashBytes(start: i32, end: i32): i32 {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = mix(hash, big32(at));
  let rest = 0;
  for (; at < end; at++) rest = (rest << 8) | load<u8>(at);
  hash = mix(hash, rest);
  hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
  hash ^= hash >>> 13;
  return hash === 0 ? 1 : hash;
}

function mix(hash: i32, value: i32): i32 {
  const mixed = hash ^ (rotl<i32>(value * 0xcc9e2d51, 15) * 0x1b873593);
  return rotl<i32>(mixed, 13) * 5 + 0xe6546b64;
}

const MIX_HASH: i32 = 0x85ebca6b;
const MIX_PORT: i32 = 0x27d4eb2f;

/** One endpoint of a connection, spread over the word. */
export function mixedEndpoint(address: i32, port: i32): i32 {
  let bits = (address ^ (port * MIX_PORT)) * MIX_HASH;
  bits = (bits ^ (bits >>> 15)) * 0x2c1b3c6d;
  return bits ^ (bits >>> 13);
}

/** An address of four words as one. */
export function foldedAddress(word0: i32, word1: i32, word2: i32, word3: i32): i32 {
  let bits = (word0 * MIX_HASH) ^ word1;
  bits = ((bits ^ (bits >>> 16)) * MIX_HASH) ^ word2;
  return ((bits ^ (bits >>> 16)) * MIX_HASH) ^ word3;
}

export function hashOfSum(sum: i32): i32 {
  const bits = (sum ^ (sum >>> 16)) * 0x297a2d39;
  return bits ^ (bits >>> 15);
}
