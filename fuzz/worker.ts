// Checks inputs, one after the other, in a process of its own: whoever supervises it sees when it hangs or dies.
import { readFileSync } from 'node:fs';
import type { Report } from '../src/report/report.ts';
import { check } from './check.ts';
import { type CorpusFile, readCorpus } from './corpus.ts';
import { CostLimit, memoryLimit, microseconds, peakMemory } from './cost.ts';
import { inputOf } from './inputs.ts';
import type { Facts, Message, Task } from './messages.ts';

/** Waits until the message has left: what hangs next must not keep it. */
const tell = (message: Message) => new Promise<void>((resolve) => process.send!(message, () => resolve()));

/** The same checks as in `check.ts`, and what the input costs. */
async function checkWithCost(
  input: Parameters<typeof check>[0],
  limit: CostLimit,
): Promise<Awaited<ReturnType<typeof check>>> {
  const [before, peakBefore] = [microseconds(), peakMemory()];
  const outcome = await check(input);
  const spent = (microseconds() - before) / 1e6;
  const grown = peakMemory() - peakBefore;
  const failures = [...outcome.failures];
  const slow = await limit.judge(input, outcome.report?.totals.frames ?? 0, spent);
  if (slow !== null) failures.push({ check: 'cpu-time', message: slow });
  if (grown > memoryLimit(input.files)) {
    failures.push({ check: 'memory', message: `the resident set grew by ${Math.round(grown / 1e6)} MB` });
  }
  return { ...outcome, failures };
}

function metIn(report: Report): string[] {
  return [
    ...report.findings.map(({ rule }) => `rule ${rule}`),
    ...report.captures.flatMap(({ problems }) => problems.map(({ kind }) => `problem ${kind}`)),
    ...[...report.connections].flatMap(({ protocol, closedBy }) => [`protocol ${protocol}`, `closed by ${closedBy}`]),
  ];
}

async function run(seed: number, first: number, step: number, corpus: readonly CorpusFile[], limit: CostLimit) {
  for (let index = first; ; index += step) {
    await tell({ said: 'begins', index });
    const input = inputOf(seed, index, corpus);
    const { failures, report, refused } = await checkWithCost(input, limit);
    const facts: Facts = {
      kind: input.kind,
      name: input.name,
      bytes: input.files.reduce((sum, { length }) => sum + length, 0),
      frames: report?.totals.frames ?? 0,
      exchanges: report?.totals.exchanges ?? 0,
      refused,
      findings: report?.totals.findings ?? { error: 0, warning: 0, info: 0 },
      met: report === null ? [] : [...new Set(metIn(report))],
    };
    await tell({ said: 'ended', index, facts, failures });
  }
}

const corpus = readCorpus();
const limit = await CostLimit.calibrated(corpus);
process.on('message', async (task: Task) => {
  if (task.do === 'run') await run(task.seed, task.first, task.step, corpus, limit);
  else {
    const files = task.paths.map((path) => readFileSync(path));
    const { failures } = await checkWithCost({ files, wellFormed: task.wellFormed }, limit);
    await tell({ said: 'checked', failures });
  }
});
process.on('disconnect', () => process.exit(0));
await tell({ said: 'ready' });
