// The HTTP messages that a capture is filled with, rendered once. Writing a segment is then one copy out of a pool, and
// its checksum one subtraction: `sums` holds the running Internet checksum (RFC 1071) of the pool, modulo 65535, per
// 16-bit word. So messages begin at even places and segments are cut at even offsets.
//
// Each message carries an id of eight hex digits (a request in its target, a response in X-Request-Id), so that no two
// requests of a capture are the same. Its place in the pool is left zero; whoever copies the first segment fills it in.
import type { Random } from './random.ts';
import type { ExchangeKind, TrafficSet } from './sets.ts';

/** Bytes that the pool of one set may hold: enough variants, without outgrowing the processor's caches. */
const POOL_BYTES = 2 << 20;
const ID_DIGITS = 8;

/** All messages of a set; a message is an index into `start`, `length` and `idAt`. */
export interface Messages {
  readonly bytes: Buffer;
  /** `sums[i]`: of the words before byte 2i. */
  readonly sums: Uint16Array;
  readonly start: Int32Array;
  readonly length: Int32Array;
  /** Offset of the id in the message; even. */
  readonly idAt: Int32Array;
  /** Exchanges: request and response. Drawing evenly from them gives the kinds their weights. */
  readonly exchanges: readonly ExchangeMessages[];
  /** GET requests with a response that says `Connection: close`. */
  readonly closing: readonly ExchangeMessages[];
}

export interface ExchangeMessages {
  readonly request: number;
  readonly response: number;
}

const STATUS: Readonly<Record<ExchangeKind, string>> = {
  get: '200 OK',
  chunked: '200 OK',
  head: '200 OK',
  post: '201 Created',
  'no-content': '204 No Content',
  'not-modified': '304 Not Modified',
};

const METHOD: Readonly<Record<ExchangeKind, string>> = {
  get: 'GET',
  chunked: 'GET',
  head: 'HEAD',
  post: 'POST',
  'no-content': 'DELETE',
  'not-modified': 'GET',
};

const PATHS = [
  '/api/v1/orders/{id}',
  '/api/v1/users/{id}/sessions',
  '/v2/items/{id}?expand=price,stock',
  '/s/{id}.json',
];

const AGENTS = [
  'okhttp/4.12.0',
  'node',
  'Apache-HttpClient/5.3.1 (Java/21.0.3)',
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
];

export function renderMessages(set: TrafficSet, random: Random): Messages {
  const pool = new Pool();
  const exchange = (kind: ExchangeKind, close: boolean): ExchangeMessages => ({
    request: pool.add(request(set, kind, random)),
    response: pool.add(response(set, kind, close, random)),
  });

  const room = POOL_BYTES / (set.requestBytes + set.responseBytes + 400);
  const variants = Math.min(64, Math.ceil(room / Object.keys(set.kinds).length));
  const exchanges = Object.entries(set.kinds).flatMap(([kind, weight]) => {
    const rendered = Array.from({ length: variants }, () => exchange(kind as ExchangeKind, false));
    return Array.from({ length: weight * 4 }, (_, i) => rendered[i % variants]!);
  });
  const closing = Array.from({ length: 4 }, () => exchange('get', true));
  return { ...pool.finish(), exchanges, closing };
}

function request(set: TrafficSet, kind: ExchangeKind, random: Random): Buffer {
  const body = kind === 'post' ? json(random.between(60, 120), random) : '';
  const fields = [
    `${METHOD[kind]} ${pick(PATHS, random)} HTTP/1.1`,
    `Host: api-${random.below(10)}.example.test`,
    `User-Agent: ${pick(AGENTS, random)}`,
    'Accept: application/json',
    'Accept-Encoding: gzip',
    'Connection: keep-alive',
    ...(kind === 'not-modified' ? [`If-None-Match: "${hex(random)}"`] : []),
    ...(kind === 'post' ? ['Content-Type: application/json', `Content-Length: ${body.length}`] : []),
  ];
  const wanted = set.requestBytes * (0.9 + random.below(200) / 1000);
  const missing = Math.floor(wanted - body.length - fields.join('\r\n').length - '\r\nCookie: session=\r\n\r\n'.length);
  if (missing > 0) fields.push(`Cookie: session=${token(missing, random)}`);
  return messageWithId(`${fields.join('\r\n')}\r\n\r\n`, body);
}

