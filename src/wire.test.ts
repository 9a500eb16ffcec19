// What packets were wrapped in, cut into or captured as must not change what is found in their conversation.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Report } from './report/report.ts';
import { RULES } from './rules/catalogue.ts';
import { copyOf } from './rules/finding.ts';
import { analyzeBytes } from './testing/analyze-file.ts';
import { captureOf } from './testing/conversation.ts';
import { ENCAPSULATIONS, fragmentsOf, inIpv6, nested } from './testing/encapsulations.ts';
import { LINKTYPE_RAW, type Packet, pcapOf } from './testing/transform-capture.ts';
import { packetsOf, wireCaptures } from './testing/wire-captures.ts';

const LINKTYPE_ETHERNET = 1;

const folder = new URL('../fixtures/captures/wire/', import.meta.url);

const CONVERSATIONS = RULES.map(({ documentation: { id, example } }) => ({
  id,
  packets: packetsOf(captureOf(example)),
}));

const framesFrom = (packets: readonly Packet[], framesOf: (packet: Buffer, index: number) => readonly Buffer[]) =>
  packets.flatMap(({ time, data }, index) =>
    framesOf(data, index).map((frame) => ({ time, data: frame, originalLength: frame.length })),
  );
const problemsOf = (report: Report) => report.captures[0]!.problems;

test('the captures in fixtures/ are what their script makes', () => {
  const captures = wireCaptures();
  expect(readdirSync(folder).sort()).toEqual([...captures.keys()].sort());
  for (const [name, bytes] of captures) expect(readFileSync(new URL(name, folder)).equals(bytes), name).toBe(true);
});

const bareReports = { 4: new Map<unknown, Promise<Report>>(), 6: new Map<unknown, Promise<Report>>() };

/** The report on packets as they are, made once for all their wraps. */
function bareReport(version: 4 | 6, conversation: unknown, packets: readonly Packet[]): Promise<Report> {
  const known = bareReports[version].get(conversation);
  if (known !== undefined) return known;
  const report = analyzeBytes(pcapOf(packets, LINKTYPE_RAW));
  bareReports[version].set(conversation, report);
  return report;
}

describe.each(ENCAPSULATIONS)('in $name', ({ linkType, carries, wrap }) => {
  test.each(CONVERSATIONS)('example of $id: the same report as of the bare packets', async ({ packets }) => {
    const inside = carries === 6 ? framesFrom(packets, (packet) => [inIpv6(packet)]) : packets;
    const bare = await bareReport(carries, packets, inside);
    const wrapped = await analyzeBytes(
      pcapOf(
        framesFrom(inside, (packet) => [wrap(packet)]),
        linkType,
      ),
    );
    expect(wrapped.findings.map(copyOf)).toEqual(bare.findings.map(copyOf));
    expect(wrapped.totals).toEqual(bare.totals);
    expect(wrapped.servers).toEqual(bare.servers);
    expect(problemsOf(wrapped)).toEqual([]);
  });
});

describe('in fragments', () => {
  /** Everything about findings but frame numbers, which fragments change. */
  const outcomes = ({ findings }: Report) =>
    findings.map(({ rule, severity, confidence, executed, delivered, fingerprint, also }) => ({
      rule,
      severity,
      confidence,
      executed,
      delivered,
      fingerprint,
      also,
    }));
  const ways: readonly (readonly [string, (packet: Buffer, index: number) => readonly Buffer[]])[] = [
    ['in order', (packet) => fragmentsOf(packet, 32)],
    ['the last one first', (packet) => fragmentsOf(packet, 32).reverse()],
    [
      'each captured twice',
      (packet) =>
        fragmentsOf(packet, 32).flatMap((fragment, _, { length }) => (length > 1 ? [fragment, fragment] : [fragment])),
    ],
    ['of IPv6', (packet, index) => fragmentsOf(inIpv6(packet), 32, index)],
  ];
  test.each(
    ways.flatMap(([way, framesOf]) => CONVERSATIONS.map((conversation) => ({ way, framesOf, ...conversation }))),
  )('$way, example of $id: the same findings', async ({ way, framesOf, packets }) => {
    const inside = way === 'of IPv6' ? framesFrom(packets, (packet) => [inIpv6(packet)]) : packets;
    const bare = await analyzeBytes(pcapOf(inside, LINKTYPE_RAW));
    const cut = await analyzeBytes(pcapOf(framesFrom(packets, framesOf), LINKTYPE_RAW));
    expect(outcomes(cut)).toEqual(outcomes(bare));
    expect(cut.totals).toMatchObject({ ...bare.totals, frames: cut.totals.frames });
    expect(problemsOf(cut)).toEqual([]);
  });

  test('what is missing is told', async () => {
    const { packets } = CONVERSATIONS[0]!;
    const frames = framesFrom(packets, (packet) => fragmentsOf(packet, 32).slice(0, 1));
    const missing = frames.filter(({ data }) => (data.readUInt16BE(6) & 0x2000) !== 0).length;
    expect(missing).toBeGreaterThan(1);
    expect(problemsOf(await analyzeBytes(pcapOf(frames, LINKTYPE_RAW)))).toEqual([
      {
        kind: 'ip-fragments',
        offset: null,
        message: `${missing} frames with a fragment of an IP packet whose other fragments are missing`,
      },
    ]);
  });
});

