import { readFileSync } from 'node:fs';
import { type AnalyzeOptions, analyze } from '../analyze.ts';
import type { ByteSource } from '../capture/byte-source.ts';
import type { Report } from '../report/report.ts';

/** Bytes as a source. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  let position = 0;
  return {
    size: bytes.length,
    read(target, offset, length) {
      const count = Math.min(length, bytes.length - position);
      target.set(bytes.subarray(position, position + count), offset);
      position += count;
      return count;
    },
    close() {},
  };
}

export function analyzeBytes(bytes: Uint8Array, options: Partial<AnalyzeOptions> = {}): Promise<Report> {
  return analyze([{ path: 'test.pcap', source: sourceOf(bytes) }], {
    detail: 'exchanges',
    hosts: [],
    ports: [],
    ...options,
  });
}

export function analyzeFile(path: string, options: Partial<AnalyzeOptions> = {}): Promise<Report> {
  return analyzeBytes(readFileSync(path), options);
}
