// How far the reading has come, on stderr, only when that is a terminal: one line that is rewritten in place and gone
// at the end.
import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import { byteCount } from '../report/layout.ts';
import { now } from './clock.ts';
import type { World } from './world.ts';

/** Ten times a second looks alive; more is flicker and costs time. */
const INTERVAL_MS = 100;
/** What is done sooner needs no progress. */
const DELAY_MS = 300;
/** Carriage return, erase to the end of the line. */
const ERASE = '\r\x1b[K';

export class Progress {
  private readonly stderr: World['stderr'] | null;
  private readonly total: number | undefined;
  private readonly now: () => number;
  private readonly start: number;
  private lastShown = 0;
  private isShown = false;

  /** `total`: all bytes there are, where known. `clock`: milliseconds, a clock that never goes back. */
  constructor({ stderr, env }: Pick<World, 'stderr' | 'env'>, total: number | undefined, clock = now) {
    this.stderr = stderr.isTTY && env.TERM !== 'dumb' ? stderr : null;
    this.total = total;
    this.now = clock;
    this.start = clock();
  }

  update(bytesRead: number): void {
    if (this.stderr === null) return;
    const now = this.now();
    if (now - this.start < DELAY_MS || now - this.lastShown < INTERVAL_MS) return;
    this.lastShown = now;
    this.isShown = true;
    const line = progressInWords(bytesRead, this.total, (now - this.start) / 1000);
    // A line that wraps could not be erased. Some terminals call themselves 0 columns wide.
    this.stderr.write(ERASE + line.slice(0, (this.stderr.columns || 80) - 1));
  }

  erase(): void {
    if (this.isShown) this.stderr?.write(ERASE);
    this.isShown = false;
  }
}

/** "reading 1.2 GB of 4.2 GB (28 %), 250 MB/s, 12.0 s left" */
export function progressInWords(bytesRead: number, total: number | undefined, seconds: number): string {
  const rate = bytesRead / seconds;
  const speed = `${byteCount(rate)}/s`;
  if (total === undefined || total < bytesRead) return `reading ${byteCount(bytesRead)}, ${speed}`;
  const percent = total === 0 ? 100 : Math.floor((100 * bytesRead) / total);
  const left = rate > 0 ? `, ${durationText(((total - bytesRead) / rate) * SECOND)} left` : '';
  return `reading ${byteCount(bytesRead)} of ${byteCount(total)} (${percent} %), ${speed}${left}`;
}
