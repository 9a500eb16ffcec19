import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isRestOfMethod,
  mayBecomeRequestLine,
  mayBecomeStatusLine,
  mayBeginKnownMethod,
  methodOf,
  minorVersionAt,
  readLooseStatusLine,
  readRequestLine,
  readStatusLine,
} from './start-line.ts';

/** The text inside of a larger buffer, which continues it in a way that would make more of it. */
function place(text: string): { buffer: Buffer; view: DataView; start: number; end: number } {
  const buffer = Buffer.from(`GET ${text} HTTP/1.1`, 'latin1');
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  return { buffer, view, start: 4, end: 4 + text.length };
}

function requestOf(text: string) {
  const { buffer, view, start, end } = place(text);
  const line = readRequestLine(view, start, end);
  if (line === null) return null;
  const target = buffer.toString('latin1', line.targetStart, line.targetEnd);
  return [methodOf(buffer, view, start, line.methodEnd), target, minorVersionAt(view, line.versionEnd - 1)];
}

function statusOf(text: string): number {
  const { view, start, end } = place(text);
  return readStatusLine(view, start, end);
}

describe('request line', () => {
  test.each([
    ['GET / HTTP/1.1', ['GET', '/', 1]],
    ['GET / HTTP/1.0', ['GET', '/', 0]],
    ['GET / HTTP/1.9', ['GET', '/', 9]],
    ['DELETE /a/b?c HTTP/1.1', ['DELETE', '/a/b?c', 1]],
    ['PUT /a HTTP/1.1', ['PUT', '/a', 1]],
    ['PATCH /a HTTP/1.1', ['PATCH', '/a', 1]],
    ['HEADER /a HTTP/1.1', ['HEADER', '/a', 1]],
    ['POSTS /a HTTP/1.1', ['POSTS', '/a', 1]],
    ['GE /a HTTP/1.1', ['GE', '/a', 1]],
    ['a /a HTTP/1.1', ['a', '/a', 1]],
    ['OPTIONS * HTTP/1.1', ['OPTIONS', '*', 1]],
    ['GET   /a   HTTP/1.1', ['GET', '/a', 1]],
    ['GET /a HTTP/1.1 ', ['GET', '/a', 1]],
    ['GET /a HTTP/1.0 \t ', ['GET', '/a', 0]],
    ['GET /a HTTP/1.1 HTTP/1.0', ['GET', '/a HTTP/1.1', 0]],
    ['GET /a b HTTP/1.1', ['GET', '/a b', 1]],
    ['GET /\0\xff\x1b HTTP/1.1', ['GET', '/\0\xff\x1b', 1]],
    [`GET /${'a'.repeat(65_536)} HTTP/1.1`, ['GET', `/${'a'.repeat(65_536)}`, 1]],
  ])('%.40j', (text, expected) => {
    expect(requestOf(text)).toEqual(expected);
  });

  test.each([
    '',
    'GET',
    'GET /',
    'GET / ',
    'GET  HTTP/1.1',
    'GET HTTP/1.1',
    'GET /HTTP/1.1',
    ' GET / HTTP/1.1',
    ' / HTTP/1.1',
    'HTTP/1.1',
    'GET / HTTP/1.',
    'GET / HTTP/1.x',
    'GET / HTTP/1.11',
    'GET / HTTP/2.0',
    'GET / http/1.1',
    'GET / RTSP/1.0',
    'GE:T / HTTP/1.1',
    'GE\0T / HTTP/1.1',
    'G\xc9T / HTTP/1.1',
    `${'A'.repeat(33)} / HTTP/1.1`,
    'HTTP/1.1 200 OK',
    'PRI * HTTP/2.0',
  ])('%.40j is none', (text) => {
    expect(requestOf(text)).toBeNull();
  });
});

describe('a method of which the beginning may be missing', () => {
  const isRest = (method: string) => {
    const { view, start, end } = place(method);
    return isRestOfMethod(view, start, end);
  };

  test.each(['ET', 'T', 'OST', 'EAD', 'ELETE', 'PFIND', 'EARCH'])('%j is the rest of one', (method) => {
    expect(isRest(method)).toBe(true);
  });

  test.each(['GET', 'LOCK', 'SEARCH', 'get', 'NOTIFY', 'GE', 'XGET'])('%j is none', (method) => {
    expect(isRest(method)).toBe(false);
  });

  test.each([
    ['G', true],
    ['GET', true],
    ['GET ', true],
    ['GET /', true],
    ['PROPF', true],
    ['ET /a', false],
    ['GETS', false],
    ['get', false],
    ['\0', false],
  ])('%j may begin a known one: %s', (text, expected) => {
    const { buffer, start, end } = place(text);
    expect(mayBeginKnownMethod(buffer, start, end)).toBe(expected);
  });
});

