// Reads a capture's connections with the quiet lane or without it: what becomes of them must not depend on that.
import { deepStrictEqual } from 'node:assert/strict';
import { Timeline } from '../base/timeline.ts';
import { FRAME, NEED_BYTES } from '../capture/frame-reader.ts';
import { openCapture } from '../capture/open-capture.ts';
import { buildHistory, historySoFar } from '../history/build-history.ts';
import { ClosedRow } from '../history/closed-row.ts';
import { endpointOf } from '../history/endpoint.ts';
import type { History, Side } from '../history/history.ts';
import { endedInOrder, OrderlyConnection } from '../history/orderly.ts';
import { ExchangePool } from '../http/exchange.ts';
import { HttpConnection } from '../http/http-connection.ts';
import { Kernel } from '../http/kernel.ts';
import type { ConnectionObserver, RequestObserver } from '../http/observer.ts';
import { QuietConnections } from '../http/quiet-connections.ts';
import type { Connection } from '../tcp/connection.ts';
import { ConnectionTable } from '../tcp/connection-table.ts';
import { decodeFrame } from '../wire/decode.ts';
import { Segment, TCP } from '../wire/segment.ts';
import { byteSource } from './capture-builder.ts';

/** Without the quiet lane, with its segments decoded as all others, and with frames that the kernel reads. */
export type Way = 'without' | 'decoded' | 'kernel';

export interface Reading {
  readonly histories: readonly History[];
  /** What was left of the connections that ended in order. */
  readonly orderly: readonly object[];
  /** The streams of the frames' segments; of what the kernel took, nobody is told. */
  readonly streams: readonly number[];
  readonly frames: number;
  /** Segments that came for connections that were over. */
  readonly late: number;
  /** Frames that the kernel took from their records. */
  readonly taken: number;
  /** What the observer was told. */
  readonly told: readonly unknown[];
  /** How many rows of closed connections were compared with what they were woken to. */
  readonly closedRows: number;
  /** How many of the connections were rows at the end, or until they ended. */
  readonly quiet: number;
}

/**
 * Reads the first `frames` frames of a capture, all of them unless it is told. `maxOpen`: connections of one partition
 * that may be open at once.
 */
