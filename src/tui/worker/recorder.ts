// Makes rows of histories: what the screen shows of connections and exchanges, and nothing else of them.
import { SECOND } from '../../base/timeline.ts';
import { withoutPort } from '../../history/endpoint.ts';
import type { History } from '../../history/history.ts';
import type { Exchange } from '../../http/exchange.ts';
import { Columns } from '../model/columns.ts';
import type { Portion } from '../model/messages.ts';
import {
  CLIENT_FIN,
  CLIENT_RST,
  CLOSED_BY,
  CONNECTION,
  EXCHANGE,
  GAP_ENDS,
  HAS_REQUEST,
  HAS_RESPONSE,
  LACKS_BYTES,
  OPEN,
  PRESENT,
  PROTOCOLS,
  REQUEST_CLOSES,
  REQUEST_COMPLETE,
  RESPONSE_CLOSES,
  RESPONSE_COMPLETE,
  SERVER_FIN,
  SERVER_RST,
  VANTAGES,
} from '../model/schemas.ts';
import type { StringNumbers } from '../model/strings.ts';

/** Exchanges that are kept of a run: about 180 MB of rows. */
export const MAX_EXCHANGES = 3_000_000;

export class Recorder {
  /** Exchanges that were not kept. */
  omittedExchanges = 0;
  private readonly strings: StringNumbers;
  private readonly connections = new Columns(CONNECTION);
  private readonly streams = new Columns({ stream: 'i32' });
  private readonly exchanges = new Columns(EXCHANGE);
  private room: number;

  constructor(strings: StringNumbers, maxExchanges = MAX_EXCHANGES) {
    this.strings = strings;
    this.room = maxExchanges;
  }

  get connectionCount(): number {
    return this.connections.length;
  }

  add(history: History): void {
    const { clientSide, serverSide, idleGaps } = history;
    const firstExchange = this.exchanges.length;
    let gap = 0;
    let longestIdle = NaN;
    let previous: Exchange | undefined;
    for (const { duration } of idleGaps) if (!(duration / SECOND <= longestIdle)) longestIdle = duration / SECOND;
    for (const exchange of history.exchanges) {
      if (this.room === 0) {
        this.omittedExchanges++;
        continue;
      }
      this.room--;
      // Gaps and exchanges stand in the same order.
      const frame = exchange.request?.firstFrame ?? 0;
      while (gap < idleGaps.length && idleGaps[gap]!.endFrame < frame) gap++;
      const idle = idleGaps[gap];
      const isItsGap = idle !== undefined && idle.endFrame === frame && idle.endedBy === 'request';
      let idleBefore = isItsGap ? idle.duration / SECOND : NaN;
      // The gap before a request that crossed the server's close ended with that; the request came later than that gap.
      const before = previous?.response;
      if (!isItsGap && exchange.request && before && before.lastFrame === idleGaps.at(-1)?.afterFrame) {
        idleBefore = Math.max(0, exchange.request.startTime - before.endTime) / SECOND;
      }
      this.addExchange(history.stream, exchange, idleBefore);
      previous = exchange;
    }
    const last = idleGaps.at(-1);
    const lastIdle = last === undefined || last.endedBy === 'request' ? undefined : last;
    const marks =
      PRESENT |
      (history.closedBy === 'open' ? OPEN : 0) |
      (clientSide.rst === null ? 0 : CLIENT_RST) |
      (serverSide.rst === null ? 0 : SERVER_RST) |
      (clientSide.fin === null ? 0 : CLIENT_FIN) |
      (serverSide.fin === null ? 0 : SERVER_FIN) |
      (clientSide.lostBytes + serverSide.lostBytes > 0 ? LACKS_BYTES : 0);
    const end = Number.isNaN(history.closeTime) ? history.captureEnd : history.closeTime;
    this.streams.add({ stream: history.stream });
    this.connections.add({
      marks,
      clientAddress: this.strings.numberOf(withoutPort(history.client)),
      clientPort: portOf(history.client),
      serverAddress: this.strings.numberOf(withoutPort(history.server)),
      serverPort: portOf(history.server),
      protocol: PROTOCOLS.indexOf(history.protocol),
      closedBy: CLOSED_BY.indexOf(history.closedBy),
      vantage: VANTAGES.indexOf(history.vantage),
      firstFrame: history.firstFrame,
      lastFrame: history.lastFrame,
      openTime: history.openTime,
      duration: Math.max(0, end - history.openTime) / SECOND,
      rtt: history.rtt / SECOND,
      exchanges: history.exchangeCount,
      longestIdle,
      lastIdle: lastIdle === undefined ? NaN : lastIdle.duration / SECOND,
      lastIdleEnd: lastIdle === undefined ? 0 : GAP_ENDS.indexOf(lastIdle.endedBy),
      closeDelay: history.closeDelay / SECOND,
      clientBytes: clientSide.payloadBytes,
      serverBytes: serverSide.payloadBytes,
      product: this.strings.numberOf(history.serverProduct),
      userAgent: this.strings.numberOf(history.userAgent),
      firstExchange,
      heldExchanges: this.exchanges.length - firstExchange,
    });
  }

  /** What was added since the last call. */
  take(): Portion {
    return {
      connections: {
        count: this.connections.length,
        streams: this.streams.take().stream,
        rows: this.connections.take(),
      },
      exchanges: { count: this.exchanges.length, rows: this.exchanges.take() },
    };
  }

  private addExchange(stream: number, { request, response }: Exchange, idleBefore: number): void {
    const end = response?.endTime ?? request?.endTime ?? NaN;
    const start = request?.startTime ?? response?.startTime ?? NaN;
    this.exchanges.add({
      stream,
      requestFrame: request?.firstFrame ?? 0,
      responseFrame: response?.firstFrame ?? 0,
      lastFrame: response?.lastFrame ?? request?.lastFrame ?? 0,
      startTime: start,
      idleBefore,
      wait: request && response ? Math.max(0, response.startTime - request.endTime) / SECOND : NaN,
      total: request && response ? Math.max(0, end - start) / SECOND : NaN,
      method: this.strings.numberOf(request?.method ?? ''),
      target: this.strings.numberOf(request?.target ?? ''),
      host: this.strings.numberOf(request?.host ?? ''),
      status: response?.status ?? 0,
      marks:
        (request ? HAS_REQUEST : 0) |
        (response ? HAS_RESPONSE : 0) |
        (request?.complete ? REQUEST_COMPLETE : 0) |
        (response?.complete ? RESPONSE_COMPLETE : 0) |
        (request?.close ? REQUEST_CLOSES : 0) |
        (response?.close ? RESPONSE_CLOSES : 0),
      requestBytes: request?.bodyBytes ?? 0,
      responseBytes: response?.bodyBytes ?? 0,
    });
  }
}

function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(':') + 1));
}
