import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ByteSource } from '../../capture/byte-source.ts';
import { captureOf } from '../../testing/conversation.ts';
import { startFakeWorker } from '../../testing/tui-messages.ts';
import { footText, press, stateOf } from '../../testing/tui-state.ts';

/** A source that gives `bytes`, and then waits as a file that is followed does, until it is ended or given more. */
function followed(bytes: Uint8Array) {
  let rest = bytes;
  let isOver = false;
  let wake = () => {};
  const source: ByteSource = {
    size: undefined,
    async read(target, offset, length) {
      while (rest.length === 0 && !isOver) await new Promise<void>((resolve) => (wake = resolve));
      const count = Math.min(length, rest.length);
      target.set(rest.subarray(0, count), offset);
      rest = rest.subarray(count);
      return count;
    },
    close() {},
  };
  return {
    source,
    give(more: Uint8Array) {
      rest = more;
      wake();
    },
    end() {
      isOver = true;
      wake();
    },
  };
}

const conversation = (exchanges: number) =>
  captureOf(
    ['0.000  C SYN', '0.040  S SYN-ACK']
      .concat(
        Array.from({ length: exchanges }, (_, i) => [
          `${(1 + i * 0.01).toFixed(3)}  C GET /${i % 10}`,
          `${(1.001 + i * 0.01).toFixed(3)}  S 200 length=5`,
        ]).flat(),
      )
      .join('\n'),
  );

describe('while a capture grows', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('exchanges of open connections that are not told of are counted', async () => {
    const file = followed(conversation(20_011));
    const worker = startFakeWorker(() => file.source);
    while (!worker.messages.some((message) => message.kind === 'rows' && message.open.exchanges.count > 0)) {
      await vi.advanceTimersByTimeAsync(100);
    }
    const state = press(stateOf(worker.messages), '4');
    expect(footText(state)).toContain('1 of 20,000, 11 more not listed');
    file.end();
    await worker.done;
    expect(footText(press(stateOf(worker.messages), '4'))).toMatch(/1 of 20,011$/);
  });

  test('nothing is told when nothing was read since', async () => {
    const file = followed(conversation(3));
    const worker = startFakeWorker(() => file.source);
    await vi.advanceTimersByTimeAsync(2000);
    expect(worker.messages.map(({ kind }) => kind)).toContain('report');
    const told = worker.messages.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(worker.messages).toHaveLength(told);
    file.give(conversation(4).subarray(24));
    await vi.advanceTimersByTimeAsync(2000);
    expect(worker.messages.slice(told).map(({ kind }) => kind)).toEqual(['progress', 'rows', 'report']);
    file.end();
    await worker.done;
  });

  test('a capture that begins late is told of as it comes', async () => {
    const file = followed(new Uint8Array());
    const worker = startFakeWorker(() => file.source);
    await vi.advanceTimersByTimeAsync(5000);
    file.give(conversation(3));
    await vi.advanceTimersByTimeAsync(2000);
    expect(worker.messages.map(({ kind }) => kind)).toContain('rows');
    file.end();
    await worker.done;
  });
});
