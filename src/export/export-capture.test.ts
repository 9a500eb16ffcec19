// What is copied, what is converted, and that nothing else changes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { NotACaptureError } from '../capture/open-capture.ts';
import { copyOf } from '../rules/finding.ts';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { byteSource, PcapngBuilder, type PcapngOption, pcapFile } from '../testing/capture-builder.ts';
import { blocksOf, commenting, exported } from '../testing/export-bytes.ts';
import { readCapture } from '../testing/read-capture.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf } from '../testing/tshark.ts';
import { commentsByFrame } from './comments.ts';

const folder = fileURLToPath(new URL('../../fixtures/captures/', import.meta.url));
const fixtures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .sort();
const fixture = (name: string) => readFileSync(join(folder, name));

const data = Buffer.from('a packet of 27 bytes, so be');
const unpadded = data.subarray(0, 25);
const text = (code: number, value: string): PcapngOption => ({ code, value: Buffer.from(value) });

/** A file with blocks and options of every kind. */
function everything(order: 'little' | 'big'): Buffer[] {
  const b = new PcapngBuilder(order);
  const number = (code: number, value: number) => ({ code, value: b.words(4, value) });
  const count = (code: number, value: bigint) => ({ code, value: b.bigWord(value) });
  return [
    b.section({ options: [text(1, 'a comment'), text(2, 'hardware'), text(3, 'system'), text(4, 'program')] }),
    b.interfaceDescription({
      resolution: 9,
      fcsLength: 4,
      offsetSeconds: 3600n,
      options: [text(2, 'eth0'), count(8, 1_000_000_000n), text(11, '\0tcp port 80'), text(12, 'Linux')],
    }),
    b.interfaceDescription({ linkType: 101, snaplen: 25 }),
    b.nameResolution([{ address: Buffer.of(10, 0, 0, 1), names: ['client', 'c'] }], [text(2, 'dns')]),
    b.decryptionSecrets(Buffer.from('CLIENT_RANDOM 00 11\n')),
    b.enhancedPacket({ data, options: [number(2, 0b1000_0001), count(4, 3n), text(1, 'there before')] }),
    b.enhancedPacket({ data: unpadded, interfaceIndex: 1, originalLength: 1500 }),
    b.obsoletePacket({ data, options: [number(2, 1)] }),
    b.simplePacket(data, 27),
    b.block(0xbad, Buffer.concat([b.words(4, 0x1234), Buffer.from('custom data')])),
    b.block(0x9, Buffer.from('__REALTIME_TIMESTAMP=1\n')),
    b.block(0x7777, Buffer.from('nobody knows')),
    b.enhancedPacket({ data: Buffer.alloc(0), options: [{ code: 2988, value: Buffer.concat([b.words(4, 7), data]) }] }),
    b.interfaceStatistics(1, [number(2, 5), count(4, 100n), count(5, 0n)]),
  ];
}

