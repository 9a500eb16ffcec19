// FRAMES the messages of one direction: finds where each request or response begins and ends in the byte stream.
//
// Heads are scanned in place, line by line; only a line that a segment border splits is copied, and the scan goes on
// where it stopped. Bodies are counted, never kept. More tolerant than the grammar where real peers are: bare line
// feeds, empty lines before a message, more than one space in a request line.
//
// When framing is lost (bytes missing from the capture, or bytes that make no sense) nothing is guessed: the framer
// looks for the next segment that begins with a start line, and says so (`lostTrack`), so that whoever pairs knows
// that messages may be missing.
import { hashBytes } from '../base/hash.ts';
import { latin1 } from '../base/latin1.ts';
import { indexOfLineFeed, isBlank } from '../base/scan.ts';
import { type Direction, delivery } from '../tcp/direction.ts';
import { sequenceAdd } from '../wire/sequence-number.ts';
import { type ExchangePool, type Message, Request, Response } from './exchange.ts';
import { Fields, mayBeContinued, readField, readFieldLines } from './fields.ts';
import { framingOfRequest, framingOfResponse } from './framing.ts';
import { DIGEST_BYTES, MAX_HEAD_BYTES, MAX_TARGET } from './limits.ts';
import { announcesClose } from './persistence.ts';
import {
  isRestOfMethod,
  mayBecomeRequestLine,
  mayBecomeStatusLine,
  methodOf,
  minorVersionAt,
  readLooseStatusLine,
  readRequestLine,
  readStatusLine,
} from './start-line.ts';

/** What the next bytes are. */
const LOOKING = 0; // unknown: wait for a segment that begins with a start line
export const START = 1; // a start line, or empty lines before it
const HEAD = 2; // a field line
export const BODY = 3; // `remaining` bytes of a Content-Length body
export const CHUNK_SIZE = 4; // a chunk-size line
export const CHUNK_DATA = 5; // `remaining` bytes of a chunk
export const CHUNK_END = 6; // the line end behind a chunk
export const TRAILER = 7; // a trailer line
export const UNTIL_CLOSE = 8; // a body that ends with the connection
const OPAQUE = 9; // not HTTP, or no longer
const PROXY_HEADER = 10; // what a proxy puts before everything else, in binary
export type FramerState =
  | typeof LOOKING
  | typeof START
  | typeof HEAD
  | typeof BODY
  | typeof CHUNK_SIZE
  | typeof CHUNK_DATA
  | typeof CHUNK_END
  | typeof TRAILER
  | typeof UNTIL_CLOSE
  | typeof OPAQUE
  | typeof PROXY_HEADER;

/** Who pairs the messages that a framer finds. */
export interface Pairing {
  requestStarted(request: Request): void;
  /** The start line of a response; returns the method of the request that it answers, '' when unknown. */
  responseStarted(response: Response): string;
  /** The head is complete and `fields` are known. Returns false when the message was an interim response. */
  headEnded(message: Message, fields: Fields): boolean;
  messageEnded(message: Message): void;
  /** Framing was lost; a message that was under way is abandoned, and others may be missing. */
  lostTrack(framer: MessageFramer, abandoned: Message | null): void;
  /** There is a request that is not answered yet. */
  readonly awaitsResponse: boolean;
  /** There is a request behind the one that is being answered. */
  readonly hasNextRequest: boolean;
  /** Did the server's TCP have a part of a request behind the one that it is answering, when it sent this number? */
  hadNextRequest(acknowledgement: number): boolean;
  /** The response under way ends where another one begins, though nothing that it said ends it there. */
  endGuessed(): void;
  /** Bytes were passed over in search of a start line: what they belong to is unknown. */
  passedOver(framer: MessageFramer): void;
  /** The first bytes of the stream are not HTTP. */
  notHttp(framer: MessageFramer): void;
  tunnelStarted(): void;
  /** A request's head is complete, `route` the hash of its method and target; returns its number among the recent ones. */
  asked(request: Request, route: number): number;
  /** The first bytes of a request's body have this hash. */
  bodyBegan(request: Request, digest: number): void;
  /** Where records for new messages come from. */
  readonly pool: ExchangePool;
  /** Server, User-Agent and Host are still wanted from a direction that has had so many messages. */
  wantsNames(messages: number): boolean;
}

