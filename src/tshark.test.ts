// Every capture in fixtures/ as tshark tells it: streams, messages with their frames, who answers what, FIN and RST.
//
// Starting tshark takes longer than reading a fixture. So the fixtures are strung together, and tshark is started once
// for all of one end: the two ends of a conversation would become one stream. The latest capture comes first, because a
// capture may begin with the tail of a conversation that another one shows from its start.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { Timeline } from './base/timeline.ts';
import { FRAME, NEED_BYTES } from './capture/frame-reader.ts';
import { openCapture } from './capture/open-capture.ts';
import type { History, Side } from './history/history.ts';
import type { Response } from './http/exchange.ts';
import { ConnectionTable } from './tcp/connection-table.ts';
import { analyzeFile } from './testing/analyze-file.ts';
import { byteSource } from './testing/capture-builder.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf } from './testing/tshark.ts';
import { decodeFrame } from './wire/decode.ts';
import { Defragmenter } from './wire/defragmenter.ts';
import { FIN, RST, Segment, TCP } from './wire/segment.ts';

const folder = fileURLToPath(new URL('../fixtures/captures/', import.meta.url));
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .sort();
const HAS_MERGECAP = HAS_TSHARK && spawnSync('mergecap', ['--version']).status === 0;
if (!HAS_MERGECAP) console.warn('tshark is not installed: the tests that compare with it are skipped.');

/** What tshark says of a frame with TCP in it. What can occur more than once in a frame is a list. */
interface TsharkFrame {
  readonly frame: number;
  readonly stream: number;
  readonly sourcePort: number;
  readonly flags: number;
  readonly methods: readonly string[];
  readonly targets: readonly string[];
  readonly statuses: readonly number[];
  readonly responseIn: readonly number[];
  readonly requestIn: readonly number[];
}

const FIELDS = [
  'frame.number',
  'tcp.stream',
  'tcp.srcport',
  'tcp.flags',
  'http.request.method',
  'http.request.uri',
  'http.response.code',
  'http.response_in',
  'http.request_in',
];
// Two passes, so that a request knows its response; a message stands in the frame that completed it.
const OPTIONS = ['-n', '-2', '-E', 'aggregator=|', '-o', 'tcp.reassemble_out_of_order:TRUE'];

/** The frames of every fixture, numbered within it. */
async function readWithTshark(): Promise<Map<string, TsharkFrame[]>> {
  const byFixture = new Map<string, TsharkFrame[]>();
  for (const end of ['client', 'server']) {
    const ofEnd = names.filter((name) => name.includes(`.${end}.`)).reverse();
    const paths = ofEnd.map((name) => join(folder, name));
    const strung = spawnSync('mergecap', ['-a', '-F', 'pcapng', '-w', '-', ...paths], { maxBuffer: 1 << 30 }).stdout;
    const rows = tsharkFieldsOf(strung, FIELDS, OPTIONS);
    let framesBefore = 0;
    let streamsBefore = 0;
    for (const name of ofEnd) {
      const count = (await streamsOf(name)).length;
      const frames = rows
        .slice(framesBefore, framesBefore + count)
        .filter((row) => row[1] !== '')
        .map((row) => tsharkFrame(row, framesBefore, streamsBefore));
      byFixture.set(name, frames);
      framesBefore += count;
      streamsBefore += new Set(frames.map(({ stream }) => stream)).size;
    }
  }
  return byFixture;
}

function tsharkFrame(row: readonly string[], framesBefore: number, streamsBefore: number): TsharkFrame {
  const values = (index: number) => (row[index] ?? '').split('|').filter((value) => value !== '');
  const frames = (index: number) => values(index).map((frame) => Number(frame) - framesBefore);
  return {
    frame: frames(0)[0]!,
    stream: Number(row[1]) - streamsBefore,
    sourcePort: Number(row[2]),
    flags: Number(row[3]),
    methods: values(4),
    targets: values(5),
    statuses: values(6).map(Number),
    responseIn: frames(7),
    requestIn: frames(8),
  };
}

