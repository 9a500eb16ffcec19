import { describe, expect, it, test } from 'vitest';
import { byteSource, PcapngBuilder } from '../../testing/capture-builder.ts';
import { type ReadFrame, readCapture } from '../../testing/read-capture.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf } from '../../testing/tshark.ts';

const data = Buffer.from('a packet of 27 bytes, so be');
const COMMENT = { code: 1, value: Buffer.from('a comment of 22 bytes.') };

interface Case {
  readonly name: string;
  readonly blocks: (pcapng: PcapngBuilder) => readonly Buffer[];
  /** What comes out: time, original length, captured length. */
  readonly frames: readonly (readonly [time: string, originalLength: number, capturedLength: number])[];
  /** tshark is not asked: it cannot tell. */
  readonly beyondTshark?: true;
}

const cases: readonly Case[] = [
  {
    name: 'enhanced packets, with and without options',
    blocks: (pcapng) => [
      pcapng.section(),
      pcapng.interfaceDescription(),
      pcapng.enhancedPacket({ timestamp: 1_600_000_000_999_999n, data }),
      pcapng.enhancedPacket({ timestamp: 1_600_000_001_000_000n, data, originalLength: 1500, options: [COMMENT] }),
      pcapng.enhancedPacket({ timestamp: 1_599_999_999_000_001n, data: Buffer.alloc(0), originalLength: 60 }),
    ],
    frames: [
      ['1600000000.999999000', 27, 27],
      ['1600000001.000000000', 1500, 27],
      ['1599999999.000001000', 60, 0],
    ],
  },
  {
    name: 'simple packets, cut to the snaplen and without a time',
    blocks: (pcapng) => [
      pcapng.section(),
      pcapng.interfaceDescription({ snaplen: 20 }),
      pcapng.simplePacket(data.subarray(0, 20), 27),
      pcapng.simplePacket(data.subarray(0, 9)),
      pcapng.enhancedPacket({ timestamp: 1_600_000_000_000_000n, data: data.subarray(0, 20) }),
    ],
    frames: [
      ['', 27, 20],
      ['', 9, 9],
      ['1600000000.000000000', 20, 20],
    ],
  },
  {
    name: 'obsolete packet blocks',
    blocks: (pcapng) => [
      pcapng.section(),
      pcapng.interfaceDescription({ options: [COMMENT] }),
      pcapng.interfaceDescription({ resolution: 9 }),
      pcapng.obsoletePacket({ interfaceIndex: 1, timestamp: 1_600_000_000_123_456_789n, data, options: [COMMENT] }),
    ],
    frames: [['1600000000.123456789', 27, 27]],
  },
  {
    name: 'interfaces with resolutions from seconds to nanoseconds',
    blocks: (pcapng) => [
      pcapng.section(),
      ...[0, 1, 3, 6, 8, 9].map((resolution) => pcapng.interfaceDescription({ resolution, options: [COMMENT] })),
      pcapng.enhancedPacket({ interfaceIndex: 0, timestamp: 1_600_000_000n, data }),
      pcapng.enhancedPacket({ interfaceIndex: 1, timestamp: 16_000_000_005n, data }),
      pcapng.enhancedPacket({ interfaceIndex: 2, timestamp: 1_600_000_000_123n, data }),
      pcapng.enhancedPacket({ interfaceIndex: 3, timestamp: 1_600_000_000_123_456n, data }),
      pcapng.enhancedPacket({ interfaceIndex: 4, timestamp: 160_000_000_012_345_678n, data }),
      pcapng.enhancedPacket({ interfaceIndex: 5, timestamp: 1_600_000_000_123_456_789n, data }),
    ],
    frames: [
      ['1600000000.000000000', 27, 27],
      ['1600000000.500000000', 27, 27],
      ['1600000000.123000000', 27, 27],
      ['1600000000.123456000', 27, 27],
      ['1600000000.123456780', 27, 27],
      ['1600000000.123456789', 27, 27],
    ],
  },
  {
    name: 'resolutions finer than nanoseconds, and powers of two, rounded down',
    blocks: (pcapng) => [
      pcapng.section(),
      pcapng.interfaceDescription({ resolution: 10 }),
      pcapng.interfaceDescription({ resolution: 0x80 | 20 }),
      pcapng.interfaceDescription({ resolution: 0x80 | 32 }),
      pcapng.interfaceDescription({ resolution: 0x80 }),
      pcapng.enhancedPacket({ interfaceIndex: 0, timestamp: 16_000_000_001_234_567_899n, data }),
      pcapng.enhancedPacket({ interfaceIndex: 1, timestamp: (1_600_000_000n << 20n) | 0xfffffn, data }),
      pcapng.enhancedPacket({ interfaceIndex: 2, timestamp: (1_600_000_000n << 32n) | 1n, data }),
      pcapng.enhancedPacket({ interfaceIndex: 3, timestamp: 1_599_999_998n, data }),
    ],
    frames: [
      ['1600000000.123456789', 27, 27],
      ['1600000000.999999046', 27, 27],
      ['1600000000.000000000', 27, 27],
      ['1599999998.000000000', 27, 27],
    ],
  },
  {
    name: 'time offsets, forward and back',
    blocks: (pcapng) => [
      pcapng.section(),
      pcapng.interfaceDescription({ offsetSeconds: 1_600_000_000n }),
      pcapng.interfaceDescription({ offsetSeconds: -7n, resolution: 9 }),
      pcapng.interfaceDescription({ offsetSeconds: 1_600_000_000n, resolution: 0x80 | 10 }),
      pcapng.enhancedPacket({ interfaceIndex: 0, timestamp: 1_500_000n, data }),
      pcapng.enhancedPacket({ interfaceIndex: 1, timestamp: 1_600_000_009_000_000_001n, data }),
      pcapng.enhancedPacket({ interfaceIndex: 2, timestamp: 512n, data }),
    ],
    frames: [
      ['1600000001.500000000', 27, 27],
      ['1600000002.000000001', 27, 27],
      ['1600000000.500000000', 27, 27],
    ],
  },
  {
    name: 'several sections, whose interfaces are counted anew',
    blocks: (pcapng) => [
      pcapng.section({ length: 0n }),
      pcapng.interfaceDescription({ linkType: 1, resolution: 9 }),
      pcapng.enhancedPacket({ timestamp: 1_600_000_000_000_000_001n, data }),
      pcapng.section(),
      pcapng.interfaceDescription({ linkType: 101, resolution: 3 }),
      pcapng.enhancedPacket({ timestamp: 1_600_000_000_002n, data }),
    ],
    frames: [
      ['1600000000.000000001', 27, 27],
      ['1600000000.002000000', 27, 27],
    ],
  },
  {
    name: 'sections of both byte orders',
    blocks: (pcapng) => {
      const other = new PcapngBuilder(pcapng.words(2, 1)[0] === 1 ? 'big' : 'little');
      return [pcapng, other].flatMap((builder) => [
        builder.section(),
        builder.interfaceDescription({ options: [COMMENT], offsetSeconds: 1n }),
        builder.enhancedPacket({ data }),
      ]);
    },
    frames: [
      ['1600000001.000000000', 27, 27],
      ['1600000001.000000000', 27, 27],
    ],
  },
  {
    name: 'unknown blocks, of which one is larger than the buffer',
    blocks: (pcapng) => [
      pcapng.section(),
      pcapng.block(0xc, Buffer.alloc(40)),
      pcapng.interfaceDescription(),
      pcapng.block(0x4d, Buffer.alloc(0)),
      pcapng.enhancedPacket({ data }),
      pcapng.block(0x4d, Buffer.alloc(3_000_000, 'x')),
      pcapng.enhancedPacket({ data }),
    ],
    frames: [
      ['1600000000.000000000', 27, 27],
      ['1600000000.000000000', 27, 27],
    ],
  },
  {
    name: 'blocks without a packet that are numbered as frames',
    blocks: (pcapng) => [
      pcapng.section(),
      pcapng.interfaceDescription(),
      pcapng.block(0xbad, Buffer.concat([pcapng.words(4, 1234), Buffer.from('own data')])),
      pcapng.enhancedPacket({ data }),
      pcapng.block(0x40000bad, Buffer.concat([pcapng.words(4, 1234), Buffer.from('own data')])),
      pcapng.enhancedPacket({ data }),
    ],
    frames: [
      ['', 8, 8],
      ['1600000000.000000000', 27, 27],
      ['', 8, 8],
      ['1600000000.000000000', 27, 27],
    ],
  },
  {
    name: 'stamps of zero, which tell no time',
    blocks: (pcapng) => [
      pcapng.section(),
      pcapng.interfaceDescription({ offsetSeconds: 5n }),
      pcapng.enhancedPacket({ timestamp: 0n, data }),
      pcapng.enhancedPacket({ data }),
    ],
    frames: [
      ['', 27, 27],
      ['1600000005.000000000', 27, 27],
    ],
    beyondTshark: true,
  },
];

