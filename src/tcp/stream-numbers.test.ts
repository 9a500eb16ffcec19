// Stream numbers of short conversations that no two endpoints would have, each frame held against tshark.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Timeline } from '../base/timeline.ts';
import { FRAME, NEED_BYTES } from '../capture/frame-reader.ts';
import { openCapture } from '../capture/open-capture.ts';
import { byteSource, pcapFile } from '../testing/capture-builder.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf } from '../testing/tshark.ts';
import { decodeFrame } from '../wire/decode.ts';
import { ACK, FIN, RST, Segment, SYN, TCP } from '../wire/segment.ts';
import { ConnectionTable } from './connection-table.ts';

/** One segment of a 4-tuple. */
interface Sent {
  readonly side: 'C' | 'S';
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement?: number;
  readonly length?: number;
}

const LINKTYPE_RAW = 101;
const SERVER_PORT = 80;

/** Each conversation has its own client port, and comes after the ones before it. */
function captureOf(conversations: readonly (readonly Sent[])[]): Buffer {
  const records = conversations.flatMap((segments, index) =>
    segments.map((sent) => ({ data: packetOf(sent, 1024 + index) })),
  );
  return pcapFile(
    records.map(({ data }, at) => ({
      data,
      seconds: 1_600_000_000 + Math.floor(at / 1000),
      fraction: (at % 1000) * 1000,
    })),
    { linkType: LINKTYPE_RAW },
  );
}

function packetOf({ side, flags, sequence, acknowledgement = 0, length = 0 }: Sent, clientPort: number): Buffer {
  const packet = Buffer.alloc(40 + length, 'x');
  const isClient = side === 'C';
  packet.fill(0, 0, 40);
  packet.writeUInt16BE(0x4500, 0);
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(0x4006, 8);
  packet.writeUInt32BE(isClient ? 0x0a000001 : 0x0a000002, 12);
  packet.writeUInt32BE(isClient ? 0x0a000002 : 0x0a000001, 16);
  packet.writeUInt16BE(isClient ? clientPort : SERVER_PORT, 20);
  packet.writeUInt16BE(isClient ? SERVER_PORT : clientPort, 22);
  packet.writeUInt32BE(sequence >>> 0, 24);
  packet.writeUInt32BE(acknowledgement >>> 0, 28);
  packet.writeUInt16BE(0x5000 | flags, 32);
  packet.writeUInt16BE(65_000, 34);
  return packet;
}

async function streamsOf(capture: Buffer): Promise<number[]> {
  const reader = await openCapture(byteSource(capture), 'capture', new Timeline(), 0);
  const table = new ConnectionTable({ sinkFor: () => null, retired: () => {}, isIgnored: () => false });
  const segment = new Segment();
  const streams: number[] = [];
  for (;;) {
    const status = reader.next();
    if (status === NEED_BYTES) await reader.fill();
    else if (status !== FRAME) return streams;
    else if (decodeFrame(reader, segment) === TCP) {
      segment.frame = streams.length + 1;
      streams.push(table.receive(segment));
    }
  }
}

/** A new connection from its SYN on. */
const healthy = (client: number, server: number): Sent[] => [
  { side: 'C', flags: SYN, sequence: client },
  { side: 'S', flags: SYN | ACK, sequence: server, acknowledgement: client + 1 },
  { side: 'C', flags: ACK, sequence: client + 1, acknowledgement: server + 1 },
  { side: 'C', flags: ACK, sequence: client + 1, acknowledgement: server + 1, length: 20 },
  { side: 'S', flags: ACK, sequence: server + 1, acknowledgement: client + 21, length: 20 },
];
const [syn, synAck, ack, request, response] = healthy(1000, 5000) as [Sent, Sent, Sent, Sent, Sent];
const next = healthy(700_000, 900_000);