/** For every frame of a fixture, the stream number that the connection table gives it; null for what is no TCP. */
async function streamsOf(name: string): Promise<(number | null)[]> {
  const reader = await openCapture(byteSource(readFileSync(join(folder, name))), name, new Timeline(), 0);
  const table = new ConnectionTable({ sinkFor: () => null, retired: () => {}, isIgnored: () => false });
  const segment = new Segment();
  const defragmenter = new Defragmenter();
  const streams: (number | null)[] = [];
  for (;;) {
    const status = reader.next();
    if (status === NEED_BYTES) await reader.fill();
    else if (status !== FRAME) return streams;
    else if (decodeFrame(reader, segment, defragmenter) !== TCP) streams.push(null);
    else {
      segment.frame = streams.length + 1;
      streams.push(table.receive(segment));
    }
  }
}

describe.skipIf(!HAS_MERGECAP)(titleWithTshark('as tshark tells it'), () => {
  let byFixture = new Map<string, TsharkFrame[]>();
  beforeAll(async () => {
    byFixture = await readWithTshark();
  }, 60_000);

  describe.each(names)('%s', (name) => {
    it('stream of every frame', async () => {
      const streams = await streamsOf(name);
      const ours = streams.flatMap((stream, index) => (stream === null ? [] : [{ frame: index + 1, stream }]));
      expect(ours).toEqual(byFixture.get(name)!.map(({ frame, stream }) => ({ frame, stream })));
    });

    it.skipIf(SHOWN_OTHERWISE.has(name.replace(/\.(client|server)\.\w+$/, '')))('requests and responses', async () => {
      const connections = [...(await analyzeFile(join(folder, name))).connections];
      const pairing = UNPAIRED.has(name.replace(/\.(client|server)\.\w+$/, ''))
        ? withoutPartner
        : (row: MessageRow) => row;
      const ours = connections.flatMap(messagesOf).map((message) => pairing(asTsharkHasIt(name, message)));
      expect(ours.sort(byFrame)).toEqual(byFixture.get(name)!.flatMap(tsharkMessagesOf).map(pairing).sort(byFrame));
    });

    it('FIN and RST', async () => {
      const connections = [...(await analyzeFile(join(folder, name))).connections];
      const frames = byFixture.get(name)!;
      expect(connections.map(endsOf)).toEqual(connections.map((history) => tsharkEndsOf(history, frames)));
    });
  });
});

/** A request or a response, and the frame of the one that it is paired with. */
interface MessageRow {
  readonly frame: number;
  readonly stream: number;
  readonly text: string;
  readonly partner: number | null;
}

const byFrame = (a: MessageRow, b: MessageRow) => a.frame - b.frame || a.text.localeCompare(b.text);

/** Where tshark has a single message otherwise: fixture, our frame, and what tshark has. */
const OTHERWISE: Readonly<Record<string, ReadonlyMap<number, Partial<MessageRow>>>> = {
  // A retransmission fills the hole before a message's last bytes: tshark names the frame that completed the message,
  // we name the frame of its last byte.
  'lab/healthy-lossy-nginx.client.pcapng': new Map([
    [241, { partner: 265 }],
    [251, { frame: 265 }],
  ]),
  'lab/healthy-lossy-nginx.server.pcapng': new Map([
    [383, { frame: 385 }],
    [387, { partner: 385 }],
  ]),
  'lab/healthy-lossy-apache.client.pcap': new Map([
    [95, { partner: 102 }],
    [99, { frame: 102 }],
    [187, { partner: 201 }],
    [198, { frame: 201 }],
  ]),
  'lab/healthy-lossy-apache.server.pcap': new Map([
    [42, { frame: 46 }],
    [48, { partner: 46 }],
  ]),
  // Of two pipelined requests tshark takes the later one, though the response acknowledges only the first.
  'signatures/s8b_close_pipelined_rst.client.pcap': new Map([
    [4, { partner: null }],
    [6, { partner: 8 }],
    [8, { partner: 6 }],
  ]),
};

