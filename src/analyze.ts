// The whole pipeline in one function: the program's table of contents.
//
//   bytes -> Frame -> Segment -> Connection -> Exchange -> History -> Estimate -> Finding -> Report

import { Timeline } from './base/timeline.ts';
import type { CaptureReader } from './capture/capture-reader.ts';
import { FRAME, type FrameReader, NEED_BYTES } from './capture/frame-reader.ts';
import { type CaptureInput, openCaptures, timelineReader } from './capture/open-captures.ts';
import { buildHistory } from './history/build-history.ts';
import { addressOf, canonicalAddress, endpointOf } from './history/endpoint.ts';
import type { History } from './history/history.ts';
import { endedInOrder, OrderlyConnection } from './history/orderly.ts';
import { clientNumberOf, RecentRequests } from './history/recent-requests.ts';
import { ExchangePool, type Request, type Response } from './http/exchange.ts';
import { HttpConnection } from './http/http-connection.ts';
import type { RequestObserver } from './http/observer.ts';
import { QuietConnections } from './http/quiet-connections.ts';
import * as row from './http/quiet-rows.ts';
import { FrameCounts, serverReports, withFrameProblems } from './report/build-report.ts';
import type { Detail, Report } from './report/report.ts';
import { RULES } from './rules/catalogue.ts';
import { Judge } from './rules/judge.ts';
import { type GatewayFailure, traceOf } from './rules/lost-request.ts';
import type { Connection } from './tcp/connection.ts';
import { ConnectionTable } from './tcp/connection-table.ts';
import { repeats } from './tcp/direction.ts';
import { Duplicates } from './tcp/duplicates.ts';
import { VERSION } from './version.ts';
import { decodeFrame } from './wire/decode.ts';
import { Defragmenter } from './wire/defragmenter.ts';
import {
  CUT_IN_HEADERS,
  type FourTuple,
  MALFORMED,
  NESTED_TOO_DEEP,
  Segment,
  SYN,
  TCP,
  UNKNOWN_LINK_TYPE,
} from './wire/segment.ts';

export type { CaptureInput } from './capture/open-captures.ts';

export interface AnalyzeOptions {
  readonly detail: Detail;
  /** Addresses and server ports to look at; empty: all. */
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  /** Told now and then how many bytes of the captures were read, as stored. */
  readonly onProgress?: (bytesRead: number) => void;
}

/** Reads the captures as one timeline and says what went wrong. Throws NotACaptureError for an input that is none. */
export async function analyze(inputs: readonly CaptureInput[], options: AnalyzeOptions): Promise<Report> {
  const timeline = new Timeline();
  const captures = await openCaptures(inputs, timeline);
  const reader = timelineReader(captures);

  const judge = new Judge();
  const histories: History[] = [];
  const totals = { httpConnections: 0, exchanges: 0, tlsConnections: 0, http2Connections: 0 };
  const keepAll = options.detail === 'exchanges';
  let oversizedHeads = 0;
  const exchanges = new ExchangePool();
  const spare: HttpConnection[] = [];
  const observed = new OrderlyConnection();
  const frames = new FrameLoop(captures.length);
  const recent = new RecentRequests();
  const requestObserver: RequestObserver = {
    asked: (tuple, clientIsSource, ...request) => recent.add(clientNumberOf(tuple, clientIsSource), ...request),
    bodyBegan: (number, digest) => recent.bodyBegan(number, digest),
    gatewayFailed: (connection, request, response) =>
      judge.gatewayFailures.add(gatewayFailureOf(connection, request, response)),
  };
  const httpFor = (connection: Connection) =>
    (spare.pop() ?? new HttpConnection(keepAll, exchanges, judge.servers, requestObserver)).begin(connection);
  const quietLane = new QuietConnections({
    httpFor,
    observer: judge.servers,
    requestObserver,
    ended: (quiet, place, closeTime) => {
      const count = quiet.rows.words[place + row.EXCHANGES]!;
      if (count === 0) return;
      totals.exchanges += count;
      totals.httpConnections++;
      observed.fillFromRow(quiet, place, closeTime);
      judge.servers.observe(observed, () => '');
    },
  });
  const table = new ConnectionTable({
    sinkFor: httpFor,
    // Nobody wants to see the connections: those on which nothing remarkable happens can be mere rows.
    ...(options.detail === 'findings' && { quietLane }),
    isIgnored: ignoring(options),
    // Nobody wants to see the connections: one that ended in order leaves only its idle times.
    isOver: (connection) =>
      options.detail === 'findings' && endedInOrder(connection, connection.sink as HttpConnection | null),
    retired: (connection) => {
      if (connection.ignored) return;
      const http = connection.sink as HttpConnection | null;
      totals.exchanges += http?.exchangeCount ?? 0;
      oversizedHeads += http?.oversizedHeads ?? 0;
      if (http !== null && http.exchangeCount > 0) totals.httpConnections++;
      else if (http?.protocol === 'tls') totals.tlsConnections++;
      else if (http?.protocol === 'http/2') totals.http2Connections++;
      if (options.detail === 'findings' && endedInOrder(connection, http)) {
        if (http === null) return;
        observed.fill(connection, http);
        judge.servers.observe(observed, () => '');
        spare.push(http);
        return;
      }
      const history = buildHistory(connection, http, frames.lastTime);
      const held = judge.judge(history, (request, notBefore) => {
        const client = clientNumberOf(connection, connection.clientDirection === connection.forward);
        return recent.retryOf(client, request, connection.stream, notBefore);
      });
      if (http !== null) {
        if (held || keepAll) http.letGo();
        spare.push(http);
      }
      if (options.detail === 'exchanges') histories.push(history);
      else if (options.detail === 'connections') histories.push({ ...history, exchanges: [], idleGaps: [] });
    },
  });

  try {
    await frames.run(reader, table, captures, options.onProgress);
  } finally {
    for (const capture of captures) capture.close();
  }
  table.finish();

  const verdict = judge.verdict();
  histories.sort((a, b) => a.stream - b.stream);
  return {
    version: VERSION,
    timeline,
    captures: captures.map((capture, i) =>
      withFrameProblems(
        capture.summary(),
        frames.countsOf(i),
        i === 0 ? { evicted: table.evicted, oversizedHeads, unfollowed: judge.servers.unfollowed } : null,
      ),
    ),
    totals: {
      frames: frames.frame,
      tcpSegments: frames.tcpSegments,
      connections: table.count,
      ...totals,
      findings: verdict.counts,
    },
    detail: options.detail,
    connections: histories,
    servers: serverReports(judge.servers, verdict),
    findings: verdict.findings,
    omittedFindings: verdict.omitted,
    hiddenFindings: 0,
    rules: RULES.map((rule) => rule.documentation),
  };
}

