import { describe, expect, it, test } from 'vitest';
import { byteSource, type PcapOptions, type PcapRecord, pcapFile } from '../testing/capture-builder.ts';
import { readCapture } from '../testing/read-capture.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf } from '../testing/tshark.ts';

const data = Buffer.from('a packet of 26 bytes, as is');
const records: PcapRecord[] = [
  { seconds: 1_600_000_000, fraction: 999_999, data },
  { seconds: 1_600_000_001, fraction: 0, data: data.subarray(0, 7), originalLength: 1500 },
  { seconds: 1_599_999_999, fraction: 1, data: Buffer.alloc(0), originalLength: 60 },
];

const NANOSECONDS = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;

const cases: readonly { readonly name: string; readonly options: PcapOptions; readonly times: readonly string[] }[] = [
  {
    name: 'microseconds, little-endian',
    options: {},
    times: ['1600000000.999999000', '1600000001.000000000', '1599999999.000001000'],
  },
  {
    name: 'microseconds, big-endian',
    options: { order: 'big' },
    times: ['1600000000.999999000', '1600000001.000000000', '1599999999.000001000'],
  },
  {
    name: 'nanoseconds, little-endian',
    options: { magic: NANOSECONDS },
    times: ['1600000000.000999999', '1600000001.000000000', '1599999999.000000001'],
  },
  {
    name: 'nanoseconds, big-endian',
    options: { magic: NANOSECONDS, order: 'big' },
    times: ['1600000000.000999999', '1600000001.000000000', '1599999999.000000001'],
  },
];

describe.each(cases)('$name', ({ options, times }) => {
  const file = pcapFile(records, options);

  it('gives every frame with its time to the nanosecond', async () => {
    const { frames, summary } = await readCapture(byteSource(file));
    expect(frames.map((frame) => frame.time)).toEqual(times);
    expect(frames.map((frame) => frame.data)).toEqual(records.map((record) => record.data));
    expect(frames.map((frame) => frame.originalLength)).toEqual([27, 1500, 60]);
    expect(summary).toMatchObject({ format: 'pcap', compression: 'none', frames: 3, bytes: file.length });
    expect(summary).toMatchObject({
      firstFrameTime: 999_999 * (options.magic ? 1 : 1000),
      linkTypes: [1],
      problems: [],
    });
  });

  it.skipIf(!HAS_TSHARK)(titleWithTshark('as tshark does'), () => {
    const fields = tsharkFieldsOf(file, ['frame.time_epoch', 'frame.len', 'frame.cap_len']);
    expect(fields).toEqual([
      [times[0], '27', '27'],
      [times[1], '1500', '7'],
      [times[2], '60', '0'],
    ]);
  });
});

test('the record headers of a patched libpcap are 24 bytes long', async () => {
  const { frames } = await readCapture(byteSource(pcapFile(records, { magic: MODIFIED, extraHeader: 8 })));
  expect(frames.map((frame) => frame.data)).toEqual(records.map((record) => record.data));
});

test('before version 2.3 the two lengths stand in the other order', async () => {
  const swapped = [{ data, capturedLength: 1500, originalLength: data.length }];
  const { frames } = await readCapture(byteSource(pcapFile(swapped, { version: [2, 2] })));
  expect(frames).toMatchObject([{ data, originalLength: 1500 }]);
});

test('an unknown version is told and not guessed at', async () => {
  const { frames, summary } = await readCapture(byteSource(pcapFile(records, { version: [1, 0] })));
  expect(frames).toEqual([]);
  expect(summary.problems).toEqual([
    {
      kind: 'unsupported-version',
      offset: 0,
      message: 'the format is an unknown pcap 1.0: the remaining 106 bytes were not read',
    },
  ]);
});

test('seconds are unsigned: the year 2100 can be told', async () => {
  const { frames } = await readCapture(byteSource(pcapFile([{ seconds: 4_102_444_800, data }])));
  expect(frames[0]?.time).toBe('4102444800.000000000');
});

test('a stamp of zero tells no time', async () => {
  const unstamped = { seconds: 0, fraction: 0, data };
  const { frames, summary } = await readCapture(byteSource(pcapFile([unstamped, records[0]!, unstamped])));
  expect(frames.map((frame) => frame.time)).toEqual(['', '1600000000.999999000', '']);
  expect(summary.firstFrameTime).toBeNaN();
});

test('the FCS length stands beside the link type', async () => {
  const { frames } = await readCapture(byteSource(pcapFile(records, { linkType: 0x2400_0001 })));
  expect(frames[0]).toMatchObject({ linkType: 1, fcsLength: 4 });
  // Without its P bit the FCS length says nothing.
  const unsaid = await readCapture(byteSource(pcapFile(records, { linkType: 0x2000_0001 })));
  expect(unsaid.frames[0]).toMatchObject({ linkType: 1, fcsLength: 0 });
});

describe('lengths that cannot be', () => {
  const good = records[0]!;
  const readWith = (record: PcapRecord, options: PcapOptions = {}) =>
    readCapture(byteSource(pcapFile([good, record, good], options)));

  it('ends at a packet larger than any snaplen', async () => {
    const { frames, summary } = await readWith({ data, capturedLength: 0xdeadbeef });
    expect(frames).toHaveLength(1);
    expect(summary.problems).toEqual([
      {
        kind: 'impossible-length',
        offset: 67,
        message:
          'frame 2 at byte 67 claims 3735928559 captured bytes, more than the 262144 that a packet can have: ' +
          'the remaining 86 bytes were not read',
      },
    ]);
  });

  it('believes a packet as large as the snaplen', async () => {
    const large = Buffer.alloc(3_000_000, 'x');
    const { frames, summary } = await readWith({ data: large }, { snaplen: large.length });
    expect(frames.map((frame) => frame.data.length)).toEqual([27, 3_000_000, 27]);
    expect(frames[1]!.data.equals(large)).toBe(true);
    expect(summary.problems).toEqual([]);
  });

  it('tells how much is missing of a packet that the file ends in', async () => {
    const file = pcapFile([good, good]);
    const { frames, summary } = await readCapture(byteSource(file.subarray(0, file.length - 5)));
    expect(frames).toHaveLength(1);
    expect(summary.problems).toEqual([
      {
        kind: 'truncated',
        offset: 67,
        message: 'the capture ends inside frame 2 at byte 67: 38 of its 43 bytes are there, 5 are lost',
      },
    ]);
  });
});
