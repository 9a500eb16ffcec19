import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteCount, enumerate, filterSet, plural, wrap } from './layout.ts';

describe('wrapping', () => {
  test('breaks between words, indents the rest', () => {
    expect(wrap('one two three four', 11, '- ', '  ')).toEqual(['- one two', '  three', '  four']);
  });

  test('a word longer than the line stays whole', () => {
    expect(wrap('a 1234567890 b', 6, ' ')).toEqual([' a', ' 1234567890', ' b']);
  });

  test('keeps all words in order, at every width', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z0-9]{1,12}$/)), fc.integer({ min: 1, max: 60 }), (words, width) => {
        const lines = wrap(words.join(' '), width);
        expect(lines.join(' ').split(' ').filter(Boolean)).toEqual(words);
        for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
      }),
    );
  });
});

test('a set for a display filter has commas and ranges, and says what it leaves out', () => {
  expect(filterSet([3], 9)).toEqual({ set: '{3}', rest: 0 });
  expect(filterSet([12, 3, 7, 9, 8, 3, 13], 9)).toEqual({ set: '{3, 7..9, 12, 13}', rest: 0 });
  expect(filterSet([1, 3, 5, 6, 7], 2)).toEqual({ set: '{1, 3}', rest: 3 });
});

test.each([
  [0, '0 B'],
  [812, '812 B'],
  [123_456, '123 kB'],
  [999_600, '1 MB'],
  [4_200_000_000, '4.2 GB'],
])('%s bytes are %s', (bytes, words) => {
  expect(byteCount(bytes)).toBe(words);
});

test('counts and lists', () => {
  expect(plural(1, 'frame')).toBe('1 frame');
  expect(plural(1234, 'frame')).toBe('1,234 frames');
  expect(enumerate(['a', 'b', 'c'])).toBe('a, b and c');
});
