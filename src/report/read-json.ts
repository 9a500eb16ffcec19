// READS a report that json.ts wrote, to render it later in another format. What it gives is what the formats read, and
// no more: a History has the fields that stand in JSON, the rest of it says "unknown".
//
// A saved report may have been edited, cut off or made by somebody else, so every value is looked at before it is
// believed. This is a page of code where a schema validator would be a dependency of the program, and its message
// names the place in the words of the report.
import { SECOND, Timeline } from '../base/timeline.ts';
import type { CaptureSummary } from '../capture/frame-reader.ts';
import { CLOSED_BY, GAP_ENDS, type History, PROTOCOLS, type Side, VANTAGES } from '../history/history.ts';
import { Exchange, Request, Response } from '../http/exchange.ts';
import {
  type Confidence,
  type Delivered,
  type Executed,
  type Finding,
  type OmittedFindings,
  type RetrySafety,
  SEVERITIES,
} from '../rules/finding.ts';
import type { RuleDocumentation } from '../rules/rule.ts';
import { emptyClosing } from '../tcp/direction.ts';
import type { Exposure } from '../timeouts/exposure.ts';
import { LINK_DECODERS } from '../wire/link-types.ts';
import type { ExpectationState, Gate } from './gate.ts';
import { REPORT_SCHEMA } from './json.ts';
import type { Ladder, LadderRow } from './ladder.ts';
import type { ClientReport, Detail, Estimate, IdleBin, Report, ServerReport, Totals } from './report.ts';

/** The text is no report that this version reads. The message is the end of a line that names the file. */
export class NotAReportError extends Error {
  override name = 'NotAReportError';
}

/** The report in `text`, JSON of one run. Throws NotAReportError. */
export function readReport(text: string): Report {
  const root = parse(text);
  checkSchema(root);
  const origin = stringOrNull(root, 'timelineOrigin');
  const timeline = new Timeline();
  if (origin !== null) timeline.originOr(momentOf(origin, 'timelineOrigin').seconds);
  const detail = oneOf<Detail>(root, 'detail', ['findings', 'connections', 'exchanges']);
  const connections = new Connections(root, timeline);
  // Whatever is wrong with one of them is to be known before anything is written.
  for (const _ of connections);
  const ladders = laddersOf(root, timeline);
  return {
    version: string(object(root, 'tool'), 'version'),
    timeline,
    captures: list(root, 'captures', (capture) => captureOf(capture, timeline)),
    totals: totalsOf(object(root, 'totals')),
    detail,
    connections,
    servers: list(root, 'servers', serverOf),
    findings: list(root, 'findings', (finding) => findingOf(finding, timeline)),
    omittedFindings: list(root, 'omittedFindings', omittedOf),
    hiddenFindings: count(root, 'hiddenFindings'),
    rules: list(root, 'rules', ruleOf),
    gate: objectOrNull(root, 'gate', gateOf),
    ...(ladders.size > 0 && { ladders }),
  };
}

function parse(text: string): Fields {
  let value: unknown;
  try {
    // A byte order mark comes with files that some editors and shells wrote.
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw new NotAReportError(
      text.trim() === '' ? 'is empty, not a report of finrace' : 'is not JSON (cut off, or another format?)',
    );
  }
  if (!isFields(value)) throw new NotAReportError('is not a report of finrace (no JSON object)');
  return value;
}

function checkSchema(root: Fields): void {
  const schema = root.schema;
  if (schema === REPORT_SCHEMA) return;
  const [name, version] = typeof schema === 'string' ? schema.split('/') : [];
  if (name === REPORT_SCHEMA.split('/')[0] && version !== undefined) {
    const isNewer = Number(version) > Number(REPORT_SCHEMA.split('/')[1]);
    const remedy = isNewer ? 'a newer finrace wrote it' : 'analyse the capture again';
    throw new NotAReportError(`is of version ${version.slice(0, 20)}, this finrace reads ${REPORT_SCHEMA} (${remedy})`);
  }
  throw new NotAReportError(`is not a report of finrace (its "schema" is not "${REPORT_SCHEMA}")`);
}

/** The connections, made one by one each time that somebody asks: a large report is in memory once only. */
class Connections implements Iterable<History> {
  private readonly members: readonly unknown[];
  private readonly timeline: Timeline;

  constructor(root: Fields, timeline: Timeline) {
    this.members = array(root, 'connections');
    this.timeline = timeline;
  }

