import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fields, readField, readFieldLines } from './fields.ts';
import { KnownLines } from './known-lines.ts';

/** The head's fields, all lines at once, and where they end. */
function readHead(head: string, names: boolean): { fields: Fields; end: number } {
  const buffer = Buffer.from(`99${head}99`, 'latin1');
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  const fields = new Fields();
  fields.isRequest = true;
  return { fields, end: readFieldLines(fields, buffer, view, 2, buffer.length - 2, names) - 2 };
}

/** The same line by line: nothing is remembered on that way. */
function readLines(lines: readonly string[], names: boolean): Fields {
  const fields = new Fields();
  fields.isRequest = true;
  for (const line of lines) {
    const buffer = Buffer.from(line, 'latin1');
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    if (buffer.length > 4) readField(fields, buffer, view, 0, buffer.length, names);
  }
  return fields;
}

const LINES = [
  'Connection: keep-alive',
  'connection: Keep-Alive, Upgrade',
  'Connection: keep-alive, close',
  'Connection: close',
  'Keep-Alive: timeout=5, max=100',
  'Keep-Alive: timeout=75',
  'Keep-Alive: nonsense',
  'Content-Length: 12',
  'Content-Length: 13',
  'Content-Type: text/html',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Expect: 100-continue',
  'Expect: something else',
  'Upgrade: websocket',
  'User-Agent: curl/8.5.0',
  'User-Agent:   wget/1.21  ',
  'Server: nginx/1.22.1',
  'Host: api.example.test:8080',
  'X-Request-Id: 0123456789abcdef',
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'Accept: application/json',
  'A: b',
  'Cookie: \x80\x00\x00\x00\x00\x00\x00\x00\x00',
  'Cookie: \x00\x00\x00\x00\x00\x00\x00\x00\x00',
  `User-Agent: ${'x'.repeat(300)}`,
];

describe('lines that were read before', () => {
  const line = fc.oneof(
    fc.constantFrom(...LINES),
    fc.string({ maxLength: 40 }).map((value) => `Cookie: session=${value.replace(/[\r\n]/g, '')}`),
    fc.nat(99).map((length) => `Content-Length: ${length}`),
    fc.nat(99).map((host) => `Host: ${host}.example.test`),
  );

  test('do what they did', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), fc.boolean(), (lines, names, bare) => {
        const end = bare ? '\n' : '\r\n';
        const head = lines.map((text) => text + end).join('');
        // The second time all of it was read before.
        for (let time = 0; time < 2; time++) {
          const { fields, end: stopped } = readHead(head + end, names);
          expect(fields).toEqual(readLines(lines, names));
          expect(stopped).toBe(head.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('are not taken for whole where the capture, or the head, ends inside of them', () => {
    const text = 'Keep-Alive: timeout=7';
    readHead(`${text}\r\n\r\n`, true);
    readHead(`${text}\r\n\r\n`, true);
    for (let length = 0; length < text.length + 2; length++) {
      const { fields, end } = readHead(`${text}\r\n`.slice(0, length), true);
      expect([fields.keepAliveTimeout, end]).toEqual([-1, 0]);
    }
  });
});

describe('what is remembered', () => {
  const viewOf = (text: string) => {
    const buffer = Buffer.from(text, 'latin1');
    return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  };
  const learnt = (text: string) => {
    const lines = new KnownLines();
    const view = viewOf(text);
    const slot = lines.slotOf(view, 0, text.length);
    return slot >= 0 && lines.learn(slot, view, 0, text.length) ? { lines, slot } : null;
  };

  test.each([
    ['too short', 'Accept: */*\r\n'],
    ['too long', `Cookie: ${'x'.repeat(250)}\r\n`],
    ['not ASCII', 'Cookie: 0123456789 \xe9\r\n'],
    ['with a control character', 'Cookie: 0123456789\x00\r\n'],
  ])('not a line that is %s', (_, text) => {
    expect(learnt(text)).toBeNull();
  });

  test('is found by all of its bytes', () => {
    const text = 'Accept: application/json\r\n';
    const { lines, slot } = learnt(text)!;
    expect(lines.lengthAt(slot, viewOf(text), 0, text.length)).toBe(text.length);
    expect(lines.lengthAt(slot, viewOf(text), 0, text.length - 1)).toBe(0);
    for (let at = 0; at < text.length; at++) {
      const other = `${text.slice(0, at)}\x7f${text.slice(at + 1)}`;
      expect(lines.lengthAt(slot, viewOf(other), 0, other.length)).toBe(0);
    }
  });

  test('gives way to a line that comes more often', () => {
    const { lines, slot } = learnt('Accept: application/json\r\n')!;
    const other = 'Accept: application/text\r\n';
    let tries = 1;
    while (!lines.learn(slot, viewOf(other), 0, other.length)) tries++;
    expect(tries).toBeGreaterThan(1);
    expect(lines.lengthAt(slot, viewOf(other), 0, other.length)).toBe(other.length);
  });
});
