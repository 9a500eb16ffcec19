// What the kernel does beside reading connections (src/http/quiet-connections.test.ts) must come to what the program does
// without it: where somebody wants to see the connections, there is no kernel.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Conclusions } from './analysis/conclusions.ts';
import { type AnalysisObserver, Position } from './analysis/observer.ts';
import { beginKernel, readConnections } from './analysis/read-connections.ts';
import { analyze } from './analyze.ts';
import { Timeline } from './base/timeline.ts';
import { openCaptures } from './capture/open-captures.ts';
import { withoutPort } from './history/endpoint.ts';
import type { Detail, Report } from './report/report.ts';
import { copyOf } from './rules/finding.ts';
import { byteSource } from './testing/capture-builder.ts';
import { captureOf } from './testing/conversation.ts';
import { overIpv6, type Packet, pcapOf } from './testing/transform-capture.ts';
import { packetsOf } from './testing/wire-captures.ts';
import { MAX_CLIENTS, Servers } from './timeouts/server-observations.ts';

const analyzed = (capture: Buffer, detail: Detail): Promise<Report> =>
  analyze([{ path: 'test.pcap', source: byteSource(capture) }], { detail, hosts: [], ports: [] });

async function expectTheSame(capture: Buffer): Promise<void> {
  const { detail: _, connections: _none, findings, ...report } = await analyzed(capture, 'findings');
  const { detail: _other, connections: _all, findings: found, ...without } = await analyzed(capture, 'connections');
  expect(report).toEqual(without);
  expect(findings.map(copyOf)).toEqual(found.map(copyOf));
}

/** The report of findings with the kernel is that without it, to the last of very many cases. */
async function expectTheSameFindings(capture: Buffer): Promise<void> {
  expect(await findingsOf(capture, true)).toEqual(await findingsOf(capture, false));
}

async function findingsOf(capture: Buffer, hasKernel: boolean) {
  const options = { detail: 'findings', hosts: [], ports: [] } as const;
  const timeline = new Timeline();
  const captures = await openCaptures([{ path: 'test.pcap', source: byteSource(capture) }], timeline);
  const kernel = hasKernel ? beginKernel(options) : null;
  const observer = new Conclusions('findings', undefined, kernel?.memory);
  const read = await readConnections({ captures, options, observer, kernel, position: new Position() });
  const report = observer.report(read, timeline);
  const findings = report.findings.map(copyOf);
  kernel?.end();
  return { ...report, findings };
}

describe('copies', () => {
  const ONCE = packetsOf(
    captureOf(`
0.000  C SYN
0.001  S SYN-ACK
0.002  C ACK
0.003  C POST /a length=21 sent=20
0.003  C data=1
0.004  S ACK
0.005  S 200 length=5
0.006  C ACK
0.007  C FIN
0.008  S FIN
0.009  C ACK`),
  );
  /** Connections one after another, each with an IP identification of its own in every packet, unless there is none. */
  const many = (count: number, hasIds: boolean) =>
    Array.from({ length: count }, (_, n) =>
      ONCE.map(({ time, data, originalLength }, i) => {
        const copy = Buffer.from(data);
        copy.writeUInt16BE(hasIds ? ((n * 11 + i) % 65_535) + 1 : 0, 4);
        copy.writeUInt16BE(10_000 + (n % 50_000), data.readUInt16BE(20) === 80 ? 22 : 20);
        return { time: time + BigInt(n) * 10_000_000n, data: copy, originalLength };
      }),
    ).flat();
  /** From packet `from` up to packet `to` each is there twice. */
  const doubled = (packets: readonly Packet[], from: number, to: number, microseconds: number) =>
    packets
      .flatMap((packet, i) =>
        i >= from && i < to ? [packet, { ...packet, time: packet.time + BigInt(microseconds) * 1000n }] : [packet],
      )
      .sort((a, b) => Number(a.time - b.time));

  test.each([
    ['none', 0, 0, 0, 0],
    ['from the beginning', 0, 10_000, 3, 10_000],
    ['late by less than a packet', 0, 10_000, 400, 10_000],
    ['late by several packets', 0, 10_000, 4500, 9974],
    ['too late', 0, 10_000, 6000, 0],
    ['of a few', 100, 200, 3, 100],
    ['of what the first look did not see', 4200, 10_000, 3, 5800],
    ['at the end of the first look', 3000, 3900, 3, 900],
    ['between two looks', 4500, 4600, 3, 0],
  ])('%s', async (_, from, to, microseconds, copies) => {
    for (const hasIds of [true, false]) {
      const packets = doubled(many(1000, hasIds), from, to, microseconds);
      for (const capture of [pcapOf(packets), pcapOf(overIpv6(packets))]) {
        await expectTheSame(capture);
        const { duplicates } = await seen(capture, 'findings');
        expect(duplicates).toBe((await seen(capture, 'connections')).duplicates);
        if (hasIds && capture.length === pcapOf(packets).length) expect(duplicates).toBe(copies);
      }
    }
  });
});

