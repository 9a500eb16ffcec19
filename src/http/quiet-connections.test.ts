// A connection must come out the same whether it was a row for a while or never. So every conversation is read twice,
// with the quiet lane and without, and broken off behind each of its frames: then whatever is a row is woken there.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Timeline } from '../base/timeline.ts';
import { FRAME, NEED_BYTES } from '../capture/frame-reader.ts';
import { openCapture } from '../capture/open-capture.ts';
import { buildHistory } from '../history/build-history.ts';
import { endpointOf } from '../history/endpoint.ts';
import { endedInOrder, OrderlyConnection } from '../history/orderly.ts';
import { RULES } from '../rules/catalogue.ts';
import type { Connection } from '../tcp/connection.ts';
import { ConnectionTable } from '../tcp/connection-table.ts';
import { byteSource } from '../testing/capture-builder.ts';
import { captureOf } from '../testing/conversation.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { type Packet, pcapOf } from '../testing/transform-capture.ts';
import { packetsOf } from '../testing/wire-captures.ts';
import { decodeFrame } from '../wire/decode.ts';
import { Segment, TCP } from '../wire/segment.ts';
import { ExchangePool } from './exchange.ts';
import { HttpConnection } from './http-connection.ts';
import type { ConnectionObserver, RequestObserver } from './observer.ts';
import { QuietConnections } from './quiet-connections.ts';

interface Reading {
  readonly histories: readonly object[];
  /** What was left of the connections that ended in order. */
  readonly orderly: readonly object[];
  readonly streams: readonly number[];
  /** What the observer was told. */
  readonly told: readonly unknown[];
  /** How many of the connections were rows at the end, or until they ended. */
  readonly quiet: number;
}

/** Reads the first `frames` frames of a capture. */
async function read(capture: Buffer, isLaneOpen: boolean, frames: number): Promise<Reading> {
  const timeline = new Timeline();
  const reader = await openCapture(byteSource(capture), 'test.pcap', timeline, 0);
  const pool = new ExchangePool();
  const histories: object[] = [];
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
  const quietLane = new QuietConnections({
    httpFor,
    observer,
    requestObserver,
    ended: (lane, place, closeTime) => {
      quiet++;
      record((observed) => observed.fillFromRow(lane, place, closeTime));
    },
  });
  const wake = quietLane.wake.bind(quietLane);
  let isFinished = false;
  quietLane.wake = (place, connection) => {
    if (isFinished) quiet++;
    wake(place, connection);
  };
  const table = new ConnectionTable({
    sinkFor: httpFor,
    isIgnored: () => false,
    isOver: (connection) => endedInOrder(connection, connection.sink as HttpConnection | null),
    ...(isLaneOpen && { quietLane }),
    retired: (connection) => {
      const http = connection.sink as HttpConnection | null;
      if (endedInOrder(connection, http)) {
        // Of a connection without HTTP nothing is left in either way.
        record((observed) => observed.fill(connection, http ?? new HttpConnection(false, pool)));
      } else {
        const history = buildHistory(connection, http, lastTime);
        histories.push(
          structuredClone({ ...history, exchanges: history.exchanges.map((exchange) => ({ ...exchange })) }),
        );
      }
    },
  });
  const segment = new Segment();
  for (let frame = 0; frame < frames; ) {
    const status = reader.next();
    if (status === NEED_BYTES) await reader.fill();
    else if (status !== FRAME) break;
    else {
      segment.frame = ++frame;
      if (!(reader.time < lastTime)) lastTime = reader.time;
      if (decodeFrame(reader, segment) === TCP) streams.push(table.receive(segment));
    }
  }
  isFinished = true;
  table.finish();
  return { histories, orderly, streams, told, quiet };
}

const LONGEST = 'x'.repeat(140);
const OPEN = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C ACK`;
const QUIET: Readonly<Record<string, string>> = {
  'one exchange': `${OPEN}
0.042  C GET /a agent=curl/8.5.0
0.081  S ACK
0.082  S 200 length=5 server=nginx/1.22.1 keep-alive=5
0.083  C ACK
1.000  C FIN
1.041  S FIN
1.042  C ACK`,
  'no exchange': `${OPEN}
1.000  C FIN
1.040  S ACK
1.041  S FIN
1.042  C ACK`,
  'several exchanges, targets of all lengths': `${OPEN}
0.042  C GET /first
0.082  S 200 length=5
1.042  C HEAD /${LONGEST}
1.082  S 200 length=5 sent=0
2.042  C PUT /a/${LONGEST}${LONGEST}
2.082  S 204
2.083  C ACK
4.042  C DELETE /b
4.082  S 304
4.083  C ACK
5.000  C FIN
5.041  S FIN`,
  'bodies over several segments': `${OPEN}
