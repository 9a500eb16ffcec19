// What is held true of every input. README.md in this folder lists it.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { analyze } from '../src/analyze.ts';
import { NotACaptureError } from '../src/capture/open-capture.ts';
import type { Detail, Report } from '../src/report/report.ts';
import { copyOf } from '../src/rules/finding.ts';
import { byteSource } from '../src/testing/capture-builder.ts';
import { LOADED_FORMATS } from '../src/testing/loaded-formats.ts';
import { readQuietly } from '../src/testing/read-quietly.ts';
import { pick, Random } from './chance.ts';
import type { Kind } from './inputs.ts';
import { clockGoesOn, isolate, ownFindings } from './isolate.ts';
import { projectPath } from './project.ts';
import { factsOf, splitSegments } from './split.ts';

/** What is known of an input that is checked. */
export interface Checked {
  readonly files: readonly Buffer[];
  readonly kind?: Kind;
  readonly wellFormed?: boolean;
}

export interface Failure {
  /** A short stable word: the minimiser keeps it. */
  readonly check: string;
  readonly message: string;
}

export interface Outcome {
  readonly failures: readonly Failure[];
  /** null: the input was refused as no capture, or analysis failed. */
  readonly report: Report | null;
  readonly refused: boolean;
}

const SCHEMA = JSON.parse(readFileSync(projectPath('schema', 'finrace-report.schema.json'), 'utf8'));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(SCHEMA);

const OPTIONS = { color: false, width: 80, quiet: false };
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;
/** Plain captures begin with one of these, little-endian. */
const PLAIN_MAGICS = [0x0a0d0d0a, 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1];

/** Bytes that a source gives at once. */
const CHUNKS = [1, 7, 64, 1000, 65_536];

async function analyzed(files: readonly Buffer[], detail: Detail, chunk?: number): Promise<Report> {
  const inputs = files.map((bytes, index) => ({
    path: `${index}.pcap`,
    source: byteSource(bytes, chunk ?? Math.max(1, bytes.length), chunk !== undefined),
  }));
  return analyze(inputs, { detail, hosts: [], ports: [] });
}

export async function check(input: Checked): Promise<Outcome> {
  const failures: Failure[] = [];
  const fail = (check: string, message: string) => failures.push({ check, message });
  const { files } = input;
  let report: Report;
  try {
    report = await analyzed(files, 'exchanges');
  } catch (error) {
    if (error instanceof NotACaptureError) {
      if (/[\r\n]/.test(error.message)) fail('refusal-of-several-lines', error.message);
      return { failures, report: null, refused: true };
    }
    fail('throws', textOf(error));
    return { failures, report: null, refused: false };
  }
  try {
    checkFormats(report, fail);
    await checkQuietLane(files, report, fail);
    for (const file of files) await checkKernel(file, fail);
    if (files.length === 1) await checkIsolation(files[0]!, fail);
    if (input.wellFormed) await checkSplit(files[0]!, report, fail);
  } catch (error) {
    fail('throws', textOf(error));
  }
  return { failures, report, refused: false };
}

type Fail = (check: string, message: string) => void;

function checkFormats(report: Report, fail: Fail): void {
  for (const [name, format] of LOADED_FORMATS) {
    const text = [...format.render(report, OPTIONS)].join('');
    const match = CONTROL.exec(text);
    if (match !== null) {
      const around = text.slice(Math.max(0, match.index - 30), match.index + 30);
      fail(`control-bytes-in-${name}`, JSON.stringify(around));
    }
    if (name === 'json' && !validate(JSON.parse(text))) {
      const { instancePath, message } = validate.errors![0]!;
      fail('schema', `${instancePath} ${message}`);
    }
  }
}

/** Detail "findings" takes another way through the program, and reads in other pieces; it must find the same. */
async function checkQuietLane(files: readonly Buffer[], full: Report, fail: Fail): Promise<void> {
  const size = files.reduce((sum, { length }) => sum + length, 0);
  // How much of a corrupt compressed file is lost may depend on the pieces it is read in. And single bytes take long.
  const inPieces = files.every((bytes) => bytes.length >= 4 && PLAIN_MAGICS.includes(bytes.readUInt32LE(0)));
  const chunks = CHUNKS.filter((chunk) => size / chunk < 20_000);
  const chunk = inPieces && chunks.length > 0 ? pick(chunks, new Random(size)) : undefined;
  const quiet = await analyzed(files, 'findings', chunk);
  let differing = differences(parts(full, true), parts(quiet, true));
  if (differing.length > 0 && !(await Promise.all(files.map(clockGoesOn))).every(Boolean)) {
    differing = differences(parts(full, false), parts(quiet, false));
  }
  for (const [name, message] of differing) fail(`details-differ-in-${name}`, message);
}