/** What is seen of servers, and how many copies, with the kernel or without it. */
async function seen(capture: Buffer, detail: Detail) {
  const options = { detail, hosts: [], ports: [] };
  const timeline = new Timeline();
  const captures = await openCaptures([{ path: 'test.pcap', source: byteSource(capture) }], timeline);
  const kernel = beginKernel(options);
  expect(kernel === null).toBe(detail !== 'findings');
  const servers = new Servers(kernel?.memory);
  let told = 0;
  let ended = 0;
  const observer: AnalysisObserver = {
    opened() {},
    pairOf: (tuple, clientIsSource) => servers.pairOf(tuple, clientIsSource),
    countsAt: (pair) => servers.countsAt(pair),
    pairsAt: (names) => servers.pairsAt(names),
    makeRooms: () => servers.makeRooms(),
    reused: (...reuse) => {
      told++;
      servers.reused(...reuse);
    },
    asked: () => -1,
    bodyBegan() {},
    gatewayFailed() {},
    endedInOrder: (observed) => {
      ended++;
      servers.observeOrderly(observed);
    },
    judged: (history) => {
      servers.observe(history, () => withoutPort(history.client));
      return false;
    },
    over() {},
  };
  const { counts, totals } = await readConnections({ captures, options, observer, kernel, position: new Position() });
  servers.settle();
  const clientsOf = new Map(servers.all.map((server) => [server, [...servers.clientsOf(server)]]));
  kernel?.memory.bytes.fill(0xff);
  kernel?.end();
  const { duplicates } = counts[0]!;
  const facts = servers.all.map((server) => {
    const { reuseBins, closeBins, serverCloses } = server;
    if (kernel !== null && server.reuses > 300) expect(told).toBeLessThan(server.reuses / 2);
    const clients = clientsOf
      .get(server)!
      .sort((a, b) => a.firstStream - b.firstStream)
      .map((client) => {
        const { clientCloses, givenUpAfter, longestWait } = client;
        return { ...client, byClient: null, givenUp: null, clientCloses, givenUpAfter, longestWait };
      });
    return { ...server, ...MADE_OTHERWISE, reuseBins, closeBins, serverCloses, clients };
  });
  const { unfollowed } = servers;
  return {
    duplicates,
    servers: facts,
    exchanges: totals.exchanges,
    connections: totals.httpConnections,
    unfollowed,
    ended,
  };
}

