import { describe, expect, test } from 'vitest';
import { RULES } from '../rules/catalogue.ts';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { byteSource } from '../testing/capture-builder.ts';
import { captureOf } from '../testing/conversation.ts';
import { fakeFinding } from '../testing/fake-report.ts';
import { framesOf } from '../testing/findings-of.ts';
import { traceConnections } from '../trace/trace-connections.ts';
import { foldLadder, hasFlag, type Ladder, type LadderRow, ladderOf, rowNumbers, rowTitle } from './ladder.ts';

const RACE = `
  0.000  C SYN
  0.040  S SYN-ACK
  0.041  C GET /a
  0.082  S 200 length=5
  5.082  S FIN
  5.083  C GET /b crossing=1
  5.123  S RST`;

async function laddersOf(
  capture: Buffer,
  { maxSegments = 60, basis = 'segments', ...options } = {},
): Promise<Ladder[]> {
  const report = await analyzeBytes(capture);
  const wanted = [...report.connections].map(({ stream, client }) => ({ stream, client }));
  const traces = await traceConnections([{ path: 'x', source: byteSource(capture) }], wanted, {
    maxSegments: 1000,
    ...options,
  });
  return report.findings.flatMap((finding) => {
    const history = [...report.connections].find(({ stream }) => stream === finding.stream) ?? null;
    const trace = finding.stream === null || basis === 'evidence' ? null : traces.get(finding.stream)!;
    return ladderOf(finding, trace, history, { maxSegments }) ?? [];
  });
}

async function ladderIn(script: string | Buffer, options = {}): Promise<Ladder> {
  const capture = typeof script === 'string' ? captureOf(script) : script;
  const [ladder] = await laddersOf(capture, options);
  if (ladder === undefined) throw new Error('no finding');
  return ladder;
}

/** Of a conversation in which nothing need be found. */
async function ladderAround(script: string): Promise<Ladder> {
  const capture = captureOf(script);
  const [wanted] = [...(await analyzeBytes(capture)).connections];
  const traces = await traceConnections(
    [{ path: 'x', source: byteSource(capture) }],
    [{ stream: 0, client: wanted!.client }],
    { maxSegments: 99 },
  );
  return ladderOf({ ...wanted!, evidence: [] }, traces.get(0)!, null, { maxSegments: 60 })!;
}

/** A row as a line, the way a terminal might show it. */
function line(row: LadderRow): string {
  switch (row.kind) {
    case 'pause':
      return `${Math.round(row.duration / 1e6)} ms ${row.isWaiting ? 'waiting' : 'idle'}${row.segments > 0 ? `, ${row.segments} bare` : ''}`;
    case 'folded':
      return `${row.segments} folded, ${row.clientBytes} + ${row.serverBytes}`;
    case 'missing':
      return `${row.from} ${row.bytes} missing at ${row.sequence}`;
    case 'segment': {
      const side = row.isElsewhere ? 'elsewhere' : row.from;
      const extra = [
        row.mark,
        row.crosses === null ? null : `crosses ${row.crosses}`,
        ...row.evidence.map((e) => e.role),
      ];
      return [row.frame, side, rowTitle(row), ...extra.filter((word) => word !== null).map((word) => `<${word}>`)].join(
        ' ',
      );
    }
  }
}

const linesOf = (ladder: Ladder) => ladder.rows.map(line);