/** Title, segments, stream of each. */
const CASES: readonly (readonly [string, readonly Sent[], readonly number[]])[] = [
  [
    "a SYN behind the old server's FIN alone",
    [{ side: 'S', flags: FIN | ACK, sequence: 60, acknowledgement: 40 }, ...next],
    [0, 1, 1, 1, 1, 1],
  ],
  [
    "a SYN behind the old server's FIN and the RST that answers it",
    [
      { side: 'S', flags: FIN | ACK, sequence: 60, acknowledgement: 40 },
      { side: 'C', flags: RST, sequence: 40 },
      ...next,
    ],
    [0, 0, 1, 1, 1, 1, 1],
  ],
  [
    'a SYN behind an acknowledgement of the old server',
    [{ side: 'S', flags: ACK, sequence: 60, acknowledgement: 40 }, ...next],
    [0, 1, 1, 1, 1, 1],
  ],
  [
    'a SYN behind bytes of the old server',
    [{ side: 'S', flags: ACK, sequence: 60, acknowledgement: 40, length: 9 }, ...next],
    [0, 1, 1, 1, 1, 1],
  ],
  ["a SYN behind the client's RST alone", [{ side: 'C', flags: RST, sequence: 60 }, ...next], [0, 1, 1, 1, 1, 1]],
  [
    'nothing tells it behind a bare RST of the server',
    [{ side: 'S', flags: RST, sequence: 60 }, ...next],
    [0, 0, 0, 0, 0, 0],
  ],
  ['a SYN that was captured behind the request', [request, syn, synAck, response], [0, 0, 0, 0]],
  ['a SYN that was captured behind the handshake', [ack, synAck, syn, request, response], [0, 0, 0, 0, 0]],
  ['a SYN that was captured behind its answer', [synAck, syn, ack, request, response], [0, 0, 0, 0, 0]],
];

/** Segments whose numbers are few, so that they meet; a SYN is the client's, what answers it the server's. */
const random = fc.array(
  fc.record({
    from: fc.constantFrom(
      ...(['C', 'S'] as const).flatMap((side) =>
        [side === 'C' ? SYN : SYN | ACK, ACK, ACK, FIN | ACK, RST, RST | ACK].map((flags) => ({ side, flags })),
      ),
    ),
    sequence: fc.constantFrom(999, 1000, 1001, 5000, 5001),
    acknowledgement: fc.constantFrom(1000, 1001, 5001, 9000),
    length: fc.constantFrom(0, 0, 20),
  }),
  { minLength: 2, maxLength: 7 },
);

/** Of a SYN behind the end that has the old SYN's number Wireshark's versions say different things. */
function isDisputed(segments: readonly Sent[]): boolean {
  return segments.some(({ flags, sequence }, at) => {
    const before = segments.slice(0, at);
    if ((flags & (SYN | ACK)) !== SYN || !before.some((sent) => (sent.flags & (FIN | RST)) !== 0)) return false;
    return before.some((sent) => [sent.sequence, sent.sequence - 1, sent.acknowledgement! - 1].includes(sequence));
  });
}

describe('the streams of a 4-tuple', () => {
  test.each(CASES)('%s', async (_, segments, streams) => {
    expect(await streamsOf(captureOf([segments]))).toEqual(streams);
  });

  describe.skipIf(!HAS_TSHARK)(titleWithTshark('as tshark numbers them'), () => {
    const sampled = fc
      .sample(random, { numRuns: 1000, seed: 7 })
      .map((all) => all.map(({ from, ...rest }) => ({ ...from, ...rest })));
    const conversations = [
      ...CASES.map(([, segments]) => segments),
      ...sampled.filter((segments) => !isDisputed(segments)),
    ];
    let expected: number[] = [];
    beforeAll(() => {
      const rows = tsharkFieldsOf(captureOf(conversations), ['tcp.stream'], ['-n']);
      expected = rows.map(([stream]) => Number(stream));
    }, 60_000);

    test('cases, and segments at random', async () => {
      const streams = await streamsOf(captureOf(conversations));
      expect(streams.length).toBe(expected.length);
      const firstOf = (numbers: readonly number[]) => numbers.map((number) => number - numbers[0]!);
      let at = 0;
      for (const segments of conversations) {
        const ours = firstOf(streams.slice(at, at + segments.length));
        const theirs = firstOf(expected.slice(at, at + segments.length));
        expect({ segments, streams: ours }).toEqual({ segments, streams: theirs });
        at += segments.length;
      }
    });
  });
});
