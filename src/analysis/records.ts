// Histories and what else is told of connections, written down as numbers and strings and read again: a structured
// clone of the same objects takes ten times as long. Each record's two functions stand side by side and name its parts
// in the same order; a test reads back what it wrote of every connection of the fixtures.
import type { Closing, History, Side } from '../history/history.ts';
import { Exchange, type Framing, type Message, Request, Response } from '../http/exchange.ts';
import type { GapEnd, IdleGap, Protocol } from '../http/http-connection.ts';
import type { GatewayFailure } from '../rules/lost-request.ts';
import type { Observed } from '../timeouts/server-observations.ts';

const FIRST_LENGTH = 1 << 15;

/** Numbers to be written one after the other. A string is written as its number in a list. */
export class RecordWriter {
  numbers = new Float64Array(FIRST_LENGTH);
  length = 0;
  strings: string[] = [];
  private readonly numberOf = new Map<string, number>();

  number(value: number): void {
    if (this.length === this.numbers.length) this.grow();
    this.numbers[this.length++] = value;
  }

  /** Up to 30 of them as one number. */
  flags(...values: readonly boolean[]): void {
    let bits = 0;
    for (let i = 0; i < values.length; i++) if (values[i]) bits |= 1 << i;
    this.number(bits);
  }

  string(value: string): void {
    let number = this.numberOf.get(value);
    if (number === undefined) {
      number = this.strings.push(value) - 1;
      this.numberOf.set(value, number);
    }
    this.number(number);
  }

  /** Everything written so far, and the writer begins anew. The numbers are valid until it is written to again. */
  take(): { readonly numbers: Float64Array; readonly strings: readonly string[] } {
    const taken = { numbers: this.numbers.subarray(0, this.length), strings: this.strings };
    this.length = 0;
    this.strings = [];
    this.numberOf.clear();
    return taken;
  }

  private grow(): void {
    const larger = new Float64Array(this.numbers.length * 2);
    larger.set(this.numbers);
    this.numbers = larger;
  }
}

/** A record that was just read, and is nobody's yet. */
export type Read<Record> = { -readonly [Key in keyof Record]: Record[Key] };

export class RecordReader {
  at = 0;
  private readonly numbers: Float64Array;
  private readonly strings: readonly string[];
  private bits = 0;

  constructor({ numbers, strings }: { readonly numbers: Float64Array; readonly strings: readonly string[] }) {
    this.numbers = numbers;
    this.strings = strings;
  }

  get isAtEnd(): boolean {
    return this.at === this.numbers.length;
  }

  /** The next number, which stays the next one. */
  peek(): number {
    return this.numbers[this.at]!;
  }

  number(): number {
    return this.numbers[this.at++]!;
  }

  /** Begins to read flags: the next calls of `flag` tell them, in their order. */
  flags(): this {
    this.bits = this.number();
    return this;
  }

  flag(): boolean {
    const isSet = (this.bits & 1) !== 0;
    this.bits >>>= 1;
    return isSet;
  }

  string(): string {
    return this.strings[this.number()]!;
  }
}

export function writeHistory(to: RecordWriter, history: History): void {
  to.number(history.stream);
  to.string(history.client);
  to.string(history.server);
  to.string(history.protocol);
  to.number(history.firstFrame);
  to.number(history.lastFrame);
  to.number(history.openTime);
  to.number(history.closeTime);
  to.number(history.captureEnd);
  to.number(history.rtt);
  to.string(history.vantage);
  to.number(history.synAckAgainFrame);
  to.number(history.clientHalf);
  to.number(history.serverHalf);
  to.string(history.closedBy);
  to.number(history.closeDelay);
  writeSide(to, history.clientSide);
  writeSide(to, history.serverSide);
  to.number(history.exchangeCount);
  to.number(history.exchanges.length);
  for (const exchange of history.exchanges) writeExchange(to, exchange);
  to.flags(history.afterClose !== null, history.lostRequests, history.lostResponses);
  if (history.afterClose !== null) {
    for (const exchange of history.afterClose) {
      // It may be one of those above, or may not be kept there.
      const index = history.exchanges.indexOf(exchange);
      to.number(index);
      if (index < 0) writeExchange(to, exchange);
    }
  }
  to.number(history.idleGaps.length);
  for (const gap of history.idleGaps) writeGap(to, gap);
  to.number(history.pair);
  to.string(history.serverProduct);
  to.string(history.userAgent);
}

