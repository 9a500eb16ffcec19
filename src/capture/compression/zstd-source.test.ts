import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { byteSource } from '../../testing/capture-builder.ts';
import { decompressed, skippableFrame, zstdFrame } from '../../testing/compressed.ts';
import { isSkippable } from './compression.ts';
import { zstd } from './zstd.ts';
import { HAS_NATIVE_ZSTD, NativeZstdDecoder, ScriptZstdDecoder } from './zstd-decoder.ts';
import { ZstdSource } from './zstd-source.ts';

const text = Buffer.from('some bytes that stand for themselves');
const raw = { type: 'raw', data: text } as const;
const repeated = { type: 'rle', data: Buffer.of(0x61), size: 1000 } as const;
const KIBIBYTE_WINDOW = 0;

const decoders = [
  { name: 'fzstd', isHere: true, create: () => new ScriptZstdDecoder() },
  {
    name: `zlib${HAS_NATIVE_ZSTD ? '' : ' (skipped: this Node has none)'}`,
    isHere: HAS_NATIVE_ZSTD,
    create: () => new NativeZstdDecoder(),
  },
];

describe.each(decoders)('decoded by $name', ({ isHere, create }) => {
  const read = (file: Uint8Array, chunk = file.length, later = false) =>
    decompressed((report) => new ZstdSource(byteSource(file, chunk, later), report, create()));

  const good: readonly { readonly name: string; readonly file: Buffer; readonly contents: string }[] = [
    { name: 'a single segment', file: zstdFrame([raw, raw], { checksum: true }), contents: `${text}${text}` },
    {
      name: 'a window',
      file: zstdFrame([raw, repeated, raw], { window: KIBIBYTE_WINDOW }),
      contents: `${text}${'a'.repeat(1000)}${text}`,
    },
    {
      name: 'no contents',
      file: zstdFrame([{ type: 'raw', data: Buffer.alloc(0) }], { checksum: true }),
      contents: '',
    },
    {
      name: 'empty blocks between others',
      file: zstdFrame([{ type: 'raw', data: Buffer.alloc(0) }, raw, { type: 'raw', data: Buffer.alloc(0) }], {
        window: 8,
      }),
      contents: `${text}`,
    },
    { name: 'nothing at all', file: Buffer.alloc(0), contents: '' },
    {
      name: 'content sizes of every width',
      file: Buffer.concat([
        zstdFrame([raw], { contentSizeLength: 1 }),
        zstdFrame([{ ...repeated, size: 300 }], { contentSizeLength: 2 }),
        zstdFrame([raw], { contentSizeLength: 4, checksum: true }),
        zstdFrame([raw], { contentSizeLength: 8 }),
        zstdFrame([raw], { contentSize: text.length, window: 9 }),
      ]),
      contents: `${text}${'a'.repeat(300)}${text}${text}${text}`,
    },
    {
      name: 'frames among skippable ones',
      file: Buffer.concat([
        skippableFrame(Buffer.alloc(300), 15),
        zstdFrame([raw], { checksum: true }),
        skippableFrame(Buffer.alloc(0)),
        zstdFrame([{ type: 'raw', data: Buffer.from('x') }]),
        zstdFrame([raw], { dictionary: 0 }),
        skippableFrame(text, 3),
      ]),
      contents: `${text}x${text}`,
    },
  ];

  describe.skipIf(!isHere).each(good)('$name', ({ file, contents }) => {
    it('in pieces of every size', async () => {
      for (let chunk = 1; chunk <= file.length; chunk++) {
        const { bytes, problems } = await read(file, chunk, chunk % 2 === 0);
        expect(bytes.toString()).toBe(contents);
        expect(problems).toEqual([]);
      }
    });

    it('cut off anywhere gives the beginning, and says so unless a frame ends there', async () => {
      for (let length = 0; length < file.length; length++) {
        const { bytes, problems } = await read(file.subarray(0, length));
        expect(contents.startsWith(bytes.toString())).toBe(true);
        if (problems.length === 0) {
          const magic = file.readUInt32LE(length);
          expect(magic === 0xfd2fb528 || isSkippable(magic)).toBe(true);
          continue;
        }
        expect(problems).toEqual([
          {
            kind: 'truncated',
            offset: bytes.length,
            message: `the zstd file ends in the middle, after ${bytes.length} decompressed bytes`,
          },
        ]);
      }
    });

    it('with any byte changed ends, and never throws', async () => {
      for (let at = 0; at < file.length; at++) {
        const changed = Buffer.from(file);
        changed[at]! ^= 0x41;
        expect((await read(changed)).bytes.length).toBeLessThan(1_000_000);
      }
    });
  });

  const bad: readonly {
    readonly name: string;
    readonly file: Buffer;
    readonly before?: string;
    readonly why: string;
  }[] = [
    {
      name: 'something else behind a frame',
      file: Buffer.concat([zstdFrame([raw]), text]),
      before: `${text}`,
      why: 'no zstd frame begins there',
    },
    { name: 'a reserved bit', file: zstdFrame([raw], { reserved: true }), why: 'a frame header with a reserved bit' },
    {
      name: 'a block of an unknown type',
      file: zstdFrame([raw, { type: 'reserved', data: text }]),
      before: `${text}`,
      why: 'a block of an unknown type',
    },
    {
      name: 'a block larger than the window',
      file: zstdFrame([raw, { ...repeated, size: 1025 }], { window: KIBIBYTE_WINDOW }),
      before: `${text}`,
      why: 'a block of 1025 bytes, more than the 1024 allowed',
    },
    {
      name: 'a block larger than any',
      file: zstdFrame([{ ...repeated, size: 131_073 }], { window: 12 << 3 }),
      why: 'a block of 131073 bytes, more than the 131072 allowed',
    },
  ];

  it.skipIf(!isHere).each(bad)('corrupt is $name', async ({ file, before = '', why }) => {
    const { bytes, problems } = await read(file);
    expect(bytes.toString()).toBe(before);
    expect(problems).toMatchObject([{ kind: 'corrupt-compression', offset: before.length }]);
    expect(problems[0]?.message).toMatch(
      new RegExp(`^the zstd file is corrupt after ${before.length} decompressed bytes, near byte \\d+ of the file \\(`),
    );
    expect(problems[0]?.message).toContain(`(${why}): what follows is lost`);
  });

  it.skipIf(!isHere)('a wrong checksum is told, and what came before is there', async () => {
    const { bytes, problems } = await read(zstdFrame([raw, raw], { checksum: 5 }));
    expect(bytes.toString()).toBe(`${text}${text}`);
    expect(problems).toMatchObject([{ kind: 'corrupt-compression', offset: 72 }]);
    expect(problems[0]?.message).toMatch(/checksum/);
  });

  it.skipIf(!isHere)('more contents than the header says are told', async () => {
    const { problems } = await read(zstdFrame([raw, raw], { window: 9, contentSize: 40 }));
    expect(problems).toMatchObject([{ kind: 'corrupt-compression' }]);
  });

  it.skipIf(!isHere)('a block that makes no sense is told', async () => {
    const nonsense = { type: 'compressed', data: Buffer.from('\xff\xff\xff\xff not compressed', 'latin1') } as const;
    const { bytes, problems } = await read(zstdFrame([raw, nonsense], { window: 64, checksum: 1 }));
    expect(bytes.toString().startsWith(`${text}`)).toBe(true);
    expect(problems).toMatchObject([{ kind: 'corrupt-compression' }]);
  });

  it.skipIf(!isHere)('of very many bytes from few is decoded block by block', async () => {
    const bomb = zstdFrame(
      Array.from({ length: 2000 }, () => ({ ...repeated, size: 131_072 })),
      { window: 64 },
    );
    const source = new ZstdSource(byteSource(bomb), () => {}, create());
    const target = Buffer.alloc(1 << 20);
    let total = 0;
    for (;;) {
      const count = await source.read(target, 0, target.length);
      if (count === 0) break;
      // fzstd decodes nothing before it has 18 bytes: four of these blocks.
      expect(count).toBeLessThanOrEqual(4 * 131_072);
      total += count;
    }
    expect(total).toBe(2000 * 131_072);
    source.close();
  });

  const HAS_ZSTD = spawnSync('zstd', ['--version']).status === 0;

  it.skipIf(!isHere || !HAS_ZSTD)(
    `what the zstd program writes${HAS_ZSTD ? '' : ' (skipped: no zstd)'}`,
    async () => {
      const level = fc.constantFrom('--fast=7', '-1', '-3', '-9', '-19');
      const options = fc.subarray(['--no-check', '--no-compress-literals']);
      const piece = fc.uint8Array({ minLength: 1, maxLength: 60 });
      const contents = fc.tuple(
        fc.array(piece, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(9999), { maxLength: 9000 }),
      );
      await fc.assert(
        fc.asyncProperty(contents, level, options, fc.integer({ min: 1, max: 300_000 }), async (made, l, o, chunk) => {
          const [pieces, order] = made;
          const bytes = Buffer.concat(order.map((number) => pieces[number % pieces.length]!));
          const { stdout } = spawnSync('zstd', ['-q', '-c', l, ...o], { input: bytes, maxBuffer: 1 << 26 });
          const result = await read(Buffer.concat([stdout, stdout]), chunk);
          expect(result.problems).toEqual([]);
          expect(result.bytes.equals(Buffer.concat([bytes, bytes]))).toBe(true);
        }),
        { numRuns: 25 },
      );
    },
    60_000,
  );
});

const read = (file: Uint8Array) => decompressed((report) => zstd.decompress(byteSource(file), report));

test('a window beyond 128 MiB is refused, one of just that is not', async () => {
  const large = await read(zstdFrame([raw], { window: (17 << 3) | 1 }));
  expect(large.problems).toEqual([
    {
      kind: 'unsupported-compression',
      offset: 0,
      message:
        'the zstd file was made with a window of 144 MiB, and at most 128 MiB are read; ' +
        'decompress it first: zstd -dc --long=31 FILE',
    },
  ]);
  const huge = await read(zstdFrame([raw], { contentSize: (1n << 64n) - 1n }));
  expect(huge.problems).toMatchObject([{ kind: 'unsupported-compression' }]);
  expect((await read(zstdFrame([raw], { window: 17 << 3 }))).problems).toEqual([]);
});

test('a frame that needs a dictionary is told', async () => {
  const { problems } = await read(zstdFrame([raw], { dictionary: 77 }));
  expect(problems).toEqual([
    {
      kind: 'unsupported-compression',
      offset: 0,
      message: 'the zstd file needs the dictionary 77; decompress it first: zstd -dc -D DICTIONARY FILE',
    },
  ]);
});
