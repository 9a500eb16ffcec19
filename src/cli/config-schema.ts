// What may stand in a configuration, as a table: it checks what was written, and schema/finrace-config.schema.json is
// made from it. Loaded only when there is a configuration.
import * as v from 'valibot';
import { MOST_SHARES } from '../analysis/options.ts';
import { LIMITS } from '../policy/limits.ts';
import { FORMATS } from '../report/formats.ts';
import { SEVERITIES } from '../rules/finding.ts';
import { isDay } from './day.ts';
import { nearest } from './nearest.ts';
import { DETAILS, noAddress, withoutBrackets } from './options.ts';
import { COLOR_CHOICES } from './terminal.ts';

/** Counts and seconds beyond this are a slip of the hand. */
const MOST = 1e9;

const ordered = [...SEVERITIES].reverse();

/** A choice of words; another word names the nearest of them. */
function choice<const T extends readonly string[]>(words: T, description: string) {
  return v.pipe(
    v.picklist(words, ({ input }) => {
      const meant = typeof input === 'string' ? nearest(input, words) : undefined;
      const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
      return `must be ${listed(words)}, not ${shown(input)}${hint}`;
    }),
    v.description(description),
  );
}

function object<const T extends v.ObjectEntries>(entries: T, description: string) {
  const schema = v.strictObject(entries, (issue) => {
    const key = issue.path?.at(-1)?.key;
    if (issue.expected === 'Object') return `must be a mapping of names to values, not ${shown(issue.input)}`;
    if (issue.expected !== 'never') return missing(String(key), Object.keys(entries), issue.path?.at(-1)?.input);
    const meant = nearest(String(key), Object.keys(entries));
    const keys = Object.keys(entries);
    const known = keys.length > 12 ? '' : ` (known: ${keys.join(', ')})`;
    return `unknown key${meant === undefined ? known : ` (did you mean ${meant}?)`}`;
  });
  return v.pipe(noList(schema), v.description(description));
}

/** A key that must be there is not; perhaps one that is there was meant. */
function missing(key: string, known: readonly string[], mapping: unknown): string {
  const unknown = typeof mapping === 'object' && mapping !== null ? Object.keys(mapping) : [];
  const meant = unknown.find((name) => !known.includes(name) && nearest(name, [key]) !== undefined);
  return `is missing${meant === undefined ? '' : `; there is ${shown(meant)} (did you mean ${key}?)`}`;
}

/** The library takes a list for an object; here it is a mistake. */
function noList<const T extends v.GenericSchema>(schema: T): T {
  return {
    ...schema,
    '~run'(dataset, config) {
      if (!Array.isArray(dataset.value)) return schema['~run'].call(this, dataset, config);
      v._addIssue(this as never, 'type', dataset, config);
      return dataset;
    },
  } satisfies T;
}

const text = (description: string) =>
  v.pipe(v.string(mustBe('a text')), v.minLength(1, mustBe('a text')), v.description(description));

const address = v.pipe(
  text('An IP address.'),
  v.check(
    (host) => noAddress(withoutBrackets(host)) === null,
    ({ input }) => `${shown(input)} ${noAddress(withoutBrackets(input))}`,
  ),
);

const number = (description: string) =>
  v.pipe(
    v.number(mustBe('a number')),
    v.minValue(0, mustBe('a number from 0 on')),
    v.maxValue(MOST, mustBe(`a number up to ${MOST}`)),
    v.description(description),
  );

const whole = (description: string) =>
  v.pipe(
    v.number(mustBe('a whole number')),
    v.integer(mustBe('a whole number')),
    v.minValue(0, mustBe('a whole number from 0 on')),
    v.maxValue(MOST, mustBe(`a whole number up to ${MOST}`)),
    v.description(description),
  );

const flag = (description: string) => v.pipe(v.boolean(mustBe('true or false')), v.description(description));

const list = <T extends v.GenericSchema>(item: T, description: string) =>
  v.pipe(v.array(item, mustBe('a list')), v.description(description));

const mapping = <T extends v.GenericSchema>(value: T, description: string) =>
  v.pipe(noList(v.record(v.string(), value, mustBe('a mapping of names to values'))), v.description(description));

