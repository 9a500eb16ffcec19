// A report as a policy wants it: aliases in the fingerprints, severities that the user chose, no findings of rules that
// are off.
import type { Report } from '../report/report.ts';
import { copyOf, type Finding, type OmittedFindings, type Severity } from '../rules/finding.ts';
import { fingerprintOf } from '../rules/identity.ts';
import { aliasOf, type Policy } from './policy.ts';

/** The alias of a server, asked once for each. */
export function aliasFinder({ aliases }: Policy): (server: string) => string | null {
  const known = new Map<string, string | null>();
  return (server) => {
    let name = known.get(server);
    if (name === undefined) {
      name = aliasOf(server, aliases);
      known.set(server, name);
    }
    return name;
  };
}

/** `report` with the names and severities of `policy`. */
export function adjustReport(report: Report, policy: Policy): Report {
  if (policy.aliases.length === 0 && policy.rules.size === 0 && policy.servers.length === 0) return report;
  const nameOf = aliasFinder(policy);
  const severityOf = severities(policy, nameOf);
  const findings = report.findings.flatMap((finding): Finding[] => {
    const severity = severityOf(finding.rule, finding.server, finding.severity);
    if (severity === 'off') return [];
    const name = nameOf(finding.server);
    return [
      {
        ...copyOf(finding),
        severity,
        also: finding.also.flatMap(({ rule, severity: own }) => {
          const adjusted = severityOf(rule, finding.server, own);
          return adjusted === 'off' ? [] : [{ rule, severity: adjusted }];
        }),
        fingerprint:
          name === null ? finding.fingerprint : fingerprintOf(finding.rule, name, finding.route, finding.cause),
      },
    ];
  });
  const omittedFindings = report.omittedFindings.flatMap((omitted): OmittedFindings[] => {
    const severity = severityOf(omitted.rule, omitted.server, omitted.severity);
    return severity === 'off' ? [] : [{ ...omitted, severity }];
  });
  const count: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  for (const { severity } of findings) count[severity]++;
  for (const omitted of omittedFindings) count[omitted.severity] += omitted.count;
  const kept = new Set(findings.map(({ id }) => id));
  const total = (counts: Readonly<Record<Severity, number>>) => counts.error + counts.warning + counts.info;
  return {
    ...report,
    totals: { ...report.totals, findings: count },
    // What is off cannot be referred to.
    findings: findings.map((finding) => ({
      ...copyOf(finding),
      related: finding.related.filter((id) => kept.has(id)),
    })),
    omittedFindings,
    hiddenFindings: report.hiddenFindings + total(report.totals.findings) - total(count),
  };
}

function severities(
  policy: Policy,
  nameOf: (server: string) => string | null,
): (rule: string, server: string, own: Severity) => Severity | 'off' {
  const known = new Map<string, Severity | 'off' | undefined>();
  return (rule, server, own) => {
    const key = `${rule} ${server}`;
    if (!known.has(key)) {
      let severity = policy.rules.get(rule)?.severity;
      for (const { pattern, rules } of policy.servers) {
        const chosen = rules.get(rule)?.severity;
        if (chosen !== undefined && pattern.matches(server, nameOf(server))) severity = chosen;
      }
      known.set(key, severity);
    }
    return known.get(key) ?? own;
  };
}
