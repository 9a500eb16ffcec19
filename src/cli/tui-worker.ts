// The thread in which the terminal interface reads: opens what it is told to, and hands it to the analysis.
import { fstatSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { analyze } from '../analyze.ts';
import type { ByteSource } from '../capture/byte-source.ts';
import { NotACaptureError } from '../capture/open-capture.ts';
import { adjustReport } from '../policy/adjust-report.ts';
import { NO_POLICY } from '../policy/policy.ts';
import type { Selection } from '../report/select-findings.ts';
import { RULES } from '../rules/catalogue.ts';
import { serve } from '../tui/worker/analysis-worker.ts';
import type { ConfigContent } from './config-schema.ts';
import { WrongCallError } from './exit-codes.ts';
import { exportFromScreen } from './export-from-screen.ts';
import { openFile } from './file-source.ts';
import { FollowSource } from './follow-source.ts';
import { openInputs, totalSize } from './inputs.ts';
import { PipeSource } from './pipe-source.ts';
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
  /** What of the captures cannot be read a second time; null: all of it can. */
  readonly readOnce: string | null;
  /** A policy has functions, which cannot go to a thread: it is made here of what stands in the configuration. */
  readonly config: { readonly content: ConfigContent; readonly name: string } | null;
}

const port = parentPort as MessagePort;
const { paths, hosts, ports, selection, commandNames, follow, readOnce, config } = workerData as TuiWorkerData;

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
  return new PipeSource(0);
}

// What only a configuration needs is loaded only for one.
const policy = config === null ? NO_POLICY : (await import('./config-policy.ts')).policyOf(config.content, config.name);

void serve(
  {
    postMessage: (message, transfer = []) => port.postMessage(message, transfer),
    on: (event, listener) => port.on(event, listener),
  },
  {
    hosts,
    ports,
    selection,
    adjust: (report) => adjustReport(report, policy),
    // What is read a second time is read to where it ends now.
    open: (isAgain) => openInputs(paths, world, commandNames, follow && !isAgain),
    totalBytes: totalSize,
    readOnce,
    exportTo: (path, target, report) =>
      exportFromScreen({ path, target, report, inputPaths: paths }, () =>
        openInputs(paths, world, commandNames, false),
      ),
    // Whoever writes listens to this.
    close: () => process.exit(),
    inWords(error) {
      const isWrongCall = error instanceof WrongCallError || error instanceof NotACaptureError;
      const message = error instanceof Error ? error.message : String(error);
      return { isWrongCall, message: isWrongCall ? message : `this is a bug in finrace: ${message}` };
    },
  },
);
