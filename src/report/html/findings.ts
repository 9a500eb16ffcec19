// The findings, by server and then by rule, the gravest first.
//
// A capture may have thousands of them, and the page must stay small: the first ones of each group are told in full,
// taking turns among the groups, further ones in one row of a table each (with the same anchor and filter); and
// ladders are drawn until they have taken their share of the page.

import { durationText } from '../../base/duration-text.ts';
import type { Finding, Severity } from '../../rules/finding.ts';
import { groupBy } from '../headline.ts';
import { foldLadder, ladderOf } from '../ladder.ts';
import { grouped, plural } from '../layout.ts';
import type { Report } from '../report.ts';
import { byGravity, countInWords, DELIVERED, EXECUTED, gravestOf, rank } from '../text.ts';
import { suppressionInWords } from '../verdict.ts';
import { ladderSvg } from './ladder-svg.ts';
import { type Content, html, type Markup } from './markup.ts';
import { severityBadge, type Words } from './words.ts';

/** Findings that are told in full. */
const IN_FULL = 200;
/** Characters that ladders may take, all together. */
const LADDER_CHARACTERS = 700_000;
/** Segments of one ladder on the page; evidence is drawn in any case. */
const LADDER_SEGMENTS = 12;
/** Servers named for each rule in the table at the top. */
const SHOWN_PLACES = 5;
const SEVERITY_ORDER: readonly Severity[] = ['error', 'warning', 'info'];

interface Group {
  readonly id: string;
  readonly server: string;
  readonly rule: string;
  readonly findings: readonly Finding[];
}

interface ServerGroups {
  readonly server: string;
  readonly groups: readonly Group[];
}

/** The same order as in the text report. */
function serverGroups({ findings }: Report): ServerGroups[] {
  const servers = [...groupBy(findings, (finding) => finding.server)].sort(byGravity);
  return servers.map(([server, ofServer], place) => ({
    server,
    groups: [...groupBy(ofServer, (finding) => finding.rule)].sort(byGravity).map(([rule, ofRule], index) => ({
      id: `g-${place + 1}-${index + 1}`,
      server,
      rule,
      findings: [...ofRule].sort((a, b) => rank(b.severity) - rank(a.severity)),
    })),
  }));
}

/** What was found, one line for each rule, with the way to it at each server; problems in reading. */
export function glance(report: Report, _: Words): Markup {
  const rules = [
    ...groupBy(
      serverGroups(report).flatMap((server) => server.groups),
      (group) => group.rule,
    ),
  ]
    .map(([rule, groups]) => ({ rule, groups, findings: groups.flatMap(({ findings }) => findings) }))
    .sort((a, b) => byGravity([a.rule, a.findings], [b.rule, b.findings]));
  return html`${problems(report)}${
    rules.length > 0 &&
    html`<div class="scroll" role="group" aria-label="Findings at a glance"><table><thead><tr><th>severity</th><th>what</th><th class="r">incidents</th></tr></thead><tbody>
${rules.map(
  ({ rule, groups, findings }) =>
    html`<tr><td>${severityBadge(gravestOf(findings))}</td><td><a href="#${groups[0]!.id}">${rule}</a> <span class="muted">on</span> ${placesOf(groups)}<br><span class="muted">${titleOf(report, rule)}</span></td><td class="r">${grouped(groups.reduce((sum, group) => sum + countOf(report, group), 0))}</td></tr>
`,
)}</tbody></table></div>
`
  }`;
}

/** Servers with the way to what happened there, those with most incidents first. */
function placesOf(groups: readonly Group[]): Content {
  const ordered = [...groups].sort((a, b) => b.findings.length - a.findings.length);
  const more = ordered.length - SHOWN_PLACES;
  return [
    ordered
      .slice(0, SHOWN_PLACES)
      .map(({ id, server }, index) => html`${index > 0 && ', '}<a class="n" href="#${id}">${server}</a>`),
    more > 0 && ` and ${plural(more, 'further server')}`,
  ];
}

function problems({ captures }: Report): Markup | null {
  const all = captures.flatMap(({ problems }) => problems);
  if (all.length === 0) return null;
  return html`<p><span class="sev warning">${plural(all.length, 'problem')} in reading:</span> ${all[0]!.message} <a href="#captures">${all.length > 1 ? 'All of them' : 'More'}</a></p>`;
}

function countOf(report: Report, { rule, server, findings }: Group): number {
  return omittedOf(report, rule, server).reduce((sum, { count }) => sum + count, findings.length);
}

export function* findingSection(report: Report, words: Words): Iterable<Markup> {
  yield html`<section id="findings"><h2>Findings</h2>
`;
  const servers = serverGroups(report);
  if (servers.length === 0) {
    yield html`<p>Nothing was found.${report.hiddenFindings > 0 && ` ${plural(report.hiddenFindings, 'finding')} not shown, by the filters.`}</p></section>
`;
    return;
  }
  yield controls(report);
  const groups = servers.flatMap((server) => server.groups);
  const inFull = taken(groups, IN_FULL);
  const ladders = laddersOf(report, words, groups, inFull);
  const page = new FindingPages(report, words, inFull, ladders);
  for (const server of servers) yield* page.server(server);
  yield html`</section>
`;
}