describe('status line', () => {
  test.each([
    ['HTTP/1.1 200 OK', 200],
    ['HTTP/1.0 404 Not Found', 404],
    ['HTTP/1.1 100', 100],
    ['HTTP/1.1 999 ', 999],
    ['HTTP/1.1 500 \0\xff', 500],
    ['HTTP/1.1 200\tOK', 200],
    [`HTTP/1.1 200 ${'a'.repeat(65_536)}`, 200],
    ['HTTP/1.1 099 X', -1],
    ['HTTP/1.1 20', -1],
    ['HTTP/1.1 2000', -1],
    ['HTTP/1.1 20x OK', -1],
    ['HTTP/1.1 +20 OK', -1],
    ['HTTP/1.1  200 OK', -1],
    ['HTTP/1.1\t200 OK', -1],
    ['HTTP/1.1200 OK', -1],
    ['HTTP/2 200', -1],
    ['HTTP/2.0 200 OK', -1],
    ['HTTP/1.x 200 OK', -1],
    ['http/1.1 200 OK', -1],
    ['ICY 200 OK', -1],
    ['RTSP/1.0 200 OK', -1],
    ['', -1],
    ['H', -1],
  ])('%.40j: %d', (text, status) => {
    expect(statusOf(text)).toBe(status);
  });
});

describe('status line of a response that is awaited', () => {
  test.each([
    ['HTTP/1.1 200 OK', 200],
    ['HTTP/1.1  200 OK', 200],
    ['HTTP/1.1\t200\tOK', 200],
    ['HTTP/1.1 \t 404', 404],
    ['HTTP/1.1200 OK', -1],
    ['HTTP/1.1  20', -1],
    ['HTTP/1.1  2000', -1],
    ['HTTP/1.1  099 X', -1],
    ['HTTP/1.1   ', -1],
    ['HTTP/1.1', -1],
    ['ICY  200 OK', -1],
    ['', -1],
  ])('%.40j: %d', (text, status) => {
    const { view, start, end } = place(text);
    expect(readLooseStatusLine(view, start, end)).toBe(status);
  });
});

describe('an unfinished line', () => {
  const beginnings = (text: string) => Array.from({ length: text.length + 1 }, (_, length) => text.slice(0, length));
  const mayBecome = (text: string) => {
    const { view, start, end } = place(text);
    return { request: mayBecomeRequestLine(view, start, end), status: mayBecomeStatusLine(view, start, end) };
  };

  test.each(['GET /a b HTTP/1.1', 'M-SEARCH * HTTP/1.1', `${'A'.repeat(32)} / HTTP/1.0`])(
    'every beginning of %j may become it',
    (line) => {
      for (const text of beginnings(line)) expect(mayBecome(text).request, text).toBe(true);
    },
  );

  test('every beginning of a status line may become it', () => {
    for (const text of beginnings('HTTP/1.1 200 OK')) expect(mayBecome(text).status, text).toBe(true);
  });

  test.each(['\x16', ' GET', 'GET\t/', '{"json"', 'A'.repeat(33), '\0', 'GET:'])(
    '%j becomes no request line',
    (text) => {
      expect(mayBecome(text).request).toBe(false);
    },
  );

  test.each(['h', 'HTTP/2', 'HTTP 1', '220 smtp', '\x16', 'ICY'])('%j becomes no status line', (text) => {
    expect(mayBecome(text).status).toBe(false);
  });

  test('what is a line may have become one at each of its beginnings', () => {
    const piece = fc.constantFrom('GET', ' ', '/', 'HTTP/1.1', 'HTTP/1.0', ' 200', 'a', '\0', '1', 'A'.repeat(20));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const line = pieces.join('');
        const isRequest = requestOf(line) !== null;
        const isStatus = statusOf(line) >= 0;
        expect(isRequest && isStatus).toBe(false);
        for (const text of beginnings(line)) {
          if (isRequest) expect(mayBecome(text).request, text).toBe(true);
          if (isStatus) expect(mayBecome(text).status, text).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
