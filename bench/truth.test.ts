import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { json } from '../src/report/json.ts';
import { analyzeFile } from '../src/testing/analyze-file.ts';
import { generateTo, type Truth } from './generate.ts';
import { judged, proofs } from './memory.ts';
import { SETS } from './sets.ts';
import { differences, type ReportPart } from './truth.ts';

const folder = mkdtempSync(join(tmpdir(), 'finrace-truth-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function reportOf(path: string): Promise<ReportPart> {
  const report = await analyzeFile(path, { detail: 'findings' });
  return JSON.parse([...json.render(report, { color: false, width: 80, quiet: false })].join(''));
}

function written(name: string, traffic: (typeof SETS)['big'], bytes: number): { path: string; truth: Truth } {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  const truth = generateTo(file, { traffic, bytes, seed: 1 });
  closeSync(file);
  expect(readFileSync(path).length).toBe(truth.bytes);
  return { path, truth };
}

describe.each(Object.entries(SETS))('set %s', (name, traffic) => {
  test('the report agrees with what was generated', async () => {
    const { path, truth } = written(name, traffic, 600_000);
    expect(differences(await reportOf(path), truth)).toEqual([]);
  });
});

describe('proofs of memory', () => {
  test('one connection is one, whatever its length', async () => {
    const { traffic } = proofs(1).find(({ name }) => name.startsWith('one connection'))!;
    const { path, truth } = written('one', traffic, 5e6);
    expect(truth.connections).toBe(1);
    expect(truth.answered).toBeGreaterThan(2);
    expect(differences(await reportOf(path), truth)).toEqual([]);
  });

  test('all are open before the first is closed', async () => {
    const { traffic } = proofs(0.0002).find(({ name }) => name.startsWith('1,000,000'))!;
    expect(traffic.concurrency).toBe(200);
    const { path, truth } = written('open', traffic, 2600e6 * 0.0002);
    expect(truth.openAtOnce).toBe(200);
    const report = await analyzeFile(path, { detail: 'connections' });
    const connections = [...report.connections].slice(0, 200);
    const lastOpened = Math.max(...connections.map(({ openTime }) => openTime));
    expect(Math.min(...connections.map(({ closeTime }) => closeTime))).toBeGreaterThanOrEqual(lastOpened);
  });

  test('scale makes them smaller', () => {
    expect(proofs(0.01).map(({ megabytes }) => megabytes)).toEqual(proofs(1).map(({ megabytes }) => megabytes * 0.01));
  });
});

describe('what differs', () => {
  const truth = { frames: 10, tcpSegments: 9, connections: 2, answered: 3, unanswered: 1, races: 1 } as Truth;
  const report: ReportPart = {
    totals: { frames: 10, tcpSegments: 9, connections: 2, exchanges: 4 },
    captures: [{ problems: [] }],
    findings: [],
    omittedFindings: [{ rule: 'fin-crosses-request', count: 1 }],
  };

  test('is told in words, and false alarms by name', () => {
    expect(differences(report, truth)).toEqual([]);
    const wrong = {
      ...report,
      totals: { ...report.totals, connections: 3 },
      findings: [{ rule: 'reset-mid-response', severity: 'error', summary: 'cut' }],
    };
    expect(differences(wrong, truth)).toEqual([
      'totals.connections: 3, generated: 2',
      'errors of other rules (reset-mid-response: cut): 1, generated: 0',
    ]);
  });

  test('is no wrong answer where the report says that a cap was hit, unless frames are missing', () => {
    const capped = { ...report, captures: [{ problems: [{ kind: 'too-many-connections', message: '1 was' }] }] };
    expect(judged(report, [])).toBe('agrees');
    expect(judged(capped, ['totals.connections: 3, generated: 2'])).toBe('capped: 1 was');
    expect(judged(capped, ['totals.frames: 9, generated: 10'])).toMatch(/^WRONG/);
    expect(judged(report, ['totals.connections: 3, generated: 2'])).toMatch(/^WRONG/);
  });
});
