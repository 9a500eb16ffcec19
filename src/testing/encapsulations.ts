// What an IP packet may be wrapped in on its way, written byte by byte: for tests, and for fixtures/captures/wire/.
import { fromHex } from './capture-builder.ts';

export interface Encapsulation {
  readonly name: string;
  /** LINKTYPE_ number of the frames. */
  readonly linkType: number;
  /** The version of the packets that go in. */
  readonly carries: 4 | 6;
  /** The frame around a packet. */
  readonly wrap: (packet: Buffer) => Buffer;
  /** tshark cannot look into it as it is set up. */
  readonly unknownToTshark?: true;
}

const ETHERNET = 1;
const RAW = 101;

type Wrap = (packet: Buffer) => Buffer;

/** The wraps inside out: the first one lies directly around the packet. */
function layers(...wraps: readonly Wrap[]): Wrap {
  return (packet) => wraps.reduce((inner, wrap) => wrap(inner), packet);
}

/** Bytes before what is wrapped. */
function behind(hex: string): Wrap {
  const header = fromHex(hex);
  return (inner) => Buffer.concat([header, inner]);
}

const ethernet = (etherType: string, addresses = '020000000001 020000000002') => behind(`${addresses} ${etherType}`);

function ipv4(protocol: number): Wrap {
  return (inner) => {
    const header = fromHex('45000000 00010000 40000000 c0000201 c0000202');
    header.writeUInt16BE(header.length + inner.length, 2);
    header[9] = protocol;
    return Buffer.concat([header, inner]);
  };
}

function ipv6(nextHeader: number): Wrap {
  return (inner) => {
    const header = fromHex(`60000000 00000040 20010db8${'00'.repeat(11)}01 20010db8${'00'.repeat(11)}02`);
    header.writeUInt16BE(inner.length, 4);
    header[6] = nextHeader;
    return Buffer.concat([header, inner]);
  };
}

function udp(destinationPort: number): Wrap {
  return (inner) => {
    const header = Buffer.alloc(8);
    header.writeUInt16BE(50_000, 0);
    header.writeUInt16BE(destinationPort, 2);
    header.writeUInt16BE(header.length + inner.length, 4);
    return Buffer.concat([header, inner]);
  };
}

/** PPTP's GRE tells the length of what it carries. */
const pptpGre: Wrap = (inner) => {
  const header = fromHex('3081880b 00000001 00000007 00000003');
  header.writeUInt16BE(inner.length, 4);
  return Buffer.concat([header, inner]);
};

/** GTP-U tells the length of what follows its first 8 bytes. */
function gtpU(flags: string, optional: string): Wrap {
  return (inner) => {
    const rest = Buffer.concat([fromHex(optional), inner]);
    const header = fromHex(`${flags}ff0000 00000001`);
    header.writeUInt16BE(rest.length, 2);
    return Buffer.concat([header, rest]);
  };
}

/** Netfilter's log: a hook, a prefix, and the packet as an attribute. */
const nflog: Wrap = (inner) => {
  const attribute = Buffer.from([0, 0, 9, 0]);
  attribute.writeUInt16LE(inner.length + attribute.length, 0);
  return Buffer.concat([fromHex('02000000 0800 0100 08000300 0600 0a00 6100 0000'), attribute, inner]);
};

const SNAP_IPV4 = 'aaaa03 000000 0800';
/** tshark tells an Ethernet frame in MPLS by addresses that somebody was assigned. */
const ASSIGNED_ADDRESSES = '001b21000001 001b21000002';
const MPLS_BOTTOM = '00064140';

const ethernetIpv4 = (protocol: number) => layers(ipv4(protocol), ethernet('0800'));
const ethernetUdp = (port: number) => layers(udp(port), ethernetIpv4(17));
const plain: Pick<Encapsulation, 'linkType' | 'carries'> = { linkType: ETHERNET, carries: 4 };

