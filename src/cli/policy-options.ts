// The part of a policy that has options of its own.
import type { Policy } from '../policy/policy.ts';
import type { FailOn } from '../report/gate.ts';
import { WrongCallError } from './exit-codes.ts';
import { unknownRule } from './options.ts';

/** As commander hands them over. */
export interface PolicyOptions {
  readonly failOn?: FailOn;
  readonly maxWarnings?: number;
  readonly maxFindings?: ReadonlyMap<string, number>;
  readonly onTruncated?: 'warn' | 'fail';
  readonly strictBaseline?: boolean;
}

/** `policy` with what the options say. `origin`: where one of them was said. */
export function withOptions(policy: Policy, options: PolicyOptions, origin: (option: string) => string): Policy {
  const rules = new Map(policy.rules);
  for (const [rule, max] of options.maxFindings ?? []) {
    rules.set(rule, { ...rules.get(rule), max, source: origin('maxFindings') });
  }
  return {
    ...policy,
    failOn: options.failOn ?? policy.failOn,
    maxWarnings: options.maxWarnings ?? policy.maxWarnings,
    maxWarningsSource: options.maxWarnings === undefined ? policy.maxWarningsSource : origin('maxWarnings'),
    onTruncated: options.onTruncated ?? policy.onTruncated,
    strictBaseline: options.strictBaseline ?? policy.strictBaseline,
    rules,
  };
}

/** RULE=N of --max-findings. */
export function parseMaxFindings(
  value: string,
  previous: ReadonlyMap<string, number>,
  ruleNames: readonly string[],
): ReadonlyMap<string, number> {
  const rules = new Map(previous);
  for (const word of value.split(',')) {
    const [, rule = '', count = ''] = /^([^=]+)=(\d{1,9})$/.exec(word) ?? [];
    if (count === '') throw new WrongCallError(`'${word}' is no budget; it is written RULE=NUMBER`);
    if (!ruleNames.includes(rule)) throw unknownRule(rule, ruleNames);
    rules.set(rule, Number(count));
  }
  return rules;
}