const fileOf = (theCase: Case, order: 'little' | 'big') => Buffer.concat(theCase.blocks(new PcapngBuilder(order)));

describe.each(['little', 'big'] as const)('%s-endian', (order) => {
  it.each(cases)('$name', async (theCase) => {
    const file = fileOf(theCase, order);
    const { frames, summary } = await readCapture(byteSource(file));
    expect(frames.map(factsOf)).toEqual(theCase.frames);
    expect(summary).toMatchObject({ format: 'pcapng', frames: frames.length, bytes: file.length, problems: [] });
  });
});

// Files of sections make one file of sections, so tshark is started once for all.
test.skipIf(!HAS_TSHARK)(titleWithTshark('tshark reads all of them so'), () => {
  const asked = cases.filter((theCase) => theCase.beyondTshark !== true);
  const file = Buffer.concat([...asked.map((one) => fileOf(one, 'little')), ...asked.map((one) => fileOf(one, 'big'))]);
  const rows = tsharkFieldsOf(file, ['frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len']);
  const frames = asked.flatMap((theCase) => theCase.frames);
  expect(rows).toEqual([...frames, ...frames].map((frame, index) => [index + 1, ...frame].map(String)));
});

function factsOf({ time, originalLength, data }: ReadFrame): [string, number, number] {
  return [time, originalLength, data.length];
}

