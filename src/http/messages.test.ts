// Every case of fixtures/messages: the same messages, whatever segments the bytes come in.
import { describe, expect, test } from 'vitest';
import { type Cut, type MessageCase, messageCases, replay, replayTogether } from '../testing/message-cases.ts';

const FILES = messageCases('fixtures/messages');
const ALL = FILES.flatMap(({ cases }) => cases);

const whole: Cut = (length) => [length];
const inSegmentsOf =
  (size: number): Cut =>
  (length) => {
    const sizes: number[] = new Array(Math.floor(length / size)).fill(size);
    return length % size === 0 ? sizes : [...sizes, length % size];
  };
/** In two, at one place of the whole conversation. */
const cutAt =
  (place: number): Cut =>
  (length, before) =>
    place > before && place < before + length ? [place - before, before + length - place] : [length];

/** Beyond this many bytes not every cut is tried. */
const SHORT = 2000;

function cutsOf({ blocks }: MessageCase): { readonly name: string; readonly cut: Cut }[] {
  const length = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const longest = Math.max(...blocks.map(({ bytes }) => bytes.length));
  const every = (end: number) => Array.from({ length: end }, (_, index) => index + 1);
  const places = length <= SHORT ? every(length - 1) : [1, 7, 16, 17, 18, 19, length >> 1, length - 2, length - 1];
  const sizes = length <= SHORT ? every(longest - 1) : [61, 256, 1460, 65_535];
  return [
    ...places.map((place) => ({ name: `cut at ${place}`, cut: cutAt(place) })),
    ...sizes.map((size) => ({ name: `in segments of ${size}`, cut: inSegmentsOf(size) })),
  ];
}

describe.each(FILES)('$file', ({ cases }) => {
  test.each(cases)('$title', (message) => {
    const outcome = replay(message, whole);
    expect(outcome.rows).toEqual(message.expected);
    expect(outcome.protocol).toBe(message.protocol);
    if (message.asWritten) return;
    const expected = JSON.stringify(outcome);
    for (const { name, cut } of cutsOf(message)) {
      const other = replay(message, cut);
      if (JSON.stringify(other) !== expected) expect(other, name).toEqual(outcome);
    }
  });
});

test('all of them at once, their segments taking turns', () => {
  const cases = ALL.filter(({ asWritten }) => !asWritten);
  const outcomes = replayTogether(cases, inSegmentsOf(7));
  cases.forEach((message, index) => {
    expect(outcomes[index]!.rows, message.title).toEqual(message.expected);
  });
});