describe('a pcapng capture without comments', () => {
  test.each(fixtures.filter((name) => name.endsWith('ng')))('%s is byte for byte the same', async (name) => {
    const original = fixture(name);
    expect((await exported([original])).bytes.equals(original)).toBe(true);
  });

  it('is the same in either byte order, in several sections, in pieces of any size, from a compressed file', async () => {
    const original = Buffer.concat([...everything('little'), ...everything('big'), ...everything('little')]);
    for (const chunk of [1, 13, 4096]) {
      expect((await exported([original], undefined, {}, chunk)).bytes.equals(original)).toBe(true);
    }
    expect((await exported([gzipSync(original)])).bytes.equals(original)).toBe(true);
  });

  it('ends with its last whole block, and says why', async () => {
    const blocks = everything('little');
    const whole = Buffer.concat(blocks.slice(0, 6));
    for (const lost of [1, 20, blocks[6]!.length - 1]) {
      const cut = Buffer.concat(blocks.slice(0, 7)).subarray(0, -lost);
      const { bytes, counts } = await exported([cut]);
      expect(bytes.equals(whole)).toBe(true);
      expect(counts.problems).toMatchObject([{ path: 'folder/0.pcap', problem: { kind: 'truncated' } }, {}]);
    }
  });

  it('keeps unknown blocks that are larger than any buffer, but not the torn half of one', async () => {
    const b = new PcapngBuilder();
    const blocks = [
      b.section(),
      b.interfaceDescription(),
      b.block(0x7777, Buffer.alloc(3 << 20, 7)),
      b.simplePacket(data),
    ];
    const original = Buffer.concat(blocks);
    expect((await exported([original], undefined, {}, 100_000)).bytes.equals(original)).toBe(true);
    const { bytes } = await exported([original.subarray(0, 2 << 20)]);
    expect(bytes.equals(Buffer.concat(blocks.slice(0, 2)))).toBe(true);
  });

  it('says no longer how long its sections are when they may change', async () => {
    const b = new PcapngBuilder('big');
    const original = Buffer.concat([b.section({ length: 32n }), b.interfaceDescription(), b.simplePacket(data)]);
    expect((await exported([original], undefined, { changes: false })).bytes.equals(original)).toBe(true);
    const { bytes } = await exported([original]);
    expect(bytes.readBigInt64BE(16)).toBe(-1n);
    expect(bytes.subarray(24).equals(original.subarray(24))).toBe(true);
  });

  it('is without secrets on demand, and they are counted', async () => {
    const blocks = everything('big');
    const { bytes, counts } = await exported([Buffer.concat(blocks)], undefined, { keepSecrets: false });
    expect(bytes.equals(Buffer.concat(blocks.filter((_, index) => index !== 4)))).toBe(true);
    expect(counts.secrets).toBe(1);
  });
});

describe.each(['little', 'big'] as const)('comments, %s endian', (order) => {
  const b = new PcapngBuilder(order);
  const comment = (value: string) => text(1, value);
  const first = b.enhancedPacket({ data, options: [comment('old')] });
  const begin = [b.section(), b.interfaceDescription()];
  const written = async (block: Buffer, ...comments: readonly string[]) => {
    const { bytes, counts } = await exported([Buffer.concat([...begin, block])], commenting({ 1: comments }));
    const blocks = blocksOf(bytes);
    expect(Buffer.concat(blocks.slice(0, 2)).equals(Buffer.concat(begin))).toBe(true);
    return { block: blocks[2]!, counts };
  };

  it('leave all other blocks as they are', async () => {
    const original = everything(order);
    const { bytes, counts } = await exported(
      [Buffer.concat(original)],
      commenting({ 1: ['one'], 3: ['two', 'three'] }),
    );
    const differ = blocksOf(bytes).flatMap((block, index) => (block.equals(original[index]!) ? [] : [index]));
    expect(differ).toEqual([5, 7]);
    expect(counts).toMatchObject({ frames: 7, commentedFrames: 2, comments: 3 });
  });

  it('stand behind the options of the packet', async () => {
    const options = [{ code: 2, value: b.words(4, 1) }, comment('old')];
    const expected = b.enhancedPacket({ data, options: [...options, comment('one'), comment('größer')] });
    expect((await written(b.enhancedPacket({ data, options }), 'one', 'größer')).block).toEqual(expected);
  });

  it('are the first options of a packet that has none', async () => {
    const expected = b.enhancedPacket({ data: unpadded, options: [comment('one')] });
    expect((await written(b.enhancedPacket({ data: unpadded }), 'one')).block).toEqual(expected);
  });

  it('are not put there twice', async () => {
    const { block, counts } = await written(first, 'old');
    expect(block).toEqual(first);
    expect(counts).toMatchObject({ comments: 0, commentedFrames: 0 });
  });

  it('end the options of a writer that did not', async () => {
    const option = Buffer.concat([b.words(2, 1, 3), Buffer.from('old\0')]);
    const head = b.enhancedPacket({ data }).subarray(8, -4);
    const { block } = await written(b.block(6, Buffer.concat([head, option])), 'one');
    expect(block).toEqual(b.enhancedPacket({ data, options: [comment('old'), comment('one')] }));
  });

  it('stand before an option that claims more than there is', async () => {
    const broken = b.words(2, 9, 5000);
    const head = b.enhancedPacket({ data }).subarray(8, -4);
    const { block } = await written(b.block(6, Buffer.concat([head, broken])), 'one');
    const option = Buffer.concat([b.words(2, 1, 3), Buffer.from('one\0')]);
    expect(block).toEqual(b.block(6, Buffer.concat([head, option, broken])));
  });

  it('stay within the length that an option can tell, and cut no character', async () => {
    const { block } = await written(b.enhancedPacket({ data: Buffer.alloc(0) }), `ab${'€'.repeat(30_000)}`);
    const length = order === 'little' ? block.readUInt16LE(30) : block.readUInt16BE(30);
    expect(length).toBe(65_534);
    expect(block.toString('utf8', 32, 32 + length)).toBe(`ab${'€'.repeat(21_844)}`);
    expect(block.length % 4).toBe(0);
  });

  it('stand on an obsolete packet block as well', async () => {
    const expected = b.obsoletePacket({ data, options: [comment('one')] });
    expect((await written(b.obsoletePacket({ data }), 'one')).block).toEqual(expected);
  });

  it('make an enhanced packet block without a time of a simple one', async () => {
    const expected = b.enhancedPacket({ data, timestamp: 0n, options: [comment('one')] });
    expect((await written(b.simplePacket(data), 'one')).block).toEqual(expected);
  });
});

