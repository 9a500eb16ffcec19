// Inputs of the third kind: HTTP messages with boundary values in well-formed TCP, cut into segments anywhere.
import { ACK, FIN, PSH, RST, SYN } from '../src/wire/segment.ts';
import { few, pick, type Random } from './chance.ts';
import { type End, PacketWriter } from './packet-writer.ts';

const MILLISECOND = 1e6;

/** Two endpoints that follow TCP: numbers are right, whatever the bytes are. */
export class Talk {
  readonly #writer: PacketWriter;
  readonly #random: Random;
  readonly #client: End;
  readonly #server: End;
  #clientNext: number;
  #serverNext: number;
  /** Largest payload of a segment. */
  mss = 1460;

  constructor(writer: PacketWriter, random: Random, client: End, server: End) {
    this.#writer = writer;
    this.#random = random;
    this.#client = client;
    this.#server = server;
    // Now and then the numbers wrap soon.
    this.#clientNext = random.chance(0.3) ? -random.below(300) >>> 0 : random.next();
    this.#serverNext = random.chance(0.3) ? -random.below(300) >>> 0 : random.next();
  }

  handshake(): void {
    this.control(true, SYN);
    this.control(false, SYN | ACK);
    this.control(true, ACK);
  }

  /** A segment without payload. */
  control(byClient: boolean, flags: number): void {
    this.#put(byClient, flags, undefined);
    if ((flags & (SYN | FIN)) !== 0) this.#advance(byClient, 1);
  }

  /** `bytes` in segments; the other side acknowledges some of them. */
  say(byClient: boolean, bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const length = Math.min(bytes.length - at, this.mss);
      this.#put(byClient, ACK | PSH, bytes.subarray(at, at + length));
      this.#advance(byClient, length);
      at += length;
      if (this.#random.chance(0.3)) this.#put(!byClient, ACK, undefined);
    }
  }

  pause(milliseconds: number): void {
    this.#writer.time += milliseconds * MILLISECOND;
  }

  #put(byClient: boolean, flags: number, payload: Uint8Array | undefined): void {
    this.#writer.time += 1000 + this.#random.below(200_000);
    this.#writer.write({
      from: byClient ? this.#client : this.#server,
      to: byClient ? this.#server : this.#client,
      sequence: byClient ? this.#clientNext : this.#serverNext,
      acknowledgement: (flags & ACK) === 0 ? 0 : byClient ? this.#serverNext : this.#clientNext,
      flags,
      ...(payload && { payload }),
    });
  }

  #advance(byClient: boolean, by: number): void {
    if (byClient) this.#clientNext = (this.#clientNext + by) >>> 0;
    else this.#serverNext = (this.#serverNext + by) >>> 0;
  }
}

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE', 'PRI'];
const NASTY_METHODS = ['get', '', 'G\0T', 'X'.repeat(40), 'GET\t', '\x1b[2J', 'HTTP/1.1', 'M-SEARCH', 'ÄÖ'];
const TARGETS = ['/', '/a', '/a?b=c', '*', 'http://h/x', 'h:443', '/\x1b]0;x\x07', '/\u009b', '/%00', ''];
const STATUSES = [200, 200, 200, 200, 201, 204, 304, 404, 413, 500, 502, 503, 504, 100, 101, 103, 408, 421, 425];
const NASTY_STATUSES = ['0', '99', '600', '1000', '-1', '20', '2x0', '000', '', '999'];
const VERSIONS = ['1.1', '1.1', '1.1', '1.1', '1.1', '1.0'];
const NASTY_VERSIONS = ['0.9', '2.0', '1.2', '1.', '11', '1.1 ', '9.9', ''];
const NASTY_LENGTHS = [
  '-1',
  '+5',
  '5,5',
  '5, 6',
  '0x10',
  '00000000000000000005',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551616',
  '9'.repeat(400),
  '',
  ' 5',
  '5 ',
  '5\t',
  '5;',
  '1e3',
  'NaN',
];
const FIELDS = [
  'Connection: close',
  'Connection: keep-alive',
  'Connection: Keep-Alive, close',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Keep-Alive: timeout=5',
  'Keep-Alive: timeout=5, max=100',
  'Keep-Alive: timeout=0, max=0',
  'Keep-Alive: timeout=4294967296',
  'Keep-Alive: timeout=9999999999999999999999',
  'Keep-Alive: timeout=-1',
  'Keep-Alive: timeout=1e309',
  'Keep-Alive: =,=;;=,,',
  'Server: nginx/1.22.1',
  `Server: ${'s'.repeat(9000)}`,
  'Server: \x1b[31mred\x07\u0085',
  'User-Agent: node',
  'User-Agent: \xff\xfe\x00',
  'Host: h',
  'Host: \x1b]52;c;QQ==\x07',
  'Expect: 100-continue',
  'Trailer: X',
  'Content-Type: multipart/byteranges; boundary=x',
  ' folded: continuation',
  '\tfolded',
  ': no name',
  'no colon',
  'Space before : x',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding: xchunked',
  'TE: trailers',
  'Date: Mon, 01 Sep 2025 08:00:00 GMT',
];
const SAFE_FIELDS = [
  'Host: h',
  'Server: nginx/1.22.1',
  'User-Agent: node',
  'X: y',
  'Date: Mon, 01 Sep 2025 08:00:00 GMT',
];

