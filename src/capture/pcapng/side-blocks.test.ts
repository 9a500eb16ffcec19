// What stands beside the packets: statistics, names, secrets, options, and lengths that do not fit.
import { describe, expect, it, test } from 'vitest';
import { byteSource, PcapngBuilder } from '../../testing/capture-builder.ts';
import { readCapture } from '../../testing/read-capture.ts';

const data = Buffer.from('a packet of 27 bytes, so be');
const pcapng = new PcapngBuilder();
const count = (code: number, value: bigint) => ({ code, value: pcapng.bigWord(value) });
const begin = [pcapng.section(), pcapng.interfaceDescription()];
const packet = pcapng.enhancedPacket({ data });

async function read(...blocks: readonly Buffer[]) {
  return readCapture(byteSource(Buffer.concat(blocks)));
}

describe('dropped frames', () => {
  const messageOf = async (...blocks: readonly Buffer[]) => {
    const { summary } = await read(...begin, ...blocks, packet);
    expect(summary.frames).toBeGreaterThan(0);
    return summary.problems.map(({ kind, message }) => `${kind}: ${message.split(':')[0]}`);
  };

  it('are none where nobody counted any, or nobody knows', async () => {
    const unknown = -1n; // all ones
    expect(await messageOf(pcapng.interfaceStatistics(0))).toEqual([]);
    expect(await messageOf(pcapng.interfaceStatistics(0, [count(5, 0n), count(7, 0n), count(4, 99n)]))).toEqual([]);
    expect(await messageOf(pcapng.interfaceStatistics(0, [count(5, unknown), count(7, unknown)]))).toEqual([]);
  });

  it('of one interface count from the beginning: the last block holds', async () => {
    const blocks = [3n, 8n, 8n].map((dropped) => pcapng.interfaceStatistics(0, [count(5, dropped)]));
    expect(await messageOf(...blocks)).toEqual([
      'dropped-frames: 8 frames were dropped while capturing (8 on interface 0)',
    ]);
  });

  it('told by packets are added up, and not once more from the statistics', async () => {
    const dropping = (dropped: bigint) => pcapng.enhancedPacket({ data, options: [count(4, dropped)] });
    const blocks = [dropping(2n), dropping(0n), dropping(1n), pcapng.interfaceStatistics(0, [count(5, 2n)])];
    expect(await messageOf(...blocks)).toEqual([
      'dropped-frames: 3 frames were dropped while capturing (3 on interface 0)',
    ]);
  });

  it('told by obsolete packets are those of their header', async () => {
    const obsolete = (dropped: number) => {
      const block = pcapng.obsoletePacket({ data });
      pcapng.words(2, dropped).copy(block, 10);
      return block;
    };
    expect(await messageOf(obsolete(1), obsolete(0xffff))).toEqual([
      'dropped-frames: 1 frame was dropped while capturing (1 on interface 0)',
    ]);
  });

  it('of many interfaces are told of the five that lost most', async () => {
    const interfaces = Array.from({ length: 8 }, () => pcapng.interfaceDescription());
    const statistics = interfaces.map((_, index) =>
      pcapng.interfaceStatistics(index + 1, [count(7, BigInt(index + 1))]),
    );
    expect(await messageOf(...interfaces, ...statistics)).toEqual([
      'dropped-frames: 36 frames were dropped while capturing (8 on interface 8, 7 on interface 7, 6 on interface 6, ' +
        '5 on interface 5, 4 on interface 4, the rest on 3 more)',
    ]);
  });

  it('of very many sections are kept in bounded memory', async () => {
    const section = (index: number) => [
      pcapng.section(),
      pcapng.interfaceDescription({ options: [{ code: 2, value: Buffer.from(`eth${index}`) }] }),
      pcapng.interfaceStatistics(0, [count(5, 1n)]),
    ];
    const [message] = await messageOf(...Array.from({ length: 3000 }, (_, index) => section(index)).flat());
    expect(message).toMatch(/^dropped-frames: 3000 frames .* \(1976 on other interfaces, .*the rest on 1020 more\)$/);
  });

  it('of an interface that nobody described are told as such', async () => {
    expect(await messageOf(pcapng.interfaceStatistics(7, [count(5, 8n)]), pcapng.block(5, Buffer.alloc(4)))).toEqual([
      'impossible-statistics: an Interface Statistics Block is of interface 7, which the section has not described; ' +
        'the same holds 1 more times',
    ]);
  });
});