/** A gateway's failure, as the judge wants to know it: the records are used again. */
function gatewayFailureOf(connection: Connection, request: Request, response: Response): GatewayFailure {
  const clientIsSource = connection.clientDirection === connection.forward;
  return {
    stream: connection.stream,
    client: endpointOf(connection, clientIsSource ? 'source' : 'destination'),
    gateway: addressOf(connection, clientIsSource ? 'destination' : 'source'),
    status: response.status,
    frame: response.firstFrame,
    time: response.startTime,
    request: traceOf(request),
  };
}

/** Connections outside of the hosts and ports that the user asked for. */
function ignoring({ hosts, ports }: AnalyzeOptions): (tuple: FourTuple) => boolean {
  if (hosts.length === 0 && ports.length === 0) return () => false;
  const wanted = new Set(hosts.map(canonicalAddress));
  return (tuple) => {
    if (ports.length > 0 && !ports.includes(tuple.sourcePort) && !ports.includes(tuple.destinationPort)) {
      return true;
    }
    if (wanted.size === 0) return false;
    return !wanted.has(addressOf(tuple, 'source')) && !wanted.has(addressOf(tuple, 'destination'));
  };
}

/** The loop that everything passes through, once per frame. */
class FrameLoop {
  frame = 0;
  tcpSegments = 0;
  /** Time of the latest frame; of merged and reordered captures the greatest. */
  lastTime = Number.NaN;
  private readonly counts: readonly FrameCounts[];

  constructor(captures: number) {
    this.counts = Array.from({ length: captures }, () => new FrameCounts());
  }

  async run(
    reader: FrameReader,
    table: ConnectionTable,
    captures: readonly CaptureReader[],
    onProgress: AnalyzeOptions['onProgress'],
  ): Promise<void> {
    while (this.drain(reader, table) === NEED_BYTES) {
      const waiting = reader.fill();
      if (waiting !== undefined) await waiting;
      this.duplicates.lookAgain(repeats.segments);
      onProgress?.(captures.reduce((sum, capture) => sum + capture.summary().bytes, 0));
    }
  }

  /** Takes all frames that the reader has in its buffer. */
  private drain(reader: FrameReader, table: ConnectionTable): number {
    const { segment, defragmenter, duplicates } = this;
    for (;;) {
      const status = reader.next();
      if (status !== FRAME) return status;
      this.frame++;
      if (!(reader.time < this.lastTime)) this.lastTime = Number.isNaN(reader.time) ? this.lastTime : reader.time;
      const decoded = decodeFrame(reader, segment, defragmenter);
      if (decoded === TCP) {
        this.tcpSegments++;
        if (duplicates.watching && duplicates.isCopy(segment, reader.time)) {
          this.counts[reader.captureIndex]!.duplicates++;
          // Of a SYN the table decides whether a connection begins with it.
          if ((segment.flags & SYN) === 0) continue;
        }
        table.receive(segment, this.frame, reader.time);
      } else this.count(decoded, reader);
    }
  }
  private readonly segment = new Segment();
  private readonly defragmenter = new Defragmenter();
  private readonly duplicates = new Duplicates();

  countsOf(capture: number): FrameCounts {
    const counts = this.counts[capture]!;
    counts.fragments = this.defragmenter.unfinished[capture] ?? 0;
    return counts;
  }

  private count(decoded: number, reader: FrameReader): void {
    const counts = this.counts[reader.captureIndex]!;
    if (decoded === MALFORMED) counts.malformed++;
    else if (decoded === CUT_IN_HEADERS) counts.cutInHeaders++;
    else if (decoded === NESTED_TOO_DEEP) counts.nestedTooDeep++;
    else if (decoded === UNKNOWN_LINK_TYPE && reader.linkType >= 0) {
      counts.unknownLinkTypes.set(reader.linkType, (counts.unknownLinkTypes.get(reader.linkType) ?? 0) + 1);
    }
  }
}
