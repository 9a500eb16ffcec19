import { expect, test } from 'vitest';
import { fakeHistories, fakeReport } from '../testing/fake-report.ts';
import { json } from './json.ts';
import { ndjson } from './ndjson.ts';
import type { Report } from './report.ts';

const PLAIN = { color: false, width: 80, quiet: false };

function linesOf(report: Report): Record<string, unknown>[] {
  const text = [...ndjson.render(report, PLAIN)].join('');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function without(line: Record<string, unknown>, ...keys: string[]) {
  return Object.fromEntries(Object.entries(line).filter(([key]) => !keys.includes(key)));
}

test('a line says what stands in the JSON report under the same name', () => {
  const lines = linesOf(fakeReport());
  const whole = JSON.parse([...json.render(fakeReport(), PLAIN)].join(''));
  const of = (type: string) => lines.filter((line) => line.type === type).map((line) => without(line, 'type'));
  expect(of('capture')).toEqual(whole.captures);
  expect(of('totals')).toEqual([whole.totals]);
  expect(of('server')).toEqual(whole.servers);
  expect(of('finding')).toEqual(whole.findings);
  expect(of('omittedFindings')).toEqual(whole.omittedFindings);
  expect(of('connection')).toEqual(
    whole.connections.map((connection: Record<string, unknown>) => without(connection, 'exchanges', 'idleGaps')),
  );
  for (const { stream, exchanges, idleGaps } of whole.connections) {
    const ofStream = (type: string) => of(type).filter((line) => line.stream === stream);
    expect(ofStream('exchange').map((line) => without(line, 'stream', 'index'))).toEqual(exchanges);
    expect(ofStream('exchange').map((line) => line.index)).toEqual([...exchanges.keys()]);
    expect(ofStream('idleGap').map((line) => without(line, 'stream'))).toEqual(idleGaps);
  }
  expect(lines[0]).toMatchObject({ type: 'report', schema: 'finrace-ndjson/1', detail: 'exchanges' });
});

test('detail says how much of the connections is written', () => {
  const types = (report: Report) => new Set(linesOf(report).map(({ type }) => type));
  expect(types(fakeReport({ detail: 'connections' }))).not.toContain('exchange');
  expect(types(fakeReport({ detail: 'connections' }))).toContain('connection');
  expect(types(fakeReport({ detail: 'findings' }))).not.toContain('connection');
});

test('is written in pieces, while the connections are still being made', () => {
  let made = 0;
  function* many() {
    for (const stream of Array(5000).keys()) {
      made++;
      yield { ...fakeHistories()[0]!, stream };
    }
  }
  const { value } = ndjson
    .render(fakeReport({ connections: many() }), PLAIN)
    [Symbol.iterator]()
    .next();
  expect(value.length).toBeLessThan(100_000);
  expect(made).toBeLessThan(500);
});
