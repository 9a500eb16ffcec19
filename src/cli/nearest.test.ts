import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const NAMES = ['fin-crosses-request', 'request-after-fin', 'undelayed-close'];

test.each([
  ['fin-crosses-requests', 'fin-crosses-request'],
  ['fin_crosses_request', 'fin-crosses-request'],
  ['Undelayed-Close', 'undelayed-close'],
  ['fin-crosses', 'fin-crosses-request'],
  ['after-fin', 'request-after-fin'],
  ['banana', undefined],
  ['undealyed-close', 'undelayed-close'],
  ['x', undefined],
])('%s means %s', (word, name) => {
  expect(nearest(word, NAMES)).toBe(name);
});
