// What the user asks of a report, whatever it was written in: a file, the environment, the command line.
import type { FailOn } from '../report/gate.ts';
import type { Severity } from '../rules/finding.ts';
import type { Limit } from './limits.ts';
import type { ServerPattern } from './server-pattern.ts';

/** What is wanted of one rule. */
export interface RulePolicy {
  /** In place of the rule's own; 'off': no finding. */
  readonly severity?: Severity | 'off';
  /** So many are tolerated, whatever their severity. */
  readonly max?: number;
  /** Where it was asked for. */
  readonly source: string;
}

export interface Expectation {
  readonly limit: Limit;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** In place of the policy's. */
  readonly ifNotObserved?: 'pass' | 'fail';
  readonly source: string;
}

export interface ServerPolicy {
  readonly pattern: ServerPattern;
  readonly rules: ReadonlyMap<string, RulePolicy>;
  readonly expectations: readonly Expectation[];
}

/** Servers whose address changes from run to run, by the name that they keep. The first that matches names a server. */
export interface Alias {
  readonly pattern: ServerPattern;
  readonly name: string;
}

export interface Policy {
  readonly failOn: FailOn;
  /** null: as many as --fail-on lets pass. */
  readonly maxWarnings: number | null;
  readonly maxWarningsSource: string;
  readonly onTruncated: 'warn' | 'fail';
  readonly ifNotObserved: 'pass' | 'fail';
  readonly strictBaseline: boolean;
  readonly aliases: readonly Alias[];
  /** For all servers. */
  readonly rules: ReadonlyMap<string, RulePolicy>;
  /** For some; of what two of them say about one rule's severity, the later counts. */
  readonly servers: readonly ServerPolicy[];
}

export const NO_POLICY: Policy = {
  failOn: 'error',
  maxWarnings: null,
  maxWarningsSource: '',
  onTruncated: 'warn',
  ifNotObserved: 'pass',
  strictBaseline: false,
  aliases: [],
  rules: new Map(),
  servers: [],
};

/** The name that `server` (address:port) keeps; null when no alias is for it. */
export function aliasOf(server: string, aliases: readonly Alias[]): string | null {
  return aliases.find(({ pattern }) => pattern.matches(server, null))?.name ?? null;
}
