// However many readers share the connections, the report is the same, byte for byte.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { generate } from '../../bench/generate.ts';
import { analyze } from '../analyze.ts';
import type { Detail, Report } from '../report/report.ts';
import { byteSource } from '../testing/capture-builder.ts';
import { LOADED_FORMATS } from '../testing/loaded-formats.ts';
import { type Batch, readShare, SharedAnalysis } from './shares.ts';

const DETAILS = ['findings', 'connections', 'exchanges'] as const;
const SHARES = [2, 7, 3, 1];
const FOLDERS = ['fixtures/captures/lab/', 'fixtures/captures/signatures/'];

function inputsOf(files: readonly Buffer[]) {
  return files.map((bytes, index) => ({ path: `${index}.pcap`, source: byteSource(bytes) }));
}

/** Everything that is said, for people and for programs. */
function rendered(report: Report): string {
  return ['text', 'json']
    .map((name) => [...LOADED_FORMATS.get(name)!.render(report, { color: false, width: 100, quiet: false })].join(''))
    .join('\n');
}

async function oneReader(files: readonly Buffer[], detail: Detail): Promise<string> {
  return rendered(await analyze(inputsOf(files), { detail, hosts: [], ports: [] }));
}

/** The batches come in turns: each reader is now ahead of the others and now behind them. */
async function severalReaders(files: readonly Buffer[], detail: Detail, count: number): Promise<string> {
  const options = { detail, hosts: [], ports: [] };
  const batches: Batch[][] = [];
  const results = [];
  for (let index = 0; index < count; index++) {
    const own: Batch[] = [];
    batches.push(own);
    const send = (batch: Batch) => own.push({ ...batch, numbers: batch.numbers.slice() });
    results.push(structuredClone(await readShare(inputsOf(files), options, { index, count }, send)));
  }
  const analysis = new SharedAnalysis(count, options);
  for (let i = 0; batches.some((own) => i < own.length); i++) {
    for (const [share, own] of batches.entries()) if (own[i] !== undefined) analysis.add(share, own[i]!);
  }
  return rendered(analysis.report(results));
}

let turn = 0;

async function expectTheSame(files: readonly Buffer[], details: readonly Detail[] = DETAILS): Promise<void> {
  for (const [i, detail] of details.entries()) {
    const expected = await oneReader(files, detail);
    // All numbers, in turns.
    for (const count of SHARES.filter((_, j) => details.length === 1 || (i + j) % 2 === turn % 2)) {
      if ((await severalReaders(files, detail, count)) !== expected) expect.fail(`${detail}, ${count} readers`);
    }
  }
  turn++;
}

const CAPTURES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .sort()
    .map((name) => ({ name, path: folder + name })),
);

describe('fixtures', { timeout: 120_000 }, () => {
  test.each(CAPTURES)('$name', async ({ path }) => {
    await expectTheSame([readFileSync(path)]);
  });

  test('cut off in the middle', async () => {
    for (const { path } of CAPTURES.slice(0, 20)) {
      const bytes = readFileSync(path);
      await expectTheSame([bytes.subarray(0, bytes.length - (bytes.length >> 2) - 3)]);
    }
  });

  test('both ends of a conversation, merged', async () => {
    const clients = CAPTURES.filter(({ path }) => path.includes('.client.')).slice(0, 20);
    expect(clients.length).toBeGreaterThan(10);
    for (const { path } of clients) {
      await expectTheSame([readFileSync(path), readFileSync(path.replace('.client.', '.server.'))]);
    }
  });

  test('many captures, one behind the other in time and beside each other', async () => {
    await expectTheSame(CAPTURES.slice(0, 60).map(({ path }) => readFileSync(path)));
  });
});

describe('generated captures with many connections', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'finrace-shares-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(['small', 'many', 'mix'] as const)('%s', async (set) => {
    const path = join(folder, `${set}.pcap`);
    generate({ set, bytes: 6e6, seed: 5, output: path });
    const bytes = readFileSync(path);
    await expectTheSame([bytes], ['findings']);
    expect((await severalReaders([bytes], 'exchanges', 3)) === (await oneReader([bytes], 'exchanges'))).toBe(true);
  });
});
