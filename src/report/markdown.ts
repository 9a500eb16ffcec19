// Markdown for tickets, pull requests and step summaries (GitHub and GitLab flavoured; plain renderers show it too).
//
// What came from the wire must not become a link, an image, a mention, HTML or a heading of its own. There is no list of
// what every flavour takes for markup, so the question is asked the other way round: words of plain letters and
// punctuation stay as they are, every other word becomes a code span, in which nothing has a meaning.
import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import type { Finding } from '../rules/finding.ts';
import { byGravity, type Cell, cellsOf, countOf, severityOf } from './cells.ts';
import { escapeForTerminal } from './escape.ts';
import type { Format } from './format.ts';
import type { Gate } from './gate.ts';
import { headline } from './headline.ts';
import { grouped, plural } from './layout.ts';
import type { Estimate, Report, ServerReport } from './report.ts';
import {
  basisInWords,
  brief,
  captureInWords,
  countInWords,
  DELIVERED,
  EXECUTED,
  isKnown,
  problemInWords,
  rank,
  relativeText,
  shortTime,
  startOf,
} from './text.ts';
import {
  EXPECTATION_WORDS,
  expectationInWords,
  failingExpectations,
  suppressedIn,
  suppressionInWords,
  VERDICT_WORDS,
  verdictInWords,
} from './verdict.ts';

/** A comment on GitHub has at most 65,536 characters. */
const LONGEST = 60_000;
/** What is kept free for the line that says what was left out. */
const RESERVE = 200;
/** Enough incidents to understand a group. */
const SHOWN_INCIDENTS = 3;
const SHOWN_PROBLEMS = 10;
const SHOWN_SERVERS = 50;

export const markdown: Format = {
  *render(report) {
    yield markdownWithin(report, LONGEST, (text) => text.length);
  },
};

/** The report in whole sections, as many as fit into `limit` by `measure`; what was left out is said at the end. */
export function markdownWithin(report: Report, limit: number, measure: (text: string) => number): string {
  let text = '';
  let size = 0;
  let left = 0;
  for (const section of sections(report)) {
    const length = measure(section);
    // A smaller section that would still fit must not overtake a graver one.
    if (left > 0 || size + length > limit - RESERVE) left++;
    else {
      text += section;
      size += length;
    }
  }
  return left === 0 ? text : `${text}_${plural(left, 'further section')} left out: too long for this place._\n`;
}

/** Each ends with an empty line. */
function* sections(report: Report): Iterable<string> {
  yield `${opening(report)}${prose(headline(report))}\n\n${countsInWords(report)}\n\n`;
  const problems = report.captures.flatMap(({ path, problems }) =>
    problems.map((problem) => `- Capture problem: ${prose(problemInWords(path, problem))}\n`),
  );
  const more = problems.length > SHOWN_PROBLEMS ? `- and ${plural(problems.length - SHOWN_PROBLEMS, 'more')}\n` : '';
  if (problems.length > 0) yield `${problems.slice(0, SHOWN_PROBLEMS).join('')}${more}\n`;
  for (const cell of [...cellsOf(report).values()].sort(byNews)) yield cellSection(cell, report);
  if (report.servers.length > 0) yield serversSection(report.servers);
  yield captureSection(report);
}

const GATE_ICONS: Readonly<Record<Gate['verdict'], string>> = { passed: '✅', failed: '❌', unsound: '⚠️' };

/** The heading and, of a gate, the verdict: whoever looks at no more knows how it ended, and why. */
function opening(report: Report): string {
  const { gate, totals } = report;
  if (gate === null) {
    const icon = totals.findings.error > 0 ? '❌' : totals.findings.warning > 0 ? '⚠️' : '✅';
    return `### ${icon} finrace\n\n`;
  }
  const { shown, more } = failingExpectations(gate);
  const items = [
    ...shown.map(
      (expectation) =>
        `- Expectation ${EXPECTATION_WORDS[expectation.state]}: ${prose(expectationInWords(expectation))}\n`,
    ),
    ...(more > 0 ? [`- and ${plural(more, 'further expectation')}\n`] : []),
    ...gate.warnings.map((warning) => `- Warning: ${prose(warning)}\n`),
  ];
  const list = items.length === 0 ? '' : `${items.join('')}\n`;
  const verdict = prose(verdictInWords(report, gate));
  return `### ${GATE_ICONS[gate.verdict]} finrace ${VERDICT_WORDS[gate.verdict]}\n\n${verdict}\n\n${list}`;
}

