import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { fakeHistories, fakeLadder, fakeReport, healthyReport } from '../testing/fake-report.ts';
import { json } from './json.ts';
import { ladderOf } from './ladder.ts';
import type { Report } from './report.ts';

const SCHEMA = JSON.parse(readFileSync(new URL('../../schema/finrace-report.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(SCHEMA);

function pieces(report: Report): string[] {
  return [...json.render(report, { color: false, width: 80, quiet: false })];
}

function render(report: Report) {
  return JSON.parse(pieces(report).join(''));
}

describe('the schema holds', () => {
  test.each([
    ['everything at once', fakeReport()],
    ['without exchanges', fakeReport({ detail: 'connections' })],
    ['findings only', fakeReport({ detail: 'findings' })],
    ['a healthy capture', healthyReport()],
    ['nothing at all', healthyReport({ captures: [], connections: [], servers: [] })],
  ])('for %s', (_, report) => {
    validate(render(report));
    expect(validate.errors).toBeNull();
  });

  test('for every kind of row of a ladder', () => {
    const { findings } = fakeReport();
    const [first, second] = findings;
    const traced = fakeLadder();
    const told = ladderOf(second!, null, null, { maxSegments: 60 })!;
    const ladders = new Map([
      [first!.id, traced],
      [second!.id, told],
    ]);
    const report = render(fakeReport({ ladders }));
    expect(validate(report)).toBe(true);
    expect(report.findings[0].ladder.rows.map(({ kind }: { kind: string }) => kind)).toEqual(
      traced.rows.map(({ kind }) => kind),
    );
    expect(report.findings[1].ladder.basis).toBe('evidence');
    expect(report.findings[2]).not.toHaveProperty('ladder');
  });

  test('and is strict: a key too many or too few is an error', () => {
    const report = render(fakeReport());
    expect(validate({ ...report, extra: 1 })).toBe(false);
    const { tool: _, ...withoutTool } = report;
    expect(validate(withoutTool)).toBe(false);
    report.findings[0].severity = 'fatal';
    expect(validate(report)).toBe(false);
  });
});

test('the whole of it', async () => {
  await expect(pieces(fakeReport()).join('')).toMatchFileSnapshot('../../fixtures/expected/report/everything.json');
});

test('detail says how much of the connections is written', () => {
  expect(render(fakeReport({ detail: 'findings' })).connections).toEqual([]);
  const [connection] = render(fakeReport({ detail: 'connections' })).connections;
  expect(connection.stream).toBe(0);
  expect(connection).not.toHaveProperty('exchanges');
  expect(connection).not.toHaveProperty('idleGaps');
});

test('strings keep the bytes of the wire, and nothing invisible is raw', () => {
  const [connection] = render(fakeReport()).connections;
  expect(connection.serverProduct).toBe(fakeHistories()[0]!.serverProduct);
  expect(pieces(fakeReport()).join('')).toMatch(/^[\n\x20-\x7e\xa0-\xff]*$/);
});

test('is written in pieces, while the connections are still being made', () => {
  let made = 0;
  function* many() {
    for (const stream of Array(5000).keys()) {
      made++;
      yield { ...fakeHistories()[0]!, stream };
    }
  }
  const first = json.render(fakeReport({ connections: many() }), { color: false, width: 80, quiet: false });
  const { value } = first[Symbol.iterator]().next();
  expect(value.length).toBeLessThan(100_000);
  expect(made).toBeLessThan(500);
});
