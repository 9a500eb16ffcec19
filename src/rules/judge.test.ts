// From cases to findings: one incident one finding, what is kept and what is only counted, ids, order, relations.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { headline } from '../report/headline.ts';
import { analyzeBytes, analyzeFile } from '../testing/analyze-file.ts';
import { captureOf } from '../testing/conversation.ts';
import { everyFrameTwice, findingsOf, framesOf } from '../testing/findings-of.ts';
import { copyOf, type Finding } from './finding.ts';

/** Connection `n`, whose second request crosses the server's close. */
function raced(n: number): string {
  const at = (seconds: number) => (n * 0.01 + seconds).toFixed(3);
  return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /a
${at(0.082)}  S${n} 200 length=5
${at(0.083)}  C${n} ACK
${at(5.082)}  S${n} FIN
${at(5.083)}  C${n} GET /b crossing
${at(5.123)}  S${n} RST`;
}

const CLOSED_AT_ONCE = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /upload length=100000 sent=1000
0.042  C data=1400
0.081  S 413 length=5 close crossing=1
0.082  S FIN
0.083  C data=1400 crossing
0.122  S RST`;

test('one incident gives one finding: a cause stands in its `also`, what follows does not', async () => {
  const findings = await findingsOf(CLOSED_AT_ONCE);
  expect(findings.map(({ rule, also }) => [rule, also])).toEqual([
    ['reset-destroys-response', [{ rule: 'undelayed-close', severity: 'error' }]],
  ]);
});

test('findings stand in the order of time, whatever the order of the streams', async () => {
  const script = `${raced(300)}${raced(200)}${raced(100)}`;
  const findings = await findingsOf(script);
  const times = findings.map(({ time }) => time);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const races = findings.filter(({ rule }) => rule === 'fin-crosses-request');
  expect(races.map(({ stream }) => stream)).toEqual([2, 1, 0]);
});

test('ids are unique, and the same in a second run and without details', async () => {
  const capture = captureOf(Array.from({ length: 50 }, (_, n) => raced(n)).join(''));
  const { findings } = await analyzeBytes(capture);
  const ids = findings.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const detail of ['exchanges', 'connections', 'findings'] as const) {
    expect((await analyzeBytes(capture, { detail })).findings.map(({ id }) => id)).toEqual(ids);
  }
});

test('a finding about the server and the losses that belong to it name each other', async () => {
  const findings = await findingsOf([1, 2, 3].map(raced).join(''));
  const mismatch = findings.find(({ stream }) => stream === null)!;
  const races = findings.filter(({ stream }) => stream !== null);
  expect(mismatch).toMatchObject({ rule: 'idle-timeout-mismatch', severity: 'error' });
  expect(mismatch.related).toEqual(races.map(({ id }) => id));
  for (const race of races) expect(race.related).toEqual([mismatch.id]);
});

test('what findings say does not depend on the order in which it is read', async () => {
  const findings = await findingsOf([1, 2, 3].map(raced).join(''));
  const copies = findings.map(copyOf);
  const words = ({ id, summary, explanation, advice, evidence, consequences, displayFilter }: Finding) => {
    return { id, summary, explanation, advice, evidence, consequences, displayFilter };
  };
  for (const key of Object.keys(words(copies[0]!)) as (keyof ReturnType<typeof words>)[]) {
    expect(findings.map((finding) => finding[key])).toEqual(copies.map((copy) => copy[key]));
  }
  expect(new Set(findings.map(({ summary }) => summary)).size).toBe(findings.length);
  expect(findings.map(copyOf).map(words)).toEqual(copies.map(words));
});

test('of the same thing on the same server a thousand are listed, the others counted', async () => {
  const CONNECTIONS = 1030;
  const report = await analyzeBytes(captureOf(Array.from({ length: CONNECTIONS }, (_, n) => raced(n)).join('')), {
    detail: 'findings',
  });
  const races = report.findings.filter(({ rule }) => rule === 'fin-crosses-request');
  expect(races).toHaveLength(1000);
  expect(report.omittedFindings).toEqual([
    { rule: 'fin-crosses-request', severity: 'error', server: '10.0.0.2:80', count: 30, lostRequests: 30 },
  ]);
  // One more for the timeout behind them.
  expect(report.totals.findings).toEqual({ error: CONNECTIONS + 1, warning: 0, info: 0 });
  expect(headline(report)).toMatch(/^1,030 requests were lost on 10\.0\.0\.2:80: /);
  expect(report.findings.find(({ stream }) => stream === null)!.summary).toContain('1030 requests were lost to it');
});

describe('evidence', () => {
  test('stands in the order of the frames, and the filter selects exactly it', async () => {
    const [finding] = await findingsOf(framesOf(raced(1), [1, 2, 3, 4, 5, 7, 6, 8]));
    expect(finding!.evidence.map(({ frame }) => frame)).toEqual([4, 6, 7, 8]);
    expect(finding!.displayFilter).toBe('tcp.stream eq 0 && frame.number in {4, 6, 7, 8}');
  });

  test('names a frame once, though it comes twice', async () => {
    const [finding] = await findingsOf(everyFrameTwice(raced(1)));
    const frames = finding!.evidence.map(({ frame }) => frame);
    expect(frames).toEqual([...new Set(frames)]);
  });
});

describe('the same findings with and without details', () => {
  const captures = ['fixtures/captures/lab', 'fixtures/captures/signatures'].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => /\.pcap(ng)?$/.test(file) && readFileSync(join(folder, file)).length < 200_000)
      .map((file) => join(folder, file)),
  );

  test.each(captures)('%s', async (path) => {
    const full = await analyzeFile(path);
    const short = await analyzeFile(path, { detail: 'findings' });
    expect(short.findings.map(copyOf)).toEqual(full.findings.map(copyOf));
    expect(short.servers).toEqual(full.servers);
    expect(short.totals).toEqual(full.totals);
  });
});
