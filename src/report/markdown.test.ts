import { lexer, type Token, type Tokens, walkTokens } from 'marked';
import { describe, expect, test } from 'vitest';
import { fakeEstimate, fakeFinding, fakeReport, healthyReport } from '../testing/fake-report.ts';
import { markdown, markdownWithin } from './markdown.ts';
import type { Report } from './report.ts';

function render(report: Report): string {
  return [...markdown.render(report, { color: false, width: 80, quiet: false })].join('');
}

function tokensOf(source: string, type: string): Token[] {
  const found: Token[] = [];
  walkTokens(lexer(source), (token) => {
    if (token.type === type) found.push(token);
  });
  return found;
}

test('a heading for the run, each rule on a server, and the servers', () => {
  expect(tokensOf(render(fakeReport()), 'heading').map((token) => (token as Tokens.Heading).text)).toEqual([
    '❌ finrace',
    'ERROR `fin-crosses-request` on `10.0.0.2:8080`: 1,240 incidents',
    'ERROR `reset-mid-response` on `[fd00::2]:80`: 1 incident',
    'WARNING `undelayed-close` on `10.0.0.2:8080`: 1 incident',
    'INFO `keep-alive-unused` on `10.0.0.2:8080`: 1 incident',
    'Servers',
  ]);
  expect(render(healthyReport())).toMatch(/^### ✅ finrace\n/);
});

test('what is to be pasted is whole', () => {
  const spans = tokensOf(render(fakeReport()), 'codespan').map((token) => (token as Tokens.Codespan).text);
  expect(spans).toContain('tcp.stream eq 3 && frame.number in {12, 13, 1014}');
});

test('the table of servers keeps its columns', () => {
  const report = fakeReport();
  const servers = report.servers.map((server) => ({
    ...server,
    product: '|a`|`b|',
    idleTimeout: fakeEstimate({ candidates: [{ product: '|', knob: '|', named: true }] }),
  }));
  const [table] = tokensOf(render({ ...report, servers }), 'table') as Tokens.Table[];
  expect(table!.rows.map((row) => row.length)).toEqual([5, 5]);
  expect(table!.rows[0]!.map(({ text }) => text).slice(2, 4)).toEqual(['100', '210']);
});

describe('length', () => {
  const findings = Array.from({ length: 400 }, (_, index) =>
    fakeFinding({ server: `10.0.0.${index}:80`, severity: index < 200 ? 'warning' : 'error' }),
  );

  test('fits into a comment on GitHub: whole sections, the gravest first, and how many are missing', () => {
    const text = render(fakeReport({ findings }));
    expect(text.length).toBeLessThan(65_536);
    const sections = tokensOf(text, 'heading').filter(({ raw }) => raw.startsWith('#### ERROR')).length;
    expect(sections).toBeGreaterThan(20);
    expect(text).not.toContain('#### WARNING');
    expect(text).toMatch(new RegExp(`\\n_${402 - sections} further sections left out: too long for this place._\\n$`));
    expect(text.match(/<details>/g)!.length).toBe(text.match(/<\/details>/g)!.length);
  });

  test('is counted as the reader counts it', () => {
    const wide = findings.map((finding) => ({ ...finding, explanation: 'ü'.repeat(500) }));
    const text = markdownWithin(fakeReport({ findings: wide }), 50_000, Buffer.byteLength);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(50_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(40_000);
  });

  test('nothing fits: only that is said', () => {
    expect(markdownWithin(fakeReport(), 0, (text) => text.length)).toMatch(/^_\d+ further sections left out/);
  });
});
