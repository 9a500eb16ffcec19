// Reads the HTTP cases of fixtures/messages/*.md (their README says how they are written) and replays them.
import { readdirSync, readFileSync } from 'node:fs';
import { ExchangePool, type Message } from '../http/exchange.ts';
import { HttpConnection } from '../http/http-connection.ts';
import { FIN } from '../wire/segment.ts';
import { Rig, type Side } from './tcp-rig.ts';

export interface Block {
  readonly side: Side;
  readonly bytes: Buffer;
  /** What the sender had of the other side's blocks before it: not the last one when the two crossed. */
  readonly crossing: boolean;
  /** A FIN follows. */
  readonly fin: boolean;
  /** Sent, but missing from the capture. */
  readonly lost: boolean;
}

export interface MessageCase {
  readonly title: string;
  readonly blocks: readonly Block[];
  /** The case is about its own segments: other ones would be another case. */
  readonly asWritten: boolean;
  readonly snaplen: number;
  readonly handshake: boolean;
  readonly protocol: string;
  /** The rows of the table, cells joined by ` | `. */
  readonly expected: readonly string[];
}

export function messageCases(
  folder: string,
): readonly { readonly file: string; readonly cases: readonly MessageCase[] }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .sort()
    .map((file) => ({ file, cases: casesOf(readFileSync(`${folder}/${file}`, 'utf8')) }));
}

function casesOf(text: string): MessageCase[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const blocks = [...section.matchAll(/^```(client|server)(.*)\n((?:.*\n)*?)```$/gm)].map(
        ([, who, words, body]): Block => ({
          side: who === 'client' ? 'C' : 'S',
          bytes: bytesOf(body!),
          crossing: /\bcrossing\b/.test(words!),
          fin: /\bFIN\b/.test(words!),
          lost: /\blost\b/.test(words!),
        }),
      );
      const rows = section.split('\n').filter((line) => line.startsWith('|'));
      return {
        title: section.slice(0, section.indexOf('\n')),
        blocks,
        asWritten: /^Segments as written\.$/m.test(section),
        snaplen: Number(/^Snaplen (\d+)\.$/m.exec(section)?.[1] ?? Number.POSITIVE_INFINITY),
        handshake: !/^No handshake\.$/m.test(section),
        protocol: /^Protocol: (\S+)$/m.exec(section)?.[1] ?? 'http/1',
        expected: rows.slice(2).map((row) =>
          row
            .replaceAll('`', '')
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim())
            .join(' | '),
        ),
      };
    });
}

/** The bytes of a block: its lines without their ends, escapes replaced, `{a*3}` repeated. */
function bytesOf(body: string): Buffer {
  const text = body
    .replaceAll('\n', '')
    .replace(/\{(.+?)\*(\d+)\}/g, (_, piece: string, times: string) => piece.repeat(Number(times)))
    .replace(/\\(?:x([0-9a-f]{2})|([rnt0\\]))/g, (_, hex: string | undefined, letter: string) =>
      hex !== undefined
        ? String.fromCharCode(Number.parseInt(hex, 16))
        : { r: '\r', n: '\n', t: '\t', 0: '\0', '\\': '\\' }[letter]!,
    );
  return Buffer.from(text, 'latin1');
}

/** How a block of so many bytes is cut: the lengths of its segments. `before`: bytes of the blocks before it. */
export type Cut = (length: number, before: number) => readonly number[];

export interface Outcome {
  readonly protocol: string;
  readonly rows: readonly string[];
  /** Where the complete messages begin and end, as offsets into their streams. */
  readonly places: readonly string[];
}

/** One record for all replays: that it is as new each time is part of what is tested. */
const pool = new ExchangePool();
const http = new HttpConnection(true, pool);

const rig = new Rig({ sinkFor: (connection) => http.begin(connection) });

/** Plays the blocks in segments, in their order, and says what messages came out. */
export function replay(message: MessageCase, cut: Cut): Outcome {
  rig.clientPort++;
  if (message.handshake) rig.handshake();
  for (const play of plays(rig, message, cut)) play();
  rig.table.finish();
  return outcomeOf(http, rig);
}

