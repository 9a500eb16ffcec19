import { describe, expect, test } from 'vitest';
import { fingerprintOf, Ids, normalisedRoute } from './identity.ts';

describe('routes', () => {
  test.each([
    ['GET /', 'GET /'],
    ['GET /orders', 'GET /orders'],
    ['GET /orders/17', 'GET /orders/{}'],
    ['GET /orders/17/items/4711', 'GET /orders/{}/items/{}'],
    ['GET /orders?id=17', 'GET /orders'],
    ['GET /orders#17', 'GET /orders'],
    ['GET /users/0b9f1c2e-7a41-4a7e-9f43-1c2d3e4f5a6b', 'GET /users/{}'],
    ['GET /blobs/DEADBEEF01', 'GET /blobs/{}'],
    ['GET /files/report-20260102.pdf', 'GET /files/{}'],
    ['GET /v2/orders', 'GET /v2/orders'],
    ['GET http://example.test/orders/17?x', 'GET http://example.test/orders/{}'],
    ['OPTIONS *', 'OPTIONS *'],
    ['CONNECT example.test:443', 'CONNECT example.test:443'],
    ['', ''],
  ])('%s is %s', (route, normalised) => {
    expect(normalisedRoute(route)).toBe(normalised);
  });

  test('a hostile route takes no time', () => {
    const started = performance.now();
    normalisedRoute(`GET /${'1-'.repeat(4000)}!`);
    normalisedRoute(`GET ${'/?'.repeat(4000)}`);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

test('fingerprints differ by rule, server, route and cause, and by nothing else', () => {
  const base: [string, string, string, string] = ['a-rule', '10.0.0.2:80', 'GET /orders/17', 'idle-close'];
  const same = fingerprintOf(base[0], base[1], 'GET /orders/99?again', base[3]);
  expect(fingerprintOf(...base)).toBe(same);
  expect(same).toMatch(/^[0-9a-f]{32}$/);
  const others = base.map((_, at) => {
    const [rule, server, route, cause] = base.with(at, 'POST /other') as [string, string, string, string];
    return fingerprintOf(rule, server, route, cause);
  });
  expect(new Set([same, ...others]).size).toBe(5);
});

test('ids are short, and longer where two would be the same', () => {
  const ids = new Ids();
  const first = ids.idOf('a', 1);
  expect(first).toMatch(/^[0-9a-f]{8}$/);
  const second = ids.idOf('a', 1);
  expect(second).toMatch(/^[0-9a-f]{9}$/);
  expect(second.startsWith(first)).toBe(true);
  expect(new Ids().idOf('a', 1)).toBe(first);
});
