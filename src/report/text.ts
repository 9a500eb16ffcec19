// The report for people.
//
//   3 requests were lost on 10.0.0.2:8080: the server's close …          one sentence, first
//
//   Read a.pcapng: …                                                      what was read, what could not be
//
//   == 10.0.0.2:8080 (nginx/1.22.1)                                       findings by server,
//
//   ERROR fin-crosses-request: 40 incidents                               then by cause
//   <what the rule reports>
//
//     1. +5.083214 s (UTC), stream 3 from 10.0.0.1:40112, proven, id 9f3c1a2b
//        <what happened>
//          frame 12  +5.083 s  server FIN: <what it proves>
//        Executed? …  Delivered? …  Consequence: …
//        Filter: tcp.stream eq 3 && frame.number in {12, 13, 14}
//     and 37 more: tcp.stream in {5, 7..9}
//
//     Cause: …                                                            once, if it is the same for all
//     Fix: …
//     Logged as: "socket hang up", …
//
//   == Also on 40 further servers                                         beyond the gravest few, counts and filters
//
//   Servers                                                               what was learned about each
//
// Whatever came from the wire passes through escapeForTerminal, at the one place where lines leave (see `line` and
// `prose`), so that no caller can forget it. Frames, ids and filters are never cut or broken: they are there to be
// searched for and pasted.
import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import type { CaptureSummary } from '../capture/frame-reader.ts';
import { canonicalAddress, withoutPort } from '../history/endpoint.ts';
import {
  type Delivered,
  type Evidence,
  type Executed,
  type Finding,
  type OmittedFindings,
  SEVERITIES,
  type Severity,
} from '../rules/finding.ts';
import { candidatesText } from '../timeouts/candidates.ts';
import { linkTypeName } from '../wire/link-types.ts';
import { escapeForTerminal } from './escape.ts';
import type { Format, FormatOptions } from './format.ts';
import { groupBy, headline } from './headline.ts';
import { byteCount, filterSet, grouped, type Paint, painter, plural, type Style, wrap } from './layout.ts';
import type { Estimate, Report, ServerReport } from './report.ts';

/** A blank at which a line must not be broken; becomes a plain one when the line is finished. */
const NO_BREAK = '\u00a0';
/** A number and its word stay on one line: "frame 12", "stream 3", "5.003 s". */
const NUMBERED = /\b(?:frame|stream|byte) \d+|\d (?:s|ms|us|min|h)\b/g;
/** Enough incidents to understand a group; the rest differs only in its numbers. */
const SHOWN_INCIDENTS = 3;
/** Once a rule was explained at one server, another one's first incident is enough. */
const SHOWN_AGAIN = 1;
/** Servers whose incidents are told; what happened at the others is counted, up to so many of them. */
const TOLD_SERVERS = 8;
const COUNTED_SERVERS = 50;
/** A filter of more terms is no longer something to paste. */
const FILTER_TERMS = 50;
/** Lines of captures, problems and servers before the report says "and N more". */
const SHOWN_CAPTURES = 10;
const SHOWN_PROBLEMS = 10;
const SHOWN_SERVERS = 50;
const LONGEST_PRODUCT = 30;
const LONGEST_NAME = 60;
/** Longer lines of prose are hard to read, however wide the terminal is. */
const WIDEST_PROSE = 100;

export const SEVERITY_STYLES: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', info: 'blue' };

export const EXECUTED: Readonly<Record<Executed, string>> = {
  no: 'no, the server never read the request, so sending it again is safe',
  unknown: "unknown, the server's TCP may have had the request, so repeat only what is idempotent",
  yes: 'yes, response bytes came',
};

export const DELIVERED: Readonly<Record<Delivered, string>> = {
  yes: 'yes, the client acknowledged all of the response',
  'at-risk': 'at risk, the response was sent in full but nothing proves that the client could read it',
  truncated: 'truncated, only a part of the response was sent',
};

export const text: Format = {
  *render(report, options) {
    if (options.quiet) {
      // For scripts: one line, however long.
      yield `${escapeForTerminal(headline(report))}\n`;
      return;
    }
    const page = new Page(report, options);
    yield* page.headline();
    yield* page.captures();
    yield* page.findings();
    yield* page.servers();
  },
};

