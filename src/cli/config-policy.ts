// MAKES the policy of what stands in a configuration and what was said on the command line.
import { LIMITS } from '../policy/limits.ts';
import { type Alias, type Expectation, NO_POLICY, type Policy, type RulePolicy } from '../policy/policy.ts';
import { ALIAS_NAME, PatternError, type ServerPattern, serverPattern } from '../policy/server-pattern.ts';
import { type KeyPath, pathText } from './config-read.ts';
import type { ConfigContent } from './config-schema.ts';

/** Something in a configuration makes no sense although its form is right. */
export class PolicyError extends Error {
  readonly keys: KeyPath;
  constructor(keys: KeyPath, message: string) {
    super(message);
    this.keys = keys;
  }
}

type RuleSettings = NonNullable<ConfigContent['rules']>;

/** The policy of `content`, which stands in the file `name`. Throws a PolicyError. */
export function policyOf(content: ConfigContent, name: string): Policy {
  const aliases = Object.entries(content.aliases ?? {}).map(([pattern, alias]): Alias => {
    const keys = ['aliases', pattern];
    if (!ALIAS_NAME.test(alias)) {
      throw new PolicyError(keys, 'an alias is a letter, then letters, digits, - . and _, 100 at most');
    }
    const parsed = patternAt(pattern, keys);
    if (parsed.alias !== null) throw new PolicyError(keys, 'an alias is for a pattern of addresses');
    return { pattern: parsed, name: alias };
  });
  const servers = Object.entries(content.servers ?? {}).map(([pattern, part]) => {
    const keys = ['servers', pattern];
    const parsed = patternAt(pattern, keys);
    if (parsed.alias !== null && !aliases.some((alias) => alias.name === parsed.alias)) {
      throw new PolicyError(keys, `no alias is called ${parsed.alias}; captures hold addresses, not names`);
    }
    return {
      pattern: parsed,
      rules: rulesAt(part.rules ?? {}, [...keys, 'rules'], name),
      expectations: LIMITS.flatMap((limit): Expectation[] => {
        const bounds = part.expect?.[limit.key];
        if (bounds === undefined) return [];
        const { atLeast, atMost, ifNotObserved } = bounds;
        return [
          {
            limit,
            ...(atLeast !== undefined && { atLeast }),
            ...(atMost !== undefined && { atMost }),
            ...(ifNotObserved !== undefined && { ifNotObserved }),
            source: `${name}: ${pathText([...keys, 'expect', limit.key])}`,
          },
        ];
      }),
    };
  });
  return {
    ...NO_POLICY,
    ifNotObserved: content.check?.ifNotObserved ?? NO_POLICY.ifNotObserved,
    maxWarningsSource: `${name}: check.maxWarnings`,
    aliases,
    rules: rulesAt(content.rules ?? {}, ['rules'], name),
    servers,
  };
}

function rulesAt(settings: RuleSettings, keys: KeyPath, name: string): ReadonlyMap<string, RulePolicy> {
  const rules = new Map<string, RulePolicy>();
  for (const [rule, setting] of Object.entries(settings)) {
    if (setting === undefined) continue;
    const { severity, max } = typeof setting === 'string' ? { severity: setting, max: undefined } : setting;
    rules.set(rule, {
      ...(severity !== undefined && { severity }),
      ...(max !== undefined && { max }),
      source: `${name}: ${pathText([...keys, rule])}`,
    });
  }
  return rules;
}

function patternAt(text: string, keys: KeyPath): ServerPattern {
  try {
    return serverPattern(text);
  } catch (error) {
    if (error instanceof PatternError) throw new PolicyError(keys, error.message);
    throw error;
  }
}