/** What a baseline knows comes behind all that is new. */
function byNews(a: Cell, b: Cell): number {
  return Number(isKnownToBaseline(a)) - Number(isKnownToBaseline(b)) || byGravity(a, b);
}

function isKnownToBaseline(cell: Cell): boolean {
  return suppressedOf(cell) === countOf(cell);
}

function suppressedOf({ findings, omitted }: Cell): number {
  return suppressedIn({ findings, omittedFindings: omitted });
}

function countsInWords(report: Report): string {
  const { totals } = report;
  const { error, warning, info } = totals.findings;
  const suppressed = suppressedIn(report);
  return (
    `**${plural(error, 'error')}, ${plural(warning, 'warning')}, ${grouped(info)} info**${suppressed > 0 ? `, ${grouped(suppressed)} of them suppressed,` : ''} in ` +
    `${plural(totals.frames, 'frame')}, ${plural(totals.connections, 'connection')}, ` +
    `${plural(totals.exchanges, 'exchange')}`
  );
}

function cellSection(cell: Cell, report: Report): string {
  const severity = severityOf(cell);
  const rule = report.rules.find(({ id }) => id === cell.rule);
  const suppressed = suppressedOf(cell);
  const mark = isKnownToBaseline(cell) ? 'SUPPRESSED ' : '';
  const blocks = [
    `#### ${mark}${severity.toUpperCase()} ${code(cell.rule)} on ${code(cell.server)}: ${countInWords(cell.findings, cell.omitted)}`,
  ];
  if (rule !== undefined) blocks.push(prose(rule.title));
  if (suppressed > 0 && mark === '') blocks.push(`${grouped(suppressed)} of them suppressed: a baseline knows them.`);
  const ordered = [...cell.findings].sort(
    (a, b) => Number(a.suppressed !== null) - Number(b.suppressed !== null) || rank(b.severity) - rank(a.severity),
  );
  const shown = ordered.slice(0, SHOWN_INCIDENTS);
  const causes = new Set(shown.map(({ explanation }) => explanation));
  const fixes = new Set(shown.map(({ advice }) => advice));
  for (const finding of shown) {
    blocks.push(...incident(finding, report));
    if (causes.size > 1) blocks.push(`**Cause:** ${prose(finding.explanation)}`);
    if (fixes.size > 1) blocks.push(`**Fix:** ${prose(finding.advice)}`);
  }
  const more = countOf(cell) - shown.length;
  if (more > 0) blocks.push(`And ${grouped(more)} more.`);
  if (causes.size === 1) blocks.push(`**Cause:** ${prose(shown[0]!.explanation)}`);
  if (fixes.size === 1) blocks.push(`**Fix:** ${prose(shown[0]!.advice)}`);
  if (rule !== undefined && rule.symptoms.length > 0) {
    blocks.push(`**Logged as:** ${rule.symptoms.slice(0, 3).map(code).join(', ')}`);
  }
  return blocks.map((block) => `${block}\n\n`).join('');
}

function incident(finding: Finding, report: Report): string[] {
  const start = startOf(report);
  const utc = report.timeline.toRfc3339(finding.time);
  const facts = [utc === null ? 'at an unknown time' : `${relativeText(finding.time, start)} (${shortTime(utc)})`];
  if (finding.stream !== null) facts.push(`stream ${finding.stream}`);
  if (finding.client !== null) facts.push(`client ${code(finding.client)}`);
  facts.push(finding.confidence, `id ${code(finding.id)}`);
  const blocks = [`**${facts[0]}**, ${facts.slice(1).join(', ')}`, prose(finding.summary)];
  const verdicts: string[] = [];
  if (finding.suppressed !== null) {
    verdicts.push(`- **Suppressed:** ${prose(suppressionInWords(finding.suppressed))}`);
  }
  if (finding.executed) verdicts.push(`- **Executed?** ${prose(EXECUTED[finding.executed])}`);
  if (finding.delivered) verdicts.push(`- **Delivered?** ${prose(DELIVERED[finding.delivered])}`);
  for (const consequence of finding.consequences) verdicts.push(`- **Consequence:** ${prose(consequence)}`);
  if (finding.logged !== null) {
    verdicts.push(`- **Logged:** ${code(finding.logged.client)} says ${code(finding.logged.words)} of this.`);
  }
  if (finding.also.length > 0) {
    verdicts.push(
      `- **Here too:** ${finding.also.map(({ rule, severity }) => `${code(rule)} (${severity})`).join(', ')}`,
    );
  }
  if (verdicts.length > 0) blocks.push(verdicts.join('\n'));
  const evidence = finding.evidence.map(({ frame, time, role, note }) => {
    const at = isKnown(time, report) ? ` ${relativeText(time, start)}` : '';
    return `- frame ${frame}${at}: ${prose(role)}${note === '' ? '' : `: ${prose(note)}`}`;
  });
  const filter = `Wireshark: ${code(finding.displayFilter)}`;
  const inside = evidence.length === 0 ? filter : `${evidence.join('\n')}\n\n${filter}`;
  // The empty lines make it Markdown again inside of the HTML.
  blocks.push(`<details><summary>Evidence</summary>\n\n${inside}\n\n</details>`);
  return blocks;
}

