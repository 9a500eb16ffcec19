// The thread in which the terminal interface reads: opens what it is told to, and hands it to the analysis.
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { analyze } from '../analyze.ts';
import type { ByteSource } from '../capture/byte-source.ts';
import { NotACaptureError } from '../capture/open-capture.ts';
import { ReadableSource } from '../capture/readable-source.ts';
import type { Selection } from '../report/select-findings.ts';
import { RULES } from '../rules/catalogue.ts';
import { serve } from '../tui/worker/analysis-worker.ts';
import { WrongCallError } from './exit-codes.ts';
import { openFile } from './file-source.ts';
import { FollowSource } from './follow-source.ts';
import { openInputs, totalSize } from './inputs.ts';
import type { World } from './world.ts';

/** What the thread is started with. */
export interface TuiWorkerData {
  readonly paths: readonly string[];
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  readonly selection: Selection;
  readonly commandNames: readonly string[];
  /** The one file is waited for to grow. */
  readonly follow: boolean;
}

const port = parentPort as MessagePort;
const { paths, hosts, ports, selection, commandNames, follow } = workerData as TuiWorkerData;

const world: World = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdinIsTerminal: false,
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  rules: RULES.map(({ documentation }) => documentation),
  analyze,
  openSource: (path, follows) =>
    path === '-' ? openPipe() : ((follows ? FollowSource.open(path) : null) ?? openFile(path)),
};

/** Standard input itself: a thread's `process.stdin` is not. */
function openPipe(): ByteSource {
  if (fstatSync(0).isFile()) return openFile('/dev/stdin');
  return new ReadableSource(new Socket({ fd: 0, readable: true, writable: false }));
}

void serve(
  {
    postMessage: (message, transfer = []) => port.postMessage(message, transfer),
    on: (event, listener) => port.on(event, listener),
  },
  {
    hosts,
    ports,
    selection,
    // What is read a second time is read to where it ends now.
    open: (isAgain) => openInputs(paths, world, commandNames, follow && !isAgain),
    totalBytes: totalSize,
    isRepeatable: !paths.includes('-') || fstatSync(0).isFile(),
    inWords(error) {
      const isWrongCall = error instanceof WrongCallError || error instanceof NotACaptureError;
      const message = error instanceof Error ? error.message : String(error);
      return { isWrongCall, message: isWrongCall ? message : `this is a bug in finrace: ${message}` };
    },
  },
);
