// The cases of the public pcapng test suite (https://github.com/hadrielk/pcapng-test-generator) by their list, with
// contents of our own, in both byte orders: every block type, every option, in every order that writers may choose.
import { describe, expect, it, test } from 'vitest';
import { byteSource, type NameRecord, PcapngBuilder, type PcapngOption } from '../../testing/capture-builder.ts';
import { readCapture } from '../../testing/read-capture.ts';
import { HAS_TSHARK, titleWithTshark, tsharkFieldsOf } from '../../testing/tshark.ts';

const NULL = 0;
const ETHERNET = 1;
/** Wireshark's own numbers of the two, its frame.encap_type. */
const ENCAPSULATIONS = new Map([
  [NULL, '15'],
  [ETHERNET, '1'],
]);

/** In microseconds; `at(1000)` is a millisecond later. */
const at = (microseconds = 0) => 0x0004c397_64ca47aan + BigInt(microseconds);
const TIMES = ['1340954905.298858000', '1340954905.299858000', '1340954905.300858000', '1340954905.301858000'] as const;

/** Four Ethernet frames and one of the loopback interface, as long as those of the suite. */
const ethernet = (length: number) =>
  Buffer.concat([Buffer.from('ffffffffffff020000000001' + '88b5', 'hex'), Buffer.alloc(length - 14, 0x2e)]);
const packets = [
  ethernet(314),
  ethernet(342),
  ethernet(314),
  ethernet(342),
  Buffer.concat([Buffer.from('02000000', 'hex'), Buffer.alloc(164, 0x2e)]),
];
const lengthOf = (number: number) => packets[number - 1]!.length;

const text = (code: number, value: string): PcapngOption => ({ code, value: Buffer.from(value) });
const comment = (value: string) => text(1, value);
const IPV4 = (a: number, b: number, c: number, d: number) => Buffer.of(a, b, c, d);
const IPV6 = (hex: string) => Buffer.from(hex, 'hex');
const DEAD = IPV6('fc01dead00000000000000000000beef');
const FEED = IPV6('fc01feed00000000000000000000beef');

type Row = readonly [time: string, length: number, captured: number, linkType: number];

/** What the suite's blocks come to, in one byte order. */
class Suite extends PcapngBuilder {
  head = (...options: PcapngOption[]) => this.section({ options: [comment('a test'), ...options] });
  port = (linkType: number, snaplen: number, name: string, options: readonly PcapngOption[] = []) =>
    this.interfaceDescription({ linkType, snaplen, options: [text(2, name), ...options] });
  packet = (
    interfaceIndex: number,
    number: number,
    snaplen = 0,
    microseconds = 0,
    options: readonly PcapngOption[] = [],
  ) =>
    this.enhancedPacket({
      interfaceIndex,
      timestamp: at(microseconds),
      data: packets[number - 1]!.subarray(0, snaplen || undefined),
      originalLength: lengthOf(number),
      options,
    });
  simple = (number: number, snaplen = 0) =>
    this.simplePacket(packets[number - 1]!.subarray(0, snaplen || undefined), lengthOf(number));
  custom = (enterprise: number, data: string, isCopied = true) =>
    this.block(isCopied ? 0xbad : 0x4000_0bad, Buffer.concat([this.words(4, enterprise), Buffer.from(data)]));
  count = (code: number, value: bigint): PcapngOption => ({ code, value: this.bigWord(value) });
  /** Options that any block may have, and two that nobody knows. */
  anyBlocksOptions = (): PcapngOption[] => [
    { code: 2988, value: Buffer.concat([this.words(4, 32473), Buffer.from('a string')]) },
    { code: 2989, value: Buffer.concat([this.words(4, 32473), Buffer.of(1, 2, 3)]) },
    { code: 19372, value: Buffer.concat([this.words(4, 32473), Buffer.from('my string')]) },
    { code: 19373, value: Buffer.concat([this.words(4, 32473), Buffer.of(4, 5)]) },
    text(0x7f0, 'try this one'),
    text(0x8fff, 'and this one'),
  ];
  times = (): PcapngOption[] => [
    { code: 2, value: this.words(4, 0x0004c397, 0x64ca47aa) },
    { code: 3, value: this.words(4, 0x0004c397, 0x64ca4b92) },
  ];
  /** isb_ifrecv, isb_ifdrop, isb_filteraccept, isb_osdrop, isb_usrdeliv. */
  allStatistics = (): PcapngOption[] => [
    ...this.times(),
    this.count(4, 100n),
    this.count(5, 1n),
    this.count(6, 9n),
    this.count(7, 42n),
    this.count(8, 6n),
    comment('statistics'),
  ];
  someStatistics = (): PcapngOption[] => [...this.times(), this.count(6, 42n), this.count(5, 10n), comment('some')];
  names = (...records: NameRecord[]) => this.nameResolution(records, [comment('names')]);
  otherOrder = () => new Suite(this.words(2, 1)[0] === 1 ? 'big' : 'little');
}

