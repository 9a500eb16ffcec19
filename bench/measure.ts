// Measures what a command costs: CPU seconds (user and system, of it and its children) and peak memory. CPU time, not
// the clock's: it moves less when the machine is busy, and a reader that waits for the disk is not a slow analyzer.
//
// Node tells nothing of a child's usage, so two tools are used of which a machine has at least one: the keyword `time`
// of bash, to the millisecond but without memory, and GNU or BusyBox `time`, to the hundredth, with memory.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';

export interface Cost {
  readonly cpuSeconds: number;
  /** Peak of the resident set; undefined: this machine has nothing to measure it. */
  readonly peakBytes: number | undefined;
}

/**
 * Without what makes each start of Node a different one on every machine: certificates to read (NODE_EXTRA_CA_CERTS costs
 * as much as the rest of the start), and options.
 */
const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...ENVIRONMENT } = process.env;

export class Stopwatch {
  readonly #folder: string;
  readonly #hasBash = isInstalled('bash');
  readonly #hasTime = spawnSync('time', ['-f', '%U %S %M', 'true'], { stdio: 'ignore' }).status === 0;

  /** `folder`: for the files that the measured command writes to. */
  constructor(folder: string) {
    this.#folder = folder;
    if (!this.#hasBash && !this.#hasTime)
      throw new Error('CPU time cannot be measured: neither bash nor time is there');
  }

  get measuresMemory(): boolean {
    return this.#hasTime;
  }

  /** Runs the command; its output goes to a file of that name in the folder, or nowhere. Throws when it fails. */
  run(command: readonly string[], outputName?: string): Cost {
    const output = openSync(outputName === undefined ? devNull : join(this.#folder, outputName), 'w');
    const errors = join(this.#folder, 'stderr.txt');
    const errorFile = openSync(errors, 'w');
    const costs = join(this.#folder, 'time.txt');
    const cpu = join(this.#folder, 'cpu.txt');
    let timed = command;
    if (this.#hasTime) timed = ['time', '-f', '%U %S %M', '-o', costs, ...timed];
    if (this.#hasBash) timed = ['bash', '-c', BASH_TIME, cpu, ...timed];
    const { status, signal, error } = spawnSync(timed[0]!, timed.slice(1), {
      stdio: ['ignore', output, errorFile],
      env: ENVIRONMENT,
    });
    closeSync(output);
    closeSync(errorFile);
    if (status !== 0) {
      const why = error?.message ?? `exit code ${status ?? signal}`;
      throw new Error(`${command.join(' ')}: ${why}\n${readFileSync(errors, 'utf8').slice(-2000)}`);
    }
    const [user = 0, system = 0, kilobytes] = this.#hasTime ? numbers(costs) : [];
    const [exactUser = user, exactSystem = system] = this.#hasBash ? numbers(cpu) : [];
    return {
      cpuSeconds: exactUser + exactSystem,
      peakBytes: kilobytes === undefined ? undefined : kilobytes * 1024,
    };
  }
}

/** `$0` is the file for the times; standard error stays the command's own. */
const BASH_TIME = `TIMEFORMAT='%3U %3S'; exec 3>&2; { time "$@" 2>&3; } 2>"$0"`;

export function isInstalled(tool: string): boolean {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Of the last line: `time` may put a remark before it. */
function numbers(path: string): number[] {
  return readFileSync(path, 'utf8').trim().split('\n').at(-1)!.split(' ').map(Number);
}