const pcapng = new PcapngBuilder();
const begin = [pcapng.section(), pcapng.interfaceDescription(), pcapng.enhancedPacket({ data })];

async function readBlocks(...blocks: readonly Buffer[]) {
  return readCapture(byteSource(Buffer.concat(blocks)));
}

test('frames carry the link type of their interface', async () => {
  const { frames, summary } = await readBlocks(
    pcapng.section(),
    pcapng.interfaceDescription({ linkType: 113 }),
    pcapng.interfaceDescription({ linkType: 1 }),
    pcapng.enhancedPacket({ interfaceIndex: 1, data }),
    pcapng.enhancedPacket({ interfaceIndex: 0, data }),
    pcapng.simplePacket(data),
    pcapng.block(9, Buffer.from('MESSAGE=a journal entry')),
  );
  expect(frames.map((frame) => frame.linkType)).toEqual([1, 113, 113, -1]);
  expect(summary.linkTypes).toEqual([113, 1]);
});

test("the FCS length is the interface's, unless a packet's flags say another", async () => {
  const flags = (fcsLength: number) => ({ code: 2, value: pcapng.words(4, fcsLength << 5) });
  const { frames } = await readBlocks(
    pcapng.section(),
    pcapng.interfaceDescription({ fcsLength: 4 }),
    pcapng.enhancedPacket({ data }),
    pcapng.enhancedPacket({ data, options: [COMMENT, flags(2)] }),
    pcapng.enhancedPacket({ data, options: [flags(0)] }),
    pcapng.enhancedPacket({ data, options: [COMMENT] }),
  );
  expect(frames.map((frame) => frame.fcsLength)).toEqual([4, 2, 4, 4]);
});

test('options that lead beyond their block end there', async () => {
  const beyond = pcapng.block(1, Buffer.concat([pcapng.words(2, 1, 0), pcapng.words(4, 0), pcapng.words(2, 9, 400)]));
  const { frames } = await readBlocks(pcapng.section(), beyond, pcapng.enhancedPacket({ data }));
  expect(frames[0]?.time).toBe('1600000000.000000000');
});