export const ENCAPSULATIONS: readonly Encapsulation[] = [
  { ...plain, name: 'vlan-qinq', wrap: layers(behind('0064 8100 0065 0800'), ethernet('88a8')) },
  { ...plain, name: 'pppoe', wrap: layers(behind('0021'), pppoe, ethernet('8864')) },
  { ...plain, name: 'mpls', wrap: layers(behind(MPLS_BOTTOM), ethernet('8847')) },
  { ...plain, name: 'mpls-three-labels', wrap: layers(behind(`00010040 00020040 ${MPLS_BOTTOM}`), ethernet('8847')) },
  {
    ...plain,
    name: 'mpls-pseudowire',
    wrap: layers(ethernet('0800', ASSIGNED_ADDRESSES), behind(`${MPLS_BOTTOM} 00000000`), ethernet('8847')),
  },
  {
    ...plain,
    name: 'mpls-pseudowire-without-control-word',
    wrap: layers(ethernet('0800', ASSIGNED_ADDRESSES), behind(MPLS_BOTTOM), ethernet('8847')),
  },
  { ...plain, name: 'mac-in-mac', wrap: layers(ethernet('0800'), behind('00000001'), ethernet('88e7')) },
  {
    ...plain,
    name: 'nsh',
    wrap: layers(behind('0fc60101 000001ff 00000000 00000000 00000000 00000000'), ethernet('894f')),
  },
  { ...plain, name: 'gre', wrap: layers(behind('0000 0800'), ethernetIpv4(47)) },
  {
    ...plain,
    name: 'gre-checksum-key-sequence',
    wrap: layers(behind('b000 0800 00000000 00000005 00000001'), ethernetIpv4(47)),
  },
  { ...plain, name: 'gre-ethernet', wrap: layers(ethernet('0800'), behind('2000 6558 00000005'), ethernetIpv4(47)) },
  { ...plain, name: 'gre-pptp', wrap: layers(behind('ff03 0021'), pptpGre, ethernetIpv4(47)) },
  { ...plain, name: 'gre-in-ipv6', wrap: layers(behind('0000 0800'), ipv6(47), ethernet('86dd')) },
  { ...plain, name: 'gre-in-udp', wrap: layers(behind('0000 0800'), ethernetUdp(4754)) },
  { ...plain, name: 'erspan-1', wrap: layers(ethernet('0800'), behind('0000 88be'), ethernetIpv4(47)) },
  {
    ...plain,
    name: 'erspan-2',
    wrap: layers(ethernet('0800'), behind('1000 88be 00000001 10010001 00000002'), ethernetIpv4(47)),
  },
  {
    ...plain,
    name: 'erspan-3',
    wrap: layers(ethernet('0800'), behind('1000 22eb 00000001 20010001 00000000 0000 0000'), ethernetIpv4(47)),
  },
  {
    ...plain,
    name: 'erspan-3-subheader',
    wrap: layers(
      ethernet('0800'),
      behind('1000 22eb 00000001 20010001 00000000 0000 0001 0c000000 00000000'),
      ethernetIpv4(47),
    ),
  },
  { ...plain, name: 'ip-in-ip', wrap: ethernetIpv4(4) },
  { ...plain, carries: 6, name: '6in4', wrap: ethernetIpv4(41) },
  { ...plain, name: '4in6', wrap: layers(ipv6(4), ethernet('86dd')) },
  { ...plain, carries: 6, name: '6in6', wrap: layers(ipv6(41), ethernet('86dd')) },
  { ...plain, name: 'mpls-in-ip', wrap: layers(behind(MPLS_BOTTOM), ethernetIpv4(137)) },
  { ...plain, name: 'mpls-in-udp', wrap: layers(behind(MPLS_BOTTOM), ethernetUdp(6635)) },
  { ...plain, name: 'vxlan', wrap: layers(ethernet('0800'), behind('08000000 00002a00'), ethernetUdp(4789)) },
  {
    ...plain,
    name: 'vxlan-group-policy',
    wrap: layers(ethernet('0800'), behind('88000010 00002a00'), ethernetUdp(4789)),
  },
  {
    ...plain,
    name: 'vxlan-linux-port',
    wrap: layers(ethernet('0800'), behind('08000000 00002a00'), ethernetUdp(8472)),
    unknownToTshark: true,
  },
  { ...plain, name: 'vxlan-gpe', wrap: layers(behind('0c000001 00002a00'), ethernetUdp(4790)) },
  {
    ...plain,
    name: 'vxlan-gpe-nsh',
    wrap: layers(
      ethernet('0800'),
      behind('0c000004 00002a00 0fc60103 000001ff 00000000 00000000 00000000 00000000'),
      ethernetUdp(4790),
    ),
  },
  {
    ...plain,
    name: 'geneve',
    wrap: layers(ethernet('0800'), behind('0240 6558 00002a00 01020001 aabbccdd'), ethernetUdp(6081)),
  },
  { ...plain, name: 'geneve-ip', wrap: layers(behind('0000 0800 00002a00'), ethernetUdp(6081)) },
  { ...plain, name: 'gtp-u', wrap: layers(gtpU('30', ''), ethernetUdp(2152)) },
  {
    ...plain,
    name: 'gtp-u-extensions',
    wrap: layers(gtpU('36', '0001 00 85  01 10 09 85  02 100900000000 00'), ethernetUdp(2152)),
  },
  { ...plain, carries: 6, name: 'teredo', wrap: ethernetUdp(3544) },
  {
    ...plain,
    carries: 6,
    name: 'teredo-authentication-origin',
    wrap: layers(behind(`0001 02 03 abcd 010203 ${'11'.repeat(8)} 00  0000 3cb0 3fff fdfe`), ethernetUdp(3544)),
  },
  {
    ...plain,
    name: 'wlan',
    linkType: 105,
    wrap: behind(`0801 0000 020000000001 020000000002 020000000003 1000 ${SNAP_IPV4}`),
  },
  {
    ...plain,
    name: 'wlan-radiotap-four-addresses',
    linkType: 127,
    wrap: behind(
      `00001900 01000000 00000000 00000000 00 ${'00'.repeat(8)}
       8803 0000 020000000001 020000000002 020000000003 1000 020000000004 0000 ${SNAP_IPV4}`,
    ),
  },
  {
    ...plain,
    name: 'wlan-radiotap-padded',
    linkType: 127,
    wrap: behind(
      `00000900 02000000 20
       8801 0000 020000000001 020000000002 020000000003 1000 0000 0000 ${SNAP_IPV4}`,
    ),
  },
  {
    ...plain,
    name: 'wlan-ppi',
    linkType: 192,
    wrap: behind(`00000800 69000000  0802 0000 020000000001 020000000002 020000000003 1000 ${SNAP_IPV4}`),
  },
  { ...plain, name: 'c-hdlc', linkType: 104, wrap: behind('0f00 0800') },
  { ...plain, name: 'nflog', linkType: 239, wrap: nflog },
  {
    ...plain,
    name: 'vxlan-in-gre-in-mpls',
    wrap: layers(
      ethernet('0800'),
      behind('08000000 00002a00'),
      udp(4789),
      ipv4(17),
      behind('0000 0800'),
      ipv4(47),
      behind(MPLS_BOTTOM),
      ethernet('8847'),
    ),
  },
  { ...plain, name: 'ip-in-ip-raw', linkType: RAW, wrap: layers(ipv4(4), ipv4(4)) },
];

