// The first half of an analysis: from the captures' frames to connections that are over.
//
//   bytes -> Frame -> Segment -> Connection -> Exchange -> History
import type { CaptureReader } from '../capture/capture-reader.ts';
import { type CaptureSummary, FRAME, type FrameReader, NEED_BYTES } from '../capture/frame-reader.ts';
import { timelineReader } from '../capture/open-captures.ts';
import { buildHistory, historySoFar } from '../history/build-history.ts';
import { ClosedRow } from '../history/closed-row.ts';
import { addressOf, canonicalAddress, endpointOf, mappedIpv4 } from '../history/endpoint.ts';
import type { History } from '../history/history.ts';
import { endedInOrder, OrderlyConnection } from '../history/orderly.ts';
import { clientNumberOf } from '../history/recent-requests.ts';
import { ExchangePool, type Request, type Response } from '../http/exchange.ts';
import { HttpConnection } from '../http/http-connection.ts';
import { Kernel } from '../http/kernel.ts';
import type { RequestObserver } from '../http/observer.ts';
import { QuietConnections, type QuietOptions } from '../http/quiet-connections.ts';
import { FrameCounts } from '../report/build-report.ts';
import { type GatewayFailure, traceOf } from '../rules/lost-request.ts';
import type { Connection } from '../tcp/connection.ts';
import { ConnectionTable, type Share } from '../tcp/connection-table.ts';
import { Duplicates } from '../tcp/duplicates.ts';
import { decodeFrame } from '../wire/decode.ts';
import { Defragmenter } from '../wire/defragmenter.ts';
import {
  CUT_IN_HEADERS,
  type FourTuple,
  MALFORMED,
  NESTED_TOO_DEEP,
  Segment,
  SYN,
  TCP,
  UNKNOWN_LINK_TYPE,
} from '../wire/segment.ts';
import { type AnalysisObserver, noTotals, type Position, type ReadTotals } from './observer.ts';
import type { AnalyzeOptions } from './options.ts';

export interface Reading {
  readonly captures: readonly CaptureReader[];
  readonly options: AnalyzeOptions;
  readonly observer: AnalysisObserver;
  /** See `beginKernel`. Whoever began it ends it, when all has been read and nothing in its memory is wanted any more. */
  readonly kernel: Kernel | null;
  /** Kept up to date, for an observer that asks when it is told something. */
  readonly position: Position;
  /** The connections to read, where others read the rest. */
  readonly share?: Share;
  /** All frames up to `position` were read; called several times a second. */
  readonly onPause?: () => void;
  /** Handed, before the first frame is read, what tells how far the reading is: may be asked whenever it waits. */
  readonly onBegin?: (soFar: { read(): ReadResult; open(): Iterable<History> }) => void;
}

/** Where nobody wants to see the connections, those on which nothing remarkable happens can be mere rows: the kernel's. */
export function beginKernel({ detail }: AnalyzeOptions): Kernel | null {
  return detail === 'findings' ? Kernel.begin() : null;
}