test('tunnels without end are told', async () => {
  const packets = framesFrom(CONVERSATIONS[0]!.packets.slice(0, 2), (packet) => [nested(packet, 20)]);
  const report = await analyzeBytes(pcapOf(packets, LINKTYPE_RAW));
  expect(report.totals.tcpSegments).toBe(0);
  expect(problemsOf(report).map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
    'nested-too-deep: 2 frames with more tunnels in one another than are looked into',
  ]);
});

test('one connection in two tunnels and a VLAN is one stream, as tshark has it', async () => {
  const wraps = ['vxlan', 'geneve', 'vlan-qinq'].map((name) => ENCAPSULATIONS.find((one) => one.name === name)!.wrap);
  const { packets } = CONVERSATIONS[0]!;
  const frames = framesFrom(packets, (packet, index) => [wraps[index % wraps.length]!(packet)]);
  const bare = await analyzeBytes(pcapOf(packets, LINKTYPE_RAW));
  const { findings } = await analyzeBytes(pcapOf(frames, LINKTYPE_ETHERNET));
  expect(findings.map(copyOf)).toEqual(bare.findings.map(copyOf));
});

describe('captured twice', () => {
  const conversation = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C ACK
0.042  C POST /upload length=300
0.092  S 200 length=700
0.093  C ACK
`;
  const packets = packetsOf(captureOf(conversation));
  const retransmissionsIn = ({ connections }: Report) =>
    [...connections].map(({ clientSide, serverSide }) => [clientSide.retransmissions, serverSide.retransmissions]);
  const later = (packet: Packet, nanoseconds: bigint, change: (bytes: Buffer) => void = () => {}): Packet => {
    const data = Buffer.from(packet.data);
    change(data);
    return { ...packet, time: packet.time + nanoseconds, data };
  };
  const analyzed = (frames: readonly Packet[]) => analyzeBytes(pcapOf(frames, LINKTYPE_RAW));

  test.each(readdirSync(folder).filter((name) => name.startsWith('doubled-')))('%s', async (name) => {
    const report = await analyzeBytes(readFileSync(new URL(name, folder)));
    expect(retransmissionsIn(report)).toEqual([[0, 0]]);
    expect(report.findings).toEqual([]);
    expect(report.totals).toMatchObject({ frames: 24, tcpSegments: 24, connections: 1, exchanges: 2 });
    expect(problemsOf(report)).toEqual([
      {
        kind: 'duplicate-frames',
        offset: null,
        message:
          '12 frames came a second time (captured on several interfaces, or mirrored), which is no retransmission; ' +
          'editcap -d removes exact copies',
      },
    ]);
  });

  test('is no retransmission, and one that is stays one', async () => {
    const doubled = packets.flatMap((packet) => [packet, later(packet, 3000n)]);
    expect(retransmissionsIn(await analyzed(doubled))).toEqual([[0, 0]]);
    const again = later(packets[4]!, 250_000_000n, (bytes) => bytes.writeUInt16BE(9, 4));
    expect(retransmissionsIn(await analyzed([...doubled, again, later(again, 3000n)]))).toEqual([[0, 1]]);
    expect(retransmissionsIn(await analyzed([...packets, again]))).toEqual([[0, 1]]);
  });

  test('of one or two frames nothing is said: the network doubled them', async () => {
    const report = await analyzed([...packets.slice(0, 5), later(packets[4]!, 3000n), ...packets.slice(5)]);
    expect(problemsOf(report)).toEqual([]);
    expect(retransmissionsIn(report)).toEqual([[0, 0]]);
  });
});

describe('a snaplen that cuts payload', () => {
  const conversation = packetsOf(
    captureOf(`
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=3000
0.200  C GET /b
0.241  S 200 chunked length=3000
0.300  C FIN
0.340  S FIN`),
  );
  const cutTo = (snaplen: number) =>
    pcapOf(
      conversation.map(({ time, data }) => ({ time, data: data.subarray(0, snaplen), originalLength: data.length })),
      LINKTYPE_RAW,
    );

  test.each([
    ['heads: the report says so', 60, '4 segments'],
    ['a body in chunks: the report says so', 200, '1 segment'],
    ['nothing', 65_535, null],
  ])('%s', async (_, snaplen, told) => {
    for (const detail of ['findings', 'exchanges'] as const) {
      const report = await analyzeBytes(cutTo(snaplen), { detail });
      expect(problemsOf(report).map(({ kind, message }) => [kind, /^\d+ segments?/.exec(message)?.[0]])).toEqual(
        told === null ? [] : [['cut-in-http', told]],
      );
    }
  });

  test('a body whose length is known: nothing is lost by it', async () => {
    const known = conversation.filter((_, index) => index < 4);
    const cut = known.map(({ time, data }) => ({ time, data: data.subarray(0, 200), originalLength: data.length }));
    const report = await analyzeBytes(pcapOf(cut, LINKTYPE_RAW));
    expect(problemsOf(report)).toEqual([]);
    expect([...report.connections][0]!.exchanges[0]!.response).toMatchObject({ status: 200, complete: true });
  });
});
