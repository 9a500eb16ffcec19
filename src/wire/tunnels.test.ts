import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromHex } from '../testing/capture-builder.ts';
import { captureOf } from '../testing/conversation.ts';
import { decodeBytes, factsOf } from '../testing/decode-frame.ts';
import { ENCAPSULATIONS, inIpv6, nested } from '../testing/encapsulations.ts';
import { packetsOf } from '../testing/wire-captures.ts';
import { Defragmenter } from './defragmenter.ts';
import { CUT_IN_HEADERS, type Decoded, MALFORMED, NESTED_TOO_DEEP, NOT_TCP, TCP } from './segment.ts';
import type { TunnelDecoder } from './tunnel-decoder.ts';
import { TUNNEL_DECODERS } from './tunnels.ts';

const RAW = 101;
const PACKET = packetsOf(captureOf('0.000 C POST /upload length=20 ttl=61'))[0]!.data;
const bareOf = (carries: 4 | 6) => (carries === 6 ? inIpv6(PACKET) : PACKET);

test('every file in tunnel/ stands in the table, and nothing else does', async () => {
  const folder = new URL('./tunnel/', import.meta.url);
  const files = readdirSync(folder).filter((name) => !name.includes('.test.'));
  const modules: Record<string, unknown>[] = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  expect(new Set(TUNNEL_DECODERS)).toEqual(new Set(modules.map((module) => Object.values(module).find(isTunnel))));
  expect(TUNNEL_DECODERS).toHaveLength(files.length);
});

test('no protocol and no port stands for two tunnels', () => {
  for (const numbers of [
    TUNNEL_DECODERS.flatMap(({ protocols }) => protocols),
    TUNNEL_DECODERS.flatMap(({ udpPorts }) => udpPorts),
  ]) {
    expect(new Set(numbers).size).toBe(numbers.length);
  }
});

describe.each(ENCAPSULATIONS)('$name', ({ linkType, carries, wrap }) => {
  const frame = wrap(bareOf(carries));

  it('holds the same segment as the bare packet', () => {
    const { decoded, segment } = decodeBytes(frame, { linkType });
    expect(decoded).toBe(TCP);
    expect(factsOf(segment)).toEqual(factsOf(decodeBytes(bareOf(carries), { linkType: RAW }).segment));
  });

  it('cut at every byte: what was cut is told, and never mistaken', () => {
    const tcpHeaderEnd = frame.length - PACKET.length + 40;
    for (let captured = 0; captured < frame.length; captured++) {
      const cut = decodeBytes(frame.subarray(0, captured), { linkType, originalLength: frame.length });
      if (captured >= tcpHeaderEnd) expect(cut.decoded).toBe(TCP);
      // Of a datagram whose header is missing nobody knows that it is a tunnel.
      else expect([CUT_IN_HEADERS, NOT_TCP]).toContain(cut.decoded);
      // The same bytes with nothing missing: the inner packet is shorter than its headers, or not even a tunnel.
      const short = decodeBytes(frame.subarray(0, captured), { linkType });
      if (captured < tcpHeaderEnd) expect([MALFORMED, NOT_TCP]).toContain(short.decoded);
    }
  });

  it('with any byte changed: no crash, and nothing is read beyond the frame', () => {
    const numRuns = 300;
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(frame);
        changed[at] = value;
        const { decoded, segment } = decodeBytes(changed, { linkType, defragmenter: new Defragmenter() });
        if (decoded === TCP) expect(segment.capturedLength).toBeLessThanOrEqual(frame.length);
      }),
      { numRuns },
    );
  });
});

describe('UDP on the port of a tunnel that is none', () => {
  const datagram = (port: number, carried: Buffer) => {
    const header = fromHex('45000000 00010000 40110000 c0000201 c0000202  c350 0000 0000 0000');
    header.writeUInt16BE(header.length + carried.length, 2);
    header.writeUInt16BE(port, 22);
    header.writeUInt16BE(8 + carried.length, 24);
    return Buffer.concat([header, carried]);
  };
  const carried: readonly (readonly [string, Buffer])[] = [
    ['nothing', Buffer.alloc(0)],
    ['three bytes', fromHex('080000')],
    ['zeros', Buffer.alloc(200)],
    ['ones', Buffer.alloc(200, 0xff)],
    ['text', Buffer.from('M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n')],
    ['a question for a name', fromHex('1234 0100 0001 0000 0000 0000 03777777 076578616d706c65 03636f6d 00 0001 0001')],
    ['the first byte of a QUIC packet', Buffer.concat([fromHex('c3 00000001 08'), Buffer.alloc(1194, 0x5a)])],
    ['an IP packet that stands 8 bytes too early', PACKET],
  ];
  const ports = TUNNEL_DECODERS.flatMap(({ udpPorts }) => udpPorts);
  it.each(carried)('%s', (_name, bytes) => {
    for (const port of ports) expect(decodeBytes(datagram(port, bytes), { linkType: RAW }).decoded).toBe(NOT_TCP);
  });

  it('whatever it is: no crash', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ports), fc.uint8Array({ maxLength: 120 }), (port, bytes) => {
        const { decoded } = decodeBytes(datagram(port, Buffer.from(bytes)), { linkType: RAW });
        expect(decoded).not.toBe(MALFORMED);
      }),
    );
  });
});