interface Case {
  readonly name: string;
  readonly blocks: (suite: Suite) => readonly Buffer[];
  readonly frames: readonly Row[];
  /** Frames dropped, as the message begins. */
  readonly dropped?: string;
  readonly names?: Readonly<Record<string, readonly string[]>>;
}

const firstNames: readonly NameRecord[] = [
  { address: IPV4(192, 168, 1, 2), names: ['example.com'] },
  { address: IPV4(192, 168, 1, 2), names: ['example.com'] },
  { address: IPV4(192, 168, 1, 8), names: ['example.com'] },
  { address: DEAD, names: ['example.com'] },
  { address: IPV4(10, 1, 2, 3), names: ['example.org'] },
  { address: IPV4(192, 168, 1, 2), names: ['example.net'] },
  { type: 0x7f, address: Buffer.from('foobar') },
];
const lastNames: readonly NameRecord[] = [
  { address: IPV4(192, 168, 1, 2), names: ['qux.example.com'] },
  { address: IPV4(192, 168, 1, 3), names: ['bar.example.com'] },
  { address: FEED, names: ['bar.example.net'] },
  { type: 0x7f, address: Buffer.from('foobar') },
  { address: DEAD, names: ['foo.example.com'] },
  { type: 0x8fff, address: Buffer.from('unknown') },
  { address: IPV4(10, 1, 2, 4), names: ['bar.example.org'] },
];
const firstAndLastNames = {
  '192.168.1.2': ['example.com', 'example.net', 'qux.example.com'],
  '192.168.1.8': ['example.com'],
  'fc01:dead:0:0:0:0:0:beef': ['example.com', 'foo.example.com'],
  '10.1.2.3': ['example.org'],
  '192.168.1.3': ['bar.example.com'],
  'fc01:feed:0:0:0:0:0:beef': ['bar.example.net'],
  '10.1.2.4': ['bar.example.org'],
};

const interfaceOptions = (suite: Suite): PcapngOption[] => [
  comment('and more\nfoo\r\nbar'),
  text(3, 'silly ethernet interface'),
  { code: 4, value: Buffer.of(10, 1, 2, 3, 255, 255, 255, 0) },
  { code: 5, value: Buffer.concat([IPV6('21000db8000000000000000000001a2b'), Buffer.of(64)]) },
  { code: 6, value: Buffer.of(0, 1, 2, 3, 4, 5) },
  { code: 7, value: Buffer.of(2, 0x34, 0x56, 0xff, 0xfe, 0x78, 0x9a, 0xbc) },
  suite.count(8, 1_000_000_000n),
  { code: 9, value: Buffer.of(9) },
  { code: 11, value: Buffer.concat([Buffer.of(0), Buffer.from('tcp port 23 and host 192.0.2.5')]) },
  text(12, 'an operating system\npatch 42'),
  { code: 13, value: Buffer.of(0) },
  suite.count(14, 0n),
  ...suite.anyBlocksOptions(),
];