/** What the report says of the findings of one rule on one server. */
export function renderGroup(report: Report, rule: string, findings: readonly Finding[]): Iterable<string> {
  return new Page(report, { color: false, width: WIDEST_PROSE, quiet: false }).group(rule, findings);
}

class Page {
  private readonly report: Report;
  private readonly width: number;
  private readonly paint: Paint;
  /** One level of indentation: narrower on a narrow terminal. */
  private readonly step: string;
  /** The first name that a capture tells of each address. */
  private readonly names = new Map<string, string>();
  /** Time of the first frame, nanoseconds. */
  private readonly start: number;

  constructor(report: Report, { color, width }: FormatOptions) {
    this.report = report;
    this.width = Math.min(width, WIDEST_PROSE);
    this.paint = painter(color);
    this.step = width < 60 ? ' ' : '  ';
    for (const capture of report.captures) {
      for (const [written, [name = '']] of capture.names) {
        const address = canonicalAddress(written);
        if (!this.names.has(address)) this.names.set(address, name);
      }
    }
    this.start = startOf(report);
  }

  *headline(): Iterable<string> {
    const { error, warning } = this.report.totals.findings;
    const style = error > 0 ? 'red' : warning > 0 ? 'yellow' : 'green';
    for (const line of this.lines(headline(this.report))) yield `${this.paint(style, line)}\n`;
    yield '\n';
  }

  // ---- what was read

  *captures(): Iterable<string> {
    const { captures, totals } = this.report;
    for (const capture of captures.slice(0, SHOWN_CAPTURES)) yield* this.prose(captureInWords(capture), '', this.step);
    if (captures.length > SHOWN_CAPTURES) {
      yield* this.prose(`and ${plural(captures.length - SHOWN_CAPTURES, 'further capture')}.`);
    }
    const start = this.report.timeline.toRfc3339(this.start);
    const end = Math.max(
      ...knownTimes(
        captures.map((capture) => capture.lastFrameTime),
        this.report,
      ),
    );
    const span =
      start === null || end === -Infinity ? '' : ` over ${durationText(end - this.start)} from ${shortTime(start)}`;
    yield* this.prose(
      `In it: ${plural(totals.frames, 'frame')}${span}, ${plural(totals.tcpSegments, 'TCP segment')}, ` +
        `${plural(totals.connections, 'connection')} (${grouped(totals.httpConnections)} with HTTP/1), ` +
        `${plural(totals.exchanges, 'exchange')}.`,
      '',
      this.step,
    );
    yield* this.problems();
    yield '\n';
  }

  private *problems(): Iterable<string> {
    const problems = this.report.captures.flatMap(({ path, problems }) =>
      problems.map((problem) => problemInWords(path, problem)),
    );
    for (const problem of problems.slice(0, SHOWN_PROBLEMS)) {
      yield* this.prose(`CAPTURE PROBLEM ${problem}`, '', this.step, { 'CAPTURE PROBLEM': 'yellow' });
    }
    const more = problems.length - SHOWN_PROBLEMS;
    if (more > 0) yield* this.prose(`and ${plural(more, 'further capture problem')}.`);
  }

  // ---- findings

  *findings(): Iterable<string> {
    const servers = [...groupBy(this.report.findings, (finding) => finding.server)].sort(byGravity);
    const explained = new Set<string>();
    for (const [server, ofServer] of servers.slice(0, TOLD_SERVERS)) {
      yield* this.title(`== ${this.named(server)}`);
      for (const [rule, ofRule] of byRule(ofServer)) {
        yield* this.group(rule, ofRule, explained.has(rule) ? SHOWN_AGAIN : SHOWN_INCIDENTS);
        explained.add(rule);
      }
    }
    yield* this.counted(servers.slice(TOLD_SERVERS));
  }

