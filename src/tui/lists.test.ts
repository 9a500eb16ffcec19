import { describe, expect, test } from 'vitest';
import { fakeReport } from '../testing/fake-report.ts';
import { footText, listText, press, reportMessage, stateOf } from '../testing/tui-state.ts';

const [{ problems }] = fakeReport().captures as [ReturnType<typeof fakeReport>['captures'][number]];
const [, withoutProblems] = fakeReport().captures.map((capture) => ({ ...capture, problems: [] }));
const NOTHING = { findings: [], captures: [withoutProblems!] };
/** Words that may be wrapped. */
const wordsOf = (text: string) => text.replace(/\s+/g, ' ');

describe('that nothing was found is said as the report says it', () => {
  const emptyText = (...message: Parameters<typeof reportMessage>) =>
    wordsOf(listText(stateOf([reportMessage(...message)])));

  test('without reservations where there are none', () => {
    const text = emptyText(NOTHING);
    expect(text).toContain('No keep-alive problem found in 1,400 frames, 112 connections, 230 exchanges.');
    expect(text).toContain('2 shows the connections.');
  });

  test('what the options leave out, also where other findings are shown', () => {
    expect(emptyText({ ...NOTHING, hiddenFindings: 4 })).toContain('(4 findings not shown, by the filters)');
    expect(footText(stateOf([reportMessage({ hiddenFindings: 4 })]))).toContain('4 not shown, by the options');
  });

  test('what could not be read', () => {
    const captures = [{ ...withoutProblems!, problems }];
    expect(emptyText({ ...NOTHING, captures })).toContain('found in what could be read, 1,400 frames');
  });

  test('what was not read because the user stopped it', () => {
    expect(emptyText(NOTHING, { wasStopped: true })).toContain('found in what could be read, 1,400 frames');
    expect(emptyText(NOTHING, { wasStopped: true })).toContain('Reading was stopped: what comes behind was not');
    expect(emptyText(NOTHING)).not.toContain('stopped');
  });

  test('no HTTP', () => {
    const totals = { ...fakeReport().totals, httpConnections: 0, tlsConnections: 7 };
    expect(emptyText({ ...NOTHING, totals })).toContain(
      'no HTTP/1 could be read in 1,400 frames, 112 connections (7 TLS)',
    );
  });
});

describe('findings that are counted, but not listed', () => {
  const state = stateOf([reportMessage()]);

  test('are said where rows tell of findings', () => {
    expect(footText(state)).toContain('1,200 more not listed');
    expect(footText(press(state, '2'))).toContain('1,200 findings not listed');
    expect(footText(press(state, '4'))).not.toContain('not listed');
    expect(footText(press(state, '4/finrace.rule\r'))).toContain('1,200 findings not listed');
  });
});
