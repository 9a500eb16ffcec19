// Lets worker processes check inputs, sees when one hangs or dies, and makes what failed small.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Failure } from './check.ts';
import type { Facts, Message, Task } from './messages.ts';
import { minimise } from './minimise.ts';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));
/** No input takes nearly as long on any machine. */
const HANGS_AFTER = 60_000;
const HEAP_MEGABYTES = 1024;
const ATTEMPTS = 2000;
const ATTEMPTS_WHEN_HANGING = 40;

export interface Ended {
  readonly index: number;
  /** null: the worker did not live to tell. */
  readonly facts: Facts | null;
  readonly failures: readonly Failure[];
}

/** One worker process, started anew when it hung or died. */
export class Supervisor {
  #child: ChildProcess | null = null;

  /** Runs inputs `first`, `first + step` … until `ended` returns false. */
  async run(seed: number, first: number, step: number, ended: (input: Ended) => boolean): Promise<void> {
    let next = first;
    for (;;) {
      const child = await this.#start();
      const died = await new Promise<string | null>((resolve) => {
        const watch = new Watchdog(() => stop('hangs', `no end after ${HANGS_AFTER / 1000} s`));
        const stop = (check: string | null, message: string) => {
          watch.end();
          child.removeAllListeners();
          if (check === null) return resolve(null);
          const goesOn = ended({ index: next, facts: null, failures: [{ check, message }] });
          next += step;
          resolve(goesOn ? check : null);
        };
        child.on('exit', (code, signal) => stop('dies', `exit code ${code ?? signal}`));
        child.on('message', (message: Message) => {
          if (message.said === 'begins') {
            next = message.index;
            watch.wind();
          }
          if (message.said === 'ended' && !ended(message)) stop(null, '');
        });
        watch.wind();
        child.send({ do: 'run', seed, first: next, step } satisfies Task);
      });
      this.close();
      if (died === null) return;
    }
  }

  /** What fails of these files. */
  async check(paths: readonly string[], wellFormed: boolean): Promise<readonly Failure[]> {
    const child = await this.#start();
    const failures = await new Promise<readonly Failure[]>((resolve) => {
      const watch = new Watchdog(() => end([{ check: 'hangs', message: `no end after ${HANGS_AFTER / 1000} s` }]));
      const end = (failures: readonly Failure[]) => {
        watch.end();
        child.removeAllListeners();
        resolve(failures);
      };
      child.on('exit', (code, signal) => end([{ check: 'dies', message: `exit code ${code ?? signal}` }]));
      child.on('message', (message: Message) => {
        if (message.said === 'checked') end(message.failures);
      });
      watch.wind();
      child.send({ do: 'check', paths, wellFormed } satisfies Task);
    });
    if (failures.some(({ check }) => check === 'hangs' || check === 'dies')) this.close();
    return failures;
  }

  close(): void {
    this.#child?.removeAllListeners();
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }

  async #start(): Promise<ChildProcess> {
    if (this.#child?.connected) return this.#child;
    const child = fork(WORKER, { execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`] });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`the worker did not start: exit code ${code}`)));
    });
    child.removeAllListeners();
    return child;
  }
}

class Watchdog {
  readonly #bark: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(bark: () => void) {
    this.#bark = bark;
  }

  /** The time begins anew. */
  wind(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#bark, HANGS_AFTER);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** The smallest files found for which `failed` still fails, in a worker of its own. */
export async function minimised(
  files: readonly Buffer[],
  wellFormed: boolean,
  failed: Failure,
): Promise<readonly Buffer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'finrace-fuzz-'));
  const supervisor = new Supervisor();
  const isSlow = failed.check === 'hangs' || failed.check === 'cpu-time';
  try {
    return await minimise(files, {
      attempts: isSlow ? ATTEMPTS_WHEN_HANGING : ATTEMPTS,
      stillFails: async (candidate) => {
        const paths = candidate.map((bytes, index) => {
          const path = join(folder, `${index}`);
          writeFileSync(path, bytes);
          return path;
        });
        return (await supervisor.check(paths, wellFormed)).some(({ check }) => check === failed.check);
      },
    });
  } finally {
    supervisor.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
