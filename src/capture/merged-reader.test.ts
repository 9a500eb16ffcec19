import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Timeline } from '../base/timeline.ts';
import { byteSource, PcapngBuilder, type PcapRecord, pcapFile } from '../testing/capture-builder.ts';
import { readFrames } from '../testing/read-capture.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf, withFile } from '../testing/tshark.ts';
import { MergedReader } from './merged-reader.ts';
import { openCapture } from './open-capture.ts';

const at = (seconds: number, text: string): PcapRecord => ({
  seconds: 1_600_000_000 + Math.floor(seconds),
  fraction: Math.round((seconds % 1) * 1e6),
  data: Buffer.from(text),
});

async function merge(...files: readonly Buffer[]) {
  const timeline = new Timeline();
  const readers = await Promise.all(
    files.map((file, index) => openCapture(byteSource(file, 50, index % 2 === 1), `${index}`, timeline, index)),
  );
  return readFrames(new MergedReader(readers), timeline);
}

const first = pcapFile([at(5, 'a1'), at(7, 'a2'), at(6, 'a3'), at(9, 'a4')]);
const second = pcapFile([at(3, 'b1'), at(7, 'b2'), at(8.5, 'b3'), at(20, 'b4')], { order: 'big' });
const empty = pcapFile([]);

test('the earliest of the current frames is next, the later capture first, each capture in its own order', async () => {
  const frames = await merge(first, second, empty);
  expect(frames.map((frame) => frame.data.toString())).toEqual(['b1', 'a1', 'b2', 'a2', 'a3', 'b3', 'a4', 'b4']);
  expect(frames.map((frame) => frame.captureIndex)).toEqual([1, 0, 1, 0, 0, 1, 0, 1]);
  expect(frames[0]?.time).toBe('1600000003.000000000');
});

test.skipIf(!HAS_TSHARK)(titleWithTshark('as mergecap does'), () => {
  const merged = withFile(first, (a) =>
    withFile(second, (b) => spawnSync('mergecap', ['-F', 'pcapng', '-w', '-', a, b]).stdout),
  );
  const rows = tsharkFieldsOf(merged, ['frame.time_epoch']);
  expect(rows.map(([time]) => Number(time) - 1_600_000_000)).toEqual([3, 5, 7, 7, 6, 8.5, 9, 20]);
});

test('a frame without a time does not wait', async () => {
  const pcapng = new PcapngBuilder();
  const untimed = Buffer.concat([
    pcapng.section(),
    pcapng.interfaceDescription(),
    pcapng.simplePacket(Buffer.from('c1')),
    pcapng.enhancedPacket({ timestamp: 1_600_000_006_000_000n, data: Buffer.from('c2') }),
    pcapng.simplePacket(Buffer.from('c3')),
  ]);
  const frames = await merge(first, untimed);
  expect(frames.map((frame) => frame.data.toString())).toEqual(['c1', 'a1', 'c2', 'c3', 'a2', 'a3', 'a4']);
});

test('one capture alone stays as it is, and none has no frames', async () => {
  expect((await merge(second)).map((frame) => frame.data.toString())).toEqual(['b1', 'b2', 'b3', 'b4']);
  expect(await merge(empty, empty)).toEqual([]);
  expect(await merge()).toEqual([]);
});
