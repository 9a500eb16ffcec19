// SARIF 2.1.0, for code scanning and other readers of analyses. One run, one result per finding; the frames that prove
// a finding are a thread flow, the lost exchange is the result's web request and response, what could not be read is
// told as a notification. Section numbers are those of the OASIS standard.
//
// A location is a must for GitHub, and it must be a relative URI that stays the same from run to run: `--sarif-uri`, or
// one for each server (location.ts). The captures are artifacts.
import type {
  Artifact,
  Location,
  Notification,
  ReportingDescriptor,
  Result,
  ThreadFlowLocation,
  WebRequest,
  WebResponse,
} from 'sarif';
import type { CaptureSummary } from '../capture/frame-reader.ts';
import type { Evidence, ExchangeReport, Finding, Severity, Suppression } from '../rules/finding.ts';
import type { RuleDocumentation } from '../rules/rule.ts';
import { linkTypeName } from '../wire/link-types.ts';
import { escapeForTerminal, jsonFor } from './escape.ts';
import type { Format, FormatOptions } from './format.ts';
import { batched } from './json.ts';
import { plural } from './layout.ts';
import { pathUri, serverUri } from './location.ts';
import type { Report } from './report.ts';
import { problemInWords, rank } from './text.ts';
import { verdictInWords } from './verdict.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** GitHub refuses a run with more. */
const MAX_RESULTS = 25_000;
/** GitHub reads fingerprints from under this name, as a hash and the number of its occurrence. */
const GITHUB_FINGERPRINT = 'primaryLocationLineHash';
const GITHUB_FINGERPRINT_LENGTH = 16;

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<Severity, string>;
const PROBLEM_SEVERITIES: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'recommendation',
};
const MIME_TYPES: Readonly<Record<CaptureSummary['compression'], string | null>> = {
  none: null,
  gzip: 'application/gzip',
  zstd: 'application/zstd',
  lz4: 'application/x-lz4',
};

export const sarif: Format = {
  render: (report, options) => batched(pieces(report, options)),
};

function* pieces(report: Report, { location }: FormatOptions): Iterable<string> {
  const results = mostGrave(report.findings);
  const rules = new Map(report.rules.map(({ id }, index) => [id, index]));
  yield `{\n"$schema":${jsonFor(SCHEMA)},\n"version":"2.1.0",\n"runs":[{\n`;
  yield `"tool":{"driver":{"name":"finrace","version":${jsonFor(report.version)},\n`;
  yield* list('rules', report.rules, descriptorOf);
  // A policy that is broken is what the run was to find out; one whose verdict rests on too little was not.
  yield `}},\n"invocations":[{"executionSuccessful":${report.gate?.verdict !== 'unsound'},\n`;
  yield* list('toolExecutionNotifications', notificationsOf(report, results.length), (notification) => notification);
  yield '}],\n';
  yield* list('artifacts', report.captures, artifactOf);
  yield ',\n"columnKind":"utf16CodeUnits",\n';
  yield* list('results', results, (finding) => resultOf(finding, report, rules, location));
  yield '}]\n}\n';
}

function* list<T>(key: string, members: Iterable<T>, toJson: (member: T) => object): Iterable<string> {
  yield `"${key}":[`;
  let separator = '\n';
  for (const member of members) {
    yield separator + jsonFor(toJson(member));
    separator = ',\n';
  }
  yield ']';
}

/** All findings, or as many of the gravest as a run may have. In the order of time. */
function mostGrave(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= MAX_RESULTS) return findings;
  return [...findings.keys()]
    .sort((a, b) => rank(findings[b]!.severity) - rank(findings[a]!.severity))
    .slice(0, MAX_RESULTS)
    .sort((a, b) => a - b)
    .map((index) => findings[index]!);
}

function descriptorOf(rule: RuleDocumentation): ReportingDescriptor {
  const gravest = rule.severities[0] ?? 'info';
  const symptoms = rule.symptoms.map((symptom) => `"${symptom}"`).join(', ');
  const help = [
    ['What to change', rule.advice],
    ['How it is proven', rule.proof],
    ...(symptoms === '' ? [] : [['What logs call it', symptoms]]),
  ] as const;
  return {
    id: rule.id,
    name: rule.id.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: message(rule.title) },
    fullDescription: { text: message(rule.explanation) },
    help: { text: help.map(([heading, words]) => `${heading}: ${message(words!)}`).join('\n\n') },
    defaultConfiguration: { level: LEVELS[gravest] },
    properties: { tags: ['http', 'keep-alive', 'tcp'], 'problem.severity': PROBLEM_SEVERITIES[gravest] },
  };
}

/** What a baseline says of it. */
function suppressionOf({ reason, expires, owner }: Suppression) {
  const words = [reason, owner === null ? null : `owner ${owner}`, expires === null ? null : `until ${expires}`];
  const justification = words.filter((part) => part !== null).join('; ');
  return { kind: 'external' as const, ...(justification !== '' && { justification: message(justification) }) };
}

