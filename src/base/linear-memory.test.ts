import { describe, expect, test } from 'vitest';
import { LinearMemory } from './linear-memory.ts';
import { Rows } from './rows.ts';

const begin = () => new LinearMemory(new WebAssembly.Memory({ initial: 1, maximum: 1000, shared: true }));

/** Takes the row that was let go of last, as the kernel does. */
function take(rows: Rows): number {
  const { words, freeList } = rows;
  if (words[freeList] === 0) rows.more();
  return rows.words[rows.words[freeList + 1]! + --rows.words[freeList]!]!;
}

describe('a memory', () => {
  test('gives parts that do not overlap, at multiples of 64, and keeps what is in them when it grows', () => {
    const memory = begin();
    const parts: { address: number; length: number }[] = [];
    for (const length of [1, 8, 63, 64, 65, 1000, 100_000, 1, 3_000_000, 7]) {
      const address = memory.take(length);
      expect(address % 64).toBe(0);
      expect(address).toBeGreaterThan(0);
      memory.bytes.fill(parts.length + 1, address, address + length);
      parts.push({ address, length });
    }
    for (const [index, { address, length }] of parts.entries()) {
      expect(memory.bytes.subarray(address, address + length).every((byte) => byte === index + 1)).toBe(true);
    }
    expect(memory.size).toBeGreaterThanOrEqual(3_101_209);
  });

  test('shows the same bytes in four ways', () => {
    const memory = begin();
    const address = memory.take(200_000);
    memory.doubles[address / 8] = 1.5;
    expect(memory.view.getFloat64(address, true)).toBe(1.5);
    expect(memory.bytes.readDoubleLE(address)).toBe(1.5);
    expect(memory.words[address / 4 + 1]).toBe(0x3ff80000);
  });

  test('gives again what was given back, in parts', () => {
    const memory = begin();
    const sizes = [100_000, 300, 5000, 64, 1, 20_000];
    const parts = sizes.map((length) => ({ address: memory.take(length), length }));
    const end = memory.take(1);
    for (const i of [0, 2, 5]) memory.giveBack(parts[i]!.address, parts[i]!.length);
    const taken: { address: number; length: number }[] = [];
    for (let length = 1; taken.length < 40; length = (length * 7) % 30_011) {
      taken.push({ address: memory.take(length), length });
    }
    const before = taken.filter(({ address }) => address < end);
    expect(before.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(60_000);
    // None lies where another one does, or where something lies that was not given back.
    const all = [...taken, ...[1, 3, 4].map((i) => parts[i]!), { address: end, length: 1 }];
    all.sort((a, b) => a.address - b.address);
    for (const [i, { address, length }] of all.entries()) {
      expect(address % 64).toBe(0);
      expect(address + length).toBeLessThanOrEqual(all[i + 1]?.address ?? memory.size);
    }
  });

  test('is empty again', () => {
    const memory = begin();
    const first = memory.take(1);
    memory.giveBack(memory.take(1_000_000), 1_000_000);
    memory.reset();
    expect(memory.take(1)).toBe(first);
  });

  test('holds rows of several kinds, each used again when it is free', () => {
    const memory = begin();
    const small = new Rows(4, memory);
    const large = new Rows(80, memory);
    const places = new Map<number, number>();
    for (let i = 1; i <= 3000; i++) {
      const rows = i % 2 === 0 ? small : large;
      const place = take(rows);
      expect(place).toBeGreaterThan(0);
      expect(places.has(place)).toBe(false);
      places.set(place, i);
      rows.words.fill(i, place, place + (rows === small ? 4 : 80));
    }
    for (const [place, i] of places) {
      const rows = i % 2 === 0 ? small : large;
      const row = rows.words.subarray(place, place + (rows === small ? 4 : 80));
      expect(row.every((word) => word === i)).toBe(true);
    }
    const [place] = [...places].find(([, i]) => i % 2 === 1)!;
    large.give(place);
    expect(take(large)).toBe(place);
    expect(places.has(take(large))).toBe(false);
  });
});

test('a view of a memory still shows its bytes when that has grown', () => {
  const memory = begin();
  const address = memory.take(4);
  const { words } = memory;
  memory.take(10_000_000);
  expect(memory.words).not.toBe(words);
  memory.words[address / 4] = 7;
  expect(words[address / 4]).toBe(7);
});
