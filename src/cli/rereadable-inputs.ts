// The captures of a call for a command that reads them more than once. A file is opened again each time; what can be
// read only once (standard input, a named pipe) is kept in a temporary file meanwhile, which needs its space on disk
// and no memory.

import { once } from 'node:events';
import { createWriteStream, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteSource } from '../capture/byte-source.ts';
import { escapeForTerminal } from '../report/escape.ts';
import { COMMAND_NAMES } from './commands.ts';
import { InterruptedError } from './exit-codes.ts';
import { openFile } from './file-source.ts';
import { failed, type OpenInput, openInputs, totalSize } from './inputs.ts';
import { EXIT_CODE_OF, type Interruption } from './interruption.ts';
import { Progress } from './progress.ts';
import { removeAtExit } from './temporary-files.ts';
import type { World } from './world.ts';

const CHUNK = 1 << 20;

export class RereadableInputs {
  /** Opens the same captures whenever it is asked to. */
  readonly world: World;
  readonly #paths: readonly string[];
  /** Whom a signal is reported to that must not end what is made of a stream. */
  readonly #interruption: Interruption | undefined;
  readonly #remove: () => void;

  private constructor(
    paths: readonly string[],
    world: World,
    interruption: Interruption | undefined,
    remove: () => void,
  ) {
    this.#interruption = interruption;
    this.#paths = paths;
    this.world = world;
    this.#remove = remove;
  }

  static async open(paths: readonly string[], world: World, quiet: boolean): Promise<RereadableInputs> {
    const kept = new Map<string, string>();
    let remove = () => {};
    const inputs = openInputs(paths, world, COMMAND_NAMES);
    try {
      const streams = inputs.filter(({ file }) => file === null);
      if (streams.length > 0) {
        const folder = mkdtempSync(join(tmpdir(), 'finrace-'));
        remove = removeAtExit(folder);
        for (const [index, { path, source }] of streams.entries()) {
          const copy = join(folder, String(index));
          if (!quiet) {
            const name = path === '-' ? 'standard input' : path;
            world.stderr.write(
              `finrace: ${escapeForTerminal(name)} is read more than once: kept in ${copy} meanwhile\n`,
            );
          }
          const keep = () => keepIn(copy, source, path);
          const bytes = await (world.interruption?.whileReading(keep) ?? keep());
          // Redirected from a file, it was to be read whole; of a pipe that nobody wrote to there is nothing to work on.
          const signal = world.interruption?.signal;
          if (signal && (bytes === 0 || (source.size !== undefined && source.stopped)))
            throw new InterruptedError(EXIT_CODE_OF[signal]);
          kept.set(path, copy);
        }
      }
    } catch (error) {
      remove();
      throw error;
    } finally {
      for (const { source } of inputs) source.close();
    }
    // Of a stream neither the reading nor threads that read, which heed signals too, are to be ended.
    const { interruption, analyzeInJobs, ...rest } = world;
    const again: World = {
      ...rest,
      ...(kept.size === 0 && interruption !== undefined && { interruption }),
      ...(kept.size === 0 && analyzeInJobs !== undefined && { analyzeInJobs }),
      openSource: (path, follow) => {
        const copy = kept.get(path);
        return copy === undefined ? world.openSource(path, follow) : openFile(copy);
      },
    };
    return new RereadableInputs(paths, again, kept.size === 0 ? undefined : interruption, remove);
  }

  /** Opens them for a further pass. A signal ends the program then, for half of a copy is of no use. */
  reopen(): readonly OpenInput[] {
    const { interruption: _, ...world } = this.world;
    return openInputs(this.#paths, world, COMMAND_NAMES);
  }

  /** The same, with progress on the terminal until `erase` is called. */
  reopenWithProgress(quiet: boolean): { readonly inputs: readonly OpenInput[]; erase(): void } {
    const inputs = this.reopen();
    if (quiet) return { inputs, erase: () => {} };
    const progress = new Progress(this.world, totalSize(inputs));
    let delivered = 0;
    const count = (bytes: number) => {
      delivered += bytes;
      progress.update(delivered);
      return bytes;
    };
    return {
      inputs: inputs.map((input) => ({ ...input, source: counted(input.source, count) })),
      erase: () => progress.erase(),
    };
  }

  /**
   * Runs `work`, and removes what was kept. The Ctrl-C that ends a live capture may come when its last bytes have: what
   * was captured cannot be had again, so it takes a second one to end the work on it.
   */
  async whileOpen<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await (this.#interruption?.whileReading(work) ?? work());
    } finally {
      this.#remove();
    }
  }
}

function counted(source: ByteSource, count: (bytes: number) => number): ByteSource {
  return {
    size: source.size,
    get stopped() {
      return source.stopped;
    },
    read(target, offset, length) {
      const read = source.read(target, offset, length);
      return typeof read === 'number' ? count(read) : read.then(count);
    },
    close: () => source.close(),
  };
}

/** Returns how many bytes there were. */
async function keepIn(copy: string, source: ByteSource, path: string): Promise<number> {
  const stream = createWriteStream(copy, { mode: 0o600 });
  let failure: unknown;
  let bytes = 0;
  stream.on('error', (error) => {
    failure = error;
  });
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const count = await source.read(chunk, 0, CHUNK);
    if (failure !== undefined) failed(failure, copy);
    if (count === 0) break;
    bytes += count;
    if (!stream.write(chunk.subarray(0, count))) await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
  }
  stream.end();
  if (!stream.closed) await once(stream, 'close').catch((error) => failed(error, path));
  if (failure !== undefined) failed(failure, copy);
  return bytes;
}
