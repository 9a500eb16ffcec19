// The one sentence an on-call engineer needs: what was lost, where, why. It stands first in the report for people and
// is all of it with --quiet.
import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import type { Finding } from '../rules/finding.ts';
import { enumerate, grouped, plural } from './layout.ts';
import type { Report, ServerReport } from './report.ts';

/**
 * The cause as a clause, "3 requests were lost on 10.0.0.2:8080: …", and whether the server's idle timeout belongs to
 * the story. A rule that is not listed here is told by its title.
 */
const CAUSES: Readonly<Record<string, { readonly clause: string; readonly isAboutIdling?: true }>> = {
  'fin-crosses-request': { clause: "the server's close crossed the client's next request", isAboutIdling: true },
  'request-after-fin': {
    clause: 'the client wrote to a connection that the server had already closed',
    isAboutIdling: true,
  },
  'request-dropped-at-close': { clause: 'the server took the request and closed without an answer' },
  'reset-instead-of-response': { clause: 'a reset came instead of the response' },
  'reset-mid-response': { clause: 'a reset cut the response short' },
  'reset-destroys-response': { clause: 'a reset followed the response before the client can have read it' },
  'truncated-response': { clause: 'the server closed in the middle of the response' },
  'idle-timeout-mismatch': { clause: 'the server closes idle connections before the client does', isAboutIdling: true },
  'keep-alive-header-mismatch': { clause: 'the Keep-Alive header promises what the server does not do' },
  'reuse-near-timeout': {
    clause: 'connections were reused just before the server would have closed them',
    isAboutIdling: true,
  },
  'client-gave-up': { clause: 'the client gave up before the response came' },
  'idle-connection-dropped': { clause: 'something on the way dropped the idle connection in silence' },
  'undelayed-close': { clause: 'the server closes right behind its last byte' },
  'unannounced-close': { clause: 'the server closes after responses that promised keep-alive' },
  'request-after-close-header': { clause: 'a request was sent after Connection: close' },
  'unsafe-retry': { clause: 'a request was repeated though its first copy may have been executed' },
};

/** One sentence, ready for a terminal except for escaping (it may quote the capture). */
export function headline(report: Report): string {
  const errors = report.findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0) {
    // A finding about a server as a whole (stream null) sums up incidents that have their own findings.
    const incidents = errors.filter((finding) => finding.stream !== null);
    return incidents.length > 0
      ? `${losses(incidents)} ${whereAndWhy(incidents, report)}${hidden(report)}.`
      : `${plural(errors.length, 'error')} ${whereAndWhy(errors, report)}${hidden(report)}.`;
  }
  const warnings = report.findings.filter((finding) => finding.severity === 'warning');
  if (warnings.length > 0) {
    const what = `${plural(warnings.length, 'warning')} ${whereAndWhy(warnings, report)}`;
    return `No loss was found, but ${what}${hidden(report)}.`;
  }
  return `${nothingFound(report)}${hidden(report)}.`;
}

function losses(findings: readonly Finding[]): string {
  const count = { requests: 0, truncated: 0, atRisk: 0 };
  for (const { delivered } of findings) {
    if (delivered === 'truncated') count.truncated++;
    else if (delivered === 'at-risk') count.atRisk++;
    else count.requests++;
  }
  const parts: string[] = [];
  if (count.requests > 0) parts.push(`${plural(count.requests, 'request')} ${wasOrWere(count.requests)} lost`);
  if (count.truncated > 0) parts.push(`${plural(count.truncated, 'response')} ${wasOrWere(count.truncated)} cut short`);
  if (count.atRisk > 0) parts.push(`${plural(count.atRisk, 'response')} ${wasOrWere(count.atRisk)} put at risk`);
  return enumerate(parts);
}

/** "on 10.0.0.2:8080: the server's close … (idle timeout about 5.00 s, probably …)" */
function whereAndWhy(findings: readonly Finding[], report: Report): string {
  const [server, ofServer] = largest(groupBy(findings, (finding) => finding.server));
  const [rule, ofRule] = largest(groupBy(ofServer, (finding) => finding.rule));
  const servers = new Set(findings.map((finding) => finding.server)).size;
  const where = servers === 1 ? `on ${server}` : `on ${grouped(servers)} servers, most on ${server}`;
  const cause = CAUSES[rule];
  const clause = cause?.clause ?? report.rules.find(({ id }) => id === rule)?.title.replace(/\.$/, '') ?? rule;
  const remarks: string[] = [];
  if (ofRule.length < findings.length) remarks.push(`${grouped(ofRule.length)} of ${grouped(findings.length)}`);
  if (cause?.isAboutIdling) {
    const idleTimeout = idleTimeoutInWords(report.servers.find((candidate) => candidate.server === server));
    if (idleTimeout !== null) remarks.push(idleTimeout);
  }
  return `${where}: ${clause}${remarks.length > 0 ? ` (${remarks.join('; ')})` : ''}`;
}

function idleTimeoutInWords(server: ServerReport | undefined): string | null {
  const estimate = server?.idleTimeout;
  if (!estimate) return null;
  const candidate = estimate.candidates[0];
  const about = estimate.confidence === 'likely' ? 'about' : 'perhaps';
  const product = candidate ? `, probably ${candidate.product} ${candidate.knob}` : '';
  return `idle timeout ${about} ${durationText(estimate.value * SECOND)}${product}`;
}

function nothingFound(report: Report): string {
  const { totals } = report;
  const frames = plural(totals.frames, 'frame');
  if (totals.frames === 0) return 'Nothing to check: the capture holds no frames';
  if (totals.tcpSegments === 0) return `Nothing to check: no TCP in ${frames}`;
  const connections = plural(totals.connections, 'connection');
  if (totals.httpConnections === 0) {
    return `Nothing to check: no HTTP/1 could be read in ${frames}, ${connections}${otherProtocols(report)}`;
  }
  const isPartial = report.captures.some((capture) => capture.problems.length > 0);
  const read = `${frames}, ${connections}, ${plural(totals.exchanges, 'exchange')}`;
  const notes = totals.findings.info > 0 ? `; ${plural(totals.findings.info, 'remark')} (info)` : '';
  const where = isPartial ? 'in what could be read, ' : 'in ';
  return `No keep-alive problem found ${where}${read}${notes}`;
}

/** " (7 TLS, 2 HTTP/2)": the usual reasons why there was nothing to read. */
function otherProtocols(report: Report): string {
  const count = new Map<string, number>();
  for (const { protocol } of report.connections) count.set(protocol, (count.get(protocol) ?? 0) + 1);
  const parts: string[] = [];
  if (count.has('tls')) parts.push(`${grouped(count.get('tls')!)} TLS`);
  if (count.has('http/2')) parts.push(`${grouped(count.get('http/2')!)} HTTP/2`);
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

function hidden({ hiddenFindings }: Report): string {
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

function largest<T>(groups: ReadonlyMap<string, T[]>): [string, T[]] {
  return [...groups].reduce((best, group) => (group[1].length > best[1].length ? group : best));
}
