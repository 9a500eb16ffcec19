// The catalogue for people: the list, and one rule with all that is known about it.
import type { RuleDocumentation } from '../rules/rule.ts';
import { painter, wrap } from './layout.ts';
import { SEVERITY_STYLES } from './text.ts';

interface TextOptions {
  readonly color: boolean;
  readonly width: number;
}

/** Longer lines of prose are hard to read. */
const WIDEST_PROSE = 100;

export function* renderRuleList(rules: readonly RuleDocumentation[], { color, width }: TextOptions): Iterable<string> {
  const paint = painter(color);
  for (const { id, severities, title } of rules) {
    const words = severities.map((severity) => paint(SEVERITY_STYLES[severity], severity)).join(', ');
    yield `${paint('bold', id)} (${words})\n`;
    for (const line of wrap(title, Math.min(width, WIDEST_PROSE), '  ')) yield `${line}\n`;
  }
}

export function* renderRule(rule: RuleDocumentation, { color, width }: TextOptions): Iterable<string> {
  const paint = painter(color);
  const prose = (words: string, indent = '  ', hanging = indent) =>
    wrap(words, Math.min(width, WIDEST_PROSE), indent, hanging).map((line) => `${line}\n`);
  yield* renderRuleList([rule], { color, width });
  for (const [heading, words] of [
    ['Why it happens', rule.explanation],
    ['What to change', rule.advice],
    ['How it is proven', rule.proof],
  ] as const) {
    yield `\n${paint('bold', heading)}\n`;
    yield* prose(words);
  }
  if (rule.symptoms.length > 0) {
    yield `\n${paint('bold', 'What logs call it')}\n`;
    for (const symptom of rule.symptoms) yield* prose(symptom, '  - ', '    ');
  }
  if (rule.example !== '') {
    yield `\n${paint('bold', 'A conversation that shows it')} (seconds, Client or Server, what is sent)\n`;
    for (const line of rule.example.trim().split('\n')) yield `  ${line.trim()}\n`;
  }
}

/** Rules that `words` may mean: by a part of the name or title, or by what a log says. */
export function findRules(words: string, rules: readonly RuleDocumentation[]): readonly RuleDocumentation[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return [];
  const bySymptom = rulesBySymptom(words, rules);
  return rules.filter(
    (rule) => rule.id.includes(wanted) || rule.title.toLowerCase().includes(wanted) || bySymptom.includes(rule),
  );
}

/**
 * Rules that a log may call so. The log's line may be longer than the symptom ("Error: socket hang up at …") or
 * shorter, and differ in case, punctuation and numbers ("[Errno 104]", "(104, 'Connection reset by peer')").
 */
export function rulesBySymptom(text: string, rules: readonly RuleDocumentation[]): readonly RuleDocumentation[] {
  const wanted = wordsOf(text);
  if (wanted === '') return [];
  return rules.filter(({ symptoms }) =>
    symptoms.some((symptom) => {
      const words = wordsOf(symptom);
      return words !== '' && (` ${words} `.includes(` ${wanted} `) || ` ${wanted} `.includes(` ${words} `));
    }),
  );
}

/** Letters in lower case, with one blank between words. */
function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}]+/gu, ' ')
    .trim();
}