function controls(report: Report): Markup {
  const present = SEVERITY_ORDER.filter((severity) => report.findings.some((finding) => finding.severity === severity));
  return html`<div class="bar" role="search"><input id="find" type="search" placeholder="Filter: words, addresses, ids, frames" aria-label="Filter the findings">${present.map(
    (severity) => html`<label><input type="checkbox" value="${severity}" checked> ${severity}</label>`,
  )}<span id="count" class="muted" aria-live="polite"></span><span class="muted keys"><kbd>/</kbd> filter <kbd>j</kbd> <kbd>k</kbd> next, previous <kbd>c</kbd> copy its filter</span></div>
`;
}

/** The first findings of the groups, in turns, `most` of them. */
function taken(groups: readonly Group[], most: number): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { id } of inTurns(groups)) {
    if (ids.size >= most) break;
    ids.add(id);
  }
  return ids;
}

function* inTurns(groups: readonly Group[]): Iterable<Finding> {
  const longest = Math.max(0, ...groups.map(({ findings }) => findings.length));
  for (let index = 0; index < longest; index++) {
    for (const { findings } of groups) if (index < findings.length) yield findings[index]!;
  }
}

/** Drawn ladders by finding, as many as there is room for. */
function laddersOf(
  report: Report,
  words: Words,
  groups: readonly Group[],
  inFull: ReadonlySet<string>,
): ReadonlyMap<string, Markup> {
  const streams = new Set<number>();
  for (const finding of report.findings)
    if (inFull.has(finding.id) && finding.stream !== null) streams.add(finding.stream);
  const histories = new Map<number, Parameters<typeof ladderOf>[2]>();
  if (report.detail === 'exchanges') {
    for (const history of report.connections) if (streams.has(history.stream)) histories.set(history.stream, history);
  }
  const drawn = new Map<string, Markup>();
  let characters = 0;
  for (const finding of inTurns(groups)) {
    if (!inFull.has(finding.id) || characters > LADDER_CHARACTERS) break;
    const ladder =
      report.ladders?.get(finding.id) ??
      ladderOf(finding, null, histories.get(finding.stream ?? -1) ?? null, { maxSegments: LADDER_SEGMENTS });
    if (ladder === null || ladder.rows.length === 0) continue;
    const svg = ladderSvg(foldLadder(ladder, LADDER_SEGMENTS), words);
    characters += svg.text.length;
    drawn.set(finding.id, svg);
  }
  return drawn;
}

class FindingPages {
  private readonly report: Report;
  private readonly words: Words;
  private readonly inFull: ReadonlySet<string>;
  private readonly ladders: ReadonlyMap<string, Markup>;
  private readonly ids: ReadonlySet<string>;

  constructor(report: Report, words: Words, inFull: ReadonlySet<string>, ladders: ReadonlyMap<string, Markup>) {
    this.report = report;
    this.words = words;
    this.inFull = inFull;
    this.ladders = ladders;
    this.ids = new Set(report.findings.map(({ id }) => id));
  }

  *server({ server, groups }: ServerGroups): Iterable<Markup> {
    const product = this.report.servers.find((candidate) => candidate.server === server)?.product;
    yield html`<section class="server"><h3><span class="n">${server}</span>${product && html` <span class="muted">${product}</span>`}</h3>
`;
    for (const group of groups) yield* this.group(group);
    yield html`</section>
`;
  }

  private *group({ id, rule, server, findings }: Group): Iterable<Markup> {
    const documentation = this.report.rules.find((candidate) => candidate.id === rule);
    const omitted = omittedOf(this.report, rule, server);
    const full = findings.filter((finding) => this.inFull.has(finding.id));
    const brief = findings.filter((finding) => !this.inFull.has(finding.id));
    // What is the same for all incidents is said once, above them.
    const cause = same(findings.map(({ explanation }) => explanation));
    const fix = same(findings.map(({ advice }) => advice));
    yield html`<section class="group" id="${id}" data-words="${rule} ${server} ${findings[0]!.severity}"><h4>${severityBadge(gravestOf(findings))} ${rule}: ${countInWords(findings, omitted)}</h4>
${
  documentation &&
  html`<p>${documentation.title}</p>
`
}<dl class="why">${cause !== null && html`<dt>Cause</dt><dd>${cause}</dd>`}${fix !== null && html`<dt>Fix</dt><dd>${fix}</dd>`}${
      documentation !== undefined &&
      documentation.symptoms.length > 0 &&
      html`<dt>Logged as</dt><dd>${documentation.symptoms.slice(0, 4).map((symptom, index) => html`${index > 0 && ', '}<code>${symptom}</code>`)}</dd>`
    }</dl>
`;
    for (const finding of full) yield this.finding(finding, cause === null, fix === null);
    if (brief.length > 0) yield* this.briefly(brief, full.length > 0);
    const count = omitted.reduce((sum, omission) => sum + omission.count, 0);
    if (count > 0) {
      yield html`<p>And ${grouped(count)} more, which are counted but not listed, here and in JSON.</p>
`;
    }
    yield html`</section>
`;
  }