/** Most heads lie in one segment, so one record serves all framers; it stays in the cache. */
const SHARED_FIELDS = new Fields();

export class MessageFramer {
  readonly isRequests: boolean;
  /** The message under way. */
  message: Message | null = null;
  /** Messages whose end the peer has not acknowledged yet, the oldest first; linked by `nextAwaiting`. */
  firstAwaiting: Message | null = null;
  private lastAwaiting: Message | null = null;
  messages = 0;
  /** Heads that were larger than the limit. */
  oversizedHeads = 0;

  private readonly pairing: Pairing;
  /** The fields of the head under way: the shared record, unless a segment border splits the head. */
  private fields = SHARED_FIELDS;
  private state: FramerState;
  private remaining = 0;
  private headBytes = 0;
  private minorVersion = 1;
  private requestMethod = '';
  /** Bytes of a proxy's header so far; -1 where none can begin any more. */
  private proxyBytes = -1;
  /** Hash of the request's method and target. */
  private route = 0;
  /** The line that a segment border split: its bytes so far. */
  private partial: Buffer | null = null;
  private partialLength = 0;
  /** It is a whole field line, unless the next byte is a blank, which continues it. */
  private awaitsContinuation = false;
  // Circumstances of the first byte of the start line, or of a response's trailer line.
  private beginSequence = 0;
  private beginFrame = 0;
  private beginTime = NaN;
  private beginAcknowledgement = 0;
  private beginReordered = false;
  private begun = false;
  /** What carried the last byte before the trailer line. */
  private frameBefore = 0;
  private timeBefore = NaN;
  /** The stream is known from its first byte on, so that bytes which are no start line prove that it is not HTTP. */
  private fromTheStart = false;

  constructor(pairing: Pairing, isRequests: boolean) {
    this.pairing = pairing;
    this.isRequests = isRequests;
    this.state = LOOKING;
  }

  /** Begins a stream. A framer serves one connection after the other. */
  begin(fromTheStart: boolean): void {
    this.fromTheStart = fromTheStart;
    this.state = fromTheStart ? START : LOOKING;
    this.message = null;
    this.firstAwaiting = null;
    this.lastAwaiting = null;
    this.messages = 0;
    this.oversizedHeads = 0;
    this.proxyBytes = fromTheStart && this.isRequests ? 0 : -1;
    this.remaining = 0;
    this.headBytes = 0;
    this.minorVersion = 1;
    this.requestMethod = '';
    this.partial = null;
    this.partialLength = 0;
    this.awaitsContinuation = false;
    this.begun = false;
  }

  /**
   * Goes on between two segments of a stream that was read otherwise so far. `remaining`: bytes of the body or chunk that
   * are still to come; in a trailer, its bytes so far. `message`: the one under way.
   */
  resume(
    messages: number,
    state: FramerState,
    remaining: number,
    message: Message | null,
    requestMethod: string,
  ): void {
    this.begin(true);
    this.messages = messages;
    this.state = state;
    if (state === TRAILER) this.headBytes = remaining;
    else this.remaining = remaining;
    this.message = message;
    this.requestMethod = requestMethod;
    // If this is within a line, the line is not younger.
    if (message !== null) this.beginAcknowledgement = message.acknowledgementAtStart;
  }

  /** Then the line under way began with these bytes. */
  resumeLine(bytes: Buffer): void {
    this.append(bytes, 0, bytes.length);
    this.headBytes += bytes.length;
  }

  /** From now on the peer's acknowledgement of this message is awaited. */
  await(message: Message): void {
    if (this.lastAwaiting === null || this.firstAwaiting === null) this.firstAwaiting = message;
    else this.lastAwaiting.nextAwaiting = message;
    this.lastAwaiting = message;
  }

  /** The message is acknowledged, or nobody asks any more. Messages leave in their order. */
  stopAwaiting(message: Message): void {
    if (this.firstAwaiting === message) this.firstAwaiting = message.nextAwaiting;
    else if (this.firstAwaiting !== null) {
      let before = this.firstAwaiting;
      while (before.nextAwaiting !== null && before.nextAwaiting !== message) before = before.nextAwaiting;
      if (before.nextAwaiting === null) return;
      before.nextAwaiting = message.nextAwaiting;
      if (this.lastAwaiting === message) this.lastAwaiting = before;
    }
    if (this.firstAwaiting === null) this.lastAwaiting = null;
    message.nextAwaiting = null;
  }

