// Every capture in fixtures/ as two other programs read it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { byteSource } from '../testing/capture-builder.ts';
import { decompressed } from '../testing/compressed.ts';
import { readCapture } from '../testing/read-capture.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf } from '../testing/tshark.ts';
import { gzip } from './compression/gzip.ts';
import { lz4 } from './compression/lz4.ts';
import { zstd } from './compression/zstd.ts';

const folder = fileURLToPath(new URL('../../fixtures/captures/', import.meta.url));
const captures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .sort()
  .map((name) => join(folder, name));
const MICROSECONDS_LITTLE_ENDIAN = 0xa1b2c3d4;
const classicCaptures = captures.filter((path) => readFileSync(path).readUInt32LE(0) === MICROSECONDS_LITTLE_ENDIAN);

const readFixture = (path: string) => readCapture(byteSource(readFileSync(path)), path);

test.each(classicCaptures.map((path) => path.slice(folder.length)))('%s as pcap-parser reads it', async (name) => {
  const { frames } = await readFixture(join(folder, name));
  expect(frames.map(({ time, originalLength, data }) => ({ time, originalLength, data }))).toEqual(
    await readWithPcapParser(join(folder, name)),
  );
});

// A compressed one is called NAME.END.VARIANT.EXTENSION.COMPRESSION and holds the lab's NAME.END.EXTENSION.
describe.each(readdirSync(join(folder, 'compressed')).sort())('%s', (name) => {
  const [scenario, end] = name.split('.');
  const extension = name.includes('.pcapng') ? 'pcapng' : 'pcap';
  const original = readFileSync(join(folder, 'lab', `${scenario}.${end}.${extension}`));
  const file = readFileSync(join(folder, 'compressed', name));
  const compression = { gz: gzip, zst: zstd, lz4 }[name.slice(name.lastIndexOf('.') + 1)]!;
  const read = (bytes: Buffer, chunk = bytes.length, later = false) =>
    decompressed((report) => compression.decompress(byteSource(bytes, chunk, later), report));

  it('holds what its original holds, in pieces of any size', async () => {
    for (const chunk of [7, 100, 4099, file.length]) {
      const { bytes, problems } = await read(file, chunk, chunk === 100);
      expect(bytes.equals(original)).toBe(true);
      expect(problems).toEqual([]);
    }
  });

  it('cut off gives the beginning, and says so', async () => {
    for (let length = 97; length < file.length; length += 1997) {
      const { bytes, problems } = await read(file.subarray(0, length));
      expect(bytes.equals(original.subarray(0, bytes.length))).toBe(true);
      expect(problems).toMatchObject([{ kind: 'truncated', offset: bytes.length }]);
    }
  });

  it('with a byte changed says so, where it has a checksum', async () => {
    for (let at = 60; at < file.length; at += 1991) {
      const changed = Buffer.from(file);
      changed[at]! ^= 0x55;
      const { bytes, problems } = await read(changed);
      expect(problems.length).toBeLessThanOrEqual(1);
      // What has no checksum may hold other bytes, and nobody can tell.
      const isChecked = !/streamed|legacy|independent|frames\.pcapng\.lz4/.test(name);
      if (isChecked && problems.length === 0) expect(bytes.equals(original)).toBe(true);
    }
  });

  it('is a capture', async () => {
    const { frames, summary } = await readCapture(byteSource(file));
    expect(frames).toHaveLength((await readCapture(byteSource(original))).frames.length);
    expect(summary).toMatchObject({ compression: compression.name, bytes: file.length, problems: [] });
  });
});

const HAS_MERGECAP = HAS_TSHARK && spawnSync('mergecap', ['--version']).status === 0;

// mergecap -a strings the captures together, so tshark is started once for all.
test.skipIf(!HAS_MERGECAP)(
  titleWithTshark('all of them as tshark reads them'),
  async () => {
    const strung = spawnSync('mergecap', ['-a', '-F', 'pcapng', '-w', '-', ...captures], { maxBuffer: 1 << 30 }).stdout;
    const rows = tsharkFieldsOf(strung, ['frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len']);
    const read = await Promise.all(captures.map(readFixture));
    const frames = read.flatMap((capture) => capture.frames);
    expect(
      frames.map(({ time, originalLength, data }, index) => [index + 1, time, originalLength, data.length].map(String)),
    ).toEqual(rows);
    expect(read.flatMap((capture) => capture.summary.problems)).toEqual([]);
  },
  60_000,
);

interface PcapParserPacket {
  readonly header: {
    readonly timestampSeconds: number;
    readonly timestampMicroseconds: number;
    readonly originalLength: number;
  };
  readonly data: Buffer;
}

interface PcapParser {
  parse(path: string): {
    on(event: 'packet', listener: (packet: PcapParserPacket) => void): void;
    on(event: 'end', listener: () => void): void;
    on(event: 'error', listener: (error: Error) => void): void;
  };
}

function readWithPcapParser(path: string) {
  const { parse } = createRequire(import.meta.url)('pcap-parser') as PcapParser;
  return new Promise((resolve, reject) => {
    const frames: { time: string; originalLength: number; data: Buffer }[] = [];
    const parser = parse(path);
    parser.on('packet', ({ header, data }) => {
      const microseconds = String(header.timestampMicroseconds).padStart(6, '0');
      const time = `${header.timestampSeconds}.${microseconds}000`;
      frames.push({ time, originalLength: header.originalLength, data: Buffer.from(data) });
    });
    parser.on('end', () => resolve(frames));
    parser.on('error', reject);
  });
}
