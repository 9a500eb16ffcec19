// The records that PAIRING leaves: an exchange is a request with its interim responses and its final response, or
// without one. Plain mutable records, filled while the connection is read; rules and reports only read them.
// Times are nanoseconds since the timeline's origin (NaN: unknown), frames are frame numbers (0: none), sequence
// numbers are signed 32-bit (wire/sequence-number.ts).
//
// They are the one thing that is made per message. Where nobody keeps them they are used again (`ExchangePool`), so
// that reading a long capture makes no garbage.

/** How the end of a message body is told, RFC 9112 6.3. 'tunnel': a CONNECT or an upgrade, the rest is not HTTP. */
export type Framing = 'none' | 'content-length' | 'chunked' | 'close-delimited' | 'tunnel';

/** What requests and responses have in common. */
export class Message {
  /** '1.0' or '1.1' (any other minor version as written). */
  version = '1.1';
  framing: Framing = 'none';
  /** Frames that carried its first and its (so far) last byte. */
  firstFrame = 0;
  lastFrame = 0;
  startTime = NaN;
  endTime = NaN;
  /** Sequence numbers of the first byte and behind the last byte seen (or known by its length to have been sent). */
  start = 0;
  end = 0;
  /** The sender's acknowledgement number on the first transmission of the first byte. */
  acknowledgementAtStart = 0;
  /** The message framing is complete: every byte was seen, or was missing from the capture but surely sent. */
  complete = false;
  /** Bytes of it that the capture lacks though they were sent: nothing may be concluded from their absence. */
  lostBytes = 0;
  /** The bytes arrived out of order, or may be a retransmission: `acknowledgementAtStart` may be newer than it was. */
  reordered = false;
  /** It announces the connection's end: `Connection: close`, or HTTP/1.0 without keep-alive (RFC 9112 9.3). */
  close = false;
  /** Connection: close itself, written out. */
  closeOption = false;
  /** The body's length by Content-Length; -1 when there is none. */
  contentLength = -1;
  /** Body bytes counted so far (chunk framing excluded). */
  bodyBytes = 0;
  /** When and where the peer's TCP first acknowledged any byte of it, and all of it. */
  firstAckedFrame = 0;
  firstAckedTime = NaN;
  ackedFrame = 0;
  ackedTime = NaN;
  /** The next message of its direction whose acknowledgement is awaited. */
  nextAwaiting: Message | null = null;

  reset(): void {
    this.version = '1.1';
    this.framing = 'none';
    this.firstFrame = 0;
    this.lastFrame = 0;
    this.startTime = NaN;
    this.endTime = NaN;
    this.start = 0;
    this.end = 0;
    this.acknowledgementAtStart = 0;
    this.complete = false;
    this.lostBytes = 0;
    this.reordered = false;
    this.close = false;
    this.closeOption = false;
    this.contentLength = -1;
    this.bodyBytes = 0;
    this.firstAckedFrame = 0;
    this.firstAckedTime = NaN;
    this.ackedFrame = 0;
    this.ackedTime = NaN;
    this.nextAwaiting = null;
  }
}

export class Request extends Message {
  method = '';
  /** As on the wire (latin1), cut at 8 KiB. Hostile: escape it for the medium. */
  target = '';
  /** Value of Host, '' when absent. Hostile. */
  host = '';
  /** It carries `Expect: 100-continue`. */
  expectContinue = false;
  /** Hashes of X-Request-Id and of the trace id, of its first body bytes; 0 when there are none (fields.ts). */
  requestId = 0;
  traceId = 0;
  bodyDigest = 0;
  /** Its number among the recent requests; -1 when it is none of them. */
  recent = -1;
  /** It asks for an upgrade (with the connection option), or is a CONNECT. */
  upgrade = false;

  override reset(): void {
    super.reset();
    this.method = '';
    this.target = '';
    this.host = '';
    this.expectContinue = false;
    this.requestId = 0;
    this.traceId = 0;
    this.bodyDigest = 0;
    this.recent = -1;
    this.upgrade = false;
  }
}

export class Response extends Message {
  status = 0;
  /** `Keep-Alive: timeout=N, max=M` in seconds and requests; -1 when not given. */
  keepAliveTimeout = -1;
  keepAliveMax = -1;
  /** The Keep-Alive field is listed in Connection: only then it is this server's own word (RFC 9110 7.6.1). */
  keepAliveListed = false;

  override reset(): void {
    super.reset();
    this.status = 0;
    this.keepAliveTimeout = -1;
    this.keepAliveMax = -1;
    this.keepAliveListed = false;
  }
}

export interface InterimResponse {
  readonly status: number;
  readonly frame: number;
  readonly time: number;
}

export class Exchange {
  /** 0 for the first exchange of the connection. */
  index = 0;
  /** Null when the capture holds only the response. */
  request: Request | null = null;
  interim: InterimResponse[] = [];
  response: Response | null = null;
  /** Bytes are missing from the capture where its other half may have been: its absence proves nothing. */
  uncertain = false;

  reset(): void {
    this.index = 0;
    this.request = null;
    if (this.interim.length > 0) this.interim = [];
    this.response = null;
    this.uncertain = false;
  }
}

/** Records that nobody holds any more, to be filled again. */
export class ExchangePool {
  private readonly exchanges: Exchange[] = [];
  private readonly requests: Request[] = [];
  private readonly responses: Response[] = [];

  exchange(): Exchange {
    const exchange = this.exchanges.pop();
    if (exchange === undefined) return new Exchange();
    exchange.reset();
    return exchange;
  }

  request(): Request {
    const request = this.requests.pop();
    if (request === undefined) return new Request();
    request.reset();
    return request;
  }

  response(): Response {
    const response = this.responses.pop();
    if (response === undefined) return new Response();
    response.reset();
    return response;
  }

  /** Takes an exchange back, with its messages. They are cleared only when they are needed: by then they are touched. */
  release(exchange: Exchange): void {
    if (exchange.request !== null) this.requests.push(exchange.request);
    if (exchange.response !== null) this.responses.push(exchange.response);
    this.exchanges.push(exchange);
  }

  releaseResponse(response: Response): void {
    this.responses.push(response);
  }
}