function response(set: TrafficSet, kind: ExchangeKind, close: boolean, random: Random): Buffer {
  const size = Math.floor(set.responseBytes * (0.8 + random.below(400) / 1000));
  const hasBody = kind === 'get' || kind === 'chunked' || kind === 'post';
  const body = hasBody ? json(size, random) : '';
  const fields = [
    `HTTP/1.1 ${STATUS[kind]}`,
    'Date: Mon, 01 Sep 2025 08:00:00 GMT',
    'Server: nginx/1.26.2',
    ...(kind === 'not-modified' ? [`ETag: "${hex(random)}"`] : []),
    ...(hasBody || kind === 'head' ? ['Content-Type: application/json; charset=utf-8', 'Vary: Accept-Encoding'] : []),
    ...(kind === 'chunked' ? ['Transfer-Encoding: chunked'] : []),
    // What GET would have returned (RFC 9110 8.6), no body follows.
    ...(kind === 'head' ? [`Content-Length: ${size}`] : []),
    ...(kind === 'get' || kind === 'post' ? [`Content-Length: ${body.length}`] : []),
    ...(close ? ['Connection: close'] : ['Connection: keep-alive', `Keep-Alive: timeout=${set.idleTimeout / 1e6}`]),
    'X-Request-Id: {id}',
  ];
  return messageWithId(`${fields.join('\r\n')}\r\n\r\n`, kind === 'chunked' ? chunked(body, random) : body);
}

/** Fills in room for the id at an even offset, zeroed. */
function messageWithId(head: string, body: string): Buffer {
  const at = head.indexOf('{id}');
  const id = `${at % 2 === 0 ? '' : 'r'}${'\0'.repeat(ID_DIGITS)}`;
  return Buffer.from(head.replace('{id}', id) + body, 'latin1');
}

function chunked(body: string, random: Random): string {
  const chunks: string[] = [];
  for (let at = 0; at < body.length; ) {
    const chunk = body.slice(at, at + random.between(100, 8192));
    chunks.push(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    at += chunk.length;
  }
  return `${chunks.join('')}0\r\n\r\n`;
}

/** JSON text of exactly `length` characters (20 or more). */
function json(length: number, random: Random): string {
  const parts: string[] = [];
  let rest = length - '{"items":[],"pad":""}'.length;
  while (rest > 120) {
    const item = `{"id":"${hex(random)}","price":${random.below(100_000)},"name":"${token(random.between(4, 24), random)}"}`;
    parts.push(item);
    rest -= item.length + 1;
  }
  // The last item has no comma behind it: one character more for the padding.
  if (parts.length > 0) rest++;
  return `{"items":[${parts.join(',')}],"pad":"${token(Math.max(0, rest), random)}"}`;
}

function token(length: number, random: Random): string {
  let text = '';
  while (text.length < length) text += random.next().toString(36);
  return text.slice(0, length);
}

function hex(random: Random): string {
  return random.next().toString(16).padStart(8, '0');
}

function pick<T>(choices: readonly T[], random: Random): T {
  return choices[random.below(choices.length)]!;
}

class Pool {
  readonly #parts: Buffer[] = [];
  readonly #start: number[] = [];
  readonly #length: number[] = [];
  readonly #idAt: number[] = [];
  #size = 0;

  add(message: Buffer): number {
    this.#start.push(this.#size);
    this.#length.push(message.length);
    this.#idAt.push(message.indexOf(0));
    this.#parts.push(message, Buffer.alloc(message.length % 2));
    this.#size += message.length + (message.length % 2);
    return this.#start.length - 1;
  }

  finish(): Pick<Messages, 'bytes' | 'sums' | 'start' | 'length' | 'idAt'> {
    const bytes = Buffer.concat(this.#parts);
    const sums = new Uint16Array(bytes.length / 2 + 1);
    for (let i = 0; i * 2 < bytes.length; i++) sums[i + 1] = (sums[i]! + bytes.readUInt16BE(i * 2)) % 0xffff;
    return {
      bytes,
      sums,
      start: Int32Array.from(this.#start),
      length: Int32Array.from(this.#length),
      idAt: Int32Array.from(this.#idAt),
    };
  }
}