  /** What happened at the servers that are not told of. */
  private *counted(servers: readonly (readonly [server: string, Finding[]])[]): Iterable<string> {
    if (servers.length === 0) return;
    yield* this.title(`== Also on ${plural(servers.length, 'further server')}`);
    for (const [server, ofServer] of servers.slice(0, COUNTED_SERVERS)) {
      yield* this.prose(this.named(server), '', this.step);
      for (const [rule, ofRule] of byRule(ofServer)) {
        yield* this.heading(rule, ofRule, this.step);
        const { set } = filterSet(streamsOf(ofRule), FILTER_TERMS);
        if (set !== '{}') yield* this.filter('Filter:', `tcp.stream in ${set}`, this.step.repeat(2));
      }
    }
    const more = servers.length - COUNTED_SERVERS;
    if (more > 0) yield* this.prose(`and ${plural(more, 'further server')}; the JSON report has them all.`);
    yield '\n';
  }

  /** A server with its product. */
  private named(server: string): string {
    const product = this.report.servers.find((candidate) => candidate.server === server)?.product;
    return `${this.withName(server)}${product ? ` (${brief(product)})` : ''}`;
  }

  private *title(words: string): Iterable<string> {
    for (const line of this.lines(words, '', this.step)) yield `${this.paint('bold', line)}\n`;
    yield '\n';
  }

  /** Severity, rule and how often. */
  private heading(rule: string, findings: readonly Finding[], indent = ''): Iterable<string> {
    const gravest = gravestOf(findings);
    const word = gravest.toUpperCase();
    const count = countInWords(findings, this.omittedOf(rule, findings));
    return this.prose(`${word} ${rule}: ${count}`, indent, indent + this.step, {
      [word]: SEVERITY_STYLES[gravest],
      [`${rule}:`]: 'bold',
    });
  }

  /** What is counted, but not listed, of the rule at the findings' server. */
  private omittedOf(rule: string, findings: readonly Finding[]): OmittedFindings[] {
    return this.report.omittedFindings.filter((o) => o.rule === rule && o.server === findings[0]!.server);
  }

  *group(rule: string, findings: readonly Finding[], most = SHOWN_INCIDENTS): Iterable<string> {
    const documentation = this.report.rules.find(({ id }) => id === rule);
    const omitted = this.omittedOf(rule, findings);
    yield* this.heading(rule, findings);
    if (documentation) yield* this.prose(documentation.title);
    yield '\n';

    // The gravest incidents first; within a severity in the order of time.
    const ordered = [...findings].sort((a, b) => rank(b.severity) - rank(a.severity));
    const shown = ordered.slice(0, most);
    // What is the same for all incidents is said once, below them.
    const causes = new Set(shown.map(({ explanation }) => explanation));
    const fixes = new Set(shown.map(({ advice }) => advice));
    for (const [index, finding] of shown.entries()) {
      yield* this.incident(index + 1, finding, findings.length > 1);
      const indent = this.step + ' '.repeat(`${index + 1}. `.length);
      if (causes.size > 1) yield* this.labelled('Cause:', finding.explanation, indent);
      if (fixes.size > 1) yield* this.labelled('Fix:', finding.advice, indent);
      yield '\n';
    }
    const folded = ordered.slice(most);
    if (folded.length > 0) yield* this.folded(folded);
    if (omitted.length > 0) {
      const count = omitted.reduce((sum, { count }) => sum + count, 0);
      yield* this.prose(`and ${grouped(count)} more, which are counted but not listed, here and in JSON.`, this.step);
      yield '\n';
    }
    if (causes.size === 1) yield* this.labelled('Cause:', shown[0]!.explanation, this.step);
    if (fixes.size === 1) yield* this.labelled('Fix:', shown[0]!.advice, this.step);
    if (documentation && documentation.symptoms.length > 0) {
      const symptoms = documentation.symptoms.slice(0, 3).map((symptom) => `"${symptom}"`);
      yield* this.prose(`Logged as: ${symptoms.join(', ')}`, this.step, this.step.repeat(2), { 'Logged as:': 'dim' });
    }
    yield '\n';
  }