/** A message, and whether it is what RFC 9112 allows. */
class Messages {
  readonly #random: Random;
  readonly #nasty: number;

  /** `nasty`: how likely each part of a message is one that the standard forbids. */
  constructor(random: Random, nasty: number) {
    this.#random = random;
    this.#nasty = nasty;
  }

  exchange(): { request: Buffer; response: Buffer; method: string } {
    const random = this.#random;
    const method = this.#is()
      ? pick(NASTY_METHODS, random)
      : this.#nasty > 0
        ? pick(METHODS, random)
        : pick(METHODS.slice(0, 9), random);
    const target = this.#nasty > 0 ? pick(TARGETS, random) : `/${random.below(1000)}`;
    const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
    const request = this.#message(`${method} ${target} HTTP/${this.#version()}`, hasBody, true);
    return { request, response: this.response(method), method };
  }

  response(method: string): Buffer {
    const random = this.#random;
    const status = this.#is()
      ? pick(NASTY_STATUSES, random)
      : String(this.#nasty > 0 ? pick(STATUSES, random) : pick([200, 201, 204, 304, 404], random));
    const hasBody = method !== 'HEAD' && status !== '204' && status !== '304' && !/^1..$/.test(status);
    const interim = random.chance(0.05) ? Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n') : Buffer.alloc(0);
    return Buffer.concat([interim, this.#message(`HTTP/${this.#version()} ${status} OK`, hasBody, false)]);
  }

  #version(): string {
    if (this.#is()) return pick(NASTY_VERSIONS, this.#random);
    return this.#nasty > 0 ? pick(VERSIONS, this.#random) : '1.1';
  }

  #is(): boolean {
    return this.#random.chance(this.#nasty);
  }

  #message(startLine: string, hasBody: boolean, isRequest: boolean): Buffer {
    const random = this.#random;
    const lines = [startLine];
    for (let left = few(4, random); left > 0; left--) lines.push(pick(this.#nasty > 0 ? FIELDS : SAFE_FIELDS, random));
    let body = '';
    if (hasBody) {
      const content = 'b'.repeat(random.chance(0.2) ? 0 : few(3000, random));
      const kind = random.below(this.#nasty > 0 && !isRequest ? 8 : 7);
      if (kind < 4) {
        lines.push(`Content-Length: ${this.#is() ? pick(NASTY_LENGTHS, random) : content.length}`);
        if (this.#is()) lines.push(`content-length:${pick(NASTY_LENGTHS, random)}`);
        body = content;
      } else if (kind < 7) {
        lines.push('Transfer-Encoding: chunked');
        if (this.#is()) lines.push(`Content-Length: ${pick(NASTY_LENGTHS, random)}`);
        body = this.#chunked(content);
      } else body = content;
    } else if (!isRequest && random.chance(0.3)) lines.push('Content-Length: 0');
    if (this.#is()) body = body.slice(0, random.below(body.length + 1));
    const end = this.#is() ? pick(['\n', '\r', '\r\r\n', '\n\r', '\0\r\n'], random) : '\r\n';
    return Buffer.from(`${lines.join(end)}${end}${end}${body}`, 'latin1');
  }

  #chunked(content: string): string {
    const random = this.#random;
    const parts: string[] = [];
    for (let at = 0; at < content.length; ) {
      const length = few(content.length - at, random);
      let size = length.toString(16);
      if (this.#is())
        size = pick(['', '-1', '0x5', 'g', 'ffffffff', '80000000', 'f'.repeat(20), '0'.repeat(500) + size], random);
      const extension = random.chance(0.1) ? pick([';a=b', ';', ' ', '\t;x', `;${'e'.repeat(2000)}`], random) : '';
      parts.push(`${size}${extension}\r\n${content.slice(at, at + length)}${this.#is() ? '' : '\r\n'}`);
      at += length;
    }
    const trailer = random.chance(0.1) ? 'X-Trailer: y\r\n' : '';
    return `${parts.join('')}${this.#is() ? '' : `0\r\n${trailer}\r\n`}`;
  }
}

/** What changes only how the same bytes are cut must change nothing that is found: see `split-changes-report`. */
export interface HttpInput {
  readonly name: string;
  readonly files: readonly Buffer[];
  /** Nothing in it that leaves a reader a choice. */
  readonly wellFormed: boolean;
}

export function generatedHttp(random: Random): HttpInput {
  const wellFormed = random.chance(0.3);
  const messages = new Messages(random, wellFormed ? 0 : pick([0.02, 0.1, 0.3], random));
  const writer = new PacketWriter();
  const isMany = random.chance(0.02);
  const connections = isMany ? 100 : few(6, random);
  for (let i = 0; i < connections; i++) {
    const client = { host: 1 + random.below(3), port: 20_000 + i };
    const server = { host: 100 + random.below(2), port: pick([80, 8080, 443, 3000], random) };
    const talk = new Talk(writer, random, client, server);
    talk.mss = pick(isMany ? [536, 1460] : [1, 2, 3, 7, 50, 536, 1460, 1460, 60_000], random);
    converse(talk, messages, random, wellFormed);
  }
  return { name: wellFormed ? 'wellformed' : 'nasty', files: [writer.file()], wellFormed };
}

function converse(talk: Talk, messages: Messages, random: Random, wellFormed: boolean): void {
  if (wellFormed || random.chance(0.8)) talk.handshake();
  const exchanges = talk.mss < 10 ? few(4, random) : random.chance(0.01) ? 300 : few(12, random);
  for (let left = exchanges; left > 0; ) {
    const depth = Math.min(left, random.chance(0.2) ? few(8, random) : 1);
    const pipelined = Array.from({ length: depth }, () => messages.exchange());
    left -= depth;
    talk.say(true, Buffer.concat(pipelined.map(({ request }) => request)));
    talk.pause(random.below(30));
    if (random.chance(0.05)) break;
    talk.say(false, Buffer.concat(pipelined.map(({ response }) => response)));
    talk.pause(pick([0, 1, 5, 50, 1000, 5000, 65_000], random) + random.below(10));
  }
  switch (random.below(8)) {
    case 0:
      return;
    case 1:
      talk.control(random.chance(0.5), RST | ACK);
      return;
    case 2:
      // The server's close crosses a request.
      talk.control(false, FIN | ACK);
      talk.say(true, messages.exchange().request);
      talk.control(false, RST);
      return;
    case 3:
      // More than is owed.
      talk.say(false, messages.response('GET'));
      break;
  }
  const clientFirst = random.chance(0.5);
  talk.control(clientFirst, FIN | ACK);
  talk.control(!clientFirst, FIN | ACK);
  talk.control(clientFirst, ACK);
}
