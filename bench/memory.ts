// How much memory the analysis takes, on captures that are written into its standard input while it reads, and never
// stored.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aligned, megabytesText } from './layout.ts';
import { isInstalled } from './measure.ts';
import { SETS, type TrafficSet } from './sets.ts';
import type { Streamed } from './stream.ts';
import { differences, type ReportPart } from './truth.ts';

const STREAM = fileURLToPath(new URL('stream.js', import.meta.url));

export interface Proof {
  readonly name: string;
  readonly traffic: TrafficSet;
  readonly megabytes: number;
}

const SECOND = 1e6;
const CLOSED_BY_CLIENT = {
  'client-fin': 1,
  'server-fin': 0,
  announced: 0,
  'client-rst': 0,
  'server-rst': 0,
  race: 0,
} as const;

/** One connection, used for all of the capture. Its sequence numbers wrap every 4.3 GB of responses. */
const ONE_CONNECTION: TrafficSet = {
  ...SETS.big,
  summary: 'one connection, responses of 1 MB',
  concurrency: 1,
  exchanges: 1_000_000,
  responseBytes: 1_000_000,
  thinkTime: [100, 1000],
  segmentGap: [1, 10],
  serviceTime: [100, 1000],
  kinds: { get: 1 },
  endings: CLOSED_BY_CLIENT,
};

/** All begin before the first of them gets its response. */
const MILLION_OPEN: TrafficSet = {
  ...SETS.many,
  summary: 'a million connections open at once',
  concurrency: 1_000_000,
  ramp: 50 * SECOND,
  serviceTime: [60 * SECOND, 60.5 * SECOND],
  portReuse: 0,
  kinds: { get: 1 },
};

/** `scale` makes all of them smaller, for a quick try. */
export function proofs(scale: number): readonly Proof[] {
  const scaled = (traffic: TrafficSet): TrafficSet => ({
    ...traffic,
    concurrency: Math.max(1, Math.round(traffic.concurrency * scale)),
  });
  return [
    { name: '10 GB of large responses', traffic: SETS.big, megabytes: 10_000 * scale },
    { name: '20,000 open, 256 MB', traffic: scaled(SETS.many), megabytes: 256 * scale },
    { name: '20,000 open, 1 GB', traffic: scaled(SETS.many), megabytes: 1000 * scale },
    { name: '1,000,000 open at once', traffic: scaled(MILLION_OPEN), megabytes: 2600 * scale },
    { name: 'one connection of 4.5 GB', traffic: ONE_CONNECTION, megabytes: 4500 * scale },
    { name: 'one connection of 14 GB', traffic: ONE_CONNECTION, megabytes: 14_000 * scale },
  ];
}

/** What the shell runs: arguments are node, stream.js, the proof, the truth's file, the costs' file, finrace, the report's. */
const PIPELINE =
  'set -o pipefail; "$0" "$1" "$2" "$3" | ' +
  'time -f "%U %S %M" -o "$4" "$0" "$5" analyze --quiet --format json --detail findings - > "$6"';

/** Runs all proofs and prints them; returns what is wrong. */
export function measureMemory(finrace: string, chosen: readonly Proof[]): string[] {
  if (!isInstalled('bash') || !isInstalled('time')) throw new Error('bash and time (GNU) are needed to measure memory');
  const folder = mkdtempSync(join(tmpdir(), 'finrace-memory-'));
  // Ctrl-C ends the pipeline, and that ends this: what was written is removed all the same.
  const interrupted = () => {};
  process.once('SIGINT', interrupted);
  const wrong: string[] = [];
  const lines: string[][] = [];
  try {
    for (const proof of chosen) {
      console.log(`${proof.name}: ${proof.traffic.summary}`);
      const [truthPath, costs, report] = ['truth', 'costs', 'report'].map((name) => join(folder, `${name}.json`));
      const started = performance.now();
      const { status, signal } = spawnSync(
        'bash',
        ['-c', PIPELINE, process.execPath, STREAM, JSON.stringify(proof), truthPath!, costs!, finrace, report!],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      if (status !== 0) throw new Error(`${proof.name}: ${signal ?? `exit code ${status}`}`);
      const seconds = (performance.now() - started) / 1000;
      const { truth, cpuSeconds } = JSON.parse(readFileSync(truthPath!, 'utf8')) as Streamed;
      const [user, system, kilobytes] = readFileSync(costs!, 'utf8').trim().split('\n').at(-1)!.split(' ').map(Number);
      const found = JSON.parse(readFileSync(report!, 'utf8')) as ReportPart;
      const verdict = judged(found, differences(found, truth));
      if (verdict.startsWith('WRONG')) wrong.push(`${proof.name}: ${verdict}`);
      lines.push([
        proof.name,
        megabytesText(truth.bytes),
        String(truth.frames),
        String(truth.connections),
        seconds.toFixed(0),
        cpuSeconds.toFixed(0),
        (user! + system!).toFixed(0),
        megabytesText(kilobytes! * 1024),
        verdict,
      ]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    process.off('SIGINT', interrupted);
  }
  const heading = [
    'capture',
    'MB',
    'frames',
    'connections',
    's',
    'generator CPU s',
    'finrace CPU s',
    'peak MB',
    'report',
  ];
  console.log(`\n${aligned([heading, ...lines])}`);
  return wrong;
}

/** A cap on memory that was hit, and told, is no wrong answer. */
export function judged(report: ReportPart, differing: readonly string[]): string {
  if (differing.length === 0) return 'agrees';
  const capped = report.captures
    .flatMap(({ problems }) => problems)
    .find(({ kind }) => kind === 'too-many-connections');
  const isExplained = differing.every((difference) => !/^totals\.(frames|tcpSegments)/.test(difference));
  return capped !== undefined && isExplained ? `capped: ${capped.message}` : `WRONG: ${differing.join('; ')}`;
}
