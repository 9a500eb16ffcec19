// This revision against another, in one run: both take turns on the same captures, so that what slows the machine slows
// both.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provide } from './captures.ts';
import { aligned, megabytesText } from './layout.ts';
import type { Stopwatch } from './measure.ts';
import type { SetName } from './sets.ts';
import { comparedStagesText, measureStages } from './stages.ts';
import { inTurns, median, ratios, spreadOf, spreadText } from './statistics.ts';

export interface CompareOptions {
  readonly root: string;
  readonly reference: string;
  readonly sets: readonly SetName[];
  readonly megabytes: number;
  readonly rounds: number;
  /** The set whose capture the stages are measured on. */
  readonly stageSet: SetName;
  readonly stageMegabytes: number;
}

export async function compare(options: CompareOptions, stopwatch: Stopwatch): Promise<void> {
  const { root, reference, sets, megabytes, rounds } = options;
  const other = new Checkout(root, reference);
  const interrupted = (signal: NodeJS.Signals) => {
    other.remove();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    other.build();
    const roots = [other.folder, root];
    const lines: string[][] = [];
    for (const set of sets) {
      const { path, truth } = provide(set, megabytes);
      const costs = new Map<string, number[]>(roots.map((one) => [one, []]));
      const peaks = new Map<string, number[]>(roots.map((one) => [one, []]));
      for (let round = 0; round < rounds; round++) {
        for (const one of inTurns(roots, round)) {
          await breathe();
          const command = [process.execPath, join(one, 'bin', 'finrace.js'), 'analyze', '--color', 'never', path];
          const { cpuSeconds, peakBytes } = stopwatch.run(command);
          costs.get(one)!.push(cpuSeconds);
          if (peakBytes !== undefined) peaks.get(one)!.push(peakBytes);
        }
      }
      const [before, after] = roots.map((one) => costs.get(one)!);
      const peakOf = (one: string) => (peaks.get(one)!.length > 0 ? megabytesText(median(peaks.get(one)!)) : '-');
      lines.push([
        set,
        megabytesText(truth.bytes),
        median(before!).toFixed(2),
        median(after!).toFixed(2),
        spreadText(spreadOf(ratios(before!, after!)), 3),
        peakOf(roots[0]!),
        peakOf(roots[1]!),
      ]);
    }
    const heading = ['set', 'MB', 'before: CPU s', 'after: CPU s', 'after / before', 'before: MB', 'after: MB'];
    console.log(`\n${aligned([heading, ...lines])}\n`);
    const capture = provide(options.stageSet, options.stageMegabytes);
    const [before, after] = await measureStages(roots, capture.path, rounds, breathe);
    console.log(`Stages, on ${options.stageMegabytes} MB of ${options.stageSet}:\n`);
    console.log(comparedStagesText([before!, after!]));
    console.log(
      `\nBefore is ${reference}. Medians of ${rounds} rounds in turns, with quartiles of the rounds' ratios.`,
    );
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    other.remove();
  }
}

/** Lets a signal be noticed: processes are waited for without looking up. */
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Another revision, built in a temporary worktree. */
class Checkout {
  readonly folder: string;
  readonly #parent: string;
  readonly #root: string;

  constructor(root: string, reference: string) {
    this.#root = root;
    const commit = git(root, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${reference}^{commit}`);
    this.#parent = mkdtempSync(join(tmpdir(), 'finrace-compare-'));
    this.folder = join(this.#parent, 'worktree');
    git(root, 'worktree', 'add', '--detach', '--quiet', this.folder, commit);
  }

  build(): void {
    const locks = [this.#root, this.folder].map((one) => readFileSync(join(one, 'package-lock.json'), 'utf8'));
    if (locks[0] === locks[1]) symlinkSync(join(this.#root, 'node_modules'), join(this.folder, 'node_modules'));
    else run(this.folder, 'npm', 'ci', '--silent', '--ignore-scripts');
    run(this.folder, 'npm', 'run', 'build', '--silent');
  }

  remove(): void {
    if (!existsSync(this.#parent)) return;
    // The link to the packages first: what it points to is not ours to remove.
    rmSync(join(this.folder, 'node_modules'), { recursive: true, force: true });
    rmSync(this.#parent, { recursive: true, force: true });
    git(this.#root, 'worktree', 'prune');
  }
}

function git(folder: string, ...words: readonly string[]): string {
  try {
    return execFileSync('git', ['-C', folder, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } catch (error) {
    const { stderr } = error as { readonly stderr?: string };
    throw new Error(`git ${words.join(' ')}: ${stderr?.trim() || 'failed'}`);
  }
}

function run(folder: string, command: string, ...words: readonly string[]): void {
  execFileSync(command, words, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}
