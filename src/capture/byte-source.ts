// Where bytes come from. The folder knows no files: the command line opens them and hands over one of these.

export interface Stopped {
  /** 'interrupted' … */
  readonly kind: string;
  /** "the reading was interrupted" */
  readonly why: string;
}

/** A stream of bytes that is read from front to back. */
export interface ByteSource {
  /** All bytes there are, where that is known (a regular, uncompressed file); for saying how much was lost. */
  readonly size: number | undefined;
  /** Set when it was ended from outside before its bytes did: a word for it, and the reason as a clause. */
  readonly stopped?: Stopped | undefined;
  /**
   * Puts up to `length` bytes into `target` at `offset` and returns how many; 0 means the end. A source that can
   * answer at once returns a number, one that must wait returns a promise: a file costs no promise per chunk.
   */
  read(target: Buffer, offset: number, length: number): number | Promise<number>;
  close(): void;
}