const impossible: readonly {
  readonly name: string;
  readonly block: Buffer;
  readonly kind: string;
  readonly why: string;
}[] = [
  {
    name: 'a length below that of an empty block',
    block: Buffer.concat([pcapng.words(4, 77, 8), Buffer.alloc(40)]),
    kind: 'impossible-length',
    why: 'it claims a length of 8, but a block has 12 to 268435456 bytes in multiples of 4',
  },
  {
    name: 'a length that is no multiple of 4',
    block: Buffer.concat([pcapng.words(4, 77, 13), Buffer.alloc(40)]),
    kind: 'impossible-length',
    why: 'it claims a length of 13, but a block has 12 to 268435456 bytes in multiples of 4',
  },
  {
    name: 'a length beyond all bounds',
    block: Buffer.concat([pcapng.words(4, 77, 0xfffffff0), Buffer.alloc(40)]),
    kind: 'impossible-length',
    why: 'it claims a length of 4294967280, but a block has 12 to 268435456 bytes in multiples of 4',
  },
  {
    name: 'two lengths, of which the first leads nowhere',
    block: Buffer.concat([pcapng.block(77, Buffer.alloc(8), 24), pcapng.words(4, 1234, 0)]),
    kind: 'impossible-length',
    why: 'its length is 20 at its beginning and 24 at its end',
  },
  {
    name: 'a packet longer than its block',
    block: pcapng.enhancedPacket({ data, capturedLength: 29 }),
    kind: 'impossible-length',
    why: 'it claims 29 captured bytes, more than the 28 that its block has room for',
  },
  {
    name: 'a simple packet longer than its block',
    block: pcapng.simplePacket(data, 29),
    kind: 'impossible-length',
    why: 'it claims 29 captured bytes, more than the 28 that its block has room for',
  },
  {
    name: 'a packet larger than any snaplen',
    block: pcapng.enhancedPacket({ data: Buffer.alloc(262_145) }),
    kind: 'impossible-length',
    why: 'it claims 262145 captured bytes, more than the 262144 that a packet can have',
  },
  {
    name: 'an interface that nobody described',
    block: pcapng.enhancedPacket({ data, interfaceIndex: 1 }),
    kind: 'unknown-interface',
    why: 'it is of interface 1, but the section has described 1',
  },
  {
    name: 'a body too short for its type',
    block: pcapng.block(6, Buffer.alloc(16)),
    kind: 'impossible-length',
    why: 'it is 28 bytes long, but the shortest Enhanced Packet Block has 32',
  },
  {
    name: 'a section of an unknown version',
    block: pcapng.section({ version: [2, 0] }),
    kind: 'unsupported-version',
    why: "the section's format is an unknown pcapng 2.0",
  },
  {
    name: 'a section without a byte order',
    block: pcapng.block(0x0a0d0d0a, Buffer.alloc(16)),
    kind: 'impossible-byte-order',
    why: 'it begins a section without a byte-order magic',
  },
];

describe('ends the capture at a block with', () => {
  it.each(impossible)('$name', async ({ block, kind, why }) => {
    const offset = Buffer.concat(begin).length;
    const { frames, summary } = await readBlocks(...begin, block, pcapng.enhancedPacket({ data }));
    expect(frames).toHaveLength(1);
    const rest = block.length + pcapng.enhancedPacket({ data }).length;
    expect(summary.problems).toEqual([
      {
        kind,
        offset,
        message: `a block after frame 1 at byte ${offset} cannot be read: ${why}; the remaining ${rest} bytes were not read`,
      },
    ]);
  });
});

test('a block that is skipped and cut off is told too', async () => {
  const long = pcapng.block(77, Buffer.alloc(3_000_000));
  const { frames, summary } = await readBlocks(...begin, long.subarray(0, 2_000_000));
  expect(frames).toHaveLength(1);
  const offset = Buffer.concat(begin).length;
  expect(summary.problems).toEqual([
    {
      kind: 'truncated',
      offset,
      message: `the capture ends inside a block after frame 1 at byte ${offset}: 2000000 of its 3000012 bytes are there, 1000012 are lost`,
    },
  ]);
});