0.042  C POST /a length=3000 sent=1000
0.043  C data=1000
0.081  S ACK
0.082  C data=1000
0.122  S ACK
0.130  S 200 length=4000 sent=1000
0.131  S data=1000
0.132  C ACK
0.133  S data=2000
0.134  C ACK
0.500  C GET /b
0.540  S 200 length=10
0.541  C FIN
0.581  S FIN`,
  'chunked bodies': String.raw`${OPEN}
0.042  C raw="POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
0.043  C raw="6;x=y\r\n world\r\n"
0.044  C raw="0\r\n\r\n"
0.082  S raw="HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
0.083  S raw="a\r\n01234"
0.084  C ACK
0.085  S raw="56789\r\n"
0.086  S raw="0\r\nTrailer: a\r\n"
0.087  S raw="\r\n"
0.088  C ACK
1.000  C FIN
1.040  S FIN`,
  'HTTP/1.0, and a response that ends with the connection': `${OPEN}
0.042  C GET /a http1.0 keep-alive
0.082  S 200 unframed http1.0
0.083  S data=100
0.084  C ACK
0.090  S data=100
0.100  S FIN
0.101  C FIN`,
  'two connections side by side': `${OPEN}
0.041  C2 SYN
0.042  C GET /a
0.050  S2 SYN-ACK
0.051  C2 ACK
0.082  S 200 length=5
0.083  C2 GET /2
0.090  C ACK
0.100  S2 200 length=7 close
0.101  S2 FIN
0.102  C2 FIN
0.200  C FIN
0.240  S FIN`,
};

async function expectTheSame(capture: Buffer): Promise<{ quiet: number; frames: number }> {
  const whole = await read(capture, true, Infinity);
  const frames = whole.streams.length;
  const step = Math.max(1, Math.floor(frames / 30));
  for (let count = 1; count < frames + step; count += step) {
    const { quiet: _, ...withLane } = await read(capture, true, count);
    const { quiet: none, ...without } = await read(capture, false, count);
    expect(none).toBe(0);
    expect(withLane, `after ${count} frames`).toEqual(without);
  }
  return { quiet: whole.quiet, frames };
}

describe('a quiet connection', () => {
  test.each(Object.entries(QUIET))('%s', async (name, script) => {
    const { quiet } = await expectTheSame(captureOf(script));
    // The check would prove nothing if the lane took no part.
    const isWoken = /ends with the connection|side by side/.test(name);
    expect(quiet).toBe(name.includes('side by side') ? 1 : isWoken ? 0 : 1);
  });

  test('is woken by whatever comes twice, in another order, or with a RST', async () => {
    const lines = QUIET['bodies over several segments']!.trim().split('\n');
    for (let at = 1; at < lines.length; at++) {
      const side = / ([CS]\d?) /.exec(lines[at]!)![1];
      const time = lines[at]!.split(' ')[0]!;
      for (const event of ['again', 'RST-ACK', 'RST', 'PROBE']) {
        const script = [...lines.slice(0, at), `${time}  ${side} ${event}`, ...lines.slice(at)].join('\n');
        let capture: Buffer;
        try {
          capture = captureOf(script);
        } catch {
          continue;
        }
        await expectTheSame(capture);
      }
    }
  });
});

describe('sequence numbers that pass 2^32', () => {
  /** The capture with the client's sequence numbers moved by `shift`. */
  function moved(packets: readonly Packet[], shift: number): Packet[] {
    return packets.map(({ time, data, originalLength }) => {
      const copy = Buffer.from(data);
      // Its own number, or what the server acknowledges of it.
      const at = data.readUInt16BE(22) === 80 ? 24 : 28;
      copy.writeUInt32BE((data.readUInt32BE(at) + shift) % 2 ** 32, at);
      return { time, data: copy, originalLength };
    });
  }

  test.each(Object.entries(QUIET))('%s', async (_, script) => {
    const packets = packetsOf(captureOf(script));
    for (const number of new Set(packets.filter(({ data }) => data.readUInt16BE(22) === 80).map(sequenceOf))) {
      // The byte with this number is the last one before, or the first one behind.
      for (const place of [2 ** 32 - 1, 2 ** 32]) await expectTheSame(pcapOf(moved(packets, place - number)));
    }
  });
});

function sequenceOf({ data }: Packet): number {
  return data.readUInt32BE(24);
}

describe('other conversations', () => {
  test.each(RULES.map(({ documentation }) => [documentation.id, documentation.example]))('%s', async (_, example) => {
    await expectTheSame(captureOf(example));
  });

  test.each(Object.entries(HEALTHY_CONVERSATIONS))('%s', async (_, script) => {
    await expectTheSame(captureOf(script));
  });
});

const FOLDERS = ['fixtures/captures/lab/', 'fixtures/captures/signatures/'];
const LARGEST = 20_000;
const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.client\.pcap(ng)?$/.test(name))
    .map((name) => folder + name),
);

describe('real captures', () => {
  test.each(files.filter((file) => readFileSync(file).length < LARGEST))('%s', async (file) => {
    const { frames } = await expectTheSame(readFileSync(file));
    expect(frames).toBeGreaterThan(0);
  });
});
