// GitLab's code quality report: a list of issues, shown in the merge request that brought them. GitLab drops an issue
// whose fingerprint it has already, so findings of the same problem are one issue that says how many they are. What a
// baseline knows is no issue: the format has no mark for it.
//
// What fails a gate and is no finding is an issue, too: a list without any would say that all is well.

import { nodeCrypto } from '../base/node-modules.ts';
import type { Finding, Severity } from '../rules/finding.ts';
import { withoutSuppressed } from './cells.ts';
import { escapeForTerminal, jsonFor } from './escape.ts';
import type { Format, FormatOptions } from './format.ts';
import type { Gate } from './gate.ts';
import { groupBy } from './headline.ts';
import { batched } from './json.ts';
import { grouped } from './layout.ts';
import { serverUri } from './location.ts';
import type { Report } from './report.ts';
import { rank } from './text.ts';
import { EXPECTATION_WORDS, expectationInWords, verdictInWords } from './verdict.ts';

const SEVERITIES: Readonly<Record<Severity, string>> = { error: 'critical', warning: 'major', info: 'info' };

export const gitlab: Format = {
  render: (report, options) => batched(pieces(withoutSuppressed(report), options)),
};

function* pieces(report: Report, { location }: FormatOptions): Iterable<string> {
  yield '[';
  let separator = '\n';
  for (const same of groupBy(report.findings, ({ fingerprint }) => fingerprint).values()) {
    yield separator + jsonFor(issueOf(same, location));
    separator = ',\n';
  }
  for (const issue of gateIssues(report, report.gate, location)) {
    yield separator + jsonFor(issue);
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

function* gateIssues(report: Report, gate: Gate | null, location: string | undefined) {
  if (gate === null) return;
  const issue = (check: string, words: string, path: string, identity: readonly string[]) => ({
    description: escapeForTerminal(words),
    check_name: check,
    // Counts and times differ from run to run: what was asked for stays.
    fingerprint: nodeCrypto()
      .createHash('sha256')
      .update(['finrace/gate', check, ...identity].join('\0'))
      .digest('hex')
      .slice(0, 32),
    severity: SEVERITIES.error,
    location: { path: location ?? path, lines: { begin: 1 } },
  });
  for (const expectation of gate.expectations) {
    const { server, expected, state, fails } = expectation;
    if (!fails) continue;
    const words = `Expectation ${EXPECTATION_WORDS[state]}: ${expectationInWords(expectation)}`;
    yield issue('expectation', words, serverUri(server), [server, expected]);
  }
  if (gate.verdict === 'unsound') yield issue('unsound', verdictInWords(report, gate), 'servers', []);
}