describe('from segments', () => {
  test('a race: idle time, evidence, and what crossed', async () => {
    const ladder = await ladderIn(RACE);
    expect(ladder).toMatchObject({ basis: 'segments', stream: 0, client: '10.0.0.1:40000', server: '10.0.0.2:80' });
    expect(linesOf(ladder)).toEqual([
      '1 client SYN',
      '2 server SYN, ACK',
      '3 client GET /a',
      '4 server HTTP/1.1 200 X <end of the last response>',
      '5000 ms idle',
      '5 server FIN, ACK <server FIN>',
      '6 client GET /b <crosses 5> <lost request>',
      '7 server RST <server RST>',
    ]);
    const [fin, , rst] = ladder.rows.slice(5);
    if (fin?.kind !== 'segment' || rst?.kind !== 'segment') throw new Error('no segments');
    expect(rowNumbers(fin)).toMatch(/^Seq=\d+ Ack=\d+ Len=0$/);
    expect(rowNumbers(rst)).toMatch(/^Seq=\d+ Len=0$/);
    expect(fin.evidence[0]!.note).toContain('nothing of the request');
    expect([hasFlag(fin, 'FIN'), hasFlag(fin, 'RST'), hasFlag(rst, 'RST')]).toEqual([true, false, true]);
  });

  test('a silence behind a request is not idle', async () => {
    const ladder = await ladderIn(`
      0.000  C SYN
      0.040  S SYN-ACK
      0.041  C GET /slow
      0.081  S ACK
      30.000 S RST-ACK`);
    expect(linesOf(ladder)).toContain('29919 ms waiting');
  });

  test('bytes that the capture lacks have a row, bytes that only came late have none', async () => {
    const lost = await ladderAround(`
      0.000  C SYN
      0.040  S SYN-ACK
      0.041  C GET /a
      0.082  S 200 length=30 sent=10
      0.083  S data=10 lost
      0.084  S data=10
      0.090  C ACK
      5.082  S FIN
      5.083  C GET /b crossing=1
      5.123  S RST`);
    expect(linesOf(lost).filter((row) => row.includes('missing'))).toEqual([
      expect.stringMatching(/^server 10 missing at \d+$/),
    ]);
    const script = `
      0.000  C SYN
      0.040  S SYN-ACK
      0.041  C GET /a
      0.082  S 200 length=30 sent=10
      0.083  S data=10
      0.084  S data=10
      5.082  S FIN
      5.083  C GET /b crossing=1
      5.123  S RST`;
    const late = await ladderIn(framesOf(script, [1, 2, 3, 4, 6, 5, 7, 8, 9]));
    expect(linesOf(late).filter((row) => /missing|out-of-order/.test(row))).toEqual([
      '6 server PSH, ACK <out-of-order>',
    ]);
  });

  test('retransmissions and probes are told', async () => {
    const ladder = await ladderIn(`
      0.000  C SYN
      0.040  S SYN-ACK
      0.041  C GET /a
      0.082  S 200 length=5
      0.300  S again
      1.000  C PROBE
      1.040  S ACK
      2.000  C PROBE
      2.040  S ACK
      5.082  S FIN
      5.083  C GET /b crossing=1
      5.123  S RST`);
    expect(linesOf(ladder)).toContain('5 server HTTP/1.1 200 X <retransmission>');
    expect(linesOf(ladder).slice(4, 7)).toEqual([
      '5 server HTTP/1.1 200 X <retransmission>',
      // From the last row to the next one: what carries nothing does not break it up.
      '4782 ms idle, 4 bare',
      '10 server FIN, ACK <server FIN>',
    ]);
  });

  test('of a long connection the beginning and the evidence stay, and the rest is counted', async () => {
    const exchanges = Array.from(
      { length: 100 },
      (_, i) => `${(1 + i / 10).toFixed(3)}  C GET /${i}\n${(1.04 + i / 10).toFixed(3)}  S 200 length=5`,
    ).join('\n');
    const script = `0.000  C SYN\n0.040  S SYN-ACK\n${exchanges}\n15.00  S FIN\n15.01  C GET /b crossing=1\n15.05  S RST`;
    const ladder = await ladderIn(script, { maxSegments: 10 });
    const shown = linesOf(ladder);
    expect(ladder.rows.filter(({ kind }) => kind === 'segment')).toHaveLength(10);
    expect(shown[0]).toBe('1 client SYN');
    expect(shown.slice(-3)).toEqual([
      '203 server FIN, ACK <server FIN>',
      '204 client GET /b <crosses 203> <lost request>',
      '205 server RST <server RST>',
    ]);
    const folds = ladder.rows.filter((row) => row.kind === 'folded');
    expect(folds.reduce((sum, fold) => sum + fold.segments, 0)).toBe(195);
    expect(folds[0]!.clientBytes).toBeGreaterThan(1000);

    // Folding what is folded comes to the same as folding at once.
    const once = await ladderIn(script, { maxSegments: 6 });
    expect(linesOf(foldLadder(ladder, 6))).toEqual(linesOf(once));
    // Evidence is never folded.
    expect(
      foldLadder(ladder, 0)
        .rows.filter((row) => row.kind === 'segment')
        .map((row) => row.frame),
    ).toEqual([202, 203, 204, 205]);
  });

  test('a trace that dropped its middle tells of it, and nothing is taken for missing', async () => {
    const exchanges = Array.from(
      { length: 100 },
      (_, i) => `${(1 + i / 10).toFixed(3)}  C GET /${i}\n${(1.04 + i / 10).toFixed(3)}  S 200 length=5`,
    ).join('\n');
    const capture = captureOf(
      `0.000  C SYN\n0.040  S SYN-ACK\n${exchanges}\n15.00  S FIN\n15.01  C GET /b crossing=1\n15.05  S RST`,
    );
    const report = await analyzeBytes(capture);
    const [finding] = report.findings;
    const trace = (
      await traceConnections([{ path: 'x', source: byteSource(capture) }], [{ stream: 0, client: finding!.client! }], {
        maxSegments: 40,
        keepFirst: 8,
      })
    ).get(0)!;
    expect([trace.length + trace.omitted, trace.length <= 40, trace.omittedAt]).toEqual([205, true, 8]);
    expect([trace.at(7).frame, trace.at(trace.length - 1).frame]).toEqual([8, 205]);
    expect(trace.at(trace.length - 2).startLine).toBe('GET /b HTTP/1.1');
    const ladder = ladderOf(finding!, trace, null, { maxSegments: 60 })!;
    const shown = linesOf(ladder);
    expect(shown.slice(8, 11)).toEqual([
      '8 server HTTP/1.1 200 X',
      `${trace.omitted} folded, null + null`,
      expect.stringMatching(/^\d+ (client|server) /),
    ]);
    expect(shown.join('\n')).not.toMatch(/missing|retransmission|out-of-order/);
    // The same, where it kept the first segments only.
    const beginning = (
      await traceConnections([{ path: 'x', source: byteSource(capture) }], [{ stream: 0, client: finding!.client! }], {
        maxSegments: 40,
      })
    ).get(0)!;
    expect(linesOf(ladderOf(finding!, beginning, null, { maxSegments: 60 })!).slice(-5)).toEqual([
      '165 folded, null + null',
      '202 server end of the last response <end of the last response>',
      '203 server server FIN <server FIN>',
      '204 client lost request <lost request>',
      '205 server server RST <server RST>',
    ]);
  });
});