  /** How many of the next bytes are body, so that only their number matters. */
  get skippable(): number {
    switch (this.state) {
      case BODY:
      case CHUNK_DATA:
        return this.remaining;
      case UNTIL_CLOSE:
        // A response to the next request would show that the body is over.
        return !this.isRequests && this.pairing.hasNextRequest ? 0 : Infinity;
      case OPAQUE:
        return Infinity;
      default:
        return 0;
    }
  }

  becomeOpaque(): void {
    this.state = OPAQUE;
    this.partial = null;
  }

  /** The next bytes of the stream, `buffer[start, end)`. */
  bytes(buffer: Buffer, view: DataView, start: number, end: number): void {
    let at = start;
    while (at < end) {
      switch (this.state) {
        case BODY:
        case CHUNK_DATA: {
          if (at === start && this.answersUnseenHead(view, at, end)) {
            this.endMessage(0);
            break;
          }
          const count = Math.min(this.remaining, end - at);
          if (this.isRequests && this.state === BODY) this.digestBody(view, at, at + count);
          at += count;
          this.countBody(count, at - start);
          break;
        }
        case UNTIL_CLOSE:
          if (at === start && this.nextAnswerBegins(view, at, end)) {
            this.pairing.endGuessed();
            this.complete();
            break;
          }
          this.message!.bodyBytes += end - at;
          at = end;
          break;
        case OPAQUE:
          return;
        case PROXY_HEADER:
          at = this.proxyHeader(view, at, end);
          break;
        case LOOKING:
          if (at !== start || !this.beginsMessage(view, at, end)) {
            this.pairing.passedOver(this);
            return;
          }
          this.state = START;
          break;
        default: {
          if (this.state === START && !this.begun) {
            const byte = view.getUint8(at);
            if (byte === 0x0d || byte === 0x0a) {
              if (this.proxyBytes === 0 && this.messages === 0) this.state = PROXY_HEADER;
              else at++;
              break;
            }
            this.beginLine(at - start);
          }
          if (this.awaitsContinuation) {
            this.awaitsContinuation = false;
            if (!isBlank(view.getUint8(at))) {
              this.keptLine(at - start);
              break;
            }
          }
          if (this.state === TRAILER && this.partial === null && !this.isRequests) this.beginTrailer(at - start);
          if (this.state === HEAD && this.partial === null) {
            at = this.headLines(buffer, view, at, end);
            if (at === end) break;
          }
          const lineFeed = indexOfLineFeed(view, at, end);
          if (lineFeed < 0) {
            this.keepPartial(buffer, view, at, end);
            at = end;
            break;
          }
          const next = lineFeed + 1;
          this.headBytes += next - at;
          if (this.state === HEAD && mayBeContinued(view, next, end) && !this.isEmptyLine(view, at, lineFeed)) {
            this.keepLine(buffer, at, next);
          } else if (this.partial !== null) {
            this.append(buffer, at, lineFeed);
            this.keptLine(next - start);
          } else {
            this.line(buffer, view, at, lineFeed, next - start);
          }
          at = next;
        }
      }
    }
    if (this.message !== null) {
      this.extend(end - start);
      if (this.state === HEAD && this.fields === SHARED_FIELDS) this.fields = SHARED_FIELDS.clone();
    }
  }

  /**
   * Reads what may be a header of HAProxy's PROXY protocol, version 2 (its section 2.2), and returns where it stopped:
   *
   *     12 bytes of signature | version and command | family | length, 2 bytes | so many bytes
   *
   * The signature begins with line ends, as a request may: what has no more of it is read on as one.
   */
  private proxyHeader(view: DataView, start: number, end: number): number {
    let at = start;
    while (at < end && this.proxyBytes < PROXY_SIGNATURE.length + 4) {
      const byte = view.getUint8(at);
      const place = this.proxyBytes - PROXY_SIGNATURE.length;
      if (place < 0 ? byte !== PROXY_SIGNATURE[this.proxyBytes] : place === 0 && byte >> 4 !== 2) {
        const areLineEnds = this.proxyBytes <= PROXY_SIGNATURE.indexOf(0);
        this.endProxyHeader();
        if (!areLineEnds) this.noStartLine();
        return at;
      }
      if (place >= 2) this.remaining = this.remaining * 256 + byte;
      this.proxyBytes++;
      at++;
    }
    if (this.proxyBytes < PROXY_SIGNATURE.length + 4) return at;
    const count = Math.min(this.remaining, end - at);
    this.remaining -= count;
    if (this.remaining === 0) this.endProxyHeader();
    return at + count;
  }

