// JUnit XML, for whatever shows test results: one test case for each server and rule, passed ones too, so that a list
// of what was checked can be read. There is no standard; this is what Jenkins, GitLab and the viewers for GitHub have
// in common: one level of suites, a failure with its text inside of the element (attributes are not shown everywhere),
// and names that stay the same from run to run and are not used twice.
import type { Severity } from '../rules/finding.ts';
import { type Cell, cellKey, cellsOf, countOf, exampleOf, severityOf, withoutSuppressed } from './cells.ts';
import { escapeForXml } from './escape.ts';
import type { Format, FormatOptions } from './format.ts';
import type { Gate } from './gate.ts';
import { headline } from './headline.ts';
import { batched } from './json.ts';
import { grouped, plural } from './layout.ts';
import type { Report } from './report.ts';
import { captureInWords, problemInWords, rank, renderGroup, startOf } from './text.ts';

/** GitLab takes 30 MB: with passed cases for more servers, a report of many servers would not be shown at all. */
const SERVERS_WITH_PASSED = 2000;

interface Case {
  readonly server: string;
  readonly rule: string;
  readonly cell: Cell | undefined;
}

export const junit: Format = {
  render: (report, options) => batched(pieces(withoutSuppressed(report), options)),
};

function* pieces(report: Report, { location, ...options }: FormatOptions): Iterable<string> {
  const failOn = options.failOn ?? report.gate?.failOn ?? 'error';
  const isFailure = (severity: Severity) => failOn !== 'never' && rank(severity) >= rank(failOn);
  const cases = casesOf(report);
  const demands = demandsOf(report.gate);
  const failures =
    cases.filter(({ cell }) => cell !== undefined && isFailure(severityOf(cell))).length +
    demands.filter(({ fails }) => fails).length;
  // The first case says that the captures were read, so that there always is one: Jenkins fails a job without.
  const counts = `tests="${cases.length + demands.length + 1}" failures="${failures}" errors="0" skipped="0" time="0"`;
  const start = report.timeline.toRfc3339(startOf(report))?.slice(0, -11);
  const timestamp = start === undefined ? '' : ` timestamp="${start}"`;
  const file = location === undefined ? '' : ` file="${escapeForXml(location)}"`;
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="finrace" ${counts}>\n`;
  yield `<testsuite name="finrace" ${counts}${timestamp}>\n`;
  yield `<testcase classname="finrace" name="captures" time="0"${file}>\n`;
  yield `<system-out>${lines(capturesInWords(report))}</system-out>\n</testcase>\n`;
  for (const { server, rule, cell } of cases) {
    const opening = `<testcase classname="${escapeForXml(server)}" name="${escapeForXml(rule)}" time="0"${file}`;
    if (cell === undefined) yield `${opening}/>\n`;
    else if (isFailure(severityOf(cell))) yield `${opening}>\n${failure(cell, report)}</testcase>\n`;
    else yield `${opening}>\n<system-out>${lines(cellInWords(cell, report))}</system-out>\n</testcase>\n`;
  }
  for (const { server, name, words, fails } of demands) {
    const told = escapeForXml(words);
    yield `<testcase classname="${escapeForXml(server)}" name="${escapeForXml(name)}" time="0"${file}>\n`;
    yield fails ? `<failure message="${told}" type="policy">${told}</failure>\n` : `<system-out>${told}</system-out>\n`;
    yield '</testcase>\n';
  }
  yield '</testsuite>\n</testsuites>\n';
}

/** What a policy asks for beside the severity of findings, each a test of its own. */
function demandsOf(gate: Gate | null) {
  if (gate === null) return [];
  return [
    ...gate.budgets.map(({ rule, server, count, max, source }) => ({
      server: server ?? 'finrace',
      name: `at most ${max} ${rule}`,
      words: `${plural(count, 'finding')} of ${rule}, at most ${max} allowed (${source})`,
      fails: count > max,
    })),
    ...gate.expectations.map(({ server, expected, seen, state, fails, source }) => ({
      server,
      name: `expected: ${expected}`,
      words: `expected ${expected}, seen ${seen}: ${state} (${source})`,
      fails,
    })),
  ];
}

/** Servers in the order of their first connection, each with all rules in the order of the catalogue. */
function casesOf(report: Report): readonly Case[] {
  const cells = cellsOf(report);
  const ids = report.rules.map(({ id }) => id);
  const cases: Case[] = [];
  const add = (server: string, rule: string, isListed: boolean) => {
    const key = cellKey(server, rule);
    const cell = cells.get(key);
    cells.delete(key);
    if (cell !== undefined || isListed) cases.push({ server, rule, cell });
  };
  const servers = new Set(report.servers.map(({ server }) => server));
  for (const [index, server] of [...servers].entries()) {
    for (const rule of ids) add(server, rule, index < SERVERS_WITH_PASSED);
  }
  for (const { server, rule } of [...cells.values()]) add(server, rule, true);
  return cases;
}

function failure(cell: Cell, report: Report): string {
  const count = countOf(cell);
  const summary = exampleOf(cell)?.summary ?? plural(count, 'finding');
  const more = count > 1 ? ` (and ${grouped(count - 1)} more)` : '';
  return (
    `<failure message="${escapeForXml(summary + more)}" type="${severityOf(cell)}">` +
    `${lines(cellInWords(cell, report))}</failure>\n`
  );
}

/** What the report for people says of it. */
function cellInWords(cell: Cell, report: Report): readonly string[] {
  if (cell.findings.length === 0) return [`${plural(countOf(cell), 'finding')}, counted but not listed`];
  return [...renderGroup(report, cell.rule, cell.findings)].join('').trimEnd().split('\n');
}

function capturesInWords(report: Report): readonly string[] {
  return [
    headline(report),
    ...report.captures.map(captureInWords),
    ...report.captures.flatMap(({ path, problems }) =>
      problems.map((problem) => `Capture problem: ${problemInWords(path, problem)}`),
    ),
  ];
}

function lines(words: readonly string[]): string {
  return words.map(escapeForXml).join('\n');
}
