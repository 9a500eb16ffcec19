// The one sentence an on-call engineer needs: what was lost, where, why. It stands first in the report for people and
// is all of it with --quiet.
import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import type { Severity } from '../rules/finding.ts';
import { candidatesText } from '../timeouts/candidates.ts';
import { enumerate, grouped, plural } from './layout.ts';
import type { Report, ServerReport } from './report.ts';

/** One sentence, ready for a terminal except for escaping (it may quote the capture). */
export function headline(report: Report): string {
  const errors = groupsOf(report, 'error');
  if (errors.length > 0) {
    // A finding about a server as a whole sums up incidents that have their own findings.
    const incidents = errors.filter((group) => group.isIncident);
    return incidents.length > 0
      ? `${losses(incidents)} ${whereAndWhy(incidents, report)}${hidden(report)}.`
      : `${plural(total(errors), 'error')} ${whereAndWhy(errors, report)}${hidden(report)}.`;
  }
  const warnings = groupsOf(report, 'warning');
  if (warnings.length > 0) {
    const what = `${plural(total(warnings), 'warning')} ${whereAndWhy(warnings, report)}`;
    return `No loss was found, but ${what}${hidden(report)}.`;
  }
  return nothingFound(report);
}

/** Findings of one rule on one server, those included that are only counted. */
interface Group {
  readonly server: string;
  readonly rule: string;
  /** They are about one connection each, and not about the server as a whole. */
  readonly isIncident: boolean;
  readonly count: number;
  readonly lostRequests: number;
  /** Responses among them that came, if not in full. */
  readonly truncated: number;
  readonly atRisk: number;
}

function groupsOf({ findings, omittedFindings }: Report, severity: Severity): Group[] {
  const listed = findings.filter((finding) => finding.severity === severity);
  return [...groupBy(listed, ({ rule, server }) => `${rule} ${server}`).values()].map((members) => {
    const { rule, server, stream } = members[0]!;
    const omitted = omittedFindings.find((o) => o.rule === rule && o.server === server && o.severity === severity);
    const count = members.length + (omitted?.count ?? 0);
    const truncated = members.filter(({ delivered }) => delivered === 'truncated').length;
    const atRisk = members.filter(({ delivered }) => delivered === 'at-risk' || delivered === 'yes').length;
    // What is only counted is taken to be like what is listed of it.
    const share = count / members.length;
    return {
      server,
      rule,
      isIncident: stream !== null,
      count,
      lostRequests: members.reduce((sum, finding) => sum + finding.lostRequests, omitted?.lostRequests ?? 0),
      truncated: Math.round(truncated * share),
      atRisk: Math.round(atRisk * share),
    };
  });
}

function losses(groups: readonly Group[]): string {
  const sum = (count: (group: Group) => number) => groups.reduce((total, group) => total + count(group), 0);
  const truncated = sum((group) => group.truncated);
  const atRisk = sum((group) => group.atRisk);
  const unanswered = sum((group) => group.lostRequests) - truncated - atRisk;
  const parts: string[] = [];
  if (unanswered > 0) parts.push(`${plural(unanswered, 'request')} ${wasOrWere(unanswered)} lost`);
  if (truncated > 0) parts.push(`${plural(truncated, 'response')} ${wasOrWere(truncated)} cut short`);
  if (atRisk > 0) parts.push(`${plural(atRisk, 'response')} ${wasOrWere(atRisk)} put at risk`);
  return enumerate(parts);
}

/** "on 10.0.0.2:8080: the server's close … (idle timeout about 5.00 s, probably …)" */
function whereAndWhy(groups: readonly Group[], report: Report): string {
  const [server, ofServer] = [...groupBy(groups, (group) => group.server)].reduce((most, other) =>
    total(other[1]) > total(most[1]) ? other : most,
  );
  const main = ofServer.reduce((most, other) => (other.count > most.count ? other : most));
  const servers = new Set(groups.map((group) => group.server)).size;
  const where = servers === 1 ? `on ${server}` : `on ${grouped(servers)} servers, most on ${server}`;
  const rule = report.rules.find(({ id }) => id === main.rule);
  const remarks: string[] = [];
  if (main.count < total(groups)) remarks.push(`${grouped(main.count)} of ${grouped(total(groups))}`);
  if (rule?.isAboutIdling) {
    const idleTimeout = idleTimeoutInWords(report.servers.find((candidate) => candidate.server === server));
    if (idleTimeout !== null) remarks.push(idleTimeout);
  }
  return `${where}: ${rule?.headline ?? main.rule}${remarks.length > 0 ? ` (${remarks.join('; ')})` : ''}`;
}

function total(groups: readonly Group[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}

function idleTimeoutInWords(server: ServerReport | undefined): string | null {
  const estimate = server?.idleTimeout;
  if (!estimate) return null;
  const about = estimate.confidence === 'likely' ? 'about' : 'perhaps';
  const product = candidatesText(estimate.candidates);
  return `idle timeout ${about} ${durationText(estimate.value * SECOND)}${product === '' ? '' : `, ${product}`}`;
}

/** The sentence of a report without errors and warnings. */
export function nothingFound(
  report: Pick<Report, 'totals' | 'captures' | 'hiddenFindings'>,
  isPartial = report.captures.some((capture) => capture.problems.length > 0),
): string {
  return `${whatWasChecked(report, isPartial)}${hidden(report)}.`;
}

function whatWasChecked({ totals }: Pick<Report, 'totals'>, isPartial: boolean): string {
  const frames = plural(totals.frames, 'frame');
  if (totals.frames === 0) return 'Nothing to check: the capture holds no frames';
  if (totals.tcpSegments === 0) return `Nothing to check: no TCP in ${frames}`;
  const connections = plural(totals.connections, 'connection');
  if (totals.httpConnections === 0) {
    return `Nothing to check: no HTTP/1 could be read in ${frames}, ${connections}${otherProtocols(totals)}`;
  }
  const read = `${frames}, ${connections}, ${plural(totals.exchanges, 'exchange')}`;
  const notes = totals.findings.info > 0 ? `; ${plural(totals.findings.info, 'remark')} (info)` : '';
  const where = isPartial ? 'in what could be read, ' : 'in ';
  return `No keep-alive problem found ${where}${read}${notes}`;
}

/** " (7 TLS, 2 HTTP/2)": the usual reasons why there was nothing to read. */
function otherProtocols(totals: Report['totals']): string {
  const parts: string[] = [];
  if (totals.tlsConnections > 0) parts.push(`${grouped(totals.tlsConnections)} TLS`);
  if (totals.http2Connections > 0) parts.push(`${grouped(totals.http2Connections)} HTTP/2`);
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

function hidden({ hiddenFindings }: Pick<Report, 'hiddenFindings'>): string {
  return hiddenFindings > 0 ? ` (${plural(hiddenFindings, 'finding')} not shown, by the filters)` : '';
}

function wasOrWere(count: number): string {
  return count === 1 ? 'was' : 'were';
}

/** Members by key, in the order of the keys' first appearance. */
export function groupBy<T>(members: Iterable<T>, keyOf: (member: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const member of members) {
    const key = keyOf(member);
    const group = groups.get(key);
    if (group) group.push(member);
    else groups.set(key, [member]);
  }
  return groups;
}
