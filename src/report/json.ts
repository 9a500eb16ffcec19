// The report for programs: one JSON object, schema/finrace-report.schema.json. Durations are seconds, times RFC 3339 in
// UTC with nanoseconds, frames Wireshark's numbers, unknown is null.
//
// It is written as a stream, because a large capture has millions of exchanges: one line for each connection, server
// and finding, so that grep and diff can read it too, handed out in batches of some tens of kilobytes. Objects are
// spelled out key by key instead of dumping records: what the contract names must not change with a refactoring.

import type { Timeline } from '../base/timeline.ts';
import { toSeconds } from '../base/timeline.ts';
import type { CaptureSummary } from '../capture/frame-reader.ts';
import { canonicalAddress } from '../history/endpoint.ts';
import { firstClosing, type History, type IdleGap } from '../history/history.ts';
import type { Exchange, Request, Response } from '../http/exchange.ts';
import type { ExchangeReport, Finding, OmittedFindings } from '../rules/finding.ts';
import type { RuleDocumentation } from '../rules/rule.ts';
import type { Exposure } from '../timeouts/exposure.ts';
import { linkTypeName } from '../wire/link-types.ts';
import { jsonFor } from './escape.ts';
import type { Format } from './format.ts';
import type { Gate } from './gate.ts';
import type { Ladder, LadderRow } from './ladder.ts';
import type { Estimate, IdleBin, Report, ServerReport } from './report.ts';

/** Name and version of the format. A change that readers must know of gets another number. */
export const REPORT_SCHEMA = 'finrace-report/1';

/** Large enough that a write costs nothing beside the formatting, small enough to be nothing in memory. */
const BATCH_CHARACTERS = 64 * 1024;

export const json: Format = {
  render: (report) => batched(pieces(report)),
};

/** The same text in fewer, larger pieces. */
export function* batched(pieces: Iterable<string>): Iterable<string> {
  let batch = '';
  for (const piece of pieces) {
    batch += piece;
    if (batch.length >= BATCH_CHARACTERS) {
      yield batch;
      batch = '';
    }
  }
  yield batch;
}

function* pieces(report: Report): Iterable<string> {
  const { timeline } = report;
  yield `{\n"schema":"${REPORT_SCHEMA}",\n"tool":${jsonFor({ name: 'finrace', version: report.version })},\n`;
  yield `"timelineOrigin":${jsonFor(originJson(timeline))},\n"detail":${jsonFor(report.detail)},\n`;
  yield* list('captures', report.captures, (capture) => captureJson(capture, timeline));
  yield `"totals":${jsonFor(totalsJson(report))},\n"hiddenFindings":${report.hiddenFindings},\n`;
  const connections = report.detail === 'findings' ? [] : report.connections;
  yield* list('connections', connections, (history) =>
    connectionJson(history, timeline, report.detail === 'exchanges'),
  );
  yield* list('servers', report.servers, serverJson);
  yield* list('findings', report.findings, (finding) => ({
    ...findingJson(finding, timeline),
    ...ladderJson(report.ladders?.get(finding.id), timeline),
  }));
  yield* list('omittedFindings', report.omittedFindings, omittedJson);
  yield* list('rules', report.rules, ruleJson);
  yield `"gate":${jsonFor(report.gate && gateJson(report.gate))}\n`;
  yield '}\n';
}

function* list<T>(key: string, members: Iterable<T>, toJson: (member: T) => unknown, after = ','): Iterable<string> {
  yield `"${key}":[`;
  let separator = '\n';
  for (const member of members) {
    yield separator + jsonFor(toJson(member));
    separator = ',\n';
  }
  yield `]${after}\n`;
}

export function totalsJson({ totals }: Report) {
  return {
    frames: totals.frames,
    tcpSegments: totals.tcpSegments,
    connections: totals.connections,
    httpConnections: totals.httpConnections,
    exchanges: totals.exchanges,
    tlsConnections: totals.tlsConnections,
    http2Connections: totals.http2Connections,
    findings: { error: totals.findings.error, warning: totals.findings.warning, info: totals.findings.info },
  };
}

export function captureJson(capture: CaptureSummary, timeline: Timeline) {
  return {
    path: capture.path,
    format: capture.format,
    compression: capture.compression,
    frames: capture.frames,
    bytes: capture.bytes,
    firstFrameAt: timeline.toRfc3339(capture.firstFrameTime),
    lastFrameAt: timeline.toRfc3339(capture.lastFrameTime),
    linkTypes: capture.linkTypes.map(linkTypeName),
    problems: capture.problems.map(({ kind, offset, message }) => ({ kind, offset, message })),
    names: [...capture.names].map(([address, names]) => ({ address: canonicalAddress(address), names })),
    secrets: capture.secrets,
  };
}

