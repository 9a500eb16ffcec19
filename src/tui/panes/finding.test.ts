import { expect, test } from 'vitest';
import { fakeFinding } from '../../testing/fake-report.ts';
import { pageText, press, reportMessage, stateOf } from '../../testing/tui-state.ts';

test('a finding names those that it belongs to', () => {
  const findings = [
    fakeFinding({ id: 'a1', related: ['b2', 'c3'] }),
    fakeFinding({ id: 'b2', time: 1e12, related: [] }),
  ];
  const state = stateOf([reportMessage({ findings })]);
  expect(pageText(press(state, '\r'))).toContain('Belongs to: b2, c3');
  expect(pageText(press(state, 'j\r'))).not.toContain('Belongs to:');
});
