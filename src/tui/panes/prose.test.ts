import { describe, expect, test } from 'vitest';
import type { SegmentRow } from '../../report/ladder.ts';
import { captureOf } from '../../testing/conversation.ts';
import { fakeReport } from '../../testing/fake-report.ts';
import { messagesOf } from '../../testing/tui-messages.ts';
import { footText, pageText, press, reportMessage, stateOf } from '../../testing/tui-state.ts';
import { folded, line, paint, textOf } from '../screen/line.ts';
import { themeOf } from '../screen/theme.ts';
import { widthOf } from '../screen/width.ts';
import { helpOf } from '../state.ts';
import { ladderFoot } from './ladder.ts';
import { facts, labelled, prose } from './prose.ts';

const LONG = `/${'a'.repeat(90)}/${'例'.repeat(30)}/end`;

describe('nothing is cut where there is no other place to read it', () => {
  test.each([
    ['prose', () => prose(`GET ${LONG} HTTP/1.1`, 40, '  ')],
    ['labelled', () => labelled('Logged:', `it says ${LONG}`, 40)],
    [
      'facts',
      () =>
        facts(
          [
            ['host', LONG],
            ['first frame', '1'],
          ],
          40,
        ),
    ],
    ['a line', () => folded(line('client ', [LONG, 'client'], ' to '), 40)],
  ])('%s', (_, make) => {
    const lines = make().map(textOf);
    for (const text of lines) expect(widthOf(text)).toBeLessThanOrEqual(40);
    expect(
      lines
        .map((text) => text.trim())
        .join('')
        .replace(/\s/g, ''),
    ).toContain(LONG);
  });

  test('a fact goes on below itself, and the next one has its own line', () => {
    const lines = facts(
      [
        ['host', 'a b c d e f g h'],
        ['status', '200'],
      ],
      16,
    ).map(textOf);
    expect(lines).toEqual(['host    a b c d', '        e f g h', 'status  200']);
  });

  test('the page of an exchange with a long target, on a narrow screen', async () => {
    const messages = await messagesOf(
      captureOf(`
      0.000  C SYN
      0.040  S SYN-ACK
      0.041  C GET /${'b'.repeat(200)}z
      0.082  S 200 length=5`),
    );
    const text = pageText(press(stateOf(messages, { columns: 60 }), '4\r'));
    expect(text.replace(/\s/g, '')).toContain(`GET/${'b'.repeat(200)}z`);
    for (const each of text.split('\n')) expect(each.length).toBeLessThanOrEqual(60);
  });
});

test("the ladder's foot has all that is said of a segment, or says that there is more", () => {
  const row = {
    kind: 'segment',
    frame: 7,
    flags: 'ACK',
    startLine: 'GET /a',
    evidence: Array.from({ length: 5 }, (_, i) => ({ role: `role ${i}`, note: `note ${i}` })),
    crosses: null,
    mark: null,
  } as unknown as SegmentRow;
  const all = ladderFoot(row, 80, 10).map(textOf);
  expect(all.slice(2)).toEqual([0, 1, 2, 3, 4].map((i) => `role ${i}: note ${i}`));
  expect(ladderFoot(row, 80, 5).map(textOf).slice(3)).toEqual(['role 1: note 1', '… 3 further lines']);
  expect(ladderFoot(undefined, 80, 10)).toHaveLength(4);
});

test('all problems of the captures can be read', () => {
  const [capture] = fakeReport().captures;
  const problem = (message: string) => ({ kind: 'x', offset: null, message });
  const withProblems = (...messages: string[]) =>
    stateOf([reportMessage({ captures: [{ ...capture!, path: 'x.pcap', problems: messages.map(problem) as never }] })]);
  const several = withProblems('one.', 'two.', `long ${'word '.repeat(40)}end.`);
  expect(footText(several)).toMatch(/^x\.pcap: one\. \(1 of 3, \? G shows all\) /);
  const help = helpOf(press(several, '?')).lines.map(textOf).join(' ');
  for (const words of ['x.pcap: one.', 'x.pcap: two.', 'word end.']) expect(help).toContain(words);
  expect(footText(withProblems('one.'))).not.toContain('?');
  expect(footText(withProblems('word '.repeat(40)))).toContain('… (? G shows it)');
});

test('where only ASCII can be shown the ellipsis is ASCII, too', () => {
  expect(paint(line('abc…def'), 5, themeOf('mono', false), '~')).toBe('abc~~');
  expect(paint(line('abc…def'), 5, themeOf('mono', false))).toBe('abc……');
});