  private endProxyHeader(): void {
    this.proxyBytes = -1;
    this.state = START;
  }

  /** Reads the whole field lines from `at` on, as far as a head may be long, and returns where it stopped. */
  private headLines(buffer: Buffer, view: DataView, at: number, end: number): number {
    const limit = Math.min(end, at + MAX_HEAD_BYTES - this.headBytes);
    const line = readFieldLines(this.fields, buffer, view, at, limit, this.pairing.wantsNames(this.messages));
    this.headBytes += line - at;
    return line;
  }

  /** The next bytes begin with a start line. */
  expectStart(): void {
    if (this.state === LOOKING) this.state = START;
  }

  /** `length` body bytes that were captured but not kept. */
  skipped(length: number): void {
    if (this.state === BODY || this.state === CHUNK_DATA) {
      this.countBody(Math.min(length, this.remaining), length);
    } else if (this.state === UNTIL_CLOSE) {
      this.message!.bodyBytes += length;
    }
    if (this.message !== null) this.extend(length);
  }

  /** `length` bytes that were sent but are not in the capture. */
  hole(length: number): void {
    const message = this.message;
    switch (this.state) {
      case OPAQUE:
        return;
      case UNTIL_CLOSE:
        message!.lostBytes += length;
        message!.end = sequenceAdd(delivery.sequence, length);
        return;
      case BODY: {
        const within = Math.min(length, this.remaining);
        message!.lostBytes += within;
        message!.end = sequenceAdd(delivery.sequence, within);
        this.remaining -= within;
        // The last byte seen keeps its frame and time.
        if (this.remaining === 0) this.complete();
        if (within < length) this.loseTrack();
        return;
      }
      default:
        if (message !== null) message.lostBytes += length;
        this.loseTrack();
    }
  }

  /** The direction's FIN: the end of a close-delimited body. */
  finished(direction: Direction): void {
    if (this.state === UNTIL_CLOSE && this.message !== null && !this.isRequests) {
      this.message.end = direction.fin?.sequence ?? this.message.end;
      // The FIN is the framing; the last byte came before it, so frame and time stay.
      this.complete();
    }
  }

  private beginLine(offset: number): void {
    this.begun = true;
    this.headBytes = 0;
    this.noteBeginning(offset);
  }

  private beginTrailer(offset: number): void {
    if (offset > 0) this.extend(offset);
    this.frameBefore = this.message!.lastFrame;
    this.timeBefore = this.message!.endTime;
    this.noteBeginning(offset);
  }

  private noteBeginning(offset: number): void {
    this.beginSequence = sequenceAdd(delivery.sequence, offset);
    this.beginFrame = delivery.frame;
    this.beginTime = delivery.time;
    this.beginAcknowledgement = delivery.acknowledgement;
    this.beginReordered = delivery.reordered;
  }

  /** The message reaches `offset` bytes into what is being delivered. */
  private extend(offset: number): void {
    const message = this.message!;
    message.end = sequenceAdd(delivery.sequence, offset);
    message.lastFrame = delivery.frame;
    message.endTime = delivery.time;
  }

  private countBody(count: number, offset: number): void {
    this.remaining -= count;
    this.message!.bodyBytes += count;
    if (this.remaining > 0) return;
    if (this.state === CHUNK_DATA) this.state = CHUNK_END;
    else this.endMessage(offset);
  }

  /** Hashes the first bytes of a request's body, once. */
  private digestBody(view: DataView, start: number, end: number): void {
    const request = this.message as Request;
    if (request.bodyDigest !== 0 || request.bodyBytes + request.lostBytes > 0) return;
    request.bodyDigest = hashBytes(view, start, Math.min(end, start + DIGEST_BYTES));
    this.pairing.bodyBegan(request, request.bodyDigest);
  }

