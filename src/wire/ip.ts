// IPv4 (RFC 791) and IPv6 (RFC 8200) down to the TCP header, or to what else they carry.
//
// Lengths come from the IP header, so that Ethernet's padding is never taken for payload. Two of them are not what
// they say: a packet that was handed to the network card for segmentation has a length of 0 or less than nothing to do
// with what follows, so the frame's own length bounds it.
import { CUT_IN_HEADERS, type Decoded, FRAGMENT, MALFORMED, NOT_TCP, type Segment } from './segment.ts';
import { decodeTcp } from './tcp.ts';
import { tunnelOfPorts, tunnelOfProtocol } from './tunnels.ts';
import { PROTOCOL_UDP, UDP_DESTINATION_PORT, UDP_HEADER_LENGTH, UDP_SOURCE_PORT } from './udp.ts';

const PROTOCOL_TCP = 6;

/** The packet carries what may be a tunnel; `ipPayload` says where it is. */
export const ENCAPSULATED = -1;
export type IpDecoded = Decoded | typeof ENCAPSULATED;

/** What an IP packet carries that is a fragment or ENCAPSULATED. One reused record. */
export const ipPayload = {
  /** The IP protocol's number: of a fragment what the whole packet carries. */
  protocol: 0,
  /** Index of its first byte; for an IPv6 fragment of the fragment header. */
  start: 0,
  /** Where the packet ended on the wire, by its own length. */
  end: 0,
};

/** Is this worth being put together from fragments? */
export function mayHoldTcp(protocol: number): boolean {
  return (
    protocol === PROTOCOL_TCP ||
    protocol === PROTOCOL_UDP ||
    protocol === AUTHENTICATION_HEADER ||
    tunnelOfProtocol(protocol) !== undefined
  );
}

/** A packet that carries something else than TCP: a tunnel, perhaps. */
function carrying(protocol: number, view: DataView, start: number, capturedEnd: number, end: number): IpDecoded {
  if (protocol === PROTOCOL_UDP) {
    // Ordinary UDP goes no further.
    if (start + UDP_HEADER_LENGTH > Math.min(capturedEnd, end)) return NOT_TCP;
    const source = view.getUint16(start + UDP_SOURCE_PORT);
    if (tunnelOfPorts(source, view.getUint16(start + UDP_DESTINATION_PORT)) === undefined) return NOT_TCP;
  } else if (tunnelOfProtocol(protocol) === undefined) return NOT_TCP;
  return leave(ENCAPSULATED, protocol, start, end);
}

function leave<Answer extends IpDecoded>(decoded: Answer, protocol: number, start: number, end: number): Answer {
  ipPayload.protocol = protocol;
  ipPayload.start = start;
  ipPayload.end = end;
  return decoded;
}

//  IPv4 header (20 bytes and options)
//   0  version (4 bits), header length in words (4 bits)
//   2  total length
//   4  identification
//   6  reserved, DF, MF (3 bits), fragment offset (13 bits)
//   8  time to live
//   9  protocol
//  12  source address
//  16  destination address
export const V4_TOTAL_LENGTH = 2;
export const V4_IDENTIFICATION = 4;
export const V4_FRAGMENT = 6;
const V4_TTL = 8;
const V4_PROTOCOL = 9;
export const V4_SOURCE = 12;
const V4_DESTINATION = 16;
const V4_SHORTEST_HEADER = 20;
/** MF and the offset: anything in them makes a fragment of the packet. */
export const V4_FRAGMENT_MASK = 0x3fff;

/**
 * Decodes the IPv4 packet at `start`. `capturedEnd` is behind its last captured byte, `wireEnd` where the frame ended
 * on the wire (beyond the buffer's contents when the snaplen cut it).
 */