export function connectionJson(history: History, timeline: Timeline, withExchanges: boolean) {
  const closing = firstClosing(history);
  return {
    stream: history.stream,
    client: history.client,
    server: history.server,
    protocol: history.protocol,
    firstFrame: history.firstFrame,
    lastFrame: history.lastFrame,
    openedAt: timeline.toRfc3339(history.openTime),
    closedAt: timeline.toRfc3339(history.closeTime),
    closingFrame: orNull(closing?.frame ?? 0, 0),
    closingAt: timeline.toRfc3339(closing?.time ?? NaN),
    rtt: toSeconds(history.rtt),
    vantage: history.vantage,
    closedBy: history.closedBy,
    closeDelay: toSeconds(history.closeDelay),
    serverProduct: orNull(history.serverProduct, ''),
    userAgent: orNull(history.userAgent, ''),
    exchangeCount: history.exchangeCount,
    ...(withExchanges && {
      exchanges: history.exchanges.map((exchange) => exchangeJson(exchange, timeline)),
      idleGaps: history.idleGaps.map(idleGapJson),
    }),
  };
}

export function idleGapJson(gap: IdleGap) {
  return {
    seconds: toSeconds(gap.duration),
    afterFrame: orNull(gap.afterFrame, 0),
    endFrame: orNull(gap.endFrame, 0),
    endedBy: gap.endedBy,
  };
}

export function exchangeJson(exchange: Exchange, timeline: Timeline) {
  return {
    request: exchange.request && requestJson(exchange.request, timeline),
    interim: exchange.interim.map(({ status, frame }) => ({ status, frame })),
    response: exchange.response && responseJson(exchange.response, timeline),
    uncertain: exchange.uncertain,
  };
}

function requestJson(request: Request, timeline: Timeline) {
  return {
    method: request.method,
    target: request.target,
    host: orNull(request.host, ''),
    version: request.version,
    firstFrame: orNull(request.firstFrame, 0),
    lastFrame: orNull(request.lastFrame, 0),
    startedAt: timeline.toRfc3339(request.startTime),
    endedAt: timeline.toRfc3339(request.endTime),
    complete: request.complete,
    close: request.close,
  };
}

function responseJson(response: Response, timeline: Timeline) {
  const hinted = response.keepAliveTimeout !== -1 || response.keepAliveMax !== -1;
  return {
    status: response.status,
    version: response.version,
    firstFrame: orNull(response.firstFrame, 0),
    lastFrame: orNull(response.lastFrame, 0),
    startedAt: timeline.toRfc3339(response.startTime),
    endedAt: timeline.toRfc3339(response.endTime),
    complete: response.complete,
    close: response.close,
    keepAlive: hinted
      ? {
          timeout: orNull(response.keepAliveTimeout, -1),
          max: orNull(response.keepAliveMax, -1),
          listed: response.keepAliveListed,
        }
      : null,
  };
}

export function serverJson(server: ServerReport) {
  return {
    server: server.server,
    product: server.product,
    connections: server.connections,
    exchanges: server.exchanges,
    idleTimeout: secondsEstimate(server.idleTimeout),
    closeDelay: secondsEstimate(server.closeDelay),
    maxRequests: requestsEstimate(server.maxRequests),
    maxAge: secondsEstimate(server.maxAge),
    idleTimes: server.idleTimes && {
      reuses: server.idleTimes.reuses?.map(idleBinJson) ?? null,
      closes: server.idleTimes.closes.map(idleBinJson),
    },
    clients: server.clients.map((client) => ({
      client: client.client,
      idleTimeout: secondsEstimate(client.idleTimeout),
      responseTimeout: secondsEstimate(client.responseTimeout),
    })),
  };
}

function idleBinJson({ from, to, count }: IdleBin) {
  return { from, to: toSecondsOrNull(to), count };
}

/** JSON has no infinity: an open border is null. */
function toSecondsOrNull(seconds: number): number | null {
  return Number.isFinite(seconds) ? seconds : null;
}

function secondsEstimate(estimate: Estimate | null) {
  return estimate && { seconds: estimate.value, ...estimateJson(estimate) };
}

function requestsEstimate(estimate: Estimate | null) {
  return estimate && { requests: estimate.value, ...estimateJson(estimate) };
}

function estimateJson(estimate: Estimate) {
  return {
    low: estimate.low,
    high: estimate.high,
    earliest: estimate.earliest,
    latest: estimate.latest,
    observed: estimate.observed,
    censored: estimate.censored,
    confidence: estimate.confidence,
    candidates: estimate.candidates.map(({ product, knob, named }) => ({ product, knob, named })),
    others: estimate.others.map(({ value, observed }) => ({ value, observed })),
  };
}