  private *incident(number: number, finding: Finding, isNumbered: boolean): Iterable<string> {
    const one = this.step;
    const two = one + (isNumbered ? ' '.repeat(`${number}. `.length) : '');
    const three = two + one;
    const facts = [this.moment(finding.time)];
    if (finding.stream !== null) facts.push(`stream ${finding.stream}`);
    if (finding.client !== null) facts.push(`client ${finding.client}`);
    facts.push(finding.confidence, `id ${finding.id}`);
    yield* this.prose((isNumbered ? `${number}. ` : '') + facts.join(', '), one, two);
    yield* this.prose(finding.summary, two);
    const frameWidth = Math.max(0, ...finding.evidence.map(({ frame }) => `${frame}`.length));
    for (const evidence of finding.evidence) yield* this.evidence(evidence, frameWidth, three);
    if (finding.executed) yield* this.labelled('Executed?', EXECUTED[finding.executed], two);
    if (finding.delivered) yield* this.labelled('Delivered?', DELIVERED[finding.delivered], two);
    for (const consequence of finding.consequences) yield* this.labelled('Consequence:', consequence, two);
    if (finding.logged !== null) {
      const { client, words } = finding.logged;
      yield* this.labelled('Logged:', `a client that calls itself ${client} says "${words}" of this.`, two);
    }
    if (finding.also.length > 0) {
      const also = finding.also.map(({ rule, severity }) => `${rule} (${severity})`);
      yield* this.labelled('Here too:', also.join(', '), two);
    }
    if (finding.related.length > 0) yield* this.labelled('Belongs to:', finding.related.join(', '), two);
    yield* this.filter('Filter:', finding.displayFilter, two);
  }

  private *evidence(evidence: Evidence, frameWidth: number, indent: string): Iterable<string> {
    const frame = `frame ${String(evidence.frame).padStart(frameWidth)}`;
    const time = isKnown(evidence.time, this.report) ? `  ${this.relative(evidence.time)}` : '';
    const note = evidence.note === '' ? '' : `: ${evidence.note}`;
    // Without a break inside of the frame's number and time; the words behind are wrapped.
    const head = `${frame}${time}`.replaceAll(' ', NO_BREAK);
    yield* this.prose(`${head} ${NO_BREAK}${evidence.role}${note}`, indent, indent + this.step);
  }

  private *folded(findings: readonly Finding[]): Iterable<string> {
    const streams = streamsOf(findings);
    const { set, rest } = filterSet(streams, FILTER_TERMS);
    if (streams.length === 0) {
      yield* this.prose(`and ${grouped(findings.length)} more.`, this.step);
    } else {
      const restInWords = rest > 0 ? ` (without the last ${plural(rest, 'stream')})` : '';
      yield* this.filter(`and ${grouped(findings.length)} more${restInWords}:`, `tcp.stream in ${set}`, this.step);
    }
    yield '\n';
  }

  // ---- servers

