import { expect, test } from 'vitest';
import { Fields } from './fields.ts';
import { announcesClose } from './persistence.ts';

// RFC 9112 9.3: its steps, in its order.
test.each([
  // "close" is present.
  [1, { connectionClose: true }, true],
  [0, { connectionClose: true }, true],
  [1, { connectionClose: true, connectionKeepAlive: true }, true],
  [0, { connectionClose: true, connectionKeepAlive: true }, true],
  // HTTP/1.1 or later.
  [1, {}, false],
  [1, { connectionKeepAlive: true }, false],
  [2, {}, false],
  // HTTP/1.0 with keep-alive.
  [0, { connectionKeepAlive: true }, false],
  // Otherwise.
  [0, {}, true],
] as const)('HTTP/1.%d with %o: closes %s', (minorVersion, facts, closes) => {
  expect(announcesClose(Object.assign(new Fields(), facts), minorVersion)).toBe(closes);
});
