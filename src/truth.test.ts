// The program over captures of real systems, held against what those systems themselves logged. Each conversation was
// captured at both ends: what is owed is owed from both.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Finding } from './rules/finding.ts';
import { analyzeFile } from './testing/analyze-file.ts';

interface Expectation {
  readonly rule: string;
  readonly count?: number;
  readonly severity?: string;
  readonly confidence?: string;
  readonly executed?: string;
  readonly delivered?: string;
  readonly alternatives?: readonly string[];
}
interface Lists {
  readonly mustReport: readonly Expectation[];
  readonly mayReport: readonly string[];
  readonly mustNotReport: readonly string[];
}
interface Truth extends Lists {
  readonly title: string;
  readonly perEnd?: Readonly<Record<string, Lists>>;
}

/** Rules that a later version brings; the truth files know them already. */
const NOT_YET = [
  'keep-alive-header-mismatch',
  'reuse-near-timeout',
  'idle-connection-dropped',
  'request-after-close-header',
  'close-not-initiated',
  'half-closed-lingering',
  'unsafe-retry',
  'keep-alive-unused',
];

const FOLDERS = ['fixtures/captures', 'fixtures/captures/signatures'];

function truths(): { name: string; folder: string; truth: Truth }[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.truth.json'))
      .map((file) => ({
        name: file.replace('.truth.json', ''),
        folder,
        truth: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Truth,
      })),
  );
}

/** Every rule that a finding speaks for. */
const rulesOf = (finding: Finding) => [finding.rule, ...finding.also.map((also) => also.rule)];

describe.each(truths())('$name: $truth.title', ({ name, folder, truth }) => {
  it.each(['client', 'server'])('as the %s saw it', async (end) => {
    const file = ['pcap', 'pcapng'].map((kind) => join(folder, `${name}.${end}.${kind}`)).find(existsSync)!;
    const report = await analyzeFile(file);
    const lists = truth.perEnd?.[end] ?? truth;
    for (const expected of lists.mustReport.filter(({ rule }) => !NOT_YET.includes(rule))) {
      const found = report.findings.filter((finding) => finding.rule === expected.rule);
      expect(found, expected.rule).toHaveLength(expected.count ?? 1);
      for (const finding of found) {
        for (const key of ['severity', 'confidence', 'executed', 'delivered'] as const) {
          if (expected[key] !== undefined) expect(finding[key], `${expected.rule} ${key}`).toBe(expected[key]);
        }
      }
    }
    const allowed = new Set([...lists.mustReport.map(({ rule }) => rule), ...lists.mayReport]);
    for (const finding of report.findings) {
      for (const rule of rulesOf(finding)) {
        expect(lists.mustNotReport, `${rule}: ${finding.summary}`).not.toContain(rule);
      }
      if (lists.mustNotReport.includes('*') && finding.severity !== 'info') {
        expect([...allowed], finding.summary).toContain(finding.rule);
      }
    }
  });
});

describe('both ends of one conversation', () => {
  it.each(truths().filter(({ truth }) => truth.perEnd === undefined))(
    '$name: tell the same',
    async ({ name, folder }) => {
      const [client, server] = await Promise.all(
        ['client', 'server'].map(async (end) => {
          const file = ['pcap', 'pcapng'].map((kind) => join(folder, `${name}.${end}.${kind}`)).find(existsSync)!;
          const { findings } = await analyzeFile(file);
          return findings
            .map(({ rule, severity, confidence, executed, delivered, client, server, fingerprint }) =>
              [rule, severity, confidence, executed, delivered, client, server, fingerprint].join(' '),
            )
            .sort();
        }),
      );
      expect(client).toEqual(server);
    },
  );
});