describe('names', () => {
  const record = (address: readonly number[], ...names: readonly string[]) => ({
    address: Buffer.from(address),
    names,
  });
  const namesOf = async (...blocks: readonly Buffer[]) => {
    const { summary } = await read(...begin, ...blocks, packet);
    expect(summary.frames).toBe(1);
    return { names: Object.fromEntries(summary.names), problems: summary.problems };
  };

  it('are those of the wire, hostile ones too, and not longer than a name can be', async () => {
    const { names, problems } = await namesOf(
      pcapng.nameResolution([
        record([10, 0, 0, 1], 'api.internal', '', 'b\x1b[2J\nüber'),
        record([10, 0, 0, 2]),
        record([10, 0, 0, 3], 'x'.repeat(1000)),
      ]),
    );
    expect(names).toEqual({ '10.0.0.1': ['api.internal', 'b\x1b[2J\nüber'], '10.0.0.3': ['x'.repeat(255)] });
    expect(problems).toEqual([]);
  });

  it('without a zero byte behind them, and records of unknown kinds or too short for an address', async () => {
    const { names, problems } = await namesOf(
      pcapng.nameResolution([
        { type: 1, address: Buffer.from([10, 0, 0, 1, 0x61, 0x62]) },
        { type: 1, address: Buffer.from([10, 0]) },
        { type: 2, address: Buffer.alloc(16) },
        { type: 3, address: Buffer.alloc(9) },
      ]),
    );
    expect(names).toEqual({ '10.0.0.1': ['ab'] });
    expect(problems).toEqual([]);
  });

  it('a record longer than its block ends it', async () => {
    const { names, problems } = await namesOf(
      pcapng.block(4, Buffer.concat([pcapng.words(2, 1, 400), Buffer.from('10.0')])),
    );
    expect(names).toEqual({});
    expect(problems).toMatchObject([{ kind: 'impossible-name' }]);
  });

  it('beyond so many are not kept', async () => {
    const block = (third: number) =>
      pcapng.nameResolution(Array.from({ length: 256 }, (_, last) => record([10, 0, third, last], 'a', 'b')));
    const { names, problems } = await namesOf(...Array.from({ length: 130 }, (_, third) => block(third)));
    expect(Object.keys(names)).toHaveLength(32_768);
    expect(problems).toMatchObject([{ kind: 'too-many-names' }]);
    expect(problems[0]?.message).toBe('only 65536 names of hosts are kept; the same holds 1023 more times');
  });

  it('in a block that is too long are not read, in the buffer and beyond it', async () => {
    const long = pcapng.block(4, Buffer.alloc(17 * 1024 * 1024));
    const { problems } = await namesOf(long);
    expect(problems).toMatchObject([{ kind: 'oversized-block' }]);
    expect(problems[0]?.message).toBe('a Name Resolution Block is longer than 16777216 bytes: not read');
  });
});

describe('secrets', () => {
  const KEY_LOG = 'CLIENT_RANDOM 0011 2233';

  it('are counted, and key logs are kept', async () => {
    const { summary } = await read(
      ...begin,
      pcapng.decryptionSecrets(Buffer.from(KEY_LOG)),
      pcapng.decryptionSecrets(Buffer.from('a WireGuard key log'), 0x57474b4c),
      packet,
      pcapng.decryptionSecrets(Buffer.from(`${KEY_LOG}44\n`)),
    );
    expect(summary).toMatchObject({ frames: 1, secrets: 3, tlsKeyLog: `${KEY_LOG}\n${KEY_LOG}44\n`, problems: [] });
  });

  it('that claim more than their block has are told', async () => {
    const { summary } = await read(
      ...begin,
      pcapng.block(0xa, Buffer.concat([pcapng.words(4, 0x544c534b, 400), Buffer.from(KEY_LOG)])),
      pcapng.block(0xa, Buffer.alloc(4)),
      packet,
    );
    expect(summary).toMatchObject({ frames: 1, secrets: 0, tlsKeyLog: '' });
    expect(summary.problems).toMatchObject([{ kind: 'impossible-secrets' }]);
    expect(JSON.stringify(summary.problems)).not.toContain('CLIENT_RANDOM');
  });
});

