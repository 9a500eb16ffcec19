// The built program in a real pseudo-terminal with a terminal emulator: what a user sees, as text, and what was written.
import { fileURLToPath } from 'node:url';
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A busy machine is slow; what hangs fails all the same. */
const PATIENCE_MS = 30_000;
/** So long nothing is written by a program that has nothing to say. */
const QUIET_MS = 500;

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export class TerminalProgram {
  /** All that was written. */
  log = '';
  readonly exit: Promise<{ readonly code: number; readonly signal: number | undefined }>;
  private readonly child: pty.IPty;
  private readonly terminal: xterm.Terminal;
  private readonly waiting = new Set<() => void>();

  constructor(file: string, words: readonly string[], { columns = 80, rows = 24, env = {} }: TerminalOptions = {}) {
    // Ink draws nothing where CI is set; colours and locale are the test's own.
    const own = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', LANG: 'C.UTF-8', TERM: 'xterm-256color' };
    this.child = pty.spawn(file, [...words], { cols: columns, rows, cwd: ROOT, env: { ...own, ...env } });
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
    this.child.onData((data) => {
      this.log += data;
      this.terminal.write(data, () => {
        for (const check of this.waiting) check();
      });
    });
    this.exit = new Promise((resolve) => {
      this.child.onExit(({ exitCode, signal }) => resolve({ code: exitCode, signal }));
    });
  }

  get pid(): number {
    return this.child.pid;
  }

  screen(): string {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, y) => active.getLine(y)?.translateToString(true) ?? '').join(
      '\n',
    );
  }

  /** Waits until the screen shows `what`, and returns it. */
  until(what: RegExp | ((screen: string) => boolean)): Promise<string> {
    const holds = typeof what === 'function' ? what : (screen: string) => what.test(screen);
    return new Promise((resolve, reject) => {
      const check = () => {
        const screen = this.screen();
        if (!holds(screen)) return;
        clearTimeout(timer);
        this.waiting.delete(check);
        resolve(screen);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(check);
        reject(new Error(`the screen never showed ${what}; it shows:\n${this.screen()}`));
      }, PATIENCE_MS);
      this.waiting.add(check);
      check();
    });
  }

  /** Waits until nothing more is written for a while: the program has drawn all that it knows. */
  async settled(): Promise<void> {
    for (let length = -1; length !== this.log.length; ) {
      length = this.log.length;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
  }

  press(keys: string): this {
    this.child.write(keys);
    return this;
  }

  resize(columns: number, rows: number): void {
    this.child.resize(columns, rows);
    this.terminal.resize(columns, rows);
  }

  kill(signal: string): void {
    this.child.kill(signal);
  }
}

/** finrace with these words. */
export function inTerminal(words: readonly string[], options: TerminalOptions = {}): TerminalProgram {
  return new TerminalProgram(process.execPath, ['bin/finrace.js', ...words], options);
}
