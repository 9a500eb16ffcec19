// The captures of fixtures/captures/wire/: one conversation in every wrap, in fragments, and with every frame twice.
// Their clients have addresses of their own, so that the captures can be strung together.
import { captureOf } from './conversation.ts';
import { ENCAPSULATIONS, fragmentsOf, inIpv6 } from './encapsulations.ts';
import { type Packet, pcapOf } from './transform-capture.ts';

/** A request that is answered, and after a time of silence one that crosses the server's FIN. */
const usual = (client: string) => `
0.000  C SYN client=${client}
0.040  S SYN-ACK
0.041  C ACK
0.042  C POST /upload length=300
0.092  S 200 length=700
0.093  C ACK
5.092  S FIN
5.093  C GET /crossing crossing
5.133  S RST
5.134  C ACK
`;

/** One that ends well, for the capture holds all of it twice. */
const doubled = (client: string) => `
0.000  C SYN client=${client}
0.040  S SYN-ACK
0.041  C ACK
0.042  C POST /upload length=300
0.092  S 200 length=700
0.093  C ACK
1.000  C GET /again
1.050  S 200 length=5
1.051  C ACK
2.000  C FIN
2.040  S FIN
2.041  C ACK
`;

const LINKTYPE_ETHERNET = 1;
const LINKTYPE_LINUX_SLL2 = 276;
const LINKTYPE_RAW = 101;

/** Nanoseconds between the frames of one packet. */
const COPY_DELAY = 3000n;
/** Bytes of a packet in each of its fragments. */
const FRAGMENT_SIZE = 128;

/** What is made of each packet: frames in the order in which they are captured, and the packets' own version. */
interface Wrapping {
  readonly name: string;
  readonly linkType: number;
  readonly carries: 4 | 6;
  readonly conversation?: (client: string) => string;
  readonly framesOf: (packet: Buffer, index: number) => readonly Buffer[];
}

const encapsulation = (name: string) => ENCAPSULATIONS.find((candidate) => candidate.name === name)!;
const ethernet = (packet: Buffer) =>
  Buffer.concat([Buffer.from('020000000001020000000002', 'hex'), etherTypeOf(packet), packet]);
const etherTypeOf = (packet: Buffer) => Buffer.from(packet[0]! >>> 4 === 4 ? '0800' : '86dd', 'hex');

const FRAGMENTED: readonly Wrapping[] = [
  {
    name: 'fragments-ipv4',
    linkType: LINKTYPE_RAW,
    carries: 4,
    framesOf: (packet) => fragmentsOf(packet, FRAGMENT_SIZE),
  },
  {
    name: 'fragments-ipv6-last-first',
    linkType: LINKTYPE_RAW,
    carries: 6,
    framesOf: (packet, index) => fragmentsOf(packet, FRAGMENT_SIZE, index).reverse(),
  },
  {
    // The tunnel makes packets longer than its path takes: the outer ones are fragments.
    name: 'fragments-of-vxlan',
    linkType: LINKTYPE_ETHERNET,
    carries: 4,
    framesOf: (packet, index) => {
      const outer = encapsulation('vxlan').wrap(packet).subarray(14);
      return fragmentsOf(outer, FRAGMENT_SIZE, index + 1).map(ethernet);
    },
  },
];

/** The cooked header of `-i any`, with the number of the interface. */
const cooked = (interfaceIndex: number) => (packet: Buffer) =>
  Buffer.concat([
    etherTypeOf(packet),
    Buffer.from([0, 0, 0, 0, 0, interfaceIndex, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]),
    packet,
  ]);
const tagged = (packet: Buffer) => Buffer.concat([Buffer.from('0200000000010200000000028100002a0800', 'hex'), packet]);
/** The packet behind a router. */
function routed(packet: Buffer): Buffer {
  const copy = Buffer.from(packet);
  copy[8]! -= 1;
  return copy;
}

const DOUBLED: readonly Wrapping[] = [
  {
    name: 'doubled-any-interface',
    linkType: LINKTYPE_LINUX_SLL2,
    carries: 4,
    conversation: doubled,
    framesOf: (packet) => [cooked(2)(packet), cooked(3)(packet)],
  },
  {
    name: 'doubled-mirrored-ports',
    linkType: LINKTYPE_ETHERNET,
    carries: 4,
    conversation: doubled,
    framesOf: (packet) => [tagged(packet), ethernet(routed(packet))],
  },
];

const WRAPPINGS: readonly Wrapping[] = [
  ...ENCAPSULATIONS.filter(({ unknownToTshark }) => !unknownToTshark).map(({ name, linkType, carries, wrap }) => ({
    name,
    linkType,
    carries,
    framesOf: (packet: Buffer) => [wrap(packet)],
  })),
  ...FRAGMENTED,
  ...DOUBLED,
];

/** Every capture by its name. */
export function wireCaptures(): ReadonlyMap<string, Buffer> {
  return new Map(
    WRAPPINGS.map(({ name, linkType, carries, conversation = usual, framesOf }, number) => {
      const packets = packetsOf(captureOf(conversation(`10.98.${number}.1`)));
      const frames = packets.flatMap(({ time, data }, index) =>
        framesOf(carries === 6 ? inIpv6(data) : data, index).map((frame, copy) => ({
          time: time + BigInt(copy) * COPY_DELAY,
          data: frame,
          originalLength: frame.length,
        })),
      );
      return [`${name}.client.pcap`, pcapOf(frames, linkType)];
    }),
  );
}

/** The packets of a capture that `captureOf` wrote. */
export function packetsOf(capture: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = 24; at < capture.length; ) {
    const length = capture.readUInt32LE(at + 8);
    const time = BigInt(capture.readUInt32LE(at)) * 1_000_000_000n + BigInt(capture.readUInt32LE(at + 4));
    packets.push({ time, data: capture.subarray(at + 16, at + 16 + length), originalLength: length });
    at += 16 + length;
  }
  return packets;
}
