import { expect, test } from 'vitest';
import { fakeFinding, fakeReport, healthyReport } from '../testing/fake-report.ts';
import { commentsByFrame, FINDINGS_FILTER, headerComment } from './comments.ts';

const NOTE = 'acknowledges 512, the request starts at 512';

test('all frames of the evidence have a line', () => {
  const comments = commentsByFrame([fakeFinding()], 'all');
  expect([...comments.keys()]).toEqual([12, 13, 1014]);
  expect(comments.get(12)).toEqual([`[fin-crosses-request ERROR id=9f3c1a2b] server FIN: ${NOTE}`]);
});

test('or only the first one, with the summary', () => {
  const finding = fakeFinding({ summary: 'It was lost.', severity: 'info' });
  expect([...commentsByFrame([finding], 'first')]).toEqual([
    [12, ['[fin-crosses-request INFO id=9f3c1a2b] It was lost.']],
  ]);
});

test('a finding without evidence stands on the frame that it is about', () => {
  const comments = commentsByFrame([fakeFinding({ evidence: [], summary: 'It was lost.' })], 'all');
  expect([...comments]).toEqual([[13, ['[fin-crosses-request ERROR id=9f3c1a2b] It was lost.']]]);
});

test('several findings on one frame have a line each, once', () => {
  const comments = commentsByFrame([fakeFinding(), fakeFinding({ id: '2' }), fakeFinding()], 'all');
  expect(comments.get(13)!.map((comment) => /id=\w+/.exec(comment)![0])).toEqual(['id=9f3c1a2b', 'id=2']);
});

test('a frame of a thousand findings gets 64 lines, and the number of the rest', () => {
  const findings = Array.from({ length: 1000 }, (_, index) => fakeFinding({ id: `f${index}` }));
  const comments = commentsByFrame(findings, 'all').get(13)!;
  expect(comments).toHaveLength(65);
  expect(comments.at(-1)).toBe('[finrace] 936 more comments are left out');
});

test('what comes from the wire stays one line of visible characters', () => {
  const note = 'GET /\x1b]52;c;aGk=\x07\r\n\u202egnp.exe\0 größer';
  const evidence = [{ frame: 1, time: 0, role: 'request', note }];
  expect(commentsByFrame([fakeFinding({ evidence })], 'all').get(1)).toEqual([
    '[fin-crosses-request ERROR id=9f3c1a2b] request: GET /\\x1b]52;c;aGk=\\x07\\x0d\\x0a\\u202egnp.exe\\x00 größer',
  ]);
});

test('the section header tells the summary, and the filter where there is something to find', () => {
  expect(headerComment(fakeReport({ findings: [fakeFinding()] }))).toContain(` ${FINDINGS_FILTER}`);
  expect(headerComment(healthyReport())).not.toContain('frame.comment');
});
