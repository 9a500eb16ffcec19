// Brings frames onto a terminal. Ink makes each frame as one text; here it is compared with what stands on the screen,
// and only cells that differ are written. That keeps a key below a few kilobytes on any terminal, never clears
// the screen behind the first frame, and makes redrawing (after ctrl-Z, after another program wrote there) a matter of
// forgetting what stood there.
//
// Turned down: Ink's own ways to write. Its usual one clears the screen and the user's scrollback with every frame that
// is as high as the terminal, and its incremental one writes whole lines and cannot be told that the screen has changed.
import { EventEmitter } from 'node:events';
import { type Cells, cellsOf, changeOfRow } from './cells.ts';

/** What a frame is written to. */
export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string, done?: () => void): unknown;
}

/** Terminals that know it show what stands between as one. */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';
/** What Ink takes for standard output. Each `write` is a whole frame. */
export class FrameWriter extends EventEmitter {
  /** Ink writes sequences of its own to what calls itself a terminal. */
  readonly isTTY = false;
  /** Bytes written, for whoever watches them. */
  written = 0;
  private readonly terminal: Terminal;
  /** What stands on the screen; rows that are not in it are unknown. */
  private shown: { readonly line: string; readonly cells: Cells }[] = [];
  private next: string | null = null;
  private isBusy = false;
  private isClosed = false;

  constructor(terminal: Terminal) {
    super();
    this.terminal = terminal;
  }

  get columns(): number {
    return this.terminal.columns || 80;
  }

  get rows(): number {
    return this.terminal.rows || 24;
  }

  /** A slow terminal gets the latest frame when it is ready, not all of them one after the other. */
  write(frame: string): boolean {
    this.next = frame;
    if (!this.isBusy) this.flush();
    return true;
  }

  /** The screen is not as it was left: all of the next frame is written, and what waits is not. */
  forget(): void {
    this.shown = [];
    // It was made for a screen of another size, or for one that is no longer there.
    this.next = null;
  }

  /** Nothing is written any more. */
  close(): void {
    this.isClosed = true;
  }

  private flush(): void {
    const frame = this.next;
    this.next = null;
    if (frame === null || this.isClosed) return;
    const lines = frame.split('\n');
    let change = '';
    for (let row = 0; row < this.rows; row++) {
      const line = lines[row] ?? '';
      const before = this.shown[row];
      if (before?.line === line) continue;
      const cells = cellsOf(line);
      change += changeOfRow(row, before?.cells ?? null, cells);
      this.shown[row] = { line, cells };
    }
    if (change === '') return;
    const text = BEGIN + change + END;
    this.written += text.length;
    this.isBusy = true;
    this.terminal.write(text, () => {
      this.isBusy = false;
      this.flush();
    });
  }
}
