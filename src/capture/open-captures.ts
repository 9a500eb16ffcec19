// OPENS the captures of one run as one timeline.
import type { Timeline } from '../base/timeline.ts';
import type { ByteSource } from './byte-source.ts';
import type { CaptureReader } from './capture-reader.ts';
import type { FrameReader } from './frame-reader.ts';
import { MergedReader } from './merged-reader.ts';
import { openCapture } from './open-capture.ts';

export interface CaptureInput {
  readonly path: string;
  readonly source: ByteSource;
}

/** Opens all inputs, or closes all and throws: NotACaptureError for one that is none. */
export async function openCaptures(inputs: readonly CaptureInput[], timeline: Timeline): Promise<CaptureReader[]> {
  const captures: CaptureReader[] = [];
  try {
    for (const [index, { path, source }] of inputs.entries()) {
      captures.push(await openCapture(source, path, timeline, index));
    }
  } catch (error) {
    for (const { source } of inputs) source.close();
    throw error;
  }
  return captures;
}

/** The frames of all captures in the order of time. */
export function timelineReader(captures: readonly CaptureReader[]): FrameReader {
  return captures.length === 1 ? captures[0]! : new MergedReader(captures);
}
