// `npm run bench`: what an analysis costs, as ratios to other ways of reading the same capture, taken in turns on the
// same machine; and in the same run whether the analysis is right. README.md in this folder says how to read it.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Capture, FOLDER, MEGABYTE, provide } from './captures.ts';
import { compare } from './compare.ts';
import { aligned, megabytesText } from './layout.ts';
import { type Cost, isInstalled, Stopwatch } from './measure.ts';
import { measureMemory, proofs } from './memory.ts';
import { SET_NAMES, type SetName } from './sets.ts';
import { measureStages, stagesText } from './stages.ts';
import { median } from './statistics.ts';
import { differences, type ReportPart } from './truth.ts';

/** Compiled, this file is dist/bench/bench.js. */
const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
const FINRACE = join(ROOT, 'bin/finrace.js');
const WALK = fileURLToPath(new URL('walk.js', import.meta.url));

/** Largest ratios (R3: the smallest) and peak that are accepted, for captures of 1 GB. */
const TARGETS: Readonly<Partial<Record<SetName, { readonly walk: number; readonly capinfos: number }>>> = {
  big: { walk: 4, capinfos: 4 },
  small: { walk: 9, capinfos: 6 },
  many: { walk: 12, capinfos: 6 },
};
const TSHARK_TARGET = 40;
const PEAK_TARGET = 250 * MEGABYTE;

type Tool = 'finrace' | 'walk' | 'cat' | 'capinfos' | 'tshark';

const COMMANDS: Readonly<Record<Tool, (path: string) => readonly string[]>> = {
  cat: (path) => ['cat', path],
  walk: (path) => [process.execPath, WALK, path],
  finrace: (path) => [process.execPath, FINRACE, 'analyze', '--color', 'never', path],
  capinfos: (path) => ['capinfos', '-csdu', path],
  tshark: (path) => ['tshark', '-r', path, '-Y', 'http', '-T', 'fields', ...fields(TSHARK_FIELDS)],
};
const TSHARK_FIELDS = ['frame.number', 'http.request.method', 'http.response.code'];

/** Stages are measured on this set, and this much of it, unless told otherwise: it stays in memory. */
const STAGE_SET = 'small';
const STAGE_MEGABYTES = '128';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      size: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      set: { type: 'string' },
      stages: { type: 'boolean', default: false },
      compare: { type: 'string' },
      memory: { type: 'boolean', default: false },
      scale: { type: 'string', default: '1' },
      only: { type: 'string' },
      clean: { type: 'boolean', default: false },
    },
  });
  if (values.clean) {
    rmSync(FOLDER, { recursive: true, force: true });
    console.log(`removed ${FOLDER}`);
    return 0;
  }
  if (values.memory) return memory(values.scale, values.only);
  const rounds = positive('--rounds', values.rounds);
  const sets = values.set?.split(',').map(setName) ?? SET_NAMES;
  const stageSets = values.set === undefined ? ([STAGE_SET] as const) : sets;
  const stageMegabytes = positive('--size', values.size ?? STAGE_MEGABYTES);
  if (values.stages && values.compare === undefined) return stages(stageSets, stageMegabytes, rounds);
  const megabytes = positive('--size', values.size ?? (values.full ? '1000' : '256'));
  const prefixMegabytes = Math.min(values.full ? 100 : 20, megabytes);

  mkdirSync(FOLDER, { recursive: true });
  const stopwatch = new Stopwatch(FOLDER);
  if (values.compare !== undefined) {
    const reference = values.compare;
    // Asked for the stages alone, none of the whole analysis is run.
    const compared = values.stages ? [] : sets;
    const stageSet = stageSets[0]!;
    await compare({ root: ROOT, reference, sets: compared, megabytes, rounds, stageSet, stageMegabytes }, stopwatch);
    return 0;
  }
  const tools = (['cat', 'walk', 'finrace', 'capinfos'] as const).filter(
    (tool) => tool === 'walk' || tool === 'finrace' || isInstalled(tool),
  );
  const hasTshark = isInstalled('tshark');
  const missing = [
    ...(['cat', 'capinfos'] as const).filter((tool) => !tools.includes(tool)),
    ...(hasTshark ? [] : ['tshark']),
  ];
  for (const tool of missing) console.log(`${tool} is not installed: the ratio to it is left out`);
  if (!stopwatch.measuresMemory) console.log('time (GNU or BusyBox) is not installed: peak memory is not measured');

  const rows: Row[] = [];
  const mismatches: string[] = [];
  for (const set of sets) {
    const capture = provide(set, megabytes);
    mismatches.push(...checkTruth(set, capture, stopwatch));
    const costs = measure(stopwatch, tools, capture.path, rounds);
    let tshark: Row['tshark'];
    if (set === 'small' && hasTshark) {
      const prefix = provide(set, prefixMegabytes);
      const both = measure(stopwatch, ['finrace', 'tshark'], prefix.path, rounds);
      tshark = cpu(both, 'tshark')! / cpu(both, 'finrace')!;
    }
    rows.push({ set, capture, costs, tshark });
  }

  console.log(`\n${table(rows)}\n`);
  console.log(
    `R0 finrace/cat, R1 finrace/walk, R2 finrace/capinfos; R3 tshark/finrace on ${prefixMegabytes} MB of small.`,
  );
  console.log(
    `CPU seconds, medians of ${rounds} rounds. The targets are for 1 GB (R3: 100 MB): starting up and compiling`,
  );
  console.log('weigh less then. --full measures that.');
  for (const mismatch of mismatches) console.error(`WRONG: ${mismatch}`);
  if (mismatches.length === 0) console.log('The reports agree with what was generated.');
  return mismatches.length === 0 ? 0 : 1;
}

