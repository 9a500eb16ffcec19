// Runs the screen: takes the terminal over and gives it back on every way out, carries keys and messages to the state,
// and the state's effects to the world. What the state does is in state.ts, what is drawn in app.tsx.
import { StringDecoder } from 'node:string_decoder';
import { render } from 'ink';
import { createElement } from 'react';
import { App, type Store } from './app.tsx';
import type { FromWorker, ToWorker } from './model/messages.ts';
import { FrameWriter, type Terminal } from './screen/frame-writer.ts';
import { flushInput, type InputEvent, isPerhapsKey, parseInput } from './screen/input.ts';
import type { Symbols } from './screen/symbols.ts';
import type { Theme } from './screen/theme.ts';
import { type Action, type Effect, initialState, reduce } from './state.ts';

/** A terminal's keyboard. */
export interface Keyboard {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end' | 'error' | 'close', listener: () => void): unknown;
  setRawMode(isRaw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface Screen extends Terminal {
  on(event: 'resize' | 'error', listener: () => void): unknown;
}

export interface WorkerLink {
  post(message: ToWorker): void;
  onMessage(listener: (message: FromWorker) => void): void;
}

export interface TuiOptions {
  readonly keyboard: Keyboard;
  readonly screen: Screen;
  readonly worker: WorkerLink;
  readonly source: string;
  readonly exportName: string | null;
  readonly theme: Theme;
  readonly symbols: Symbols;
  readonly hasMouse: boolean;
}

/** How it ended. `signal`: what ended it, when it was one. */
export interface TuiEnd {
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT' | null;
  /** An error of finrace itself. */
  readonly error: unknown;
}

// The alternate screen, no cursor, no wrapping, pasted text in brackets; the mouse's buttons and wheel.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h';
const LEAVE = '\x1b[m\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l';
const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';

/** Frames are no closer to each other: what comes sooner is drawn together. */
const FRAME_MS = 16;
/** Escape alone is a key when nothing follows it for so long. */
const ESCAPE_MS = 40;
/** The speed of reading is that of about so long. */
const RATE_SECONDS = 2;

/** Returns when the user quits or a signal ends it; the terminal is as it was before. */
export function runTui(options: TuiOptions): Promise<TuiEnd> {
  const { keyboard, screen, worker } = options;
  return new Promise((resolve) => {
    const writer = new FrameWriter(screen);
    let state = initialState({
      columns: writer.columns,
      rows: writer.rows,
      source: options.source,
      exportName: options.exportName,
      symbols: options.symbols,
    });
    let isOn = false;
    let isOver = false;

    // ---- the terminal

    const enter = () => {
      if (isOn || isOver) return;
      isOn = true;
      process.on('SIGTSTP', stop);
      // Node asks the terminal for its size when this signal comes, and none came while the job was stopped.
      process.emit('SIGWINCH', 'SIGWINCH');
      keyboard.setRawMode(true);
      keyboard.resume();
      screen.write(ENTER + (options.hasMouse ? MOUSE_ON : ''));
      redraw();
    };
    const leave = () => {
      if (!isOn) return;
      isOn = false;
      process.off('SIGTSTP', stop);
      // Whatever is written to a terminal that is gone is an error nobody wants to hear of.
      try {
        screen.write((options.hasMouse ? MOUSE_OFF : '') + LEAVE);
        keyboard.setRawMode(false);
        keyboard.pause();
      } catch {}
    };
    const end = (signal: TuiEnd['signal'], error: unknown = null) => {
      if (isOver) return;
      isOver = true;
      writer.close();
      clearTimeout(frameTimer);
      clearTimeout(escapeTimer);
      clearTimeout(rateTimer);
      leave();
      // Those for signals stay: others who listen would take their absence for leave to kill the process.
      for (const [name, listener] of listeners) if (!name.startsWith('SIG')) process.off(name, listener);
      resolve({ signal, error });
      instance.unmount();
    };
    /** `whom`: a process, or 0: the whole job, as the terminal itself would: also who pipes into it. */
    const suspend = (whom: number) => {
      leave();
      // Nobody listens to it now, so the system stops the process; where no shell could continue it, it does not, and no
      // SIGCONT comes.
      process.kill(whom, 'SIGTSTP');
      setTimeout(enter, 100);
    };
    const stop = () => suspend(process.pid);
    const listeners: readonly [string, (...details: unknown[]) => void][] = [
      ['SIGTERM', () => end('SIGTERM')],
      ['SIGHUP', () => end('SIGHUP')],
      ['SIGQUIT', () => end('SIGQUIT')],
      ['SIGCONT', enter],
      ['uncaughtException', (error) => end(null, error)],
      ['unhandledRejection', (error) => end(null, error)],
      ['exit', leave],
    ];
    for (const [name, listener] of listeners) process.on(name, listener);
    screen.on('error', () => end('SIGHUP'));

    // ---- state and frames

    const subscribers = new Set<() => void>();
    let frameTimer: NodeJS.Timeout | undefined;
    let lastFrame = 0;
    const draw = () => {
      frameTimer = undefined;
      lastFrame = performance.now();
      if (isOn) for (const subscriber of subscribers) subscriber();
    };
    const redraw = () => {
      writer.forget();
      // The same state is not drawn again.
      state = { ...state };
      draw();
    };
    const dispatch = (action: Action) => {
      if (isOver) return;
      state = reduce(state, action);
      for (const effect of state.effects) carryOut(effect);
      frameTimer ??= setTimeout(draw, Math.max(0, lastFrame + FRAME_MS - performance.now()));
    };
    const carryOut = (effect: Effect) => {
      switch (effect.kind) {
        case 'quit':
          end(effect.isInterrupt ? 'SIGINT' : null);
          break;
        case 'suspend':
          suspend(0);
          break;
        case 'redraw':
          redraw();
          break;
        case 'copy':
          // OSC 52: the terminal's clipboard, also over ssh.
          screen.write(`\x1b]52;c;${Buffer.from(effect.text).toString('base64')}\x07`);
          break;
        default:
          worker.post(effect);
      }
    };

    // ---- what comes in

    const rate = new Rate();
    let rateTimer: NodeJS.Timeout | undefined;
    // Nobody tells that nothing is read.
    const forgetRate = () => {
      rate.forget();
      state = { ...state };
      draw();
    };
    worker.onMessage((message) => {
      if (message.kind === 'progress') {
        rate.note(message.bytesRead, performance.now() / 1000);
        clearTimeout(rateTimer);
        if (!isOver) rateTimer = setTimeout(forgetRate, RATE_SECONDS * 1000);
      }
      dispatch({ type: 'message', message });
    });
    screen.on('resize', () => {
      writer.forget();
      dispatch({ type: 'resize', columns: writer.columns, rows: writer.rows });
    });
    const decoder = new StringDecoder('utf8');
    let rest = '';
    let escapeTimer: NodeJS.Timeout | undefined;
    const take = (events: readonly InputEvent[]) => {
      for (const event of events) dispatch({ type: 'input', event });
    };
    keyboard.on('data', (chunk) => {
      clearTimeout(escapeTimer);
      const parsed = parseInput(rest + decoder.write(chunk));
      rest = parsed.rest;
      take(parsed.events);
      if (!isPerhapsKey(rest)) return;
      escapeTimer = setTimeout(() => {
        const pending = rest;
        rest = '';
        take(flushInput(pending));
      }, ESCAPE_MS);
    });
    // The terminal is gone.
    keyboard.on('end', () => end('SIGHUP'));
    keyboard.on('error', () => end('SIGHUP'));

    const store: Store = {
      subscribe: (listener) => {
        subscribers.add(listener);
        return () => subscribers.delete(listener);
      },
      get: () => state,
      rate: () => rate.perSecond,
    };
    // The first frame belongs on the alternate screen already.
    enter();
    const instance = render(createElement(App, { store, theme: options.theme }), {
      // Every frame as a whole: FrameWriter finds out what has to be written.
      debug: true,
      stdout: writer as unknown as NodeJS.WriteStream,
      exitOnCtrlC: false,
      patchConsole: false,
    });
  });
}

/** How fast something grows, over the last seconds. */
class Rate {
  perSecond = NaN;
  private readonly notes: { readonly amount: number; readonly seconds: number }[] = [];

  note(amount: number, seconds: number): void {
    const { notes } = this;
    notes.push({ amount, seconds });
    while (notes.length > 2 && notes[1]!.seconds <= seconds - RATE_SECONDS) notes.shift();
    const [first] = notes;
    const span = seconds - first!.seconds;
    this.perSecond = span > 0.2 ? (amount - first!.amount) / span : NaN;
  }

  forget(): void {
    this.notes.length = 0;
    this.perSecond = NaN;
  }
}