function serversSection(servers: readonly ServerReport[]): string {
  const rows = servers
    .slice(0, SHOWN_SERVERS)
    .map((server) =>
      [
        cell(code(server.server)),
        server.product === null ? '' : cell(code(brief(server.product))),
        grouped(server.connections),
        grouped(server.exchanges),
        server.idleTimeout === null ? 'unknown' : cell(estimateText(server.idleTimeout)),
      ].join(' | '),
    );
  const more = servers.length - rows.length;
  return (
    '#### Servers\n\n| server | product | connections | exchanges | idle timeout |\n' +
    `| --- | --- | --: | --: | --- |\n${rows.map((row) => `| ${row} |\n`).join('')}\n` +
    (more > 0 ? `And ${plural(more, 'further server')}.\n\n` : '')
  );
}

function estimateText(estimate: Estimate): string {
  const seconds = durationText(estimate.value * SECOND);
  return prose(`${estimate.confidence === 'possible' ? 'perhaps ' : ''}${seconds}, ${basisInWords(estimate)}`);
}

function captureSection({ captures, version }: Report): string {
  const shown = captures.slice(0, SHOWN_PROBLEMS).map((capture) => `- ${prose(captureInWords(capture))}\n`);
  const more = captures.length - shown.length;
  const rest = more > 0 ? `- and ${plural(more, 'further capture')}\n` : '';
  return `<details><summary>Captures</summary>\n\n${shown.join('')}${rest}\nfinrace ${prose(version)}\n\n</details>\n\n`;
}

// ---- escaping

/** A word without any markup in it, whatever stands around it: letters, digits, and punctuation that means nothing. */
const PLAIN_WORD = /^["'(]*(?:[\p{L}\p{N}µ]+(?:[-.,:;'/()"][\p{L}\p{N}µ]+)*)?["')]*[.,:;?!]*["')]*$/u;
/** What renderers turn into links or pictures (":name:") by themselves. */
const LINK = /^\W*(?:www\.|https?:|ftp:|mailto:|xmpp:)|:\/\/|:\w+:/i;
/** A number at the beginning of a line that would make a list of it. */
const LIST_NUMBER = /^\d+[.)]$/;
/** Punctuation behind a word that is no part of it. */
const TRAILING = /[.,;:)]*$/;

/** `text` for people, with every word that is not plain as code. */
function prose(text: string): string {
  return escapeForTerminal(text)
    .split(' ')
    .map((word, index) => {
      // A sign of percent means nothing alone; before a word it names a milestone of GitLab.
      if (word === '' || word === '%' || isPlain(word, index === 0)) return word;
      const trailing = TRAILING.exec(word)![0];
      const inner = word.slice(0, word.length - trailing.length);
      return inner === '' ? code(word) : code(inner) + trailing;
    })
    .join(' ')
    .trim();
}

function isPlain(word: string, isFirst: boolean): boolean {
  return PLAIN_WORD.test(word) && !LINK.test(word) && !(isFirst && LIST_NUMBER.test(word));
}

/** A code span that holds `text` whatever is in it. */
function code(text: string): string {
  const visible = escapeForTerminal(text);
  const longest = Math.max(0, ...[...visible.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const needsRoom = /^`|`$|^ +$|^$|^ .* $/.test(visible);
  return needsRoom ? `${fence} ${visible} ${fence}` : fence + visible + fence;
}

/** In a table a pipe ends the cell, even inside of a code span. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
