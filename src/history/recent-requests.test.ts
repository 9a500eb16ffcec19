import { describe, expect, test } from 'vitest';
import { hashBytes } from '../base/hash.ts';
import { Request } from '../http/exchange.ts';
import { RecentRequests } from './recent-requests.ts';

const SECOND = 1e9;

function route(text: string): number {
  const bytes = Buffer.from(text, 'latin1');
  return hashBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
}

function requestFor(target: string): Request {
  return Object.assign(new Request(), { method: 'GET', target });
}

/** One client asks for `target` on its connection `stream`, `seconds` after the beginning. */
function ask(recent: RecentRequests, target: string, stream: number, seconds: number, client = 1): number {
  return recent.add(client, route(`GET ${target}`), -1, stream, stream * 10 + 1, seconds * SECOND);
}

describe('recent requests', () => {
  test('the first one that came after the loss, on another connection of the same client', () => {
    const recent = new RecentRequests();
    ask(recent, '/a', 1, 0);
    ask(recent, '/a', 2, 0.5);
    ask(recent, '/a', 1, 1.5);
    ask(recent, '/a', 3, 2, 99);
    ask(recent, '/b', 4, 2);
    ask(recent, '/a', 5, 3);
    ask(recent, '/a', 6, 2.5);
    ask(recent, '/a', 7, 30);
    const retry = recent.retryOf(1, requestFor('/a'), 1, SECOND);
    expect(retry).toEqual({ stream: 6, frame: 61, time: 2.5 * SECOND, sameBody: null });
    expect(recent.retryOf(1, requestFor('/a'), 1, 3.5 * SECOND)).toBeNull();
    expect(recent.retryOf(1, requestFor('/c'), 1, 0)).toBeNull();
  });

  test('are found however many there are, as long as they are among the last 65,536', () => {
    const recent = new RecentRequests();
    for (let n = 0; n < 200_000; n++) ask(recent, `/${n}`, n, n / 1e5);
    for (const n of [200_000 - 65_536, 150_000, 199_999]) {
      expect(recent.retryOf(1, requestFor(`/${n}`), -1, 0)).toMatchObject({ stream: n });
    }
    for (const n of [0, 100_000, 200_000 - 65_537]) {
      expect(recent.retryOf(1, requestFor(`/${n}`), -1, 0)).toBeNull();
    }
  });

  test('whenever somebody looks, and however many came since', () => {
    const recent = new RecentRequests();
    for (let n = 0; n < 300_000; n++) {
      ask(recent, `/${n}`, n, n / 1e5);
      // Now and then, often for a while, and then not until all that is remembered is new.
      if (n % 10_007 !== 0 && !(n > 100_000 && n < 101_000)) continue;
      if (n > 120_000 && n < 280_000) continue;
      for (const before of [0, 1, 60_000, 65_535]) {
        if (before > n) continue;
        expect(recent.retryOf(1, requestFor(`/${n - before}`), -1, 0)).toMatchObject({ stream: n - before });
      }
      if (n > 65_536) expect(recent.retryOf(1, requestFor(`/${n - 65_536}`), -1, 0)).toBeNull();
    }
  });

  test('while they become more, none is lost', () => {
    const recent = new RecentRequests();
    for (let n = 0; n < 20_000; n++) {
      ask(recent, `/${n}`, n, n / 1e5);
      const early = n >> 1;
      expect(recent.retryOf(1, requestFor(`/${early}`), -1, 0)).toMatchObject({ stream: early });
    }
  });

  test('bodies are compared by length and digest', () => {
    const recent = new RecentRequests();
    const lost = Object.assign(new Request(), { method: 'POST', target: '/a', contentLength: 10, bodyDigest: 77 });
    const post = (stream: number, length: number, digest: number) =>
      recent.bodyBegan(recent.add(1, route('POST /a'), length, stream, 1, SECOND), digest);
    post(1, 11, 77);
    post(2, 10, 78);
    expect(recent.retryOf(1, lost, 0, 0)).toBeNull();
    recent.add(1, route('POST /a'), 10, 3, 1, 2 * SECOND);
    expect(recent.retryOf(1, lost, 0, 0)).toMatchObject({ stream: 3, sameBody: false });
    post(4, 10, 77);
    expect(recent.retryOf(1, lost, 0, 0)).toMatchObject({ stream: 4, sameBody: true });
  });
});