export function findingJson(finding: Finding, timeline: Timeline) {
  return {
    id: finding.id,
    fingerprint: finding.fingerprint,
    rule: finding.rule,
    route: orNull(finding.route, ''),
    cause: finding.cause,
    severity: finding.severity,
    confidence: finding.confidence,
    lostRequests: finding.lostRequests,
    stream: finding.stream,
    client: finding.client,
    server: finding.server,
    at: timeline.toRfc3339(finding.time),
    frame: orNull(finding.frame, 0),
    summary: finding.summary,
    explanation: finding.explanation,
    advice: finding.advice,
    evidence: finding.evidence.map(({ frame, time, role, note, isElsewhere }) => ({
      frame,
      at: timeline.toRfc3339(time),
      role,
      note,
      ...(isElsewhere && { isElsewhere }),
    })),
    also: finding.also.map(({ rule, severity }) => ({ rule, severity })),
    executed: finding.executed,
    delivered: finding.delivered,
    consequences: finding.consequences,
    exchange: finding.exchange && findingExchangeJson(finding.exchange),
    clientLogged: finding.logged && { client: finding.logged.client, words: finding.logged.words },
    retry: finding.retry && {
      stream: finding.retry.stream,
      frame: finding.retry.frame,
      at: timeline.toRfc3339(finding.retry.time),
      safe: finding.retry.safe,
    },
    downstream: finding.downstream.map(({ stream, client, status, frame, time }) => ({
      stream,
      client,
      status,
      frame,
      at: timeline.toRfc3339(time),
    })),
    exposure: finding.exposure && exposureJson(finding.exposure),
    related: finding.related,
    displayFilter: finding.displayFilter,
    suppressed: finding.suppressed && {
      reason: finding.suppressed.reason,
      expires: finding.suppressed.expires,
      owner: finding.suppressed.owner,
    },
  };
}

/** Only where ladders were asked for, and one was made. */
function ladderJson(ladder: Ladder | undefined, timeline: Timeline) {
  return ladder && { ladder: { basis: ladder.basis, rows: ladder.rows.map((row) => ladderRowJson(row, timeline)) } };
}

function ladderRowJson(row: LadderRow, timeline: Timeline) {
  switch (row.kind) {
    case 'segment':
      return {
        kind: row.kind,
        frame: row.frame,
        at: timeline.toRfc3339(row.time),
        from: row.from,
        flags: row.flags,
        sequence: row.sequence,
        acknowledgement: row.acknowledgement,
        length: row.length,
        startLine: orNull(row.startLine, ''),
        mark: row.mark,
        evidence: row.evidence.map(({ role, note }) => ({ role, note })),
        isElsewhere: row.isElsewhere,
        crosses: row.crosses,
        rank: row.rank,
      };
    case 'pause':
      return { kind: row.kind, seconds: toSeconds(row.duration), segments: row.segments, isWaiting: row.isWaiting };
    case 'folded':
      return {
        kind: row.kind,
        segments: row.segments,
        clientBytes: row.clientBytes,
        serverBytes: row.serverBytes,
      };
    case 'missing':
      return { kind: row.kind, from: row.from, sequence: row.sequence, bytes: row.bytes };
  }
}

function findingExchangeJson({ request, response }: ExchangeReport) {
  const { method, target, version } = request;
  return {
    request: { method, target, version },
    response: response && { status: response.status, version: response.version, complete: response.complete },
  };
}

function exposureJson(exposure: Exposure) {
  return {
    reuses: exposure.reuses,
    withinRoundTrip: exposure.withinRoundTrip,
    lost: exposure.lost,
    roundTrip: toSeconds(exposure.roundTrip),
    failuresPerMillion: rounded(exposure.failuresPerMillion),
    failuresPerMillionAtMost: rounded(exposure.failuresPerMillionAtMost),
    advisedIdleTimeout: toSeconds(exposure.advisedIdleTimeout),
    reusesBeyondAdvised: rounded(exposure.reusesBeyondAdvised),
  };
}

/** Three digits: they are estimates. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

export function omittedJson({ rule, severity, server, count, lostRequests, suppressed = 0 }: OmittedFindings) {
  return { rule, severity, server, count, lostRequests, suppressed };
}

export function gateJson(gate: Gate) {
  return {
    verdict: gate.verdict,
    reasons: gate.reasons,
    warnings: gate.warnings,
    failOn: gate.failOn,
    failing: [...gate.failing],
    budgets: gate.budgets.map(({ rule, server, count, max, source }) => ({ rule, server, count, max, source })),
    warningBudget: gate.warningBudget && {
      count: gate.warningBudget.count,
      max: gate.warningBudget.max,
      source: gate.warningBudget.source,
    },
    expectations: gate.expectations.map(({ server, expected, seen, state, fails, source }) => ({
      server,
      expected,
      seen,
      state,
      fails,
      source,
    })),
    suppressed: gate.suppressed,
  };
}

/** The catalogue of the run: whoever renders the report later says the same of a rule, whatever its own version. */
function ruleJson(rule: RuleDocumentation) {
  return {
    id: rule.id,
    severities: rule.severities,
    title: rule.title,
    headline: rule.headline,
    isAboutIdling: rule.isAboutIdling ?? false,
    explanation: rule.explanation,
    advice: rule.advice,
    proof: rule.proof,
    symptoms: rule.symptoms,
    example: rule.example,
  };
}

/** The whole second that relative times are counted from inside of finrace; null when no frame had a time. */
function originJson(timeline: Timeline): string | null {
  return timeline.originSeconds === undefined ? null : timeline.toRfc3339(0);
}

function orNull<T>(value: T, unknown: T): T | null {
  return value === unknown ? null : value;
}
