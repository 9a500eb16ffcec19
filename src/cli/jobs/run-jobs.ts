// One analysis in several threads: each job reads all captures and keeps a share of the connections; what they tell is
// put in order and judged here. The report is the same as that of one thread.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Batch, SharedAnalysis, type ShareResult } from '../../analysis/shares.ts';
import type { AnalyzeOptions } from '../../analyze.ts';
import { NotACaptureError } from '../../capture/open-capture.ts';
import type { Report } from '../../report/report.ts';
import { WrongCallError } from '../exit-codes.ts';
import type { Interruption } from '../interruption.ts';
import type { JobData, JobFile, JobMessage, SentBatch } from './job.ts';
import { batchTaken, roomFor, type SharedControl, sharedControl, stopAll } from './job-control.ts';

/** The module beside this one, compiled or not as this one is. */
const JOB = new URL(`job${extname(import.meta.url)}`, import.meta.url);

/** Reads `files` with `count` jobs. The descriptors stay open, and where they stand does not matter. */
export async function runJobs(
  files: readonly JobFile[],
  options: AnalyzeOptions,
  count: number,
  interruption?: Interruption,
): Promise<Report> {
  const { detail, hosts, ports, onProgress } = options;
  const control = sharedControl(count, files.length);
  const analysis = new SharedAnalysis(count, options, (share) => batchTaken(control, share));
  const results: ShareResult[] = [];
  const bytesRead = new Array<number>(count).fill(0);
  const batches = new Array<number>(count).fill(0);
  const workers: Worker[] = [];
  interruption?.onRequest(() => stopAll(control));
  try {
    await new Promise<void>((resolve, reject) => {
      const take = (job: number, message: JobMessage) => {
        switch (message.kind) {
          case 'batch':
            analysis.add(job, received(control, job, batches[job]!++, message.batch));
            bytesRead[job] = message.bytesRead;
            onProgress?.(Math.min(...bytesRead));
            return;
          case 'mistake':
            reject(message.isNoCapture ? new NotACaptureError(message.message) : new WrongCallError(message.message));
            return;
          default:
            results[job] = message.result;
            if (message.cutShort && interruption !== undefined) interruption.cutFileShort = true;
            if (Object.keys(results).length === count) resolve();
        }
      };
      for (let index = 0; index < count; index++) {
        const workerData: JobData = { index, count, files, options: { detail, hosts, ports }, control };
        const worker = new Worker(JOB, { workerData });
        workers.push(worker);
        worker.on('message', (message: JobMessage) => {
          try {
            take(index, message);
          } catch (error) {
            reject(error);
          }
        });
        worker.on('error', (error) => reject(failure(error)));
        worker.on('exit', (code) => {
          if (code !== 0) reject(new Error(`a worker thread ended with ${code}`));
        });
      }
    });
    return analysis.report(results);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** A batch as it was sent. Its numbers are valid until it is taken. */
function received(control: SharedControl, job: number, number: number, batch: SentBatch): Batch {
  return { ...batch, numbers: batch.numbers ?? roomFor(control, job, number).subarray(0, batch.length) };
}

function failure(error: Error & { readonly code?: string }): Error {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new WrongCallError('a worker thread ran out of memory; --jobs 1 needs less');
}
