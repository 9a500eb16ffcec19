// What a script may rely on.

export const EXIT = {
  /** Done; for `check`: nothing at or above --fail-on. */
  done: 0,
  /** `check` found something at or above --fail-on. */
  found: 1,
  /** The call or the input was wrong (or finrace itself: it says so). One line on stderr tells. */
  wrongCall: 2,
  /** Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
  /** 128 + SIGTERM. */
  terminated: 143,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The call or the input was wrong. The message is one line that says what and where; there is no stack to show. */
export class WrongCallError extends Error {
  override name = 'WrongCallError';
}

/** A signal came before there was anything to report on. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}
