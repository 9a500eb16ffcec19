// The worker's side: reads and analyses, and tells the screen what there is ten times in the first second, then less
// often. Whoever starts it opens the files.
import { type AnalyzeOptions, analyze, type CaptureInput, type SoFar } from '../../analyze.ts';
import type { ByteSource, Stopped } from '../../capture/byte-source.ts';
import type { Report } from '../../report/report.ts';
import { type Selection, selectFindings } from '../../report/select-findings.ts';
import { copyOf } from '../../rules/finding.ts';
import { traceConnections } from '../../trace/trace-connections.ts';
import { buffersOf } from '../model/columns.ts';
import type { ExportRequest, ExportTarget, FromWorker, ReportSoFar, ToWorker } from '../model/messages.ts';
import { StringNumbers } from '../model/strings.ts';
import { toRows } from '../model/trace-rows.ts';
import { Recorder } from './recorder.ts';

export interface Port {
  postMessage(message: FromWorker, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (message: ToWorker) => void): unknown;
}

export interface WorkerTask extends Pick<AnalyzeOptions, 'hosts' | 'ports'> {
  readonly selection: Selection;
  /** What a policy makes of a report before findings are selected. */
  adjust(report: Report): Report;
  /** Opens the captures, in the same order every time; `isAgain`: not for the first time. Throws what there is to tell. */
  open(isAgain: boolean): CaptureInput[];
  /** All bytes of the captures, where known. */
  totalBytes(inputs: readonly CaptureInput[]): number | undefined;
  /** The words for an error; `isWrongCall`: the user can do something about it. */
  inWords(error: unknown): { readonly message: string; readonly isWrongCall: boolean };
  /** What of the captures cannot be read a second time; null: all of it can. */
  readonly readOnce: string | null;
  /** Writes to a capture file, with comments of the report's findings, and tells what it did. */
  exportTo(path: string, target: ExportTarget, report: Report): Promise<string>;
  /** Ends the thread, and takes away what it has not finished. */
  close(): void;
}

/** Rows are told of this often: at first so that something is there at once, then so that it looks alive. */
const FIRST_ROWS_MS = 60;
const ROWS_MS = 250;
/** The report so far costs time: it gets this share of it at most, and comes no more often than this. */
const REPORT_SHARE = 0.05;
const REPORT_MS = 500;
/** Open connections, and exchanges of them, that are told of while the reading goes on. */
const OPEN_CONNECTIONS = 2000;
const OPEN_EXCHANGES = 20_000;
/** Segments of one ladder. */
export const MAX_SEGMENTS = 200_000;

export async function serve(port: Port, task: WorkerTask): Promise<void> {
  const stop = new Stop();
  const exporter = new Exporter(port, task);
  let tracing = { cancelled: true };
  port.on('message', (message) => {
    if (message.kind === 'stop') stop.now();
    else if (message.kind === 'cancel-trace') tracing.cancelled = true;
    else if (message.kind === 'close') task.close();
    else if (message.kind === 'export') exporter.run(message);
    else {
      tracing.cancelled = true;
      tracing = { cancelled: false };
      trace(port, task, message.stream, message.client, tracing);
    }
  });
  try {
    await analyzeFor(port, task, stop, exporter);
  } catch (error) {
    port.postMessage({ kind: 'failed', ...task.inWords(error) });
  }
}

async function analyzeFor(port: Port, task: WorkerTask, stop: Stop, exporter: Exporter): Promise<void> {
  const inputs = task.open(false);
  const totalBytes = task.totalBytes(inputs) ?? null;
  const strings = new StringNumbers();
  const recorder = new Recorder(strings);
  let bytesRead = 0;
  let soFar: SoFar | undefined;
  let nextReport = performance.now() + FIRST_ROWS_MS;
  /** Times that something was read, and what it was when rows and a report were told: else there is nothing new. */
  let reads = 0;
  let toldRows = -1;
  let toldReport = -1;

  const tellRows = (now: SoFar | undefined) => {
    const over = recorder.take();
    const open = new Recorder(strings, OPEN_EXCHANGES);
    for (const history of now?.open() ?? []) {
      open.add(history);
      if (open.connectionCount === OPEN_CONNECTIONS) break;
    }
    const openPortion = open.take();
    port.postMessage(
      {
        kind: 'rows',
        strings: strings.takeFresh(),
        over,
        open: openPortion,
        omittedExchanges: recorder.omittedExchanges + open.omittedExchanges,
      },
      [over, openPortion].flatMap(({ connections, exchanges }) => [
        connections.streams.buffer as ArrayBuffer,
        ...buffersOf(connections.rows),
        ...buffersOf(exchanges.rows),
      ]),
    );
  };
  const tellReport = (found: Report, isFinal: boolean) => {
    const selected = selectFindings(task.adjust(found), task.selection);
    // What is exported says the same as the screen.
    const report = { ...selected, findings: selected.findings.map(copyOf) };
    exporter.report = report;
    exporter.isFinal = isFinal;
    port.postMessage({
      kind: 'report',
      report: plainReport(report, stop.isStopped),
      isFinal,
      wasStopped: stop.isStopped,
    });
  };
  const tell = () => {
    timer = setTimeout(tell, ROWS_MS);
    if (soFar === undefined) return;
    if (toldRows !== reads) {
      port.postMessage({ kind: 'progress', bytesRead, totalBytes });
      tellRows(soFar);
      toldRows = reads;
    }
    const start = performance.now();
    if (toldReport === reads || start < nextReport) return;
    tellReport(soFar.report(), false);
    toldReport = reads;
    const end = performance.now();
    nextReport = end + Math.max(REPORT_MS, (end - start) / REPORT_SHARE);
  };
  let timer = setTimeout(tell, FIRST_ROWS_MS);
  try {
    const report = await analyze(
      inputs.map(({ path, source }) => ({ path, source: stop.stopping(source) })),
      {
        detail: 'exchanges',
        hosts: task.hosts,
        ports: task.ports,
        onProgress: (bytes) => {
          bytesRead = bytes;
          reads++;
        },
        onHistory: (history) => recorder.add(history),
        onBegin: (view) => {
          soFar = view;
        },
      },
    );
    clearTimeout(timer);
    port.postMessage({ kind: 'progress', bytesRead, totalBytes });
    tellRows(undefined);
    tellReport(report, true);
  } finally {
    clearTimeout(timer);
  }
}