export function decodeIpv4(
  view: DataView,
  start: number,
  capturedEnd: number,
  wireEnd: number,
  segment: Segment,
): IpDecoded {
  if (start + V4_SHORTEST_HEADER > capturedEnd) return endedEarly(start + V4_SHORTEST_HEADER, wireEnd);
  // Neighbours are read as one word: each access to a view costs its checks.
  const versionToLength = view.getInt32(start);
  const headerLength = ((versionToLength >>> 24) & 0x0f) * 4;
  if (versionToLength >>> 28 !== 4 || headerLength < V4_SHORTEST_HEADER) return MALFORMED;
  const idAndFragment = view.getInt32(start + V4_IDENTIFICATION);
  const ttlAndProtocol = view.getUint16(start + V4_TTL);
  if ((ttlAndProtocol & 0xff) !== PROTOCOL_TCP || (idAndFragment & V4_FRAGMENT_MASK) !== 0) {
    return otherThanSegment(view, start, headerLength, capturedEnd, wireEnd, segment);
  }

  const totalLength = versionToLength & 0xffff;
  let end = start + totalLength;
  if (totalLength === 0 || end > wireEnd) end = wireEnd;

  readIpv4(view, start, ttlAndProtocol >>> 8, idAndFragment >>> 16, segment);
  return decodeTcp(view, start + headerLength, capturedEnd, end, segment);
}

function readIpv4(view: DataView, start: number, ttl: number, ipId: number, segment: Segment): void {
  if (segment.ipVersion !== 4) forgetIpv6(segment);
  segment.source0 = view.getInt32(start + V4_SOURCE);
  segment.destination0 = view.getInt32(start + V4_DESTINATION);
  segment.ttl = ttl;
  segment.ipId = ipId;
}

/** A fragment, or a packet that carries something else than TCP, or TCP behind an authentication header. */
function otherThanSegment(
  view: DataView,
  start: number,
  headerLength: number,
  capturedEnd: number,
  wireEnd: number,
  segment: Segment,
): IpDecoded {
  let protocol = view.getUint8(start + V4_PROTOCOL);
  const totalLength = view.getUint16(start + V4_TOTAL_LENGTH);
  let dataStart = start + headerLength;
  if ((view.getUint16(start + V4_FRAGMENT) & V4_FRAGMENT_MASK) !== 0) {
    return leave(FRAGMENT, protocol, dataStart, start + totalLength);
  }
  const end = totalLength === 0 ? wireEnd : Math.min(start + totalLength, wireEnd);
  while (protocol === AUTHENTICATION_HEADER) {
    if (dataStart + EXTENSION_UNIT > capturedEnd) return endedEarly(dataStart + EXTENSION_UNIT, end);
    protocol = view.getUint8(dataStart);
    dataStart += authenticationHeaderLength(view, dataStart);
  }
  if (protocol !== PROTOCOL_TCP) return carrying(protocol, view, dataStart, capturedEnd, end);
  readIpv4(view, start, view.getUint8(start + V4_TTL), view.getUint16(start + V4_IDENTIFICATION), segment);
  return decodeTcp(view, dataStart, capturedEnd, end, segment);
}

/** IPv4 addresses are one word: the other words, once set by an IPv6 packet, are 0 again. */
function forgetIpv6(segment: Segment): void {
  segment.ipVersion = 4;
  segment.source1 = 0;
  segment.source2 = 0;
  segment.source3 = 0;
  segment.destination1 = 0;
  segment.destination2 = 0;
  segment.destination3 = 0;
}

//  IPv6 header (40 bytes)
//   0  version (4 bits), traffic class, flow label
//   4  payload length: of what follows this header; 0 in a jumbogram (RFC 2675)
//   6  next header
//   7  hop limit
//   8  source address
//  24  destination address
export const V6_PAYLOAD_LENGTH = 4;
const V6_NEXT_HEADER = 6;
const V6_HOP_LIMIT = 7;
export const V6_SOURCE = 8;
const V6_DESTINATION = 24;
export const V6_HEADER_LENGTH = 40;

