// What the threads tell each other: the worker reads and analyses, the screen shows.
import type { Report } from '../../report/report.ts';
import type { Arrays } from './columns.ts';
import type { CONNECTION, EXCHANGE } from './schemas.ts';

/** A report without what does not go from thread to thread, or is known there. */
export type ReportSoFar = Omit<Report, 'connections' | 'rules' | 'timeline'> & {
  readonly originSeconds: number | undefined;
};

export interface ConnectionRows {
  readonly count: number;
  readonly streams: Int32Array;
  readonly rows: Arrays<typeof CONNECTION>;
}

export interface ExchangeRows {
  readonly count: number;
  readonly rows: Arrays<typeof EXCHANGE>;
}

/** Connections and their exchanges: `firstExchange` counts from the first row of this message. */
export interface Portion {
  readonly connections: ConnectionRows;
  readonly exchanges: ExchangeRows;
}

/** The segments of one connection, as rows. */
export interface TraceRows {
  readonly length: number;
  readonly omitted: number;
  readonly omittedAt: number | undefined;
  /** frame, sequence, acknowledgement, length, window, flags, sender (1: the client) of each segment. */
  readonly numbers: Float64Array;
  readonly times: Float64Array;
  readonly startLines: readonly (readonly [index: number, line: string])[];
}

export type FromWorker =
  | { readonly kind: 'progress'; readonly bytesRead: number; readonly totalBytes: number | null }
  /** `over`: for good. `open`: as they are now; those of the message before are void. */
  | {
      readonly kind: 'rows';
      readonly strings: readonly string[];
      readonly over: Portion;
      readonly open: Portion;
      /** Exchanges that were not kept because there are too many. */
      readonly omittedExchanges: number;
    }
  | { readonly kind: 'report'; readonly report: ReportSoFar; readonly isFinal: boolean; readonly wasStopped: boolean }
  | { readonly kind: 'failed'; readonly message: string; readonly isWrongCall: boolean }
  | { readonly kind: 'trace'; readonly stream: number; readonly trace: TraceRows | null; readonly problem: string }
  | { readonly kind: 'exported'; readonly message: string; readonly isProblem: boolean };

export type ToWorker =
  | { readonly kind: 'stop' }
  | { readonly kind: 'trace'; readonly stream: number; readonly client: string }
  | { readonly kind: 'cancel-trace' }
  | ExportRequest
  /** The screen is gone: nothing is left behind. */
  | { readonly kind: 'close' };

/** What is written to a capture file: a connection, those of a finding, or everything. */
export type ExportTarget =
  | { readonly kind: 'stream'; readonly stream: number }
  | { readonly kind: 'finding'; readonly id: string }
  | { readonly kind: 'all' };

export interface ExportRequest {
  readonly kind: 'export';
  readonly path: string;
  readonly target: ExportTarget;
}
