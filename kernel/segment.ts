// Decodes a frame as src/wire/ does, when it is of the plainest kind: a TCP segment in an IP packet that follows the link
// header at once.
import { big16, big32 } from './memory';

export const FIN: i32 = 0x01;
export const SYN: i32 = 0x02;
export const RST: i32 = 0x04;
export const ACK: i32 = 0x10;

/** Addresses and ports are those of this segment. */
export let hasTuple: bool = false;
export let isIpv6: bool = false;
export let source0: i32 = 0;
export let source1: i32 = 0;
export let source2: i32 = 0;
export let source3: i32 = 0;
export let destination0: i32 = 0;
export let destination1: i32 = 0;
export let destination2: i32 = 0;
export let destination3: i32 = 0;
/** Source port in the upper half, destination port in the lower. */
export let ports: i32 = 0;
export let sequence: i32 = 0;
export let acknowledgement: i32 = 0;
export let flags: i32 = 0;
/** Unscaled. */
export let window: i32 = 0;
/** TCP's. Known of a frame that was decoded here. */
export let checksum: i32 = 0;
/** Addresses of the payload's first byte and behind its last one on the wire. */
export let payloadStart: i32 = 0;
export let payloadEnd: i32 = 0;
/** A SYN's window scale shift; 0 when it has none. */
export let windowScale: i32 = 0;
/** IPv4 time to live or IPv6 hop limit; IPv4 identification, -1 for IPv6. */
export let ttl: i32 = 0;
export let ipId: i32 = 0;
/** Bytes of the payload are missing: the snaplen cut them off. */
export let isCut: bool = false;
export let frame: i32 = 0;
/** Nanoseconds since the timeline's origin; NaN when the capture does not tell. */
export let time: f64 = NaN;

/** Where the EtherType stands in a frame, -1 when an IP packet's version tells it; and where what it tells of begins. */
let etherTypeAt: i32 = 12;
let linkHeaderLength: i32 = 14;

export function setLinkHeader(typeAt: i32, length: i32): void {
  etherTypeAt = typeAt;
  linkHeaderLength = length;
}

/** VLAN tags, whose last two bytes are another EtherType. */
const CUSTOMER_TAG: i32 = 0x8100;
const SERVICE_TAG: i32 = 0x88a8;
const TAG_LENGTH: i32 = 4;
const ETHERTYPE_IPV4: i32 = 0x0800;
const ETHERTYPE_IPV6: i32 = 0x86dd;
const PROTOCOL_TCP: u8 = 6;
const IPV4_HEADER: i32 = 20;
/** Version 4, a header without options. */
const PLAIN_IPV4: u8 = 0x45;
const IPV6_HEADER: i32 = 40;
const TCP_HEADER: i32 = 20;
const END_OF_OPTIONS: u8 = 0;
const NO_OPERATION: u8 = 1;
const WINDOW_SCALE: u8 = 3;
const LARGEST_WINDOW_SCALE: i32 = 14;

function etherTypeOfVersion(packet: i32): i32 {
  const version = load<u8>(packet) >>> 4;
  return version === 4 ? ETHERTYPE_IPV4 : version === 6 ? ETHERTYPE_IPV6 : 0;
}

/** The frame's captured bytes are [start, end), and it ended on the wire at `wireEnd`. False: it is not plain. */
export function decode(start: i32, end: i32, wireEnd: i32): bool {
  let at = start + linkHeaderLength;
  if (at + IPV4_HEADER > end) return false;
  let etherType = etherTypeAt < 0 ? etherTypeOfVersion(at) : big16(start + etherTypeAt);
  while (etherType === CUSTOMER_TAG || etherType === SERVICE_TAG) {
    at += TAG_LENGTH;
    if (at + IPV4_HEADER > end) return false;
    etherType = big16(at - 2);
  }
  let packetEnd = wireEnd;
  if (etherType === ETHERTYPE_IPV4) {
    const versionToLength = big32(at);
    const headerLength = ((versionToLength >>> 24) & 0x0f) * 4;
    if (versionToLength >>> 28 !== 4 || headerLength < IPV4_HEADER) return false;
    if (load<u8>(at + 9) !== PROTOCOL_TCP || (big16(at + 6) & 0x3fff) !== 0) return false;
    const totalLength = versionToLength & 0xffff;
    if (totalLength !== 0 && at + totalLength <= wireEnd) packetEnd = at + totalLength;
    isIpv6 = false;
    ipId = big16(at + 4);
    ttl = load<u8>(at + 8);
    source0 = big32(at + 12);
    destination0 = big32(at + 16);
    at += headerLength;
  } else if (etherType === ETHERTYPE_IPV6) {
    if (at + IPV6_HEADER > end || load<u8>(at) >>> 4 !== 6 || load<u8>(at + 6) !== PROTOCOL_TCP) return false;
    const payloadLength = big16(at + 4);
    if (payloadLength !== 0 && at + IPV6_HEADER + payloadLength <= wireEnd) {
      packetEnd = at + IPV6_HEADER + payloadLength;
    }
    isIpv6 = true;
    ipId = -1;
    ttl = load<u8>(at + 7);
    source0 = big32(at + 8);
    source1 = big32(at + 12);
    source2 = big32(at + 16);
    source3 = big32(at + 20);
    destination0 = big32(at + 24);
    destination1 = big32(at + 28);
    destination2 = big32(at + 32);
    destination3 = big32(at + 36);
    at += IPV6_HEADER;
  } else return false;

  if (at + TCP_HEADER > packetEnd || at + TCP_HEADER > end) return false;
  const offsetFlagsWindow = big32(at + 12);
  const headerLength = (offsetFlagsWindow >>> 28) * 4;
  payloadStart = at + headerLength;
  payloadEnd = packetEnd;
  if (headerLength < TCP_HEADER || payloadStart > packetEnd) return false;
  isCut = packetEnd > end;
  ports = big32(at);
  sequence = big32(at + 4);
  acknowledgement = big32(at + 8);
  flags = (offsetFlagsWindow >>> 16) & 0xff;
  window = offsetFlagsWindow & 0xffff;
  checksum = big16(at + 16);
  hasTuple = true;
  if ((flags & SYN) !== 0) windowScale = windowScaleIn(at + TCP_HEADER, min<i32>(payloadStart, end));
  return true;
}

