// The program over captures of real systems, held against what those systems themselves logged. Each conversation was
// captured at both ends: what is owed is owed from both.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from './report/report.ts';
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
/** A setting as the traffic shows it: seconds, or requests. */
interface Estimate {
  readonly of: 'server' | 'client';
  readonly field: 'idleTimeout' | 'closeDelay' | 'maxRequests' | 'maxAge' | 'responseTimeout';
  readonly value: number;
  readonly tolerance: number;
  /** Needed where the capture has several; for a client: the server it talks to. */
  readonly server?: string;
}
interface Truth extends Lists {
  readonly title: string;
  readonly estimates?: readonly Estimate[];
  readonly perEnd?: Readonly<Record<string, Lists>>;
}

/** Rules that a later version brings; the truth files know them already. */
const NOT_YET = ['unsafe-retry'];

const FOLDERS = ['fixtures/captures/lab', 'fixtures/captures/signatures'];

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

/** The rule's findings; when it has none of its own, those that say in their `also` that it holds, as it says it. */
function speakingFor(rule: string, findings: readonly Finding[]): readonly Partial<Finding>[] {
  const own = findings.filter((finding) => finding.rule === rule);
  return own.length > 0 ? own : findings.flatMap(({ also }) => also.filter((other) => other.rule === rule));
}

/** What the report says of it, of the one server and its one client if none is named. */
function estimated({ of, field, server }: Estimate, { servers }: Report) {
  const asked = servers.filter((candidate) => server === undefined || candidate.server === server);
  expect(asked, server).toHaveLength(1);
  const [side] = of === 'server' ? asked : asked[0]!.clients;
  return (side as Partial<Record<typeof field, { readonly value: number } | null>> | undefined)?.[field]?.value;
}

describe.each(truths())('$name: $truth.title', ({ name, folder, truth }) => {
  it.each(['client', 'server'])('as the %s saw it', async (end) => {
    const file = ['pcap', 'pcapng'].map((kind) => join(folder, `${name}.${end}.${kind}`)).find(existsSync)!;
    const report = await analyzeFile(file);
    const lists = truth.perEnd?.[end] ?? truth;
    for (const expected of lists.mustReport.filter(({ rule }) => !NOT_YET.includes(rule))) {
      const found = speakingFor(expected.rule, report.findings);
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
    for (const estimate of truth.estimates ?? []) {
      const { of, field, value, tolerance } = estimate;
      const shown = estimated(estimate, report) ?? Number.NaN;
      expect(Math.abs(shown - value), `${of} ${field}: ${shown}, not ${value}`).toBeLessThanOrEqual(tolerance);
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
