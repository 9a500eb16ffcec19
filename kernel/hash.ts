// The hashes of src/base/hash.ts and of the connection table, number for number.
import { PARTITIONS } from '../src/tcp/table-layout.ts';
import { big32 } from './memory';
import * as segment from './segment';

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

/** Two hashes as one. */
export function hashPair(a: i32, b: i32): i32 {
  const hash = mix(mix(0x9e3779b1, a), b);
  return hash === 0 ? 1 : hash;
}

function mix(hash: i32, value: i32): i32 {
  const mixed = hash ^ (rotl<i32>(value * 0xcc9e2d51, 15) * 0x1b873593);
  return rotl<i32>(mixed, 13) * 5 + 0xe6546b64;
}

/** Of a connection, by the hash of its 4-tuple. */
export function partitionOf(hash: i32): i32 {
  return (hash >>> 26) & (PARTITIONS - 1);
}

// Of a segment's 4-tuple, as the connection table hashes it: the same for both directions.
const MIX_HASH: i32 = 0x85ebca6b;
const MIX_CHECK: i32 = 0x9e3779b1;
const MIX_PORT: i32 = 0x27d4eb2f;

export function hashOfSegment(): i32 {
  const sourcePort = segment.ports >>> 16;
  const destinationPort = segment.ports & 0xffff;
  if (!segment.isIpv6) {
    return finished(
      mixed(segment.source0, sourcePort, MIX_HASH) + mixed(segment.destination0, destinationPort, MIX_HASH),
    );
  }
  return finished(
    mixed(foldedSource(MIX_HASH), sourcePort, MIX_HASH) + mixed(foldedDestination(MIX_HASH), destinationPort, MIX_HASH),
  );
}

/** The second hash, by which tombstones are told apart. */
export function checkOfSegment(): i32 {
  return finished(
    mixed(foldedSource(MIX_CHECK), segment.ports >>> 16, MIX_CHECK) +
      mixed(foldedDestination(MIX_CHECK), segment.ports & 0xffff, MIX_CHECK) +
      (segment.isIpv6 ? 6 : 4),
  );
}

/** One endpoint of a connection, spread over the word. */
function mixed(address: i32, port: i32, constant: i32): i32 {
  let bits = (address ^ (port * MIX_PORT)) * constant;
  bits = (bits ^ (bits >>> 15)) * 0x2c1b3c6d;
  return bits ^ (bits >>> 13);
}

function finished(sum: i32): i32 {
  const bits = (sum ^ (sum >>> 16)) * 0x297a2d39;
  return bits ^ (bits >>> 15);
}

function foldedSource(constant: i32): i32 {
  if (!segment.isIpv6) return folded(segment.source0, 0, 0, 0, constant);
  return folded(segment.source0, segment.source1, segment.source2, segment.source3, constant);
}

function foldedDestination(constant: i32): i32 {
  if (!segment.isIpv6) return folded(segment.destination0, 0, 0, 0, constant);
  return folded(segment.destination0, segment.destination1, segment.destination2, segment.destination3, constant);
}

/** An address of four words as one. */
function folded(word0: i32, word1: i32, word2: i32, word3: i32, constant: i32): i32 {
  let bits = (word0 * constant) ^ word1;
  bits = ((bits ^ (bits >>> 16)) * constant) ^ word2;
  return ((bits ^ (bits >>> 16)) * constant) ^ word3;
}
