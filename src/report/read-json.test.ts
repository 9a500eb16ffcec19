import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { analyzeFile } from '../testing/analyze-file.ts';
import { fakeFinding, fakeFindings, fakeReport, healthyReport } from '../testing/fake-report.ts';
import { HOSTILE_TEXTS, hostileReport } from '../testing/hostile.ts';
import { LOADED_FORMATS } from '../testing/loaded-formats.ts';
import type { FormatOptions } from './format.ts';
import { NotAReportError, readReport } from './read-json.ts';
import type { Report } from './report.ts';
import { EVERYTHING, selectFindings } from './select-findings.ts';

const PLAIN: FormatOptions = { color: false, width: 80, quiet: false };

function render(name: string, report: Report): string {
  return [...LOADED_FORMATS.get(name)!.render(report, PLAIN)].join('');
}

/** Rendered directly and from the saved report, in all formats. */
function expectSame(report: Report): void {
  const saved = readReport(render('json', report));
  for (const name of LOADED_FORMATS.keys()) {
    const direct = render(name, report);
    const again = render(name, saved);
    if (again === direct) continue;
    // A difference of two long texts takes minutes to be drawn: only its beginning is.
    let start = 0;
    while (again[start] === direct[start]) start++;
    expect(again.slice(start, start + 200), name).toBe(direct.slice(start, start + 200));
  }
}

describe('a saved report renders as the report itself, in every format:', { timeout: 30_000 }, () => {
  test.each<[string, Report]>([
    ['everything at once', fakeReport()],
    ['without exchanges', fakeReport({ detail: 'connections' })],
    ['findings only', fakeReport({ detail: 'findings' })],
    ['a healthy capture', healthyReport()],
    ['no captures', healthyReport({ captures: [], connections: [], servers: [] })],
    [
      'times that no calendar has',
      fakeReport({
        captures: fakeReport().captures.map((capture) => ({ ...capture, lastFrameTime: 1.8e22 })),
        findings: [fakeFinding({ time: 1.8e22, evidence: [{ frame: 1, time: 1.8e22, role: 'FIN', note: '' }] })],
      }),
    ],
    [
      'no first frame with a time',
      fakeReport({ captures: fakeReport().captures.map((capture) => ({ ...capture, firstFrameTime: 1.8e22 })) }),
    ],
    ['some findings hidden', selectFindings(fakeReport(), { ...EVERYTHING, ignore: ['undelayed-close'] })],
  ])('%s', (_, report) => expectSame(report));

  test.each(Object.entries(HOSTILE_TEXTS))('%s', (_, text) => expectSame(hostileReport(text)));

  const folder = new URL('../../fixtures/captures/', import.meta.url);
  const captures = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.pcap(ng)?$/.test(file),
  );

  test('there are captures', () => expect(captures.length).toBeGreaterThan(100));

  test.each(captures)('%s', async (capture) => {
    const path = fileURLToPath(new URL(capture, folder));
    expectSame(await analyzeFile(path, { detail: capture.startsWith('signatures') ? 'findings' : 'exchanges' }));
  });
});