  *[Symbol.iterator](): Iterator<History> {
    for (const [index, member] of this.members.entries()) {
      yield inside(`connections[${index}]`, () => historyOf(fieldsOf(member), this.timeline));
    }
  }
}

// ---- what was read

const LINK_TYPES = new Map(LINK_DECODERS.map(({ name, linkTypes }) => [name, linkTypes[0]!]));

function captureOf(capture: Fields, timeline: Timeline): CaptureSummary {
  return {
    path: string(capture, 'path'),
    format: oneOf(capture, 'format', ['pcap', 'pcapng']),
    compression: oneOf(capture, 'compression', ['none', 'gzip', 'zstd', 'lz4']),
    frames: count(capture, 'frames'),
    bytes: count(capture, 'bytes'),
    firstFrameTime: time(capture, 'firstFrameAt', timeline),
    lastFrameTime: time(capture, 'lastFrameAt', timeline),
    linkTypes: strings(capture, 'linkTypes').map((name) => {
      const number = LINK_TYPES.get(name) ?? Number(name);
      if (!Number.isSafeInteger(number)) throw wrong('linkTypes', 'a list of link types');
      return number;
    }),
    problems: list(capture, 'problems', (problem) => ({
      kind: string(problem, 'kind'),
      offset: numberOrNull(problem, 'offset'),
      message: string(problem, 'message'),
    })),
    names: new Map(list(capture, 'names', (entry) => [string(entry, 'address'), strings(entry, 'names')] as const)),
    secrets: count(capture, 'secrets'),
    // No report shows it.
    tlsKeyLog: '',
  };
}

function totalsOf(totals: Fields): Totals {
  const findings = object(totals, 'findings');
  return {
    frames: count(totals, 'frames'),
    tcpSegments: count(totals, 'tcpSegments'),
    connections: count(totals, 'connections'),
    httpConnections: count(totals, 'httpConnections'),
    exchanges: count(totals, 'exchanges'),
    tlsConnections: count(totals, 'tlsConnections'),
    http2Connections: count(totals, 'http2Connections'),
    findings: { error: count(findings, 'error'), warning: count(findings, 'warning'), info: count(findings, 'info') },
  };
}

// ---- connections

const UNKNOWN_SIDE: Side = {
  fin: null,
  finAckedFrame: 0,
  finAckedTime: NaN,
  rst: null,
  rstCount: 0,
  acknowledged: 0,
  hasAcknowledged: false,
  payloadBytes: 0,
  lostBytes: 0,
  lostUntil: 0,
  base: null,
  retransmissions: 0,
  retransmittedFrame: 0,
  retransmittedTime: NaN,
  ttl: 0,
  seen: false,
  synSeen: false,
  next: 0,
};

/** What is known of a side that closed the connection. */
function sideClosing(kind: 'fin' | 'rst', frame: number, time: number): Side {
  if (frame === 0) return UNKNOWN_SIDE;
  const closing = { ...emptyClosing(), frame, time, ipId: -1 };
  return { ...UNKNOWN_SIDE, [kind]: closing };
}

function historyOf(connection: Fields, timeline: Timeline): History {
  const closedBy = oneOf(connection, 'closedBy', CLOSED_BY);
  const [closer, kind] = closedBy.split('-') as ['client' | 'server' | 'open', 'fin' | 'rst'];
  const closingSide =
    closer === 'open'
      ? UNKNOWN_SIDE
      : sideClosing(kind, frame(connection, 'closingFrame'), time(connection, 'closingAt', timeline));
  return {
    stream: count(connection, 'stream'),
    client: string(connection, 'client'),
    server: string(connection, 'server'),
    protocol: oneOf(connection, 'protocol', PROTOCOLS),
    firstFrame: count(connection, 'firstFrame'),
    lastFrame: count(connection, 'lastFrame'),
    openTime: time(connection, 'openedAt', timeline),
    closeTime: time(connection, 'closedAt', timeline),
    captureEnd: NaN,
    rtt: duration(connection, 'rtt'),
    vantage: oneOf(connection, 'vantage', VANTAGES),
    synAckAgainFrame: 0,
    clientHalf: NaN,
    serverHalf: NaN,
    closedBy,
    closeDelay: duration(connection, 'closeDelay'),
    clientSide: closer === 'client' ? closingSide : UNKNOWN_SIDE,
    serverSide: closer === 'server' ? closingSide : UNKNOWN_SIDE,
    exchangeCount: count(connection, 'exchangeCount'),
    exchanges: optionalList(connection, 'exchanges', (exchange) => exchangeOf(exchange, timeline)),
    afterClose: null,
    retry: null,
    idleGaps: optionalList(connection, 'idleGaps', (gap) => ({
      duration: duration(gap, 'seconds'),
      afterFrame: frame(gap, 'afterFrame'),
      endFrame: frame(gap, 'endFrame'),
      endedBy: oneOf(gap, 'endedBy', GAP_ENDS),
    })),
    pair: -1,
    lostRequests: false,
    lostResponses: false,
    serverProduct: stringOrNull(connection, 'serverProduct') ?? '',
    userAgent: stringOrNull(connection, 'userAgent') ?? '',
  };
}

