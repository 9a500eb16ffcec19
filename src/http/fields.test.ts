import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fields, readField } from './fields.ts';

/** The fields after these lines. The bytes lie inside of a larger buffer that would change every value. */
function read(lines: readonly string[], names = true, fields = new Fields()): Fields {
  for (const line of lines) {
    const buffer = Buffer.from(`99${line}99,close`, 'latin1');
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    readField(fields, buffer, view, 2, 2 + line.length, names);
  }
  return fields;
}

describe('Content-Length', () => {
  const INVALID = -2;
  test.each([
    ['0', 0],
    ['5', 5],
    ['  5\t', 5],
    ['007', 7],
    ['5,5', 5],
    ['5 , 5,\t5', 5],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', INVALID],
    ['99999999999999999999', INVALID],
    ['9'.repeat(1000), INVALID],
    ['', INVALID],
    [' ', INVALID],
    [',', INVALID],
    ['5,', INVALID],
    [',5', INVALID],
    ['5,6', INVALID],
    ['5 6', INVALID],
    ['-5', INVALID],
    ['+5', INVALID],
    ['5.0', INVALID],
    ['5e1', INVALID],
    ['0x5', INVALID],
    ['a', INVALID],
    ['5;q=1', INVALID],
    ['5\0', INVALID],
    ['\xb2', INVALID],
  ])('%j: %d', (value, length) => {
    expect(read([`Content-Length:${value}`]).contentLength).toBe(length);
  });

  test('on several lines', () => {
    expect(read(['content-length: 5', 'Content-Length: 5']).contentLength).toBe(5);
    expect(read(['content-length: 5', 'Content-Length: 6']).contentLength).toBe(INVALID);
    expect(read(['content-length: x', 'Content-Length: 6', 'Content-Length: 6']).contentLength).toBe(INVALID);
  });

  test('absent', () => {
    expect(
      read(['Content-Lengths: 5', 'Content-Length x: 5', ' Content-Length: 5', 'Content-Length']).contentLength,
    ).toBe(-1);
  });
});

describe('Transfer-Encoding', () => {
  test.each([
    ['chunked', true],
    ['CHUNKED', true],
    ['gzip, chunked', true],
    ['gzip,chunked', true],
    ['chunked, gzip', false],
    ['xchunked', false],
    ['chunkedx', false],
    ['', false],
    [',', false],
    ['chunked,', true],
    [', chunked , ,', true],
    ['identity, chunked', true],
    ['gzip, identity', false],
  ])('%j: chunked %s', (value, chunked) => {
    expect(read([`transfer-encoding: ${value} `])).toMatchObject({ hasTransferEncoding: true, chunked });
  });

  test.each([
    [['gzip', 'chunked'], true],
    [['chunked', 'gzip'], false],
    [['chunked', ''], true],
    [['chunked', ' , '], true],
    [['', 'chunked'], true],
    [['chunked', 'identity'], true],
  ])('on several lines, %j: chunked %s', (values, chunked) => {
    expect(read(values.map((value) => `Transfer-Encoding: ${value}`))).toMatchObject({
      hasTransferEncoding: true,
      chunked,
    });
  });

  test('the coding that is none', () => {
    expect(read(['Transfer-Encoding: Identity'])).toMatchObject({ hasTransferEncoding: false, chunked: false });
  });
});

describe('Connection', () => {
  test.each([
    ['close', { connectionClose: true }],
    [' CLOSE ', { connectionClose: true }],
    ['Keep-Alive', { connectionKeepAlive: true }],
    ['keep-alive, close', { connectionClose: true, connectionKeepAlive: true }],
    ['close,upgrade', { connectionClose: true, connectionUpgrade: true }],
    ['\tUpgrade ,, HTTP2-Settings', { connectionUpgrade: true }],
    ['closed', {}],
    ['close d', {}],
    ['', {}],
    [',', {}],
    ['\0close', {}],
  ])('%j: %o', (value, facts) => {
    const { connectionClose, connectionKeepAlive, connectionUpgrade } = read([`connection:${value}`]);
    expect({ connectionClose, connectionKeepAlive, connectionUpgrade }).toEqual({
      connectionClose: false,
      connectionKeepAlive: false,
      connectionUpgrade: false,
      ...facts,
    });
  });
});

describe('Keep-Alive', () => {
  test.each([
    ['timeout=5', 5, -1],
    ['timeout=5, max=1000', 5, 1000],
    ['max=3;TIMEOUT = "60"', 60, 3],
    ['timeout=0', 0, -1],
    ['timeout', -1, -1],
    ['timeout=x', -1, -1],
    ['timeout=-1', -1, -1],
    ['xtimeout=5', -1, -1],
    ['', -1, -1],
  ])('%j: timeout %d, max %d', (value, keepAliveTimeout, keepAliveMax) => {
    expect(read([`Keep-Alive: ${value}`])).toMatchObject({ keepAliveTimeout, keepAliveMax });
  });
});

describe('blanks before the colon', () => {
  const LINES = ['Content-Length \t: 5', 'Connection : close', 'Transfer-Encoding : chunked', 'Keep-Alive : timeout=5'];

  test('of a response count for nothing', () => {
    expect(read(LINES)).toMatchObject({
      contentLength: 5,
      connectionClose: true,
      hasTransferEncoding: true,
      chunked: true,
      keepAliveTimeout: 5,
    });
    expect(read(['Connection close: close', 'Connection ', 'Content-Length 5'])).toEqual(new Fields());
  });

  test('of a request make another name: it must be refused', () => {
    const request = Object.assign(new Fields(), { isRequest: true });
    expect(read(LINES, true, request.clone())).toEqual(request);
  });
});

test('names of products and host, when wanted', () => {
  const lines = [
    'Host: a.test:80',
    'user-agent:  curl/8 ',
    'SERVER:nginx\0\x1b[31m',
    'Expect: 100-Continue',
    'Upgrade: h2c',
  ];
  expect(read(lines)).toMatchObject({
    host: 'a.test:80',
    userAgent: 'curl/8',
    server: 'nginx\0\x1b[31m',
    expectContinue: true,
    hasUpgrade: true,
  });
  expect(read(lines, false)).toMatchObject({ host: '', userAgent: '', server: '', expectContinue: true });
  expect(read([`Server: ${'x'.repeat(70_000)}`]).server.length).toBeLessThanOrEqual(1024);
});

test('whatever a line holds, it is read within its bounds', () => {
  const name = fc.constantFrom(
    'Content-Length',
    'Connection',
    'Transfer-Encoding',
    'Keep-Alive',
    'Host',
    'Server',
    'x',
  );
  const value = fc.string({
    unit: fc.constantFrom('5', ',', ' ', '\t', 'close', 'chunked', '\0', '\xff', '=', 'timeout'),
  });
  fc.assert(
    fc.property(name, fc.constantFrom(':', ' :', ''), value, (field, colon, text) => {
      const line = `${field}${colon}${text}`;
      const fields = read([line]);
      // The bytes behind the line say "99,close".
      expect(String(fields.contentLength)).not.toMatch(/99/);
      if (!/close/.test(text)) expect(fields.connectionClose).toBe(false);
    }),
  );
});
