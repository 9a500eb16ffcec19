// What the worker of the terminal interface tells of a capture, without a thread.
import type { ByteSource } from '../capture/byte-source.ts';
import { EVERYTHING, type Selection } from '../report/select-findings.ts';
import type { FromWorker, ToWorker } from '../tui/model/messages.ts';
import { type Port, serve } from '../tui/worker/analysis-worker.ts';
import { byteSource } from './capture-builder.ts';

export interface FakeWorker {
  readonly messages: readonly FromWorker[];
  /** Sends a message to the worker, and waits for its next answer of a kind. */
  ask<Kind extends FromWorker['kind']>(message: ToWorker, kind: Kind): Promise<Extract<FromWorker, { kind: Kind }>>;
  /** The analysis is over. */
  readonly done: Promise<void>;
}

export function startFakeWorker(
  open: () => ByteSource,
  options: { readonly ports?: readonly number[]; readonly selection?: Selection; readonly readOnce?: string } = {},
): FakeWorker {
  const messages: FromWorker[] = [];
  const waiting: ((message: FromWorker) => void)[] = [];
  let tell: (message: ToWorker) => void = () => {};
  const port: Port = {
    postMessage(message, transfer = []) {
      // As between threads: what is handed over is gone on this side.
      const received = structuredClone(message, { transfer: [...transfer] });
      messages.push(received);
      for (const listener of waiting.slice()) listener(received);
    },
    on(_, listener) {
      tell = listener;
    },
  };
  const done = serve(port, {
    hosts: [],
    ports: options.ports ?? [],
    selection: options.selection ?? EVERYTHING,
    open: () => [{ path: 'x.pcap', source: open() }],
    totalBytes: ([input]) => input?.source.size,
    adjust: (report) => report,
    readOnce: options.readOnce ?? null,
    exportTo: async (path, target) => `${path}: ${target.kind}`,
    close: () => {},
    inWords: (error) => ({ message: String(error), isWrongCall: true }),
  });
  return {
    messages,
    done,
    ask: (message, kind) =>
      new Promise((resolve) => {
        waiting.push((answer) => {
          if (answer.kind === kind) resolve(answer as never);
        });
        tell(message);
      }),
  };
}

/** All messages about a capture. */
export async function messagesOf(capture: Buffer, options = {}): Promise<readonly FromWorker[]> {
  const { messages, done } = startFakeWorker(() => byteSource(capture), options);
  await done;
  return messages;
}
