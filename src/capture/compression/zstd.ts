import type { Compression } from './compression.ts';

export const MAGIC = 0xfd2fb528;
export const MAGIC_LENGTH = 4;

export const zstd: Compression = {
  name: 'zstd',
  recognises: (first) => first.length >= MAGIC_LENGTH && first.readUInt32LE(0) === MAGIC,
  async decompress(source, report) {
    const [{ ZstdSource }, { createZstdDecoder }] = await Promise.all([
      import('./zstd-source.ts'),
      import('./zstd-decoder.ts'),
    ]);
    return new ZstdSource(source, report, createZstdDecoder());
  },
};
