import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../testing/capture-builder.ts';
import { captureOf } from '../testing/conversation.ts';
import { decodeBytes, factsOf, payloadOf } from '../testing/decode-frame.ts';
import { ENCAPSULATIONS, fragmentOf, fragmentsOf, inIpv6 } from '../testing/encapsulations.ts';
import { packetsOf } from '../testing/wire-captures.ts';
import { Defragmenter } from './defragmenter.ts';
import { type Decoded, FIN, FRAGMENT, MALFORMED, NOT_TCP, type Segment, TCP } from './segment.ts';

const RAW = 101;
const SECOND = 1e9;
const V4 = packetsOf(captureOf('0.000 C POST /upload length=100'))[0]!.data;
const V6 = inIpv6(V4);
const factsOfPacket = (packet: Buffer) => factsOf(decodeBytes(packet, { linkType: RAW }).segment);
const ID = 77;

/** Shows packets to a defragmenter, a second apart unless told otherwise. */
class Rig {
  readonly defragmenter = new Defragmenter();
  time = 0;
  segment: Segment | null = null;

  take(packet: Buffer, { after = SECOND, capture = 0, ...others } = {}): Decoded {
    this.time += after;
    const { decoded, segment } = decodeBytes(packet, {
      linkType: RAW,
      time: this.time,
      captureIndex: capture,
      defragmenter: this.defragmenter,
      ...others,
    });
    this.segment = decoded === TCP ? segment : null;
    return decoded;
  }

  takeAll(packets: readonly Buffer[]): Decoded[] {
    return packets.map((packet) => this.take(packet));
  }

  get unfinished(): number {
    return this.defragmenter.unfinished[0] ?? 0;
  }
}

