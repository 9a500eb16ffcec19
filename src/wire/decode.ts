// DECODES a frame into a segment, once per frame: numbers are read at offsets of the reader's buffer and written into
// one reused record.
//
// Headers lie in one another: a tunnel carries frames or packets which may be tunnels again. The innermost TCP segment
// is the frame's, as Wireshark has it, and it belongs to the connection of its own addresses and ports: neither VLAN
// nor tunnel tells connections apart, for Wireshark numbers tcp.stream without them.
import type { FrameReader } from '../capture/frame-reader.ts';
import { type Defragmenter, WHOLE } from './defragmenter.ts';
import { decodeIpv4, decodeIpv6, ENCAPSULATED, endedEarly, ipPayload } from './ip.ts';
import { ETHERNET_HEADER_LENGTH, ETHERNET_TYPE, ethernet, LINKTYPE_ETHERNET } from './link/ethernet.ts';
import { ETHERTYPE_ETHERNET, ETHERTYPE_IPV4, ETHERTYPE_IPV6, type LinkPayload } from './link-decoder.ts';
import { linkDecoderOf } from './link-types.ts';
import {
  type Decoded,
  FIN,
  FRAGMENT,
  MALFORMED,
  NESTED_TOO_DEEP,
  NOT_TCP,
  type Segment,
  TCP,
  UNKNOWN_LINK_TYPE,
} from './segment.ts';
import { tunnelOfProtocol } from './tunnels.ts';
import { followUdp, PROTOCOL_UDP } from './udp.ts';

/** Packets and frames in one another, at most. An overlay over a mobile network over MPLS has six. */
const MAX_LAYERS = 16;

/** Where the decoders of links and tunnels leave what they found. */
const payload: LinkPayload = { etherType: 0, start: 0 };

/**
 * Decodes the reader's current frame into `segment`, whose fields hold only when the answer is TCP. Fragments of IP
 * packets are put together by `defragmenter`: the segment is in the frame that makes its packet whole.
 */
export function decodeFrame(reader: FrameReader, segment: Segment, defragmenter: Defragmenter | null = null): Decoded {
  const view = reader.view;
  const start = reader.frameStart;
  let capturedEnd = reader.frameEnd;
  // Some writers put a smaller original length than they captured; the captured bytes were on the wire for certain.
  let wireEnd = Math.max(capturedEnd, start + reader.originalLength);
  if (reader.fcsLength !== 0) {
    wireEnd -= reader.fcsLength;
    if (capturedEnd > wireEnd) capturedEnd = wireEnd;
  }
  segment.time = reader.time;
  segment.buffer = reader.buffer;
  segment.view = view;

  // The straight way of nearly every frame of nearly every capture.
  if (
    reader.linkType === LINKTYPE_ETHERNET &&
    start + ETHERNET_HEADER_LENGTH <= capturedEnd &&
    view.getUint16(start + ETHERNET_TYPE) === ETHERTYPE_IPV4
  ) {
    const decoded = decodeIpv4(view, start + ETHERNET_HEADER_LENGTH, capturedEnd, wireEnd, segment);
    if (decoded === TCP || (decoded !== ENCAPSULATED && decoded !== FRAGMENT)) return decoded;
  }
  return decodeLink(reader, capturedEnd, wireEnd, segment, defragmenter);
}

/** Any link type, and whatever lies in one another. */
function decodeLink(
  reader: FrameReader,
  capturedEnd: number,
  wireEnd: number,
  segment: Segment,
  defragmenter: Defragmenter | null,
): Decoded {
  const decoder = linkDecoderOf(reader.linkType);
  if (decoder === undefined) return UNKNOWN_LINK_TYPE;
  let view = reader.view;
  let end = capturedEnd;
  /** Only a port said that this is a tunnel. */
  let isGuess = false;
  /** It is only a first fragment: where the packet ended is not known. */
  let isBeginning = false;
  decoder.decode(view, reader.frameStart, end, payload);
  for (let layers = 0; layers < MAX_LAYERS; layers++) {
    const { etherType, start } = payload;
    if (etherType === 0) return NOT_TCP;
    if (etherType === ETHERTYPE_ETHERNET) {
      ethernet.decode(view, start, end, payload);
      continue;
    }
    const isIpv4 = etherType === ETHERTYPE_IPV4;
    const decoded = isIpv4
      ? decodeIpv4(view, start, end, wireEnd, segment)
      : etherType === ETHERTYPE_IPV6
        ? decodeIpv6(view, start, end, wireEnd, segment)
        : endedEarly(end + 1, wireEnd);
    if (decoded === MALFORMED && isGuess) return NOT_TCP;
    if (decoded === FRAGMENT) {
      if (defragmenter === null) return FRAGMENT;
      const { time, captureIndex } = reader;
      const added = isIpv4
        ? defragmenter.addIpv4(segment.buffer, view, start, end, time, captureIndex)
        : defragmenter.addIpv6(segment.buffer, view, start, end, time, captureIndex);
      if (added !== WHOLE) return added;
      view = defragmenter.view;
      segment.buffer = defragmenter.buffer;
      segment.view = view;
      payload.start = 0;
      end = view.byteLength;
      wireEnd = defragmenter.wireLength;
      isBeginning = wireEnd > end;
    } else if (decoded === ENCAPSULATED) {
      const { protocol } = ipPayload;
      wireEnd = ipPayload.end;
      end = Math.min(end, wireEnd);
      if (protocol === PROTOCOL_UDP) {
        isGuess = true;
        followUdp(view, ipPayload.start, end, wireEnd, payload);
      } else tunnelOfProtocol(protocol)!.decode(view, ipPayload.start, end, wireEnd, payload);
    } else {
      // A FIN stands behind the packet's last byte.
      if (isBeginning) segment.flags &= ~FIN;
      return decoded;
    }
  }
  return NESTED_TOO_DEEP;
}
