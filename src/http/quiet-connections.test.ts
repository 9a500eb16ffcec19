// A connection must come out the same whether it was a row for a while or never, and whether the kernel read its frames or
// was given decoded segments. So every conversation is read in three ways, and broken off behind each of its frames: then
// whatever is a row is woken there.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyze } from '../analyze.ts';
import { RULES } from '../rules/catalogue.ts';
import { copyOf } from '../rules/finding.ts';
import { byteSource, type Order, PcapngBuilder, pcapFile } from '../testing/capture-builder.ts';
import { captureOf } from '../testing/conversation.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { readQuietly } from '../testing/read-quietly.ts';
import { ethernetOf, overIpv6, type Packet, pcapOf } from '../testing/transform-capture.ts';
import { packetsOf } from '../testing/wire-captures.ts';

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

async function expectTheSame(
  capture: Buffer,
  maxOpen: number | null = null,
): Promise<{ quiet: number; frames: number; taken: number; takenFromRecords: number; closedRows: number }> {
  const whole = await readQuietly(capture, 'kernel', Infinity, maxOpen);
  const { frames, closedRows } = whole;
  const step = Math.max(1, Math.floor(frames / 30));
  for (let count = 1; count < frames + step; count += step) {
    const { quiet: none, closedRows: _, ...without } = await readQuietly(capture, 'without', count, maxOpen);
    const { quiet: some, closedRows: __, ...decoded } = await readQuietly(capture, 'decoded', count, maxOpen);
    const {
      quiet: same,
      streams,
      taken: ___,
      closedRows: ____,
      ...taken
    } = await readQuietly(capture, 'kernel', count, maxOpen);
    expect(none).toBe(0);
    expect(decoded, `after ${count} frames`).toEqual(without);
    expect(taken, `after ${count} frames`).toEqual({ ...without, streams: undefined, taken: undefined });
    expect(same).toBe(some);
    expect(streams.length).toBeLessThanOrEqual(without.streams.length);
  }
  return {
    quiet: whole.quiet,
    frames,
    taken: frames - whole.streams.length,
    takenFromRecords: whole.taken,
    closedRows,
  };
}