/** Its numbers of stream and pair are the writer's, to be replaced by whoever knows what they stand for. */
export function readHistory(from: RecordReader): Read<History> {
  const head = {
    stream: from.number(),
    client: from.string(),
    server: from.string(),
    protocol: from.string() as Protocol,
    firstFrame: from.number(),
    lastFrame: from.number(),
    openTime: from.number(),
    closeTime: from.number(),
    captureEnd: from.number(),
    rtt: from.number(),
    vantage: from.string() as History['vantage'],
    synAckAgainFrame: from.number(),
    clientHalf: from.number(),
    serverHalf: from.number(),
    closedBy: from.string() as History['closedBy'],
    closeDelay: from.number(),
    clientSide: readSide(from),
    serverSide: readSide(from),
    exchangeCount: from.number(),
    exchanges: readList(from, readExchange),
  };
  const hasAfterClose = from.flags().flag();
  const lostRequests = from.flag();
  const lostResponses = from.flag();
  const oneAfterClose = () => {
    const index = from.number();
    return index < 0 ? readExchange(from) : head.exchanges[index]!;
  };
  return {
    ...head,
    lostRequests,
    lostResponses,
    afterClose: hasAfterClose ? [oneAfterClose(), oneAfterClose()] : null,
    retry: null,
    idleGaps: readList(from, readGap),
    pair: from.number(),
    serverProduct: from.string(),
    userAgent: from.string(),
  };
}

/** What is observed of a connection that ended in order, or is open at the end; nothing was announced. */
export function writeOrderly(to: RecordWriter, observed: Observed): void {
  to.number(observed.stream);
  to.number(observed.pair);
  to.number(observed.firstFrame);
  to.number(observed.rtt);
  to.number(observed.clientHalf);
  to.number(observed.serverHalf);
  to.number(observed.openTime);
  to.number(observed.closeTime);
  to.number(observed.closeDelay);
  to.string(observed.closedBy);
  to.number(observed.exchangeCount);
  to.number(observed.exchanges.length);
  for (const exchange of observed.exchanges) writeExchange(to, exchange);
  to.number(observed.idleGaps.length);
  for (const gap of observed.idleGaps) writeGap(to, gap);
  to.string(observed.serverProduct);
  to.string(observed.userAgent);
  to.number(observed.lastResponseEnd ?? NaN);
  to.number(observed.lastResponseStart ?? NaN);
  to.number(observed.lastWait ?? NaN);
  to.number(observed.announcedTimeout ?? -1);
}

export function readOrderly(from: RecordReader): Read<Observed> {
  return {
    stream: from.number(),
    pair: from.number(),
    firstFrame: from.number(),
    rtt: from.number(),
    clientHalf: from.number(),
    serverHalf: from.number(),
    openTime: from.number(),
    closeTime: from.number(),
    closeDelay: from.number(),
    closedBy: from.string() as Observed['closedBy'],
    exchangeCount: from.number(),
    exchanges: readList(from, readExchange),
    idleGaps: readList(from, readGap),
    serverProduct: from.string(),
    userAgent: from.string(),
    lastResponseEnd: from.number(),
    lastResponseStart: from.number(),
    lastWait: from.number(),
    announcedTimeout: from.number(),
    afterClose: null,
    serverSide: { fin: null, rst: null },
    clientSide: { fin: null, rst: null },
  };
}

export function writeGatewayFailure(to: RecordWriter, failure: GatewayFailure): void {
  to.number(failure.stream);
  to.string(failure.client);
  to.string(failure.gateway);
  to.number(failure.status);
  to.number(failure.frame);
  to.number(failure.time);
  to.string(failure.request.method);
  to.string(failure.request.target);
  to.number(failure.request.requestId);
  to.number(failure.request.traceId);
  to.number(failure.request.startTime);
}

export function readGatewayFailure(from: RecordReader): Read<GatewayFailure> {
  return {
    stream: from.number(),
    client: from.string(),
    gateway: from.string(),
    status: from.number(),
    frame: from.number(),
    time: from.number(),
    request: {
      method: from.string(),
      target: from.string(),
      requestId: from.number(),
      traceId: from.number(),
      startTime: from.number(),
    },
  };
}

function readList<Item>(from: RecordReader, read: (from: RecordReader) => Item): Item[] {
  const list: Item[] = [];
  for (let left = from.number(); left > 0; left--) list.push(read(from));
  return list;
}

function writeGap(to: RecordWriter, gap: IdleGap): void {
  to.number(gap.duration);
  to.number(gap.afterFrame);
  to.number(gap.endFrame);
  to.string(gap.endedBy);
}

function readGap(from: RecordReader): IdleGap {
  return {
    duration: from.number(),
    afterFrame: from.number(),
    endFrame: from.number(),
    endedBy: from.string() as GapEnd,
  };
}

function writeSide(to: RecordWriter, side: Side): void {
  to.flags(side.fin !== null, side.rst !== null, side.hasAcknowledged, side.base !== null, side.seen, side.synSeen);
  if (side.fin !== null) writeClosing(to, side.fin);
  if (side.rst !== null) writeClosing(to, side.rst);
  to.number(side.finAckedFrame);
  to.number(side.finAckedTime);
  to.number(side.rstCount);
  to.number(side.acknowledged);
  to.number(side.payloadBytes);
  to.number(side.lostBytes);
  to.number(side.lostUntil);
  to.number(side.base ?? 0);
  to.number(side.retransmissions);
  to.number(side.retransmittedFrame);
  to.number(side.retransmittedTime);
  to.number(side.ttl);
  to.number(side.next);
}

