import { describe, expect, test } from 'vitest';
import { explain, oneRound } from './causes.ts';
import type { Close } from './sample.ts';

/** Closes by idle time, moment and age, in seconds. */
function closes(...rows: readonly (readonly [idle: number, moment: number, age?: number])[]): Close[] {
  return rows
    .map(([idle, moment, age = Number.NaN]) => ({ duration: idle * 1e9, time: moment * 1e9, age: age * 1e9 }))
    .sort((a, b) => a.time - b.time);
}

const told = (rows: readonly Close[]) => {
  const { cause, closes } = explain(rows);
  return [cause, closes.length];
};

describe('closes come from', () => {
  test('an idle timer, when their idle times agree', () => {
    expect(told(closes([5, 10, 7], [5.01, 20, 30], [5, 40, 5]))).toEqual(['idle', 3]);
    expect(told(closes([5, 10]))).toEqual(['idle', 1]);
  });

  test('timers that ran side by side, when they close in one moment after the same idle time', () => {
    expect(told(closes([5, 10], [5.001, 10.001], [5.002, 10.002]))).toEqual(['idle', 3]);
  });

  test('an idle timer, when each connection was used once: then age and idle time are the same', () => {
    expect(told(closes([5, 10, 5.1], [5.2, 20, 5.3], [5.4, 30, 5.5]))).toEqual(['idle', 3]);
  });

  test('an age, when their ages agree and their idle times do not', () => {
    expect(told(closes([4, 4.1, 4.1], [3.56, 5.2, 4.1], [3.2, 6, 4.11]))).toEqual(['age', 3]);
  });

  test('an event, when their moments agree and their idle times do not', () => {
    expect(told(closes([1.5, 10], [1.2, 10.001], [0.9, 10.002], [0.6, 10.003]))).toEqual(['event', 0]);
    expect(told(closes([0.87, 10], [0.67, 10.003]))).toEqual(['event', 0]);
  });

  test('an idle timer of a busy server, whose closes follow each other without a pause, though a few had another reason', () => {
    const busy = Array.from({ length: 400 }, (_, n) => [n % 50 === 7 ? 1 + n / 400 : 5, 10 + n / 200] as const);
    expect(told(closes(...busy))).toEqual(['idle', 400]);
    const restart = Array.from({ length: 400 }, (_, n) => [1 + n / 50, 10 + n / 200] as const);
    expect(told(closes(...restart, [5, 20], [5, 30], [5, 40]))).toEqual(['idle', 3]);
  });

  test('an idle timer and an event: without the event', () => {
    const rows = closes([5, 10], [5, 20], [5.01, 30], [1.1, 40], [3.3, 40.001], [0.4, 40.002], [2.7, 40.003]);
    expect(told(rows)).toEqual(['idle', 3]);
  });

  test('a coarse timer that closes several in each of its rounds', () => {
    const rows = closes([2.69, 10], [2.35, 10], [3.1, 11], [2.76, 11.001], [2.42, 11.001], [3.17, 12]);
    expect(told(rows)).toEqual(['idle', 6]);
  });
});

test('one round of a coarse timer is told from what spreads too far, and from what is too short for one', () => {
  expect(oneRound(closes([1.2, 10], [1.8, 10]))).toHaveLength(2);
  expect(oneRound(closes([1.2, 10], [3.8, 10]))).toHaveLength(0);
  expect(oneRound(closes([0.3, 10], [0.8, 10]))).toHaveLength(0);
});
