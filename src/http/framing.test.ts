import { describe, expect, test } from 'vitest';
import { Fields } from './fields.ts';
import { framingOfRequest, framingOfResponse } from './framing.ts';

// RFC 9112 6.3: its steps, in its order.
const NONE = {};
const LENGTH = { contentLength: 5 };
const EMPTY = { contentLength: 0 };
const INVALID = { contentLength: -2 };
const CHUNKED = { hasTransferEncoding: true, chunked: true };
const OTHER_CODING = { hasTransferEncoding: true };

const fieldsOf = (facts: Partial<Fields>) => Object.assign(new Fields(), facts);

describe('a response', () => {
  test.each([
    // 1
    ['HEAD', 200, LENGTH, 'none'],
    ['HEAD', 200, CHUNKED, 'none'],
    ['HEAD', 404, INVALID, 'none'],
    ['GET', 100, LENGTH, 'none'],
    ['GET', 103, CHUNKED, 'none'],
    ['GET', 204, LENGTH, 'none'],
    ['GET', 304, LENGTH, 'none'],
    ['GET', 304, CHUNKED, 'none'],
    ['GET', 101, NONE, 'tunnel'],
    // 2
    ['CONNECT', 200, LENGTH, 'tunnel'],
    ['CONNECT', 299, CHUNKED, 'tunnel'],
    ['CONNECT', 300, LENGTH, 'content-length'],
    ['CONNECT', 407, NONE, 'close-delimited'],
    // 3 and 4
    ['GET', 200, { ...LENGTH, ...CHUNKED }, 'chunked'],
    ['GET', 200, { ...INVALID, ...CHUNKED }, 'chunked'],
    ['GET', 200, CHUNKED, 'chunked'],
    ['GET', 200, OTHER_CODING, 'close-delimited'],
    ['GET', 200, { ...LENGTH, ...OTHER_CODING }, 'close-delimited'],
    // 5
    ['GET', 200, INVALID, 'close-delimited'],
    // 6
    ['GET', 200, LENGTH, 'content-length'],
    ['GET', 500, LENGTH, 'content-length'],
    ['GET', 200, EMPTY, 'none'],
    ['', 200, LENGTH, 'content-length'],
    // RFC 9110 15.3.6
    ['GET', 205, NONE, 'none'],
    ['GET', 205, LENGTH, 'content-length'],
    ['GET', 205, CHUNKED, 'chunked'],
    // 8
    ['GET', 200, NONE, 'close-delimited'],
    ['', 200, NONE, 'close-delimited'],
  ] as const)('to %j with status %d and %o: %s', (method, status, facts, framing) => {
    expect(framingOfResponse(fieldsOf(facts), status, method)).toBe(framing);
  });
});

describe('a request', () => {
  test.each([
    // 3 and 4
    [CHUNKED, 'chunked'],
    [{ ...LENGTH, ...CHUNKED }, 'chunked'],
    [OTHER_CODING, 'close-delimited'],
    [{ ...LENGTH, ...OTHER_CODING }, 'close-delimited'],
    // 5
    [INVALID, 'close-delimited'],
    // 6
    [LENGTH, 'content-length'],
    [EMPTY, 'none'],
    // 7
    [NONE, 'none'],
  ] as const)('with %o: %s', (facts, framing) => {
    expect(framingOfRequest(fieldsOf(facts))).toBe(framing);
  });
});
