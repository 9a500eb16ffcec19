import { readFileSync } from 'node:fs';
import { type AnalyzeOptions, analyze } from '../analyze.ts';
import type { Report } from '../report/report.ts';
import { byteSource } from './capture-builder.ts';

export function analyzeBytes(bytes: Uint8Array, options: Partial<AnalyzeOptions> = {}): Promise<Report> {
  return analyze([{ path: 'test.pcap', source: byteSource(bytes) }], {
    detail: 'exchanges',
    hosts: [],
    ports: [],
    ...options,
  });
}

export function analyzeFile(path: string, options: Partial<AnalyzeOptions> = {}): Promise<Report> {
  return analyzeBytes(readFileSync(path), options);
}
