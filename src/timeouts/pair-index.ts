// Finds the row of an IPv4 pair of client and server by three words, with no text and no object on the way: asked once
// per connection. The kernel looks into it by itself (kernel/pairs.ts).
import { hashPair } from '../base/hash.ts';
import { type Memory, PlainMemory } from '../base/plain-memory.ts';
import { ENTRIES, ENTRY_CLIENT, ENTRY_PORT, ENTRY_ROW, ENTRY_SERVER, ENTRY_STRIDE, MASK } from './count-layout.ts';

const FIRST_ENTRIES = 1024;

export class PairIndex {
  /** Where it is told where its entries lie, and how many there are: see count-layout.ts. */
  readonly place: number;
  private readonly memory: Memory;
  private count = 0;

  constructor(memory: Memory = new PlainMemory()) {
    this.memory = memory;
    this.place = memory.take(8) >> 2;
    this.makeEntries(FIRST_ENTRIES);
  }

  /** The place of the pair's row; -1: it was not added. */
  rowOf(client: number, server: number, port: number): number {
    const { words } = this.memory;
    const entries = words[this.place + ENTRIES]!;
    const mask = words[this.place + MASK]!;
    for (let i = hashOf(client, server, port) & mask; ; i = (i + 1) & mask) {
      const at = entries + i * ENTRY_STRIDE;
      if (words[at + ENTRY_PORT] === 0) return -1;
      if (
        words[at + ENTRY_CLIENT] === client &&
        words[at + ENTRY_SERVER] === server &&
        words[at + ENTRY_PORT] === port + 1
      ) {
        return words[at + ENTRY_ROW]!;
      }
    }
  }

  /** Adds a pair that was not added yet. */
  add(client: number, server: number, port: number, row: number): void {
    if (++this.count * 4 > this.memory.words[this.place + MASK]! * 3) this.grow();
    this.put(client, server, port + 1, row);
  }

  private put(client: number, server: number, portAndOne: number, row: number): void {
    const { words } = this.memory;
    const entries = words[this.place + ENTRIES]!;
    const mask = words[this.place + MASK]!;
    let i = hashOf(client, server, portAndOne - 1) & mask;
    while (words[entries + i * ENTRY_STRIDE + ENTRY_PORT] !== 0) i = (i + 1) & mask;
    const at = entries + i * ENTRY_STRIDE;
    words[at + ENTRY_CLIENT] = client;
    words[at + ENTRY_SERVER] = server;
    words[at + ENTRY_PORT] = portAndOne;
    words[at + ENTRY_ROW] = row;
  }

  private grow(): void {
    const old = this.memory.words[this.place + ENTRIES]!;
    const end = old + (this.memory.words[this.place + MASK]! + 1) * ENTRY_STRIDE;
    this.makeEntries(((end - old) / ENTRY_STRIDE) * 2);
    const { words } = this.memory;
    for (let at = old; at < end; at += ENTRY_STRIDE) {
      if (words[at + ENTRY_PORT] === 0) continue;
      this.put(words[at + ENTRY_CLIENT]!, words[at + ENTRY_SERVER]!, words[at + ENTRY_PORT]!, words[at + ENTRY_ROW]!);
    }
    this.memory.giveBack(old * 4, (end - old) * 4);
  }

  private makeEntries(count: number): void {
    const entries = this.memory.take(count * ENTRY_STRIDE * 4) >> 2;
    const { words } = this.memory;
    words.fill(0, entries, entries + count * ENTRY_STRIDE);
    words[this.place + ENTRIES] = entries;
    words[this.place + MASK] = count - 1;
  }
}

function hashOf(client: number, server: number, port: number): number {
  return hashPair(hashPair(client, server), port);
}
