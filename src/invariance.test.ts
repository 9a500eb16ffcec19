// What a capture looks like must not change what is found in it: duplicates, swapped frames, file formats, link types,
// where sequence numbers begin, how many files there are.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyze } from './analyze.ts';
import type { Detail } from './report/report.ts';
import { RULES } from './rules/catalogue.ts';
import { byteSource } from './testing/capture-builder.ts';
import { captureOf } from './testing/conversation.ts';
import { readCapture } from './testing/read-capture.ts';
import {
  byDirection,
  duplicated,
  ethernetOf,
  LINKTYPE_RAW,
  type Packet,
  pcapngOf,
  pcapOf,
  swapped,
  withForgeries,
  wrapped,
} from './testing/transform-capture.ts';

const FOLDERS = ['fixtures/captures/lab/', 'fixtures/captures/signatures/'];
/** Larger ones would show nothing more, and take long. */
const LARGEST = 100_000;
const ETHERNET_HEADER = 14;
const MILLISECOND = 1_000_000n;

const CONVERSATIONS = [
  ...RULES.map(({ documentation: { id, example } }) => ({ name: `example of ${id}`, bytes: captureOf(example) })),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.pcap(ng)?$/.test(name))
      .sort()
      .map((name) => ({ name, bytes: readFileSync(folder + name) }))
      .filter(({ bytes }) => bytes.length < LARGEST),
  ),
];

/** What the packets of one capture become: the files of another. */
const TRANSFORMATIONS: Readonly<Record<string, (packets: readonly Packet[]) => readonly Buffer[]>> = {
  'every frame twice': (packets) => [pcapOf(duplicated(packets))],
  'frames of one instant swapped': (packets) => [pcapOf(swapped(packets, MILLISECOND))],
  'every frame twice, and swapped': (packets) => [pcapOf(swapped(duplicated(packets), MILLISECOND))],
  'as pcapng': (packets) => [pcapngOf(packets)],
  'in Ethernet': (packets) => [ethernetOf(packets, 0)],
  'in Ethernet with two VLAN tags': (packets) => [ethernetOf(packets, 2)],
  'sequence numbers that wrap': (packets) => [pcapOf(wrapped(packets))],
  'forged segments among them': (packets) => [pcapOf(withForgeries(packets, 2))],
  'a second file that goes on': (packets) => {
    const half = packets.length >> 1;
    return [pcapOf(packets.slice(half)), pcapOf(packets.slice(0, half))];
  },
  'a file for each direction': (packets) => byDirection(packets).map((part) => pcapOf(part)),
  'the same file twice': (packets) => [pcapOf(packets), pcapOf(packets)],
};

async function packetsOf(bytes: Buffer): Promise<Packet[]> {
  const { frames } = await readCapture(byteSource(bytes));
  return frames.map(({ time, data, originalLength, linkType }) => {
    const header = linkType === LINKTYPE_RAW ? 0 : ETHERNET_HEADER;
    return {
      time: BigInt(time.replace('.', '')),
      data: data.subarray(header),
      originalLength: originalLength - header,
    };
  });
}

/** Everything about the findings but frame numbers, times, and texts that hold them. */
async function findingsIn(files: readonly Buffer[], detail: Detail): Promise<string[]> {
  const inputs = files.map((bytes, index) => ({ path: `${index}.pcap`, source: byteSource(bytes) }));
  const { findings } = await analyze(inputs, { detail, hosts: [], ports: [] });
  return findings
    .map((finding) =>
      [
        finding.rule,
        ...finding.also.map(({ rule, severity }) => `+${rule} ${severity}`),
        finding.severity,
        finding.confidence,
        finding.executed,
        finding.delivered,
        finding.client,
        finding.server,
        finding.fingerprint,
      ].join(' '),
    )
    .sort();
}

describe.each(CONVERSATIONS)('$name', ({ bytes }) => {
  test.each(Object.entries(TRANSFORMATIONS))('%s: the same findings', async (_name, transform) => {
    const packets = await packetsOf(bytes);
    expect(await findingsIn(transform(packets), 'findings')).toEqual(await findingsIn([bytes], 'exchanges'));
  });

  test.each(['findings', 'connections'] as const)('with detail %j: the same findings', async (detail) => {
    expect(await findingsIn([bytes], detail)).toEqual(await findingsIn([bytes], 'exchanges'));
  });
});
