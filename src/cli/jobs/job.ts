// What a worker thread runs: reads the captures, and tells the main thread what its share of the connections holds.
import { parentPort, workerData } from 'node:worker_threads';
import { type Batch, readShare, type ShareResult } from '../../analysis/shares.ts';
import type { AnalyzeOptions } from '../../analyze.ts';
import type { ByteSource, Stopped } from '../../capture/byte-source.ts';
import { NotACaptureError } from '../../capture/open-capture.ts';
import { WrongCallError } from '../exit-codes.ts';
import { FileSource } from '../file-source.ts';
import { failed } from '../inputs.ts';
import { INTERRUPTED } from '../interruption.ts';
import { claim, roomFor, type SharedControl, waitToSend } from './job-control.ts';

export interface JobFile {
  readonly path: string;
  readonly descriptor: number;
  readonly size: number;
}

export interface JobData {
  readonly index: number;
  readonly count: number;
  readonly files: readonly JobFile[];
  readonly options: Pick<AnalyzeOptions, 'detail' | 'hosts' | 'ports'>;
  readonly control: SharedControl;
}

/** A batch whose numbers stand in the room for them; or, where there are too many, are sent with it. */
export interface SentBatch extends Omit<Batch, 'numbers'> {
  readonly length: number;
  readonly numbers: Float64Array | null;
}

/** `mistake`: the input was wrong, and `message` is all there is to say. */
export type JobMessage =
  | { readonly kind: 'batch'; readonly batch: SentBatch; readonly bytesRead: number }
  | { readonly kind: 'result'; readonly result: ShareResult; readonly cutShort: boolean }
  | { readonly kind: 'mistake'; readonly message: string; readonly isNoCapture: boolean };

async function run({ index, count, files, options, control }: JobData, send: (message: JobMessage) => void) {
  let bytesRead = 0;
  let batches = 0;
  const onProgress = (bytes: number) => {
    bytesRead = bytes;
  };
  const inputs = files.map((file, number) => ({
    path: file.path,
    source: new JobSource(file, control, index, number),
  }));
  try {
    const result = await readShare(inputs, { ...options, onProgress }, { index, count }, (batch) => {
      waitToSend(control, index);
      const room = roomFor(control, index, batches++);
      const { numbers, strings, frame, rank } = batch;
      const { length } = numbers;
      const fits = length <= room.length;
      if (fits) room.set(numbers);
      send({
        kind: 'batch',
        batch: { strings, frame, rank, length, numbers: fits ? null : numbers.slice() },
        bytesRead,
      });
    });
    send({ kind: 'result', result, cutShort: inputs.some(({ source }) => source.stopped !== undefined) });
  } catch (error) {
    if (!(error instanceof NotACaptureError || error instanceof WrongCallError)) throw error;
    send({ kind: 'mistake', message: error.message, isNoCapture: error instanceof NotACaptureError });
  }
}

/** A file that other jobs read, too. */
class JobSource implements ByteSource {
  readonly size: number;
  stopped: Stopped | undefined;
  readonly #path: string;
  readonly #file: FileSource;
  readonly #mayRead: (position: number, length: number) => number;
  #position = 0;

  constructor({ path, descriptor, size }: JobFile, control: SharedControl, job: number, file: number) {
    this.size = size;
    this.#path = path;
    this.#file = new FileSource(descriptor, size, 0, false);
    this.#mayRead = (position, length) => claim(control, job, file, position, length);
  }

  read(target: Buffer, offset: number, length: number): number {
    if (this.stopped !== undefined) return 0;
    // What is written to the file from now on some jobs would see and others not.
    const left = Math.min(length, this.size - this.#position);
    const allowed = left > 0 ? this.#mayRead(this.#position, left) : 0;
    if (allowed === 0) {
      if (this.#position < this.size) this.stopped = INTERRUPTED;
      return 0;
    }
    try {
      const count = this.#file.read(target, offset, allowed);
      this.#position += count;
      return count;
    } catch (error) {
      return failed(error, this.#path);
    }
  }

  close(): void {
    this.#file.close();
  }
}

const port = parentPort;
if (port !== null) {
  await run(workerData as JobData, (message) => port.postMessage(message));
}
