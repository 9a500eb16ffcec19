// Makes a failing input small: takes away whole records first, half of them, a quarter … (delta debugging), then bytes
// from the ends of those that are left, as long as the same check still fails.
import { gunzipSync } from 'node:zlib';
import { fileOf, frameStartIn, type Records, recordsOf } from './records.ts';

export interface MinimiseOptions {
  /** Does the check that is to be understood still fail? */
  readonly stillFails: (files: readonly Buffer[]) => Promise<boolean>;
  /** How often that may be asked. */
  readonly attempts: number;
}

/** The smallest files that were found to fail. */
export async function minimise(files: readonly Buffer[], options: MinimiseOptions): Promise<readonly Buffer[]> {
  let left = options.attempts;
  const fails = async (candidate: readonly Buffer[]) => left-- > 0 && (await options.stillFails(candidate));
  let best = files;
  for (let index = best.length - 1; index >= 0 && best.length > 1; index--) {
    const without = best.filter((_, other) => other !== index);
    if (await fails(without)) best = without;
  }
  for (let index = 0; index < best.length; index++) {
    const replaced = (bytes: Buffer) => best.map((old, other) => (other === index ? bytes : old));
    const plain = inflated(best[index]!);
    if (plain !== null && (await fails(replaced(plain)))) best = replaced(plain);
    const records = recordsOf(best[index]!);
    if (records === null) best = replaced(await shorter(best[index]!, (bytes) => fails(replaced(bytes))));
    else {
      const fewer = await fewerRecords(records, (candidate) => fails(replaced(candidate)));
      best = replaced(fileOf(fewer));
      const simple = await shorterFrames(fewer, (candidate) => fails(replaced(candidate)));
      best = replaced(fileOf(simple));
    }
  }
  return best;
}

type Fails = (bytes: Buffer) => Promise<boolean>;

function inflated(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes, { maxOutputLength: 1 << 28 });
  } catch {
    return null;
  }
}

async function fewerRecords(file: Records, fails: Fails): Promise<Records> {
  let { records } = file;
  // Section and interface come first in pcapng; they may go, too, when it fails without them.
  for (let size = records.length >> 1; size >= 1; size >>= 1) {
    for (let at = records.length - size; at >= 0; at -= size) {
      const candidate = [...records.slice(0, at), ...records.slice(at + size)];
      if (candidate.length < records.length && (await fails(fileOf({ ...file, records: candidate })))) {
        records = candidate;
        at = Math.min(at, records.length);
      }
    }
  }
  return { ...file, records };
}

/** Zeroes in place of what frames hold behind their headers' first bytes, where that changes nothing. */
async function shorterFrames(file: Records, fails: Fails): Promise<Records> {
  let { records } = file;
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    const start = frameStartIn(file, record);
    if (start < 0) continue;
    // Link, IP and TCP headers take 54 bytes at most when none has options.
    for (let keep = start + 54; keep < record.length; keep += Math.max(16, (record.length - keep) >> 1)) {
      const zeroed = Buffer.from(record);
      zeroed.fill(0, keep);
      if (zeroed.equals(record)) break;
      const candidate = records.map((old, other) => (other === index ? zeroed : old));
      if (await fails(fileOf({ ...file, records: candidate }))) {
        records = candidate;
        break;
      }
    }
  }
  return { ...file, records };
}

/** Bytes from the end, then from the start, in halves. */
async function shorter(bytes: Buffer, fails: Fails): Promise<Buffer> {
  let best = bytes;
  for (let size = best.length >> 1; size >= 1; size >>= 1) {
    while (best.length > size && (await fails(best.subarray(0, best.length - size)))) {
      best = best.subarray(0, best.length - size);
    }
  }
  return best;
}
