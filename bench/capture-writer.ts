// Writes a capture as a stream: Ethernet frames of TCP segments (and a few that are not TCP) in records of pcap or
// pcapng. It allocates nothing per frame: everything is written into one buffer, which goes to the file when it is full.
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
import { writeSync } from 'node:fs';
import type { Messages } from './messages.ts';

export type CaptureFormat = 'pcap' | 'pcapng';
export type TimestampResolution = 'micro' | 'nano';

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

/** Written to the file when this much has gathered; 1 MiB is where larger writes stopped getting cheaper. */
const CHUNK = 1 << 20;
/** Room for one more record: the longest is a full segment with all its headers. */
const HEADROOM = 4096;

const SNAPLEN = 262_144;
const LINKTYPE_ETHERNET = 1;
/** 2025-09-01T08:00:00Z, in seconds. */
const EPOCH = 1_756_713_600;

const ETHERNET = 14;
const IPV4 = 20;
const IPV6 = 40;
const TCP = 20;
/** NOP NOP Timestamps; and for a SYN: MSS, NOP NOP Timestamps, NOP Window Scale. */
const TIMESTAMPS = 12;
const SYN_OPTIONS = 20;
const WINDOW_SCALE = 7;
/** 64 KB, as a Linux client opens with; unscaled on a SYN. */
const WINDOW = 502;
const SYN_WINDOW = 64_240;

const CLIENT_PORT_FIRST = 32_768;
const CLIENT_PORTS = 28_232;
const CLIENT_HOSTS = 4096;
const SERVERS = 40;
/** 10.0.0.0/8 and, by RFC 2544, 198.18.0.0/15; for IPv6 2001:db8:c::/64 and 2001:db8:5::/64 (RFC 3849). */
const CLIENT_NETWORK = 10 << 24;
const SERVER_NETWORK = (198 << 24) | (18 << 16);
const DOCUMENTATION = 0x2001_0db8;
const CLIENT_SUBNET = 0x000c_0000;
const SERVER_SUBNET = 0x0005_0000;
/** TTL at the capture point. */
const CLIENT_TTL = 61;
const SERVER_TTL = 58;

/** Hex digits of a byte, as one 16-bit word of ASCII. */
const HEX_WORDS = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16BE(),
);

/** What a row of `Endpoints` holds: with 16 words it fills one cache line, and a frame touches no other. */
const ROW = 16;
const IS_IPV6 = 0;
const CLIENT_ADDRESS = 1;
const SERVER_ADDRESS = 2;
const CLIENT_PORT = 3;
const SERVER_PORT = 4;
/** Sum of both addresses' 16-bit words. */
const ADDRESS_SUM = 5;
/** Largest payload of a segment; even. */
const MSS = 6;
/** What each end's clock of the Timestamps option started from, and what it sent last (RFC 7323). */
const CLIENT_CLOCK = 7;
const SERVER_CLOCK = 8;
const CLIENT_TIMESTAMP = 9;
const SERVER_TIMESTAMP = 10;
const CLIENT_IP_ID = 11;
const SERVER_IP_ID = 12;

/** The two ends of each connection, a row per slot, reused by the connections in it. */
export class Endpoints {
  readonly rows: Int32Array;

  constructor(slots: number) {
    this.rows = new Int32Array(slots * ROW);
  }

  /** Gives the slot the 4-tuple number `n`; the same comes again after more than 100 million. */
  assign(slot: number, n: number, ipv6: boolean, clientClock: number, serverClock: number): void {
    const server = Math.imul(n, 0x9e37_79b1) >>> 0;
    const clientAddress = CLIENT_NETWORK + 256 + (n % CLIENT_HOSTS);
    const serverAddress = SERVER_NETWORK + 1 + (server % SERVERS);
    const networks = ipv6 ? 2 * wordSum(DOCUMENTATION) + wordSum(CLIENT_SUBNET) + wordSum(SERVER_SUBNET) : 0;
    const row = slot * ROW;
    this.rows[row + IS_IPV6] = ipv6 ? 1 : 0;
    this.rows[row + CLIENT_ADDRESS] = clientAddress;
    this.rows[row + SERVER_ADDRESS] = serverAddress;
    this.rows[row + CLIENT_PORT] = CLIENT_PORT_FIRST + (Math.floor(n / CLIENT_HOSTS) % CLIENT_PORTS);
    this.rows[row + SERVER_PORT] = server % 4 === 0 ? 8080 : 80;
    this.rows[row + ADDRESS_SUM] = wordSum(clientAddress) + wordSum(serverAddress) + networks;
    this.rows[row + MSS] = 1500 - (ipv6 ? IPV6 : IPV4) - TCP - TIMESTAMPS;
    this.rows[row + CLIENT_CLOCK] = clientClock;
    this.rows[row + SERVER_CLOCK] = serverClock;
  }

