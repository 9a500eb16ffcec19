import { describe, expect, test } from 'vitest';
import type { Estimate } from '../report/report.ts';
import { fakeEstimate, healthyReport } from '../testing/fake-report.ts';
import { checkExpectations } from './expectations.ts';
import { LIMITS } from './limits.ts';
import { type Expectation, NO_POLICY } from './policy.ts';
import { serverPattern } from './server-pattern.ts';

const SERVER = '10.0.0.2:8080';

function expectationOf(key: string, bounds: Partial<Expectation>): Expectation {
  return { limit: LIMITS.find((limit) => limit.key === key)!, source: 'c.yaml: here', ...bounds };
}

function check(key: string, bounds: Partial<Expectation>, idleTimeout: Estimate | null, pattern = SERVER) {
  const report = healthyReport();
  const servers = report.servers.map((server) => ({ ...server, idleTimeout }));
  const policy = {
    ...NO_POLICY,
    servers: [{ pattern: serverPattern(pattern), rules: new Map(), expectations: [expectationOf(key, bounds)] }],
  };
  return checkExpectations({ ...report, servers }, policy);
}

const seconds = (low: number, high: number, changes: Partial<Estimate> = {}) =>
  fakeEstimate({ value: (low + high) / 2, low, high, earliest: low, latest: high, others: [], ...changes });

describe('at least 65 s', () => {
  test.each([
    ['all of the interval above', seconds(65, 66), 'met'],
    ['a timer that is a little early', seconds(64.9, 65.2), 'met'],
    ['all of it below', seconds(4.98, 5.03), 'violated'],
    ['both are possible', seconds(60, 70, { earliest: 65.5 }), 'undecided'],
    ['a close was seen earlier', seconds(60, 70, { earliest: 61 }), 'violated'],
    ['nothing bounds it', seconds(58, Infinity, { earliest: 66, latest: 66 }), 'undecided'],
    ['nothing was seen', null, 'not-observed'],
  ])('%s', (_, estimate, state) => {
    const [result] = check('idleTimeoutSeconds', { atLeast: 65 }, estimate);
    expect(result).toMatchObject({ server: SERVER, state, fails: state === 'violated', source: 'c.yaml: here' });
    expect(result!.expected).toBe('idle timeout at least 65 s');
  });
});

describe('at most 60 s', () => {
  test.each([
    ['all of it below', seconds(5, 5.1), 'met'],
    ['all of it above', seconds(64, 66), 'violated'],
    ['both are possible', seconds(59, 62), 'undecided'],
    ['nothing bounds it', seconds(58, Infinity), 'undecided'],
    [
      'a second limit behind the same address is later',
      seconds(5, 5.1, { others: [{ value: 75, observed: 4 }] }),
      'violated',
    ],
  ])('%s', (_, estimate, state) => {
    expect(check('idleTimeoutSeconds', { atMost: 60 }, estimate)[0]!.state).toBe(state);
  });
});

test('what was seen is told with interval and number of closes', () => {
  const [result] = check('idleTimeoutSeconds', { atLeast: 1, atMost: 3 }, seconds(4.5, 5.5));
  expect(result).toMatchObject({
    expected: 'idle timeout from 1 s to 3 s',
    seen: 'about 5.00 s, between 4.50 s and 5.50 s (7 closes)',
  });
});

test('requests are counted without tolerance', () => {
  const state = (atLeast: number) => check('maxRequests', { atLeast }, null)[0]!.state;
  expect([state(100), state(101)]).toEqual(['met', 'violated']);
});

test('of several clients the gravest is told', () => {
  expect(check('clientIdleTimeoutSeconds', { atMost: 50 }, null)[0]).toMatchObject({
    state: 'violated',
    seen: expect.stringContaining('10.0.0.1: about 60.0 s'),
  });
  expect(check('clientIdleTimeoutSeconds', { atMost: 50 }, null, '[fd00::2]:80')[0]!.state).toBe('not-observed');
});

test('what was not observed fails only where that was asked for', () => {
  const fails = (bounds: Partial<Expectation>, pattern?: string) =>
    check('idleTimeoutSeconds', { atLeast: 1, ...bounds }, null, pattern)[0]!.fails;
  expect(fails({})).toBe(false);
  expect(fails({ ifNotObserved: 'fail' })).toBe(true);
  expect(fails({ ifNotObserved: 'fail' }, '*:9')).toBe(true);
});

test('exchanges are summed over the servers of a pattern, and none are none', () => {
  const result = (atLeast: number, pattern: string) => check('exchanges', { atLeast }, null, pattern)[0]!;
  expect(result(230, '*')).toMatchObject({ server: '*', state: 'met', seen: '230', fails: false });
  expect(result(231, '*').state).toBe('violated');
  expect(result(1, '*:9')).toMatchObject({ state: 'violated', seen: '0', fails: true });
});