/** What tshark shows otherwise as a whole. */
const SHOWN_OTHERWISE = new Set([
  // Frames are cut: tshark shows the heads that it can read of them, we show whole messages.
  'lab/healthy-snap-length-nginx',
  'lab/race-snap-length-node',
  // Of pipelined responses to HEAD tshark makes one message.
  'lab/healthy-bodies-node',
  'lab/healthy-pipelining',
]);

/** Where several requests lie in one frame tshark gives all of them one response; and it pairs an unasked 408. */
const UNPAIRED = new Set([
  'lab/request-after-close-envoy',
  'lab/request-after-close-envoy-proxy',
  'lab/preconnect-408-haproxy',
]);

const withoutPartner = (row: MessageRow): MessageRow => ({ ...row, partner: null });

function asTsharkHasIt(name: string, message: MessageRow): MessageRow {
  return { ...message, ...OTHERWISE[name]?.get(message.frame) };
}

/**
 * The messages of a connection, as far as tshark shows them. It is silent about a message that never completes, and
 * about a response's request when the response was complete first (an early 413).
 */
function messagesOf(history: History): MessageRow[] {
  const { stream } = history;
  return history.exchanges.flatMap(({ request, interim, response }) => {
    const asked = request?.complete ? request.lastFrame : null;
    const answered = response?.complete ? lastFrameOf(response, history) : null;
    const paired = asked !== null && answered !== null && asked < answered;
    const rows: MessageRow[] = interim.map(({ status, frame }) => ({
      frame,
      stream,
      text: String(status),
      partner: null,
    }));
    if (request !== null && asked !== null) {
      const text = `${request.method} ${request.target}`;
      rows.push({ frame: asked, stream, text, partner: paired ? answered : null });
    }
    if (response !== null && answered !== null) {
      rows.push({ frame: answered, stream, text: String(response.status), partner: paired ? asked : null });
    }
    return rows;
  });
}

/** A body that ends with the connection is complete for tshark in the frame of the FIN; for us it ends with its bytes. */
function lastFrameOf(response: Response, { serverSide }: History): number {
  return response.framing === 'close-delimited' ? (serverSide.fin?.frame ?? response.lastFrame) : response.lastFrame;
}

function tsharkMessagesOf(frame: TsharkFrame): MessageRow[] {
  const { frame: number, stream } = frame;
  return [
    ...frame.methods.map((method, index) => ({
      frame: number,
      stream,
      text: `${method} ${frame.targets[index]}`,
      partner: frame.responseIn[index] ?? null,
    })),
    ...frame.statuses.map((status, index) => ({
      frame: number,
      stream,
      text: String(status),
      partner: frame.requestIn[index] ?? null,
    })),
  ];
}

interface EndRow {
  readonly fin: number | null;
  readonly rst: number | null;
  readonly rstCount: number;
}

function endsOf({ clientSide, serverSide }: History): EndRow[] {
  return [clientSide, serverSide].map(({ fin, rst, rstCount }: Side) => ({
    fin: fin?.frame ?? null,
    rst: rst?.frame ?? null,
    rstCount,
  }));
}

function tsharkEndsOf(history: History, frames: readonly TsharkFrame[]): EndRow[] {
  return [history.client, history.server].map((endpoint) => {
    const port = Number(endpoint.slice(endpoint.lastIndexOf(':') + 1));
    const sent = frames.filter((frame) => frame.stream === history.stream && frame.sourcePort === port);
    const resets = sent.filter(({ flags }) => (flags & RST) !== 0);
    return {
      fin: sent.find(({ flags }) => (flags & FIN) !== 0)?.frame ?? null,
      rst: resets[0]?.frame ?? null,
      rstCount: resets.length,
    };
  });
}