//  Extension headers: next header (8 bits), length (8 bits), and more. The length counts 8 bytes beyond the first 8.
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT_HEADER = 44;
export const FRAGMENT_HEADER_LENGTH = 8;
const AUTHENTICATION_HEADER = 51;
const DESTINATION_OPTIONS = 60;
const EXTENSION_UNIT = 8;

/** Bytes 2 and 3 of a fragment header are offset (13 bits), reserved (2 bits), M: nothing in these is a whole packet. */
const V6_FRAGMENT_MASK = 0xfff9;

/** Decodes the IPv6 packet at `start`; the arguments are those of `decodeIpv4`. */
export function decodeIpv6(
  view: DataView,
  start: number,
  capturedEnd: number,
  wireEnd: number,
  segment: Segment,
): IpDecoded {
  if (start + V6_HEADER_LENGTH > capturedEnd) return endedEarly(start + V6_HEADER_LENGTH, wireEnd);
  if (view.getUint8(start) >>> 4 !== 6) return MALFORMED;
  const payloadLength = view.getUint16(start + V6_PAYLOAD_LENGTH);
  let end = start + V6_HEADER_LENGTH + payloadLength;
  if (payloadLength === 0 || end > wireEnd) end = wireEnd;

  let nextHeader = view.getUint8(start + V6_NEXT_HEADER);
  let at = start + V6_HEADER_LENGTH;
  while (nextHeader !== PROTOCOL_TCP) {
    if (!isExtensionHeader(nextHeader)) return carrying(nextHeader, view, at, capturedEnd, end);
    if (at + EXTENSION_UNIT > capturedEnd) return endedEarly(at + EXTENSION_UNIT, wireEnd);
    if (nextHeader === FRAGMENT_HEADER) {
      // RFC 6946: an atomic fragment is a whole packet that carries the header for nothing.
      if ((view.getUint16(at + 2) & V6_FRAGMENT_MASK) !== 0) {
        return leave(FRAGMENT, view.getUint8(at), at, start + V6_HEADER_LENGTH + payloadLength);
      }
      nextHeader = view.getUint8(at);
      at += EXTENSION_UNIT;
    } else {
      const isAuthentication = nextHeader === AUTHENTICATION_HEADER;
      nextHeader = view.getUint8(at);
      at += isAuthentication ? authenticationHeaderLength(view, at) : (view.getUint8(at + 1) + 1) * EXTENSION_UNIT;
    }
  }

  segment.ipVersion = 6;
  segment.source0 = view.getInt32(start + V6_SOURCE);
  segment.source1 = view.getInt32(start + V6_SOURCE + 4);
  segment.source2 = view.getInt32(start + V6_SOURCE + 8);
  segment.source3 = view.getInt32(start + V6_SOURCE + 12);
  segment.destination0 = view.getInt32(start + V6_DESTINATION);
  segment.destination1 = view.getInt32(start + V6_DESTINATION + 4);
  segment.destination2 = view.getInt32(start + V6_DESTINATION + 8);
  segment.destination3 = view.getInt32(start + V6_DESTINATION + 12);
  segment.ttl = view.getUint8(start + V6_HOP_LIMIT);
  segment.ipId = -1;
  return decodeTcp(view, at, capturedEnd, end, segment);
}

/** Does another header follow this one, whose end is known? */
export function isExtensionHeader(nextHeader: number): boolean {
  return (
    nextHeader === HOP_BY_HOP ||
    nextHeader === ROUTING ||
    nextHeader === FRAGMENT_HEADER ||
    nextHeader === AUTHENTICATION_HEADER ||
    nextHeader === DESTINATION_OPTIONS
  );
}

/** RFC 4302 section 2.2: its length counts 4 bytes beyond the first 8. */
function authenticationHeaderLength(view: DataView, start: number): number {
  return (view.getUint8(start + 1) + 2) * 4;
}

/** The captured bytes end before `needed`: was the frame that long on the wire, or is it too short for its headers? */
export function endedEarly(needed: number, wireEnd: number): Decoded {
  return needed <= wireEnd ? CUT_IN_HEADERS : MALFORMED;
}