function readSide(from: RecordReader): Side {
  const hasFin = from.flags().flag();
  const hasRst = from.flag();
  const hasAcknowledged = from.flag();
  const hasBase = from.flag();
  const seen = from.flag();
  const synSeen = from.flag();
  const fin = hasFin ? readClosing(from) : null;
  const rst = hasRst ? readClosing(from) : null;
  const finAckedFrame = from.number();
  const finAckedTime = from.number();
  const rstCount = from.number();
  const acknowledged = from.number();
  const payloadBytes = from.number();
  const lostBytes = from.number();
  const lostUntil = from.number();
  const base = from.number();
  return {
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
    base: hasBase ? base : null,
    retransmissions: from.number(),
    retransmittedFrame: from.number(),
    retransmittedTime: from.number(),
    ttl: from.number(),
    seen,
    synSeen,
    next: from.number(),
  };
}

function writeClosing(to: RecordWriter, closing: Closing): void {
  to.number(closing.frame);
  to.number(closing.time);
  to.number(closing.sequence);
  to.number(closing.acknowledgement);
  to.flags(closing.hasAck, closing.isCopy);
  to.number(closing.ttl);
  to.number(closing.ipId);
}

function readClosing(from: RecordReader): Closing {
  const frame = from.number();
  const time = from.number();
  const sequence = from.number();
  const acknowledgement = from.number();
  const flags = from.flags();
  const hasAck = flags.flag();
  const isCopy = flags.flag();
  return { frame, time, sequence, acknowledgement, hasAck, ttl: from.number(), ipId: from.number(), isCopy };
}

function writeExchange(to: RecordWriter, { index, uncertain, request, response, interim }: Exchange): void {
  to.number(index);
  to.flags(uncertain, request !== null, response !== null);
  if (request !== null) writeRequest(to, request);
  if (response !== null) writeResponse(to, response);
  to.number(interim.length);
  for (const { status, frame, time } of interim) {
    to.number(status);
    to.number(frame);
    to.number(time);
  }
}

function readExchange(from: RecordReader): Exchange {
  const exchange = new Exchange();
  exchange.index = from.number();
  exchange.uncertain = from.flags().flag();
  const hasRequest = from.flag();
  const hasResponse = from.flag();
  if (hasRequest) exchange.request = readRequest(from);
  if (hasResponse) exchange.response = readResponse(from);
  exchange.interim = readList(from, () => ({ status: from.number(), frame: from.number(), time: from.number() }));
  return exchange;
}

function writeRequest(to: RecordWriter, request: Request): void {
  writeMessage(to, request);
  to.string(request.method);
  to.string(request.target);
  to.string(request.host);
  to.flags(request.expectContinue, request.upgrade);
  to.number(request.requestId);
  to.number(request.traceId);
  to.number(request.bodyDigest);
  to.number(request.recent);
}

function readRequest(from: RecordReader): Request {
  const request = new Request();
  readMessage(from, request);
  request.method = from.string();
  request.target = from.string();
  request.host = from.string();
  request.expectContinue = from.flags().flag();
  request.upgrade = from.flag();
  request.requestId = from.number();
  request.traceId = from.number();
  request.bodyDigest = from.number();
  request.recent = from.number();
  return request;
}

function writeResponse(to: RecordWriter, response: Response): void {
  writeMessage(to, response);
  to.number(response.status);
  to.number(response.keepAliveTimeout);
  to.number(response.keepAliveMax);
  to.flags(response.keepAliveListed);
}

function readResponse(from: RecordReader): Response {
  const response = new Response();
  readMessage(from, response);
  response.status = from.number();
  response.keepAliveTimeout = from.number();
  response.keepAliveMax = from.number();
  response.keepAliveListed = from.flags().flag();
  return response;
}

function writeMessage(to: RecordWriter, message: Message): void {
  to.string(message.version);
  to.string(message.framing);
  to.flags(message.complete, message.reordered, message.close, message.closeOption);
  to.number(message.firstFrame);
  to.number(message.lastFrame);
  to.number(message.startTime);
  to.number(message.endTime);
  to.number(message.start);
  to.number(message.end);
  to.number(message.acknowledgementAtStart);
  to.number(message.lostBytes);
  to.number(message.contentLength);
  to.number(message.bodyBytes);
  to.number(message.firstAckedFrame);
  to.number(message.firstAckedTime);
  to.number(message.ackedFrame);
  to.number(message.ackedTime);
}

function readMessage(from: RecordReader, message: Message): void {
  message.version = from.string();
  message.framing = from.string() as Framing;
  message.complete = from.flags().flag();
  message.reordered = from.flag();
  message.close = from.flag();
  message.closeOption = from.flag();
  message.firstFrame = from.number();
  message.lastFrame = from.number();
  message.startTime = from.number();
  message.endTime = from.number();
  message.start = from.number();
  message.end = from.number();
  message.acknowledgementAtStart = from.number();
  message.lostBytes = from.number();
  message.contentLength = from.number();
  message.bodyBytes = from.number();
  message.firstAckedFrame = from.number();
  message.firstAckedTime = from.number();
  message.ackedFrame = from.number();
  message.ackedTime = from.number();
}