describe('from the evidence alone', () => {
  test('the same story, without numbers', async () => {
    const ladder = await ladderIn(RACE, { basis: 'evidence' });
    expect(ladder.basis).toBe('evidence');
    expect(linesOf(ladder)).toEqual([
      '3 client GET /a',
      '4 server HTTP/1.1 200 <end of the last response>',
      '5000 ms idle',
      '5 server server FIN <server FIN>',
      '6 client GET /b <lost request>',
      '7 server server RST <server RST>',
    ]);
    const row = ladder.rows[3];
    if (row?.kind !== 'segment') throw new Error('no segment');
    expect([row.flags, row.sequence, rowNumbers(row)]).toEqual([null, null, '']);
  });

  test('without exchanges too, and frames of other connections stand last', () => {
    const evidence = fakeFinding().evidence;
    const retry = { frame: 1020, time: 5.2e9, role: 'second copy', note: 'stream 9', isElsewhere: true } as const;
    const finding = fakeFinding({ evidence: [retry, ...evidence] });
    expect(linesOf(ladderOf(finding, null, null, { maxSegments: 60 })!)).toEqual([
      '12 server server FIN <server FIN>',
      '13 client request <request>',
      '1014 server server RST <server RST>',
      '1020 elsewhere second copy <second copy>',
    ]);
  });

  test('a finding about a server as a whole has none', () => {
    expect(ladderOf(fakeFinding({ stream: null }), null, null, { maxSegments: 60 })).toBeNull();
  });
});

describe('every rule', () => {
  test.each(RULES.map(({ documentation }) => [documentation.id, documentation.example]))(
    '%s: its evidence stands in the ladder, sent by who the segments say',
    async (_, example) => {
      const capture = captureOf(example);
      const drawn = await laddersOf(capture);
      const told = await laddersOf(capture, { basis: 'evidence' });
      for (const [index, ladder] of drawn.entries()) {
        const senders = new Map(ladder.rows.flatMap((row) => (row.kind === 'segment' ? [[row.frame, row]] : [])));
        for (const row of told[index]!.rows) {
          if (row.kind !== 'segment' || row.isElsewhere) continue;
          expect(row.from, `frame ${row.frame} ${rowTitle(row)}`).toBe(senders.get(row.frame)?.from);
          expect(row.evidence).toEqual(senders.get(row.frame)?.evidence);
        }
      }
    },
  );
});
