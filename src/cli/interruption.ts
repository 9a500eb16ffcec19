// Ctrl-C and SIGTERM. While captures are read, the first one ends the reading, and what was read so far is reported;
// whoever does not want to wait for that sends another one. At any other time the first one ends the program.
import type { Stopped } from '../capture/byte-source.ts';
import { now } from './clock.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export type EndingSignal = 'SIGINT' | 'SIGTERM';

export const EXIT_CODE_OF: Readonly<Record<EndingSignal, ExitCode>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
};

export const INTERRUPTED: Stopped = { kind: 'interrupted', why: 'the reading was interrupted' };

/**
 * Milliseconds that a stream may still deliver. Ctrl-C goes to tcpdump as well, which then writes what it holds and
 * ends: that belongs to the capture.
 */
const GRACE_MS = 500;

export class Interruption {
  /** The signal that ended the reading; null: none did. */
  signal: EndingSignal | null = null;
  /** A file was not read to its end. (A stream has none but where it is interrupted.) */
  cutFileShort = false;
  /** A stream is among what is read. */
  readsStream = false;
  private isReading = false;
  private readEnd = Number.NEGATIVE_INFINITY;
  private readonly waiting: (() => void)[] = [];

  /** While `read` runs, a signal ends the reading. */
  async whileReading<Result>(read: () => Promise<Result>): Promise<Result> {
    this.isReading = true;
    try {
      return await read();
    } finally {
      this.isReading = false;
      this.readEnd = now();
    }
  }

  /** A signal came. Returns false when it has to end the program. */
  request(signal: EndingSignal): boolean {
    if (!this.isReading && this.endedStream()) return true;
    if (!this.isReading || this.signal !== null) return false;
    this.signal = signal;
    for (const wake of this.waiting) wake();
    return true;
  }

  /**
   * Ctrl-C ended the program that wrote the stream, whose end was seen sooner than the same Ctrl-C here: that one asks
   * for the report, too. Said once.
   */
  private endedStream(): boolean {
    const isSame = this.readsStream && this.signal === null && now() - this.readEnd < GRACE_MS;
    this.readsStream = false;
    return isSame;
  }

  /** Calls `listener` when a signal ends the reading. */
  onRequest(listener: () => void): void {
    if (this.signal !== null) listener();
    else this.waiting.push(listener);
  }

  /** Calls `listener` when a stream has had its time after the signal. */
  onGraceOver(listener: () => void): void {
    this.onRequest(() => setTimeout(listener, GRACE_MS).unref());
  }
}
