import { expect, test } from 'vitest';
import { fakeFinding, fakeGate, fakeReport, HOSTILE, healthyReport } from '../testing/fake-report.ts';
import { renderCheck } from './check-text.ts';
import type { Gate } from './gate.ts';

const PLAIN = { color: false, quiet: false };
const HOSTILE_SHOWN = '\\x1b]52;c;ZXZpbA==\\x07\\x1b[2J\\x0dok\\u202e\\x9b1m\\x0a';

test('one line per finding, what fails first, then the verdict with its reason', () => {
  const findings = [
    fakeFinding({ id: '2', severity: 'info', rule: 'keep-alive-unused', stream: null, evidence: [], summary: 'x' }),
    fakeFinding({ summary: `lost GET /${HOSTILE}` }),
  ];
  const lines = [...renderCheck(fakeReport({ findings }), fakeGate({ failing: new Set(['9f3c1a2b']) }), PLAIN)];
  expect(lines).toEqual([
    `ERROR fin-crosses-request 10.0.0.2:8080 stream 3 frame 13: lost GET /${HOSTILE_SHOWN} [01234567]\n`,
    'INFO keep-alive-unused 10.0.0.2:8080: x [01234567]\n',
    'FAILED: 1 finding at or above error (1 error, 0 warnings, 1 info) in 1,400 frames, 230 exchanges\n',
  ]);
});

test('what is counted only has a line of its own, less what a baseline knows', () => {
  const omitted = { rule: 'fin-crosses-request', severity: 'error', server: '10.0.0.2:80', count: 1200 } as const;
  const line = (suppressed: number) => {
    const report = fakeReport({ findings: [], omittedFindings: [{ ...omitted, lostRequests: 1200, suppressed }] });
    return [...renderCheck(report, fakeGate(), PLAIN)].slice(0, -1);
  };
  const rest = 'more, which are counted but not listed\n';
  expect(line(0)).toEqual([`ERROR fin-crosses-request 10.0.0.2:80: 1,200 ${rest}`]);
  expect(line(200)).toEqual([`ERROR fin-crosses-request 10.0.0.2:80: 1,000 ${rest}`]);
  expect(line(1200)).toEqual([]);
});

test('suppressed findings are one line, warnings one each', () => {
  const suppressed = { reason: null, expires: null, owner: null };
  const report = fakeReport({ findings: [fakeFinding({ suppressed })] });
  const gate = fakeGate({
    verdict: 'passed',
    reasons: [],
    warnings: [`1 entry of b${HOSTILE} expired`],
    suppressed: { baseline: `b${HOSTILE}.json`, findings: 1, entries: 1 },
  });
  expect([...renderCheck(report, gate, PLAIN)]).toEqual([
    `suppressed: 1 finding by 1 entry of b${HOSTILE_SHOWN}.json\n`,
    `warning: 1 entry of b${HOSTILE_SHOWN} expired\n`,
    'PASSED: nothing at or above error (1 error, 0 warnings, 0 info, 1 of them suppressed) in 1,400 frames, 230 exchanges\n',
  ]);
});

test('an expectation is one line, what fails first', () => {
  const expectation = { server: '10.0.0.5:80', expected: 'idle timeout at least 65 s', fails: false, source: 'c: e' };
  const gate = fakeGate({
    reasons: ['1 expectation violated'],
    expectations: [
      { ...expectation, state: 'met', seen: '66 s' },
      { ...expectation, state: 'not-observed', seen: 'nothing that would tell' },
      { ...expectation, state: 'violated', seen: 'about 5.00 s', fails: true, server: `*${HOSTILE}` },
    ],
  });
  expect([...renderCheck(healthyReport(), gate, PLAIN)].slice(0, -1)).toEqual([
    `EXPECTATION violated *${HOSTILE_SHOWN}: expected idle timeout at least 65 s, seen: about 5.00 s (c: e)\n`,
    'EXPECTATION not observed 10.0.0.5:80: expected idle timeout at least 65 s, seen: nothing that would tell (c: e)\n',
    'EXPECTATION met 10.0.0.5:80: expected idle timeout at least 65 s, seen: 66 s (c: e)\n',
  ]);
});

test('quiet is the verdict alone, with every reason', () => {
  const quiet = (changes: Partial<Gate>) => [
    ...renderCheck(healthyReport({ hiddenFindings: 3 }), fakeGate(changes), { ...PLAIN, quiet: true }),
  ];
  expect(quiet({ reasons: ['a', 'b'] })[0]).toMatch(/^FAILED: a; b \(.*3 not shown by the filters\)/);
  expect(quiet({ verdict: 'unsound', reasons: ['c'] })[0]).toMatch(/^UNSOUND: c \(/);
  expect(quiet({ verdict: 'passed', reasons: [], failOn: 'never' })[0]).toMatch(/^PASSED \(/);
});
