// `npm run bench`: what an analysis costs, as ratios to other ways of reading the same capture, taken in turns on the
// same machine; and in the same run whether the analysis is right. README.md in this folder says how to read it.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GENERATOR_VERSION, generate, type Truth } from './generate.ts';
import { type Cost, isInstalled, median, Stopwatch } from './measure.ts';
import { SET_NAMES, SETS, type SetName } from './sets.ts';

const FOLDER = join(tmpdir(), 'finrace-bench');
const SEED = 1;
const MEGABYTE = 1e6;
/** What must stay free on the disk. */
const RESERVE = 512 * MEGABYTE;

/** Compiled, this file is dist/bench/bench.js. */
const FINRACE = resolve(fileURLToPath(import.meta.url), '../../../bin/finrace.js');
const WALK = fileURLToPath(new URL('walk.js', import.meta.url));

/** Largest ratios (R3: the smallest) and peak that are accepted, for captures of 1 GB. */
const TARGETS: Readonly<Partial<Record<SetName, { readonly walk: number; readonly capinfos: number }>>> = {
  big: { walk: 4, capinfos: 4 },
  small: { walk: 9, capinfos: 6 },
  many: { walk: 12, capinfos: 6 },
};
const TSHARK_TARGET = 40;
const PEAK_TARGET = 250 * MEGABYTE;

/** Errors that the generated traffic holds; `idle-timeout-mismatch` is the races' cause and may be told with them. */
const RACE_RULE = 'fin-crosses-request';
const EXPECTED_ERRORS = [RACE_RULE, 'idle-timeout-mismatch'];

interface Capture {
  readonly path: string;
  readonly truth: Truth;
}

type Tool = 'finrace' | 'walk' | 'cat' | 'capinfos' | 'tshark';

const COMMANDS: Readonly<Record<Tool, (path: string) => readonly string[]>> = {
  cat: (path) => ['cat', path],
  walk: (path) => [process.execPath, WALK, path],
  finrace: (path) => [process.execPath, FINRACE, 'analyze', '--color', 'never', path],
  capinfos: (path) => ['capinfos', '-csdu', path],
  tshark: (path) => ['tshark', '-r', path, '-Y', 'http', '-T', 'fields', ...fields(TSHARK_FIELDS)],
};
const TSHARK_FIELDS = ['frame.number', 'http.request.method', 'http.response.code'];

function main(): number {
  const { values } = parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      size: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      set: { type: 'string', default: SET_NAMES.join(',') },
      clean: { type: 'boolean', default: false },
    },
  });
  if (values.clean) {
    rmSync(FOLDER, { recursive: true, force: true });
    console.log(`removed ${FOLDER}`);
    return 0;
  }
  const sets = values.set.split(',').map(setName);
  const megabytes = positive('--size', values.size ?? (values.full ? '1000' : '256'));
  const rounds = positive('--rounds', values.rounds);
  const prefixMegabytes = Math.min(values.full ? 100 : 20, megabytes);

  mkdirSync(FOLDER, { recursive: true });
  const stopwatch = new Stopwatch(FOLDER);
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

/** The capture of the set, generated now or before. */
function provide(set: SetName, megabytes: number): Capture {
  const name = `${set}-${megabytes}MB-seed${SEED}-v${GENERATOR_VERSION}.pcap`;
  const path = join(FOLDER, name);
  const truthPath = `${path}.truth.json`;
  if (existsSync(path) && existsSync(truthPath)) return { path, truth: JSON.parse(readFileSync(truthPath, 'utf8')) };
  // Of another version, or left by a run that was broken off.
  for (const old of readdirSync(FOLDER)) {
    if (old.startsWith(`${set}-`) && !old.includes(`-v${GENERATOR_VERSION}.pcap`)) rmSync(join(FOLDER, old));
  }
  const { bavail, bsize } = statfsSync(FOLDER);
  // A set may overrun its size by a tenth.
  const needed = megabytes * MEGABYTE * 1.1 + RESERVE;
  if (bavail * bsize < needed) {
    throw new Error(`${FOLDER}: ${mb(bavail * bsize)} MB free, ${mb(needed)} MB needed; try --size, --clean or TMPDIR`);
  }
  console.log(`generating ${name}: ${SETS[set].summary}`);
  const part = `${path}.part`;
  const truth = generate({ set, bytes: megabytes * MEGABYTE, seed: SEED, output: part });
  renameSync(part, path);
  writeFileSync(truthPath, JSON.stringify(truth));
  return { path, truth };
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

/** What of the JSON report is compared. */
interface ReportPart {
  readonly totals: {
    readonly frames: number;
    readonly tcpSegments: number;
    readonly connections: number;
    readonly exchanges: number;
  };
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly summary: string }[];
  readonly omittedFindings: readonly { readonly rule: string; readonly count: number }[];
}

