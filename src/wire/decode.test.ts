import { describe, expect, it, test } from 'vitest';
import { fromHex } from '../testing/capture-builder.ts';
import { type Circumstances, decodeBytes, payloadOf } from '../testing/decode-frame.ts';
import {
  ACK,
  CUT_IN_HEADERS,
  type Decoded,
  FRAGMENT,
  MALFORMED,
  NOT_TCP,
  PSH,
  SYN,
  TCP,
  UNKNOWN_LINK_TYPE,
} from './segment.ts';

const RAW = 101;

/** Decodes a frame written in hexadecimal. */
const decode = (frame: string, circumstances: Circumstances = {}) => decodeBytes(fromHex(frame), circumstances);

const MAC_ADDRESSES = '02 00 00 00 00 02  02 00 00 00 00 01';
const IPV4 = `
  45 00 00 2d  12 34 40 00  # version 4, 5 words; total length 45; identification, DF
  40 06 00 00               # time to live 64, TCP
  0a 00 00 01  c0 a8 01 02  # 10.0.0.1 -> 192.168.1.2
`;
const IPV6 = (nextHeader = '06', payloadLength = '00 19') => `
  60 00 00 00  ${payloadLength}  ${nextHeader} 3f  # version 6; payload length, next header, hop limit 63
  20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01
  20 01 0d b8 00 00 00 00 00 00 00 00 80 00 00 02
`;
const TCP_HEADER = `
  9c 9c  1f 90              # 40092 -> 8080
  ff ff ff fe  00 00 00 05  # sequence, acknowledgement
  50 18  02 00  00 00 00 00 # 5 words, PSH and ACK, window 512
`;
const HELLO = '68 65 6c 6c 6f';

const TCP_FACTS = {
  sourcePort: 40092,
  destinationPort: 8080,
  sequence: -2,
  acknowledgement: 5,
  flags: PSH | ACK,
  window: 512,
  windowScale: -1,
};
const IPV4_FACTS = {
  ipVersion: 4,
  source0: 0x0a000001,
  source1: 0,
  source2: 0,
  source3: 0,
  destination0: 0xc0a80102 | 0,
  destination1: 0,
  destination2: 0,
  destination3: 0,
  ttl: 64,
  ipId: 0x1234,
};
const IPV6_FACTS = {
  ipVersion: 6,
  source0: 0x20010db8,
  source1: 0,
  source2: 0,
  source3: 1,
  destination0: 0x20010db8,
  destination1: 0,
  destination2: 0,
  destination3: 0x80000002 | 0,
  ttl: 63,
  ipId: -1,
};

