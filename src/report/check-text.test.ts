import { expect, test } from 'vitest';
import { fakeFinding, fakeReport, HOSTILE, healthyReport } from '../testing/fake-report.ts';
import { renderCheck } from './check-text.ts';

const PLAIN = { color: false, quiet: false };

test('one line per finding, then the verdict', () => {
  const findings = [
    fakeFinding({ summary: `lost GET /${HOSTILE}` }),
    fakeFinding({ id: '2', severity: 'info', rule: 'keep-alive-unused', stream: null, evidence: [], summary: 'x' }),
  ];
  const lines = [...renderCheck(fakeReport({ findings }), 'error', PLAIN)];
  expect(lines).toEqual([
    'ERROR fin-crosses-request 10.0.0.2:8080 stream 3 frame 13: lost GET /' +
      '\\x1b]52;c;ZXZpbA==\\x07\\x1b[2J\\x0dok\\u202e\\x9b1m\\x0a\n',
    'INFO keep-alive-unused 10.0.0.2:8080: x\n',
    'FAILED: 1 finding at or above error (1 error, 0 warnings, 1 info) in 1,400 frames, 230 exchanges\n',
  ]);
});

test('what is counted only has a line of its own, and counts', () => {
  const omitted = { rule: 'fin-crosses-request', severity: 'error', server: '10.0.0.2:80', count: 1200 } as const;
  const report = fakeReport({ findings: [], omittedFindings: [{ ...omitted, lostRequests: 1200 }] });
  expect([...renderCheck(report, 'error', PLAIN)]).toEqual([
    'ERROR fin-crosses-request 10.0.0.2:80: 1,200 more, which are counted but not listed\n',
    'FAILED: 1,200 findings at or above error (1,200 errors, 0 warnings, 0 info) in 1,400 frames, 230 exchanges\n',
  ]);
});

test('the verdict follows --fail-on', () => {
  const report = fakeReport({ findings: [fakeFinding({ severity: 'warning' })] });
  expect([...renderCheck(report, 'error', { ...PLAIN, quiet: true })]).toEqual([
    'PASSED: nothing at or above error (0 errors, 1 warning, 0 info) in 1,400 frames, 230 exchanges\n',
  ]);
  expect([...renderCheck(report, 'warning', { ...PLAIN, quiet: true })][0]).toMatch(/^FAILED: 1 finding at or above w/);
  expect([...renderCheck(healthyReport({ hiddenFindings: 3 }), 'info', PLAIN)][0]).toContain(
    '3 not shown by the filters',
  );
});
