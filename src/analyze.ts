// The whole pipeline in one function: the program's table of contents.
//
//   bytes -> Frame -> Segment -> Connection -> Exchange -> History -> Estimate -> Finding -> Report
import { Conclusions } from './analysis/conclusions.ts';
import { Position } from './analysis/observer.ts';
import type { AnalyzeOptions } from './analysis/options.ts';
import { beginKernel, readConnections } from './analysis/read-connections.ts';
import { Timeline } from './base/timeline.ts';
import { type CaptureInput, openCaptures } from './capture/open-captures.ts';
import type { Report } from './report/report.ts';

export type { AnalyzeOptions, SoFar } from './analysis/options.ts';
export type { CaptureInput } from './capture/open-captures.ts';

/** Reads the captures as one timeline and says what went wrong. Throws NotACaptureError for an input that is none. */
export async function analyze(inputs: readonly CaptureInput[], options: AnalyzeOptions): Promise<Report> {
  const timeline = new Timeline();
  const captures = await openCaptures(inputs, timeline);
  const kernel = beginKernel(options);
  const conclusions = new Conclusions(options.detail, options.onHistory, kernel?.memory);
  const read = await readConnections({
    captures,
    options,
    observer: conclusions,
    kernel,
    position: new Position(),
    onBegin: ({ read, open }) => options.onBegin?.({ report: () => conclusions.reportSoFar(read(), timeline), open }),
  });
  const report = conclusions.report(read, timeline);
  kernel?.end();
  return report;
}
