// What a policy makes of a report: the verdict of `finrace check`, and what it rests on. `policy/` makes it, formats
// show it.
import type { Severity } from '../rules/finding.ts';

export type FailOn = Severity | 'never';

/** met and violated are proven by what was seen; undecided: it was seen, and the interval allows both. */
export type ExpectationState = 'met' | 'violated' | 'undecided' | 'not-observed';

export interface ExpectationResult {
  /** address:port, or the pattern when no server of the capture matches. */
  readonly server: string;
  /** "idle timeout at least 65 s" */
  readonly expected: string;
  /** "about 5.00 s, between 4.98 s and 5.03 s (7 closes)" */
  readonly seen: string;
  readonly state: ExpectationState;
  readonly fails: boolean;
  /** Where it was asked for: file and path in it. */
  readonly source: string;
}

export interface BudgetResult {
  readonly rule: string;
  /** The pattern of the servers that it is for; null: all. */
  readonly server: string | null;
  readonly count: number;
  readonly max: number;
  readonly source: string;
}

export interface Gate {
  /** passed; failed: the policy was broken; unsound: nothing was, but what it rests on cannot be relied on. */
  readonly verdict: 'passed' | 'failed' | 'unsound';
  /** Why it did not pass, one clause each. */
  readonly reasons: readonly string[];
  /** What should be looked at, and fails nothing. */
  readonly warnings: readonly string[];
  readonly failOn: FailOn;
  /** Ids of the findings that fail it. */
  readonly failing: ReadonlySet<string>;
  readonly budgets: readonly BudgetResult[];
  /** What became of the budget for warnings; null when there is none. */
  readonly warningBudget: Pick<BudgetResult, 'count' | 'max' | 'source'> | null;
  readonly expectations: readonly ExpectationResult[];
  /** How many findings a baseline suppressed, with how many of its entries; null without a baseline. */
  readonly suppressed: { readonly baseline: string; readonly findings: number; readonly entries: number } | null;
}
