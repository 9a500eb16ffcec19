// Captures made into other captures of the same conversations: what must not change any finding.
import { ACK, FIN, PSH, RST, SYN } from '../wire/segment.ts';
import { PcapngBuilder, pcapFile } from './capture-builder.ts';

/** A frame: nanoseconds since 1970, and the IPv4 packet in it. */
export interface Packet {
  readonly time: bigint;
  readonly data: Buffer;
  readonly originalLength: number;
}

export const LINKTYPE_RAW = 101;
const LINKTYPE_ETHERNET = 1;
const NANOSECOND_MAGIC = 0xa1b23c4d;
const BILLION = 1_000_000_000n;

export function pcapOf(packets: readonly Packet[], linkType = LINKTYPE_RAW): Buffer {
  return pcapFile(
    packets.map(({ time, data, originalLength }) => ({
      seconds: Number(time / BILLION),
      fraction: Number(time % BILLION),
      data,
      originalLength,
    })),
    { magic: NANOSECOND_MAGIC, linkType },
  );
}

export function pcapngOf(packets: readonly Packet[]): Buffer {
  const builder = new PcapngBuilder('big');
  return Buffer.concat([
    builder.section(),
    builder.interfaceDescription({ linkType: LINKTYPE_RAW, resolution: 9 }),
    ...packets.map(({ time, data, originalLength }) =>
      builder.enhancedPacket({ timestamp: time, data, originalLength }),
    ),
  ]);
}

/** Every packet in an Ethernet frame, behind so many VLAN tags. */
export function ethernetOf(packets: readonly Packet[], tags: number): Buffer {
  const tag = Buffer.from('81000064', 'hex');
  const header = Buffer.concat([
    Buffer.from('020000000002020000000001', 'hex'),
    ...new Array<Buffer>(tags).fill(tag),
    Buffer.from('0800', 'hex'),
  ]);
  const framed = packets.map(({ time, data, originalLength }) => ({
    time,
    data: Buffer.concat([header, data]),
    originalLength: originalLength + header.length,
  }));
  return pcapOf(framed, LINKTYPE_ETHERNET);
}

const IPV4_HEADER = 20;

/** The same segments in IPv6 packets, between addresses that differ in all of their words. */
export function overIpv6(packets: readonly Packet[]): Packet[] {
  return packets.map(({ time, data, originalLength }) => {
    const header = Buffer.alloc(40);
    header.writeUInt32BE(0x6000_0000);
    header.writeUInt16BE(data.length - IPV4_HEADER, 4);
    header[6] = 6;
    header[7] = data[8]!;
    for (const [at, from] of [
      [8, 12],
      [24, 16],
    ] as const) {
      const address = data.readUInt32BE(from);
      for (let word = 0; word < 4; word++) header.writeUInt32BE((address + word * 0x01010101) >>> 0, at + word * 4);
    }
    return { time, data: Buffer.concat([header, data.subarray(IPV4_HEADER)]), originalLength: originalLength + 20 };
  });
}

/** Every frame twice, a few microseconds apart: `-i any` over a bridge. */
export function duplicated(packets: readonly Packet[]): Packet[] {
  return packets.flatMap((packet) => [packet, { ...packet, time: packet.time + 3000n }]);
}

/** Neighbours of opposite direction and nearly the same time change places, each in the time of the other. */
export function swapped(packets: readonly Packet[], within: bigint): Packet[] {
  const result = [...packets];
  for (let i = 1; i < result.length; i++) {
    const [first, second] = [result[i - 1]!, result[i]!];
    if (second.time - first.time > within || !areOpposite(first.data, second.data)) continue;
    result[i - 1] = { ...second, time: first.time };
    result[i] = { ...first, time: second.time };
    i++;
  }
  return result;
}

function areOpposite(a: Buffer, b: Buffer): boolean {
  return directionOf(a) === directionOf(reversed(b));
}

