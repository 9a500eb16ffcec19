// What DECODING leaves of a frame: the TCP segment in it, with everything that the layers above ask for. There is one
// such record, overwritten for each frame, so nobody keeps it.

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

/** What a frame turned out to be. Everything but TCP is counted and left alone. */
export const TCP = 0;
/** Something that is not ours: ARP, UDP without a tunnel in it, ICMP (with whatever headers it quotes) … */
export const NOT_TCP = 1;
/** A fragment of an IP packet, which is not whole with it: never taken for a segment. */
export const FRAGMENT = 2;
/** The headers contradict themselves, or end before they are whole. */
export const MALFORMED = 3;
/** No decoder for this link type. */
export const UNKNOWN_LINK_TYPE = 4;
/** The snaplen cut the frame inside its headers. */
export const CUT_IN_HEADERS = 5;
/** More tunnels in one another than anybody builds. */
export const NESTED_TOO_DEEP = 6;
export type Decoded =
  | typeof TCP
  | typeof NOT_TCP
  | typeof FRAGMENT
  | typeof MALFORMED
  | typeof UNKNOWN_LINK_TYPE
  | typeof CUT_IN_HEADERS
  | typeof NESTED_TOO_DEEP;

export class Segment {
  /** The number of its frame in the whole capture, from 1 on, as whoever counts the frames gives it. */
  frame = 0;
  /** Nanoseconds since the timeline's origin; NaN when the capture does not tell. */
  time = Number.NaN;

  /** The buffer that holds the frame, with a view over the whole of it. */
  buffer: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(this.buffer.buffer);

  /** 4 or 6. */
  ipVersion = 4;
  /** Source and destination address as four signed 32-bit words; IPv4 uses the first word, the others are 0. */
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  /** IPv4 time to live or IPv6 hop limit. */
  ttl = 0;
  /** IPv4 identification; -1 for IPv6. */
  ipId = -1;

  sourcePort = 0;
  destinationPort = 0;
  /** Sequence and acknowledgement number as signed 32-bit integers (see sequence-number.ts). */
  sequence = 0;
  acknowledgement = 0;
  /** The flags FIN, SYN, RST, PSH, ACK … of the header's 14th byte. */
  flags = 0;
  /** The window field, unscaled. */
  window = 0;
  /** Window scale shift of a SYN's option; -1 when there is none or the segment is no SYN. */
  windowScale = -1;

  /** Index of the TCP header's first byte in `buffer`. */
  headerStart = 0;
  /** Index of the payload's first byte in `buffer`. */
  payloadStart = 0;
  /** Payload bytes on the wire, by the IP length: what sequence numbers count. */
  payloadLength = 0;
  /** Payload bytes in the capture, from the payload's start on: fewer when the snaplen cut the frame. */
  capturedLength = 0;
}

/** What tells a connection: addresses and ports of both ends. */
export type FourTuple = Pick<
  Segment,
  | 'ipVersion'
  | 'source0'
  | 'source1'
  | 'source2'
  | 'source3'
  | 'destination0'
  | 'destination1'
  | 'destination2'
  | 'destination3'
  | 'sourcePort'
  | 'destinationPort'
>;

/** A 4-tuple to be filled. */
export function emptyTuple(): { -readonly [Key in keyof FourTuple]: FourTuple[Key] } {
  return {
    ipVersion: 4,
    source0: 0,
    source1: 0,
    source2: 0,
    source3: 0,
    destination0: 0,
    destination1: 0,
    destination2: 0,
    destination3: 0,
    sourcePort: 0,
    destinationPort: 0,
  };
}