function exchangeOf(fields: Fields, timeline: Timeline): Exchange {
  return Object.assign(new Exchange(), {
    request: objectOrNull(fields, 'request', (request) => requestOf(request, timeline)),
    interim: list(fields, 'interim', (interim) => ({
      status: count(interim, 'status'),
      frame: frame(interim, 'frame'),
      time: NaN,
    })),
    response: objectOrNull(fields, 'response', (response) => responseOf(response, timeline)),
    uncertain: boolean(fields, 'uncertain'),
  });
}

function requestOf(fields: Fields, timeline: Timeline): Request {
  return Object.assign(new Request(), messageOf(fields, timeline), {
    method: string(fields, 'method'),
    target: string(fields, 'target'),
    host: stringOrNull(fields, 'host') ?? '',
  });
}

function responseOf(fields: Fields, timeline: Timeline): Response {
  const response = Object.assign(new Response(), messageOf(fields, timeline), { status: count(fields, 'status') });
  objectOrNull(fields, 'keepAlive', (keepAlive) => {
    response.keepAliveTimeout = numberOrNull(keepAlive, 'timeout') ?? -1;
    response.keepAliveMax = numberOrNull(keepAlive, 'max') ?? -1;
    response.keepAliveListed = boolean(keepAlive, 'listed');
  });
  return response;
}

function messageOf(fields: Fields, timeline: Timeline) {
  return {
    version: string(fields, 'version'),
    firstFrame: frame(fields, 'firstFrame'),
    lastFrame: frame(fields, 'lastFrame'),
    startTime: time(fields, 'startedAt', timeline),
    endTime: time(fields, 'endedAt', timeline),
    complete: boolean(fields, 'complete'),
    close: boolean(fields, 'close'),
  };
}

// ---- servers

function serverOf(server: Fields): ServerReport {
  return {
    server: string(server, 'server'),
    product: stringOrNull(server, 'product'),
    connections: count(server, 'connections'),
    exchanges: count(server, 'exchanges'),
    idleTimeout: estimateOf(server, 'idleTimeout'),
    closeDelay: estimateOf(server, 'closeDelay'),
    maxRequests: estimateOf(server, 'maxRequests', 'requests'),
    maxAge: estimateOf(server, 'maxAge'),
    idleTimes: objectOrNull(server, 'idleTimes', (idleTimes) => ({
      reuses: idleTimes.reuses === null ? null : list(idleTimes, 'reuses', idleBinOf),
      closes: list(idleTimes, 'closes', idleBinOf),
    })),
    clients: list(
      server,
      'clients',
      (client): ClientReport => ({
        client: string(client, 'client'),
        idleTimeout: estimateOf(client, 'idleTimeout'),
        responseTimeout: estimateOf(client, 'responseTimeout'),
      }),
    ),
  };
}

function idleBinOf(bin: Fields): IdleBin {
  return { from: number(bin, 'from'), to: numberOrNull(bin, 'to') ?? Infinity, count: count(bin, 'count') };
}

function estimateOf(parent: Fields, key: string, unit: 'seconds' | 'requests' = 'seconds'): Estimate | null {
  return objectOrNull(parent, key, (estimate) => ({
    value: number(estimate, unit),
    low: number(estimate, 'low'),
    high: numberOrNull(estimate, 'high') ?? Infinity,
    observed: count(estimate, 'observed'),
    censored: count(estimate, 'censored'),
    confidence: oneOf(estimate, 'confidence', ['likely', 'possible']),
    earliest: number(estimate, 'earliest'),
    latest: number(estimate, 'latest'),
    candidates: list(estimate, 'candidates', (candidate) => ({
      product: string(candidate, 'product'),
      knob: string(candidate, 'knob'),
      named: boolean(candidate, 'named'),
    })),
    others: list(estimate, 'others', (other) => ({
      value: number(other, 'value'),
      observed: count(other, 'observed'),
    })),
  }));
}