describe('link types: the segment is found behind', () => {
  const v4: readonly (readonly [name: string, linkType: number, header: string])[] = [
    ['Ethernet', 1, `${MAC_ADDRESSES} 08 00`],
    ['Ethernet with a VLAN tag', 1, `${MAC_ADDRESSES} 81 00  00 2a 08 00`],
    ['Ethernet with a service tag and a VLAN tag', 1, `${MAC_ADDRESSES} 88 a8  00 01 81 00  00 2a 08 00`],
    ['Ethernet with three tags of the old kind', 1, `${MAC_ADDRESSES} 91 00 00 01 91 00 00 02 81 00 00 03 08 00`],
    ['Ethernet with LLC and SNAP', 1, `${MAC_ADDRESSES} 00 35  aa aa 03  00 00 00  08 00`],
    ['Ethernet with PPPoE', 1, `${MAC_ADDRESSES} 88 64  11 00 00 01 00 2f  00 21`],
    ['the cooked header of Linux', 113, '00 00 03 04 00 06  00 00 00 00 00 00 00 00  08 00'],
    [
      'the cooked header of Linux with a VLAN tag',
      113,
      '00 00 00 01 00 06  02 00 00 00 00 01 00 00 81 00  00 2a 08 00',
    ],
    ['the second cooked header of Linux', 276, '08 00 00 00  00 00 00 02  00 01 00 06  02 00 00 00 00 01 00 00'],
    ['a loopback header, little-endian', 0, '02 00 00 00'],
    ['a loopback header, big-endian', 0, '00 00 00 02'],
    ["OpenBSD's loopback header", 108, '00 00 00 02'],
    ['nothing: raw IP', 101, ''],
    ['nothing: raw IP by its BSD number', 12, ''],
    ['nothing: raw IP by its OpenBSD number', 14, ''],
    ['nothing: IPv4', 228, ''],
    ['PPP with address and control', 9, 'ff 03  00 21'],
    ['PPP without them', 9, '00 21'],
    ['PPP with its protocol compressed', 9, '21'],
  ];
  it.each(v4)('%s', (_name, linkType, header) => {
    const { decoded, segment } = decode(header.concat(IPV4, TCP_HEADER, HELLO), { linkType });
    expect(decoded).toBe(TCP);
    expect(segment).toMatchObject({ ...IPV4_FACTS, ...TCP_FACTS });
    expect(payloadOf(segment)).toEqual(['hello', 5]);
  });

  const v6: readonly (readonly [name: string, linkType: number, header: string])[] = [
    ['Ethernet, IPv6', 1, `${MAC_ADDRESSES} 86 dd`],
    ['Ethernet with a VLAN tag, IPv6', 1, `${MAC_ADDRESSES} 81 00  00 2a 86 dd`],
    ['the cooked header of Linux, IPv6', 113, '00 00 03 04 00 06  00 00 00 00 00 00 00 00  86 dd'],
    ['the second cooked header of Linux, IPv6', 276, '86 dd 00 00  00 00 00 02  00 01 00 06  02 00 00 00 00 01 00 00'],
    ['the loopback header of Linux, IPv6', 0, '0a 00 00 00'],
    ['the loopback header of NetBSD, IPv6', 0, '18 00 00 00'],
    ['the loopback header of FreeBSD, IPv6', 0, '00 00 00 1c'],
    ['the loopback header of macOS, IPv6', 0, '1e 00 00 00'],
    ["OpenBSD's loopback header, IPv6", 108, '00 00 00 18'],
    ['nothing: raw IPv6', 101, ''],
    ['nothing: IPv6', 229, ''],
    ['PPP, IPv6', 9, 'ff 03  00 57'],
  ];
  it.each(v6)('%s', (_name, linkType, header) => {
    const { decoded, segment } = decode(header.concat(IPV6(), TCP_HEADER, HELLO), { linkType });
    expect(decoded).toBe(TCP);
    expect(segment).toMatchObject({ ...IPV6_FACTS, ...TCP_FACTS });
    expect(payloadOf(segment)).toEqual(['hello', 5]);
  });
});

describe('link types: no segment is seen in', () => {
  const cases: readonly (readonly [name: string, linkType: number, frame: string, decoded: Decoded])[] = [
    ['ARP', 1, `${MAC_ADDRESSES} 08 06  00 01 08 00 06 04 00 01`, NOT_TCP],
    ['spanning tree (LLC)', 1, `${MAC_ADDRESSES} 00 26  42 42 03 00 00 00 00 00`, NOT_TCP],
    ['SNAP of a vendor', 1, `${MAC_ADDRESSES} 00 35  aa aa 03  00 00 0c  20 00`, NOT_TCP],
    ['LCP in PPP', 9, 'ff 03  c0 21  01 00 00 04', NOT_TCP],
    ['a loopback family that is not IP', 0, '07 00 00 00', NOT_TCP],
    ['raw bytes that are neither IPv4 nor IPv6', 101, '75 00 00 00', NOT_TCP],
    ['netlink in a cooked header', 113, '00 00 03 38 00 00  00 00 00 00 00 00 00 00  00 00  45 00', NOT_TCP],
    ['a link type without a decoder', 147, '45 00 00 28', UNKNOWN_LINK_TYPE],
    ['a block without a packet', -1, '45 00 00 28', UNKNOWN_LINK_TYPE],
    ['a frame shorter than its link header', 1, MAC_ADDRESSES, MALFORMED],
    ['a frame that ends in a tag', 1, `${MAC_ADDRESSES} 81 00  00`, MALFORMED],
    ['no bytes at all', 101, '', MALFORMED],
    ['IPv6 where IPv4 was announced', 228, IPV6().concat(TCP_HEADER), MALFORMED],
    ['IPv4 where IPv6 was announced', 229, IPV4.concat(TCP_HEADER, HELLO), MALFORMED],
  ];
  it.each(cases)('%s', (_name, linkType, frame, decoded) => {
    expect(decode(frame, { linkType }).decoded).toBe(decoded);
  });
});

