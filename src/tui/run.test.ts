import { EventEmitter } from 'node:events';
import xterm from '@xterm/headless';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { reportMessage } from '../testing/tui-state.ts';
import type { FromWorker } from './model/messages.ts';
import { runTui, type TuiEnd } from './run.ts';
import { SYMBOLS } from './screen/symbols.ts';
import { themeOf } from './screen/theme.ts';

class FakeKeyboard extends EventEmitter {
  isRaw = false;
  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
  resume(): void {}
  pause(): void {}
  type(keys: string): void {
    this.emit('data', Buffer.from(keys));
  }
}

class FakeScreen extends EventEmitter {
  columns = 80;
  rows = 24;
  log = '';
  write(text: string, done?: () => void): void {
    this.log += text;
    done?.();
  }
  /** What stands on a terminal of this size. */
  async shown(): Promise<string> {
    const terminal = new xterm.Terminal({ cols: this.columns, rows: this.rows, allowProposedApi: true });
    terminal.write(this.log);
    // The emulator takes its time, too.
    await vi.advanceTimersByTimeAsync(1000);
    const { active } = terminal.buffer;
    return Array.from({ length: this.rows }, (_, y) => active.getLine(y)!.translateToString(true)).join('\n');
  }
}

const LEAVE = '\x1b[?1049l';

let keyboard: FakeKeyboard;
let screen: FakeScreen;
let ended: TuiEnd | null;
let tell: (message: FromWorker) => void;
const listeners = ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGCONT', 'SIGTSTP', 'SIGWINCH'] as const;
let before: readonly ((...details: never[]) => void)[][];

beforeEach(() => {
  before = listeners.map((name) => process.listeners(name) as never);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  keyboard = new FakeKeyboard();
  screen = new FakeScreen();
  ended = null;
  const end = runTui({
    keyboard,
    screen,
    worker: {
      post() {},
      onMessage(listener) {
        tell = listener;
      },
    },
    source: 'x.pcap',
    exportName: 'x',
    theme: themeOf('mono', false),
    symbols: SYMBOLS.braille,
    hasMouse: false,
  });
  end.then((how) => {
    ended = how;
  });
});

afterEach(async () => {
  keyboard.type('Q');
  await vi.runAllTimersAsync();
  vi.useRealTimers();
  vi.restoreAllMocks();
  listeners.forEach((name, index) => {
    for (const listener of process.listeners(name)) {
      if (!before[index]!.includes(listener as never)) process.off(name, listener as never);
    }
  });
});

test('a paste that comes slowly is no row of commands', async () => {
  for (const piece of ['\x1b[20', '0~q', 'Q:q', '\r', '\x1b[2', '01~']) {
    keyboard.type(piece);
    await vi.advanceTimersByTimeAsync(10_000);
  }
  expect(ended).toBeNull();
  keyboard.type('/\x1b[200~a');
  await vi.advanceTimersByTimeAsync(10_000);
  keyboard.type('b\x1b[201~c');
  await vi.advanceTimersByTimeAsync(100);
  expect((await screen.shown()).split('\n')[22]!.trimEnd()).toBe('/abc');
  keyboard.type('\x1b');
  await vi.advanceTimersByTimeAsync(100);
  expect((await screen.shown()).split('\n')[22]).not.toContain('abc');
});

test('a paste that never ends can be left', async () => {
  keyboard.type('\x1b[200~abc');
  keyboard.type('\x03');
  await vi.advanceTimersByTimeAsync(0);
  expect(ended).toEqual({ signal: 'SIGINT', error: null });
});

test('who is stopped leaves the terminal, and comes back to one of another size', async () => {
  const killed = vi.spyOn(process, 'kill').mockReturnValue(true);
  // As Node does for its own standard output.
  let real: readonly [number, number] = [80, 24];
  process.on('SIGWINCH', () => {
    [screen.columns, screen.rows] = real;
    screen.emit('resize');
  });
  for (const stop of [() => process.emit('SIGTSTP', 'SIGTSTP'), () => keyboard.type('\x1a')]) {
    killed.mockClear();
    screen.log = '';
    stop();
    expect(screen.log).toContain(LEAVE);
    expect(keyboard.isRaw).toBe(false);
    expect(process.listenerCount('SIGTSTP')).toBe(before[4]!.length);
    expect(killed).toHaveBeenCalledOnce();
    real = [100, real[1] + 6];
    screen.log = '';
    process.emit('SIGCONT', 'SIGCONT');
    await vi.advanceTimersByTimeAsync(1000);
    expect(keyboard.isRaw).toBe(true);
    expect((await screen.shown()).split('\n')[real[1] - 1]).toContain('? help');
  }
  expect(killed).toHaveBeenLastCalledWith(0, 'SIGTSTP');
});

test('SIGQUIT gives the terminal back', async () => {
  process.emit('SIGQUIT', 'SIGQUIT');
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.log.lastIndexOf(LEAVE)).toBeGreaterThan(screen.log.lastIndexOf('\x1b[?1049h'));
  expect(keyboard.isRaw).toBe(false);
  expect(ended).toEqual({ signal: 'SIGQUIT', error: null });
});

test('a detail that is longer than its pane says so, until its end is seen', async () => {
  tell(reportMessage());
  await vi.advanceTimersByTimeAsync(100);
  const left = /(\d+) further lines: J scrolls/.exec(await screen.shown());
  expect(Number(left?.[1])).toBeGreaterThan(1);
  keyboard.type('J'.repeat(Number(left![1]) - 2));
  await vi.advanceTimersByTimeAsync(100);
  expect(await screen.shown()).toContain('2 further lines: J scrolls');
  keyboard.type('J');
  await vi.advanceTimersByTimeAsync(100);
  expect(await screen.shown()).not.toContain('J scrolls');
});

test('too small: what is said of Q is true, also with a prompt', async () => {
  keyboard.type('/x');
  [screen.columns, screen.rows] = [40, 10];
  screen.emit('resize');
  await vi.advanceTimersByTimeAsync(100);
  expect(await screen.shown()).toContain('Q quits.');
  keyboard.type('q');
  await vi.advanceTimersByTimeAsync(100);
  expect(ended).toBeNull();
  keyboard.type('Q');
  await vi.advanceTimersByTimeAsync(100);
  expect(ended).toEqual({ signal: null, error: null });
});

test('the speed is not shown any more when nothing is read', async () => {
  for (const bytesRead of [1000, 2000, 3000]) {
    tell({ kind: 'progress', bytesRead, totalBytes: null });
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(await screen.shown()).toContain('reading: 3 kB, 2 kB/s');
  await vi.advanceTimersByTimeAsync(3000);
  expect(await screen.shown()).toMatch(/reading: 3 kB$/m);
});
