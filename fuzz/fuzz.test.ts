import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { check } from './check.ts';
import { readCorpus } from './corpus.ts';
import { type Input, inputOf, KINDS } from './inputs.ts';
import { isolate } from './isolate.ts';
import { minimise } from './minimise.ts';
import { fileOf, recordsOf } from './records.ts';

const SEED = 7;
const INPUTS = 45;
/** Floods are for the fuzzer itself: many bytes, and on a busy machine many seconds. */
const LARGEST = 200_000;

const corpus = readCorpus();
const sizeOf = ({ files }: Input) => files.reduce((sum, { length }) => sum + length, 0);
const hashOf = ({ files }: Input) => files.map((bytes) => createHash('sha256').update(bytes).digest('hex')).join();

describe('inputs', () => {
  test('are the same for the same seed and index, whatever came before', () => {
    const some = [3, 1, 2].map((index) => hashOf(inputOf(SEED, index, corpus)));
    expect([3, 1, 2].map((index) => hashOf(inputOf(SEED, index, corpus)))).toEqual(some);
    expect(new Set(some).size).toBe(3);
    expect(hashOf(inputOf(SEED + 1, 3, corpus))).not.toBe(some[0]);
  });

  test('are of all kinds', () => {
    const kinds = Array.from({ length: 30 }, (_, index) => inputOf(SEED, index, corpus).kind);
    expect(new Set(kinds)).toEqual(new Set(KINDS));
  });
});

test(`${INPUTS} inputs pass all checks`, { timeout: 300_000 }, async () => {
  for (let index = 0; index < INPUTS; index++) {
    const input = inputOf(SEED, index, corpus);
    if (sizeOf(input) > LARGEST) continue;
    const { failures } = await check(input);
    expect(failures, `${SEED}:${index} ${input.kind} (${input.name})`).toEqual([]);
  }
});

describe('records', () => {
  test('of every capture that is not compressed make the same file again', () => {
    const plain = corpus.filter(({ name }) => /\.pcap(ng)?$/.test(name));
    for (const { name, bytes } of plain) expect(fileOf(recordsOf(bytes)!).equals(bytes), name).toBe(true);
  });

  test('of what is no capture are none', () => {
    expect(recordsOf(Buffer.alloc(100))).toBeNull();
    expect(recordsOf(Buffer.alloc(3))).toBeNull();
  });
});

describe('isolation', () => {
  test('keeps every frame in its place, and half of the connections', async () => {
    const { bytes } = corpus.find(({ name }) => name.includes('healthy-reuse-nginx.client'))!;
    const isolated = (await isolate(bytes))!;
    const [whole, blanked] = await Promise.all(
      [isolated.whole, isolated.blanked].map((file) => check({ files: [file] })),
    );
    expect(whole!.report!.totals.frames).toBe(blanked!.report!.totals.frames);
    expect(blanked!.report!.totals.connections).toBe(Math.ceil(whole!.report!.totals.connections / 2));
  });

  test('needs two connections', async () => {
    const { bytes } = corpus.find(({ name }) => name.endsWith('s1a_crossed_close.client.pcap'))!;
    expect(await isolate(bytes)).toBeNull();
  });
});

test('a failing input is made small, and fails still', async () => {
  const { bytes } = corpus.find(({ name }) => name.endsWith('s1a_crossed_close.client.pcap'))!;
  const holds = Buffer.from('GET /2');
  const stillFails = async ([file]: readonly Buffer[]) => file!.includes(holds);
  const [small] = await minimise([bytes], { stillFails, attempts: 500 });
  expect(small!.includes(holds)).toBe(true);
  expect(recordsOf(small!)!.records).toHaveLength(1);
});