/** Compares the report with the truth, and the walk's count too; returns what differs. */
function checkTruth(set: SetName, { path, truth }: Capture, stopwatch: Stopwatch): string[] {
  stopwatch.run(COMMANDS.walk(path), 'walk.txt');
  const json = [process.execPath, FINRACE, 'analyze', '--format', 'json', '--detail', 'findings', path];
  stopwatch.run(json, 'report.json');
  const report = JSON.parse(readFileSync(join(FOLDER, 'report.json'), 'utf8')) as ReportPart;
  const omittedRaces = report.omittedFindings.filter(({ rule }) => rule === RACE_RULE);
  const races =
    report.findings.filter((finding) => finding.rule === RACE_RULE).length +
    omittedRaces.reduce((sum, { count }) => sum + count, 0);
  const falseAlarms = report.findings.filter(
    (finding) => finding.severity === 'error' && !EXPECTED_ERRORS.includes(finding.rule),
  );
  const compared: [what: string, found: number, expected: number][] = [
    ['records walked over', Number(readFileSync(join(FOLDER, 'walk.txt'), 'utf8')), truth.frames],
    ['totals.frames', report.totals.frames, truth.frames],
    ['totals.tcpSegments', report.totals.tcpSegments, truth.tcpSegments],
    ['totals.connections', report.totals.connections, truth.connections],
    // An exchange is a request with its response, or without one: the crossing requests count.
    ['totals.exchanges', report.totals.exchanges, truth.answered + truth.unanswered],
    [`findings of ${RACE_RULE}`, races, truth.races],
    [
      `errors of other rules${falseAlarms[0] ? ` (${falseAlarms[0].rule}: ${falseAlarms[0].summary})` : ''}`,
      falseAlarms.length,
      0,
    ],
  ];
  return compared
    .filter(([, found, expected]) => found !== expected)
    .map(([what, found, expected]) => `${set}: ${what}: ${found}, generated: ${expected}`);
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
      mb(truth.bytes),
      String(truth.frames),
      mb(truth.bytes / finrace),
      ((finrace * 1e9) / truth.frames).toFixed(0),
      judged(ratio('cat'), undefined, '<='),
      judged(ratio('walk'), target?.walk, '<='),
      judged(ratio('capinfos'), target?.capinfos, '<='),
      judged(tshark, TSHARK_TARGET, '>='),
      judged(peak === undefined ? undefined : peak / MEGABYTE, PEAK_TARGET / MEGABYTE, '<=', 0),
    ];
  });
  const cells = [heading, ...lines];
  const widths = heading.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells
    .map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
    .join('\n');
}

/** A value with its target and whether it is met; '-' when it was not measured. */
function judged(value: number | undefined, target: number | undefined, relation: '<=' | '>=', digits = 1): string {
  if (value === undefined) return '-';
  const shown = value.toFixed(digits);
  if (target === undefined) return shown;
  const met = relation === '<=' ? value <= target : value >= target;
  return `${shown} ${relation} ${target} ${met ? 'ok' : 'over'}`;
}

function mb(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(0);
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
  process.exitCode = main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
