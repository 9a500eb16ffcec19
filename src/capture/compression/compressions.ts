import type { Compression } from './compression.ts';
import { gzip } from './gzip.ts';
import { lz4 } from './lz4.ts';
import { zstd } from './zstd.ts';

/** Every compression that a capture may have. */
export const COMPRESSIONS: readonly Compression[] = [gzip, zstd, lz4];

/** The compression of a file that begins with the bytes `first`; undefined when it has none that is known. */
export function compressionOf(first: Buffer): Compression | undefined {
  return COMPRESSIONS.find((compression) => compression.recognises(first));
}