/** Plays all cases at once on one table, their segments taking turns. */
export function replayTogether(messages: readonly MessageCase[], cut: Cut): readonly Outcome[] {
  const connections = new Map<number, HttpConnection>();
  const rig = new Rig({
    sinkFor: (connection) => {
      const sink = new HttpConnection(true, pool).begin(connection);
      connections.set(connection.sourcePort === 80 ? connection.destinationPort : connection.sourcePort, sink);
      return sink;
    },
  });
  const waiting = messages.map((message, index) => {
    rig.clientPort = 1000 + index;
    if (message.handshake) rig.handshake();
    return { port: rig.clientPort, plays: [...plays(rig, message, cut)] };
  });
  while (waiting.some((connection) => connection.plays.length > 0)) {
    for (const { port, plays } of waiting) {
      rig.clientPort = port;
      plays.shift()?.();
    }
  }
  rig.table.finish();
  return messages.map((_, index) => outcomeOf(connections.get(1000 + index)!, rig));
}

/** The segments of a case, each as a function that sends it. */
function* plays(rig: Rig, message: MessageCase, cut: Cut): Generator<() => void> {
  const sent = { C: 0, S: 0 };
  let before = 0;
  let previous = { C: 0, S: 0 };
  for (const block of message.blocks) {
    const other = block.side === 'C' ? 'S' : 'C';
    const ack = block.crossing ? previous[other] : sent[other];
    previous = { ...sent };
    let from = 0;
    for (const length of cut(block.bytes.length, before)) {
      const bytes = block.bytes.subarray(from, from + length);
      const at = sent[block.side] + from;
      if (!block.lost) yield () => void rig.send(block.side, { at, bytes, ack, captured: message.snaplen });
      from += length;
    }
    before += block.bytes.length;
    sent[block.side] += block.bytes.length;
    if (block.fin) {
      const at = sent[block.side]++;
      yield () => void rig.send(block.side, { at, ack, flags: FIN });
    }
  }
}

function outcomeOf(connection: HttpConnection, rig: Rig): Outcome {
  const rows = connection.exchanges.map(({ request, interim, response, uncertain }) => {
    const remarks = [
      request?.expectContinue ? 'expects 100' : '',
      request?.upgrade ? 'upgrade' : '',
      request?.close ? 'request closes' : '',
      response?.close ? 'response closes' : '',
      response && response.keepAliveTimeout >= 0 ? `timeout=${response.keepAliveTimeout}` : '',
      response && response.keepAliveMax >= 0 ? `max=${response.keepAliveMax}` : '',
      response && response.keepAliveTimeout >= 0 && !response.keepAliveListed ? 'not listed' : '',
      uncertain ? 'uncertain' : '',
    ];
    const target =
      request !== null && request.target.length > 40 ? `(${request.target.length} bytes)` : request?.target;
    return [
      request === null ? '–' : `${request.method} ${target} ${request.version}`,
      request === null ? '' : framingText(request),
      [...interim.map(({ status }) => status), response === null ? '–' : `${response.status} ${response.version}`].join(
        ', ',
      ),
      response === null ? '' : framingText(response),
      remarks.filter((remark) => remark !== '').join(', '),
    ].join(' | ');
  });
  const placeOf = (message: Message | null, start: number) =>
    message?.complete ? `${(message.start - start - 1) | 0}-${(message.end - start - 1) | 0}` : '';
  const places = connection.exchanges.map(
    ({ request, response }) => `${placeOf(request, rig.starts.C)} ${placeOf(response, rig.starts.S)}`,
  );
  return { protocol: connection.protocol, rows, places };
}

function framingText(message: Message): string {
  const of = message.framing === 'content-length' && !message.complete ? ` of ${message.contentLength}` : '';
  const count = message.framing === 'none' || message.framing === 'tunnel' ? '' : ` ${message.bodyBytes}${of}`;
  const lost = message.lostBytes > 0 ? `, ${message.lostBytes} lost` : '';
  return `${message.framing}${count}${lost}${message.complete ? '' : ', unfinished'}`;
}