function reversed(packet: Buffer): Buffer {
  const copy = Buffer.from(packet);
  const tcp = tcpOf(packet);
  packet.copy(copy, 12, 16, 20);
  packet.copy(copy, 16, 12, 16);
  packet.copy(copy, tcp, tcp + 2, tcp + 4);
  packet.copy(copy, tcp + 2, tcp, tcp + 2);
  return copy;
}

/** Both directions of every 4-tuple begin so that their sequence numbers wrap in their middle. */
export function wrapped(packets: readonly Packet[]): Packet[] {
  const ranges = new Map<string, { first: number; last: number }>();
  for (const { data } of packets) {
    const tcp = tcpOf(data);
    const sequence = data.readUInt32BE(tcp + 4);
    const end = sequence + data.readUInt16BE(2) - tcp - (data[tcp + 12]! >>> 4) * 4;
    // A RST may carry a number of any kind; what is sent tells where the stream lies.
    if ((data[tcp + 13]! & (SYN | FIN)) === 0 && end === sequence) continue;
    const range = ranges.get(directionOf(data));
    if (range === undefined) ranges.set(directionOf(data), { first: sequence, last: end });
    else {
      range.first = Math.min(range.first, sequence);
      range.last = Math.max(range.last, end);
    }
  }
  const shiftOf = (direction: string) => {
    const range = ranges.get(direction);
    return range === undefined ? 0 : 2 ** 32 - Math.ceil((range.first + range.last) / 2);
  };
  return packets.map(({ time, data, originalLength }) => {
    const copy = Buffer.from(data);
    const tcp = tcpOf(data);
    copy.writeUInt32BE((data.readUInt32BE(tcp + 4) + shiftOf(directionOf(data))) % 2 ** 32, tcp + 4);
    if ((data[tcp + 13]! & ACK) !== 0) {
      const shift = shiftOf(directionOf(reversed(data)));
      copy.writeUInt32BE((data.readUInt32BE(tcp + 8) + shift) % 2 ** 32, tcp + 8);
    }
    return { time, data: copy, originalLength };
  });
}

/** Behind every few packets a copy of one that nobody on the path sent: its numbers lie far outside of the window. */
export function withForgeries(packets: readonly Packet[], every: number): Packet[] {
  let forged = 0;
  return packets.flatMap((packet, index) => {
    const tcp = tcpOf(packet.data);
    if (index % every !== 0 || (packet.data[tcp + 13]! & SYN) !== 0) return [packet];
    const copy = Buffer.from(packet.data);
    const far = [0x2000_0000, 0x7000_0000, 0xa000_0000, 0xe000_0000][forged % 4]!;
    copy.writeUInt32BE((packet.data.readUInt32BE(tcp + 4) + far) % 2 ** 32, tcp + 4);
    copy.writeUInt32BE((packet.data.readUInt32BE(tcp + 8) + 0x1000_0000) % 2 ** 32, tcp + 8);
    copy[tcp + 13] = [ACK, ACK | FIN, ACK | RST, RST, ACK | PSH][forged % 5]!;
    forged++;
    return [packet, { ...packet, data: copy }];
  });
}

/** The captures of two machines, each with what one side sent. */
export function byDirection(packets: readonly Packet[]): readonly [Packet[], Packet[]] {
  const first = packets[0];
  if (first === undefined) return [[], []];
  const source = first.data.readUInt32BE(12);
  return [
    packets.filter(({ data }) => data.readUInt32BE(12) === source),
    packets.filter(({ data }) => data.readUInt32BE(12) !== source),
  ];
}

function tcpOf(packet: Buffer): number {
  return (packet[0]! & 0x0f) * 4;
}

/** Addresses and ports, as one word. */
function directionOf(packet: Buffer): string {
  const tcp = tcpOf(packet);
  return packet.toString('hex', 12, 20) + packet.toString('hex', tcp, tcp + 4);
}
