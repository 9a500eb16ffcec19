// Against V8's own regular expressions, which mean the same (but that 👍 is two characters to them) and may take forever.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pattern, PatternError } from './pattern.ts';

const TEXTS = [
  '',
  'a',
  'A',
  'ab',
  'aab',
  '/api/v1?x=1',
  '/API',
  'a.b',
  'é',
  '例え',
  'a b',
  '{',
  '{1}',
  ']',
  'a\\b',
  '-',
  '_x',
  '12',
  '\t',
];

test.each([
  ...['a', '^a', 'a$', '^$', '', 'a|b', '|', '(a|b)+', 'a*', 'a+?', 'a??b', '.', '^.$', '^..$', '\\.', '\\/', '/'],
  ...['[ab]', '[^ab]', '[a-c]+$', '[\\]]', '[]', '[^]', '[\\w.]', '\\d+', '\\D', '\\s', '\\S+', '\\w', '\\W'],
  ...['\\bapi\\b', '\\Bp', 'a{2}', '^a{1,2}b', 'a{0}', 'a{1,}$', '{', 'a{', '{1', ']', '}', '\\x61', '\\u4f8b', '\\t'],
  ...['(?:a)(b)', '(?<name>a)b', '^(?:|a)$', '(a*)*b', '((a?)*)*$', 'é', '例', '\\\\', '\\-', '_', '^(?:){3}a', '\\0'],
])('%s', (source) => {
  const native = new RegExp(source, 'i');
  const pattern = new Pattern(source);
  for (const text of TEXTS) expect([text, pattern.test(text)]).toEqual([text, native.test(text)]);
});

test('any expression of these parts means what V8 says', () => {
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '^', '$', '\\b', '\\B', '\\w', ' '),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => a + b),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}|${b})`),
      fc
        .tuple(tie('expression'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{1,}', '*?'))
        .map(([a, q]) => `(?:${a})${q}`),
    ),
  }));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', ' ', '-'), maxLength: 6 });
  fc.assert(
    fc.property(expression, fc.array(text, { maxLength: 5 }), (source, texts) => {
      const native = new RegExp(source, 'i');
      const pattern = new Pattern(source);
      for (const each of texts) expect(pattern.test(each)).toBe(native.test(each));
    }),
    { numRuns: 500 },
  );
});

describe('what V8 would not be ready with in a lifetime', () => {
  test.each([
    ['(a+)+$', `${'a'.repeat(300)}!`],
    ['(a|a)*b', 'a'.repeat(300)],
    ['a*a*a*a*a*a*a*a*b', 'a'.repeat(300)],
    ['(a|b)*a(a|b){20}$', `${'ab'.repeat(150)}!`],
  ])('%s', (source, text) => {
    expect(new Pattern(source).test(text)).toBe(false);
  });

  test.each(['((){999}){9}', '(a{100}){100}', 'a{1000000000}', '(){1000000000}'])('%s is too large', (source) => {
    expect(() => new Pattern(source)).toThrow(PatternError);
  });
});

test('what is remembered does not grow without end', () => {
  const pattern = new Pattern('(a|b)*a(.){12}x$');
  const texts = Array.from({ length: 300 }, (_, i) =>
    Array.from({ length: 300 }, (_, j) => 'ab'[(((i + 7) * (j + 3) ** 2 + j) % 13) % 2]).join(''),
  );
  for (const text of texts) expect(pattern.test(text)).toBe(false);
  expect(pattern.test(`a${'b'.repeat(12)}x`)).toBe(true);
});
