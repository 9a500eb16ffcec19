import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeForTerminal, escapeForXml, jsonFor } from './escape.ts';

describe('what came from the wire never reaches the terminal raw', () => {
  test.each([
    ['a clipboard write (OSC 52)', '/\x1b]52;c;cm0gLXJmIC8=\x07', '/\\x1b]52;c;cm0gLXJmIC8=\\x07'],
    ['a colour and a cursor move (CSI)', '\x1b[2J\x1b[1;1H', '\\x1b[2J\\x1b[1;1H'],
    ['CSI as one C1 byte', '\x9b31m', '\\x9b31m'],
    ['a carriage return that overwrites the line', 'bad\rgood', 'bad\\x0dgood'],
    ['newlines that forge a report line', '/a\nNo problem found', '/a\\x0aNo problem found'],
    ['NUL, backspace, DEL', '\0\b\x7f', '\\x00\\x08\\x7f'],
    ['a bidi override', 'exe.\u202egnp', 'exe.\\u202egnp'],
    ['bidi isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['zero-width characters and the byte order mark', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['invisible tags beyond the basic plane', 'a\u{e0041}', 'a\\u{e0041}'],
    ['a lone surrogate', 'a\ud800', 'a\\ud800'],
  ])('%s', (_, hostile, shown) => {
    expect(escapeForTerminal(hostile)).toBe(shown);
  });

  test('visible text stays itself', () => {
    const text = 'GET /prices?id=7&name=Grüße 価格 😀 C:\\captures\\x1.pcap';
    expect(escapeForTerminal(text)).toBe(text);
  });

  test('every single byte comes out printable', () => {
    for (let byte = 0; byte < 256; byte++) {
      expect(escapeForTerminal(String.fromCharCode(byte))).toMatch(/^[\x20-\x7e\xa0-\xff]+$/);
    }
  });
});

describe('a log of a CI job', () => {
  test.each([
    ['::error::x', ':\\x3aerror::x'],
    ['GET ::add-mask::x', 'GET :\\x3aadd-mask::x'],
    ['\u3000::Warning file=a::x', '\u3000:\\x3aWarning file=a::x'],
    ['a##[error]x ##vso[a]b ##teamcity[c', 'a#\\x23[error]x #\\x23vso[a]b #\\x23teamcity[c'],
  ])('%j is no command', (text, shown) => expect(escapeForTerminal(text)).toBe(shown));

  test.each(['::1', '[::1]:80', '::ffff:10.0.0.1', 'fd00::2', 'std::vector', 'a ## b', '### h'])(
    '%j is what it is',
    (text) => expect(escapeForTerminal(text)).toBe(text),
  );

  test('in JSON it is an escape that every reader takes back', () => {
    expect(jsonFor('##[error]')).toBe('"#\\u0023[error]"');
    expect(JSON.parse(jsonFor('##[error]'))).toBe('##[error]');
  });
});

describe('XML', () => {
  test('has neither markup nor control characters', () => {
    expect(escapeForXml('<a b="c">&\'\x00\x1b\uffff]]>')).toBe(
      '&lt;a b=&quot;c&quot;&gt;&amp;&apos;\\x00\\x1b\\uffff]]&gt;',
    );
  });
});

describe('JSON', () => {
  test('hold the same value for every reader, with nothing invisible raw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = jsonFor(text);
        expect(JSON.parse(json)).toBe(text);
        expect(json).toBe(escapeForTerminal(json));
      }),
    );
  });

  test('C1, bidi and surrogate pairs', () => {
    expect(jsonFor('\x9b\u202e\u{e0041}')).toBe('"\\u009b\\u202e\\udb40\\udc41"');
  });
});
