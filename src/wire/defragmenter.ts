// REASSEMBLES IP packets from their fragments (RFC 791 section 3.2, RFC 8200 section 4.5). Fragments are rare: this is
// not the hot path.
//
// Whatever the fragments say, a packet is at most as long as its length field can tell, and of bytes that come twice the
// first ones count. Memory is bounded by bytes, by the number of unfinished packets and by time; the oldest give way.
// A first fragment that the snaplen cut is taken for the packet, as Wireshark takes it: it has the headers. Another one that
// was cut is of no use: the packet stays unfinished.
import {
  FRAGMENT_HEADER_LENGTH,
  ipPayload,
  isExtensionHeader,
  mayHoldTcp,
  V4_FRAGMENT,
  V4_FRAGMENT_MASK,
  V4_IDENTIFICATION,
  V4_SOURCE,
  V4_TOTAL_LENGTH,
  V6_HEADER_LENGTH,
  V6_PAYLOAD_LENGTH,
  V6_SOURCE,
} from './ip.ts';
import { type Decoded, FRAGMENT, MALFORMED, NOT_TCP } from './segment.ts';

/** There is a packet: `buffer` and `view` hold it, from index 0 to their end, and it was `wireLength` bytes long. */
export const WHOLE = -2;

/** Time (ns) that an unfinished packet is kept. Linux waits for 30 s; longer, and identifications would come again. */
const PATIENCE = 30e9;
/** Unfinished packets, and bytes of them, at most. */
const MAX_PACKETS = 1024;
const MAX_BYTES = 4 * 1024 * 1024;

/** Fragments of a packet that was whole so shortly before (ns) are the same ones; and so many such packets are known. */
const ECHO_TIME = 100e6;
const MAX_FINISHED = 256;

/** Offsets count units of 8 bytes. */
const UNIT = 8;
const LONGEST = 65_535;
const SMALLEST_BUFFER = 4096;

const V4_MORE_FRAGMENTS = 0x2000;
const V4_OFFSET = 0x1fff;
const V4_ADDRESSES_LENGTH = 8;
const V6_ADDRESSES_LENGTH = 32;
// The fragment header: next header, reserved, offset (13 bits) with M in the lowest bit, identification (32 bits).
const V6_OFFSET = 2;
const V6_IDENTIFICATION = 4;
const V6_OFFSET_MASK = 0xfff8;
const V6_MORE_FRAGMENTS = 0x0001;

/** A packet that is being put together. */
interface Packet {
  readonly key: string;
  /** When its first fragment came. */
  readonly time: number;
  /** The headers before the fragments' bytes, as the first fragment has them; null before that came. */
  headers: Buffer | null;
  bytes: Buffer;
  /** 1 for each unit of `bytes` that came, and how many those are. */
  units: Uint8Array;
  held: number;
  /** Length of all fragments' bytes; -1 before the last fragment came. */
  length: number;
  /** How many fragments came of each capture, by its index. */
  readonly fragments: number[];
  /** A packet with the same key was whole a moment ago: these are its fragments, captured twice. */
  readonly isEcho: boolean;
}

export class Defragmenter {
  buffer: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(this.buffer.buffer);
  /** More than `buffer` has only of a first fragment that the snaplen cut. */
  wireLength = 0;

  /** Frames with a fragment of a packet that never was whole, or is not yet, by the index of the capture. */
  readonly unfinished: number[] = [];

  /** By version, addresses, identification and protocol; the oldest first. */
  private readonly packets = new Map<string, Packet>();
  private bytes = 0;
  get heldBytes(): number {
    return this.bytes;
  }
  /** When the latest packets were whole, by the same keys. */
  private readonly finished = new Map<string, number>();

