import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fakeReport, healthyReport } from '../testing/fake-report.ts';
import { gitlabErrors, reportErrors, sarifErrors } from '../testing/formats.ts';
import { LOADED_FORMATS } from '../testing/loaded-formats.ts';
import type { FormatOptions } from './format.ts';
import { FORMATS } from './formats.ts';
import type { Report } from './report.ts';

const PLAIN: FormatOptions = { color: false, width: 80, quiet: false };

/** What a file of the format is called, where it is not the format's name. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  text: 'txt',
  markdown: 'md',
  junit: 'junit.xml',
  github: 'github.txt',
  gitlab: 'gitlab.json',
};

const REPORTS: Readonly<Record<string, Report>> = {
  everything: fakeReport(),
  healthy: healthyReport(),
  empty: fakeReport({
    captures: [],
    connections: [],
    servers: [],
    findings: [],
    totals: { ...healthyReport().totals, frames: 0, tcpSegments: 0, connections: 0, httpConnections: 0, exchanges: 0 },
  }),
};

function render(name: string, report: Report, options: Partial<FormatOptions> = {}): string {
  return [...LOADED_FORMATS.get(name)!.render(report, { ...PLAIN, ...options })].join('');
}

test('every format has its own name, and its file bears it', () => {
  const names = FORMATS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const files = readdirSync(new URL('.', import.meta.url));
  for (const name of names) expect(files).toContain(`${name}.ts`);
});

test.each([...LOADED_FORMATS])('%s shows nothing of the secrets', (_, format) => {
  const report = fakeReport();
  const secret = report.captures[0]!.tlsKeyLog.split(' ')[1]!;
  const shown = [...format.render(report, { color: false, width: 80, quiet: false })].join('');
  expect(secret).toMatch(/^\w+$/);
  expect(shown).not.toContain(secret);
});

describe.each(FORMATS.map(({ name }) => name))('%s', (name) => {
  test.each(Object.keys(REPORTS))('of the report "%s"', async (title) => {
    const file = `../../fixtures/expected/report/${title}.${EXTENSIONS[name] ?? name}`;
    await expect(render(name, REPORTS[title]!)).toMatchFileSnapshot(file);
  });

  test('ends with a line, and says the same twice', () => {
    const once = render(name, fakeReport());
    expect(once).toMatch(/\n$/);
    expect(render(name, fakeReport())).toBe(once);
  });

  test.skipIf(name === 'text')('is the same on every terminal', () => {
    const other = render(name, fakeReport(), { color: true, width: 30, quiet: true });
    expect(other).toBe(render(name, fakeReport()));
  });
});

describe.each(Object.entries(REPORTS))('the schema of the consumer holds for "%s":', (_, report) => {
  test('JSON', () => expect(reportErrors(JSON.parse(render('json', report)))).toBeNull());
  test('SARIF', () => expect(sarifErrors(JSON.parse(render('sarif', report)))).toBeNull());
  test('GitLab', () => expect(gitlabErrors(JSON.parse(render('gitlab', report)))).toBeNull());
});