export async function readQuietly(
  capture: Buffer,
  way: Way,
  frames = Infinity,
  maxOpen: number | null = null,
): Promise<Reading> {
  const timeline = new Timeline();
  const reader = await openCapture(byteSource(capture), 'test.pcap', timeline, 0);
  const pool = new ExchangePool();
  const histories: History[] = [];
  const orderly: object[] = [];
  const streams: number[] = [];
  const told: unknown[] = [];
  const observer: ConnectionObserver = {
    pairOf: (tuple, clientIsSource) => told.push([endpointOf(tuple, clientIsSource ? 'source' : 'destination')]),
    reused: (...reuse) => told.push(reuse),
  };
  let quiet = 0;
  let lastTime = NaN;
  const requestObserver: RequestObserver = {
    asked: (tuple, clientIsSource, ...request) =>
      told.push([endpointOf(tuple, clientIsSource ? 'source' : 'destination'), ...request]),
    bodyBegan: (...body) => told.push(body),
    gatewayFailed: (connection, request, response) => told.push([connection.stream, request.target, response.status]),
  };
  const record = (fill: (record: OrderlyConnection) => void) => {
    const observed = new OrderlyConnection();
    fill(observed);
    if (observed.exchangeCount === 0) return;
    const { stream, pair, rtt, closeTime, exchangeCount, serverProduct, userAgent } = observed;
    const gaps = observed.idleGaps.map((gap) => ({ ...gap }));
    orderly.push({ stream, pair, rtt, closeTime, exchangeCount, gaps, serverProduct, userAgent });
  };
  const httpFor = (connection: Connection) =>
    new HttpConnection(false, pool, observer, requestObserver).begin(connection);
  const kernel = Kernel.begin()!;
  kernel.adopt(reader);
  const quietLane = new QuietConnections(
    {
      httpFor,
      observer,
      requestObserver,
      ended: (lane, place, closeTime) => {
        quiet++;
        record((observed) => observed.fillFromRow(lane, place, closeTime));
      },
      closed: () => false,
      stillOpen: () => {},
      reached: () => {},
    },
    kernel,
  );
  // All that are open shall be woken.
  quietLane.finish = () => false;
  const wake = quietLane.wake.bind(quietLane);
  let isFinished = false;
  let closedRows = 0;
  quietLane.wake = (place, connection) => {
    if (isFinished) quiet++;
    const closedRow = new ClosedRow();
    const seen = closedRow.fill(quietLane, place, lastTime) ? wordless(closedRow) : null;
    wake(place, connection);
    if (seen === null) return;
    closedRows++;
    deepStrictEqual(seen, wordless(historySoFar(connection, connection.sink as HttpConnection, lastTime)));
  };
  const table = new ConnectionTable({
    sinkFor: httpFor,
    isOver: (connection) => endedInOrder(connection, connection.sink as HttpConnection | null),
    ...(way !== 'without' && { quietLane }),
    ...(maxOpen !== null && { maxOpen }),
    retired: (connection) => {
      const http = connection.sink as HttpConnection | null;
      if (endedInOrder(connection, http)) {
        // Of a connection without HTTP nothing is left in either way.
        record((observed) => observed.fill(connection, http ?? new HttpConnection(false, pool)));
      } else {
        const history = buildHistory(connection, http, lastTime);
        // The records are used again.
        histories.push(structuredClone(history));
      }
    },
  });
  const segment = new Segment();
  let frame = 0;
  let takenFromRecords = 0;
  while (frame < frames) {
    if (way === 'kernel') {
      const taken = kernel.takesOn(reader, frame + 1, Math.min(frames - frame, 1000));
      if (taken > 0 && !(kernel.latestTime < lastTime)) lastTime = kernel.latestTime;
      frame += taken;
      takenFromRecords += taken;
      if (kernel.tell() && frame < frames) continue;
      if (frame === frames) break;
    }
    const status = reader.next();
    if (status === NEED_BYTES) await reader.fill();
    else if (status !== FRAME) break;
    else {
      segment.frame = ++frame;
      if (!(reader.time < lastTime)) lastTime = reader.time;
      if (way === 'kernel' && !kernel.hasRefused && kernel.takes(reader, frame)) continue;
      if (decodeFrame(reader, segment) === TCP) streams.push(table.receive(segment));
    }
  }
  isFinished = true;
  table.finish();
  kernel.end();
  return {
    histories,
    orderly,
    streams,
    told,
    quiet,
    frames: frame,
    late: table.late,
    taken: takenFromRecords,
    closedRows,
  };
}

/** A history without what only reports say. */
function wordless(history: History): object {
  const { stream, client, server, protocol, firstFrame, lastFrame, openTime, closeTime, captureEnd, rtt } = history;
  const { vantage, synAckAgainFrame, clientHalf, serverHalf, closedBy, closeDelay, exchangeCount } = history;
  const { afterClose, retry, pair, lostRequests, lostResponses, serverProduct, userAgent } = history;
  const exchanges = history.exchanges.map((exchange) => ({
    ...exchange,
    request: { ...exchange.request, target: '', host: '' },
    response: { ...exchange.response },
  }));
  return structuredClone({
    ...{ stream, client, server, protocol, firstFrame, lastFrame, openTime, closeTime, captureEnd, rtt, vantage },
    ...{ synAckAgainFrame, clientHalf, serverHalf, closedBy, closeDelay, exchangeCount, exchanges, afterClose, retry },
    ...{ clientSide: sideOf(history.clientSide), serverSide: sideOf(history.serverSide), idleGaps: history.idleGaps },
    ...{ pair, lostRequests, lostResponses, serverProduct, userAgent },
  });
}

function sideOf(side: Side): Side {
  const { fin, finAckedFrame, finAckedTime, rst, rstCount, acknowledged, hasAcknowledged, payloadBytes } = side;
  const {
    lostBytes,
    lostUntil,
    base,
    retransmissions,
    retransmittedFrame,
    retransmittedTime,
    ttl,
    seen,
    synSeen,
    next,
  } = side;
  return {
    ...{
      fin,
      finAckedFrame,
      finAckedTime,
      rst,
      rstCount,
      acknowledged,
      hasAcknowledged,
      payloadBytes,
      lostBytes,
      lostUntil,
      base,
    },
    ...{ retransmissions, retransmittedFrame, retransmittedTime, ttl, seen, synSeen, next },
  };
}
