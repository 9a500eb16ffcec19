import type { Compression } from './compression.ts';

const MAGIC = 0x1f8b;

export const gzip: Compression = {
  name: 'gzip',
  recognises: (first) => first.length >= 2 && first.readUInt16BE(0) === MAGIC,
  async decompress(source, report) {
    const { GunzipSource } = await import('./gzip-source.ts');
    return new GunzipSource(source, report);
  },
};