describe('IPv4', () => {
  const ipv4 = (header: string, rest = TCP_HEADER + HELLO, circumstances: Circumstances = {}) =>
    decode(header.concat(rest), { linkType: RAW, ...circumstances });
  const ADDRESSES = '0a 00 00 01  c0 a8 01 02';

  it('has options', () => {
    const { decoded, segment } = ipv4(`46 00 00 31 12 34 40 00 40 06 00 00 ${ADDRESSES}  01 01 01 00`);
    expect(decoded).toBe(TCP);
    expect(segment).toMatchObject({ ...IPV4_FACTS, ...TCP_FACTS });
    expect(payloadOf(segment)).toEqual(['hello', 5]);
  });

  it('is padded by Ethernet: the padding is not payload', () => {
    const pureAck = `${MAC_ADDRESSES} 08 00  45 00 00 28 12 34 40 00 40 06 00 00 ${ADDRESSES} ${TCP_HEADER}`;
    const { decoded, segment } = decode(`${pureAck} 00 00 00 00 00 00`);
    expect(decoded).toBe(TCP);
    expect(payloadOf(segment)).toEqual(['', 0]);
  });

  const AUTHENTICATION = (next: string) =>
    `${next} 04 00 00 00 00 00 01 00 00 00 02 aa aa aa aa aa aa aa aa aa aa aa aa`;

  it('has an authentication header', () => {
    const header = `45 00 00 45 12 34 40 00 40 33 00 00 ${ADDRESSES}`;
    const { decoded, segment } = ipv4(header, AUTHENTICATION('06') + TCP_HEADER + HELLO);
    expect(decoded).toBe(TCP);
    expect(segment).toMatchObject(TCP_FACTS);
    expect(segment).toMatchObject({ ipVersion: 4, source0: 0x0a000001, ttl: 64, ipId: 0x1234 });
    expect(payloadOf(segment)).toEqual(['hello', 5]);
  });

  it.each([
    ['UDP behind an authentication header', `${AUTHENTICATION('11')}${TCP_HEADER}`, '40', NOT_TCP],
    ['a packet that ends in its authentication header', '06 04 00', '17', MALFORMED],
    ['an authentication header that leads beyond the packet', `06 ff 00 00 00 00 00 00 ${TCP_HEADER}`, '30', MALFORMED],
  ])('%s', (_, rest, length, decoded) => {
    expect(ipv4(`45 00 00 ${length} 12 34 40 00 40 33 00 00 ${ADDRESSES}`, rest).decoded).toBe(decoded);
  });

  it('is longer than 64 KiB says nothing of its length', () => {
    const { segment } = ipv4(`45 00 00 00 12 34 40 00 40 06 00 00 ${ADDRESSES}`);
    expect(payloadOf(segment)).toEqual(['hello', 5]);
  });

  it('claims more than its frame had on the wire: the frame counts', () => {
    const { segment } = ipv4(`45 00 ff ff 12 34 40 00 40 06 00 00 ${ADDRESSES}`);
    expect(payloadOf(segment)).toEqual(['hello', 5]);
  });

  it('was cut by the snaplen: its length on the wire is known', () => {
    const header = `45 00 05 dc 12 34 40 00 40 06 00 00 ${ADDRESSES}`;
    const { decoded, segment } = ipv4(header, TCP_HEADER + HELLO, { originalLength: 1500 });
    expect(decoded).toBe(TCP);
    expect(payloadOf(segment)).toEqual(['hello', 1460]);
  });

  const others: readonly (readonly [name: string, header: string, decoded: Decoded])[] = [
    ['UDP', '45 00 00 2d 12 34 40 00 40 11 00 00', NOT_TCP],
    ['encryption', '45 00 00 2d 12 34 40 00 40 32 00 00', NOT_TCP],
    ['ICMP that quotes a TCP header', '45 00 00 2d 12 34 40 00 40 01 00 00', NOT_TCP],
    ['a first fragment', '45 00 00 2d 12 34 20 00 40 06 00 00', FRAGMENT],
    ['a later fragment', '45 00 00 2d 12 34 00 b9 40 06 00 00', FRAGMENT],
    ['a fragment of something else', '45 00 00 2d 12 34 20 b9 40 11 00 00', FRAGMENT],
    ['a header length below 5 words', '44 00 00 2d 12 34 40 00 40 06 00 00', MALFORMED],
    ['a total length that ends before the TCP header does', '45 00 00 27 12 34 40 00 40 06 00 00', MALFORMED],
    ['a total length below the header length', '45 00 00 13 12 34 40 00 40 06 00 00', MALFORMED],
  ];
  it.each(others)('%s', (_name, header, decoded) => {
    expect(ipv4(`${header} ${ADDRESSES}`).decoded).toBe(decoded);
  });
});