  *servers(): Iterable<string> {
    const { servers } = this.report;
    if (servers.length === 0) return;
    yield `${this.paint('bold', 'Servers')}\n\n`;
    const shown = servers.slice(0, SHOWN_SERVERS);
    const rows = [
      ['server', 'product', 'conns', 'exchanges', 'idle timeout'],
      ...shown.map((server) => [
        escapeForTerminal(this.withName(server.server)),
        server.product === null ? '-' : escapeForTerminal(brief(server.product)),
        grouped(server.connections),
        grouped(server.exchanges),
        server.idleTimeout ? estimateInWords(server.idleTimeout, secondsText) : 'unknown',
      ]),
    ];
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    const total = widths.reduce((sum, width) => sum + width + 2, -2);
    if (total <= this.width) {
      for (const [index, row] of rows.entries()) {
        const isNumber = (column: number) => column === 2 || column === 3;
        const cells = row.map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        );
        const line = cells.join('  ').trimEnd();
        yield `${index === 0 ? this.paint('dim', line) : line}\n`;
        if (index > 0) yield* this.serverDetails(shown[index - 1]!);
      }
    } else {
      for (const [index, row] of rows.slice(1).entries()) {
        yield* this.prose(`${row[0]}${row[1] === '-' ? '' : ` (${row[1]})`}`, '', this.step);
        yield* this.prose(
          `${plural(shown[index]!.connections, 'connection')}, ${plural(shown[index]!.exchanges, 'exchange')}, ` +
            `idle timeout ${row[4]}`,
          this.step,
        );
        yield* this.serverDetails(shown[index]!);
      }
    }
    const more = servers.length - shown.length;
    if (more > 0) yield* this.prose(`and ${plural(more, 'further server')}; the JSON report has them all.`);
  }

  private *serverDetails(server: ServerReport): Iterable<string> {
    const details: string[] = [];
    const { idleTimeout } = server;
    if (idleTimeout) details.push(`idle timeout ${basisInWords(idleTimeout)}`);
    if (server.closeDelay)
      details.push(`closes ${estimateInWords(server.closeDelay, secondsText)} after a last response`);
    if (server.maxRequests) {
      details.push(`closes after ${estimateInWords(server.maxRequests, (count) => plural(count, 'request'))}`);
    }
    if (server.maxAge) details.push(`closes connections aged ${estimateInWords(server.maxAge, secondsText)}`);
    for (const client of server.clients) {
      const timeouts: string[] = [];
      if (client.idleTimeout) timeouts.push(`idle timeout ${estimateInWords(client.idleTimeout, secondsText)}`);
      if (client.responseTimeout)
        timeouts.push(`gives up after ${estimateInWords(client.responseTimeout, secondsText)}`);
      if (timeouts.length > 0) details.push(`client ${client.client}: ${timeouts.join(', ')}`);
    }
    for (const detail of details) yield* this.prose(detail, this.step, this.step.repeat(2));
  }

  // ---- lines

  /** Wrapped, escaped lines of `words`; `styles` colours the first occurrence of some of them. */
  *prose(words: string, indent = '', hanging = indent, styles: Readonly<Record<string, Style>> = {}): Iterable<string> {
    const pending = new Map(Object.entries(styles));
    for (let line of this.lines(words, indent, hanging)) {
      for (const [word, style] of pending) {
        if (!line.includes(word)) continue;
        line = line.replace(word, () => this.paint(style, word));
        pending.delete(word);
      }
      yield `${line}\n`;
    }
  }

  private lines(words: string, indent = '', hanging = indent): string[] {
    const glued = escapeForTerminal(words).replace(NUMBERED, (match) => match.replaceAll(' ', NO_BREAK));
    return wrap(glued, this.width, indent, hanging).map((line) => line.replaceAll(NO_BREAK, ' '));
  }

  private labelled(label: string, words: string, indent: string): Iterable<string> {
    return this.prose(`${label} ${words}`, indent, indent + this.step, { [label]: 'bold' });
  }

  /** A filter stands on one line, however long: what the terminal wraps is still pasted in one piece. */
  private *filter(label: string, filter: string, indent: string): Iterable<string> {
    const line = `${label} ${escapeForTerminal(filter)}`;
    if (indent.length + line.length <= this.width) {
      yield `${indent}${this.paint('bold', label)} ${escapeForTerminal(filter)}\n`;
    } else {
      yield* this.prose(label, indent, indent + this.step, { [label]: 'bold' });
      yield `${indent}${this.step}${escapeForTerminal(filter)}\n`;
    }
  }

  /** `endpoint`, and what the capture calls its host. */
  private withName(endpoint: string): string {
    const name = this.names.get(withoutPort(endpoint));
    return name === undefined ? endpoint : `${endpoint} (${brief(name, LONGEST_NAME)})`;
  }

  private moment(time: number): string {
    const utc = this.report.timeline.toRfc3339(time);
    return utc === null ? 'at an unknown time' : `${this.relative(time)} (${shortTime(utc)})`.replace(' ', NO_BREAK);
  }

  /** Seconds since the first frame, as Wireshark shows them by default. */
  private relative(time: number): string {
    return relativeText(time, this.start);
  }
}

/** Time of the first frame, nanoseconds; NaN when no frame has one. */
export function startOf(report: Report): number {
  const times = knownTimes(
    report.captures.map((capture) => capture.firstFrameTime),
    report,
  );
  return times.length > 0 ? Math.min(...times) : NaN;
}

/** A broken clock may have written a time that no calendar has: that is as good as none. */
export function isKnown(time: number, { timeline }: Report): boolean {
  return timeline.toRfc3339(time) !== null;
}

function knownTimes(times: readonly number[], report: Report): number[] {
  return times.filter((time) => isKnown(time, report));
}

