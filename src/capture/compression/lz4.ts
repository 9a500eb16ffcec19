import type { Compression } from './compression.ts';

export const FRAME_MAGIC = 0x184d2204;
export const LEGACY_MAGIC = 0x184c2102;
export const MAGIC_LENGTH = 4;

export const lz4: Compression = {
  name: 'lz4',
  recognises(first) {
    if (first.length < MAGIC_LENGTH) return false;
    const magic = first.readUInt32LE(0);
    return magic === FRAME_MAGIC || magic === LEGACY_MAGIC;
  },
  async decompress(source, report) {
    const { Lz4Source } = await import('./lz4-source.ts');
    return new Lz4Source(source, report);
  },
};