describe('IPv6', () => {
  const ipv6 = (nextHeader: string, payloadLength: string, rest: string, circumstances: Circumstances = {}) =>
    decode(IPV6(nextHeader, payloadLength).concat(rest), { linkType: RAW, ...circumstances });

  it('has extension headers of every kind', () => {
    const { decoded, segment } = ipv6(
      '00',
      '00 59',
      `2b 00 01 04 00 00 00 00                          # hop-by-hop options, then
       3c 00 00 00 00 00 00 00                          # routing, then
       33 01 01 0c 00 00 00 00 00 00 00 00 00 00 00 00  # destination options of 16 bytes, then
       2c 04 00 00 00 00 00 01 00 00 00 02              # authentication of 24 bytes,
       aa aa aa aa aa aa aa aa aa aa aa aa              # then
       06 00 00 00 00 00 00 07                          # a fragment header of a whole packet, then TCP
       ${TCP_HEADER}${HELLO}`,
    );
    expect(decoded).toBe(TCP);
    expect(segment).toMatchObject({ ...IPV6_FACTS, ...TCP_FACTS });
    expect(payloadOf(segment)).toEqual(['hello', 5]);
  });

  it('is a jumbogram: the frame counts', () => {
    const { segment } = ipv6('00', '00 00', `06 00 c2 04 00 01 86 a0 ${TCP_HEADER}${HELLO}`, {
      originalLength: 100_000,
    });
    expect(payloadOf(segment)).toEqual(['hello', 100_000 - 40 - 8 - 20]);
  });

  it('is padded: the padding is not payload', () => {
    const { segment } = ipv6('06', '00 19', `${TCP_HEADER}${HELLO} 00 00 00 00`);
    expect(payloadOf(segment)).toEqual(['hello', 5]);
  });

  const others: readonly (readonly [name: string, nextHeader: string, rest: string, decoded: Decoded])[] = [
    ['UDP', '11', TCP_HEADER, NOT_TCP],
    ['ICMPv6', '3a', TCP_HEADER, NOT_TCP],
    ['no next header', '3b', TCP_HEADER, NOT_TCP],
    ['encryption', '32', TCP_HEADER, NOT_TCP],
    ['a first fragment', '2c', `06 00 00 01 00 00 00 07 ${TCP_HEADER}`, FRAGMENT],
    ['a last fragment', '2c', `06 00 05 a8 00 00 00 07 ${TCP_HEADER}`, FRAGMENT],
    ['an extension header that leads beyond the packet', '00', `06 ff 00 00 00 00 00 00 ${TCP_HEADER}`, MALFORMED],
    ['a packet that ends in an extension header', '00', '06 00 00', MALFORMED],
  ];
  it.each(others)('%s', (_name, nextHeader, rest, decoded) => {
    expect(ipv6(nextHeader, '00 40', rest).decoded).toBe(decoded);
  });
});

