// The earliest closes of each of many clients' idle connections by the server, as lists of numbers in one memory. Most of
// the clients that have any have one or two.
import type { Memory } from '../base/plain-memory.ts';
import * as row from './count-layout.ts';
import type { IdleClose } from './server-observations.ts';

/** So many are kept of each client, as evidence. */
export const CLIENT_EXAMPLES = 5;

const NODES_AT_ONCE = 64;

export class EarliestCloses {
  private readonly memory: Memory;
  /** The place of the first node that is not in any list. */
  private free = row.NO_CLOSE;

  constructor(memory: Memory) {
    this.memory = memory;
  }

  /**
   * Takes a close, whose numbers have 31 bits, into the list that begins at `first` (NO_CLOSE: it is empty). Returns where
   * the list begins now.
   */
  keep(first: number, close: IdleClose): number {
    let previous: number = row.NO_CLOSE;
    let next = first;
    let before = 0;
    for (; next !== row.NO_CLOSE && !this.isLater(next, close); next = this.after(next)) {
      previous = next;
      before++;
    }
    if (before === CLIENT_EXAMPLES) return first;
    const node = this.put(close, next);
    this.cutBehind(node, CLIENT_EXAMPLES - before - 1);
    if (previous === row.NO_CLOSE) return node;
    this.memory.words[previous + row.NEXT_CLOSE] = node;
    return first;
  }

  private after(node: number): number {
    return this.memory.words[node + row.NEXT_CLOSE]!;
  }

  private isLater(node: number, { time, stream }: IdleClose): boolean {
    const own = this.memory.doubles[(node + row.CLOSE_TIME) >> 1]!;
    return own > time || (own === time && this.memory.words[node + row.CLOSE_STREAM]! > stream);
  }

  private put(close: IdleClose, next: number): number {
    if (this.free === row.NO_CLOSE) this.makeNodes();
    const { words, doubles } = this.memory;
    const node = this.free;
    this.free = words[node + row.NEXT_CLOSE]!;
    words[node + row.NEXT_CLOSE] = next;
    doubles[(node + row.CLOSE_DURATION) >> 1] = close.duration;
    doubles[(node + row.CLOSE_TIME) >> 1] = close.time;
    words[node + row.CLOSE_STREAM] = close.stream;
    words[node + row.CLOSE_AFTER_FRAME] = close.afterFrame;
    words[node + row.CLOSE_FRAME] = close.closeFrame;
    return node;
  }

  private makeNodes(): void {
    const first = this.memory.take(NODES_AT_ONCE * row.CLOSE_STRIDE * 4) >> 2;
    for (let i = 0; i < NODES_AT_ONCE; i++) this.letGo(first + i * row.CLOSE_STRIDE);
  }

  private letGo(node: number): void {
    this.memory.words[node + row.NEXT_CLOSE] = this.free;
    this.free = node;
  }

  /** No more than `most` are to stand behind the node; one more may do so now. */
  private cutBehind(node: number, most: number): void {
    let last = node;
    for (let i = 0; i < most && last !== row.NO_CLOSE; i++) last = this.after(last);
    if (last === row.NO_CLOSE) return;
    const surplus = this.after(last);
    if (surplus === row.NO_CLOSE) return;
    this.memory.words[last + row.NEXT_CLOSE] = row.NO_CLOSE;
    this.letGo(surplus);
  }

  /** The list that begins at `first` is no more. */
  clear(first: number): void {
    for (let node = first; node !== row.NO_CLOSE; ) {
      const next = this.after(node);
      this.letGo(node);
      node = next;
    }
  }

  /** In the order of their times. */
  at(first: number): readonly IdleClose[] {
    const { words, doubles } = this.memory;
    const closes: IdleClose[] = [];
    for (let node = first; node !== row.NO_CLOSE; node = this.after(node)) {
      closes.push({
        duration: doubles[(node + row.CLOSE_DURATION) >> 1]!,
        stream: words[node + row.CLOSE_STREAM]!,
        afterFrame: words[node + row.CLOSE_AFTER_FRAME]!,
        closeFrame: words[node + row.CLOSE_FRAME]!,
        time: doubles[(node + row.CLOSE_TIME) >> 1]!,
      });
    }
    return closes;
  }
}