/** `--stages` */
async function stages(sets: readonly SetName[], megabytes: number, rounds: number): Promise<number> {
  for (const set of sets) {
    const { path, truth } = provide(set, megabytes);
    const [costs] = await measureStages([ROOT], path, rounds, async () => {});
    console.log(`\n${set}: ${megabytesText(truth.bytes)} MB, ${truth.frames} frames, in memory\n`);
    console.log(stagesText(costs!));
  }
  console.log(`\nCPU time. Medians of ${rounds} rounds in turns, and their quartiles.`);
  return 0;
}

/** `--memory` */
function memory(scaleText: string, only: string | undefined): number {
  const scale = Number(scaleText);
  if (!(scale > 0 && scale <= 1)) throw new Error(`--scale ${scaleText}: a number above 0, up to 1`);
  const chosen = proofs(scale).filter(({ name }) => only === undefined || name.includes(only));
  if (chosen.length === 0)
    throw new Error(
      `--only ${only}: there are ${proofs(1)
        .map(({ name }) => name)
        .join('; ')}`,
    );
  const wrong = measureMemory(FINRACE, chosen);
  for (const mismatch of wrong) console.error(mismatch);
  return wrong.length === 0 ? 0 : 1;
}

/** The tools take turns, so that a busy minute of the machine hits all of them. */
function measure(stopwatch: Stopwatch, tools: readonly Tool[], path: string, rounds: number): Map<Tool, Cost[]> {
  const costs = new Map<Tool, Cost[]>(tools.map((tool) => [tool, []]));
  for (let round = 0; round < rounds; round++) {
    for (const tool of tools) costs.get(tool)!.push(stopwatch.run(COMMANDS[tool](path)));
  }
  return costs;
}

function cpu(costs: ReadonlyMap<Tool, readonly Cost[]>, tool: Tool): number | undefined {
  const all = costs.get(tool);
  return all && median(all.map((cost) => cost.cpuSeconds));
}

/** Compares the report with the truth, and the walk's count too; returns what differs. */
function checkTruth(set: SetName, { path, truth }: Capture, stopwatch: Stopwatch): string[] {
  stopwatch.run(COMMANDS.walk(path), 'walk.txt');
  const json = [process.execPath, FINRACE, 'analyze', '--format', 'json', '--detail', 'findings', path];
  stopwatch.run(json, 'report.json');
  const report = JSON.parse(readFileSync(join(FOLDER, 'report.json'), 'utf8')) as ReportPart;
  const walked = Number(readFileSync(join(FOLDER, 'walk.txt'), 'utf8'));
  return [
    ...(walked === truth.frames ? [] : [`records walked over: ${walked}, generated: ${truth.frames}`]),
    ...differences(report, truth),
  ].map((difference) => `${set}: ${difference}`);
}

interface Row {
  readonly set: SetName;
  readonly capture: Capture;
  readonly costs: ReadonlyMap<Tool, readonly Cost[]>;
  /** R3. */
  readonly tshark: number | undefined;
}

function table(rows: readonly Row[]): string {
  const heading = ['set', 'MB', 'frames', 'MB/s', 'ns/frame', 'R0', 'R1', 'R2', 'R3', 'peak MB'];
  const lines = rows.map(({ set, capture: { truth }, costs, tshark }) => {
    const finrace = cpu(costs, 'finrace')!;
    const ratio = (tool: Tool) => {
      const seconds = cpu(costs, tool);
      return seconds === undefined ? undefined : finrace / seconds;
    };
    const peaks = costs.get('finrace')!.flatMap(({ peakBytes }) => peakBytes ?? []);
    const peak = peaks.length === 0 ? undefined : median(peaks);
    const target = TARGETS[set];
    return [
      set,
      megabytesText(truth.bytes),
      String(truth.frames),
      megabytesText(truth.bytes / finrace),
      ((finrace * 1e9) / truth.frames).toFixed(0),
      judged(ratio('cat'), undefined, '<='),
      judged(ratio('walk'), target?.walk, '<='),
      judged(ratio('capinfos'), target?.capinfos, '<='),
      judged(tshark, TSHARK_TARGET, '>='),
      judged(peak === undefined ? undefined : peak / MEGABYTE, PEAK_TARGET / MEGABYTE, '<=', 0),
    ];
  });
  return aligned([heading, ...lines]);
}

/** A value with its target and whether it is met; '-' when it was not measured. */
function judged(value: number | undefined, target: number | undefined, relation: '<=' | '>=', digits = 1): string {
  if (value === undefined) return '-';
  const shown = value.toFixed(digits);
  if (target === undefined) return shown;
  const met = relation === '<=' ? value <= target : value >= target;
  return `${shown} ${relation} ${target} ${met ? 'ok' : 'over'}`;
}

function fields(names: readonly string[]): string[] {
  return names.flatMap((name) => ['-e', name]);
}

function setName(text: string): SetName {
  const name = SET_NAMES.find((known) => known === text);
  if (name === undefined) throw new Error(`--set ${text}: there are ${SET_NAMES.join(', ')}`);
  return name;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} ${text}: a whole number from 1 on is needed`);
  return value;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
