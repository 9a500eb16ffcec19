import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { byteSource } from '../../testing/capture-builder.ts';
import { decompressed, type Lz4Block, lz4Frame, skippableFrame } from '../../testing/compressed.ts';
import { isSkippable } from './compression.ts';
import { lz4 } from './lz4.ts';

const read = (file: Uint8Array, chunk = file.length, later = false) =>
  decompressed((report) => lz4.decompress(byteSource(file, chunk, later), report));

const text = Buffer.from('some bytes that stand for themselves');

/** Literals, then (unless it is the block's end) a match. */
function sequence(literals: string, match?: { readonly offset: number; readonly length: number }): Buffer {
  const lengthBytes = (length: number) => {
    if (length < 15) return [];
    const bytes: number[] = [];
    let rest = length - 15;
    for (; rest >= 255; rest -= 255) bytes.push(255);
    return [...bytes, rest];
  };
  const matchLength = (match?.length ?? 4) - 4;
  return Buffer.from([
    (Math.min(literals.length, 15) << 4) | (match === undefined ? 0 : Math.min(matchLength, 15)),
    ...lengthBytes(literals.length),
    ...Buffer.from(literals),
    ...(match === undefined ? [] : [match.offset & 0xff, match.offset >> 8, ...lengthBytes(matchLength)]),
  ]);
}

const compressed = (...sequences: readonly Buffer[]): Lz4Block => ({
  data: Buffer.concat(sequences),
  isCompressed: true,
});

const good: readonly { readonly name: string; readonly file: Buffer; readonly contents: string }[] = [
  {
    name: 'blocks that stand for themselves',
    file: lz4Frame([{ data: text }, { data: text }]),
    contents: `${text}${text}`,
  },
  { name: 'no block at all', file: lz4Frame([]), contents: '' },
  { name: 'nothing at all', file: Buffer.alloc(0), contents: '' },
  {
    name: 'matches that repeat themselves, short and long, and long literals',
    file: lz4Frame([
      compressed(
        sequence('ab', { offset: 2, length: 7 }),
        sequence('c'.repeat(300), { offset: 1, length: 600 }),
        sequence('0123456789012345678901234567890123456789', { offset: 40, length: 30 }),
        sequence('end'),
      ),
    ]),
    contents: `ababababa${'c'.repeat(900)}0123456789012345678901234567890123456789012345678901234567890123456789end`,
  },
  {
    name: 'linked blocks that refer to the one before',
    file: lz4Frame(
      [
        { data: Buffer.from('abcdefgh') },
        compressed(sequence('', { offset: 8, length: 8 }), sequence('!')),
        compressed(sequence('', { offset: 17, length: 5 }), sequence('?')),
      ],
      { linked: true },
    ),
    contents: 'abcdefghabcdefgh!abcde?',
  },
  {
    name: 'every checksum and the size',
    file: lz4Frame([{ data: text }, compressed(sequence('x'))], {
      blockChecksums: true,
      contentSize: text.length + 1,
      checksumOf: Buffer.from(`${text}x`),
    }),
    contents: `${text}x`,
  },
  {
    name: 'frames among skippable ones',
    file: Buffer.concat([
      skippableFrame(Buffer.alloc(300), 15),
      lz4Frame([{ data: text }], { checksumOf: text }),
      lz4Frame([]),
      skippableFrame(Buffer.alloc(0)),
      lz4Frame([{ data: text }], { maxBlock: 5 }),
      skippableFrame(text, 3),
    ]),
    contents: `${text}${text}`,
  },
  {
    name: 'legacy frames, before and behind others',
    file: Buffer.concat([
      lz4Frame([{ data: text }]),
      Buffer.from([0x02, 0x21, 0x4c, 0x18, 5, 0, 0, 0]),
      sequence('abcd'),
      Buffer.from([8, 0, 0, 0]),
      sequence('xyz', { offset: 3, length: 5 }),
      sequence('z'),
      lz4Frame([{ data: text }]),
    ]),
    contents: `${text}abcdxyzxyzxyz${text}`,
  },
];