  private append(buffer: Buffer, start: number, end: number): void {
    const needed = this.partialLength + end - start;
    if (this.partial === null || this.partial.length < needed) {
      const grown = Buffer.allocUnsafeSlow(Math.max(256, needed * 2));
      this.partial?.copy(grown, 0, 0, this.partialLength);
      this.partial = grown;
    }
    buffer.copy(this.partial, this.partialLength, start, end);
    this.partialLength = needed;
  }

  private keepPartial(buffer: Buffer, view: DataView, start: number, end: number): void {
    this.headBytes += end - start;
    if (this.headBytes > MAX_HEAD_BYTES) {
      this.oversizedHeads++;
      this.loseTrack();
      return;
    }
    this.append(buffer, start, end);
    if (this.state !== START) return;
    const partial = this.partial!;
    const partialView =
      this.partialLength === end - start ? view : new DataView(partial.buffer, partial.byteOffset, partial.length);
    const from = partialView === view ? start : 0;
    const to = from + this.partialLength;
    const possible = this.isRequests
      ? mayBecomeRequestLine(partialView, from, to)
      : mayBecomeStatusLine(partialView, from, to);
    if (!possible) this.noStartLine();
  }

  /** Do what is kept of a line and `view[start, lineFeed)` make an empty one? */
  private isEmptyLine(view: DataView, start: number, lineFeed: number): boolean {
    const length = this.partialLength + lineFeed - start;
    if (length > 1) return false;
    return length === 0 || (this.partialLength > 0 ? this.partial![0] : view.getUint8(start)) === 0x0d;
  }

  /** Keeps the field line that ends with `buffer[start, end)`, for it may go on. Its line end counts as blanks (RFC 9112 5.2). */
  private keepLine(buffer: Buffer, start: number, end: number): void {
    if (this.headBytes > MAX_HEAD_BYTES) {
      this.oversizedHeads++;
      this.loseTrack();
      return;
    }
    this.append(buffer, start, end);
    const line = this.partial!;
    line[this.partialLength - 1] = 0x20;
    if (this.partialLength > 1 && line[this.partialLength - 2] === 0x0d) line[this.partialLength - 2] = 0x20;
    this.awaitsContinuation = true;
  }

  /** What is kept is a whole line; `offset` bytes of the delivery end behind it. */
  private keptLine(offset: number): void {
    const line = this.partial!;
    const length = this.partialLength;
    this.partial = null;
    this.partialLength = 0;
    this.line(line, new DataView(line.buffer, line.byteOffset, line.length), 0, length, offset);
  }