describe('conversion', () => {
  const records = [
    { seconds: 1_700_000_000, fraction: 1, data, originalLength: 1500 },
    { seconds: 4_294_967_295, fraction: 999_999, data: unpadded },
    { seconds: 0, fraction: 0, data: Buffer.alloc(0) },
  ];
  const kinds = (['little', 'big'] as const).flatMap((order) =>
    [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34].map((magic) => ({ order, magic })),
  );

  test.each(kinds)('of a pcap keeps times, lengths, link type and FCS: $order $magic', async ({ order, magic }) => {
    const extraHeader = magic === 0xa1b2cd34 ? 8 : 0;
    const original = pcapFile(records, { order, magic, linkType: 0x2400_0071, snaplen: 300_000, extraHeader });
    const { bytes, counts } = await exported([original], commenting({ 2: ['one'] }), { headerComment: 'what it is' });
    const { frames, summary } = await readCapture(byteSource(bytes));
    expect(frames).toEqual((await readCapture(byteSource(original))).frames);
    expect(summary).toMatchObject({ format: 'pcapng', problems: [] });
    expect(blocksOf(bytes)[0]!.includes('what it is')).toBe(true);
    expect(counts.notes).toHaveLength(extraHeader === 0 ? 0 : 1);
  });

  it('of a pcap without records describes its interface all the same', async () => {
    const { bytes } = await exported([pcapFile([], { linkType: 113 })]);
    expect((await readCapture(byteSource(bytes))).summary).toMatchObject({ linkTypes: [113], frames: 0 });
  });

  it('of several captures has the frames of all in their order, whatever byte order they had', async () => {
    const captures = [
      Buffer.concat([...everything('big'), ...everything('little')]),
      pcapFile(
        [
          { data, originalLength: 1500 },
          { data: unpadded, seconds: 1_600_000_001 },
        ],
        { order: 'big' },
      ),
      Buffer.concat(everything('little')),
    ];
    const { bytes, counts } = await exported(captures, commenting({ 4: ['one'] }));
    const { frames, summary } = await readCapture(byteSource(bytes));
    const expected = (await Promise.all(captures.map((one) => readCapture(byteSource(one))))).map((one) => one.frames);
    const byContent = (list: readonly unknown[]) => list.map((frame) => JSON.stringify(frame)).sort();
    expect(byContent(frames.map((frame) => ({ ...frame, captureIndex: 0 })))).toEqual(byContent(expected.flat()));
    expect(frames).toHaveLength(counts.framesRead);
    expect(summary.names).toEqual(new Map([['10.0.0.1', ['client', 'c']]]));
    expect(summary.secrets).toBe(3);
    expect(summary.problems.map(({ kind }) => kind)).toEqual(['dropped-frames']);
    // Each capture has its own interfaces; the sections of one have the same ones but for the byte order.
    expect(blocksOf(bytes).filter((block) => block.readUInt32LE(0) === 1)).toHaveLength(4 + 1 + 2);
    expect(counts.notes.map(({ path }) => path)).toEqual(['folder/0.pcap', 'folder/0.pcap', 'folder/2.pcap']);
  });

  it('turns the numbers of another byte order, and leaves text alone', async () => {
    const [big, little] = await Promise.all(
      (['big', 'little'] as const).map(async (order) => {
        const { bytes } = await exported([Buffer.concat(everything(order)), pcapFile([])]);
        return blocksOf(bytes).filter((block) => block.readUInt32LE(0) !== 0x7777);
      }),
    );
    expect(big).toEqual(little);
  });
});