describe('a quiet connection', () => {
  test.each(Object.entries(QUIET))('%s', async (name, script) => {
    const { quiet, frames, taken } = await expectTheSame(captureOf(script));
    // The check would prove nothing if the lane took no part.
    const isWoken = name.includes('ends with the connection');
    expect(quiet).toBe(name.includes('side by side') ? 2 : isWoken ? 0 : 1);
    // The first frame after each half second goes the ordinary way: then it is looked at what has been closed for long.
    if (!isWoken) expect(taken).toBeGreaterThanOrEqual(Math.floor(frames / 2));
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

/** Ends other than the client's FIN and then the server's; with how many of its rows are closed, and can be judged as they are. */
const CLOSED: Readonly<Record<string, readonly [ending: string, rows: number]>> = {
  "the server's FIN": ['2.0  S FIN\n2.001  C FIN\n2.041  S ACK', 1],
  "the server's FIN, acknowledged before the client's": ['2.0  S FIN\n2.001  C ACK\n2.5  C FIN\n2.541  S ACK', 1],
  'the FIN of a server that has no acknowledgement of its response yet': [
    '1.0  C GET /b\n1.04  S 200 length=5\n1.1  S FIN\n1.2  C ACK\n1.3  C FIN\n1.4  S ACK',
    1,
  ],
  'an announced close': ['1.0  C GET /b\n1.04  S 200 length=5 close\n1.041  S FIN\n1.05  C FIN\n1.06  S ACK', 1],
  'a close that the client announced': ['1.0  C GET /b close\n1.04  S 200 length=5\n1.041  S FIN\n1.05  C FIN', 1],
  'an announced close that the client comes before': [
    '1.0  C GET /b\n1.04  S 200 length=5 close\n1.041  C FIN\n1.08  S FIN\n1.081  C ACK',
    1,
  ],
  'FINs that cross': ['2.0  S FIN\n2.001  C FIN crossing\n2.041  S ACK\n2.042  C ACK', 0],
  'FINs that cross, the client first': ['2.0  C FIN\n2.001  S FIN crossing\n2.041  S ACK\n2.042  C ACK', 0],
  "the client's RST": ['2.0  C RST-ACK', 1],
  "the client's RST, without an acknowledgement number": ['2.0  C RST', 1],
  "the client's RST at once": ['1.0  C GET /b\n1.04  S 200 length=5\n1.041  C RST-ACK', 1],
  "the server's RST": ['2.0  S RST-ACK', 1],
  "the server's RST, before it has an acknowledgement of its response": [
    '1.0  C GET /b\n1.04  S 200 length=5\n1.041  S RST-ACK\n1.05  C ACK',
    1,
  ],
  'a RST that the server does not know of when it closes': ['2.0  C RST-ACK\n2.001  S FIN crossing', 1],
};
const UNUSED: Readonly<Record<string, string>> = {
  "an unused connection's first FIN is the server's": '2.0  S FIN\n2.001  C FIN\n2.041  S ACK',
  'an unused connection ends with a RST': '2.0  C RST-ACK',
};

describe('a connection that is closed by', () => {
  const USED = `${OPEN}
0.042  C GET /a agent=curl/8.5.0
0.082  S 200 length=5 server=nginx/1.22.1 keep-alive=5
0.083  C ACK
`;
  /** Behind it comes another one, late enough that nothing is awaited of the first by then. */
  const LATER = `
30.000  C2 SYN
30.040  S2 SYN-ACK
30.041  C2 ACK
30.042  C2 GET /later
30.082  S2 200 length=5
31.000  C2 FIN
31.041  S2 FIN`;

  test.each(Object.entries(CLOSED))('%s', async (_, [ending, rows]) => {
    for (const later of ['', LATER]) {
      const capture = captureOf(`${USED}${ending}${later}`);
      const { closedRows } = await expectTheSame(capture);
      expect(closedRows).toBe(rows);
      const packets = packetsOf(capture);
      for (let count = 1; count <= packets.length; count++) await expectTheSameReports(packets.slice(0, count));
      await expectTheSame(pcapOf(overIpv6(packets)));
    }
  });

  test.each(Object.entries(CLOSED))('%s, and is not left alone', async (_, [ending]) => {
    for (const event of ['FIN', 'ACK', 'RST', 'RST-ACK', 'PROBE', 'again', 'SYN', 'GET /c', '200 length=3', 'data=1']) {
      for (const side of ['C', 'S']) {
        let capture: Buffer;
        try {
          capture = captureOf(`${USED}${ending}\n3.000  ${side} ${event}${LATER}`);
        } catch {
          continue;
        }
        await expectTheSame(capture);
        await expectTheSameReports(packetsOf(capture));
      }
    }
  });

  test.each(Object.entries(UNUSED))('%s', async (_, ending) => {
    const capture = captureOf(`${OPEN}\n${ending}${LATER}`);
    const { quiet } = await expectTheSame(capture);
    expect(quiet).toBe(1);
    await expectTheSameReports(packetsOf(capture));
  });
});

describe('a 4-tuple that is used again at once', () => {
  const ONCE = `
0.000  C SYN
0.001  S SYN-ACK
0.002  C ACK
0.003  C GET /a
0.004  S 200 length=5
0.005  C ACK
0.006  C FIN
0.007  S FIN
0.008  C ACK`;
  const later = (packets: readonly Packet[], milliseconds: number) =>
    packets.map((packet) => ({ ...packet, time: packet.time + BigInt(milliseconds) * 1_000_000n }));
  const once = packetsOf(captureOf(ONCE));
  const [syn, lastFin, lastAck] = [once[0]!, once.at(-2)!, once.at(-1)!];

  test.each<[string, readonly Packet[], number]>([
    ['three times', [once, later(once, 20), later(once, 40)].flat(), 3],
    // Late segments belong to the connection that is over.
    ['after late segments', [...once, ...later([lastAck, lastFin, lastAck], 10), ...later(once, 20)], 2],
    ['before the last acknowledgement', [...once.slice(0, -1), ...later([syn, lastAck], 10)], 1],
    ['after a RST', [...once, ...later([rst(lastAck), syn], 10)], 2],
    ['beside many others', Array.from({ length: 300 }, (_, n) => later(fromPort(once, n % 200), n % 50)).flat(), 300],
  ])('%s', async (_, packets, connections) => {
    for (const capture of [pcapOf(packets), pcapOf(overIpv6(packets))]) {
      const { quiet, taken, frames } = await expectTheSame(capture);
      expect(quiet).toBe(connections);
      // All but the first frame of the capture, and that of each connection whose predecessor is known.
      expect(taken).toBeGreaterThanOrEqual(frames - connections - 2);
    }
  });

  test('with bytes in its SYN, or a FIN that does not have all of the response', async () => {
    const greedy = ONCE.replace('C FIN', 'C FIN crossing').replace('0.005  C ACK\n', '');
    const { quiet, closedRows } = await expectTheSame(captureOf(greedy));
    expect(quiet).toBe(1);
    expect(closedRows).toBe(1);
    const { data } = syn;
    const withBytes = Buffer.concat([data, Buffer.from('GET /early HTTP/1.1\r\n\r\n')]);
    withBytes.writeUInt16BE(withBytes.length, 2);
    await expectTheSame(pcapOf([{ ...syn, data: withBytes, originalLength: withBytes.length }, ...once.slice(1)]));
  });

  test('while more are open than the table first had room for, or than may be', async () => {
    const opened = Array.from({ length: 4200 }, (_, n) => later(fromPort([syn], n), n % 400)).flat();
    expect((await expectTheSame(pcapOf(opened))).quiet).toBe(4200);
    // Three of each of the 64 partitions.
    const some = opened.slice(0, 600);
    expect((await expectTheSame(pcapOf(some), 3)).quiet).toBeLessThan(600);
  });

  function rst({ time, data, originalLength }: Packet): Packet {
    const copy = Buffer.from(data);
    copy[33] = 0x04;
    return { time, data: copy, originalLength };
  }

  function fromPort(packets: readonly Packet[], port: number): Packet[] {
    return packets.map(({ time, data, originalLength }) => {
      const copy = Buffer.from(data);
      copy.writeUInt16BE(10_000 + port, data.readUInt16BE(20) === 80 ? 22 : 20);
      return { time, data: copy, originalLength };
    });
  }
});

/** Field lines as they come and as nobody should write them: of each, the kernel must read what fields.ts reads, or nothing. */
const LINES = [
  ...[
    '5',
    ' 5',
    '5 \\x09',
    '\\x095',
    '005',
    '5, 5',
    '5,6',
    '+5',
    '-1',
    '5x',
    '',
    '123456789012345',
    '1234567890123456',
  ].map((value) => `Content-Length:${value}`),
  'content-length: 5',
  'CONTENT-LENGTH: 5',
  ...[
    'Content-Length : 5',
    'Connection\\x09: close',
    'Transfer-Encoding : chunked',
    'Keep-Alive : timeout=5',
    'Server : a',
  ],
  ...['Content-Length 5', 'Connection x: close', 'Keep-Alived: timeout=5'],
  'Content-Lengthy: 7',
  'Content-Length: 5\\r\\nContent-Length: 5',
  'Content-Length: 5\\r\\nContent-Length: 6',
  ...['keep-alive', 'Keep-Alive ', ' close', 'close, TE', 'upgrade', 'Keep-Alive, Upgrade', 'closed', ''].map(
    (value) => `Connection: ${value}`,
  ),
  'connection:close',
  'Connection: keep-alive\\r\\nConnection: close',
  'Proxy-Connection: close',
  ...[
    'timeout=5',
    'timeout=5, max=100',
    'timeout=5,max=99 ',
    'max=100, timeout=5',
    'Timeout=5',
    'timeout=5; max=1',
  ].map((value) => `Keep-Alive: ${value}`),
  ...['300', 'timeout=', 'timeout=1234567890', 'timeout="5"', 'timeout=5, max=', 'timeout=5x'].map(
    (value) => `Keep-Alive: ${value}`,
  ),
  ...[
    'chunked',
    'CHUNKED',
    ' chunked ',
    'gzip, chunked',
    'gzip',
    'chunkedx',
    'chunked,',
    ' , chunked',
    ',',
    '',
    'identity',
  ].map((value) => `Transfer-Encoding: ${value}`),
  'Transfer-Encoding: chunked\\r\\nContent-Length: 3',
  'Transfer-Encoding: identity\\r\\nContent-Length: 3',
  ...['', 'chunked', 'gzip', 'identity'].map((value) => `Transfer-Encoding: chunked\\r\\nTransfer-Encoding: ${value}`),
  'Expect: 100-continue',
  'Expected: nothing',
  'Upgrade: h2c',
  'Upgrade-Insecure-Requests: 1',
  ...['abc', ' abc ', '', '\\x09'].map((value) => `X-Request-Id:${value}`),
  'X-Request-Identity: abc',
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'traceparent: 00-short',
  ...['curl/8.5.0', ' curl/8.5.0\\x09', '', ' ', 'na\\xefve'].map((value) => `User-Agent:${value}`),
  'User-Agents: none',
  'Host: a.example',
  'host:',
  'Hosts: none',
  'Server: nginx/1.22.1',
  'server:Apache',
  'Serverless: yes',
  'a',
  'abcd',
  'cont',
  ': 5',
  ' Content-Length: 6',
  // Folded.
  'X: y\\r\\n Content-Length: 6',
  'X: y\\r\\n\\x09z',
  ...['Content-Length:', 'Content-Length: 1', 'Transfer-Encoding:', 'Connection:', 'Keep-Alive:', 'Server: a'].flatMap(
    (line) => [' 5', '\\x09chunked', '  close ', ' timeout=5', ' '].map((more) => `${line}\\r\\n${more}`),
  ),
  'X: ' + 'y'.repeat(300),
];

describe('a head', () => {
  const request = (lines: string) => `"GET /a HTTP/1.1\\r\\n${lines}\\r\\n"`;
  const response = (lines: string) => `"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n${lines}\\r\\n"`;
  const script = (lines: string) =>
    [
      OPEN,
      ...[1, 2, 3, 4].map((second) => {
        const ask = second === 4 ? request(lines) : request('Host: b\\r\\n');
        return `${second}.042  C raw=${ask}\n${second}.082  S raw=${response(second >= 3 ? lines : '')}\n${second}.083  C ACK`;
      }),
    ].join('\n');

  test.each(LINES)('with the line %j', async (line) => {
    await expectTheSame(captureOf(script(`${line}\\r\\n`)));
    // As the first request of its connection, and with bare line feeds.
    await expectTheSame(
      captureOf(`${OPEN}\n0.042  C raw=${request(`${line}\\n`)}\n0.082  S 200 length=3\n0.083  C ACK`),
    );
  });

  test.each([
    'PROXY TCP4 192.0.2.1 192.0.2.2 56324 80\\r\\n',
    '\\r\\n\\r\\n\\x00\\r\\nQUIT\\n\\x21\\x11\\x00\\x02\\r\\n',
    '\\r\\n',
  ])('behind %j', async (first) => {
    const get = 'GET /a HTTP/1.1\\r\\nHost: b\\r\\n\\r\\n';
    for (const segments of [`C raw="${first}${get}"`, `C raw="${first}"\n0.043  C raw="${get}"`]) {
      await expectTheSame(captureOf(`${OPEN}\n0.042  ${segments}\n0.082  S 200 length=3\n0.083  C ACK`));
    }
  });

  test('of any length, with lines of any length', async () => {
    for (let length = 1; length < 200; length += 3) {
      const filler = `X: ${'z'.repeat(length)}\\r\\n`;
      await expectTheSame(captureOf(script(`${filler}Connection: keep-alive\\r\\nY: 1\\r\\n${filler}`)));
    }
  });

  test('with names of any length, more than are remembered, and some again and again', async () => {
    const events = Array.from({ length: 300 }, (_, i) => {
      const time = i * 0.01;
      const name = i % 3 === 0 ? 'again/1.0' : `n${i}-${'x'.repeat(i % 50 === 1 ? 1000 + i : i % 70)}`;
      const side = i + 1;
      return [
        `${time.toFixed(3)}  C${side} SYN`,
        `${(time + 0.001).toFixed(3)}  S${side} SYN-ACK`,
        `${(time + 0.002).toFixed(3)}  C${side} GET /a agent=${name}`,
        `${(time + 0.003).toFixed(3)}  S${side} 200 length=3 server=s-${name}`,
        `${(time + 0.004).toFixed(3)}  C${side} FIN`,
        `${(time + 0.005).toFixed(3)}  S${side} FIN`,
      ].join('\n');
    });
    const { quiet } = await expectTheSame(captureOf(events.join('\n')));
    expect(quiet).toBe(300);
  });

  test('with a target of any length', async () => {
    for (const length of [1, 2, 3, 4, 5, 15, 16, 17, 127, 128, 129, 130, 131, 132, 133, 134, 300, 8191, 8192, 8193]) {
      const target = `/${'t'.repeat(length - 1)}`;
      const events = [1, 2, 3].map((second) => `${second}.0  C GET ${target}\n${second}.1  S 200 length=3`);
      await expectTheSame(captureOf(`${OPEN}\n${events.join('\n')}\n3.2  C ACK`));
    }
  });

  test.each([
    'GET /a HTTP/1.1',
    'GET  /a  HTTP/1.1',
    'GET / HTTP/1.1',
    'GET /a HTTP/1.0',
    'GET /a HTTP/1.9',
    'GET /a HTTP/2.0',
    'GET /a',
    'GET /a b HTTP/1.1',
    'GETS /a HTTP/1.1',
    'PATCH /a HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'DELETE /a HTTP/1.1',
    'TRACE /a HTTP/1.1',
    'CONNECT a:1 HTTP/1.1',
    'get /a HTTP/1.1',
    'GET http://a/b HTTP/1.1',
    'GET /a HTTP/1.1 ',
    'GET /a HTTP/1.0\\x09',
  ])('with the request line %j', async (line) => {
    await expectTheSame(
      captureOf(`${OPEN}
0.042  C GET /first
0.082  S 200 length=5
1.042  C raw="${line}\\r\\nHost: a\\r\\n\\r\\n"
1.082  S 200 length=5
1.083  C ACK`),
    );
  });

  test.each([
    'HTTP/1.1 200 OK',
    'HTTP/1.1 200',
    'HTTP/1.1 200 ',
    'HTTP/1.0 200 OK',
    'HTTP/1.1 100 Continue',
    'HTTP/1.1 101 Switching Protocols',
    'HTTP/1.1 204 No Content',
    'HTTP/1.1 205 Reset Content',
    'HTTP/1.1 304 Not Modified',
    'HTTP/1.1 502 Bad Gateway',
    'HTTP/1.1 999 What',
    'HTTP/1.1 099 What',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1\\x09200 OK',
    'HTTP/1.1 200\\x09OK',
    'HTTP/2.0 200 OK',
    'http/1.1 200 OK',
  ])('with the status line %j', async (line) => {
    for (const method of ['GET', 'HEAD']) {
      for (const fields of ['Content-Length: 3\\r\\n', '']) {
        await expectTheSame(
          captureOf(`${OPEN}
0.042  C ${method} /a
0.082  S raw="${line}\\r\\n${fields}\\r\\n${method === 'GET' ? 'abc' : ''}"
0.083  C ACK
1.042  C GET /b
1.082  S 200 length=5
1.083  C ACK`),
        );
      }
    }
  });
});

describe('a response that only the next one ends', () => {
  const NEXT = 'HTTP/1.1 204 No Content\\r\\n\\r\\n';
  test.each([
    ['', ['', NEXT]],
    ['', ['ok', NEXT]],
    ['', ['HTTP/1.1 200 OK\\r\\n\\r\\n', NEXT]],
    ['Content-Length: 2;\\r\\n', ['ok', `${NEXT}${NEXT}`]],
    ['Transfer-Encoding: gzip\\r\\n', ['ok', 'HTTP/1.1 2', '04 No Content\\r\\n\\r\\n']],
    ['Transfer-Encoding: chunked\\r\\n', ['2\\r\\nok\\r\\n0\\r\\n', NEXT]],
    ['Transfer-Encoding: chunked\\r\\n', ['2\\r\\nok\\r\\n0\\r\\n', 'HTTP/1.1 2', '04 No Content\\r\\n\\r\\n']],
    ['Transfer-Encoding: chunked\\r\\n', ['2\\r\\nok\\r\\n0\\r\\nHTTP/', '1.1 204 No Content\\r\\n\\r\\n']],
    ['Transfer-Encoding: chunked\\r\\n', ['2\\r\\nok\\r\\n0\\r\\nX: y\\r\\n', `Y: z\\r\\n${NEXT}`]],
  ])('%j, then %j', async (fields, [first, ...rest]) => {
    await expectTheSame(
      captureOf(`${OPEN}
0.042  C GET /a
0.082  S raw="HTTP/1.1 200 OK\\r\\n${fields}\\r\\n${first}"
0.083  C ACK
1.042  C GET /b
${rest.map((bytes, n) => `1.0${82 + n}  S raw="${bytes}"`).join('\n')}
1.090  C ACK
2.042  C GET /c
2.082  S 200 length=5
3.000  S FIN
3.001  C FIN`),
    );
  });
});

describe('a chunked body', () => {
  const BODY = String.raw`5\r\nhello\r\n0a;ext=1\r\n0123456789\r\n1 \r\nx\r\n0\r\nTrailer: a\r\n\r\n`;

  test('in two segments, wherever they part', async () => {
    const bytes = BODY.match(/\\.|[^\\]/g)!;
    for (let at = 1; at < bytes.length; at++) {
      const [first, second] = [bytes.slice(0, at).join(''), bytes.slice(at).join('')];
      await expectTheSame(
        captureOf(`${OPEN}
0.042  C GET /a
0.082  S raw="HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n${first}"
0.083  S raw="${second}"
0.084  C ACK
1.042  C GET /b
1.082  S 200 length=5
1.083  C ACK`),
      );
    }
  });

  // Of a line that is split, the row has room for seven bytes.
  test.each([
    [String.raw`5\r\nhello\r\n0A;x=1\r\n0123456789\r\n1 \r\nx\r\n0\r\n\r\n`, true],
    [BODY, false],
  ])('in segments of so many bytes, asked or answered: %j', async (body, isQuiet) => {
    const bytes = body.match(/\\.|[^\\]/g)!;
    for (let size = 1; size < 12; size++) {
      const pieces = (side: string) =>
        Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => {
          return `0.1${10 + n}  ${side} raw="${bytes.slice(n * size, (n + 1) * size).join('')}"`;
        }).join('\n');
      const chunked = String.raw`Transfer-Encoding: chunked\r\n\r\n`;
      const asked = `0.042  C raw="POST /a HTTP/1.1\\r\\n${chunked}"\n${pieces('C')}\n0.200  S 200 length=5`;
      const answered = `0.042  C GET /a\n0.082  S raw="HTTP/1.1 200 OK\\r\\n${chunked}"\n${pieces('S')}`;
      for (const exchange of [asked, answered]) {
        const end = '0.201  C ACK\n1.042  C GET /b\n1.082  S 200 length=5\n2.000  C FIN\n2.040  S FIN';
        const { quiet } = await expectTheSame(captureOf(`${OPEN}\n${exchange}\n${end}`));
        if (isQuiet) expect(quiet, `${size}`).toBe(1);
      }
    }
  });

  test('whose connection is woken within a line', async () => {
    const bytes = BODY.match(/\\.|[^\\]/g)!;
    for (let at = 1; at < bytes.length - 1; at++) {
      const [first, second] = [bytes.slice(0, at).join(''), bytes.slice(at).join('')];
      await expectTheSame(
        captureOf(`${OPEN}
0.042  C GET /a
0.082  S raw="HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
0.083  S raw="${first}"
0.084  S again
0.085  S raw="${second}"
0.086  C ACK
1.042  C GET /b
1.082  S 200 length=5`),
      );
    }
  });

  test.each(['hello', 'hello\\r', 'hello!\\r\\n', 'hell\\r\\n', '\\r\\nhello\\r\\n'])(
    'with the chunk %j',
    async (chunk) => {
      await expectTheSame(
        captureOf(`${OPEN}
0.042  C GET /a
0.082  S raw="HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\n${chunk}"
0.083  S raw="5\\r\\nhello\\r\\n0\\r\\n\\r\\n"
0.084  C ACK
1.042  C GET /b
1.082  S 200 length=5
1.083  C ACK`),
      );
    },
  );

  test.each(['fffffff', '10000000', 'FFFFFFFFFFFFF', '0x5', '', ' 5', '5g', '5\\x09'])(
    'with the size %j',
    async (size) => {
      await expectTheSame(
        captureOf(`${OPEN}
0.042  C GET /a
0.082  S raw="HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n${size}\\r\\nhello\\r\\n"
0.083  S raw="0\\r\\n\\r\\n"
0.084  C ACK`),
      );
    },
  );
});

describe('a capture', () => {
  const packets = packetsOf(captureOf(QUIET['several exchanges, targets of all lengths']!));
  const records = packets.map(({ time, data }) => ({
    seconds: Number(time / 1_000_000_000n),
    fraction: Number(time % 1_000_000_000n) / 1000,
    data,
  }));
  const plain = { linkType: 101 };
  const blocks = (
    options: Parameters<PcapngBuilder['interfaceDescription']>[0],
    unit: bigint,
    order: Order = 'little',
  ) => {
    const builder = new PcapngBuilder(order);
    return Buffer.concat([
      builder.section(),
      builder.interfaceDescription({ linkType: 101, ...options }),
      builder.interfaceDescription({ linkType: 101, resolution: 9 }),
      ...packets.map(({ time, data }, index) =>
        builder.enhancedPacket(
          index % 5 === 4
            ? { timestamp: time, data, interfaceIndex: 1 }
            : {
                timestamp: time / unit,
                data,
                ...(index % 7 === 6 && { options: [{ code: 1, value: Buffer.from('a comment') }] }),
              },
        ),
      ),
    ]);
  };

  test.each<[string, Buffer, boolean]>([
    ['pcap in microseconds', pcapFile(records, plain), true],
    ['pcap in nanoseconds', pcapOf(packets), true],
    ['pcap, big-endian', pcapFile(records, { ...plain, order: 'big' }), false],
    ['pcap with longer record headers', pcapFile(records, { ...plain, magic: 0xa1b2cd34, extraHeader: 8 }), true],
    ['pcap before its lengths changed places', pcapFile(records, { ...plain, version: [2, 2] }), true],
    ['pcap with frame check sequences', pcapFile(records, { linkType: 0x2400_0065 }), false],
    ['Ethernet', ethernetOf(packets, 0), true],
    ['two VLAN tags', ethernetOf(packets, 2), true],
    ['pcapng in microseconds', blocks({}, 1000n), true],
    ['pcapng in nanoseconds', blocks({ resolution: 9 }, 1n), true],
    ['pcapng in units that are no whole nanoseconds', blocks({ resolution: 0x80 | 20 }, 954n), false],
    ['pcapng, big-endian', blocks({ resolution: 9 }, 1n, 'big'), false],
    ['pcapng of a clock that is off', blocks({ resolution: 9, offsetSeconds: 3600n }, 1n), true],
    ['a pcapng of two sections', Buffer.concat([blocks({}, 1000n), blocks({ resolution: 9 }, 1n)]), true],
    ['a pcap that is cut off', pcapFile(records, plain).subarray(0, -7), true],
    ['a pcap whose last packet the snaplen cut', snapped(packets), true],
  ])('as %s', async (_, capture, isRun) => {
    const { frames, takenFromRecords } = await expectTheSame(capture);
    expect(frames).toBeGreaterThanOrEqual(packets.length - 1);
    // Read by the kernel itself, and not only given to it frame by frame.
    expect(takenFromRecords > 0).toBe(isRun);
  });

  function snapped(all: readonly Packet[]): Buffer {
    return pcapOf(all.map((packet) => ({ ...packet, data: packet.data.subarray(0, 90) })));
  }
});

/** Whether anybody wants to see the connections changes nothing of what is said about them. */
async function expectTheSameReports(packets: readonly Packet[]): Promise<void> {
  const capture = pcapOf(packets);
  const [quiet, judged] = await Promise.all(
    (['findings', 'connections'] as const).map((detail) =>
      analyze([{ path: 'test.pcap', source: byteSource(capture) }], { detail, hosts: [], ports: [] }),
    ),
  );
  const after = `after ${packets.length} frames`;
  expect(quiet!.totals, after).toEqual(judged!.totals);
  expect(quiet!.findings.map(copyOf), after).toEqual(judged!.findings.map(copyOf));
  expect(quiet!.servers, after).toEqual(judged!.servers);
}

describe('a capture that ends while a connection is open', () => {
  const conversations = { ...QUIET, ...HEALTHY_CONVERSATIONS };

  test.each(Object.entries(conversations))('%s', async (_, script) => {
    const packets = packetsOf(captureOf(script));
    for (let count = 1; count <= packets.length; count++) await expectTheSameReports(packets.slice(0, count));
  });
});

/** The server's FIN is the third packet from the end. */
const CLOSED_BY_SERVER = `${OPEN}
0.042  C GET /a
0.082  S 200 length=5
0.083  C ACK
1.000  S FIN
1.041  C FIN
1.042  S ACK`;

test("a server's FIN with a forged acknowledgement number, far ahead of what its client sent", async () => {
  const packets = packetsOf(captureOf(CLOSED_BY_SERVER));
  const fin = Buffer.from(packets.at(-3)!.data);
  fin.writeUInt32BE((fin.readUInt32BE(28) + 2 ** 31 - 1) % 2 ** 32, 28);
  await expectTheSameReports(packets.with(-3, { ...packets.at(-3)!, data: fin }));
});

/** The capture with the client's sequence numbers moved by `shift`, or the server's. */
function movedNumbers(packets: readonly Packet[], shift: number, isServers = false): Packet[] {
  return packets.map(({ time, data, originalLength }) => {
    const copy = Buffer.from(data);
    // Its own number, or what the other one acknowledges of it.
    const at = (data.readUInt16BE(22) === 80) !== isServers ? 24 : 28;
    copy.writeUInt32BE((data.readUInt32BE(at) + shift) % 2 ** 32, at);
    return { time, data: copy, originalLength };
  });
}

describe('sequence numbers that pass 2^32', () => {
  test.each(Object.entries(QUIET))('%s', async (_, script) => {
    const packets = packetsOf(captureOf(script));
    for (const number of new Set(packets.filter(({ data }) => data.readUInt16BE(22) === 80).map(sequenceOf))) {
      // The byte with this number is the last one before, or the first one behind.
      for (const place of [2 ** 32 - 1, 2 ** 32]) await expectTheSame(pcapOf(movedNumbers(packets, place - number)));
    }
  });
});

test("a server's FIN that comes before the handshake has ended", async () => {
  await expectTheSame(
    captureOf(`
0.000  C SYN
0.040  S SYN-ACK
0.041  S FIN
0.042  C ACK
1.000  C FIN
1.040  S ACK`),
  );
});

test("a server's numbers that pass 2^32 with its last byte, or with its FIN", async () => {
  const packets = packetsOf(captureOf(CLOSED_BY_SERVER));
  const fin = sequenceOf(packets.at(-3)!);
  for (const place of [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1]) {
    const { closedRows } = await expectTheSame(pcapOf(movedNumbers(packets, place - fin, true)));
    expect(closedRows).toBe(1);
  }
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
