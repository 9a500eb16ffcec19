// The folder against the table, and what every rule must tell.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findingsOf } from '../testing/findings-of.ts';
import { CONNECTION_RULES, RETRY_RULES, RULES, ruleNamed, SERVER_RULES } from './catalogue.ts';
import { SEVERITIES } from './finding.ts';

const folder = new URL('.', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
const catalogue = readFileSync(new URL('catalogue.ts', folder), 'utf8');

/** Everything that is to be found one day. */
const ALL_RULES = [
  'fin-crosses-request',
  'request-after-fin',
  'request-dropped-at-close',
  'reset-instead-of-response',
  'reset-mid-response',
  'reset-destroys-response',
  'truncated-response',
  'idle-timeout-mismatch',
  'keep-alive-header-mismatch',
  'reuse-near-timeout',
  'client-gave-up',
  'idle-connection-dropped',
  'undelayed-close',
  'unannounced-close',
  'request-after-close-header',
  'close-not-initiated',
  'half-closed-lingering',
  'unsafe-retry',
  'keep-alive-unused',
];

test('every rule has a file of its name, and every file with a rule stands in the table', () => {
  const withRule = files.filter((file) =>
    /^export const \w+: (?:Server|Endpoint)?Rule =/m.test(readFileSync(new URL(file, folder), 'utf8')),
  );
  expect(RULES.map(({ documentation }) => `${documentation.id}.ts`).sort()).toEqual(withRule.sort());
});

test('every rule has a test', () => {
  const tests = readdirSync(folder);
  for (const { documentation } of RULES) expect(tests).toContain(`${documentation.id}.test.ts`);
});

test('what is not there yet has its place in the table', () => {
  for (const id of ALL_RULES) {
    if (ruleNamed(id) === undefined) expect(catalogue).toMatch(new RegExp(`// .*\\b${id}\\b`));
  }
  for (const { documentation } of RULES) expect(ALL_RULES).toContain(documentation.id);
});

test('rules are found by their names', () => {
  expect(ruleNamed('fin-crosses-request')).toBe(CONNECTION_RULES[0]);
  expect(ruleNamed('idle-timeout-mismatch')).toBe(SERVER_RULES[0]);
  expect(ruleNamed('no-such-rule')).toBeUndefined();
});

describe.each(RULES.map(({ documentation }) => documentation))('$id', (documentation) => {
  test('tells what, why, how it is proven, what to change and what logs call it', () => {
    expect(documentation.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    for (const words of ['title', 'explanation', 'advice', 'proof'] as const) {
      expect(documentation[words], words).toMatch(/^[A-Z"].*\.$/s);
    }
    expect(documentation.title).not.toContain('\n');
    expect(documentation.headline).toMatch(/^[a-z].*[^.]$/);
    expect(documentation.symptoms.length).toBeGreaterThan(0);
    for (const symptom of documentation.symptoms) expect(symptom.trim()).not.toBe('');
  });

  test('has its severities in order, the gravest first', () => {
    const ranks = documentation.severities.map((severity) => SEVERITIES.indexOf(severity));
    expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => b - a));
    expect(ranks.length).toBeGreaterThan(0);
  });

  test('its example shows it, and nothing else comes first', async () => {
    const [first, second] = await findingsOf(documentation.example);
    // A retry comes behind the loss that it answers.
    const finding = RETRY_RULES.some((rule) => rule.documentation === documentation) ? second : first;
    expect(finding?.rule).toBe(documentation.id);
    expect(documentation.severities).toContain(finding!.severity);
  });

  test('its words are sentences that name frames, without gaps', async () => {
    for (const finding of await findingsOf(documentation.example)) {
      for (const words of [finding.summary, finding.explanation, finding.advice, ...finding.consequences]) {
        expect(words).toMatch(/^\S.*\.$/s);
        expect(words).not.toMatch(/ {2}|undefined|NaN|unknown time|null/);
      }
      expect(finding.displayFilter).toMatch(/^(tcp\.stream eq \d+ && )?frame\.number in \{\d+(, \d+)*\}$/);
    }
  });
});
