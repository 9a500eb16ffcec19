import { SECOND, Timeline } from '../base/timeline.ts';
import type { ByteSource } from '../capture/byte-source.ts';
import { type CaptureSummary, FRAME, type FrameReader, NEED_BYTES } from '../capture/frame-reader.ts';
import { openCapture } from '../capture/open-capture.ts';

/** A frame with its facts, copied out of the reader. */
export interface ReadFrame {
  /** Seconds since 1970 with nine digits, as tshark prints frame.time_epoch; '' when unknown. */
  readonly time: string;
  readonly originalLength: number;
  readonly linkType: number;
  readonly fcsLength: number;
  readonly captureIndex: number;
  readonly data: Buffer;
}

/** Every frame of `reader`. */
export async function readFrames(reader: FrameReader, timeline: Timeline): Promise<ReadFrame[]> {
  const frames: ReadFrame[] = [];
  for (;;) {
    const status = reader.next();
    if (status === FRAME) {
      frames.push({
        time: epochText(reader.time, timeline),
        originalLength: reader.originalLength,
        linkType: reader.linkType,
        fcsLength: reader.fcsLength,
        captureIndex: reader.captureIndex,
        data: Buffer.from(reader.buffer.subarray(reader.frameStart, reader.frameEnd)),
      });
    } else if (status === NEED_BYTES) await reader.fill();
    else return frames;
  }
}

/** Opens and reads the whole capture in `source`. */
export async function readCapture(
  source: ByteSource,
  path = 'test.pcap',
): Promise<{ readonly frames: readonly ReadFrame[]; readonly summary: CaptureSummary }> {
  const timeline = new Timeline();
  const reader = await openCapture(source, path, timeline, 0);
  try {
    const frames = await readFrames(reader, timeline);
    return { frames, summary: reader.summary() };
  } finally {
    reader.close();
  }
}

function epochText(time: number, timeline: Timeline): string {
  if (Number.isNaN(time)) return '';
  const wholeSeconds = Math.floor(time / SECOND);
  const nanoseconds = time - wholeSeconds * SECOND;
  return `${(timeline.originSeconds ?? 0) + wholeSeconds}.${String(nanoseconds).padStart(9, '0')}`;
}
