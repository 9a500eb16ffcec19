import { expect, test } from 'vitest';
import { fakeFinding } from '../testing/fake-report.ts';
import { findingsCalled } from './find-findings.ts';

const findings = [
  fakeFinding({ id: 'ab12cd34', fingerprint: 'ffff0000' }),
  fakeFinding({ id: 'ab12cd34ef', fingerprint: 'ffff0000' }),
  fakeFinding({ id: 'ab990000', fingerprint: '12345678' }),
];
const idsOf = (name: string) => {
  const found = findingsCalled(name, findings);
  return found.kind === 'found' ? found.findings.map(({ id }) => id) : found.kind;
};

test.each([
  ['ab12cd34', ['ab12cd34']],
  ['AB12CD34', ['ab12cd34']],
  ['ab12cd34e', ['ab12cd34ef']],
  ['ab99', ['ab990000']],
  ['ffff0000', ['ab12cd34', 'ab12cd34ef']],
  ['ffff', ['ab12cd34', 'ab12cd34ef']],
  ['1234', ['ab990000']],
  ['ab', 'ambiguous'],
  ['ab12', 'ambiguous'],
  ['zz', 'none'],
  ['', 'none'],
])('%s', (name, expected) => {
  expect(idsOf(name)).toEqual(expected);
});
