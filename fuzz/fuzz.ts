// `npm run fuzz`: damaged captures, segments that nobody sends and nasty HTTP, for as long as one likes. README.md in
// this folder tells what is held true of each.
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Failure } from './check.ts';
import { readCorpus } from './corpus.ts';
import { inputOf } from './inputs.ts';
import { type Ended, minimised, Supervisor } from './supervisor.ts';
import { Tally } from './tally.ts';

/** Failures that are made small; further ones with the same check are counted only. */
const MINIMISED_OF_A_CHECK = 3;
const TOLD_EVERY = 30_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      inputs: { type: 'string' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '2' },
      input: { type: 'string' },
      case: { type: 'string', multiple: true },
      'well-formed': { type: 'boolean', default: false },
      output: { type: 'string', default: join(tmpdir(), 'finrace-fuzz') },
    },
  });
  if (values.case !== undefined) return checkFiles(values.case, values['well-formed']);
  if (values.input !== undefined) return checkInput(values.input, values.output);
  return fuzz({
    seed: whole('--seed', values.seed),
    jobs: Math.max(1, whole('--jobs', values.jobs)),
    milliseconds: positive('--minutes', values.minutes) * 60_000,
    inputs: values.inputs === undefined ? Number.POSITIVE_INFINITY : whole('--inputs', values.inputs),
    output: values.output,
  });
}

interface FuzzOptions {
  readonly seed: number;
  readonly jobs: number;
  readonly milliseconds: number;
  readonly inputs: number;
  readonly output: string;
}

async function fuzz({ seed, jobs, milliseconds, inputs, output }: FuzzOptions): Promise<number> {
  const started = Date.now();
  const tally = new Tally();
  const supervisors = Array.from({ length: jobs }, () => new Supervisor());
  const end = () => {
    for (const supervisor of supervisors) supervisor.close();
    console.log(`\n${tally.text((Date.now() - started) / 1000)}`);
    process.exit(130);
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  let toldAt = started;
  const failed: { index: number; failure: Failure }[] = [];
  const ended = ({ index, facts, failures }: Ended): boolean => {
    tally.add(facts, failures);
    for (const failure of failures) {
      failed.push({ index, failure });
      console.log(`FAILED ${seed}:${index} ${facts?.kind ?? ''} (${facts?.name ?? 'unknown'})`);
      console.log(`  ${failure.check}: ${failure.message}`);
    }
    if (Date.now() - toldAt > TOLD_EVERY) {
      toldAt = Date.now();
      console.log(tally.line((toldAt - started) / 1000));
    }
    return Date.now() - started < milliseconds && tally.inputs < inputs;
  };
  console.log(`seed ${seed}, ${jobs} ${jobs === 1 ? 'job' : 'jobs'}`);
  await Promise.all(supervisors.map((supervisor, job) => supervisor.run(seed, job, jobs, ended)));
  const seconds = (Date.now() - started) / 1000;
  const corpus = readCorpus();
  const perCheck = new Map<string, number>();
  for (const { index, failure } of failed) {
    const before = perCheck.get(failure.check) ?? 0;
    perCheck.set(failure.check, before + 1);
    if (before >= MINIMISED_OF_A_CHECK) continue;
    const input = inputOf(seed, index, corpus);
    const small = await minimised(input.files, input.wellFormed ?? false, failure);
    const paths = write(output, `${failure.check}-${seed}-${index}`, small);
    console.log(`minimised ${seed}:${index} (${failure.check}): ${paths.join(' ')}`);
  }
  console.log(`\n${tally.text(seconds)}`);
  return failed.length === 0 ? 0 : 1;
}

/** One input again, by its seed and index: written to files, and checked. */
async function checkInput(text: string, output: string): Promise<number> {
  const match = /^(\d+):(\d+)$/.exec(text);
  if (match === null) throw new Error(`--input ${text}: SEED:INDEX is expected`);
  const [seed, index] = [Number(match[1]), Number(match[2])];
  const input = inputOf(seed, index, readCorpus());
  const paths = write(output, `input-${seed}-${index}`, input.files);
  console.log(`${input.kind} (${input.name}): ${paths.join(' ')}`);
  return checkFiles(paths, input.wellFormed ?? false);
}

async function checkFiles(paths: readonly string[], wellFormed: boolean): Promise<number> {
  const supervisor = new Supervisor();
  const failures = await supervisor.check(paths, wellFormed);
  supervisor.close();
  for (const { check, message } of failures) console.log(`FAILED ${check}: ${message}`);
  if (failures.length === 0) console.log('passes');
  return failures.length === 0 ? 0 : 1;
}

function write(folder: string, name: string, files: readonly Buffer[]): string[] {
  mkdirSync(folder, { recursive: true });
  return files.map((bytes, index) => {
    const path = join(folder, files.length === 1 ? name : `${name}-${index}`);
    writeFileSync(path, bytes);
    return path;
  });
}

function whole(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${option} ${text}: a whole number is expected`);
  return Number(text);
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`${option} ${text}: a number above 0 is expected`);
  return number;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`fuzz: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
