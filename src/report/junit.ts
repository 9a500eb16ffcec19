// JUnit XML, for whatever shows test results: one test case for each server and rule, passed ones too, so that a list
// of what was checked can be read. There is no standard; this is what Jenkins, GitLab and the viewers for GitHub have
// in common: one level of suites, a failure with its text inside of the element (attributes are not shown everywhere),
// and names that stay the same from run to run and are not used twice.
import type { Severity } from '../rules/finding.ts';
import {
  type Cell,
  cellKey,
  cellsOf,
  countOf,
  exampleOf,
  onlySuppressed,
  severityOf,
  withoutSuppressed,
} from './cells.ts';
import { escapeForXml } from './escape.ts';
import type { Format, FormatOptions } from './format.ts';
import type { Gate } from './gate.ts';
import { headline } from './headline.ts';
import { batched } from './json.ts';
import { grouped, plural } from './layout.ts';
import type { Report } from './report.ts';
import { captureInWords, problemInWords, rank, renderGroup, startOf } from './text.ts';
import { suppressionInWords, verdictInWords } from './verdict.ts';

/** GitLab takes 30 MB: with passed cases for more servers, a report of many servers would not be shown at all. */
const SERVERS_WITH_PASSED = 2000;

interface Case {
  readonly server: string;
  readonly rule: string;
  /** Without what a baseline knows; undefined when nothing was found. */
  readonly cell: Cell | undefined;
  /** What a baseline knows. */
  readonly known: Cell | undefined;
}

export const junit: Format = {
  render: (report, options) => batched(pieces(report, options)),
};

function* pieces(report: Report, { location, ...options }: FormatOptions): Iterable<string> {
  const { gate } = report;
  const cases = casesOf(report);
  const demands = demandsOf(gate);
  const isFailure = failureTest(report, options.failOn);
  // The first case says that the captures were read, so that there always is one: Jenkins fails a job without. It bears
  // what the verdict of a gate owes to none of the others.
  const told =
    cases.filter(({ cell }) => cell !== undefined && isFailure(cell)).length +
    demands.filter(({ fails }) => fails).length;
  const isUntold = options.failOn === undefined && gate?.verdict === 'failed' && told === 0;
  const isUnsound = gate?.verdict === 'unsound';
  const skipped = cases.filter(({ cell, known }) => cell === undefined && known !== undefined).length;
  const counts =
    `tests="${cases.length + demands.length + 1}" failures="${told + (isUntold ? 1 : 0)}" ` +
    `errors="${isUnsound ? 1 : 0}" skipped="${skipped}" time="0"`;
  const start = report.timeline.toRfc3339(startOf(report))?.slice(0, -11);
  const timestamp = start === undefined ? '' : ` timestamp="${start}"`;
  const file = location === undefined ? '' : ` file="${escapeForXml(location)}"`;
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="finrace" ${counts}>\n`;
  yield `<testsuite name="finrace" ${counts}${timestamp}>\n`;
  yield `<testcase classname="finrace" name="captures" time="0"${file}>\n`;
  if (gate !== null && (isUnsound || isUntold)) {
    const words = escapeForXml(verdictInWords(report, gate));
    const element = isUnsound ? 'error' : 'failure';
    yield `<${element} message="${words}" type="policy">${words}</${element}>\n`;
  }
  yield `<system-out>${lines(capturesInWords(report))}</system-out>\n</testcase>\n`;
  for (const { server, rule, cell, known } of cases) {
    const opening = `<testcase classname="${escapeForXml(server)}" name="${escapeForXml(rule)}" time="0"${file}`;
    if (cell === undefined && known === undefined) yield `${opening}/>\n`;
    else if (cell === undefined) yield `${opening}>\n${skippedCase(known!, report)}</testcase>\n`;
    else if (isFailure(cell)) yield `${opening}>\n${failure(cell, report)}</testcase>\n`;
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
  const { warningBudget } = gate;
  return [
    ...(warningBudget === null
      ? []
      : [
          {
            server: 'finrace',
            name: `at most ${plural(warningBudget.max, 'warning')}`,
            words: `${plural(warningBudget.count, 'warning')}, at most ${warningBudget.max} allowed (${warningBudget.source})`,
            fails: warningBudget.count > warningBudget.max,
          },
        ]),
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
  const cells = cellsOf(withoutSuppressed(report));
  const knownCells = cellsOf(onlySuppressed(report));
  const ids = report.rules.map(({ id }) => id);
  const cases: Case[] = [];
  const add = (server: string, rule: string, isListed: boolean) => {
    const key = cellKey(server, rule);
    const cell = cells.get(key);
    const known = knownCells.get(key);
    cells.delete(key);
    knownCells.delete(key);
    if (cell !== undefined || known !== undefined || isListed) cases.push({ server, rule, cell, known });
  };
  const servers = new Set(report.servers.map(({ server }) => server));
  for (const [index, server] of [...servers].entries()) {
    for (const rule of ids) add(server, rule, index < SERVERS_WITH_PASSED);
  }
  for (const { server, rule } of [...cells.values(), ...knownCells.values()]) add(server, rule, true);
  return cases;
}

/**
 * Whether findings are a failed test. By severity where the user says from which on (`asked`), or where there is no
 * gate; else those that the gate fails, whatever their severity.
 */
function failureTest(report: Report, asked: FormatOptions['failOn']): (cell: Cell) => boolean {
  const { gate } = report;
  const failOn = asked ?? gate?.failOn ?? 'error';
  const bySeverity = (severity: Severity) => failOn !== 'never' && rank(severity) >= rank(failOn);
  if (gate === null || asked !== undefined) return (cell) => bySeverity(severityOf(cell));
  return ({ rule, findings, omitted }) => {
    if (gate.verdict !== 'failed') return false;
    if (findings.some(({ id }) => gate.failing.has(id))) return true;
    // What is counted only has no id. It is like the findings of its kind that are listed; where there is none, the
    // rule's budget or the severity decides.
    const budgets = gate.budgets.filter((budget) => budget.rule === rule);
    return omitted.some(({ severity }) => {
      if (findings.some((finding) => finding.severity === severity)) return false;
      return budgets.length > 0 ? budgets.some(({ count, max }) => count > max) : bySeverity(severity);
    });
  };
}

/** What a baseline knows: told, and no failure. */
function skippedCase(cell: Cell, report: Report): string {
  const reasons = new Set(
    cell.findings.flatMap(({ suppressed }) => (suppressed === null ? [] : [suppressionInWords(suppressed)])),
  );
  const [first = 'a baseline knows it'] = reasons;
  const more = reasons.size > 1 ? ` (and ${plural(reasons.size - 1, 'other reason')})` : '';
  return (
    `<skipped message="${escapeForXml(first + more)}"/>\n` +
    `<system-out>${lines(cellInWords(cell, report))}</system-out>\n`
  );
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