test('a closed connection that gives way to another one hears nothing any more', async () => {
  const once = packetsOf(
    captureOf(`
0.000  C SYN
0.001  S SYN-ACK
0.002  C ACK
0.003  C GET /a
0.004  S 200 length=5
0.005  S RST-ACK
0.006  C ACK`),
  );
  const at = (n: number, { data, originalLength }: Packet, microseconds: number) => {
    const copy = Buffer.from(data);
    copy.writeUInt16BE(n, data.readUInt16BE(22) === 80 ? 14 : 18);
    return { time: BigInt(microseconds) * 1000n, data: copy, originalLength };
  };
  // The acknowledgement, without which the response is taken for destroyed, comes when so many others were closed.
  const begun = once.slice(0, -1);
  const packets = Array.from({ length: 9000 }, (_, n) => {
    const late = n - 4096 - ((n * 7) % 500) + 250;
    const all = begun.map((packet, i) => at(n, packet, n * 100 + i));
    return late < 0 ? all : [...all, at(late, once.at(-1)!, n * 100 + begun.length)];
  });
  await expectTheSameFindings(pcapOf(packets.flat()));
}, 120_000);

test('more clients than are followed one by one', async () => {
  const life = { ending: ENDINGS[0]!, pauses: [1], agent: '', product: '', keepsAlive: false, client: 0 };
  const once = packetsOf(captureOfLives([life], 0));
  const packets = Array.from({ length: MAX_CLIENTS + 300 }, (_, n) =>
    once.map(({ time, data, originalLength }) => {
      const copy = Buffer.from(data);
      copy.writeUInt16BE(n % (MAX_CLIENTS + 100), data.readUInt16BE(22) === 80 ? 14 : 18);
      return { time: time + BigInt(n) * 100_000n, data: copy, originalLength };
    }),
  )
    .flat()
    .sort((a, b) => Number(a.time - b.time));
  const capture = pcapOf(packets);
  expect(await expectTheSameSeen(capture)).toBeGreaterThan(MAX_CLIENTS - 1000);
  expect((await seen(capture, 'findings')).unfollowed).toBe(100);
}, 120_000);

/** Of a server's record: where its numbers lie, and what is handed out in other words. */
const MADE_OTHERWISE = {
  row: 0,
  histogram: null,
  histograms: null,
  byServer: null,
  pairs: null,
  ipv6Pairs: null,
  graces: null,
  announcedAges: null,
};

test('a lost request that is sent again is found, among many others', async () => {
  for (const before of [0, 100, 1020, 1030, 5000]) {
    let script = '0.000  C9 SYN\n0.001  S9 SYN-ACK\n0.002  C9 ACK\n';
    for (let i = 0; i < before; i++) {
      const time = 0.01 + i * 0.002;
      script += `${time.toFixed(3)}  C9 GET /${i}\n${(time + 0.001).toFixed(3)}  S9 200 length=5\n`;
    }
    script += `
20.000  C SYN
20.001  S SYN-ACK
20.002  C ACK
20.003  C GET /first
20.004  S 200 length=5
20.005  C ACK
25.000  S FIN
25.000  C POST /orders length=500 sent=400 crossing
25.000  C data=100 crossing
25.001  S RST
25.010  C2 SYN
25.011  S2 SYN-ACK
25.012  C2 ACK
25.013  C2 POST /orders length=500 sent=400
25.014  C2 data=100
25.015  S2 200 length=5
25.016  C2 ACK`;
    const packets = packetsOf(captureOf(script));
    for (const capture of [pcapOf(packets), pcapOf(overIpv6(packets))]) {
      await expectTheSame(capture);
      const { findings } = await analyzed(capture, 'findings');
      expect(findings.find(({ rule }) => rule === 'fin-crosses-request')?.retry).toMatchObject({ stream: 2 });
    }
  }
});

test('copies of what has no identification, on connections that the kernel reads', async () => {
  const once = overIpv6(
    packetsOf(
      captureOf(
        ['0.00 C SYN', '0.01 S SYN-ACK', '0.02 C ACK', '0.03 C GET /a', '0.04 S 200 length=500', '0.05 C ACK'].join(
          '\n',
        ),
      ),
    ),
  );
  const packets = once.flatMap((packet, i) => (i === 3 || i === 4 ? [packet, packet] : [packet]));
  expect(packets).toHaveLength(8);
  for (const detail of ['findings', 'connections'] as const) {
    expect((await seen(pcapOf(packets), detail)).duplicates).toBe(2);
  }
});

