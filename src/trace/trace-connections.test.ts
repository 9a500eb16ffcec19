import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { byteSource } from '../testing/capture-builder.ts';
import { captureOf } from '../testing/conversation.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf } from '../testing/tshark.ts';
import { flagNames, type TracedSegment } from './trace.ts';
import { traceConnections, type WantedConnection } from './trace-connections.ts';

const RACE = `
  0.000  C SYN
  0.040  S SYN-ACK
  0.041  C GET /a
  0.082  S 200 length=5
  5.082  S FIN
  5.083  C GET /b crossing=1
  5.123  S RST`;
const CLIENT = '10.0.0.1:40000';

async function traceOf(capture: Buffer, wanted: WantedConnection, maxSegments = 1000): Promise<TracedSegment[]> {
  const traces = await traceConnections([{ path: 'x', source: byteSource(capture) }], [wanted], { maxSegments });
  const trace = traces.get(wanted.stream)!;
  return Array.from({ length: trace.length }, (_, i) => trace.at(i));
}

test('tells a conversation segment by segment, with numbers as Wireshark counts them', async () => {
  const segments = await traceOf(captureOf(RACE), { stream: 0, client: CLIENT });
  const lines = segments.map(
    (s) =>
      `${s.frame} ${s.fromClient ? 'C' : 'S'} [${flagNames(s.flags)}] ${s.sequence} ${s.acknowledgement} ${s.length} ${s.startLine}`,
  );
  const request = segments[2]!.length;
  const response = segments[3]!.length;
  expect(lines).toEqual([
    '1 C [SYN] 0 0 0 ',
    '2 S [SYN, ACK] 0 1 0 ',
    `3 C [PSH, ACK] 1 1 ${request} GET /a HTTP/1.1`,
    `4 S [PSH, ACK] 1 ${1 + request} ${response} HTTP/1.1 200 X`,
    `5 S [FIN, ACK] ${1 + response} ${1 + request} 0 `,
    `6 C [PSH, ACK] ${1 + request} ${1 + response} ${segments[5]!.length} GET /b HTTP/1.1`,
    `7 S [RST] ${1 + response} 0 0 `,
  ]);
});

test('keeps what was asked for: frames of a range, at most so many, of no other connection', async () => {
  const capture = captureOf(RACE);
  const range = await traceOf(capture, { stream: 0, client: CLIENT, firstFrame: 3, lastFrame: 5 });
  expect(range.map(({ frame }) => frame)).toEqual([3, 4, 5]);
  expect(range[0]!.sequence).toBe(1);
  expect(await traceOf(capture, { stream: 1, client: CLIENT })).toEqual([]);
  const wanted = [{ stream: 0, client: CLIENT }];
  const traces = await traceConnections([{ path: 'x', source: byteSource(capture) }], wanted, { maxSegments: 4 });
  expect(traces.get(0)).toMatchObject({ length: 4, omitted: 3 });
  expect(traces.get(0)!.indexOfFrame(3)).toBe(2);
  expect(traces.get(0)!.indexOfFrame(99)).toBe(4);
  expect(() => traces.get(0)!.at(4)).toThrow(RangeError);
});

test('can be cancelled', async () => {
  const inputs = [{ path: 'x', source: byteSource(captureOf(RACE)) }];
  const traces = await traceConnections(inputs, [{ stream: 0, client: CLIENT }], {
    maxSegments: 10,
    isCancelled: () => true,
  });
  expect(traces.get(0)!.length).toBe(0);
});

describe.skipIf(!HAS_TSHARK)(titleWithTshark('traces against tshark'), () => {
  const folder = fileURLToPath(new URL('../../fixtures/captures/signatures/', import.meta.url));
  const names = readdirSync(folder).filter((name) => /\.client\.pcap(ng)?$/.test(name));
  test.each(names)('%s', async (name) => {
    const bytes = readFileSync(join(folder, name));
    const report = await analyzeBytes(bytes);
    const wanted = [...report.connections].map(({ stream, client }) => ({ stream, client }));
    const traces = await traceConnections([{ path: name, source: byteSource(bytes) }], wanted, { maxSegments: 1e5 });
    const ours = [...traces].flatMap(([stream, trace]) =>
      Array.from({ length: trace.length }, (_, i) => {
        const { frame, sequence, acknowledgement, length, flags } = trace.at(i);
        return [frame, stream, sequence, acknowledgement, length, flags].join(' ');
      }),
    );
    const fields = ['frame.number', 'tcp.stream', 'tcp.seq', 'tcp.ack', 'tcp.len', 'tcp.flags'];
    const theirs = tsharkFieldsOf(bytes, fields, ['-n', '-Y', 'tcp']).map((row) =>
      [...row.slice(0, 5), Number(row[5]) & 0xff].join(' '),
    );
    expect(ours.sort()).toEqual(theirs.sort());
  });
});
