import type { History } from '../history/history.ts';
import type { Detail, Report } from '../report/report.ts';

/** Into so many shares an analysis can be divided, at most. */
export { PARTITIONS as MOST_SHARES } from '../tcp/table-layout.ts';

export interface AnalyzeOptions {
  readonly detail: Detail;
  /** Addresses and server ports to look at; empty: all. */
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  /** Told now and then how many bytes of the captures were read, as stored. */
  readonly onProgress?: (bytesRead: number) => void;
  /** Handed every connection when it is over; the report then holds none. Its exchanges are used again: copy them. */
  readonly onHistory?: (history: History) => void;
  /** Handed, before the first frame is read, what tells how things stand. */
  readonly onBegin?: (soFar: SoFar) => void;
}

/** How things stand. May be asked whenever the analysis waits, which is whenever other code runs before it is done. */
export interface SoFar {
  /** The report as if the captures ended here. */
  report(): Report;
  /** The connections that go on, as they are now; the records are used again, as those of `onHistory`. */
  open(): Iterable<History>;
}