test('reuses are counted alike, and the longest are kept', async () => {
  const pause = fc.oneof(fc.constantFrom(1, 2, 3, 50), fc.nat(5000));
  const use = fc.record({ connection: fc.nat(7), pauses: fc.array(pause, { maxLength: 25 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(use, { minLength: 20, maxLength: 60 }), fc.boolean(), async (uses, isWoken) => {
      let now = 0;
      const at = (milliseconds: number) => {
        now += milliseconds;
        return (now / 1000).toFixed(3);
      };
      const script = [
        ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [
          `${at(1)}  C${n} SYN`,
          `${at(1)}  S${n} SYN-ACK`,
          `${at(1)}  C${n} ACK`,
        ]),
        ...uses.flatMap(({ connection, pauses }, i) =>
          pauses.flatMap((pause) => [
            // Some clients never wait as long as others: what is long for them is not long for the server.
            `${at(pause * (connection + 1) ** 2)}  C${connection + 1} GET /a`,
            `${at(1)}  S${connection + 1} 200 length=5 keep-alive=5`,
            ...(i === 15 && isWoken ? [`${at(1)}  S${connection + 1} again`] : []),
            `${at(1)}  C${connection + 1} ACK`,
          ]),
        ),
      ];
      const capture = pcapOf(packetsOf(captureOf(script.join('\n'))).map(fromAnotherClient));
      await expectTheSameSeen(capture);
    }),
    { numRuns: 40 },
  );
}, 120_000);

/** Returns how many connections the kernel took note of by itself. */
async function expectTheSameSeen(capture: Buffer): Promise<number> {
  const { ended: told, ...withKernel } = await seen(capture, 'findings');
  const { ended: _, ...without } = await seen(capture, 'connections');
  expect(withKernel).toEqual(without);
  return withKernel.connections - told;
}

/** How connections end, a second after their last response; `close`: it announced that. */
const ENDINGS = [
  '0.010 C FIN|0.011 S FIN|0.012 C ACK',
  '0.010 C FIN|0.011 S ACK|0.012 S FIN',
  '0.500 C FIN|0.501 S FIN',
  '0.001 C FIN',
  '1.000 C RST-ACK',
  '0.010 C RST',
  '1.000 S RST-ACK',
  '1.000 S FIN|1.001 C FIN|1.002 S ACK',
  '1.000 S FIN|1.001 C ACK|5.000 C FIN|5.001 S ACK',
  'close|0.000 S FIN|0.001 C FIN|0.002 S ACK',
  'close|0.001 C FIN|0.002 S FIN|0.003 C ACK',
  'close|1.000 C RST-ACK',
  '5.000 S FIN|5.001 C GET /lost crossing|5.001 S RST|5.002 S RST',
  '',
];

interface Life {
  readonly ending: string;
  readonly pauses: readonly number[];
  readonly agent: string;
  readonly product: string;
  readonly keepsAlive: boolean;
  readonly client: number;
}

/** The events of connection `n` that begins at `begin` (s), with their times. */
function eventsOf(n: number, begin: number, { ending, pauses, agent, product, keepsAlive, client }: Life) {
  const [announced, ...behind] = ending.startsWith('close|') ? ending.split('|') : ['', ...ending.split('|')];
  const side = n + 1;
  const events: [time: number, line: string][] = [
    [begin, `C${side} SYN client=10.1.0.${client + 1}`],
    [begin + 0.001, `S${side} SYN-ACK`],
    [begin + 0.002, `C${side} ACK`],
  ];
  let now = begin + 0.003;
  pauses.forEach((pause, i) => {
    const isLast = i === pauses.length - 1;
    now += pause / 1000;
    events.push([now, `C${side} GET /a${i}${agent === '' ? '' : ` agent=${agent}`}`]);
    now += 0.001 * ((pause % 7) + 1);
    const options = `${product === '' ? '' : ` server=${product}`}${keepsAlive ? ' keep-alive=5' : ''}`;
    events.push([now, `S${side} 200 length=5${options}${isLast && announced !== '' ? ' close' : ''}`]);
    now += 0.0005;
    events.push([now, `C${side} ACK`]);
  });
  for (const event of behind.filter((text) => text !== '')) {
    const [offset, from, ...rest] = event.split(' ');
    events.push([now + Number(offset), `${from}${side} ${rest.join(' ')}`]);
  }
  return events;
}

function captureOfLives(lives: readonly Life[], apart: number): Buffer {
  const events = lives.flatMap((life, n) => eventsOf(n, n * apart, life)).sort(([a], [b]) => a - b);
  return captureOf(events.map(([time, line]) => `${time.toFixed(4)}  ${line}`).join('\n'));
}

/**
 * The packet, and behind it one of UDP. That is not the kernel's: so by then it has told of the first one all that it has to.
 * (Of what it has not told yet it does not take note of the end.)
 */
function withAnother(packet: Packet): readonly Packet[] {
  const data = Buffer.from(packet.data);
  data[9] = 17;
  return [packet, { ...packet, data }];
}

test('connections are taken note of alike, however they end', async () => {
  const life = fc.record({
    ending: fc.constantFrom(...ENDINGS),
    pauses: fc.array(fc.oneof(fc.constantFrom(1, 5, 200), fc.nat(3000)), { minLength: 1, maxLength: 4 }),
    agent: fc.constantFrom('', '', '', 'curl/8.5.0', 'Go-http-client/1.1'),
    product: fc.constantFrom('', '', 'nginx/1.22.1', 'envoy'),
    keepsAlive: fc.boolean(),
    client: fc.nat(3),
  });
  let noted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(life, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.0007, 0.05, 2),
      fc.integer({ min: 1, max: 30 }),
      async (lives, apart, every) => {
        const packets = packetsOf(captureOfLives(lives, apart));
        const capture = pcapOf(packets.flatMap((packet, i) => (i % every === 0 ? withAnother(packet) : [packet])));
        noted += await expectTheSameSeen(capture);
        await expectTheSame(capture);
      },
    ),
    { numRuns: 150 },
  );
  expect(noted).toBeGreaterThan(300);
}, 240_000);

