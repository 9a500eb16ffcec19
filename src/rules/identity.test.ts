import { describe, expect, test } from 'vitest';
import { SECOND } from '../base/timeline.ts';
import { fingerprintOf, Ids, normalisedRoute, timeoutRange } from './identity.ts';

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
    ['GET /files/report-20260102.pdf', 'GET /files/report-{}.pdf'],
    ['GET /days/2026-01-02', 'GET /days/{}'],
    ['GET /days/2026-01-02T03:04:05Z/x', 'GET /days/{}/x'],
    ['GET /assets/app.3f2a1b9c.js', 'GET /assets/app.{}.js'],
    ['GET /t/01ARZ3NDEKTSV4RRFFQ69G5FAV', 'GET /t/{}'],
    ['GET /cart;jsessionid=0A1B2C/items', 'GET /cart/items'],
    ['GET /defaced/facade', 'GET /defaced/facade'],
    ['GET /hosts/10.0.0.1:8080/x', 'GET /hosts/{}/x'],
    ['GET http://10.0.0.1:8080/orders/17', 'GET http://10.0.0.1:8080/orders/{}'],
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
  const base: [string, string, string, string] = ['a-rule', '10.0.0.2:80', 'GET /orders/{}', 'idle-close'];
  const same = fingerprintOf(base[0], base[1], normalisedRoute('GET /orders/99?again'), base[3]);
  expect(fingerprintOf(...base)).toBe(same);
  expect(same).toMatch(/^[0-9a-f]{32}$/);
  const others = base.map((_, at) => {
    const [rule, server, route, cause] = base.with(at, 'POST /other') as [string, string, string, string];
    return fingerprintOf(rule, server, route, cause);
  });
  expect(new Set([same, ...others]).size).toBe(5);
});

test('normalising twice changes nothing, and a route is cut off', () => {
  const once = normalisedRoute(`GET /a/17/b-2026-01-02;x=1/${'c/'.repeat(4000)}`);
  expect(normalisedRoute(once)).toBe(once);
  expect(once).toHaveLength(300);
});

describe('ranges of timeouts', () => {
  test.each([1, 2, 3, 5, 10, 15, 20, 30, 60, 65, 75, 90, 120, 180, 240, 300, 350, 600, 900, 1800, 3600])(
    'what is configured as %i s lies in one range, however early or late the timer is',
    (seconds) => {
      const seen = [seconds * 0.98, seconds, seconds + 0.6, seconds * 1.02];
      expect(new Set(seen.map((value) => timeoutRange(value * SECOND))).size).toBe(1);
    },
  );

  test('5 s, 60 s and no end are three', () => {
    expect([5, 60, 1e6].map((seconds) => timeoutRange(seconds * SECOND))).toEqual([
      'up-to-8.6s',
      'up-to-85s',
      'longer',
    ]);
  });
});

test('ids are short, and longer where two would be the same', () => {
  const ids = new Ids();
  const first = ids.idOf('a', 1);
  expect(first).toMatch(/^[0-9a-f]{8}$/);
  const second = ids.idOf('a', 1);
  expect(second).toMatch(/^[0-9a-f]{16}$/);
  expect(second.startsWith(first)).toBe(true);
  expect(ids.idOf('a', 1)).toMatch(new RegExp(`^${second}[0-9a-f]{8}$`));
  expect(new Ids().idOf('a', 1)).toBe(first);
});

test('hardly any two ids begin alike', () => {
  const ids = new Ids();
  const given = Array.from({ length: 100_000 }, (_, i) => ids.idOf('a-rule', '10.0.0.2:80', '', i, 3 * i + 1));
  expect(new Set(given).size).toBe(given.length);
  // 100,000 numbers that are drawn from 2^32: 1.2 pairs of equal ones.
  expect(given.filter((id) => id.length > 8).length).toBeLessThan(8);
});