// ---- findings

const CONFIDENCES: readonly Confidence[] = ['proven', 'likely', 'possible'];
const EXECUTED: readonly (Executed | null)[] = ['no', 'unknown', 'yes', null];
const DELIVERED: readonly (Delivered | null)[] = ['yes', 'at-risk', 'truncated', null];
const SAFETY: readonly RetrySafety[] = ['yes', 'no'];

function findingOf(finding: Fields, timeline: Timeline): Finding {
  return {
    id: string(finding, 'id'),
    fingerprint: string(finding, 'fingerprint'),
    rule: string(finding, 'rule'),
    route: stringOrNull(finding, 'route') ?? '',
    cause: string(finding, 'cause'),
    suppressed: objectOrNull(finding, 'suppressed', (suppressed) => ({
      reason: stringOrNull(suppressed, 'reason'),
      expires: stringOrNull(suppressed, 'expires'),
      owner: stringOrNull(suppressed, 'owner'),
    })),
    severity: oneOf(finding, 'severity', SEVERITIES),
    confidence: oneOf(finding, 'confidence', CONFIDENCES),
    stream: numberOrNull(finding, 'stream'),
    client: stringOrNull(finding, 'client'),
    server: string(finding, 'server'),
    lostRequests: count(finding, 'lostRequests'),
    time: time(finding, 'at', timeline),
    frame: frame(finding, 'frame'),
    summary: string(finding, 'summary'),
    explanation: string(finding, 'explanation'),
    advice: string(finding, 'advice'),
    evidence: list(finding, 'evidence', (evidence) => ({
      frame: frame(evidence, 'frame'),
      time: time(evidence, 'at', timeline),
      role: string(evidence, 'role'),
      note: string(evidence, 'note'),
      ...(evidence.isElsewhere === true && { isElsewhere: true as const }),
    })),
    also: list(finding, 'also', (also) => ({
      rule: string(also, 'rule'),
      severity: oneOf(also, 'severity', SEVERITIES),
    })),
    executed: oneOf(finding, 'executed', EXECUTED),
    delivered: oneOf(finding, 'delivered', DELIVERED),
    consequences: strings(finding, 'consequences'),
    exchange: objectOrNull(finding, 'exchange', findingExchangeOf),
    exposure: objectOrNull(finding, 'exposure', exposureOf),
    logged: objectOrNull(finding, 'clientLogged', (logged) => ({
      client: string(logged, 'client'),
      words: string(logged, 'words'),
    })),
    retry: objectOrNull(finding, 'retry', (retry) => ({
      stream: count(retry, 'stream'),
      frame: frame(retry, 'frame'),
      time: time(retry, 'at', timeline),
      safe: oneOf(retry, 'safe', SAFETY),
    })),
    downstream: list(finding, 'downstream', (failure) => ({
      stream: count(failure, 'stream'),
      client: string(failure, 'client'),
      status: count(failure, 'status'),
      frame: frame(failure, 'frame'),
      time: time(failure, 'at', timeline),
    })),
    related: strings(finding, 'related'),
    displayFilter: string(finding, 'displayFilter'),
  };
}

/** The ladders of the findings that have one, by the findings' ids. */
function laddersOf(root: Fields, timeline: Timeline): Map<string, Ladder> {
  const ladders = list(root, 'findings', (finding) => {
    if (finding.ladder === undefined) return [];
    const ladder = object(finding, 'ladder');
    const basis = oneOf<Ladder['basis']>(ladder, 'basis', ['segments', 'evidence']);
    const rows = inside('ladder', () => list(ladder, 'rows', (row) => ladderRowOf(row, timeline)));
    const [stream, client, server] = [
      count(finding, 'stream'),
      stringOrNull(finding, 'client'),
      string(finding, 'server'),
    ];
    return [[string(finding, 'id'), { basis, stream, client, server, rows }] as const];
  });
  return new Map<string, Ladder>(ladders.flat());
}