  /** Takes the fragment that `decodeIpv4` found in the packet at `start`, and left in `ipPayload`. */
  addIpv4(
    buffer: Buffer,
    view: DataView,
    start: number,
    capturedEnd: number,
    time: number,
    capture: number,
  ): Decoded | typeof WHOLE {
    const { protocol, start: dataStart, end } = ipPayload;
    if (!mayHoldTcp(protocol)) return NOT_TCP;
    const addresses = start + V4_SOURCE;
    const id = view.getUint16(start + V4_IDENTIFICATION);
    const key = `4 ${buffer.toString('latin1', addresses, addresses + V4_ADDRESSES_LENGTH)}${id} ${protocol}`;
    const field = view.getUint16(start + V4_FRAGMENT);
    const offset = (field & V4_OFFSET) * UNIT;
    const hasMore = (field & V4_MORE_FRAGMENTS) !== 0;
    if (offset === 0 && capturedEnd < end) {
      this.hold(Buffer.from(buffer.subarray(start, capturedEnd)), end - start);
      this.view.setUint16(V4_FRAGMENT, field & ~V4_FRAGMENT_MASK);
      return WHOLE;
    }
    const packet = this.add(key, buffer, start, dataStart, end, capturedEnd, offset, hasMore, time, capture);
    if (typeof packet === 'number') return packet;
    this.write(packet);
    this.view.setUint16(V4_TOTAL_LENGTH, this.buffer.length);
    this.view.setUint16(V4_FRAGMENT, field & ~V4_FRAGMENT_MASK);
    return WHOLE;
  }

  /** The same for `decodeIpv6`. The packet keeps its fragment header, which says now that it is whole (RFC 6946). */
  addIpv6(
    buffer: Buffer,
    view: DataView,
    start: number,
    capturedEnd: number,
    time: number,
    capture: number,
  ): Decoded | typeof WHOLE {
    const { protocol, start: header, end } = ipPayload;
    const field = view.getUint16(header + V6_OFFSET);
    // Of later fragments it need not be true (RFC 8200 section 4.5), but whoever sends them has one value for all.
    if (!mayHoldTcp(protocol) && !isExtensionHeader(protocol)) return NOT_TCP;
    const addresses = start + V6_SOURCE;
    const id = view.getUint32(header + V6_IDENTIFICATION);
    const key = `6 ${buffer.toString('latin1', addresses, addresses + V6_ADDRESSES_LENGTH)}${id}`;
    const dataStart = header + FRAGMENT_HEADER_LENGTH;
    const offset = field & V6_OFFSET_MASK;
    const hasMore = (field & V6_MORE_FRAGMENTS) !== 0;
    if (offset === 0 && capturedEnd < end) {
      this.hold(Buffer.from(buffer.subarray(start, capturedEnd)), end - start);
      this.view.setUint16(header - start + V6_OFFSET, 0);
      return WHOLE;
    }
    const packet = this.add(key, buffer, start, dataStart, end, capturedEnd, offset, hasMore, time, capture);
    if (typeof packet === 'number') return packet;
    this.write(packet);
    this.view.setUint16(V6_PAYLOAD_LENGTH, this.buffer.length - V6_HEADER_LENGTH);
    this.view.setUint16(packet.headers!.length - FRAGMENT_HEADER_LENGTH + V6_OFFSET, 0);
    return WHOLE;
  }