/** "+5.083214 s", as Wireshark shows times by default. */
export function relativeText(time: number, start: number): string {
  // Without a first time it is counted from the timeline's origin.
  const seconds = (time - (Number.isNaN(start) ? 0 : start)) / SECOND;
  return `${seconds < 0 ? '' : '+'}${seconds.toFixed(6)} s`;
}

/** A Server field may be kilobytes long, and so may a host's name; the beginning tells which it is. */
export function brief(text: string, longest = LONGEST_PRODUCT): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}...`;
}

export function captureInWords(capture: CaptureSummary): string {
  const links = capture.linkTypes.map(linkTypeName).join(', ');
  const compression = capture.compression === 'none' ? '' : `, ${capture.compression}`;
  return (
    `Read ${capture.path}: ${capture.format}${compression}${links === '' ? '' : `, ${links}`}, ` +
    `${plural(capture.frames, 'frame')}, ${byteCount(capture.bytes)}` +
    `${capture.secrets === 0 ? '' : `, ${plural(capture.secrets, 'block')} of decryption secrets`}.`
  );
}

/** A capture's problem for people: file, place, what. */
export function problemInWords(path: string, problem: CaptureSummary['problems'][number]): string {
  const place = problem.offset === null ? '' : ` at byte ${problem.offset}`;
  return `${path}${place}: ${problem.message}`;
}

export function countInWords(findings: readonly Finding[], omitted: readonly OmittedFindings[]): string {
  const countOf = (severity: Severity) =>
    omitted
      .filter((group) => group.severity === severity)
      .reduce((sum, { count }) => sum + count, findings.filter((finding) => finding.severity === severity).length);
  const total = plural(
    SEVERITIES.reduce((sum, severity) => sum + countOf(severity), 0),
    'incident',
  );
  const parts = [...SEVERITIES]
    .reverse()
    .map((severity) => [countOf(severity), severity] as const)
    .filter(([count]) => count > 0)
    .map(([count, severity]) => `${grouped(count)} ${severity}`);
  return parts.length > 1 ? `${total} (${parts.join(', ')})` : total;
}

/** The findings of each rule, the gravest first. */
function byRule(findings: readonly Finding[]): [string, Finding[]][] {
  return [...groupBy(findings, (finding) => finding.rule)].sort(byGravity);
}

function streamsOf(findings: readonly Finding[]): number[] {
  return findings.flatMap(({ stream }) => (stream === null ? [] : [stream]));
}

export function secondsText(seconds: number): string {
  return durationText(seconds * SECOND);
}

/** "5.00 s (4.98 s to 5.03 s)", "perhaps 5.00 s" after one observation. */
export function estimateInWords({ value, low, high, confidence }: Estimate, unit: (value: number) => string): string {
  const about = confidence === 'possible' ? 'perhaps ' : '';
  const bounds = Number.isFinite(high) ? `${unit(low)} to ${unit(high)}` : `at least ${unit(low)}`;
  return `${about}${unit(value)}${unit(low) === unit(high) ? '' : ` (${bounds})`}`;
}

/** What an estimate rests on: "from 7 closes, 20 other idle gaps ended otherwise; probably server.keepAliveTimeout of Node.js". */
export function basisInWords({ observed, censored, candidates, others }: Estimate): string {
  const products = candidatesText(candidates);
  return (
    `from ${plural(observed, 'close')}` +
    (censored === 0 ? '' : `, ${plural(censored, 'other idle gap')} ended otherwise`) +
    others.map((other) => `, ${plural(other.observed, 'close')} after ${secondsText(other.value)}`).join('') +
    (products === '' ? '' : `; ${products}`)
  );
}

/** RFC 3339 with microseconds where the capture has no finer clock. */
export function shortTime(rfc3339: string): string {
  return rfc3339.replace(/000Z$/, 'Z');
}

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function gravestOf(findings: readonly Finding[]): Severity {
  return findings.reduce<Severity>((worst, { severity }) => (rank(severity) > rank(worst) ? severity : worst), 'info');
}

/** The gravest group first, then the largest; equal ones stay in the order of time. */
export function byGravity([, a]: [string, Finding[]], [, b]: [string, Finding[]]): number {
  return rank(gravestOf(b)) - rank(gravestOf(a)) || b.length - a.length;
}