  private finding(finding: Finding, tellsCause: boolean, tellsFix: boolean): Markup {
    const ladder = this.ladders.get(finding.id);
    return html`<article id="f-${finding.id}" class="${ladder === undefined ? '' : 'drawn'}" data-severity="${finding.severity}">
<h5>${finding.summary}</h5>
<p class="facts">${severityBadge(finding.severity)}${this.words.moment(finding.time)}${finding.stream !== null && html`<span>stream ${finding.stream}</span>`}${finding.client !== null && html`<span>from <span class="n">${finding.client}</span></span>`}<span>${finding.confidence}</span>${finding.suppressed !== null && html`<b>suppressed</b>`}<a class="n" href="#f-${finding.id}" title="Link to this finding">${finding.id}</a></p>
<div>${this.evidence(finding)}<dl>${tellsCause && html`<dt>Cause</dt><dd>${finding.explanation}</dd>`}${tellsFix && html`<dt>Fix</dt><dd>${finding.advice}</dd>`}${this.verdicts(finding)}</dl>
${filter(finding)}</div>
${ladder}</article>
`;
  }

  private verdicts(finding: Finding): Content[] {
    const rows: Content[] = [];
    const add = (label: string, content: Content) => rows.push(html`<dt>${label}</dt><dd>${content}</dd>`);
    if (finding.suppressed !== null) add('Suppressed', suppressionInWords(finding.suppressed));
    if (finding.executed) add('Executed?', EXECUTED[finding.executed]);
    if (finding.delivered) add('Delivered?', DELIVERED[finding.delivered]);
    for (const consequence of finding.consequences) add('Consequence', consequence);
    if (finding.retry !== null) {
      const { stream, frame, safe, time } = finding.retry;
      const harm = safe === 'yes' ? 'that was safe' : 'that was not safe: the first copy may have been executed';
      add('Sent again', `on stream ${stream}, frame ${frame}${this.after(finding.time, time)}; ${harm}`);
    }
    for (const { client, status, stream, frame } of finding.downstream.slice(0, 5)) {
      add('Downstream', `the gateway answered ${client} with ${status} (stream ${stream}, frame ${frame})`);
    }
    if (finding.logged !== null) {
      add(
        'Logged',
        html`a client that calls itself <code>${finding.logged.client}</code> says <code>${finding.logged.words}</code> of this`,
      );
    }
    if (finding.also.length > 0)
      add('Here too', finding.also.map(({ rule, severity }) => `${rule} (${severity})`).join(', '));
    if (finding.related.length > 0) {
      add(
        'Belongs to',
        finding.related
          .slice(0, 20)
          .map(
            (id, index) =>
              html`${index > 0 && ', '}${this.ids.has(id) ? html`<a class="n" href="#f-${id}">${id}</a>` : id}`,
          ),
      );
    }
    return rows;
  }

  private after(from: number, to: number): string {
    return to > from ? `, ${durationText(to - from)} later` : '';
  }

  private evidence({ evidence }: Finding): Markup | null {
    if (evidence.length === 0) return null;
    return html`<table><thead><tr><th class="r">frame</th><th class="r">seconds</th><th>evidence</th></tr></thead><tbody>${evidence.map(
      ({ frame, time, role, note, isElsewhere }) =>
        html`<tr><td class="r n">${frame}</td><td class="r n">${this.words.relative(time)}</td><td><b>${role}</b>${isElsewhere && ' (on another connection)'}${note !== '' && `: ${note}`}</td></tr>`,
    )}</tbody></table>`;
  }

  private *briefly(findings: readonly Finding[], isRest: boolean): Iterable<Markup> {
    yield html`<div class="scroll"><table class="brief"><thead><tr><th class="r">seconds</th><th>stream</th><th>${isRest ? 'further incidents, in brief' : 'incidents, in brief'}</th></tr></thead><tbody>
`;
    for (const finding of findings) {
      yield html`<tr id="f-${finding.id}" data-severity="${finding.severity}"><td class="r n">${this.words.relative(finding.time)}</td><td class="n">${finding.stream}</td><td>${severityBadge(finding.severity)} ${finding.suppressed !== null && html`<b>suppressed</b> `}${finding.summary} <a class="n" href="#f-${finding.id}">${finding.id}</a>${filter(finding)}</td></tr>
`;
    }
    yield html`</tbody></table></div>
`;
  }
}

function filter({ displayFilter }: Finding): Markup {
  return html`<p class="filter"><code>${displayFilter}</code><button type="button" data-copy aria-label="Copy the display filter">Copy</button></p>`;
}

function same(texts: readonly string[]): string | null {
  return texts.every((text) => text === texts[0]) ? texts[0]! : null;
}

function omittedOf({ omittedFindings }: Report, rule: string, server: string) {
  return omittedFindings.filter((omitted) => omitted.rule === rule && omitted.server === server);
}

function titleOf({ rules }: Report, rule: string): string {
  return rules.find(({ id }) => id === rule)?.title ?? '';
}
