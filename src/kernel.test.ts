// What the kernel does beside reading connections (src/http/quiet-connections.test.ts) must come to what the program does
// without it: where somebody wants to see the connections, there is no kernel.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnalysisObserver, Position } from './analysis/observer.ts';
import { beginKernel, readConnections } from './analysis/read-connections.ts';
import { analyze } from './analyze.ts';
import { Timeline } from './base/timeline.ts';
import { openCaptures } from './capture/open-captures.ts';
import { withoutPort } from './history/endpoint.ts';
import type { Detail, Report } from './report/report.ts';
import { byteSource } from './testing/capture-builder.ts';
import { captureOf } from './testing/conversation.ts';
import { overIpv6, type Packet, pcapOf } from './testing/transform-capture.ts';
import { packetsOf } from './testing/wire-captures.ts';
import { Servers } from './timeouts/server-observations.ts';

const analyzed = (capture: Buffer, detail: Detail): Promise<Report> =>
  analyze([{ path: 'test.pcap', source: byteSource(capture) }], { detail, hosts: [], ports: [] });

async function expectTheSame(capture: Buffer): Promise<void> {
  const { detail: _, connections: _none, ...report } = await analyzed(capture, 'findings');
  const { detail: _other, connections: _all, ...without } = await analyzed(capture, 'connections');
  expect(report).toEqual(without);
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
async function seen(capture: Buffer, detail: Detail): Promise<{ duplicates: number; servers: readonly object[] }> {
  const options = { detail, hosts: [], ports: [] };
  const timeline = new Timeline();
  const captures = await openCaptures([{ path: 'test.pcap', source: byteSource(capture) }], timeline);
  const kernel = beginKernel(options);
  expect(kernel === null).toBe(detail !== 'findings');
  const servers = new Servers(kernel?.memory);
  let told = 0;
  const observer: AnalysisObserver = {
    opened() {},
    pairOf: (tuple, clientIsSource) => servers.pairOf(tuple, clientIsSource),
    countsAt: (pair) => servers.countsAt(pair),
    reused: (...reuse) => {
      told++;
      servers.reused(...reuse);
    },
    asked: () => -1,
    bodyBegan() {},
    gatewayFailed() {},
    endedInOrder: (observed) => servers.observeOrderly(observed),
    judged: (history) => {
      servers.observe(history, () => withoutPort(history.client));
      return false;
    },
    over() {},
  };
  const { counts } = await readConnections({ captures, options, observer, kernel, position: new Position() });
  servers.settle();
  kernel?.memory.bytes.fill(0xff);
  kernel?.end();
  const { duplicates } = counts[0]!;
  const facts = servers.all.map((server) => {
    const { reuses, longestReuses, reuseBins, connections, exchanges } = server;
    if (kernel !== null && reuses > 300) expect(told).toBeLessThan(reuses / 2);
    const clients = servers
      .clientsOf(server)
      .map(({ client, reuses, longestReuses }) => [client, reuses, longestReuses]);
    return { server: server.server, reuses, longestReuses, reuseBins, connections, exchanges, clients };
  });
  return { duplicates, servers: facts };
}

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
      expect(await seen(capture, 'findings')).toEqual(await seen(capture, 'connections'));
    }),
    { numRuns: 40 },
  );
}, 120_000);

/** Each connection has a client of its own. */
function fromAnotherClient({ time, data, originalLength }: Packet): Packet {
  const copy = Buffer.from(data);
  const isSent = data.readUInt16BE(22) === 80;
  copy[isSent ? 15 : 19] = data.readUInt16BE(isSent ? 20 : 22) % 251;
  return { time, data: copy, originalLength };
}
