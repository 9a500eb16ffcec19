// Finds the number of an IPv4 pair of client and server by three words, with no text and no object on the way: asked once
// per connection.
import { hashPair } from '../base/hash.ts';

// An entry is four 32-bit words.
const STRIDE = 4;
const CLIENT = 0;
const SERVER = 1;
/** The server's port, plus one: 0 is an empty place. */
const PORT = 2;
const NUMBER = 3;

export class PairIndex {
  private words = new Int32Array(1024 * STRIDE);
  private mask = 1023;
  private count = 0;

  /** The number of a pair; -1: it was not added. */
  numberOf(client: number, server: number, port: number): number {
    const { words, mask } = this;
    for (let place = hashOf(client, server, port) & mask; ; place = (place + 1) & mask) {
      const at = place * STRIDE;
      if (words[at + PORT] === 0) return -1;
      if (words[at + CLIENT] === client && words[at + SERVER] === server && words[at + PORT] === port + 1) {
        return words[at + NUMBER]!;
      }
    }
  }

  /** Adds a pair that was not added yet. */
  add(client: number, server: number, port: number, number: number): void {
    if (++this.count * 2 > this.mask) this.grow();
    this.put(client, server, port + 1, number);
  }

  private put(client: number, server: number, portAndOne: number, number: number): void {
    const { words, mask } = this;
    let place = hashOf(client, server, portAndOne - 1) & mask;
    while (words[place * STRIDE + PORT] !== 0) place = (place + 1) & mask;
    const at = place * STRIDE;
    words[at + CLIENT] = client;
    words[at + SERVER] = server;
    words[at + PORT] = portAndOne;
    words[at + NUMBER] = number;
  }

  private grow(): void {
    const old = this.words;
    this.mask = this.mask * 2 + 1;
    this.words = new Int32Array((this.mask + 1) * STRIDE);
    for (let at = 0; at < old.length; at += STRIDE) {
      if (old[at + PORT] !== 0) this.put(old[at + CLIENT]!, old[at + SERVER]!, old[at + PORT]!, old[at + NUMBER]!);
    }
  }
}

function hashOf(client: number, server: number, port: number): number {
  return hashPair(hashPair(client, server), port);
}