  mss(slot: number): number {
    return this.rows[slot * ROW + MSS]!;
  }
}

export class CaptureWriter {
  /** Records written, and bytes of the file including what waits in the buffer. */
  frames = 0;
  bytes = 0;
  tcpSegments = 0;
  /** Microseconds since the capture's start: the time of the next frame. */
  time = 0;

  readonly #file: number;
  readonly #pcapng: boolean;
  readonly #nano: boolean;
  readonly #messages: Messages;
  readonly #rows: Int32Array;
  readonly #buffer = Buffer.alloc(CHUNK + HEADROOM);
  readonly #view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.length);
  #at = 0;
  #flushed = 0;
  /** Frames within the current microsecond: they are spread over its nanoseconds. */
  #sameTime = 0;
  #lastTime = -1;

  constructor(
    file: number,
    format: CaptureFormat,
    resolution: TimestampResolution,
    messages: Messages,
    endpoints: Endpoints,
  ) {
    this.#file = file;
    this.#pcapng = format === 'pcapng';
    this.#nano = resolution === 'nano';
    this.#messages = messages;
    this.#rows = endpoints.rows;
    if (this.#pcapng) this.#pcapngHeader();
    else this.#pcapHeader();
    this.bytes = this.#at;
  }

  /** A segment without payload. */
  control(slot: number, fromClient: boolean, flags: number, sequence: number, acknowledgement: number): void {
    this.segment(slot, fromClient, flags, sequence, acknowledgement, -1, 0, 0, 0);
  }

  /** A segment that carries `length` bytes of `message` from `offset` on, which is even. `id` goes into the first. */
  segment(
    slot: number,
    fromClient: boolean,
    flags: number,
    sequence: number,
    acknowledgement: number,
    message: number,
    offset: number,
    length: number,
    id: number,
  ): void {
    const rows = this.#rows;
    const row = slot * ROW;
    // A kernel that knows no such connection (any more) has no timestamps to send (RFC 9293 3.10.7.1).
    const options = flags === RST ? 0 : (flags & SYN) !== 0 ? SYN_OPTIONS : TIMESTAMPS;
    const tcpLength = TCP + options + length;
    const headers = ETHERNET + (rows[row + IS_IPV6] === 1 ? IPV6 : IPV4) + TCP + options;
    this.#beginRecord(headers + length);
    const view = this.#view;
    const tcp =
      rows[row + IS_IPV6] === 1
        ? this.#ipv6Header(this.#at, row, fromClient, tcpLength)
        : this.#ipv4Header(this.#at, row, fromClient, tcpLength);

    const window = flags === RST ? 0 : (flags & SYN) !== 0 ? SYN_WINDOW : WINDOW;
    const offsetAndFlags = (((TCP + options) >>> 2) << 12) | flags;
    view.setUint16(tcp, fromClient ? rows[row + CLIENT_PORT]! : rows[row + SERVER_PORT]!);
    view.setUint16(tcp + 2, fromClient ? rows[row + SERVER_PORT]! : rows[row + CLIENT_PORT]!);
    view.setInt32(tcp + 4, sequence);
    view.setInt32(tcp + 8, acknowledgement);
    view.setUint16(tcp + 12, offsetAndFlags);
    view.setUint16(tcp + 14, window);
    view.setUint16(tcp + 18, 0);
    let sum =
      rows[row + ADDRESS_SUM]! +
      6 +
      tcpLength +
      rows[row + CLIENT_PORT]! +
      rows[row + SERVER_PORT]! +
      wordSum(sequence) +
      wordSum(acknowledgement) +
      offsetAndFlags +
      window;
    if (options !== 0) sum += this.#options(tcp + TCP, row, fromClient, flags);
    if (length > 0) sum += this.#payload(tcp + TCP + options, message, offset, length, id);
    view.setUint16(tcp + 16, checksum(sum));

    this.tcpSegments++;
    this.#endRecord(headers + length);
  }

  /** An ARP request of a client for its router (RFC 826). */
  arp(slot: number): void {
    const rows = this.#rows;
    const row = slot * ROW;
    const length = ETHERNET + 28;
    this.#beginRecord(length);
    const view = this.#view;
    const at = this.#ethernet(this.#at, true, 0x0806);
    view.setUint32(at, 0x0001_0800);
    view.setUint32(at + 4, 0x0604_0001);
    view.setUint16(at + 8, 0x0200);
    view.setUint32(at + 10, 1);
    view.setInt32(at + 14, rows[row + CLIENT_ADDRESS]!);
    view.setUint32(at + 18, 0);
    view.setUint16(at + 22, 0);
    view.setInt32(at + 24, CLIENT_NETWORK | 1);
    this.#endRecord(length);
  }

  /** A DNS query over UDP, to a server that is none of the HTTP servers. */
  dns(slot: number, id: number): void {
    const rows = this.#rows;
    const row = slot * ROW;
    const udpLength = 8 + DNS_QUESTION.length;
    const length = ETHERNET + IPV4 + udpLength;
    this.#beginRecord(length);
    const view = this.#view;
    const ip = this.#ethernet(this.#at, true, 0x0800);
    const source = rows[row + CLIENT_ADDRESS]!;
    const target = SERVER_NETWORK | (1 << 8) | 53;
    this.#ipv4(ip, IPV4 + udpLength, 0, (CLIENT_TTL << 8) | 17, source, target);
    const udp = ip + IPV4;
    view.setUint16(udp, rows[row + CLIENT_PORT]!);
    view.setUint16(udp + 2, 53);
    view.setUint16(udp + 4, udpLength);
    // Zero says that there is no checksum (RFC 768).
    view.setUint16(udp + 6, 0);
    DNS_QUESTION.copy(this.#buffer, udp + 8);
    view.setUint16(udp + 8, id & 0xffff);
    this.#endRecord(length);
  }

  /** Writes what is left. The file stays open. */
  finish(): void {
    this.#flush();
  }

  #pcapHeader(): void {
    const view = this.#view;
    view.setUint32(0, this.#nano ? 0xa1b2_3c4d : 0xa1b2_c3d4, true);
    view.setUint16(4, 2, true);
    view.setUint16(6, 4, true);
    view.setUint32(8, 0, true);
    view.setUint32(12, 0, true);
    view.setUint32(16, SNAPLEN, true);
    view.setUint32(20, LINKTYPE_ETHERNET, true);
    this.#at = 24;
  }

  /** A Section Header Block and an Interface Description Block with if_tsresol. */
  #pcapngHeader(): void {
    const words = [
      [0x0a0d_0d0a, 28, 0x1a2b_3c4d, 0x0000_0001, 0xffff_ffff, 0xffff_ffff, 28],
      [1, 32, LINKTYPE_ETHERNET, SNAPLEN, 0x0001_0009, this.#nano ? 9 : 6, 0, 32],
    ].flat();
    words.forEach((word, i) => {
      this.#view.setUint32(i * 4, word, true);
    });
    this.#at = words.length * 4;
  }

  /** Writes the record's header and moves `#at` to the first byte of the frame. */
  #beginRecord(length: number): void {
    if (this.#at >= CHUNK) this.#flush();
    const view = this.#view;
    const at = this.#at;
    this.#sameTime = this.time === this.#lastTime ? this.#sameTime + 1 : 0;
    this.#lastTime = this.time;
    const nanoseconds = this.#nano ? Math.min(999, this.#sameTime * 10) : 0;
    const seconds = Math.floor(this.time / 1e6);
    const microseconds = this.time - seconds * 1e6;
    if (this.#pcapng) {
      // Units since 1970 exceed 2^53 for nanoseconds: so seconds are multiplied in two halves of 16 bits.
      const units = this.#nano ? 1e9 : 1e6;
      const lowProduct =
        ((EPOCH + seconds) & 0xffff) * units + (this.#nano ? microseconds * 1000 + nanoseconds : microseconds);
      const highProduct = Math.floor((EPOCH + seconds) / 0x1_0000) * units + Math.floor(lowProduct / 0x1_0000);
      view.setUint32(at, 6, true);
      view.setUint32(at + 4, 32 + ((length + 3) & ~3), true);
      view.setUint32(at + 8, 0, true);
      view.setUint32(at + 12, Math.floor(highProduct / 0x1_0000), true);
      view.setUint32(at + 16, (highProduct % 0x1_0000) * 0x1_0000 + (lowProduct % 0x1_0000), true);
      view.setUint32(at + 20, length, true);
      view.setUint32(at + 24, length, true);
      this.#at = at + 28;
    } else {
      view.setUint32(at, EPOCH + seconds, true);
      view.setUint32(at + 4, this.#nano ? microseconds * 1000 + nanoseconds : microseconds, true);
      view.setUint32(at + 8, length, true);
      view.setUint32(at + 12, length, true);
      this.#at = at + 16;
    }
  }

  #endRecord(length: number): void {
    this.#at += length;
    if (this.#pcapng) {
      const padded = (length + 3) & ~3;
      for (let i = length; i < padded; i++) this.#buffer[this.#at++] = 0;
      this.#view.setUint32(this.#at, 32 + padded, true);
      this.#at += 4;
    }
    this.frames++;
    this.bytes = this.#flushed + this.#at;
  }

  #flush(): void {
    for (let at = 0; at < this.#at; ) at += writeSync(this.#file, this.#buffer, at, this.#at - at);
    this.#flushed += this.#at;
    this.#at = 0;
  }

  /** Two routers' addresses: the capture is taken between them. Returns where the next header begins. */
  #ethernet(at: number, fromClient: boolean, type: number): number {
    const view = this.#view;
    view.setUint16(at, 0x0200);
    view.setUint32(at + 2, fromClient ? 2 : 1);
    view.setUint16(at + 6, 0x0200);
    view.setUint32(at + 8, fromClient ? 1 : 2);
    view.setUint16(at + 12, type);
    return at + ETHERNET;
  }

  #ipv4Header(at: number, row: number, fromClient: boolean, tcpLength: number): number {
    const rows = this.#rows;
    const ip = this.#ethernet(at, fromClient, 0x0800);
    if (fromClient) {
      rows[row + CLIENT_IP_ID] = (rows[row + CLIENT_IP_ID]! + 1) & 0xffff;
      this.#ipv4(
        ip,
        IPV4 + tcpLength,
        rows[row + CLIENT_IP_ID]!,
        (CLIENT_TTL << 8) | 6,
        rows[row + CLIENT_ADDRESS]!,
        rows[row + SERVER_ADDRESS]!,
      );
    } else {
      rows[row + SERVER_IP_ID] = (rows[row + SERVER_IP_ID]! + 1) & 0xffff;
      this.#ipv4(
        ip,
        IPV4 + tcpLength,
        rows[row + SERVER_IP_ID]!,
        (SERVER_TTL << 8) | 6,
        rows[row + SERVER_ADDRESS]!,
        rows[row + CLIENT_ADDRESS]!,
      );
    }
    return ip + IPV4;
  }

  #ipv4(ip: number, length: number, id: number, ttlAndProtocol: number, source: number, target: number): void {
    const view = this.#view;
    view.setUint16(ip, 0x4500);
    view.setUint16(ip + 2, length);
    view.setUint16(ip + 4, id);
    // Don't Fragment.
    view.setUint16(ip + 6, 0x4000);
    view.setUint16(ip + 8, ttlAndProtocol);
    view.setUint16(ip + 10, checksum(0x8500 + length + id + ttlAndProtocol + wordSum(source) + wordSum(target)));
    view.setInt32(ip + 12, source);
    view.setInt32(ip + 16, target);
  }

  #ipv6Header(at: number, row: number, fromClient: boolean, tcpLength: number): number {
    const rows = this.#rows;
    const view = this.#view;
    const ip = this.#ethernet(at, fromClient, 0x86dd);
    view.setUint32(ip, 0x6000_0000);
    view.setUint16(ip + 4, tcpLength);
    view.setUint16(ip + 6, (6 << 8) | (fromClient ? CLIENT_TTL : SERVER_TTL));
    this.#ipv6Address(ip + (fromClient ? 8 : 24), CLIENT_SUBNET, rows[row + CLIENT_ADDRESS]!);
    this.#ipv6Address(ip + (fromClient ? 24 : 8), SERVER_SUBNET, rows[row + SERVER_ADDRESS]!);
    return ip + IPV6;
  }

  #ipv6Address(at: number, subnet: number, host: number): void {
    this.#view.setUint32(at, DOCUMENTATION);
    this.#view.setUint32(at + 4, subnet);
    this.#view.setUint32(at + 8, 0);
    this.#view.setInt32(at + 12, host);
  }

  /** Writes the options and returns their sum. SACK is not offered: then duplicate ACKs need no blocks. */
  #options(at: number, row: number, fromClient: boolean, flags: number): number {
    const rows = this.#rows;
    const view = this.#view;
    const milliseconds = Math.floor(this.time / 1000);
    const value = ((fromClient ? rows[row + CLIENT_CLOCK]! : rows[row + SERVER_CLOCK]!) + milliseconds) | 0;
    const echo = (flags & ACK) === 0 ? 0 : fromClient ? rows[row + SERVER_TIMESTAMP]! : rows[row + CLIENT_TIMESTAMP]!;
    if (fromClient) rows[row + CLIENT_TIMESTAMP] = value;
    else rows[row + SERVER_TIMESTAMP] = value;
    let sum = 0x0101 + 0x080a + wordSum(value) + wordSum(echo);
    let timestamps = at;
    if ((flags & SYN) !== 0) {
      const mss = rows[row + MSS]! + TIMESTAMPS;
      view.setUint16(at, 0x0204);
      view.setUint16(at + 2, mss);
      view.setUint16(at + 16, 0x0103);
      view.setUint16(at + 18, 0x0300 | WINDOW_SCALE);
      sum += 0x0204 + mss + 0x0103 + (0x0300 | WINDOW_SCALE);
      timestamps += 4;
    }
    view.setUint32(timestamps, 0x0101_080a);
    view.setInt32(timestamps + 4, value);
    view.setInt32(timestamps + 8, echo);
    return sum;
  }

  /** Copies a part of a message and returns its sum. */
  #payload(at: number, message: number, offset: number, length: number, id: number): number {
    const messages = this.#messages;
    const from = messages.start[message]! + offset;
    messages.bytes.copy(this.#buffer, at, from, from + length);
    // An odd end is the message's end, and a zero byte stands behind it in the pool.
    let sum = messages.sums[(from + length + 1) >> 1]! - messages.sums[from >> 1]! + 0xffff;
    if (offset === 0) {
      const idAt = at + messages.idAt[message]!;
      for (let i = 0; i < 4; i++) {
        const word = HEX_WORDS[(id >>> (24 - i * 8)) & 0xff]!;
        this.#view.setUint16(idAt + i * 2, word);
        sum += word;
      }
    }
    return sum;
  }
}

/** A standard query for the A record of api.example.test; its id comes first. */
const DNS_QUESTION = Buffer.concat([
  Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  Buffer.from('\x03api\x07example\x04test\x00', 'latin1'),
  Buffer.from([0, 1, 0, 1]),
]);

function wordSum(value: number): number {
  return (value >>> 16) + (value & 0xffff);
}

/** RFC 1071: the complement of the ones' complement sum. `sum` is positive and below 2^31. */
function checksum(sum: number): number {
  const folded = (sum & 0xffff) + (sum >>> 16);
  return ~((folded & 0xffff) + (folded >>> 16)) & 0xffff;
}
