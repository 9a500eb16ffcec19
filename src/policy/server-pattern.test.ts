import { describe, expect, test } from 'vitest';
import { PatternError, serverPattern } from './server-pattern.ts';

describe('a pattern matches', () => {
  test.each([
    ['*', '10.0.0.5:80'],
    ['*', '[fd00::1]:80'],
    ['10.0.0.5:8080', '10.0.0.5:8080'],
    ['10.0.0.5', '10.0.0.5:1'],
    ['*:8080', '[fd00::1]:8080'],
    ['*:8000-8099', '10.0.0.5:8099'],
    ['10.1.*:8080', '10.1.2.3:8080'],
    ['10.*.2.3', '10.1.2.3:80'],
    ['10.1.0.0/16:80', '10.1.255.1:80'],
    ['0.0.0.0/0', '10.1.255.1:80'],
    ['[fd00::1]:80', '[fd00::1]:80'],
    ['[FD00:0:0::1]', '[fd00::1]:80'],
    ['[fd00::/8]:*', '[fdff::1]:80'],
  ])('%s: %s', (pattern, server) => {
    expect(serverPattern(pattern).matches(server, null)).toBe(true);
  });
});

describe('a pattern does not match', () => {
  test.each([
    ['10.0.0.5:8080', '10.0.0.5:80'],
    ['10.0.0.5', '10.0.0.50:80'],
    ['*:8000-8099', '10.0.0.5:8100'],
    ['10.1.*', '10.10.2.3:80'],
    ['10.1.*', '[fd00::10.1.2.3]:80'],
    ['10.1.0.0/16', '10.2.0.1:80'],
    ['0.0.0.0/0', '[fd00::1]:80'],
    ['[fd00::/8]', '[fe80::1]:80'],
    ['[fd00::1]:80', '10.0.0.5:80'],
  ])('%s: %s', (pattern, server) => {
    expect(serverPattern(pattern).matches(server, 'orders')).toBe(false);
  });
});

test('a name stands for what an alias calls so', () => {
  expect(serverPattern('orders').alias).toBe('orders');
  expect(serverPattern('orders').matches('10.0.0.5:80', 'orders')).toBe(true);
  expect(serverPattern('orders').matches('10.0.0.5:80', null)).toBe(false);
});

test.each([
  ['', 'no pattern'],
  ['10.1', 'no pattern'],
  ['10.1.2.3.4', 'no pattern'],
  ['10.256.*', 'no pattern'],
  ['*.10', 'no pattern'],
  ['10.0.0.0/33', 'from 0 to 32'],
  ['10.0.0.0/', 'from 0 to 32'],
  ['10.0.0.0/8/8', 'no pattern'],
  ['[fd00::/129]', 'from 0 to 128'],
  ['[fd00::1', 'in brackets'],
  ['fd00::1', 'in brackets'],
  ['*:0', 'no port'],
  ['*:65536', 'no port'],
  ['*:90-80', 'no port'],
  ['*:x', 'no port'],
  ['*:\n', 'no port'],
  ['[]:80', 'no pattern'],
])('%j is none', (text, why) => {
  expect(() => serverPattern(text)).toThrow(PatternError);
  expect(() => serverPattern(text)).toThrow(why);
});