test.each(fixtures)('%s annotated gives the same findings', async (name) => {
  const original = fixture(name);
  const report = await analyzeBytes(original, { detail: 'findings' });
  const comments = commentsByFrame(report.findings, 'all');
  const { bytes } = await exported([original], (_, frame) => comments.get(frame) ?? []);
  const again = await analyzeBytes(bytes, { detail: 'findings' });
  expect(again.findings.map(copyOf)).toEqual(report.findings.map(copyOf));
  expect(again.captures[0]!.problems).toEqual(report.captures[0]!.problems);
});

describe('damaged captures', () => {
  const originals = [
    Buffer.concat([...everything('little'), ...everything('big')]),
    pcapFile([{ data }, { data: unpadded }, { data }]),
    fixture('lab/race-apache.client.pcapng'),
  ];
  const mutated = fc
    .tuple(
      fc.constantFrom(...originals),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      fc.nat(),
    )
    .map(([original, changes, cut]) => {
      const bytes = Buffer.from(original.subarray(0, cut % 3 === 0 ? cut % original.length : original.length));
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return bytes;
    });

  it('are exported as far as they can be read, and what comes out can be read', async () => {
    await fc.assert(
      fc.asyncProperty(mutated, fc.constantFrom(1 << 20, 61), async (bytes, chunk) => {
        try {
          const { frames } = await readCapture(byteSource(bytes));
          const choose = commenting({ 1: ['one'], 2: ['two', 'three'], 5: ['four'] });
          const { bytes: output, counts } = await exported([bytes], choose, {}, chunk);
          expect(counts.frames).toBe(frames.length);
          if (output.length === 0) return;
          const again = await readCapture(byteSource(output));
          expect(again.frames).toEqual(frames);
          const merged = await exported([bytes, originals[1]!], choose, {}, chunk);
          expect((await readCapture(byteSource(merged.bytes))).frames).toHaveLength(frames.length + 3);
        } catch (error) {
          if (!(error instanceof NotACaptureError)) throw error;
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

test.skipIf(!HAS_TSHARK)(titleWithTshark('comments as tshark reads them'), async () => {
  for (const order of ['little', 'big'] as const) {
    const original = Buffer.concat(everything(order));
    const comments = { 1: ['eins', 'größer'], 2: ['zwei'], 3: ['drei'], 4: ['vier'], 7: ['sieben'] };
    const { bytes } = await exported([original], commenting(comments));
    const rows = tsharkFieldsOf(bytes, ['frame.number', 'frame.comment', 'frame.cap_len'], ['-E', 'aggregator=|']);
    expect(rows.map((row) => row[1] ?? '')).toEqual([
      'there before|eins|größer',
      'zwei',
      'drei',
      'vier',
      '',
      '',
      'sieben',
    ]);
  }
});

test('a compressed capture comes out plain', async () => {
  const name = readdirSync(join(folder, 'compressed')).find((one) => one.endsWith('.pcapng.gz'))!;
  const compressed = fixture(join('compressed', name));
  expect((await exported([compressed])).bytes.equals(gunzipSync(compressed))).toBe(true);
});
