import type { BlockListener, TappedReader } from './tapped-reader.ts';

/** The contract of what copies one capture into the output: blocks as they come, and the frames that are wanted. */
export interface FrameCopier extends BlockListener {
  /** Writes the reader's current frame. Returns how many of the comments were put there. */
  frame(comments: readonly string[]): number;
  /** No further frames come. */
  end(): void;
  /** What could not be kept, one clause each. */
  notes(): readonly string[];
}

export type MakeCopier = (reader: TappedReader) => FrameCopier;