function pppoe(inner: Buffer): Buffer {
  const header = fromHex('11000001 0000');
  header.writeUInt16BE(inner.length, 4);
  return Buffer.concat([header, inner]);
}

/** The same packet in so many packets of IPv4. */
export function nested(packet: Buffer, times: number): Buffer {
  return layers(...new Array<Wrap>(times).fill(ipv4(4)))(packet);
}

/** The IPv4 packet as one of IPv6: fd00:: and its addresses. */
export function inIpv6(packet: Buffer): Buffer {
  const headerLength = (packet[0]! & 0x0f) * 4;
  const address = (at: number) => Buffer.concat([fromHex(`fd00${'00'.repeat(10)}`), packet.subarray(at, at + 4)]);
  const header = fromHex('60000000 0000 06 00');
  header.writeUInt16BE(packet.length - headerLength, 4);
  header[7] = packet[8]!;
  return Buffer.concat([header, address(12), address(16), packet.subarray(headerLength)]);
}

/** The fragments of a packet, with `size` bytes of it each (a multiple of 8); one that is not larger stays whole. */
export function fragmentsOf(packet: Buffer, size: number, id = packet.readUInt16BE(4)): Buffer[] {
  const isIpv4 = packet[0]! >>> 4 === 4;
  const headerLength = isIpv4 ? (packet[0]! & 0x0f) * 4 : 40;
  const data = packet.subarray(headerLength);
  if (data.length <= size) return [packet];
  const fragments: Buffer[] = [];
  for (let offset = 0; offset < data.length; offset += size) {
    fragments.push(fragmentOf(packet, data.subarray(offset, offset + size), offset, offset + size < data.length, id));
  }
  return fragments;
}

/** A fragment under the header of `packet`. */
export function fragmentOf(packet: Buffer, data: Buffer, offset: number, hasMore: boolean, id: number): Buffer {
  if (packet[0]! >>> 4 === 4) {
    const header = Buffer.from(packet.subarray(0, (packet[0]! & 0x0f) * 4));
    header.writeUInt16BE(header.length + data.length, 2);
    header.writeUInt16BE(id, 4);
    header.writeUInt16BE((hasMore ? 0x2000 : 0) | (offset / 8), 6);
    return Buffer.concat([header, data]);
  }
  const header = Buffer.concat([packet.subarray(0, 40), fromHex('0600 0000 00000000')]);
  header.writeUInt16BE(8 + data.length, 4);
  header[6] = 44;
  header[40] = packet[6]!;
  header.writeUInt16BE(offset | (hasMore ? 1 : 0), 42);
  header.writeUInt32BE(id, 44);
  return Buffer.concat([header, data]);
}