/** The kernel reads frames itself, or is given segments, or has no part in it; each connection must come out the same. */
async function checkKernel(file: Buffer, fail: Fail): Promise<void> {
  const [without, ...others] = await Promise.all(
    (['without', 'decoded', 'kernel'] as const).map(async (way) => {
      const { histories, orderly, told } = await readQuietly(file, way);
      return {
        histories: textOfAll(histories),
        orderly: textOfAll(orderly),
        told: textOfAll(told),
      };
    }),
  );
  for (const other of others) {
    for (const [name, message] of differences(without!, other)) fail(`kernel-differs-in-${name}`, message);
  }
}

/** NaN is told from null, which JSON does not do. */
function textOfAll(records: readonly unknown[]): string {
  return JSON.stringify(records, (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? `${value}` : value,
  );
}

function differences(expected: Record<string, string>, found: Record<string, string>): [name: string, what: string][] {
  return Object.keys(expected)
    .filter((name) => expected[name] !== found[name])
    .map((name) => [name, difference(expected[name]!, found[name]!)]);
}

/**
 * What both details must agree in. Not the names of products, and what is said because of them: without connections to
 * show, they are looked for in the first messages of each connection only. Nor, where the capture's clock goes back,
 * what is inferred of servers from durations: the shorter way keeps fewer of the times that contradict each other.
 */
function parts(report: Report, isSteady: boolean) {
  const findings = report.findings
    .filter(({ stream }) => isSteady || stream !== null)
    .map(copyOf)
    .map(({ logged: _, explanation: _e, advice: _a, consequences: _c, related: _r, ...rest }) => rest);
  const servers = isSteady ? report.servers.map(({ product: _, ...rest }) => rest) : [];
  return {
    totals: JSON.stringify({ ...report.totals, ...(!isSteady && { findings: null }) }),
    findings: JSON.stringify(findings, null, 1),
    servers: JSON.stringify(servers, (key, value) => (key === 'candidates' ? undefined : value), 1),
    // Where a reader gives up, more or less had been read ahead.
    captures: JSON.stringify(
      report.captures.map((capture) => ({ ...capture, bytes: 0 })),
      null,
      1,
    ),
  };
}

/** Rules are counted, not listed, from some number on: then the lists may differ. */
const isWhole = (report: Report) => report.omittedFindings.length === 0;

async function checkIsolation(bytes: Buffer, fail: Fail): Promise<void> {
  // When a closed connection is retired depends on other closes: what comes for it seconds later counts or not. So what
  // differs must differ where none is retired, too.
  const differing = await disturbance(bytes, false);
  if (differing === null || (await disturbance(bytes, true)) === null) return;
  fail('connections-disturb-each-other', differing);
}

async function disturbance(bytes: Buffer, squeezed: boolean): Promise<string | null> {
  const isolated = await isolate(bytes, squeezed);
  if (isolated === null) return null;
  const whole = await analyzed([isolated.whole], 'exchanges');
  const blanked = await analyzed([isolated.blanked], 'exchanges');
  if (!isWhole(whole) || !isWhole(blanked)) return null;
  const [among, alone] = [whole, blanked].map((report) => ownFindings(report, isolated.isKept).join('\n'));
  return among === alone ? null : difference(alone!, among!);
}

async function checkSplit(bytes: Buffer, report: Report, fail: Fail): Promise<void> {
  const split = await analyzed([splitSegments(bytes)], 'exchanges');
  const [before, after] = [report, split].map((one) => factsOf(one).join('\n'));
  if (before !== after) fail('split-changes-report', difference(before!, after!));
}

/** The first lines that differ. */
function difference(expected: string, found: string): string {
  const [a, b] = [expected.split('\n'), found.split('\n')];
  const at = a.findIndex((line, index) => line !== b[index]);
  const line = at < 0 ? a.length : at;
  return `line ${line}: ${(a[line] ?? '(end)').trim().slice(0, 400)} | ${(b[line] ?? '(end)').trim().slice(0, 400)}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
