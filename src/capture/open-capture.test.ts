import { gzipSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { Timeline } from '../base/timeline.ts';
import { byteSource, PcapngBuilder, pcapFile } from '../testing/capture-builder.ts';
import { lz4Frame, skippableFrame, zstdFrame } from '../testing/compressed.ts';
import { readCapture, readFrames } from '../testing/read-capture.ts';
import type { ByteSource } from './byte-source.ts';
import { NotACaptureError, openCapture } from './open-capture.ts';

const data = Buffer.from('a packet of 27 bytes, so be');
const pcapng = new PcapngBuilder('big');

const good: readonly { readonly name: string; readonly file: Buffer }[] = [
  { name: 'pcap', file: pcapFile([{ data }, { data: data.subarray(3) }, { data, fraction: 5 }]) },
  { name: 'big-endian pcap', file: pcapFile([{ data }, { data: data.subarray(3) }], { order: 'big' }) },
  {
    name: 'pcapng',
    file: Buffer.concat([
      pcapng.section(),
      pcapng.interfaceDescription({ resolution: 9 }),
      pcapng.enhancedPacket({ data }),
      pcapng.block(77, data),
      pcapng.simplePacket(data),
      pcapng.section(),
      pcapng.interfaceDescription(),
      pcapng.obsoletePacket({ data }),
    ]),
  },
];

const compressions = [
  { name: 'gzip', compress: (bytes: Buffer) => gzipSync(bytes) },
  { name: 'zstd', compress: (bytes: Buffer) => zstdFrame([{ type: 'raw', data: bytes }], { checksum: true }) },
  { name: 'lz4', compress: (bytes: Buffer) => lz4Frame([{ data: bytes }], { checksumOf: bytes }) },
] as const;

describe.each(good)('a $name', ({ file }) => {
  it('is the same in pieces of every size', async () => {
    const whole = await readCapture(byteSource(file));
    expect(whole.frames.length).toBeGreaterThan(1);
    for (let chunk = 1; chunk < file.length; chunk++) {
      expect(await readCapture(byteSource(file, chunk, chunk % 2 === 0))).toEqual(whole);
    }
  });

  it('cut off anywhere gives the frames before the cut and says so', async () => {
    const whole = await readCapture(byteSource(file));
    const ends = new Set<number>();
    for (let length = 4; length < file.length; length++) {
      const { frames, summary } = await readCapture(byteSource(file.subarray(0, length)));
      expect(frames).toEqual(whole.frames.slice(0, frames.length));
      if (summary.problems.length === 0) ends.add(length);
      else expect(summary.problems).toMatchObject([{ kind: 'truncated' }]);
    }
    // Nothing is amiss only where a record ends: every cut within one is told.
    expect(ends).toEqual(new Set([...recordEnds(file)].filter((end) => end < file.length)));
  });

  it('cut off inside its magic is no capture', async () => {
    for (let length = 0; length < 4; length++) {
      await expect(readCapture(byteSource(file.subarray(0, length)))).rejects.toThrow(NotACaptureError);
    }
  });

  it.each(compressions)('compressed with $name is the same, in pieces of any size', async ({ name, compress }) => {
    const whole = await readCapture(byteSource(file));
    const compressed = compress(file);
    for (const chunk of [1, 2, 3, 7, 64, compressed.length]) {
      const { frames, summary } = await readCapture(byteSource(compressed, chunk));
      expect(frames).toEqual(whole.frames);
      expect(summary).toEqual({ ...whole.summary, compression: name, bytes: compressed.length });
    }
  });

  it('with any byte changed never throws and never hangs', async () => {
    for (let at = 4; at < file.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const changed = Buffer.from(file);
        changed[at] = value;
        const { frames } = await readCapture(byteSource(changed));
        expect(frames.length).toBeLessThanOrEqual(20);
      }
    }
  });
});