describe.each([
  ['IPv4', V4],
  ['IPv6', V6],
])('fragments of %s', (_version, packet) => {
  const [first, ...others] = fragmentsOf(packet, 64, ID) as [Buffer, ...Buffer[]];
  const last = others.at(-1)!;
  const whole = factsOfPacket(packet);

  it('are the segment in the frame that completes them', () => {
    const rig = new Rig();
    expect(rig.takeAll([first, ...others])).toEqual([FRAGMENT, ...others.slice(1).map(() => FRAGMENT), TCP]);
    expect({ ...factsOf(rig.segment!), ipId: whole.ipId }).toEqual(whole);
    expect(rig.unfinished).toBe(0);
  });

  it('may come in any order, of any size, once more, and with others between them', () => {
    const other = fragmentsOf(packet, 48, ID + 1);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }).chain((units) => {
          const fragments = fragmentsOf(packet, units * 8, ID);
          return fc.shuffledSubarray([...fragments, ...fragments.slice(1), ...other.slice(1)], {
            minLength: 2 * fragments.length + other.length - 2,
          });
        }),
        (shown) => {
          const rig = new Rig();
          const segments = shown.flatMap((fragment) =>
            rig.take(fragment, { after: 1000 }) === TCP ? [factsOf(rig.segment!)] : [],
          );
          expect(segments.map((facts) => ({ ...facts, ipId: whole.ipId }))).toEqual([whole]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('with one missing are none, and counted', () => {
    const rig = new Rig();
    expect(rig.takeAll([first, last])).toEqual([FRAGMENT, FRAGMENT]);
    expect(rig.unfinished).toBe(2);
  });

  it('of which one was cut by the snaplen are none', () => {
    const rig = new Rig();
    rig.takeAll([first, ...others.slice(0, -1)]);
    expect(rig.take(last.subarray(0, -1), { originalLength: last.length } as object)).toBe(FRAGMENT);
    expect(rig.unfinished).toBe(1 + others.length);
  });

  it('of which the first was cut by the snaplen: it is the segment, as far as it goes', () => {
    const rig = new Rig();
    const cut = first.subarray(0, first.length - 10);
    expect(rig.take(cut, { originalLength: first.length } as object)).toBe(TCP);
    // Of 64 bytes 20 are the header's.
    const [text] = whole.payload as [string, number];
    expect({ ...factsOf(rig.segment!), ipId: whole.ipId }).toEqual({
      ...whole,
      payloadLength: 44,
      capturedLength: 34,
      payload: [text.slice(0, 34), 44],
    });
    const closing = Buffer.from(cut);
    const flags = cut.length - 34 - 7;
    closing.writeUInt8(closing.readUInt8(flags) | FIN, flags);
    expect(rig.take(closing, { originalLength: first.length } as object)).toBe(TCP);
    expect(rig.segment!.flags & FIN, 'a FIN stands behind the end, which is not known').toBe(0);
    expect(rig.unfinished).toBe(0);
    expect(rig.takeAll(others)).toEqual(others.map(() => FRAGMENT));
    expect(rig.unfinished).toBe(others.length);
  });

  it('wait for half a minute', () => {
    const rig = new Rig();
    rig.takeAll([first, ...others.slice(0, -1)]);
    expect(rig.take(last, { after: 31 * SECOND })).toBe(FRAGMENT);
    expect(rig.unfinished).toBe(1 + others.length);
  });

  it('are counted for the captures that they come from', () => {
    const rig = new Rig();
    rig.take(first, { capture: 1 });
    rig.take(fragmentsOf(packet, 64, ID + 1)[0]!, { capture: 0 });
    expect(rig.defragmenter.unfinished).toEqual([1, 1]);
    for (const fragment of others) rig.take(fragment, { capture: 2 });
    expect(rig.defragmenter.unfinished).toEqual([1, 0, 0]);
  });

  it('that were captured twice are not missing anything', () => {
    const rig = new Rig();
    for (const fragment of [first, ...others]) {
      rig.take(fragment, { after: 1000 });
      rig.take(fragment, { after: 1000 });
    }
    expect(rig.unfinished).toBe(0);
  });

  it('with the identification of an earlier packet are another packet', () => {
    const rig = new Rig();
    rig.takeAll([first, ...others]);
    expect(rig.takeAll([first, ...others]).at(-1)).toBe(TCP);
    // The last fragment was captured twice; what comes a while later has nothing to do with that.
    rig.take(last, { after: 1000 });
    expect(rig.takeAll([first, ...others]).at(-1)).toBe(TCP);
    expect({ ...factsOf(rig.segment!), ipId: whole.ipId }).toEqual(whole);
  });

  it('that overlap: the first bytes count', () => {
    const forged = Buffer.from(packet);
    forged.fill('x', forged.length - 64);
    const [, ...lies] = fragmentsOf(forged, 64, ID);
    const rig = new Rig();
    rig.take(first);
    for (const [index, fragment] of others.slice(0, -1).entries()) {
      rig.take(fragment);
      rig.take(lies[index]!);
    }
    expect(rig.take(last)).toBe(TCP);
    expect(payloadOf(rig.segment!)).toEqual(whole.payload);
  });

  it('that overlap in part: what is new of them is taken', () => {
    const header = packet.length - (packet === V4 ? 20 : 40);
    const data = packet.subarray(-header);
    const rig = new Rig();
    rig.take(fragmentOf(packet, data.subarray(64, 128), 64, true, ID));
    rig.take(fragmentOf(packet, Buffer.concat([data.subarray(0, 64), Buffer.alloc(32, 'x')]), 0, true, ID));
    expect(rig.take(fragmentOf(packet, data.subarray(128), 128, false, ID))).toBe(TCP);
    expect(payloadOf(rig.segment!)).toEqual(whole.payload);
  });

  const fragment = (length: number, offset: number, hasMore: boolean) =>
    fragmentOf(packet, Buffer.alloc(length, 'h'), offset, hasMore, ID);

  it('that say what cannot be are refused', () => {
    const rig = new Rig();
    expect(rig.take(fragment(0, 64, true))).toBe(MALFORMED);
    expect(rig.take(fragment(0, 64, false))).toBe(MALFORMED);
    expect(rig.take(fragment(63, 64, true))).toBe(MALFORMED);
    expect(rig.take(fragment(64, 65_528, false))).toBe(MALFORMED);
    expect(rig.take(fragment(1480, 64_800, true))).toBe(MALFORMED);
    expect(rig.unfinished).toBe(0);
  });

  it('behind the last one, or two last ones: the first that was said holds', () => {
    const rig = new Rig();
    const beyond = fragment(64, 1024, true);
    expect(rig.takeAll([last, beyond, fragment(8, 1024, false), first])).toEqual([
      FRAGMENT,
      FRAGMENT,
      FRAGMENT,
      FRAGMENT,
    ]);
    expect(rig.takeAll(others.slice(0, -1)).at(-1)).toBe(TCP);
    expect(payloadOf(rig.segment!)).toEqual(whole.payload);
  });

  it('the longest packet there is, in the smallest fragments, backwards', () => {
    const headers = packet.subarray(0, packet === V4 ? 20 : 40);
    const long = Buffer.concat([
      headers,
      packet.subarray(headers.length, headers.length + 20),
      Buffer.alloc(65_400, 'l'),
    ]);
    const fragments = fragmentsOf(long, 8, ID).reverse();
    const rig = new Rig();
    const answers = fragments.map((one) => rig.take(one, { after: 1000 }));
    expect(answers.at(-1)).toBe(TCP);
    expect(rig.segment!.payloadLength).toBe(65_400);
    expect(rig.unfinished).toBe(0);
  });
});

describe('what is no part of a segment', () => {
  it('is not put together', () => {
    const icmp = Buffer.from(V4);
    icmp[9] = 1;
    const rig = new Rig();
    expect(new Set(rig.takeAll(fragmentsOf(icmp, 64, ID)))).toEqual(new Set([NOT_TCP]));
    expect(rig.unfinished).toBe(0);
  });

  it('is put together, for UDP may be a tunnel, and then passed over', () => {
    const udp = Buffer.from(V4);
    udp[9] = 17;
    const rig = new Rig();
    expect(rig.takeAll(fragmentsOf(udp, 64, ID)).at(-1)).toBe(NOT_TCP);
    expect(rig.unfinished).toBe(0);
  });
});

describe('tunnels and fragments', () => {
  const vxlan = ENCAPSULATIONS.find(({ name }) => name === 'vxlan')!;
  const ipInIp = ENCAPSULATIONS.find(({ name }) => name === 'ip-in-ip')!;

  it('a tunnel in fragments', () => {
    const rig = new Rig();
    expect(rig.takeAll(fragmentsOf(vxlan.wrap(V4).subarray(14), 64, ID)).at(-1)).toBe(TCP);
    expect(factsOf(rig.segment!)).toEqual(factsOfPacket(V4));
  });

  it('fragments in a tunnel, which is in fragments', () => {
    const rig = new Rig();
    let id = ID;
    const packets = fragmentsOf(V4, 96, ID).flatMap((inner) => fragmentsOf(ipInIp.wrap(inner).subarray(14), 48, ++id));
    expect(rig.takeAll(packets).at(-1)).toBe(TCP);
    expect({ ...factsOf(rig.segment!), ipId: 0 }).toEqual({ ...factsOfPacket(V4), ipId: 0 });
    expect(rig.unfinished).toBe(0);
  });
});

describe('memory', () => {
  it('a million beginnings of packets: the oldest give way', () => {
    const rig = new Rig();
    const [first, second] = fragmentsOf(V4, 160, 0) as [Buffer, Buffer];
    const begin = (id: number) => {
      first.writeUInt16BE(id, 4);
      return rig.take(first, { after: 1000 });
    };
    for (let id = 0; id < 3000; id++) expect(begin(id)).toBe(FRAGMENT);
    const end = (id: number) => {
      second.writeUInt16BE(id, 4);
      return rig.take(second, { after: 1000 });
    };
    expect(end(2999)).toBe(TCP);
    expect(end(100)).toBe(FRAGMENT);
  });

  it('fragments far behind the beginning take no more than all may have', () => {
    const rig = new Rig();
    const far = fragmentOf(V4, Buffer.alloc(8), 65_000, true, 0);
    for (let id = 0; id < 500; id++) {
      far.writeUInt16BE(id, 4);
      rig.take(far, { after: 1000 });
    }
    expect(rig.defragmenter.heldBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(rig.unfinished).toBe(500);
  });
});

it('a fragment without a defragmenter stays one', () => {
  expect(decodeBytes(fragmentsOf(V4, 64)[0]!, { linkType: RAW }).decoded).toBe(FRAGMENT);
});

it('a fragment under the headers of IPv6 options', () => {
  const withOptions = (fragment: Buffer) => {
    const header = Buffer.from(fragment.subarray(0, 40));
    header.writeUInt16BE(fragment.length - 40 + 8, 4);
    header[6] = 0;
    return Buffer.concat([header, fromHex('2c00 0104 00000000'), fragment.subarray(40)]);
  };
  const rig = new Rig();
  expect(rig.takeAll(fragmentsOf(V6, 64, ID).map(withOptions)).at(-1)).toBe(TCP);
  expect(factsOf(rig.segment!)).toEqual(factsOfPacket(V6));
});

it('options of IPv6 in the fragments', () => {
  const packet = Buffer.concat([V6.subarray(0, 40), fromHex('0600 0104 00000000'), V6.subarray(40)]);
  packet.writeUInt16BE(packet.length - 40, 4);
  packet[6] = 60;
  const rig = new Rig();
  expect(rig.takeAll(fragmentsOf(packet, 64, ID)).at(-1)).toBe(TCP);
  expect(factsOf(rig.segment!)).toEqual(factsOfPacket(V6));
});