const cases: readonly Case[] = [
  {
    name: '001 packets of one interface',
    blocks: (suite) => [
      suite.head(text(2, 'a machine'), text(3, 'an OS'), text(4, 'a program')),
      suite.port(ETHERNET, 0, 'silly ethernet interface'),
      ...[1, 2, 3, 4].map((number) => suite.packet(0, number)),
    ],
    frames: [1, 2, 3, 4].map((number) => [TIMES[0], lengthOf(number), lengthOf(number), ETHERNET]),
  },
  { name: '002 a section and nothing else', blocks: (suite) => [suite.head()], frames: [] },
  {
    name: '003 an interface and nothing else',
    blocks: (suite) => [suite.head(), suite.port(ETHERNET, 96, 'eth0')],
    frames: [],
  },
  {
    name: '004 two interfaces of one link type and two snaplens',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 96, 'eth0'),
      suite.port(ETHERNET, 128, 'en1'),
      suite.packet(0, 1, 96),
      suite.packet(1, 2, 128, 1000),
      suite.packet(0, 3, 96, 2000),
      suite.packet(1, 4, 128, 3000),
    ],
    frames: [
      [TIMES[0], 314, 96, ETHERNET],
      [TIMES[1], 342, 128, ETHERNET],
      [TIMES[2], 314, 96, ETHERNET],
      [TIMES[3], 342, 128, ETHERNET],
    ],
  },
  {
    name: '005 an interface described behind the first packet',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 96, 'eth0'),
      suite.packet(0, 1, 96),
      suite.port(ETHERNET, 128, 'en1'),
      suite.packet(1, 2, 128, 1000),
      suite.packet(0, 3, 96, 2000),
    ],
    frames: [
      [TIMES[0], 314, 96, ETHERNET],
      [TIMES[1], 342, 128, ETHERNET],
      [TIMES[2], 314, 96, ETHERNET],
    ],
  },
  {
    name: '006 two interfaces of two link types',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 96, 'eth0'),
      suite.port(NULL, 0, 'en1'),
      suite.packet(0, 1, 96),
      suite.packet(1, 5, 0, 1000),
      suite.packet(0, 2, 96, 2000),
    ],
    frames: [
      [TIMES[0], 314, 96, ETHERNET],
      [TIMES[1], 168, 168, NULL],
      [TIMES[2], 342, 96, ETHERNET],
    ],
  },
  {
    name: '007 a section with all options',
    blocks: (suite) => [
      suite.head(...suite.anyBlocksOptions()),
      suite.port(ETHERNET, 96, 'eth0'),
      suite.packet(0, 1, 96),
    ],
    frames: [[TIMES[0], 314, 96, ETHERNET]],
  },
  {
    name: '008 interfaces with all options, in either order',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 96, 'eth-_0 foo', interfaceOptions(suite)),
      suite.packet(0, 1, 96),
      suite.port(ETHERNET, 128, 'en1', interfaceOptions(suite).reverse()),
      suite.packet(1, 2, 128, 1000),
    ],
    frames: [
      ['1340954.905298858', 314, 96, ETHERNET],
      ['1340954.905299858', 342, 128, ETHERNET],
    ],
  },
  {
    name: '009 packets with all options',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 0, 'eth0'),
      suite.packet(0, 1, 0, 0, [
        comment('one'),
        { code: 2, value: suite.words(4, 0) },
        suite.count(4, 0n),
        ...suite.anyBlocksOptions(),
      ]),
      suite.packet(0, 2, 0, 1000, [
        ...suite.anyBlocksOptions(),
        comment('two'),
        { code: 2, value: suite.words(4, 0x48000000) },
        suite.count(4, 12_345n),
      ]),
    ],
    frames: [
      [TIMES[0], 314, 314, ETHERNET],
      [TIMES[1], 342, 342, ETHERNET],
    ],
    dropped: '12345 frames were dropped while capturing (12345 on eth0)',
  },
  {
    name: '010 simple packets',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 0, 'eth0'),
      ...[1, 2, 3, 4].map((number) => suite.simple(number)),
    ],
    frames: [1, 2, 3, 4].map((number) => ['', lengthOf(number), lengthOf(number), ETHERNET]),
  },
  {
    name: '011 simple packets among others',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 0, 'eth0'),
      suite.simple(1),
      suite.packet(0, 2),
      suite.simple(3),
      suite.packet(0, 4, 0, 2000),
    ],
    frames: [
      ['', 314, 314, ETHERNET],
      [TIMES[0], 342, 342, ETHERNET],
      ['', 314, 314, ETHERNET],
      [TIMES[2], 342, 342, ETHERNET],
    ],
  },
  {
    name: '012 a snaplen between the packets, simple and not',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 315, 'eth0'),
      suite.simple(1, 315),
      suite.simple(2, 315),
      suite.packet(0, 3, 315),
      suite.packet(0, 4, 315),
    ],
    frames: [
      ['', 314, 314, ETHERNET],
      ['', 342, 315, ETHERNET],
      [TIMES[0], 314, 314, ETHERNET],
      [TIMES[0], 342, 315, ETHERNET],
    ],
  },
  {
    name: '013 statistics of an interface without packets',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 96, 'silly ethernet interface'),
      suite.interfaceStatistics(0, [...suite.times(), suite.count(5, 10n)]),
    ],
    frames: [],
    dropped: '10 frames were dropped while capturing (10 on silly ethernet interface)',
  },
  {
    name: '014 statistics between the descriptions of interfaces',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 96, 'eth0'),
      suite.port(NULL, 0, 'null1'),
      suite.interfaceStatistics(1, [...suite.times(), suite.count(5, 10n)]),
      suite.interfaceStatistics(0, [...suite.times(), suite.count(5, 10n)]),
      suite.port(ETHERNET, 128, 'silly ethernet interface 2'),
      suite.interfaceStatistics(2, [...suite.times(), suite.count(5, 10n), comment('statistics')]),
    ],
    frames: [],
    dropped: '30 frames were dropped while capturing (10 on null1, 10 on eth0, 10 on silly ethernet interface 2)',
  },
  {
    name: '015 names and no packets',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 96, 'eth0'),
      suite.names(
        { address: IPV4(192, 168, 1, 2), names: ['example.com'] },
        { address: IPV4(10, 1, 2, 3), names: ['example.org'] },
      ),
    ],
    frames: [],
    names: { '192.168.1.2': ['example.com'], '10.1.2.3': ['example.org'] },
  },
  {
    name: '016 names among packets',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 0, 'eth0'),
      suite.names({ address: IPV4(192, 168, 1, 2), names: ['example.com'] }),
      suite.simple(1),
      suite.packet(0, 2),
      suite.nameResolution([{ address: IPV4(192, 168, 1, 2), names: ['foo.example.com', 'bar.example.com'] }]),
      suite.simple(3),
      suite.packet(0, 4, 0, 2000),
      suite.names({ address: IPV4(192, 168, 1, 3), names: ['bar.example.com'] }),
    ],
    frames: [
      ['', 314, 314, ETHERNET],
      [TIMES[0], 342, 342, ETHERNET],
      ['', 314, 314, ETHERNET],
      [TIMES[2], 342, 342, ETHERNET],
    ],
    names: { '192.168.1.2': ['example.com', 'foo.example.com', 'bar.example.com'], '192.168.1.3': ['bar.example.com'] },
  },
  {
    name: '017 custom blocks and nothing else',
    blocks: (suite) => [
      suite.head(),
      suite.custom(32473, 'an example of 24 bytes..'),
      suite.custom(36724, 'not to be copied', false),
    ],
    frames: [
      ['', 24, 24, -1],
      ['', 16, 16, -1],
    ],
  },
  {
    name: '018 custom blocks among packets',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 0, 'eth0'),
      suite.custom(32473, 'an example of 24 bytes..'),
      suite.simple(1),
      suite.packet(0, 2),
      suite.custom(32473, 'not to be copied', false),
      suite.packet(0, 4, 0, 2000),
    ],
    frames: [
      ['', 24, 24, -1],
      ['', 314, 314, ETHERNET],
      [TIMES[0], 342, 342, ETHERNET],
      ['', 16, 16, -1],
      [TIMES[2], 342, 342, ETHERNET],
    ],
  },
  {
    name: '100 names of both kinds, twice, of unknown types, empty',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 0, 'eth0'),
      suite.nameResolution(firstNames, [comment('names'), { code: 0x7f0, value: Buffer.alloc(0) }, text(0x8fff, 'x')]),
      suite.simple(1),
      suite.nameResolution([], [comment('none')]),
      suite.port(NULL, 0, 'null1'),
      suite.nameResolution([]),
      suite.packet(0, 2),
      suite.port(ETHERNET, 128, 'wifi2?'),
      suite.packet(1, 5, 0, 3000),
      suite.names(...lastNames),
    ],
    frames: [
      ['', 314, 314, ETHERNET],
      [TIMES[0], 342, 342, ETHERNET],
      [TIMES[3], 168, 168, NULL],
    ],
    names: firstAndLastNames,
  },
  {
    name: '101 statistics again and again, among packets',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 96, 'eth0'),
      suite.port(NULL, 0, 'null1'),
      suite.packet(0, 1, 96),
      suite.interfaceStatistics(1),
      suite.interfaceStatistics(0),
      suite.interfaceStatistics(1),
      suite.port(ETHERNET, 128, 'silly ethernet interface 2'),
      suite.packet(2, 2, 128),
      suite.interfaceStatistics(2, suite.someStatistics()),
      suite.simple(3, 96),
      suite.interfaceStatistics(0, suite.allStatistics()),
      suite.packet(1, 5, 0, 3000),
      suite.interfaceStatistics(0),
    ],
    frames: [
      [TIMES[0], 314, 96, ETHERNET],
      [TIMES[0], 342, 128, ETHERNET],
      ['', 314, 96, ETHERNET],
      [TIMES[3], 168, 168, NULL],
    ],
    dropped: '53 frames were dropped while capturing (43 on eth0, 10 on silly ethernet interface 2)',
  },
  {
    name: '102 every type of block',
    blocks: (suite) => [
      suite.head(),
      suite.custom(32473, 'an example of 24 bytes..'),
      suite.nameResolution(firstNames),
      suite.port(ETHERNET, 96, 'eth0'),
      suite.port(NULL, 0, 'null1'),
      suite.interfaceStatistics(1),
      suite.packet(0, 1, 96),
      suite.interfaceStatistics(0),
      suite.custom(32473, 'not to be copied', false),
      suite.port(ETHERNET, 0, 'silly!\r\nethernet interface 2'),
      suite.packet(2, 2),
      suite.interfaceStatistics(2, suite.someStatistics()),
      suite.simple(3, 96),
      suite.nameResolution([]),
      suite.interfaceStatistics(0, suite.allStatistics()),
      suite.packet(1, 5, 0, 3000),
      suite.nameResolution(lastNames),
    ],
    frames: [
      ['', 24, 24, -1],
      [TIMES[0], 314, 96, ETHERNET],
      ['', 16, 16, -1],
      [TIMES[0], 342, 342, ETHERNET],
      ['', 314, 96, ETHERNET],
      [TIMES[3], 168, 168, NULL],
    ],
    dropped: '53 frames were dropped while capturing (43 on eth0, 10 on silly!\r\nethernet interface 2)',
    names: firstAndLastNames,
  },
  {
    name: '200 sections and nothing in them',
    blocks: (suite) => [
      ...[96, 0].flatMap((snaplen) => [suite.head(), suite.port(ETHERNET, snaplen, 'eth0')]),
      suite.head(),
      suite.port(NULL, 128, 'null1'),
    ],
    frames: [],
  },
  {
    name: '201 statistics in several sections',
    blocks: (suite) => [
      suite.head(),
      suite.port(ETHERNET, 96, 'eth0'),
      suite.port(NULL, 0, 'null1'),
      suite.packet(0, 1, 96),
      suite.interfaceStatistics(1),
      suite.head(...suite.anyBlocksOptions()),
      suite.port(ETHERNET, 128, 'silly ethernet interface 2'),
      suite.packet(0, 2, 128),
      suite.interfaceStatistics(0, [...suite.someStatistics(), ...suite.anyBlocksOptions()]),
      suite.simple(3, 128),
      suite.head(),
      suite.port(ETHERNET, 96, 'eth0'),
      suite.port(NULL, 0, 'null1'),
      suite.interfaceStatistics(0, suite.allStatistics()),
      suite.packet(1, 5, 0, 3000),
      suite.interfaceStatistics(0),
    ],
    frames: [
      [TIMES[0], 314, 96, ETHERNET],
      [TIMES[0], 342, 128, ETHERNET],
      ['', 314, 128, ETHERNET],
      [TIMES[3], 168, 168, NULL],
    ],
    dropped: '53 frames were dropped while capturing (43 on eth0, 10 on silly ethernet interface 2)',
  },
  {
    name: '202 sections of both byte orders with every type of block',
    blocks: (suite) => {
      const other = suite.otherOrder();
      return [
        suite.head(),
        suite.port(ETHERNET, 96, 'eth0'),
        suite.nameResolution([], [comment('none')]),
        suite.port(NULL, 0, 'null1'),
        suite.custom(32473, 'an example of 24 bytes..'),
        suite.nameResolution(firstNames),
        suite.packet(0, 1, 96),
        suite.interfaceStatistics(1),
        suite.packet(1, 5, 0, 3000),
        other.head(...other.anyBlocksOptions()),
        other.port(ETHERNET, 128, 'silly ethernet interface 2'),
        other.simple(1, 128),
        other.packet(0, 2, 128),
        other.custom(32473, 'not to be copied', false),
        other.nameResolution([]),
        other.nameResolution(lastNames),
        other.interfaceStatistics(0, other.someStatistics()),
        suite.head(),
        suite.nameResolution(lastNames),
        suite.port(ETHERNET, 96, 'eth0'),
        suite.custom(36724, 'all of 20 bytes, yes', false),
        suite.port(NULL, 0, 'null1'),
        suite.interfaceStatistics(0),
        suite.interfaceStatistics(0, suite.allStatistics()),
        suite.packet(1, 5, 0, 3000),
      ];
    },
    frames: [
      ['', 24, 24, -1],
      [TIMES[0], 314, 96, ETHERNET],
      [TIMES[3], 168, 168, NULL],
      ['', 314, 128, ETHERNET],
      [TIMES[0], 342, 128, ETHERNET],
      ['', 16, 16, -1],
      ['', 20, 20, -1],
      [TIMES[3], 168, 168, NULL],
    ],
    dropped: '53 frames were dropped while capturing (43 on eth0, 10 on silly ethernet interface 2)',
    names: firstAndLastNames,
  },
];

