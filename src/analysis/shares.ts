// One analysis by several readers of the same captures, each with a share of the connections: what one of them does, and
// how one report is made of what they tell. Who runs them, and where, is decided elsewhere.
import { Timeline } from '../base/timeline.ts';
import { type CaptureInput, openCaptures } from '../capture/open-captures.ts';
import type { Report } from '../report/report.ts';
import type { Share } from '../tcp/connection-table.ts';
import { Conclusions } from './conclusions.ts';
import { ShareMerge } from './merge-shares.ts';
import { noTotals, Position } from './observer.ts';
import type { AnalyzeOptions } from './options.ts';
import { beginKernel, type ReadResult, readConnections } from './read-connections.ts';
import { type Batch, ShareWriter } from './share-writer.ts';

export type { Share } from '../tcp/connection-table.ts';
export type { Batch } from './share-writer.ts';

/** What a reader knows at the end. Can be cloned. */
export interface ShareResult {
  readonly read: ReadResult;
  readonly originSeconds: number | undefined;
}

/** Reads a share of the connections, and hands on in batches what they hold. A batch is valid during the call only. */
export async function readShare(
  inputs: readonly CaptureInput[],
  options: AnalyzeOptions,
  share: Share,
  send: (batch: Batch) => void,
): Promise<ShareResult> {
  const timeline = new Timeline();
  const captures = await openCaptures(inputs, timeline);
  const position = new Position();
  const observer = new ShareWriter(position, send);
  const onPause = () => observer.pause();
  const kernel = beginKernel(options);
  const read = await readConnections({ captures, options, observer, kernel, position, share, onPause });
  observer.finish();
  kernel?.end();
  return { read, originSeconds: timeline.originSeconds };
}

/** Makes one report of what all readers tell. */
export class SharedAnalysis {
  private readonly conclusions: Conclusions;
  private readonly merge: ShareMerge;

  /** `taken` is called with the number of a share whenever a batch of it was worked off. */
  constructor(shares: number, { detail }: Pick<AnalyzeOptions, 'detail'>, taken?: (share: number) => void) {
    this.conclusions = new Conclusions(detail);
    this.merge = new ShareMerge(shares, this.conclusions, taken);
  }

  add(share: number, batch: Batch): void {
    this.merge.add(share, batch);
  }

  /** `results`: those of all readers, whose batches were all added. */
  report(results: readonly ShareResult[]): Report {
    // Of all frames each reader has seen the same.
    const { read, originSeconds } = results[0]!;
    const timeline = new Timeline();
    if (originSeconds !== undefined) timeline.originOr(originSeconds);
    const totals = noTotals();
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) {
      for (const result of results) totals[key] += result.read.totals[key];
    }
    return this.conclusions.report({ ...read, totals }, timeline);
  }
}