function ladderRowOf(row: Fields, timeline: Timeline): LadderRow {
  const kind = oneOf<LadderRow['kind']>(row, 'kind', ['segment', 'pause', 'folded', 'missing']);
  switch (kind) {
    case 'segment':
      return {
        kind,
        frame: count(row, 'frame'),
        time: time(row, 'at', timeline),
        from: oneOf(row, 'from', ['client', 'server', null]),
        flags: stringOrNull(row, 'flags'),
        sequence: numberOrNull(row, 'sequence'),
        acknowledgement: numberOrNull(row, 'acknowledgement'),
        length: numberOrNull(row, 'length'),
        startLine: stringOrNull(row, 'startLine') ?? '',
        mark: oneOf(row, 'mark', ['retransmission', 'out-of-order', 'probe', null]),
        evidence: list(row, 'evidence', (evidence) => ({
          role: string(evidence, 'role'),
          note: string(evidence, 'note'),
        })),
        isElsewhere: boolean(row, 'isElsewhere'),
        crosses: numberOrNull(row, 'crosses'),
        rank: number(row, 'rank'),
      };
    case 'pause':
      return {
        kind,
        duration: duration(row, 'seconds'),
        segments: count(row, 'segments'),
        isWaiting: boolean(row, 'isWaiting'),
      };
    case 'folded':
      return {
        kind,
        segments: count(row, 'segments'),
        clientBytes: numberOrNull(row, 'clientBytes'),
        serverBytes: numberOrNull(row, 'serverBytes'),
      };
    case 'missing':
      return {
        kind,
        from: oneOf(row, 'from', ['client', 'server']),
        sequence: number(row, 'sequence'),
        bytes: count(row, 'bytes'),
      };
  }
}

function findingExchangeOf(exchange: Fields): Finding['exchange'] {
  const request = object(exchange, 'request');
  return {
    request: {
      method: string(request, 'method'),
      target: string(request, 'target'),
      version: string(request, 'version'),
    },
    response: objectOrNull(exchange, 'response', (response) => ({
      status: count(response, 'status'),
      version: string(response, 'version'),
      complete: boolean(response, 'complete'),
    })),
  };
}

function exposureOf(exposure: Fields): Exposure {
  return {
    reuses: count(exposure, 'reuses'),
    withinRoundTrip: count(exposure, 'withinRoundTrip'),
    lost: count(exposure, 'lost'),
    roundTrip: duration(exposure, 'roundTrip'),
    failuresPerMillion: number(exposure, 'failuresPerMillion'),
    failuresPerMillionAtMost: number(exposure, 'failuresPerMillionAtMost'),
    advisedIdleTimeout: duration(exposure, 'advisedIdleTimeout'),
    reusesBeyondAdvised: number(exposure, 'reusesBeyondAdvised'),
  };
}

function omittedOf(omitted: Fields): OmittedFindings {
  return {
    rule: string(omitted, 'rule'),
    severity: oneOf(omitted, 'severity', SEVERITIES),
    server: string(omitted, 'server'),
    count: count(omitted, 'count'),
    lostRequests: count(omitted, 'lostRequests'),
    suppressed: count(omitted, 'suppressed'),
  };
}

function gateOf(gate: Fields): Gate {
  return {
    verdict: oneOf<Gate['verdict']>(gate, 'verdict', ['passed', 'failed', 'unsound']),
    reasons: strings(gate, 'reasons'),
    warnings: strings(gate, 'warnings'),
    failOn: oneOf<Gate['failOn']>(gate, 'failOn', [...SEVERITIES, 'never']),
    failing: new Set(strings(gate, 'failing')),
    budgets: list(gate, 'budgets', (budget) => ({
      rule: string(budget, 'rule'),
      server: stringOrNull(budget, 'server'),
      count: count(budget, 'count'),
      max: count(budget, 'max'),
      source: string(budget, 'source'),
    })),
    // Reports of before it was written have none.
    warningBudget: Object.hasOwn(gate, 'warningBudget')
      ? objectOrNull(gate, 'warningBudget', (budget) => ({
          count: count(budget, 'count'),
          max: count(budget, 'max'),
          source: string(budget, 'source'),
        }))
      : null,
    expectations: list(gate, 'expectations', (expectation) => ({
      server: string(expectation, 'server'),
      expected: string(expectation, 'expected'),
      seen: string(expectation, 'seen'),
      state: oneOf<ExpectationState>(expectation, 'state', ['met', 'violated', 'undecided', 'not-observed']),
      fails: boolean(expectation, 'fails'),
      source: string(expectation, 'source'),
    })),
    suppressed: objectOrNull(gate, 'suppressed', (suppressed) => ({
      baseline: string(suppressed, 'baseline'),
      findings: count(suppressed, 'findings'),
      entries: count(suppressed, 'entries'),
    })),
  };
}