test('options longer than their block are told, and what stands before them holds', async () => {
  const badInterface = pcapng.block(
    1,
    Buffer.concat([
      pcapng.words(2, 1, 0),
      pcapng.words(4, 0),
      pcapng.words(2, 9, 1),
      Buffer.of(9, 0, 0, 0),
      pcapng.words(2, 2, 400),
    ]),
  );
  const badPacket = Buffer.concat([pcapng.words(2, 4, 9999), pcapng.words(4, 0)]);
  const bytes = Buffer.concat([data, Buffer.alloc(1), badPacket]);
  const lengths = pcapng.words(4, 0, 0x163454d5, 0x0a5e0001, data.length, data.length);
  const { frames, summary } = await read(
    pcapng.section(),
    badInterface,
    pcapng.block(6, Buffer.concat([lengths, bytes])),
  );
  expect(frames).toMatchObject([{ data }]);
  expect(summary.problems).toEqual([
    {
      kind: 'impossible-option',
      offset: 52,
      message: 'option 2 at byte 52 claims 400 bytes, but its block has 0: it is ignored; the same holds 1 more times',
      gotOver: true,
    },
  ]);
});

describe('two lengths of a block', () => {
  const unequal = pcapng.block(77, Buffer.alloc(8), 24);

  it('of which the first leads to another block are told once and got over', async () => {
    const { frames, summary } = await read(...begin, unequal, packet, unequal, pcapng.section(), ...begin, packet);
    expect(frames).toHaveLength(2);
    expect(summary.problems).toEqual([
      {
        kind: 'lengths-differ',
        offset: 48,
        message:
          'the length of a block before the first frame is 20 at its beginning and 24 at its end; ' +
          'the first is believed, as it leads to another block; the same holds 1 more times',
        gotOver: true,
      },
    ]);
  });

  it('at the end of the capture, and of a packet, likewise', async () => {
    const last = Buffer.from(packet);
    last.writeUInt32LE(4, last.length - 4);
    const { frames, summary } = await read(...begin, packet, last);
    expect(frames.map((frame) => frame.data)).toEqual([data, data]);
    expect(summary.problems).toMatchObject([{ kind: 'lengths-differ' }]);
  });

  it('in pieces of every size, and of a block that is larger than the buffer', async () => {
    const long = pcapng.block(77, Buffer.alloc(1_200_000), 24);
    const file = Buffer.concat([...begin, unequal, packet, long, packet]);
    const whole = await readCapture(byteSource(file));
    expect(whole.frames).toHaveLength(2);
    for (const chunk of [1, 3, 7, 13]) {
      const short = Buffer.concat([...begin, unequal, packet]);
      expect((await readCapture(byteSource(short, chunk))).frames).toHaveLength(1);
    }
    for (const chunk of [1_200_001, 1_200_100, 5000]) {
      expect(await readCapture(byteSource(file, chunk))).toEqual(whole);
    }
  });
});

describe('clocks', () => {
  const timeOf = async (facts: Parameters<PcapngBuilder['interfaceDescription']>[0], timestamp: bigint) => {
    const { frames, summary } = await read(
      pcapng.section(),
      pcapng.interfaceDescription(facts),
      pcapng.enhancedPacket({ data, timestamp }),
    );
    return { time: frames[0]?.time, problems: summary.problems };
  };

  // tshark 4.0 is no witness here: its product of a picosecond fraction and 10^9 leaves 64 bits.
  it('as fine as 64 bits can count a second are read', async () => {
    const offsetSeconds = 1_600_000_000n;
    expect(await timeOf({ resolution: 19, offsetSeconds }, 15_000_000_000_000_000_000n)).toEqual({
      time: '1600000001.500000000',
      problems: [],
    });
    expect(await timeOf({ resolution: 0x80 | 63, offsetSeconds }, 3n << 62n)).toEqual({
      time: '1600000001.500000000',
      problems: [],
    });
    expect(await timeOf({ resolution: 12, offsetSeconds }, 1_234_567_890_123n)).toEqual({
      time: '1600000001.234567890',
      problems: [],
    });
    expect(await timeOf({ resolution: 0x80 | 6 }, (1_600_000_000n << 6n) + 1n)).toEqual({
      time: '1600000000.015625000',
      problems: [],
    });
  });

  it.each([20, 127, 0x80 | 64, 0xff])('with a resolution of %i tell no time', async (resolution) => {
    const { time, problems } = await timeOf({ resolution }, 1n << 63n);
    expect(time).toBe('');
    expect(problems).toMatchObject([{ kind: 'impossible-resolution' }]);
  });

  it('with offsets beyond all bounds do no harm', async () => {
    for (const offsetSeconds of [-(1n << 63n), (1n << 63n) - 1n, -1_600_000_001n]) {
      expect((await timeOf({ offsetSeconds }, 1_600_000_000_000_000n)).problems).toEqual([]);
    }
    expect((await timeOf({ offsetSeconds: -1_600_000_001n }, 1_600_000_000_000_000n)).time).toBe('-1.000000000');
  });
});
