// What each stage of the analysis costs, so that a regression has an address: stages are switched on one after the
// other over one capture in memory, and what one adds is its own.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { aligned } from './layout.ts';
import { increments, inTurns, median, ratios, spreadOf, spreadText } from './statistics.ts';

const RUN = fileURLToPath(new URL('stage-run.js', import.meta.url));
/** Passes that a process measures; the least disturbed one counts. */
const PASSES = 3;

export type Stage = 'reader' | 'decoder' | 'table' | 'reassembly' | 'http' | 'connections' | 'quiet-lane' | 'findings';

interface Step {
  readonly stage: Stage;
  readonly name: string;
}

/** The two ways through the program. Each stage holds those above it. */
export const WAYS: readonly { readonly name: string; readonly steps: readonly Step[] }[] = [
  {
    name: 'every connection with records of its own (detail connections)',
    steps: [
      { stage: 'reader', name: 'reader' },
      { stage: 'decoder', name: '+ decoder' },
      { stage: 'table', name: '+ connection table' },
      { stage: 'reassembly', name: '+ reassembly' },
      { stage: 'http', name: '+ HTTP scanner' },
      { stage: 'connections', name: '+ histories, rules, report' },
    ],
  },
  {
    name: 'quiet connections as rows (detail findings)',
    steps: [
      { stage: 'reader', name: 'reader' },
      { stage: 'decoder', name: '+ decoder' },
      { stage: 'quiet-lane', name: '+ table, reassembly, HTTP scanner in one' },
      { stage: 'findings', name: '+ observations, rules, report' },
    ],
  },
];

export const STAGES: readonly Stage[] = [...new Set(WAYS.flatMap(({ steps }) => steps.map(({ stage }) => stage)))];

/** CPU nanoseconds per frame of each round, by stage; a stage that the revision has not got is missing. */
export type StageCosts = ReadonlyMap<Stage, readonly number[]>;

/** Rounds of all stages of all roots, in turns. `breathe`: called between processes. */
export async function measureStages(
  roots: readonly string[],
  capture: string,
  rounds: number,
  breathe: () => Promise<void>,
): Promise<readonly StageCosts[]> {
  const costs = roots.map(() => new Map<Stage, number[]>());
  const missing = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const stage of inTurns(STAGES, round)) {
      for (const root of inTurns(roots, round)) {
        const key = `${root} ${stage}`;
        if (missing.has(key)) continue;
        await breathe();
        const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, root, stage, capture, String(PASSES)], {
          encoding: 'utf8',
        });
        if (status !== 0) {
          if (round > 0 || roots.length === 1) throw new Error(`stage ${stage}: ${stderr.slice(-2000)}`);
          missing.add(key);
          continue;
        }
        const passes = stdout.trim().split('\n').map(Number);
        const ofRoot = costs[roots.indexOf(root)]!;
        const all = ofRoot.get(stage) ?? [];
        ofRoot.set(stage, [...all, Math.min(...passes)]);
      }
    }
  }
  return costs;
}

export function stagesText(costs: StageCosts): string {
  return WAYS.map(({ name, steps }) => {
    const totals = steps.map(({ stage }) => costs.get(stage)!);
    const own = increments(totals);
    const lines = steps.map((step, i) => [
      step.name,
      spreadText(spreadOf(own[i]!), 1),
      spreadText(spreadOf(totals[i]!), 1),
    ]);
    return `${name}\n${aligned([['stage', 'ns/frame of its own', 'ns/frame up to here'], ...lines])}`;
  }).join('\n\n');
}

/** Both revisions' costs up to each stage, and their ratio; increments have none that says much where they are small. */
export function comparedStagesText([a, b]: readonly [StageCosts, StageCosts]): string {
  const lines = WAYS.flatMap(({ name, steps }) => [
    [name, '', '', ''],
    ...steps.map((step) => {
      const [before, after] = [a.get(step.stage), b.get(step.stage)];
      if (before === undefined || after === undefined) return [`  ${step.name}`, 'not in both', '', ''];
      const ratio = spreadText(spreadOf(ratios(before, after)), 3);
      return [`  ${step.name}`, median(before).toFixed(1), median(after).toFixed(1), ratio];
    }),
  ]);
  return aligned([['ns/frame up to the stage', 'before', 'after', 'after / before'], ...lines]);
}
