import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type GenerateOptions, generate, type Truth } from './generate.ts';
import { isInstalled } from './measure.ts';
import { SET_NAMES, type SetName } from './sets.ts';
import { walk } from './walk.ts';

const BYTES = 1e6;
const folder = mkdtempSync(join(tmpdir(), 'finrace-generate-'));
afterAll(() => rmSync(folder, { recursive: true }));

function make(set: SetName, options: Partial<GenerateOptions> = {}): { path: string; truth: Truth; hash: string } {
  const path = join(folder, `${set}.capture`);
  const truth = generate({ set, bytes: BYTES, seed: 1, output: path, ...options });
  return { path, truth, hash: createHash('sha256').update(readFileSync(path)).digest('hex') };
}

describe.each(SET_NAMES)('set %s', (set) => {
  it('is the same for the same seed, and another for another', () => {
    const { hash } = make(set);
    expect(make(set).hash).toBe(hash);
    expect(make(set, { seed: 2 }).hash).not.toBe(hash);
  });

  it('has the frames and the bytes that it says, and about those that were asked for', () => {
    const { path, truth } = make(set);
    expect(walk(path)).toBe(truth.frames);
    expect(statSync(path).size).toBe(truth.bytes);
    expect(truth.bytes).toBeGreaterThan(BYTES * 0.7);
    expect(truth.bytes).toBeLessThan(BYTES * 1.5);
  });
});

const hasTshark = isInstalled('tshark');

// It takes a second or two to start, and many on a busy machine.
describe.skipIf(!hasTshark)('tshark agrees (skipped where it is not installed)', { timeout: 60_000 }, () => {
  it.each(SET_NAMES)('with the truth of %s', (set) => {
    const { path, truth } = make(set);
    const seen = dissect(path);
    expect(seen.requests).toBe(truth.answered + truth.unanswered);
    expect(seen.responses).toBe(truth.answered);
    expect(seen.streams).toBe(truth.connections);
    expect(seen.tcpSegments).toBe(truth.tcpSegments);
    expect(seen.bareResets).toBe(2 * truth.races);
    expect(seen.malformed).toBe(0);
    expect(seen.badChecksums).toBe(0);
    const resets = truth.endings['client-rst'] + truth.endings['server-rst'] + 2 * truth.races;
    if (set !== 'mix') expect(seen.warnings).toBe(resets);
  });

  it.each([
    { format: 'pcap', resolution: 'nano' },
    { format: 'pcapng', resolution: 'micro' },
    { format: 'pcapng', resolution: 'nano' },
  ] as const)('with $format in $resolution seconds', (options) => {
    const { path, truth } = make('mix', options);
    const times = tshark(path, ['frame.time_epoch']).map(([time]) => time!);
    expect(times).toHaveLength(truth.frames);
    expect(times[0]).toMatch(/^1756713600\.0/);
    expect(times.toSorted()).toEqual(times);
  });
});

/** Severity of tshark's expert information (epan/expert.h: PI_WARN, PI_ERROR). */
const PI_WARN = 0x600000;

function dissect(path: string) {
  const rows = tshark(path, [
    'tcp.stream',
    'http.request',
    'http.response',
    '_ws.malformed',
    'ip.checksum.status',
    'tcp.checksum.status',
    'tcp.flags',
    '_ws.expert.severity',
  ]);
  const count = (holds: (row: readonly string[]) => boolean) => rows.filter(holds).length;
  return {
    streams: new Set(rows.map((row) => row[0]).filter((stream) => stream !== '')).size,
    tcpSegments: count((row) => row[0] !== ''),
    requests: count((row) => row[1] !== ''),
    responses: count((row) => row[2] !== ''),
    malformed: count((row) => row[3] !== ''),
    // 1 is "good"; an IPv6 header has none.
    badChecksums: count((row) => !['', '1'].includes(row[4]!) || !['', '1'].includes(row[5]!)),
    bareResets: count((row) => Number(row[6]) === 0x04),
    warnings: count((row) => row[7]!.split(',').some((severity) => Number(severity) >= PI_WARN)),
  };
}

function tshark(path: string, fields: readonly string[]): string[][] {
  const preferences = ['ip.check_checksum', 'tcp.check_checksum', 'tcp.reassemble_out_of_order'];
  const output = execFileSync(
    'tshark',
    [
      ...['-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
      ...preferences.flatMap((preference) => ['-o', `${preference}:TRUE`]),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 },
  );
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}