// What a segment brings, as far as can be seen at a glance.
export const NOTHING: i32 = 0;
export const ACKNOWLEDGEMENT: i32 = 1;
export const DATA: i32 = 2;
export const OPENING: i32 = 3;
export const END: i32 = 4;

/**
 * Reads only addresses and ports, of a frame in which they stand where they mostly do, and what its segment brings; NOTHING: it is
 * another one.
 */
export function readOutline(start: i32, end: i32): i32 {
  const at = start + linkHeaderLength;
  if (at + IPV4_HEADER + TCP_HEADER > end || load<u8>(at) !== PLAIN_IPV4) return NOTHING;
  if (etherTypeAt >= 0 && big16(start + etherTypeAt) !== ETHERTYPE_IPV4) return NOTHING;
  isIpv6 = false;
  source0 = big32(at + 12);
  destination0 = big32(at + 16);
  ports = big32(at + IPV4_HEADER);
  const bits = load<u8>(at + IPV4_HEADER + 13);
  if ((bits & SYN) !== 0) return OPENING;
  if ((bits & (FIN | RST)) !== 0) return END;
  const headers = IPV4_HEADER + (load<u8>(at + IPV4_HEADER + 12) >>> 4) * 4;
  return big16(at + 2) > headers ? DATA : ACKNOWLEDGEMENT;
}

function windowScaleIn(start: i32, end: i32): i32 {
  let option = start;
  while (option + 1 < end) {
    const kind = load<u8>(option);
    if (kind === END_OF_OPTIONS) return 0;
    if (kind === NO_OPERATION) {
      option++;
      continue;
    }
    const length = <i32>load<u8>(option + 1);
    if (length < 2 || option + length > end) return 0;
    if (kind === WINDOW_SCALE && length === 3) return min<i32>(load<u8>(option + 2), LARGEST_WINDOW_SCALE);
    option += length;
  }
  return 0;
}

/** A segment that was decoded elsewhere. Its addresses matter only where a connection begins. */
export function setAddresses(
  ofIpv6: bool,
  sourceWord0: i32,
  sourceWord1: i32,
  sourceWord2: i32,
  sourceWord3: i32,
  destinationWord0: i32,
  destinationWord1: i32,
  destinationWord2: i32,
  destinationWord3: i32,
  bothPorts: i32,
): void {
  isIpv6 = ofIpv6;
  source0 = sourceWord0;
  source1 = sourceWord1;
  source2 = sourceWord2;
  source3 = sourceWord3;
  destination0 = destinationWord0;
  destination1 = destinationWord1;
  destination2 = destinationWord2;
  destination3 = destinationWord3;
  ports = bothPorts;
}

export function setSegment(
  segmentFrame: i32,
  segmentTime: f64,
  segmentSequence: i32,
  segmentAcknowledgement: i32,
  segmentFlags: i32,
  segmentWindow: i32,
  scale: i32,
  timeToLive: i32,
  identification: i32,
  start: i32,
  length: i32,
  cut: bool,
): void {
  setFrame(segmentFrame, segmentTime);
  hasTuple = false;
  sequence = segmentSequence;
  acknowledgement = segmentAcknowledgement;
  flags = segmentFlags;
  window = segmentWindow;
  windowScale = scale;
  ttl = timeToLive;
  ipId = identification;
  payloadStart = start;
  payloadEnd = start + length;
  isCut = cut;
}

export function setFrame(number: i32, frameTime: f64): void {
  frame = number;
  time = frameTime;
}
