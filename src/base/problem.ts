/** Something in a capture that could not be read, told to the user instead of being passed over. */
export interface Problem {
  /** A short stable word, e.g. 'truncated', 'impossible-length', 'unsupported-link-type', 'ip-fragments'. */
  readonly kind: string;
  /** Byte offset in the (decompressed) capture where it was met; null when it has no one place. */
  readonly offset: number | null;
  /** One sentence: what, where, how much was lost. */
  readonly message: string;
  /** The reader got over it at that place, and read on. */
  readonly gotOver?: true;
}