/** What goes to the other thread. That the reading was stopped is no problem to whoever did it. */
function plainReport(report: Report, wasStopped: boolean): ReportSoFar {
  const { connections: _, rules: __, timeline, ...rest } = report;
  const captures = rest.captures.map((capture) => ({
    ...capture,
    problems: capture.problems.filter(({ kind }) => !wasStopped || kind !== STOPPED.kind),
  }));
  return { ...rest, captures, originSeconds: timeline.originSeconds };
}

async function trace(
  port: Port,
  task: WorkerTask,
  stream: number,
  client: string,
  tracing: { readonly cancelled: boolean },
): Promise<void> {
  const tell = (problem: string) => port.postMessage({ kind: 'trace', stream, trace: null, problem });
  if (task.readOnce !== null) {
    tell(`the segments of ${task.readOnce} are gone: save the capture to a file and open that`);
    return;
  }
  try {
    const traces = await traceConnections(task.open(true), [{ stream, client }], {
      maxSegments: MAX_SEGMENTS,
      keepFirst: MAX_SEGMENTS / 2,
      isCancelled: () => tracing.cancelled,
    });
    if (tracing.cancelled) return;
    const rows = toRows(traces.get(stream)!);
    port.postMessage({ kind: 'trace', stream, trace: rows, problem: '' }, [
      rows.numbers.buffer as ArrayBuffer,
      rows.times.buffer as ArrayBuffer,
    ]);
  } catch (error) {
    tell(task.inWords(error).message);
  }
}

/** Writes captures, one after the other, with what is known of them by then. */
class Exporter {
  report: Report | undefined;
  isFinal = false;
  private readonly port: Port;
  private readonly task: WorkerTask;
  private isBusy = false;

  constructor(port: Port, task: WorkerTask) {
    this.port = port;
    this.task = task;
  }

  async run({ path, target }: ExportRequest): Promise<void> {
    const tell = (message: string, isProblem: boolean) =>
      this.port.postMessage({ kind: 'exported', message, isProblem });
    const { readOnce } = this.task;
    if (readOnce !== null) tell(`${readOnce} cannot be exported: it is read only once. Open a file instead.`, true);
    else if (this.isBusy) tell('Not exported: the export before is still being written.', true);
    else if (this.report === undefined) tell('Not exported: nothing is known of the capture yet.', true);
    else {
      this.isBusy = true;
      // What was known when the export began: its comments are of that.
      const soFar = this.isFinal ? '' : 'So far: ';
      try {
        tell(soFar + (await this.task.exportTo(path, target, this.report)), false);
      } catch (error) {
        tell(`Not exported: ${this.task.inWords(error).message}`, true);
      } finally {
        this.isBusy = false;
      }
    }
  }
}

const STOPPED: Stopped = { kind: 'interrupted', why: 'the reading was stopped' };

/** Ends the reading wherever it is: the sources then say that there is no more. */
class Stop {
  isStopped = false;
  private readonly waiting: (() => void)[] = [];

  now(): void {
    this.isStopped = true;
    for (const wake of this.waiting) wake();
  }

  stopping(source: ByteSource): ByteSource {
    const stop = this;
    const stopped = new Promise<number>((resolve) => {
      this.waiting.push(() => resolve(0));
    });
    return {
      size: source.size,
      get stopped() {
        return stop.isStopped ? STOPPED : source.stopped;
      },
      read: (target, offset, length) => {
        if (this.isStopped) return 0;
        const count = source.read(target, offset, length);
        return typeof count === 'number' ? count : Promise.race([count, stopped]);
      },
      close: () => source.close(),
    };
  }
}