/** Where the records of one of the files above end. */
function recordEnds(file: Buffer): Set<number> {
  const ends = new Set<number>();
  if (file.readUInt32BE(0) === 0x0a0d0d0a) {
    for (let at = 0; at < file.length; at += file.readUInt32BE(at + 4)) ends.add(at + file.readUInt32BE(at + 4));
  } else {
    const read = file[0] === 0xa1 ? 'readUInt32BE' : 'readUInt32LE';
    for (let at = 24; at <= file.length; at += 16 + file[read](at + 8)) {
      ends.add(at);
      if (at === file.length) break;
    }
  }
  return ends;
}

describe('anything else is not a capture:', () => {
  const cases: readonly { readonly what: string; readonly bytes: Buffer; readonly message: string }[] = [
    { what: 'an empty file', bytes: Buffer.alloc(0), message: 'x: not a capture (the file is empty)' },
    {
      what: 'text',
      bytes: Buffer.from('{"a":1, "b":2}'),
      message:
        'x: not a capture (begins with 7b 22 61 22 3a 31 2c 20 …; expected pcap or pcapng, plain or gzip, zstd or lz4)',
    },
    {
      what: 'three bytes',
      bytes: Buffer.of(0xd4, 0xc3, 0xb2),
      message: 'x: not a capture (begins with d4 c3 b2; expected pcap or pcapng, plain or gzip, zstd or lz4)',
    },
    {
      what: 'a snoop file',
      bytes: Buffer.from('snoop\0\0\0\0\0\0\x02'),
      message: 'x: not a capture (a Solaris snoop file; convert it first: editcap -F pcapng IN OUT.pcapng)',
    },
    {
      what: 'compressed text',
      bytes: gzipSync('hello'),
      message:
        'x: not a capture (gzip, inside it begins with 68 65 6c 6c 6f; expected pcap or pcapng, plain or gzip, zstd or lz4)',
    },
    {
      what: 'a capture compressed twice',
      bytes: gzipSync(lz4Frame([{ data: pcapFile([{ data }]) }])),
      message: 'x: not a capture (gzip, inside it lz4 again; decompress it first)',
    },
    {
      what: 'zstd with a window that is too large',
      bytes: zstdFrame([{ type: 'raw', data }], { window: 18 << 3 }),
      message:
        'x: not a capture (zstd: the zstd file was made with a window of 256 MiB, and at most 128 MiB are read; ' +
        'decompress it first: zstd -dc --long=31 FILE)',
    },
    {
      what: 'skippable frames and nothing else',
      bytes: Buffer.concat([skippableFrame(data), skippableFrame(data, 7)]),
      message: 'x: not a capture (the file is empty)',
    },
    {
      what: 'a skippable frame that is cut off',
      bytes: skippableFrame(Buffer.alloc(400)).subarray(0, 200),
      message: 'x: not a capture (the file is empty)',
    },
    {
      what: 'bzip2',
      bytes: Buffer.from('BZh91AY&SY'),
      message: 'x: not a capture (compressed with bzip2; decompress it first: bzip2 -dc)',
    },
    {
      what: 'nothing, compressed',
      bytes: gzipSync(''),
      message: 'x: not a capture (gzip: the file is empty)',
    },
    {
      what: 'gzip cut off at once',
      bytes: gzipSync('hello').subarray(0, 9),
      message: 'x: not a capture (gzip: the gzip file ends in the middle, after 0 decompressed bytes)',
    },
  ];

  it.each(cases)('$what', async ({ bytes, message }) => {
    const opened = openCapture(byteSource(bytes), 'x', new Timeline(), 0);
    await expect(opened).rejects.toThrow(new NotACaptureError(message));
  });
});

test.each([
  { name: 'zstd', frame: zstdFrame([{ type: 'raw', data: good[0]!.file }]) },
  { name: 'lz4', frame: lz4Frame([{ data: good[0]!.file }]) },
])('$name is told behind skippable frames too', async ({ name, frame }) => {
  const file = Buffer.concat([skippableFrame(Buffer.alloc(4)), skippableFrame(Buffer.alloc(100_000), 9), frame]);
  for (const chunk of [5, 100, file.length]) {
    const { frames, summary } = await readCapture(byteSource(file, chunk));
    expect(frames).toHaveLength(3);
    expect(summary).toMatchObject({ compression: name, bytes: file.length, problems: [] });
  }
});