describe.each(good)('$name', ({ file, contents }) => {
  it('in pieces of every size', async () => {
    for (let chunk = 1; chunk <= file.length; chunk++) {
      const { bytes, problems } = await read(file, chunk, chunk % 2 === 0);
      expect(bytes.toString()).toBe(contents);
      expect(problems).toEqual([]);
    }
  });

  it('cut off anywhere gives the beginning, and says so unless a frame ends there', async () => {
    const ends = await Promise.all(
      Array.from({ length: file.length }, async (_, length) => {
        const { bytes, problems } = await read(file.subarray(0, length));
        expect(contents.startsWith(bytes.toString())).toBe(true);
        if (problems.length === 0) return length;
        expect(problems).toEqual([
          {
            kind: 'truncated',
            offset: bytes.length,
            message: `the lz4 file ends in the middle, after ${bytes.length} decompressed bytes`,
          },
        ]);
        return -1;
      }),
    );
    // At the beginning of each frame, and between the blocks of a legacy one.
    for (const end of ends.filter((length) => length > 0)) {
      const word = file.readUInt32LE(end);
      expect(word === 0x184d2204 || word === 0x184c2102 || isSkippable(word) || word < 100).toBe(true);
    }
  });

  it('with any byte changed ends, and never throws', async () => {
    for (let at = 0; at < file.length; at++) {
      const changed = Buffer.from(file);
      changed[at]! ^= 0x41;
      expect((await read(changed)).bytes.length).toBeLessThan(100_000);
    }
  });
});

const bad: readonly { readonly name: string; readonly file: Buffer; readonly before?: string; readonly why: string }[] =
  [
    {
      name: 'something else behind a frame',
      file: Buffer.concat([lz4Frame([{ data: text }]), text]),
      before: `${text}`,
      why: 'no lz4 frame begins there',
    },
    {
      name: 'a wrong header checksum',
      file: lz4Frame([{ data: text }], { headerChecksum: 0 }),
      why: 'wrong checksum of a frame header',
    },
    { name: 'another version', file: lz4Frame([], { flags: 0x80 }), why: 'unknown version of the frame format' },
    { name: 'a reserved bit', file: lz4Frame([], { flags: 0x02 }), why: 'unknown version of the frame format' },
    { name: 'a block size that is none', file: lz4Frame([], { maxBlock: 3 }), why: 'impossible block size' },
    {
      name: 'a wrong checksum of the second block',
      file: lz4Frame([{ data: text }, { data: text, checksum: 1 }], { blockChecksums: true }),
      before: `${text}`,
      why: 'wrong checksum of a block',
    },
    {
      name: 'a wrong checksum of the contents',
      file: lz4Frame([{ data: text }], { checksumOf: 5 }),
      before: `${text}`,
      why: 'wrong checksum of the contents',
    },
    {
      name: 'another size than it says',
      file: lz4Frame([{ data: text }], { contentSize: 3 }),
      before: `${text}`,
      why: '36 bytes of contents instead of 3',
    },
    {
      name: 'a block larger than the frame allows',
      file: lz4Frame([{ data: text, size: 70_000 }]),
      why: 'a block of 70000 bytes, more than the 65536 allowed',
    },
    {
      name: 'a block that expands to more than the frame allows',
      file: lz4Frame([compressed(sequence('ab', { offset: 1, length: 70_000 }), sequence('x'))]),
      before: 'ab',
      why: 'a block holds more than it may',
    },
    {
      name: 'a match before the beginning',
      file: lz4Frame([compressed(sequence('abc', { offset: 4, length: 4 }), sequence('x'))]),
      before: 'abc',
      why: 'a match before the beginning',
    },
    {
      name: 'a match into the block before, which is not linked',
      file: lz4Frame([{ data: text }, compressed(sequence('', { offset: 4, length: 4 }), sequence('x'))]),
      before: `${text}`,
      why: 'a match before the beginning',
    },
    {
      name: 'an offset of zero',
      file: lz4Frame([compressed(sequence('abc', { offset: 0, length: 4 }), sequence('x'))]),
      before: 'abc',
      why: 'a match before the beginning',
    },
    {
      name: 'literals that are not there',
      file: lz4Frame([compressed(Buffer.of(0x50, 0x61))]),
      why: 'a block ends inside its literals',
    },
    {
      name: 'a length that does not end',
      file: lz4Frame([compressed(Buffer.of(0xf0, 0xff))]),
      why: 'a block ends inside a length',
    },
    {
      name: 'half an offset',
      file: lz4Frame([compressed(Buffer.of(0x10, 0x61, 0x01))]),
      before: 'a',
      why: 'a block ends inside an offset',
    },
    {
      name: 'a match length that does not end',
      file: lz4Frame([compressed(Buffer.of(0x1f, 0x61, 1, 0))]),
      before: 'a',
      why: 'a block ends inside a length',
    },
  ];

