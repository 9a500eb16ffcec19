// What became of lost requests beyond their own connection, in real captures: what happened is in their truth files.
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyzeFile } from '../testing/analyze-file.ts';
import { findingsOf } from '../testing/findings-of.ts';
import { GatewayFailures, type LostRequest } from './lost-request.ts';

const LAB = 'fixtures/captures/lab';
const ENDS = ['client', 'server'];

async function lossesIn(name: string, end: string) {
  const file = ['pcap', 'pcapng'].map((kind) => `${LAB}/${name}.${end}.${kind}`).find(existsSync)!;
  const { findings } = await analyzeFile(file);
  return findings.filter(({ lostRequests, rule }) => lostRequests > 0 || rule === 'client-gave-up');
}

describe.each(ENDS)('the exchange that was lost, seen from the %s', (end) => {
  test.each([
    ['s1a_crossed_close', 'GET /2', null],
    ['s2_stale_after_fin', 'GET /2', null],
    ['s9_linger0_truncate', 'GET /', { status: 200, version: '1.1', complete: false }],
  ])('%s: %s', async (name, line, response) => {
    const { findings } = await analyzeFile(`fixtures/captures/signatures/${name}.${end}.pcap`, { detail: 'findings' });
    const { request, response: cut } = findings.find(({ severity }) => severity === 'error')!.exchange!;
    expect(`${request.method} ${request.target}`).toMatch(new RegExp(`^${line}`));
    expect(cut).toEqual(response);
  });
});

describe.each(ENDS)('seen from the %s', (end) => {
  test.each([
    ['proxy-502-nginx', [502]],
    ['proxy-502-haproxy', [502]],
    ['proxy-502-caddy', [502]],
    ['race-envoy-upstream', [503, 503]],
    ['timeout-504-haproxy', [504, 504]],
  ])('%s: the gateway told its users %j', async (name, statuses) => {
    const told = (await lossesIn(name, end)).flatMap(({ downstream }) => downstream);
    expect(told.map(({ status }) => status)).toEqual(statuses);
    expect(new Set(told.map(({ frame }) => frame)).size).toBe(statuses.length);
  });

  test.each([
    ['race-envoy-retry', 2],
    ['proxy-retry-haproxy', 2],
    ['race-requests-retry', 2],
    ['race-go', 2],
    ['race-urlconnection', 2],
  ])('%s: %i losses were masked by safe retries', async (name, count) => {
    const retries = (await lossesIn(name, end)).flatMap(({ retry }) => retry ?? []);
    expect(retries.map(({ safe }) => safe)).toEqual(Array(count).fill('yes'));
  });

  test.each(['unsafe-retry-python', 'unsafe-retry-gunicorn', 'unsafe-retry-envoy', 'unsafe-retry-urlconnection'])(
    '%s: the retry was not safe',
    async (name) => {
      const [loss] = await lossesIn(name, end);
      expect(loss!.retry).toMatchObject({ safe: 'no' });
    },
  );
});

test('a loss of which no gateway told anybody', async () => {
  const [loss] = await findingsOf(`
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.081  S ACK
0.281  S RST-ACK
0.300  C2 SYN
0.340  S2 SYN-ACK
0.341  C2 GET /b
0.382  S2 502 length=5`);
  expect(loss!.downstream).toEqual([]);
});

describe('who is told of a loss', () => {
  const request = { method: 'GET', target: '/a', requestId: 0, traceId: 0, startTime: 100 };
  const lost: LostRequest = { request, client: '10.0.0.9', stream: 1, lostTime: 200 };
  const failure = {
    request: { ...request, startTime: 50 },
    gateway: '10.0.0.9',
    client: '10.0.0.1:1000',
    stream: 0,
    status: 502,
    frame: 9,
    time: 250,
  };
  const tied = (told: object, of: object = {}) => {
    const failures = new GatewayFailures();
    failures.add({ ...failure, ...told });
    return failures.causedBy({ ...lost, ...of }) !== null;
  };

  test('by who asked, target and time', () => {
    expect(tied({})).toBe(true);
    expect(tied({ request: { ...failure.request, target: 'http://example.com/a' } })).toBe(true);
    expect(tied({ request: { ...failure.request, target: '/b' } })).toBe(false);
    expect(tied({ request: { ...failure.request, method: 'POST' } })).toBe(false);
    expect(tied({ request: { ...failure.request, startTime: 150 } })).toBe(false);
    expect(tied({ time: 150 })).toBe(false);
    expect(tied({ gateway: '10.0.0.8' })).toBe(false);
    expect(tied({ stream: 1 })).toBe(false);
  });

  test('an id decides where both sides have one', () => {
    const withIds = (requestId: number, traceId: number) => ({ ...request, startTime: 50, requestId, traceId });
    const asked = { request: { ...request, requestId: 7, traceId: 8 } };
    expect(tied({ gateway: '10.0.0.8', request: withIds(7, 0) }, asked)).toBe(true);
    expect(tied({ gateway: '10.0.0.8', request: withIds(0, 8) }, asked)).toBe(true);
    expect(tied({ request: withIds(6, 8) }, asked)).toBe(false);
    expect(tied({ request: withIds(0, 9) }, asked)).toBe(false);
  });

  test('of several the one that was asked last', () => {
    const failures = new GatewayFailures();
    for (const [frame, startTime] of [
      [1, 20],
      [2, 60],
      [3, 40],
    ] as const) {
      failures.add({ ...failure, frame, request: { ...request, startTime } });
    }
    expect(failures.causedBy(lost)!.frame).toBe(2);
  });
});
