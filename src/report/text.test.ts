import { describe, expect, test } from 'vitest';
import { fakeFinding, fakeReport, HOSTILE, healthyReport } from '../testing/fake-report.ts';
import type { FormatOptions } from './format.ts';
import type { Report } from './report.ts';
import { text } from './text.ts';

const PLAIN: FormatOptions = { color: false, width: 80, quiet: false };

function render(report: Report, options: Partial<FormatOptions> = {}): string {
  return [...text.render(report, { ...PLAIN, ...options })].join('');
}

function golden(name: string): string {
  return `../../fixtures/expected/report/${name}`;
}

describe('the report for people', () => {
  test('of everything at once', async () => {
    await expect(render(fakeReport())).toMatchFileSnapshot(golden('everything.txt'));
  });

  test('on a narrow terminal', async () => {
    await expect(render(fakeReport(), { width: 40 })).toMatchFileSnapshot(golden('everything-40-columns.txt'));
  });

  test('of a healthy capture', async () => {
    await expect(render(healthyReport())).toMatchFileSnapshot(golden('healthy.txt'));
  });

  test('quiet is the one sentence', () => {
    expect(render(healthyReport(), { quiet: true, width: 200 })).toBe(
      'No keep-alive problem found in 1,400 frames, 112 connections, 230 exchanges.\n',
    );
  });
});

test('many servers: the gravest are told of, the others counted, with their filters', () => {
  const findings = Array.from({ length: 70 }, (_, i) =>
    fakeFinding({ server: `10.1.0.${i}:80`, stream: i, severity: i === 69 ? 'error' : 'warning', id: `id${i}` }),
  );
  const plain = render(fakeReport({ findings: [...findings, fakeFinding({ server: '10.1.0.69:80', stream: 70 })] }));
  expect(plain.match(/^== 10\.1\.0\.\d+:80/gm)).toHaveLength(8);
  expect(plain).toContain('== 10.1.0.69:80');
  expect(plain).toContain('== Also on 62 further servers');
  expect(plain).toMatch(/^10\.1\.0\.40:80\n {2}WARNING [a-z-]+: 1 incident\n {4}Filter: tcp\.stream in \{40\}$/m);
  expect(plain).toContain('and 12 further servers; the JSON report has them all.');
});

describe('colour', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colours are what is looked for
  const SGR = /\x1b\[[0-9;]*m/g;

  test('adds nothing but colour: without its sequences the text is the plain one', () => {
    const colored = render(fakeReport(), { color: true });
    expect(colored).toMatch(SGR);
    expect(colored.replace(SGR, '')).toBe(render(fakeReport()));
  });

  test('each group names its severity as a word', () => {
    const plain = render(fakeReport());
    for (const word of ['ERROR ', 'WARNING ', 'INFO ']) expect(plain).toContain(`\n${word}`);
  });
});

describe('hostile text', () => {
  test.each([true, false])('never reaches the terminal raw (colour %s)', (color) => {
    const evil = fakeFinding({
      summary: HOSTILE,
      explanation: HOSTILE,
      advice: HOSTILE,
      consequences: [HOSTILE],
      displayFilter: HOSTILE,
      client: HOSTILE,
      evidence: [{ frame: 1, time: 0, role: HOSTILE, note: HOSTILE }],
    });
    const report = fakeReport({ findings: [...fakeReport().findings, evil] });
    for (const width of [40, 80, 200]) {
      const output = render(report, { color, width });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours are taken out before looking
      const foreign = output.replace(/\x1b\[[0-9;]+m/g, '');
      expect(foreign).toMatch(/^[\n\x20-\x7e\xa0-\xff]*$/);
      // A new line in a target cannot start a line of its own.
      expect(foreign).not.toMatch(/^\s*ok/m);
    }
  });
});

describe('width', () => {
  test.each([40, 60, 80, 100, 200])('%s columns: only what cannot be broken is longer', (width) => {
    for (const line of render(fakeReport(), { width }).split('\n')) {
      if (line.length <= width) continue;
      const words = line.trim();
      expect(words).toMatch(/^(tcp\.stream|and \d+ more:|frame +\d+ +\+|\S+$|\S*\\x)/);
    }
  });

  test.each([40, 80, 200])('%s columns: frames and filters are whole', (width) => {
    const output = render(fakeReport(), { width });
    expect(output).toContain('frame   12  +5.082114 s');
    expect(output).toContain('frame 1014  +5.123215 s');
    expect(output).toContain('tcp.stream eq 3 && frame.number in {12, 13, 1014}\n');
  });
});

describe('many incidents', () => {
  test('are folded behind the first three, with a filter over the streams of the rest', () => {
    const output = render(fakeReport(), { width: 200 });
    expect(output).toContain('ERROR fin-crosses-request: 1,240 incidents');
    expect(output).toMatch(/and 37 more:\s+tcp\.stream in \{6\.\.22, 43, 45, /);
    expect(output).toContain('and 1,200 more, which are counted but not listed');
    expect(output.match(/stream \d+, client 10\.0\.0\.1:40112, proven/g)).toHaveLength(3);
  });

  test('the filter stays pasteable and says what it lacks', () => {
    const findings = Array.from({ length: 500 }, (_, index) => fakeFinding({ id: `${index}`, stream: index * 2 }));
    expect(render(fakeReport({ findings }))).toContain('and 497 more (without the last 447 streams):');
  });

  test('a cause that differs stands with each incident, one that is the same only once', () => {
    const findings = [fakeFinding(), fakeFinding({ id: '2', explanation: 'Something else.' })];
    expect(render(fakeReport({ findings })).match(/Cause:/g)).toHaveLength(2);
    expect(render(fakeReport({ findings: [findings[0]!, findings[0]!] })).match(/Cause:/g)).toHaveLength(1);
  });
});