describe('corrupt is', () => {
  it.each(bad)('$name', async ({ file, before = '', why }) => {
    const { bytes, problems } = await read(file);
    expect(bytes.toString()).toBe(before);
    expect(problems).toMatchObject([{ kind: 'corrupt-compression', offset: before.length }]);
    expect(problems[0]?.message).toMatch(
      new RegExp(`^the lz4 file is corrupt after ${before.length} decompressed bytes, near byte \\d+ of the file \\(`),
    );
    expect(problems[0]?.message).toContain(`(${why}): what follows is lost`);
  });
});

test('a block that is cut off gives what is there of it', async () => {
  const sequences = [sequence('ab', { offset: 2, length: 7 }), sequence('0123456789')];
  const file = lz4Frame([compressed(...sequences)]);
  const contents = 'ababababa0123456789';
  const lengths: number[] = [];
  for (let length = file.length - 5; length > 11; length--) {
    const { bytes, problems } = await read(file.subarray(0, length));
    expect(contents.startsWith(bytes.toString())).toBe(true);
    expect(problems).toMatchObject([{ kind: 'truncated', offset: bytes.length }]);
    lengths.push(bytes.length);
  }
  expect(lengths).toEqual([18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 9, 2, 2, 1, 0]);
  const plain = lz4Frame([{ data: text }]);
  expect((await read(plain.subarray(0, plain.length - 10))).bytes.toString()).toBe(`${text}`.slice(0, -6));
});

test('a frame that needs a dictionary is told', async () => {
  const { problems } = await read(lz4Frame([{ data: text }], { dictionary: 77 }));
  expect(problems).toEqual([
    {
      kind: 'unsupported-compression',
      offset: 0,
      message: 'the lz4 file needs the dictionary 77; decompress it first',
    },
  ]);
});

const HAS_LZ4 = spawnSync('lz4', ['--version']).status === 0;

test.skipIf(!HAS_LZ4)(
  `what the lz4 program writes${HAS_LZ4 ? '' : ' (skipped: no lz4)'}`,
  async () => {
    const options = fc.subarray(['-BD', '-BX', '--content-size', '--no-frame-crc']);
    const level = fc.constantFrom(['-1'], ['-9'], ['-12'], ['--fast=5'], ['-l']);
    const size = fc.constantFrom(['-B4'], ['-B5'], ['-B7'], []);
    // Pieces that return now and then, near and far.
    const piece = fc.uint8Array({ minLength: 1, maxLength: 60 });
    const contents = fc.tuple(
      fc.array(piece, { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(9999), { maxLength: 9000 }),
    );
    await fc.assert(
      fc.asyncProperty(
        contents,
        level,
        size,
        options,
        fc.integer({ min: 1, max: 300_000 }),
        async (made, l, b, o, chunk) => {
          const [pieces, order] = made;
          const bytes = Buffer.concat(order.map((number) => pieces[number % pieces.length]!));
          const args = l[0] === '-l' ? l : [...l, ...b, ...o];
          const { stdout } = spawnSync('lz4', ['-c', ...args], { input: bytes, maxBuffer: 1 << 26 });
          const result = await read(Buffer.concat([stdout, stdout]), chunk);
          expect(result.problems).toEqual([]);
          expect(result.bytes.equals(Buffer.concat([bytes, bytes]))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  },
  60_000,
);