describe('what a tunnel carries besides segments', () => {
  const ipv4 = (protocol: string, rest: string) =>
    fromHex(`4500 ${(20 + fromHex(rest).length).toString(16).padStart(4, '0')} 00010000 40 ${protocol} 0000
      c0000201 c0000202 ${rest}`);
  const cases: readonly (readonly [string, Buffer, Decoded])[] = [
    ['GRE with a list of routes', ipv4('2f', '4000 0800 00000000 45000014'), NOT_TCP],
    ['GRE of a later version', ipv4('2f', '0002 0800 45000014'), NOT_TCP],
    ["GRE's keep-alive", ipv4('2f', '0000 0000'), NOT_TCP],
    ['a bare acknowledgement of PPTP', ipv4('2f', '2081 880b 0000 0001 00000001'), NOT_TCP],
    ['encrypted PPP', ipv4('2f', '3001 880b 0008 0001 00000001 ff03 00fd 9000 1234'), NOT_TCP],
    ['ERSPAN type II with the version of type III', ipv4('2f', '1000 88be 00000001 20010001 00000002'), NOT_TCP],
    ['an IP packet of no known version', ipv4('04', '95000014'), NOT_TCP],
    ['an inner packet that is cut off by the outer one', ipv4('04', '45000028 0000'), MALFORMED],
    ['an echo of GTP-U', ipv4('11', 'c350 0868 0016 0000  32 01 0006 00000000 0001 0000 0e00'), NOT_TCP],
    [
      'GTP-U with an extension header of no length',
      ipv4('11', 'c350 0868 001c 0000  34ff 000c 00000001 0000 00 85 00000000 45000014'),
      NOT_TCP,
    ],
    ['a Teredo bubble', ipv4('11', `c350 0dd8 0030 0000  60000000 00003b15 ${'00'.repeat(32)}`), NOT_TCP],
  ];
  it.each(cases)('%s', (_name, packet, decoded) => {
    expect(decodeBytes(packet, { linkType: RAW }).decoded).toBe(decoded);
  });
});

describe('packets in one another', () => {
  it('are looked into as deep as anybody builds', () => {
    expect(decodeBytes(nested(PACKET, 15), { linkType: RAW }).decoded).toBe(TCP);
    expect(decodeBytes(nested(PACKET, 16), { linkType: RAW }).decoded).toBe(NESTED_TOO_DEEP);
    expect(decodeBytes(nested(PACKET, 3000), { linkType: RAW }).decoded).toBe(NESTED_TOO_DEEP);
  });

  it('may be cut by the snaplen anywhere', () => {
    const frame = nested(PACKET, 3);
    expect(decodeBytes(frame.subarray(0, 50), { linkType: RAW, originalLength: frame.length }).decoded).toBe(
      CUT_IN_HEADERS,
    );
  });

  it('of ten thousand labels or tags cost no more than their bytes', () => {
    const labels = Buffer.concat([fromHex('020000000001 020000000002 8847'), Buffer.alloc(40_000)]);
    expect(decodeBytes(labels).decoded).toBe(MALFORMED);
    const tags = Buffer.concat([fromHex('020000000001 020000000002 8100'), Buffer.alloc(40_000, fromHex('00018100'))]);
    expect(decodeBytes(tags).decoded).toBe(MALFORMED);
  });
});

describe('wireless frames without a segment', () => {
  const cases: readonly (readonly [string, string, Decoded])[] = [
    ['a beacon', `8000 0000 ${'00'.repeat(22)}`, NOT_TCP],
    ['no data', `4801 0000 ${'00'.repeat(20)}`, NOT_TCP],
    ['encrypted', `0841 0000 ${'00'.repeat(20)} aaaa03 000000 0800`, NOT_TCP],
    ['a fragment', `0805 0000 ${'00'.repeat(20)} aaaa03 000000 0800`, NOT_TCP],
    ['several packets', `8801 0000 ${'00'.repeat(20)} 8000 aaaa03 000000 0800`, NOT_TCP],
    ['an acknowledgement of 10 bytes', 'd400 0000 020000000001', NOT_TCP],
    ['too short', '0801 0000', MALFORMED],
  ];
  it.each(cases)('%s', (_name, frame, decoded) => {
    expect(decodeBytes(fromHex(frame), { linkType: 105 }).decoded).toBe(decoded);
  });
});

function isTunnel(value: unknown): value is TunnelDecoder {
  return typeof value === 'object' && value !== null && 'udpPorts' in value;
}
