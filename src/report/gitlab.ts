// GitLab's code quality report: a list of issues, shown in the merge request that brought them. GitLab drops an issue
// whose fingerprint it has already, so findings of the same problem are one issue that says how many they are.

import type { Finding, Severity } from '../rules/finding.ts';
import { withoutSuppressed } from './cells.ts';
import { escapeForTerminal, jsonFor } from './escape.ts';
import type { Format, FormatOptions } from './format.ts';
import { groupBy } from './headline.ts';
import { batched } from './json.ts';
import { grouped } from './layout.ts';
import { serverUri } from './location.ts';
import type { Report } from './report.ts';
import { rank } from './text.ts';

const SEVERITIES: Readonly<Record<Severity, string>> = { error: 'critical', warning: 'major', info: 'info' };

export const gitlab: Format = {
  render: (report, options) => batched(pieces(withoutSuppressed(report), options)),
};

function* pieces({ findings }: Report, { location }: FormatOptions): Iterable<string> {
  yield '[';
  let separator = '\n';
  for (const same of groupBy(findings, ({ fingerprint }) => fingerprint).values()) {
    yield separator + jsonFor(issueOf(same, location));
    separator = ',\n';
  }
  yield '\n]\n';
}

function issueOf(findings: readonly Finding[], location: string | undefined) {
  const first = findings.reduce((worst, other) => (rank(other.severity) > rank(worst.severity) ? other : worst));
  const more = findings.length > 1 ? ` (and ${grouped(findings.length - 1)} more like it)` : '';
  return {
    description: escapeForTerminal(`${first.summary}${more} ${first.advice}`),
    check_name: first.rule,
    fingerprint: first.fingerprint,
    severity: SEVERITIES[first.severity],
    location: { path: location ?? serverUri(first.server), lines: { begin: 1 } },
  };
}
