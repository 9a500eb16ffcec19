// What a project knows and tolerates for now: findings by their fingerprint, with how many of each.
import type { Report } from '../report/report.ts';
import { copyOf, type Finding, type OmittedFindings } from '../rules/finding.ts';
import { FINGERPRINT_VERSION, fingerprintOf } from '../rules/identity.ts';
import { aliasFinder } from './adjust-report.ts';
import type { Policy } from './policy.ts';

export const BASELINE_SCHEMA = 'finrace-baseline/1';

/** For people: all but `fingerprint`, `count` and `expires` changes nothing. */
export interface BaselineEntry {
  readonly fingerprint: string;
  readonly rule: string;
  /** address:port, or the alias. */
  readonly server: string;
  readonly route: string | null;
  readonly summary: string;
  /** So many findings are tolerated. */
  readonly count: number;
  readonly reason: string | null;
  /** YYYY-MM-DD, the last day (UTC) on which it counts. */
  readonly expires: string | null;
  readonly owner: string | null;
}

export interface Baseline {
  readonly schema: typeof BASELINE_SCHEMA;
  /** The way in which the fingerprints were derived. */
  readonly fingerprintVersion: number;
  readonly findings: readonly BaselineEntry[];
}

/** What a baseline comes to for one report. */
export interface BaselineUse {
  readonly report: Report;
  readonly usedEntries: number;
  readonly expired: readonly BaselineEntry[];
  /** Their server was seen, and what they tolerate was not. */
  readonly unused: readonly BaselineEntry[];
}

/** Stands for the findings of a rule on a server that are only counted: nobody knows their routes any more. */
export function omittedFingerprint({ rule }: Pick<OmittedFindings, 'rule'>, server: string): string {
  return fingerprintOf(rule, server, '', 'not-listed');
}

/** Marks what `baseline` knows in `report`, of each fingerprint the first in time. `today`: YYYY-MM-DD in UTC. */
export function applyBaseline(report: Report, baseline: Baseline, policy: Policy, today: string): BaselineUse {
  const isExpired = ({ expires }: BaselineEntry) => expires !== null && expires < today;
  const left = new Map<string, { readonly entry: BaselineEntry; left: number }>();
  for (const entry of baseline.findings) {
    if (!isExpired(entry)) left.set(entry.fingerprint, { entry, left: entry.count });
  }
  const used = new Set<BaselineEntry>();
  const take = (fingerprint: string, wanted: number) => {
    const known = left.get(fingerprint);
    if (known === undefined || known.left === 0) return null;
    const taken = Math.min(wanted, known.left);
    known.left -= taken;
    used.add(known.entry);
    return { entry: known.entry, taken };
  };
  const nameOf = aliasFinder(policy);
  const findings = report.findings.map((finding): Finding => {
    const known = take(finding.fingerprint, 1);
    if (known === null) return finding;
    const { reason, expires, owner } = known.entry;
    return { ...copyOf(finding), suppressed: { reason, expires, owner } };
  });
  const omittedFindings = report.omittedFindings.map((omitted): OmittedFindings => {
    const known = take(omittedFingerprint(omitted, nameOf(omitted.server) ?? omitted.server), omitted.count);
    return known === null ? omitted : { ...omitted, suppressed: known.taken };
  });
  const seen = seenServers(report, policy);
  return {
    report: { ...report, findings, omittedFindings },
    usedEntries: used.size,
    expired: baseline.findings.filter(isExpired),
    unused: baseline.findings.filter((entry) => !isExpired(entry) && !used.has(entry) && seen.has(entry.server)),
  };
}

/** Servers with at least one exchange, by address:port and by alias. What was not looked at cannot be over. */
function seenServers(report: Report, policy: Policy): ReadonlySet<string> {
  const nameOf = aliasFinder(policy);
  return new Set(
    report.servers.filter(({ exchanges }) => exchanges > 0).flatMap(({ server }) => [server, nameOf(server) ?? server]),
  );
}

/** What every new entry of a baseline says. */
export type EntryNotes = Pick<BaselineEntry, 'reason' | 'expires' | 'owner'>;

/** A baseline that tolerates all that is in `report`. What `old` says for people about an entry that stays is kept. */
export function createBaseline(report: Report, policy: Policy, notes: EntryNotes, old: Baseline | null): Baseline {
  const kept = new Map(old?.findings.map((entry) => [entry.fingerprint, entry]));
  const nameOf = aliasFinder(policy);
  const entries = new Map<string, BaselineEntry>();
  const add = (fingerprint: string, found: Pick<BaselineEntry, 'rule' | 'server' | 'route'>, count: number) => {
    const before = entries.get(fingerprint);
    if (before !== undefined) {
      entries.set(fingerprint, { ...before, count: before.count + count });
      return;
    }
    const { rule, server, route } = found;
    const known = kept.get(fingerprint);
    entries.set(fingerprint, {
      fingerprint,
      rule,
      server,
      route,
      summary: known?.summary ?? report.rules.find(({ id }) => id === rule)?.title ?? '',
      count,
      reason: notes.reason ?? known?.reason ?? null,
      expires: notes.expires ?? known?.expires ?? null,
      owner: notes.owner ?? known?.owner ?? null,
    });
  };
  for (const { fingerprint, rule, server, route } of report.findings) {
    add(fingerprint, { rule, server: nameOf(server) ?? server, route: route === '' ? null : route }, 1);
  }
  for (const omitted of report.omittedFindings) {
    const server = nameOf(omitted.server) ?? omitted.server;
    add(omittedFingerprint(omitted, server), { rule: omitted.rule, server, route: null }, omitted.count);
  }
  return { schema: BASELINE_SCHEMA, fingerprintVersion: FINGERPRINT_VERSION, findings: sorted([...entries.values()]) };
}

/**
 * `baseline` without the entries that nothing in `report` needs any more, and with lower counts where fewer were found.
 * Entries of servers that were not seen stay, and so do expired ones of what is still found.
 */
export function pruneBaseline(baseline: Baseline, report: Report, policy: Policy): Baseline {
  const found = new Map(
    createBaseline(report, policy, { reason: null, expires: null, owner: null }, null).findings.map((entry) => [
      entry.fingerprint,
      entry.count,
    ]),
  );
  const seen = seenServers(report, policy);
  const findings = baseline.findings.flatMap((entry) => {
    if (!seen.has(entry.server)) return [entry];
    const count = found.get(entry.fingerprint);
    return count === undefined ? [] : [{ ...entry, count: Math.min(count, entry.count) }];
  });
  return { ...baseline, findings };
}

/** By server, rule, route, fingerprint: by code units, so that every machine writes the same. */
function sorted(entries: readonly BaselineEntry[]): BaselineEntry[] {
  const keyOf = ({ server, rule, route, fingerprint }: BaselineEntry) => [server, rule, route ?? '', fingerprint];
  return [...entries].sort((a, b) => {
    const others = keyOf(b);
    for (const [i, key] of keyOf(a).entries()) {
      if (key !== others[i]) return key < others[i]! ? -1 : 1;
    }
    return 0;
  });
}