test('more connections are closed at once than may wait, and segments come late', async () => {
  const lives = Array.from({ length: 300 }, (_, n) => ({
    ending: ENDINGS[n % ENDINGS.length]!,
    pauses: [1 + (n % 5)],
    agent: 'curl/8.5.0',
    product: 'nginx/1.22.1',
    keepsAlive: false,
    client: n % 3,
  }));
  const once = packetsOf(captureOfLives(lives, 0.0003));
  const packets = Array.from({ length: 40 }, (_, round) =>
    once.map(({ time, data, originalLength }) => {
      const copy = Buffer.from(data);
      const isSent = data.readUInt16BE(22) === 80;
      copy[isSent ? 14 : 18] = round;
      return { time: time + BigInt(round) * 90_000_000n, data: copy, originalLength };
    }),
  )
    .flat()
    .sort((a, b) => Number(a.time - b.time));
  // All once more, much later: whatever is not known any more begins a connection.
  const again = packets
    .filter((_, i) => i % 3 === 0)
    .map((packet) => ({ ...packet, time: packet.time + 3_000_000_000n }));
  for (const capture of [pcapOf(packets), pcapOf([...packets, ...again].sort((a, b) => Number(a.time - b.time)))]) {
    await expectTheSameFindings(capture);
    expect(await expectTheSameSeen(capture)).toBeGreaterThan(1000);
  }
}, 240_000);

/** Each connection has a client of its own. */
function fromAnotherClient({ time, data, originalLength }: Packet): Packet {
  const copy = Buffer.from(data);
  const isSent = data.readUInt16BE(22) === 80;
  copy[isSent ? 15 : 19] = data.readUInt16BE(isSent ? 20 : 22) % 251;
  return { time, data: copy, originalLength };
}