describe('TCP', () => {
  const IPV4_OF = (length: number) =>
    `45 00 ${length.toString(16).padStart(4, '0')} 12 34 40 00 40 06 00 00 0a 00 00 01  c0 a8 01 02`;
  const tcp = (dataOffset: string, flags: string, rest: string, length: number, circumstances: Circumstances = {}) =>
    decode(`${IPV4_OF(length)} 9c 9c 1f 90 00 00 00 01 00 00 00 02 ${dataOffset} ${flags} 02 00 00 00 00 00 ${rest}`, {
      linkType: RAW,
      ...circumstances,
    });

  it('tells the window scale of a SYN', () => {
    const options = '02 04 05 b4  04 02  08 0a 00 00 00 01 00 00 00 00  01  03 03 07';
    expect(tcp('a0', '02', options, 60).segment).toMatchObject({ flags: SYN, windowScale: 7 });
    expect(tcp('a0', '12', options, 60).segment).toMatchObject({ flags: SYN | ACK, windowScale: 7 });
    // RFC 7323 section 2.2: in any other segment the option means nothing.
    expect(tcp('a0', '10', options, 60).segment.windowScale).toBe(-1);
  });

  const options: readonly (readonly [name: string, options: string, windowScale: number])[] = [
    ['none', '00 00 00 00', -1],
    ['a shift beyond 14', '03 03 0f 00', 14],
    ['a scale option of a wrong length', '03 04 07 00', -1],
    ['an option of length 0', '05 00 03 03', -1],
    ['an option that leads beyond the header', '01 05 06 00', -1],
    ['a scale option that leads beyond the header', '01 01 03 03', -1],
    ['an end before the scale option', '00 03 03 07', -1],
  ];
  it.each(options)('windowScale of a SYN with %s', (_name, bytes, windowScale) => {
    const { decoded, segment } = tcp('60', '02', `${bytes} 07 07 07`, 44);
    expect(decoded).toBe(TCP);
    expect(segment.windowScale).toBe(windowScale);
  });

  it('has a data offset within its header and its packet', () => {
    expect(tcp('40', '10', '', 40).decoded).toBe(MALFORMED);
    expect(tcp('60', '10', '00 00 00 00', 40).decoded).toBe(MALFORMED);
    expect(tcp('60', '10', '00 00 00 00', 44).decoded).toBe(TCP);
  });

  it('counts though the capture ends among its options', () => {
    const { decoded, segment } = tcp('80', '18', '01 01 08 0a', 152, { originalLength: 152 });
    expect(decoded).toBe(TCP);
    expect(payloadOf(segment)).toEqual(['', 100]);
  });
});

describe('cut by the snaplen inside its headers', () => {
  const frame = fromHex(`${MAC_ADDRESSES} 81 00 00 2a 08 00 ${IPV4} ${TCP_HEADER} ${HELLO}`).toString('hex');
  const v6Frame = fromHex(
    `${MAC_ADDRESSES} 86 dd ${IPV6('00', '00 21')} 06 00 01 04 00 00 00 00 ${TCP_HEADER} ${HELLO}`,
  );

  test.each([
    ['IPv4', frame],
    ['IPv6', v6Frame.toString('hex')],
  ])('%s: at every byte', (_name, hex) => {
    const length = hex.length / 2;
    for (let captured = 0; captured <= length; captured++) {
      const cut = hex.slice(0, captured * 2);
      const { decoded, segment } = decode(cut, { originalLength: length });
      expect(decoded).toBe(captured < length - 5 ? CUT_IN_HEADERS : TCP);
      if (decoded === TCP) expect(payloadOf(segment)).toEqual(['hello'.slice(0, captured - (length - 5)), 5]);
      // The same bytes with nothing missing are a frame that is too short for its headers.
      if (captured < length - 5) expect(decode(cut).decoded).toBe(MALFORMED);
    }
  });
});

describe('the frame check sequence', () => {
  const zeroLength = `${MAC_ADDRESSES} 08 00  45 00 00 00 12 34 40 00 40 06 00 00 0a 00 00 01 c0 a8 01 02 ${TCP_HEADER}`;
  it('is not payload', () => {
    const { segment } = decode(`${zeroLength} ${HELLO} de ad be ef`, { fcsLength: 4 });
    expect(payloadOf(segment)).toEqual(['hello', 5]);
  });

  it('is not in a frame that the snaplen cut before it', () => {
    const { segment } = decode(`${zeroLength} ${HELLO}`, { fcsLength: 4, originalLength: 14 + 40 + 100 + 4 });
    expect(payloadOf(segment)).toEqual(['hello', 100]);
  });

  it('may be longer than the frame', () => {
    expect(decode('aa bb', { fcsLength: 4 }).decoded).toBe(MALFORMED);
    expect(decode('', { fcsLength: 15, linkType: RAW }).decoded).toBe(MALFORMED);
  });
});

test('an original length smaller than what was captured is not believed', () => {
  const { segment } = decode(`${MAC_ADDRESSES} 08 00 ${IPV4} ${TCP_HEADER} ${HELLO}`, { originalLength: 10 });
  expect(payloadOf(segment)).toEqual(['hello', 5]);
});