  /** A whole line, `buffer[start, end)` without line feed; `offset` bytes of the delivery end behind it. */
  private line(buffer: Buffer, view: DataView, start: number, lineFeed: number, offset: number): void {
    const end = lineFeed > start && view.getUint8(lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed;
    switch (this.state) {
      case START:
        this.startLine(buffer, view, start, end);
        return;
      case HEAD:
        if (end === start) this.endHead(offset);
        else if (this.headBytes > MAX_HEAD_BYTES) {
          this.oversizedHeads++;
          this.loseTrack();
        } else if (end - start > 4)
          readField(this.fields, buffer, view, start, end, this.pairing.wantsNames(this.messages));
        return;
      case CHUNK_SIZE: {
        const size = readChunkSize(view, start, end);
        if (size < 0) this.loseTrack();
        else if (size === 0) this.state = TRAILER;
        else {
          this.remaining = size;
          this.state = CHUNK_DATA;
        }
        this.headBytes = 0;
        return;
      }
      case CHUNK_END:
        if (end === start) this.state = CHUNK_SIZE;
        else this.loseTrack();
        return;
      case TRAILER:
        if (end === start) this.endMessage(offset);
        else if (this.isNextAnswer(view, start, end)) this.endBeforeTrailer(buffer, view, start, end);
        else if (this.headBytes > MAX_HEAD_BYTES) this.loseTrack();
        return;
    }
  }

  /** Some servers leave out the empty line behind the last chunk: then what follows may be the response to the next request. */
  private isNextAnswer(view: DataView, start: number, end: number): boolean {
    return (
      !this.isRequests &&
      readStatusLine(view, start, end) >= 0 &&
      this.pairing.hadNextRequest(this.beginAcknowledgement)
    );
  }

  /** Ends the response before the trailer line, which is a status line. */
  private endBeforeTrailer(buffer: Buffer, view: DataView, start: number, end: number): void {
    const message = this.message!;
    message.end = this.beginSequence;
    message.lastFrame = this.frameBefore;
    message.endTime = this.timeBefore;
    this.pairing.endGuessed();
    this.complete();
    this.begun = true;
    this.headBytes = end - start;
    this.startLine(buffer, view, start, end);
  }

  private startLine(buffer: Buffer, view: DataView, start: number, end: number): void {
    if (this.isRequests) {
      const line = readRequestLine(view, start, end);
      if (line === null) {
        if (this.messages === 0 && isProxyLine(view, start, end)) this.begun = false;
        else this.noStartLine();
        return;
      }
      const request = this.pairing.pool.request();
      request.method = methodOf(buffer, view, start, line.methodEnd);
      request.target = latin1(buffer, line.targetStart, Math.min(line.targetEnd, line.targetStart + MAX_TARGET));
      this.route = hashBytes(view, start, line.targetEnd);
      this.minorVersion = minorVersionAt(view, line.versionEnd - 1);
      this.startMessage(request);
      this.pairing.requestStarted(request);
      return;
    }
    const status = this.pairing.awaitsResponse
      ? readLooseStatusLine(view, start, end)
      : readStatusLine(view, start, end);
    if (status < 0) {
      this.noStartLine();
      return;
    }
    const response = this.pairing.pool.response();
    response.status = status;
    this.minorVersion = minorVersionAt(view, start + 7);
    this.startMessage(response);
    this.requestMethod = this.pairing.responseStarted(response);
  }

  private startMessage(message: Message): void {
    if (this.minorVersion !== 1) message.version = `1.${this.minorVersion}`;
    message.firstFrame = this.beginFrame;
    message.lastFrame = this.beginFrame;
    message.startTime = this.beginTime;
    message.endTime = this.beginTime;
    message.start = this.beginSequence;
    message.end = this.beginSequence;
    message.acknowledgementAtStart = this.beginAcknowledgement;
    message.reordered = this.beginReordered;
    this.messages++;
    this.message = message;
    this.fields = SHARED_FIELDS;
    this.fields.reset();
    this.fields.isRequest = this.isRequests;
    this.state = HEAD;
  }

  private endHead(offset: number): void {
    const message = this.message!;
    const fields = this.fields;
    message.close = announcesClose(fields, this.minorVersion);
    message.closeOption = fields.connectionClose;
    message.contentLength = fields.contentLength;
    if (message instanceof Request) {
      message.framing = framingOfRequest(fields);
      message.requestId = fields.requestId;
      message.traceId = fields.traceId;
      message.recent = this.pairing.asked(message, this.route);
      message.expectContinue = fields.expectContinue;
      message.upgrade = message.method === 'CONNECT' || (fields.hasUpgrade && fields.connectionUpgrade);
    } else if (message instanceof Response) {
      message.framing = framingOfResponse(fields, message.status, this.requestMethod);
      message.keepAliveTimeout = fields.keepAliveTimeout;
      message.keepAliveMax = fields.keepAliveMax;
      message.keepAliveListed = fields.connectionKeepAlive;
    }
    if (!this.pairing.headEnded(message, fields)) {
      // An interim response: the same request is still to be answered.
      if (message instanceof Response) this.pairing.pool.releaseResponse(message);
      this.begun = false;
      this.message = null;
      this.state = START;
      return;
    }
    switch (message.framing) {
      case 'none':
        this.endMessage(offset);
        break;
      case 'content-length':
        this.remaining = fields.contentLength;
        this.state = BODY;
        break;
      case 'chunked':
        this.headBytes = 0;
        this.state = CHUNK_SIZE;
        break;
      case 'close-delimited':
        this.state = UNTIL_CLOSE;
        break;
      case 'tunnel':
        this.endMessage(offset);
        this.pairing.tunnelStarted();
        break;
    }
  }

  /** The message ends `offset` bytes into what is being delivered. */
  private endMessage(offset: number): void {
    this.extend(offset);
    this.complete();
  }

  private complete(): void {
    const message = this.message!;
    message.complete = true;
    this.message = null;
    this.begun = false;
    this.state = START;
    this.pairing.messageEnded(message);
  }

  private noStartLine(): void {
    this.partial = null;
    this.partialLength = 0;
    this.begun = false;
    if (this.messages === 0 && this.fromTheStart) {
      this.state = OPAQUE;
      this.pairing.notHttp(this);
    } else this.loseTrack();
  }

  private loseTrack(): void {
    const abandoned = this.message;
    this.partial = null;
    this.partialLength = 0;
    this.awaitsContinuation = false;
    this.message = null;
    this.begun = false;
    this.state = LOOKING;
    this.pairing.lostTrack(this, abandoned);
  }

  /** A response to a request that was not captured promised a body, but the next response follows: it was HEAD. */
  private answersUnseenHead(view: DataView, start: number, end: number): boolean {
    const message = this.message!;
    return !this.isRequests && this.requestMethod === '' && message.bodyBytes === 0 && beginsResponse(view, start, end);
  }

  /**
   * A response without a length that counts lasts until the connection closes (RFC 9112 6.3 item 8). But some that should
   * have said 0, or said it in a way that their clients understand, are followed by the response to the next request.
   */
  private nextAnswerBegins(view: DataView, start: number, end: number): boolean {
    return (
      !this.isRequests && this.pairing.hadNextRequest(delivery.acknowledgement) && beginsResponse(view, start, end)
    );
  }

  /** Does the segment begin with a start line that can be trusted? */
  private beginsMessage(view: DataView, start: number, end: number): boolean {
    return this.isRequests ? beginsRequest(view, start, end) : beginsResponse(view, start, end);
  }
}

/**
 * Does `view[start, end)` begin with a request line (whole, or cut by the segment's end)? What stands before it is not known,
 * so that it may be the rest of one.
 */
export function beginsRequest(view: DataView, start: number, end: number): boolean {
  const lineFeed = indexOfLineFeed(view, start, Math.min(end, start + MAX_TARGET));
  if (lineFeed < 0) return end - start >= 8 && mayBecomeRequestLine(view, start, end) && hasCommonMethod(view, start);
  const lineEnd = lineFeed > start && view.getUint8(lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed;
  const line = readRequestLine(view, start, lineEnd);
  return line !== null && !isRestOfMethod(view, start, line.methodEnd);
}

/** Does `view[start, end)` begin with a status line? */
export function beginsResponse(view: DataView, start: number, end: number): boolean {
  const lineFeed = indexOfLineFeed(view, start, Math.min(end, start + 1024));
  const lineEnd = lineFeed < 0 ? Math.min(end, start + 12) : lineFeed;
  const trimmed = lineEnd > start && view.getUint8(lineEnd - 1) === 0x0d ? lineEnd - 1 : lineEnd;
  return readStatusLine(view, start, trimmed) >= 0;
}

function hasCommonMethod(view: DataView, start: number): boolean {
  switch (view.getInt32(start)) {
    case 0x47455420: // "GET "
    case 0x504f5354: // "POST"
    case 0x50555420: // "PUT "
    case 0x48454144: // "HEAD"
    case 0x44454c45: // "DELE"
    case 0x4f505449: // "OPTI"
    case 0x50415443: // "PATC"
      return true;
    default:
      return false;
  }
}

/** RFC 9112 7.1: the hexadecimal size, then perhaps extensions; -1 when it is none. */
function readChunkSize(view: DataView, start: number, end: number): number {
  let size = 0;
  let at = start;
  while (at < end && view.getUint8(at) === 0x20) at++;
  const first = at;
  for (; at < end; at++) {
    const byte = view.getUint8(at);
    const digit =
      byte >= 0x30 && byte <= 0x39
        ? byte - 0x30
        : (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66
          ? (byte | 0x20) - 0x57
          : -1;
    if (digit < 0) break;
    size = size * 16 + digit;
    if (size > Number.MAX_SAFE_INTEGER) return -1;
  }
  if (at === first) return -1;
  while (at < end && (view.getUint8(at) === 0x20 || view.getUint8(at) === 0x09)) at++;
  return at === end || view.getUint8(at) === 0x3b ? size : -1;
}

/** RFC 9112 2.2 lets empty lines stand before a request; this is no request. */
const PROXY_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** The line that a proxy puts before everything else (HAProxy's PROXY protocol, version 1). */
function isProxyLine(view: DataView, start: number, end: number): boolean {
  return (
    end - start >= 10 &&
    end - start <= 107 &&
    view.getInt32(start) === 0x50524f58 &&
    view.getInt16(start + 4) === 0x5920
  );
}
