// DECODES a frame into a segment, once per frame: numbers are read at offsets of the reader's buffer and written into
// one reused record.
import type { FrameReader } from '../capture/frame-reader.ts';
import { decodeIpv4, decodeIpv6, endedEarly } from './ip.ts';
import { ETHERNET_HEADER_LENGTH, ETHERNET_TYPE, LINKTYPE_ETHERNET } from './link/ethernet.ts';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, type LinkPayload } from './link-decoder.ts';
import { linkDecoderOf } from './link-types.ts';
import { type Decoded, NOT_TCP, type Segment, UNKNOWN_LINK_TYPE } from './segment.ts';

/** Where the link decoders leave what they found. */
const payload: LinkPayload = { etherType: 0, start: 0 };

/** Decodes the reader's current frame into `segment`, whose fields hold only when the answer is TCP. */
export function decodeFrame(reader: FrameReader, segment: Segment): Decoded {
  const view = reader.view;
  const start = reader.frameStart;
  let capturedEnd = reader.frameEnd;
  // Some writers put a smaller original length than they captured; the captured bytes were on the wire for certain.
  let wireEnd = Math.max(capturedEnd, start + reader.originalLength);
  if (reader.fcsLength !== 0) {
    wireEnd -= reader.fcsLength;
    if (capturedEnd > wireEnd) capturedEnd = wireEnd;
  }
  segment.buffer = reader.buffer;
  segment.view = view;

  // The straight way of nearly every frame of nearly every capture.
  if (
    reader.linkType === LINKTYPE_ETHERNET &&
    start + ETHERNET_HEADER_LENGTH <= capturedEnd &&
    view.getUint16(start + ETHERNET_TYPE) === ETHERTYPE_IPV4
  ) {
    return decodeIpv4(view, start + ETHERNET_HEADER_LENGTH, capturedEnd, wireEnd, segment);
  }
  return decodeLink(reader, capturedEnd, wireEnd, segment);
}

/** Any link type, and whatever Ethernet may carry. */
function decodeLink(reader: FrameReader, capturedEnd: number, wireEnd: number, segment: Segment): Decoded {
  const decoder = linkDecoderOf(reader.linkType);
  if (decoder === undefined) return UNKNOWN_LINK_TYPE;
  const view = reader.view;
  decoder.decode(view, reader.frameStart, capturedEnd, payload);
  if (payload.etherType === ETHERTYPE_IPV4) return decodeIpv4(view, payload.start, capturedEnd, wireEnd, segment);
  if (payload.etherType === ETHERTYPE_IPV6) return decodeIpv6(view, payload.start, capturedEnd, wireEnd, segment);
  if (payload.etherType === 0) return NOT_TCP;
  return endedEarly(capturedEnd + 1, wireEnd);
}