function* notificationsOf(report: Report, results: number): Iterable<Notification> {
  const { gate } = report;
  if (gate !== null && gate.verdict !== 'passed') {
    yield {
      level: gate.verdict === 'unsound' ? 'error' : 'warning',
      descriptor: { id: `check-${gate.verdict}` },
      message: { text: message(verdictInWords(report, gate)) },
    };
  }
  for (const { path, problems } of report.captures) {
    for (const problem of problems) {
      yield {
        level: 'warning',
        descriptor: { id: problem.kind },
        message: { text: message(problemInWords(path, problem)) },
      };
    }
  }
  const cut = report.findings.length - results;
  if (cut > 0) yield { level: 'warning', message: { text: `${plural(cut, 'further finding')} left out: too many.` } };
  for (const { rule, severity, server, count } of report.omittedFindings) {
    const text = `${plural(count, 'further finding')} of ${rule} (${severity}) on ${server} counted, but not listed.`;
    yield { level: 'note', associatedRule: { id: rule }, message: { text: message(text) } };
  }
}

function artifactOf(capture: CaptureSummary): Artifact {
  const mimeType = capture.format === 'pcap' ? 'application/vnd.tcpdump.pcap' : 'application/x-pcapng';
  const name = { text: message(capture.path === '-' ? 'standard input' : capture.path) };
  return {
    ...(capture.path === '-' ? {} : { location: { uri: pathUri(capture.path) } }),
    description: name,
    length: capture.bytes,
    mimeType: MIME_TYPES[capture.compression] ?? mimeType,
    roles: ['analysisTarget'],
    properties: { frames: capture.frames, linkTypes: capture.linkTypes.map(linkTypeName) },
  };
}

function resultOf(
  finding: Finding,
  report: Report,
  rules: ReadonlyMap<string, number>,
  location: string | undefined,
): Result {
  const ruleIndex = rules.get(finding.rule);
  const place = (frame: number) => locationOf(finding, frame, location);
  const flow = finding.evidence.map((evidence) => flowLocation(evidence, place(evidence.frame), report));
  return {
    ruleId: finding.rule,
    ...(ruleIndex !== undefined && { ruleIndex }),
    kind: 'fail',
    level: LEVELS[finding.severity],
    message: { text: messageOf(finding) },
    locations: [place(finding.frame)],
    partialFingerprints: {
      'finraceFinding/v1': finding.fingerprint,
      [GITHUB_FINGERPRINT]: `${finding.fingerprint.slice(0, GITHUB_FINGERPRINT_LENGTH)}:1`,
    },
    ...(flow.length > 0 && { codeFlows: [{ threadFlows: [{ locations: flow }] }] }),
    ...(finding.suppressed !== null && { suppressions: [suppressionOf(finding.suppressed)] }),
    ...(finding.exchange && {
      webRequest: webRequest(finding.exchange),
      webResponse: webResponse(finding.exchange),
    }),
    properties: {
      id: finding.id,
      confidence: finding.confidence,
      at: report.timeline.toRfc3339(finding.time),
      stream: finding.stream,
      client: finding.client,
      server: finding.server,
      lostRequests: finding.lostRequests,
      executed: finding.executed,
      delivered: finding.delivered,
      also: finding.also.map(({ rule }) => rule),
      related: finding.related,
      displayFilter: finding.displayFilter,
    },
  };
}

function messageOf(finding: Finding): string {
  const sentences = [finding.summary, ...finding.consequences].map(message).join(' ');
  return `${sentences}\nCause: ${message(finding.explanation)}\nFix: ${message(finding.advice)}`;
}

function locationOf(finding: Finding, frame: number, location: string | undefined): Location {
  const server = { name: finding.server, fullyQualifiedName: finding.server, kind: 'server' };
  const stream = finding.stream === null ? '' : `tcp.stream eq ${finding.stream}`;
  const where = frame === 0 ? stream : `${stream === '' ? '' : `${stream} && `}frame.number eq ${frame}`;
  const kind = frame === 0 ? 'connection' : 'frame';
  const name = frame === 0 ? `stream ${finding.stream}` : `frame ${frame}`;
  return {
    physicalLocation: {
      artifactLocation: { uri: location ?? serverUri(finding.server) },
      // There is no line, but GitHub wants one.
      region: { startLine: 1 },
    },
    logicalLocations: where === '' ? [server] : [server, { name, fullyQualifiedName: where, kind }],
  };
}

function flowLocation(evidence: Evidence, location: Location, report: Report): ThreadFlowLocation {
  const at = report.timeline.toRfc3339(evidence.time);
  const note = evidence.note === '' ? '' : `: ${evidence.note}`;
  const text = message(`frame ${evidence.frame}, ${evidence.role}${note}`);
  return { location: { ...location, message: { text } }, ...(at !== null && { executionTimeUtc: at }) };
}

function webRequest({ request }: ExchangeReport): WebRequest {
  return {
    protocol: 'HTTP',
    version: request.version,
    method: request.method,
    target: request.target,
  };
}

function webResponse({ response }: ExchangeReport): WebResponse {
  if (response === null) return { noResponseReceived: true };
  return {
    protocol: 'HTTP',
    version: response.version,
    statusCode: response.status,
    properties: { complete: response.complete },
  };
}

/**
 * `text` as a plain text message: viewers print it, "[text](target)" in it would be a link (3.11.6) and "{0}" a
 * placeholder (3.11.5).
 */
function message(text: string): string {
  return escapeForTerminal(text)
    .replaceAll('](', '\\](')
    .replace(/\{(\d+)\}/g, '{{$1}}');
}