  /** `buffer[start, dataStart)` are the headers, `buffer[dataStart, end)` the bytes; returns the packet if it is whole. */
  private add(
    key: string,
    buffer: Buffer,
    start: number,
    dataStart: number,
    end: number,
    capturedEnd: number,
    offset: number,
    hasMore: boolean,
    time: number,
    capture: number,
  ): Decoded | Packet {
    const length = end - dataStart;
    // Only the last fragment may end within a unit, and none may lead beyond the longest packet.
    if (length <= 0 || (hasMore && length % UNIT !== 0) || dataStart - start + offset + length > LONGEST) {
      return MALFORMED;
    }
    this.forgetOld(time);
    const packet = this.packetFor(key, time);
    if (!packet.isEcho) {
      this.unfinished[capture] = (this.unfinished[capture] ?? 0) + 1;
      packet.fragments[capture] = (packet.fragments[capture] ?? 0) + 1;
    }
    if (capturedEnd < end) return FRAGMENT;
    if (packet.length >= 0 && offset + length > packet.length) return FRAGMENT;
    if (!hasMore && packet.length < 0) {
      // Bytes behind this end came before: one of the two is a lie.
      if (packet.units.includes(1, Math.ceil((offset + length) / UNIT))) return FRAGMENT;
      packet.length = offset + length;
    }
    if (offset === 0) packet.headers ??= Buffer.from(buffer.subarray(start, dataStart));
    this.copy(packet, buffer, dataStart, offset, length);
    if (packet.length < 0 || packet.headers === null || packet.held * UNIT < packet.length) return FRAGMENT;
    this.forget(packet);
    this.finished.delete(key);
    this.finished.set(key, time);
    if (this.finished.size > MAX_FINISHED) this.finished.delete(this.finished.keys().next().value!);
    packet.fragments.forEach((count, index) => {
      this.unfinished[index]! -= count;
    });
    return packet;
  }

  private packetFor(key: string, time: number): Packet {
    const known = this.packets.get(key);
    if (known !== undefined) {
      if (!known.isEcho || !(time - known.time > ECHO_TIME)) return known;
      this.forget(known);
    }
    const finishedAt = this.finished.get(key);
    const packet: Packet = {
      key,
      time,
      headers: null,
      bytes: Buffer.alloc(0),
      units: new Uint8Array(0),
      held: 0,
      length: -1,
      fragments: [],
      isEcho: finishedAt !== undefined && time - finishedAt < ECHO_TIME,
    };
    this.packets.set(key, packet);
    if (this.packets.size > MAX_PACKETS) this.forgetOldest();
    return packet;
  }

  /** Copies the units of a fragment that were not there yet. */
  private copy(packet: Packet, buffer: Buffer, start: number, offset: number, length: number): void {
    this.lengthen(packet, offset + length);
    const { bytes, units } = packet;
    for (let at = 0; at < length; at += UNIT) {
      const unit = (offset + at) / UNIT;
      if (units[unit] === 1) continue;
      units[unit] = 1;
      packet.held++;
      buffer.copy(bytes, offset + at, start + at, start + Math.min(at + UNIT, length));
    }
  }

  /** Makes room for `length` bytes; when that is too much for all packets together, the oldest give way. */
  private lengthen(packet: Packet, length: number): void {
    const { bytes, units } = packet;
    if (length <= bytes.length) return;
    let capacity = Math.max(bytes.length, SMALLEST_BUFFER);
    while (capacity < length) capacity *= 2;
    packet.bytes = Buffer.allocUnsafeSlow(capacity);
    packet.units = new Uint8Array(capacity / UNIT);
    bytes.copy(packet.bytes);
    packet.units.set(units);
    this.bytes += capacity - bytes.length;
    while (this.bytes > MAX_BYTES && this.packets.size > 1) this.forgetOldest();
  }

  private forgetOld(now: number): void {
    for (const packet of this.packets.values()) {
      if (!(now - packet.time > PATIENCE)) return;
      this.forget(packet);
    }
  }

  private forgetOldest(): void {
    for (const packet of this.packets.values()) {
      this.forget(packet);
      return;
    }
  }

  private forget(packet: Packet): void {
    if (this.packets.delete(packet.key)) this.bytes -= packet.bytes.length;
  }

  /** Writes the whole packet into a buffer of its own. */
  private write({ headers, bytes, length }: Packet): void {
    const whole = Buffer.concat([headers!, bytes.subarray(0, length)]);
    this.hold(whole, whole.length);
  }

  private hold(packet: Buffer, wireLength: number): void {
    this.buffer = packet;
    this.wireLength = wireLength;
    this.view = new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.length);
  }
}
