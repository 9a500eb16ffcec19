import type { Detail } from '../report/report.ts';

export interface AnalyzeOptions {
  readonly detail: Detail;
  /** Addresses and server ports to look at; empty: all. */
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  /** Told now and then how many bytes of the captures were read, as stored. */
  readonly onProgress?: (bytesRead: number) => void;
}