/** The schema for the rules of a catalogue. */
export function configSchema(ruleNames: readonly string[]) {
  const ruleName = choice(ruleNames, 'Name of a rule, see `finrace rules`.');
  const severity = choice([...ordered, 'off'] as const, "In place of the rule's own severity; off: no finding.");
  const rules = () =>
    object(
      Object.fromEntries(
        ruleNames.map((name) => [
          name,
          v.optional(
            v.union([
              severity,
              object(
                {
                  severity: v.optional(severity),
                  max: v.optional(whole('So many findings are tolerated, whatever their severity.')),
                },
                'Severity and budget.',
              ),
            ]),
          ),
        ]),
      ),
      'What is wanted of single rules: a severity, off, or a severity and a budget.',
    );
  const ifNotObserved = choice(['pass', 'fail'] as const, 'What an expectation comes to that nothing was seen for.');
  const expectations = Object.fromEntries(
    LIMITS.map((limit) => {
      const bound = limit.unit === 'seconds' ? number : whole;
      return [
        limit.key,
        v.optional(
          v.pipe(
            object(
              {
                atLeast: v.optional(bound(`In ${limit.unit}.`)),
                atMost: v.optional(bound(`In ${limit.unit}.`)),
                ifNotObserved: v.optional(ifNotObserved),
              },
              `The ${limit.words}, in ${limit.unit}.`,
            ),
            v.check(
              ({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined,
              'needs atLeast, atMost or both',
            ),
            v.check(({ atLeast = 0, atMost = MOST }) => atLeast <= atMost, 'atLeast is greater than atMost'),
          ),
        ),
      ];
    }),
  );
  return object(
    {
      $schema: v.optional(text('Where editors find the schema of this file.')),
      only: v.optional(list(ruleName, 'Show only findings of these rules.')),
      ignore: v.optional(list(ruleName, 'Show no findings of these rules.')),
      minSeverity: v.optional(choice(ordered, 'Show no findings below this.')),
      hosts: v.optional(list(address, 'Look only at traffic of these IP addresses.')),
      ports: v.optional(
        list(
          v.pipe(
            whole('A port.'),
            v.minValue(1, mustBe('a port (1 to 65535)')),
            v.maxValue(65_535, mustBe('a port (1 to 65535)')),
          ),
          'Look only at traffic of these TCP ports.',
        ),
      ),
      format: v.optional(
        choice(
          FORMATS.map(({ name }) => name),
          'Output format.',
        ),
      ),
      output: v.optional(
        text('Write the report to this file (FILE or FORMAT=FILE), from the folder of the configuration.'),
      ),
      outputs: v.optional(
        list(text('FORMAT=FILE'), 'Write further reports, each FORMAT=FILE, from the folder of the configuration.'),
      ),
      detail: v.optional(choice(DETAILS, 'How much of the connections JSON holds.')),
      jobs: v.optional(
        v.pipe(
          whole('Threads that read; the report is the same.'),
          v.minValue(1, mustBe(`a number from 1 to ${MOST_SHARES}`)),
          v.maxValue(MOST_SHARES, mustBe(`a number from 1 to ${MOST_SHARES}`)),
        ),
      ),
      ladders: v.optional(flag('Read the captures twice, for the segments around each finding.')),
      color: v.optional(choice(COLOR_CHOICES, 'Colour the output.')),
      quiet: v.optional(flag('Only the one sentence that matters most; no progress.')),
      aliases: v.optional(
        mapping(
          text('A name: letters, digits, - . and _.'),
          'Names for servers whose address changes: pattern to name.',
        ),
      ),
      check: v.optional(
        object(
          {
            failOn: v.optional(choice([...ordered, 'never'] as const, 'Fail when a finding is at or above this.')),
            maxWarnings: v.optional(whole('Fail when there are more warnings.')),
            onTruncated: v.optional(
              choice(['warn', 'fail'] as const, 'What a capture comes to that could not be read to its end.'),
            ),
            ifNotObserved: v.optional(ifNotObserved),
            baseline: v.optional(text('The file of findings that are known, from the folder of the configuration.')),
            strictBaseline: v.optional(flag('Expired and unused entries of the baseline are an error.')),
          },
          'What `finrace check` fails on.',
        ),
      ),
      rules: v.optional(rules()),
      servers: v.optional(
        mapping(
          object(
            {
              rules: v.optional(rules()),
              expect: v.optional(object(expectations, 'What these servers are expected to do.')),
            },
            'What is wanted of these servers.',
          ),
          'What is wanted of some servers, by a pattern: 10.0.0.5:8080, *:8080, 10.1.*, 10.1.0.0/16:80-90, [fd00::/8]:80, or an alias.',
        ),
      ),
    },
    'Configuration of finrace.',
  );
}

export type ConfigContent = v.InferOutput<ReturnType<typeof configSchema>>;

const baselineText = (most: number) => v.pipe(v.string(mustBe('a text')), v.maxLength(most, mustBe('a shorter text')));

/** A date as it is written: a day that exists. */
const date = v.pipe(
  v.string(mustBe('a date, YYYY-MM-DD')),
  v.regex(/^\d{4}-\d\d-\d\d$/, mustBe('a date, YYYY-MM-DD')),
  v.check((day) => isDay(day), mustBe('a day of the calendar')),
);

/** The schema of a baseline. */
export const BASELINE = object(
  {
    $schema: v.optional(text('Where editors find the schema of this file.')),
    schema: choice(['finrace-baseline/1'] as const, 'Version of this file.'),
    fingerprintVersion: whole('Version of the way in which fingerprints are derived.'),
    findings: list(
      object(
        {
          fingerprint: v.pipe(
            v.string(mustBe('a text')),
            v.regex(/^[0-9a-f]{32}$/, mustBe('32 hexadecimal digits')),
            v.description('What a finding is known by.'),
          ),
          rule: v.pipe(baselineText(100), v.description('For people: name of the rule.')),
          server: v.pipe(baselineText(200), v.description('For people: address:port, or the alias.')),
          route: v.pipe(v.nullable(baselineText(1000)), v.description('For people: method and path.')),
          summary: v.pipe(baselineText(1000), v.description('For people: what it is about.')),
          count: v.pipe(whole('So many findings are tolerated.'), v.minValue(1, mustBe('a whole number from 1 on'))),
          reason: v.pipe(v.nullable(baselineText(1000)), v.description('Why it is tolerated.')),
          expires: v.pipe(v.nullable(date), v.description('The last day (UTC) on which it is tolerated.')),
          owner: v.pipe(v.nullable(baselineText(200)), v.description('Who looks after it.')),
        },
        'A finding that is known.',
      ),
      'By server, rule, route and fingerprint.',
    ),
  },
  'Findings that are known and tolerated for now.',
);

function mustBe(what: string): (issue: { readonly input: unknown }) => string {
  return ({ input }) => `must be ${what}, not ${shown(input)}`;
}

/** A value in a few letters. */
function shown(input: unknown): string {
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object' && input !== null) return 'a mapping';
  if (input === undefined) return 'nothing';
  const written = typeof input === 'string' ? JSON.stringify(input) : String(input);
  return written.length > 60 ? `${written.slice(0, 60)}...` : written;
}

function listed(words: readonly string[]): string {
  if (words.length > 8) return 'a known name';
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
