import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { byteSource } from '../testing/capture-builder.ts';
import { exported } from '../testing/export-bytes.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf } from '../testing/tshark.ts';
import { chooseConnections, frameFilter } from './select-connections.ts';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/captures/${name}`, import.meta.url));

async function extracted(original: Buffer, wanted: { streams?: readonly number[]; frames?: readonly number[] }) {
  const inputs = [{ path: 'a.pcap', source: byteSource(original) }];
  const choice = await chooseConnections(inputs, { streams: wanted.streams ?? [], frames: wanted.frames ?? [] });
  const isChosen = frameFilter(choice);
  const frames: number[] = [];
  const { bytes, counts } = await exported([original], (reader, frame) => {
    if (!isChosen(reader, frame)) return null;
    frames.push(frame);
    return [];
  });
  return { choice, bytes, counts, frames };
}

const RACE = fixture('lab/race-apache.client.pcapng');

test('frames choose their whole connections', async () => {
  const { findings } = await analyzeBytes(RACE);
  const finding = findings.find(({ rule }) => rule === 'fin-crosses-request')!;
  const byFrame = await extracted(RACE, { frames: [finding.frame] });
  const byStream = await extracted(RACE, { streams: [finding.stream!] });
  expect([...byFrame.choice.streams]).toEqual([finding.stream]);
  expect(byFrame.bytes.equals(byStream.bytes)).toBe(true);
  const again = (await analyzeBytes(byFrame.bytes)).findings.filter(({ rule }) => rule === finding.rule);
  expect(again.map(({ rule, executed }) => ({ rule, executed }))).toEqual([
    { rule: finding.rule, executed: finding.executed },
  ]);
  expect(again[0]!.evidence.map(({ role, note }) => [role, note])).toEqual(
    finding.evidence.map(({ role, note }) => [role, note]),
  );
});

test('streams that are not there are named, with how many there are', async () => {
  const { choice } = await extracted(RACE, { streams: [1, 500, 70] });
  expect(choice.missing).toEqual([70, 500]);
  expect(choice.streamsInAll).toBe((await analyzeBytes(RACE)).totals.connections);
});

test.each(['fragments-ipv4', 'fragments-ipv6-last-first', 'fragments-of-vxlan'])(
  'fragments come along: %s',
  async (name) => {
    const original = fixture(`wire/${name}.client.pcap`);
    const { totals } = await analyzeBytes(original);
    const { bytes } = await extracted(original, { streams: Array.from({ length: totals.connections }, (_, i) => i) });
    const report = await analyzeBytes(bytes);
    expect(report.totals).toEqual({ ...totals, frames: report.totals.frames });
    expect(totals.exchanges).toBeGreaterThan(0);
  },
);

test.skipIf(!HAS_TSHARK)(titleWithTshark('streams are those of tshark'), { timeout: 60_000 }, async () => {
  const rows = tsharkFieldsOf(RACE, ['frame.number'], ['-Y', 'tcp.stream in {2, 5}']);
  expect((await extracted(RACE, { streams: [2, 5] })).frames).toEqual(rows.map((row) => Number(row[0])));
});