describe('a gzip file', () => {
  const records = Array.from({ length: 2000 }, (_, index) => ({
    seconds: 1_600_000_000 + index,
    data: Buffer.from(`packet ${index} ${Math.imul(index, 0x9e3779b1).toString(36)}`),
  }));
  const file = pcapFile(records);
  const compressed = gzipSync(file);

  it('of several members is one capture', async () => {
    const halves = [file.subarray(0, 1001), file.subarray(1001)].map((half) => gzipSync(half));
    const { frames, summary } = await readCapture(byteSource(Buffer.concat(halves)));
    expect(frames).toHaveLength(2000);
    expect(summary.problems).toEqual([]);
  });

  it('cut off gives what came before, and says so', async () => {
    const whole = await readCapture(byteSource(file));
    const { frames, summary } = await readCapture(
      byteSource(compressed.subarray(0, Math.floor(compressed.length / 2))),
    );
    expect(frames.length).toBeGreaterThan(900);
    expect(frames).toEqual(whole.frames.slice(0, frames.length));
    const [cut, record] = summary.problems;
    expect(cut).toMatchObject({ kind: 'truncated' });
    expect(cut?.message).toBe(`the gzip file ends in the middle, after ${cut?.offset} decompressed bytes`);
    expect(record).toMatchObject({ kind: 'truncated' });
  });

  it('corrupt in the middle gives nearly all that came before, and says so', async () => {
    const half = gzipSync(file.subarray(0, Math.floor(file.length / 2)));
    const other = gzipSync(file.subarray(Math.floor(file.length / 2)));
    // RFC 1951 section 3.2.3: the block type 11 is an error. It stands behind the member's header of 10 bytes.
    other[10] = 0xff;
    const whole = await readCapture(byteSource(file));
    const { frames, summary } = await readCapture(byteSource(Buffer.concat([half, other])));
    expect(frames.length).toBeGreaterThan(1000 * (1 - 1 / 16));
    expect(frames).toEqual(whole.frames.slice(0, frames.length));
    expect(summary.problems[0]).toMatchObject({ kind: 'corrupt-compression' });
    expect(summary.problems[0]?.message).toMatch(/corrupt after \d+ decompressed bytes.*\(invalid block type\)/);
  });

  it('with a wrong checksum gives all frames, and says so', async () => {
    const corrupt = Buffer.from(compressed);
    corrupt[corrupt.length - 5]! ^= 1;
    const { frames, summary } = await readCapture(byteSource(corrupt));
    expect(frames).toHaveLength(2000);
    expect(summary.problems).toMatchObject([{ kind: 'corrupt-compression', offset: file.length }]);
  });

  it('of very many bytes from few is read piece by piece', async () => {
    const large = gzipSync(pcapFile(Array.from({ length: 400 }, () => ({ data: Buffer.alloc(60_000) }))));
    const reader = await openCapture(byteSource(large), 'x', new Timeline(), 0);
    let largest = 0;
    for (let status = reader.next(); status !== -1; status = reader.next()) {
      if (status === 0) await reader.fill();
      largest = Math.max(largest, reader.buffer.length);
    }
    expect(reader.summary().frames).toBe(400);
    expect(largest).toBe(1 << 19);
  });
});

test('an error of the source reaches whoever reads, through decompression too', async () => {
  const plain = pcapFile([{ data }]);
  for (const bytes of [plain, ...compressions.map(({ compress }) => compress(plain))]) {
    const timeline = new Timeline();
    const reader = await openCapture(failing(bytes.subarray(0, 60)), 'x', timeline, 0).catch((error: Error) => error);
    if (reader instanceof Error) expect(reader.message).toBe('disk on fire');
    else await expect(readFrames(reader, timeline)).rejects.toThrow('disk on fire');
  }
});

/** The bytes, and then an error. */
function failing(bytes: Buffer): ByteSource {
  const source = byteSource(bytes);
  return {
    size: undefined,
    async read(target, offset, length) {
      const count = await source.read(target, offset, length);
      if (count === 0) throw new Error('disk on fire');
      return count;
    },
    close() {},
  };
}