describe('what is no report is told in a line', () => {
  const report = fakeReport({ findings: fakeFindings().slice(-4) });
  const saved = JSON.parse(render('json', report));

  /** What is said of the report with one value changed. */
  function messageFor(path: readonly (string | number)[], value: unknown): string {
    const changed = structuredClone(saved);
    let parent = changed;
    for (const key of path.slice(0, -1)) parent = parent[key];
    parent[path.at(-1)!] = value;
    return messageOf(JSON.stringify(changed));
  }

  function messageOf(text: string): string {
    try {
      readReport(text);
    } catch (error) {
      expect(error).toBeInstanceOf(NotAReportError);
      return (error as Error).message;
    }
    return '';
  }

  test.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['{', 'is not JSON'],
    [render('json', fakeReport()).slice(0, 5000), 'is not JSON'],
    [render('text', fakeReport()), 'is not JSON'],
    [render('ndjson', fakeReport()), 'is not JSON'],
    ['[]', 'no JSON object'],
    ['null', 'no JSON object'],
    ['{}', '"schema" is not'],
    ['{"schema":7}', '"schema" is not'],
    [render('sarif', fakeReport()), '"schema" is not'],
    [
      '{"schema":"finrace-report/2"}',
      'is of version 2, this finrace reads finrace-report/1 (a newer finrace wrote it)',
    ],
    [
      '{"schema":"finrace-report/0"}',
      'is of version 0, this finrace reads finrace-report/1 (analyse the capture again)',
    ],
    ['{"schema":"finrace-report/1"}', '"timelineOrigin" is not a string'],
  ])('%j', (text, message) => expect(messageOf(text)).toContain(message));

  test.each<[(string | number)[], unknown, string]>([
    [['findings'], {}, '"findings" is not a list'],
    [['findings', 3], 'x', 'findings[3]: not an object'],
    [['findings', 3, 'severity'], 'fatal', 'findings[3]: "severity" is not one of info, warning, error'],
    [['findings', 0, 'evidence', 1, 'frame'], -1, 'findings[0]: evidence[1]: "frame" is not a whole number'],
    [['findings', 0, 'at'], 'yesterday', 'findings[0]: "at" is not a time in UTC with nanoseconds'],
    [['findings', 0, 'at'], '2026-99-99T00:00:00.000000000Z', '"at" is not a time'],
    [['findings', 0, 'exchange', 'request'], null, 'exchange: "request" is not an object'],
    [['connections', 0, 'exchanges', 0, 'request', 'target'], 1, 'connections[0]: exchanges[0]: request: "target"'],
    [['servers', 0, 'idleTimeout', 'seconds'], '5', 'servers[0]: idleTimeout: "seconds" is not a number'],
    [['captures', 0, 'linkTypes', 0], 'TOKENRING', 'captures[0]: "linkTypes"'],
    [['rules', 0, 'severities'], ['deadly'], 'rules[0]: "severities"'],
    [['totals', 'frames'], 1.5, '"frames" is not a whole number'],
    [['detail'], 'all', '"detail" is not one of'],
    [['timelineOrigin'], 'now', '"timelineOrigin" is not a time'],
  ])('%j = %j', (path, value, message) => {
    const said = messageFor(path, value);
    expect(said).toContain(message);
    expect(said).not.toContain('\n');
  });

  test('every value is looked at: taken out, turned into a list or an object, it is an error or makes no difference', () => {
    const harmless = new Set(['tool.name']);
    const visit = (value: unknown, path: readonly (string | number)[]) => {
      if (typeof value !== 'object' || value === null) return;
      // Members of a list are alike: the first tells of all.
      for (const key of Array.isArray(value) ? [0].slice(0, value.length) : Object.keys(value)) {
        const place = [...path, key];
        for (const wrong of [undefined, Number.NaN, [[]], { toString: 'x' }]) {
          const isOptional = wrong === undefined && ['exchanges', 'idleGaps'].includes(`${key}`);
          if (typeof key === 'number' && wrong === undefined) continue;
          if (harmless.has(place.join('.')) || isOptional) continue;
          const isKnownNull = (value as Record<string, unknown>)[key] === null && Number.isNaN(wrong);
          const said = messageFor(place, wrong);
          // NaN is null in JSON, which stands for "unknown" where that is allowed.
          if (!Number.isNaN(wrong)) expect(said, `${place.join('.')} = ${JSON.stringify(wrong)}`).not.toBe('');
          else if (isKnownNull) expect(said, place.join('.')).toBe('');
        }
        visit((value as Record<string | number, unknown>)[key], place);
      }
    };
    visit(saved, []);
  });

  test('a byte order mark and other blanks make no difference', () => {
    const spaced = `\ufeff${JSON.stringify(saved, null, 2)}`;
    expect(render('json', readReport(spaced))).toBe(render('json', report));
  });
});
