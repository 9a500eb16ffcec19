import { describe, expect, test } from 'vitest';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { captureOf } from '../testing/conversation.ts';
import { Segment } from '../wire/segment.ts';
import {
  MAX_CLIENTS,
  MAX_CLIENTS_CLOSED_ON,
  type Observed,
  ServerObservations,
  Servers,
} from './server-observations.ts';

/** Connection `n`: one exchange, idle for `idle` seconds, then `end`. */
function connection(n: number, idle: number, end: string, options = ''): string {
  const at = (seconds: number) => (n * 100 + seconds).toFixed(3);
  return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /a agent=curl/8.5.0
${at(0.082)}  S${n} 200 length=5 server=nginx/1.22.1 ${options}
${at(0.083)}  C${n} ACK
${at(0.082 + idle)}  ${end.replace(/^([CS])/, `$1${n}`)}`;
}

async function serverOf(script: string) {
  const { servers } = await analyzeBytes(captureOf(script));
  expect(servers).toHaveLength(1);
  return servers[0]!;
}

describe('what is known of a server', () => {
  test('its closes make its timeout, other ends are censored', async () => {
    const server = await serverOf(
      [
        ...[1, 2, 3].map((n) => connection(n, 5, 'S FIN')),
        connection(4, 1, 'C FIN'),
        connection(5, 2, 'C RST-ACK'),
        connection(6, 3, 'C GET /b') + '\n603.500  S6 200 length=5',
        connection(7, 0.5, 'C PROBE'),
      ].join(''),
    );
    expect(server).toMatchObject({ server: '10.0.0.2:80', product: 'nginx/1.22.1', connections: 7, exchanges: 8 });
    expect(server.idleTimeout).toMatchObject({ value: 5, observed: 3, censored: 5, confidence: 'likely' });
  });

  test('a gap that ends with several requests in one segment is one reuse', async () => {
    const two = 'raw="GET /b HTTP/1.1\\r\\nHost: h\\r\\n\\r\\nGET /c HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"';
    const server = await serverOf(
      [
        ...[1, 2, 3].map((n) => connection(n, 5, 'S FIN')),
        `${connection(4, 2, `C ${two}`)}\n402.200  S4 200 length=5\n402.201  S4 200 length=5\n402.300  C4 FIN`,
      ].join(''),
    );
    expect(server).toMatchObject({ connections: 4, exchanges: 6 });
    // The reuse, and the client's close.
    expect(server.idleTimeout).toMatchObject({ value: 5, observed: 3, censored: 2 });
  });

  test('announced closes, and closes with the response, are no idle timeout', async () => {
    const announced = [1, 2, 3].map((n) => connection(n, 5, 'S FIN', 'close'));
    expect((await serverOf(announced.join(''))).idleTimeout).toBeNull();
    const atOnce = [1, 2, 3].map((n) => connection(n, 0.1, 'S FIN'));
    expect((await serverOf(atOnce.join(''))).idleTimeout).toBeNull();
  });

  test('a RST of an idle connection counts as a close', async () => {
    const server = await serverOf([1, 2, 3].map((n) => connection(n, 5, 'S RST-ACK')).join(''));
    expect(server.idleTimeout).toMatchObject({ value: 5, observed: 3 });
  });

  test("the client's own timer, from two closes on", async () => {
    const closes = [1, 2].map((n) => connection(n, 4, 'C FIN'));
    const { clients } = await serverOf(closes.join(''));
    expect(clients).toMatchObject([{ client: '10.0.0.1', idleTimeout: { observed: 2, confidence: 'possible' } }]);
    // Captured at the client, which is a millisecond away: its timer starts when the response is there.
    expect(clients[0]!.idleTimeout!.value).toBeCloseTo(3.999, 6);
    expect((await serverOf(closes[0]!)).clients[0]!.idleTimeout).toBeNull();
  });

  test('a client that closes right after each response shows no timer', async () => {
    const closes = [1, 2, 3].map((n) => connection(n, 0.002, 'C FIN'));
    expect((await serverOf(closes.join(''))).clients[0]!.idleTimeout).toBeNull();
  });
});

test('the longest reuses are kept in falling order, and not more than some', () => {
  const observations = new ServerObservations('10.0.0.2:80');
  for (let n = 0; n < 1000; n++) observations.addReuse((n * 7919) % 1000, n, 1, 2, 0);
  observations.countReuses();
  expect(observations.reuses).toBe(1000);
  expect(observations.longestReuses.length).toBeLessThan(100);
  expect(observations.longestReuses[0]!.duration).toBe(999);
  expect(observations.longestReuses).toEqual(observations.longestReuses.toSorted((a, b) => b.duration - a.duration));
});

describe('limits other than the idle timeout', () => {
  /** Connection `n` with `count` exchanges half a second apart, the last of which announces the end; then `end`. */
  function limited(n: number, count: number, delay: number, end: 'C FIN' | 'S FIN', apart = 0.5): string {
    const at = (seconds: number) => (n * 100 + seconds).toFixed(3);
    const exchanges = Array.from({ length: count }, (_, i) => {
      const start = 0.041 + i * apart;
      return `
${at(start)}  C${n} GET /${i}
${at(start + 0.041)}  S${n} 200 length=5 ${i === count - 1 ? 'close' : ''}`;
    }).join('');
    const [closer, other] = end === 'S FIN' ? ['S', 'C'] : ['C', 'S'];
    const over = 0.082 + (count - 1) * apart + delay;
    return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK${exchanges}
${at(over)}  ${closer}${n} FIN
${at(over + 0.04)}  ${other}${n} FIN
${at(over + 0.08)}  ${closer}${n} ACK`;
  }

  test('an announced close after the same number of requests: their maximum', async () => {
    const server = await serverOf([1, 2, 3].map((n) => limited(n, 4, 0.001, 'S FIN', 0.3 + n * 0.1)).join(''));
    expect(server.maxRequests).toMatchObject({ value: 4, low: 4, high: 4, observed: 3, confidence: 'likely' });
    expect(server.maxAge).toBeNull();
    expect(server.idleTimeout).toBeNull();
  });

  test('after different numbers, at the same age: a maximum age', async () => {
    const script = [
      limited(1, 5, 0.001, 'S FIN', 0.5),
      limited(2, 9, 0.001, 'S FIN', 0.25),
      limited(3, 4, 0.001, 'S FIN', 0.7),
    ];
    const server = await serverOf(script.join(''));
    expect(server.maxRequests).toBeNull();
    expect(server.maxAge!.value).toBeCloseTo(2, 0);
    expect(server.maxAge).toMatchObject({ observed: 3 });
  });

  test('the delay that an announced close leaves to the client, and clients that use it', async () => {
    const script = [1, 2, 3].map((n) => limited(n, 2, 3, 'S FIN')).join('') + limited(4, 2, 0.002, 'C FIN');
    const server = await serverOf(script);
    expect(server.closeDelay).toMatchObject({ observed: 3, censored: 1, confidence: 'likely' });
    expect(server.closeDelay!.value).toBeCloseTo(3, 6);
  });

  test("the client's patience", async () => {
    const given = (n: number) => {
      const at = (seconds: number) => (n * 100 + seconds).toFixed(3);
      return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /slow
${at(0.082)}  S${n} ACK
${at(2.041)}  C${n} FIN
${at(2.082)}  S${n} ACK`;
    };
    const server = await serverOf([1, 2, 3].map(given).join(''));
    expect(server.clients[0]!.responseTimeout).toMatchObject({ value: 2, observed: 3, confidence: 'likely' });
  });

  test('memory does not grow with the number of reuses', () => {
    const server = new ServerObservations('10.0.0.2:80');
    for (let n = 0; n < 100_000; n++) server.addReuse(1e6 * (1 + (n % 5000)), n, 1, 2, n);
    expect(server.reuses).toBe(100_000);
    expect(server.longestReuses.length).toBeLessThan(100);
    expect(server.reusesBetween(0, Infinity)).toBe(100_000);
    expect(server.reusesBetween(1e9, 2e9)).toBeGreaterThan(19_500);
    expect(server.reusesBetween(1e9, 2e9)).toBeLessThan(20_500);
  });
});

test.each([4, 6])(
  'of very many clients (IPv%d) those are followed on whom the server closes, up to another limit',
  (version) => {
    const servers = new Servers();
    const tuple = new Segment();
    tuple.ipVersion = version;
    tuple.destination0 = 1;
    tuple.destinationPort = 80;
    const seen = (n: number): Observed => {
      if (version === 4) tuple.source0 = n;
      else tuple.source3 = n;
      return closedByServer(servers.pairOf(tuple, true), n);
    };
    const addressOf = (n: number) => (version === 4 ? `0.0.${n >> 8}.${n & 255}` : `::${n.toString(16)}`);
    // Opened when its client was not followed yet.
    let early: Observed;
    for (let n = 1; n <= MAX_CLIENTS_CLOSED_ON + 1000; n++) {
      if (n === MAX_CLIENTS + 2) early = seen(n);
      servers.observe(seen(n), () => addressOf(n));
      if (n === MAX_CLIENTS) expect(servers.unfollowed).toBe(0);
    }
    const [server] = servers.all;
    expect(servers.unfollowed).toBe(1000);
    expect([...servers.clientsOf(server!)]).toHaveLength(MAX_CLIENTS_CLOSED_ON);
    // Who is followed stays so.
    servers.observe(early!, () => addressOf(MAX_CLIENTS + 2));
    servers.observe(seen(MAX_CLIENTS + 2), () => '');
    servers.observe(seen(2), () => '');
    expect(servers.unfollowed).toBe(1000);
    expect(server).toMatchObject({
      connections: MAX_CLIENTS_CLOSED_ON + 1003,
      serverCloseCount: MAX_CLIENTS_CLOSED_ON + 1003,
    });
    const often = [...servers.clientsOf(server!)].filter(({ connections }) => connections > 1);
    expect(often.map(({ client, connections }) => [client, connections])).toEqual([
      [addressOf(2), 2],
      [addressOf(MAX_CLIENTS + 2), 3],
    ]);
  },
);

test('the more servers there are, the fewer closes of each are kept', () => {
  const servers = new Servers();
  const tuple = new Segment();
  tuple.ipVersion = 4;
  tuple.source0 = 1;
  tuple.destinationPort = 80;
  const seen = (server: number, stream: number): Observed => {
    tuple.destination0 = server;
    return closedByServer(servers.pairOf(tuple, true), stream);
  };
  for (let stream = 0; stream < 9000; stream++) servers.observe(seen(1, stream), () => '');
  expect(servers.all[0]!.serverCloses).toHaveLength(9000);
  for (let server = 2; server <= 40; server++) servers.observe(seen(server, 1), () => '');
  const [busy, ...others] = servers.all;
  expect(busy!.serverCloseCount).toBe(9000);
  expect(busy!.serverCloses.length).toBeGreaterThan(300);
  expect(busy!.serverCloses.length).toBeLessThanOrEqual(32_768 / 40);
  for (const { serverCloses } of others) expect(serverCloses).toHaveLength(1);
});

/** A connection of the pair that the server closed when it had been idle for 5 s. */
function closedByServer(pair: number, stream: number): Observed {
  const close = { duration: 5e9, afterFrame: 1, endFrame: 2, endedBy: 'server-fin' } as const;
  const side = { fin: null, rst: null };
  const times = { rtt: NaN, clientHalf: NaN, serverHalf: NaN, openTime: 0, closeTime: 5e9, closeDelay: NaN };
  const about = { stream, pair, firstFrame: stream, closedBy: 'server-fin', exchangeCount: 1, exchanges: [] } as const;
  const rest = { afterClose: null, idleGaps: [close], serverProduct: '', userAgent: '' };
  return { ...times, ...about, ...rest, serverSide: side, clientSide: side };
}