/** Reads the captures to their end and tells the observer what they hold. Closes them. */
export async function readConnections({
  captures,
  options,
  observer,
  kernel,
  position,
  share,
  onPause,
  onBegin,
}: Reading): Promise<ReadResult> {
  const totals = noTotals();
  const keepAll = options.detail === 'exchanges';
  const exchanges = new ExchangePool();
  const spare: HttpConnection[] = [];
  const observed = new OrderlyConnection();
  const closedRow = new ClosedRow();
  const frames = new FrameLoop(captures.length, position, kernel);
  const requestObserver: RequestObserver = {
    requestsAt: () => observer.requestsAt?.() ?? 0,
    asked: (tuple, clientIsSource, route, length, stream, frame, time) =>
      observer.asked(clientNumberOf(tuple, clientIsSource), route, length, stream, frame, time),
    bodyBegan: (number, digest) => observer.bodyBegan(number, digest),
    gatewayFailed: (connection, request, response) =>
      observer.gatewayFailed(gatewayFailureOf(connection, request, response)),
  };
  const httpFor = (connection: Connection) =>
    (spare.pop() ?? new HttpConnection(keepAll, exchanges, observer, requestObserver)).begin(connection);
  /** Tells what a row leaves. */
  const leave = ({ exchangeCount, stream }: OrderlyConnection) => {
    if (exchangeCount > 0) {
      totals.exchanges += exchangeCount;
      totals.httpConnections++;
      observer.endedInOrder(observed);
    }
    observer.over(stream);
  };
  const quietOptions: QuietOptions = {
    httpFor,
    observer,
    requestObserver,
    ended: (quiet, place, closeTime) => {
      observed.fillFromRow(quiet, place, closeTime);
      leave(observed);
    },
    closed: (quiet, place) => {
      if (quiet.isResetInOrder(place)) {
        observed.fillFromResetRow(quiet, place);
        leave(observed);
        return true;
      }
      if (quiet.wasUsed(place)) {
        if (!closedRow.fill(quiet, place, frames.lastTime) || observer.judgedBriefly?.(closedRow) !== true)
          return false;
        totals.exchanges += closedRow.exchangeCount;
        totals.httpConnections++;
      }
      observer.over(quiet.streamOf(place));
      return true;
    },
    stillOpen: (quiet, place) => {
      observed.fillFromOpenRow(quiet, place, frames.lastTime);
      leave(observed);
    },
    reached: (frame) => {
      position.frame = frame;
    },
  };
  const quietLane = kernel === null ? null : new QuietConnections(quietOptions, kernel);
  const retired = (connection: Connection) => {
    if (connection.ignored) return;
    const http = connection.sink as HttpConnection | null;
    totals.exchanges += http?.exchangeCount ?? 0;
    totals.oversizedHeads += http?.oversizedHeads ?? 0;
    totals.cutSegments += connection.forward.cutSegments + connection.backward.cutSegments;
    if (http !== null && http.exchangeCount > 0) totals.httpConnections++;
    else if (http?.protocol === 'tls') totals.tlsConnections++;
    else if (http?.protocol === 'http/2') totals.http2Connections++;
    if (options.detail === 'findings' && endedInOrder(connection, http)) {
      if (http === null) return;
      observed.fill(connection, http);
      observer.endedInOrder(observed);
      spare.push(http);
      return;
    }
    const history = buildHistory(connection, http, frames.lastTime);
    const client = clientNumberOf(connection, connection.clientDirection === connection.forward);
    const held = observer.judged(history, client);
    if (http === null) return;
    if (held) http.letGo();
    spare.push(http);
  };
  const isIgnored = ignoring(options);
  const table = new ConnectionTable({
    sinkFor: httpFor,
    ...(quietLane !== null && { quietLane }),
    ...(isIgnored !== null && { isIgnored }),
    // Nobody wants to see the connections: one that ended in order leaves only its idle times.
    isOver: (connection) =>
      options.detail === 'findings' && endedInOrder(connection, connection.sink as HttpConnection | null),
    ...(observer.opened && { opened: (stream) => observer.opened!(stream) }),
    retiring: (firstFrame) => {
      position.rank = Number.isNaN(firstFrame) ? Infinity : firstFrame;
    },
    retired: (connection) => {
      retired(connection);
      observer.over(connection.stream);
    },
    ...(share !== undefined && { share }),
  });
  const read = () => ({
    frames: frames.frame,
    tcpSegments: frames.tcpSegments,
    captures: captures.map((capture) => capture.summary()),
    counts: captures.map((_, capture) => frames.countsOf(capture)),
    totals: {
      ...totals,
      connections: table.count,
      exchanges: totals.exchanges + (kernel?.ended.exchanges ?? 0),
      httpConnections: totals.httpConnections + (kernel?.ended.connections ?? 0),
      evicted: table.evicted,
      strangers: table.strangers,
    },
  });
  onBegin?.({ read, open: () => openHistories(table, frames.lastTime) });
  try {
    if (kernel !== null) for (const capture of captures) kernel.adopt(capture);
    await frames.run(timelineReader(captures), table, () => {
      options.onProgress?.(captures.reduce((sum, capture) => sum + capture.summary().bytes, 0));
      onPause?.();
    });
  } finally {
    for (const capture of captures) capture.close();
  }
  position.frame = Infinity;
  table.finish();
  return read();
}

/** Connections that go on, as if the capture ended now. Nothing of it stays behind in them. */
function* openHistories(table: ConnectionTable, now: number): Iterable<History> {
  for (const connection of table.unretired()) {
    if (!connection.ignored) yield historySoFar(connection, connection.sink as HttpConnection | null, now);
  }
}