function ruleOf(rule: Fields): RuleDocumentation {
  return {
    id: string(rule, 'id'),
    severities: array(rule, 'severities').map((_, index, all) =>
      oneOf({ severities: all[index] }, 'severities', SEVERITIES),
    ),
    title: string(rule, 'title'),
    headline: string(rule, 'headline'),
    ...(boolean(rule, 'isAboutIdling') && { isAboutIdling: true }),
    explanation: string(rule, 'explanation'),
    advice: string(rule, 'advice'),
    proof: string(rule, 'proof'),
    symptoms: strings(rule, 'symptoms'),
    example: string(rule, 'example'),
  };
}

// ---- values

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  if (!isFields(value)) throw new NotAReportError('not an object');
  return value;
}

function wrong(key: string, what: string): NotAReportError {
  return new NotAReportError(`"${key}" is not ${what}`);
}

/** What `read` gives; an error in it tells of `place`, too. */
function inside<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotAReportError) throw new NotAReportError(`${place}: ${error.message}`);
    throw error;
  }
}

function string(parent: Fields, key: string): string {
  const value = parent[key];
  if (typeof value !== 'string') throw wrong(key, 'a string');
  return value;
}

function stringOrNull(parent: Fields, key: string): string | null {
  return parent[key] === null ? null : string(parent, key);
}

function strings(parent: Fields, key: string): string[] {
  return array(parent, key).map((value) => {
    if (typeof value !== 'string') throw wrong(key, 'a list of strings');
    return value;
  });
}

function number(parent: Fields, key: string): number {
  const value = parent[key];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(key, 'a number');
  return value;
}

function numberOrNull(parent: Fields, key: string): number | null {
  return parent[key] === null ? null : number(parent, key);
}

function count(parent: Fields, key: string): number {
  const value = number(parent, key);
  if (!Number.isSafeInteger(value) || value < 0) throw wrong(key, 'a whole number');
  return value;
}

/** A frame number; 0 for none. */
function frame(parent: Fields, key: string): number {
  return parent[key] === null ? 0 : count(parent, key);
}

function boolean(parent: Fields, key: string): boolean {
  const value = parent[key];
  if (typeof value !== 'boolean') throw wrong(key, 'true or false');
  return value;
}

function oneOf<T extends string | null>(parent: Fields, key: string, choices: readonly T[]): T {
  const value = parent[key] as T;
  if (!choices.includes(value)) throw wrong(key, `one of ${choices.join(', ')}`);
  return value;
}

function object(parent: Fields, key: string): Fields {
  const value = parent[key];
  if (!isFields(value)) throw wrong(key, 'an object');
  return value;
}

function objectOrNull<T>(parent: Fields, key: string, read: (fields: Fields) => T): T | null {
  if (parent[key] === null) return null;
  const fields = object(parent, key);
  return inside(key, () => read(fields));
}

function array(parent: Fields, key: string): readonly unknown[] {
  const value = parent[key];
  if (!Array.isArray(value)) throw wrong(key, 'a list');
  return value;
}

function list<T>(parent: Fields, key: string, read: (fields: Fields) => T): T[] {
  return array(parent, key).map((member, index) => inside(`${key}[${index}]`, () => read(fieldsOf(member))));
}

function optionalList<T>(parent: Fields, key: string, read: (fields: Fields) => T): T[] {
  return parent[key] === undefined ? [] : list(parent, key, read);
}

/** Seconds as nanoseconds; NaN for unknown. */
function duration(parent: Fields, key: string): number {
  const seconds = numberOrNull(parent, key);
  return seconds === null ? NaN : Math.round(seconds * SECOND);
}

/** A moment as nanoseconds since the timeline's origin; NaN for unknown. */
function time(parent: Fields, key: string, timeline: Timeline): number {
  const text = stringOrNull(parent, key);
  if (text === null) return NaN;
  const { seconds, nanoseconds } = momentOf(text, key);
  return (seconds - timeline.originOr(seconds)) * SECOND + nanoseconds;
}

function momentOf(text: string, key: string): { readonly seconds: number; readonly nanoseconds: number } {
  const match = /^(.*T\d\d:\d\d:\d\d)\.(\d{9})Z$/.exec(text);
  const seconds = match === null ? NaN : Date.parse(`${match[1]}Z`) / 1000;
  if (match === null || Number.isNaN(seconds)) throw wrong(key, 'a time in UTC with nanoseconds');
  return { seconds, nanoseconds: Number(match[2]) };
}