const fileOf = (theCase: Case, order: 'little' | 'big') => Buffer.concat(theCase.blocks(new Suite(order)));

describe.each(['little', 'big'] as const)('%s-endian', (order) => {
  it.each(cases)('$name', async (theCase) => {
    const { frames, summary } = await readCapture(byteSource(fileOf(theCase, order)));
    expect(
      frames.map(({ time, originalLength, data, linkType }) => [time, originalLength, data.length, linkType]),
    ).toEqual(theCase.frames);
    expect(Object.fromEntries(summary.names)).toEqual(theCase.names ?? {});
    if (theCase.dropped === undefined) expect(summary.problems).toEqual([]);
    else {
      expect(summary.problems).toMatchObject([{ kind: 'dropped-frames', offset: null }]);
      expect(summary.problems[0]?.message.split(':')[0]).toBe(theCase.dropped);
    }
  });
});

// Files of sections make one file of sections, so tshark is started once for all.
test.skipIf(!HAS_TSHARK)(
  titleWithTshark('tshark reads all of them so'),
  () => {
    const both = (['little', 'big'] as const).flatMap((order) => cases.map((theCase) => fileOf(theCase, order)));
    const fields = ['frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.encap_type'];
    const frames = cases.flatMap((theCase) => theCase.frames);
    expect(tsharkFieldsOf(Buffer.concat(both), fields)).toEqual(
      [...frames, ...frames].map(([time, length, captured, linkType], index) => [
        `${index + 1}`,
        time,
        `${length}`,
        `${captured}`,
        ENCAPSULATIONS.get(linkType) ?? '',
      ]),
    );
  },
  60_000,
);