/** What the reading itself tells. */
export interface ReadResult {
  readonly frames: number;
  readonly tcpSegments: number;
  readonly captures: readonly CaptureSummary[];
  readonly counts: readonly FrameCounts[];
  readonly totals: ReadTotals;
}

/** A gateway's failure, as it is wanted: the records are used again. */
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

/** Connections outside of the hosts and ports that the user asked for; null: the user wants all. */
function ignoring({ hosts, ports }: AnalyzeOptions): ((tuple: FourTuple) => boolean) | null {
  if (hosts.length === 0 && ports.length === 0) return null;
  const wanted = new Set(hosts.map(canonicalAddress).flatMap((address) => [address, ...mappedIpv4(address)]));
  return (tuple) => {
    if (ports.length > 0 && !ports.includes(tuple.sourcePort) && !ports.includes(tuple.destinationPort)) {
      return true;
    }
    if (wanted.size === 0) return false;
    return !wanted.has(addressOf(tuple, 'source')) && !wanted.has(addressOf(tuple, 'destination'));
  };
}

/** Some of so many segments (a power of two) are looked at: whether the capture holds segments twice by now. */
const LOOK_AGAIN_MASK = 4096 - 1;

/** The loop that everything passes through, once per frame. */
class FrameLoop {
  frame = 0;
  tcpSegments = 0;
  /** Time of the latest frame; of merged and reordered captures the greatest. */
  lastTime = Number.NaN;
  private readonly counts: readonly FrameCounts[];
  private readonly position: Position;
  private readonly kernel: Kernel | null;
  private readonly duplicates: Duplicates;

  constructor(captures: number, position: Position, kernel: Kernel | null) {
    this.counts = Array.from({ length: captures }, () => new FrameCounts());
    this.position = position;
    this.kernel = kernel;
    this.duplicates = new Duplicates(kernel?.memory);
  }

  async run(reader: FrameReader, table: ConnectionTable, onPause: () => void): Promise<void> {
    this.kernel?.watch(this.duplicates);
    while (this.drain(reader, table) === NEED_BYTES) {
      const waiting = reader.fill();
      if (waiting !== undefined) await waiting;
      onPause();
    }
  }

  /** Takes all frames that the reader has in its buffer. */
  private drain(reader: FrameReader, table: ConnectionTable): number {
    const { segment, position, defragmenter, duplicates, kernel } = this;
    for (;;) {
      if (kernel !== null) while (this.takeWith(kernel, reader));
      const status = reader.next();
      if (status !== FRAME) return status;
      const frame = ++this.frame;
      position.frame = frame;
      segment.frame = frame;
      if (!(reader.time < this.lastTime)) this.lastTime = Number.isNaN(reader.time) ? this.lastTime : reader.time;
      const isNextToLookAt = ((this.tcpSegments + 1) & LOOK_AGAIN_MASK) === 0;
      if (kernel !== null && !isNextToLookAt && !kernel.hasRefused && kernel.takes(reader, frame)) {
        this.tcpSegments++;
        continue;
      }
      const decoded = decodeFrame(reader, segment, defragmenter);
      if (decoded === TCP) {
        if ((++this.tcpSegments & LOOK_AGAIN_MASK) === 0) duplicates.lookAgain();
        if (duplicates.watching && duplicates.isCopy(segment)) {
          this.counts[reader.captureIndex]!.duplicates++;
          // Of a SYN the table decides whether a connection begins with it.
          if ((segment.flags & SYN) === 0) continue;
        }
        table.receive(segment);
      } else this.count(decoded, reader);
    }
  }

  /** Lets the kernel read on, up to the next segment at which somebody wants to look again. Returns whether it would go on. */
  private takeWith(kernel: Kernel, reader: FrameReader): boolean {
    const taken = kernel.takesOn(reader, this.frame + 1, LOOK_AGAIN_MASK - (this.tcpSegments & LOOK_AGAIN_MASK));
    if (taken === 0) return false;
    this.frame += taken;
    this.tcpSegments += taken;
    const time = kernel.latestTime;
    if (!(time < this.lastTime)) this.lastTime = time;
    const goesOn = kernel.tell();
    this.position.frame = this.frame;
    return goesOn;
  }

  private readonly segment = new Segment();
  private readonly defragmenter = new Defragmenter();

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
