import type { FrameReader } from '../capture/frame-reader.ts';
import { decodeFrame } from '../wire/decode.ts';
import type { Defragmenter } from '../wire/defragmenter.ts';
import { type Decoded, Segment } from '../wire/segment.ts';

export interface Circumstances {
  readonly linkType?: number;
  readonly originalLength?: number;
  readonly fcsLength?: number;
  readonly time?: number;
  readonly captureIndex?: number;
  readonly defragmenter?: Defragmenter;
}

const ETHERNET = 1;

/** Decodes a frame, which lies somewhere inside a larger buffer. */
export function decodeBytes(
  frame: Uint8Array,
  circumstances: Circumstances = {},
): { decoded: Decoded; segment: Segment } {
  const frameStart = 5;
  const buffer = Buffer.concat([Buffer.alloc(frameStart, 0x45), frame, Buffer.alloc(50, 0x45)]);
  const reader: FrameReader = {
    buffer,
    view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length),
    frameStart,
    frameEnd: frameStart + frame.length,
    originalLength: circumstances.originalLength ?? frame.length,
    time: circumstances.time ?? 0,
    linkType: circumstances.linkType ?? ETHERNET,
    fcsLength: circumstances.fcsLength ?? 0,
    captureIndex: circumstances.captureIndex ?? 0,
    next: () => -1,
    fill() {},
    ahead: null,
  };
  const segment = new Segment();
  return { decoded: decodeFrame(reader, segment, circumstances.defragmenter), segment };
}

/** The payload as the segment tells it: what was captured, and how long it was on the wire. */
export function payloadOf({ buffer, payloadStart, capturedLength, payloadLength }: Segment): [string, number] {
  return [buffer.toString('latin1', payloadStart, payloadStart + capturedLength), payloadLength];
}

/** What a segment says, wherever its bytes lie and in whatever frame. */
export function factsOf(segment: Segment): Record<string, unknown> {
  const { buffer: _buffer, view: _view, headerStart: _start, payloadStart: _payload, ...rest } = segment;
  const { frame: _frame, time: _time, ...facts } = rest;
  return { ...facts, payload: payloadOf(segment) };
}
