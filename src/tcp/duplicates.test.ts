import { describe, expect, it } from 'vitest';
import { captureOf } from '../testing/conversation.ts';
import { decodeBytes } from '../testing/decode-frame.ts';
import { inIpv6 } from '../testing/encapsulations.ts';
import { packetsOf } from '../testing/wire-captures.ts';
import type { Segment } from '../wire/segment.ts';
import { Duplicates } from './duplicates.ts';

const RAW = 101;
const MILLISECOND = 1e6;
const [SYN, POST, ACK, RST] = packetsOf(captureOf('0 C SYN\n0 C POST /a length=20\n0 C ACK\n0 S RST')).map(
  ({ data }) => data,
) as [Buffer, Buffer, Buffer, Buffer];

const segmentOf = (packet: Buffer, time: number): Segment =>
  Object.assign(decodeBytes(packet, { linkType: RAW }).segment, { time });
const changed = (packet: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(packet);
  copy[at] = value;
  return copy;
};
/** Is the second one a copy of the first? */
function isCopy(first: Buffer, second: Buffer, after: number): boolean {
  const duplicates = new Duplicates();
  expect(duplicates.isCopy(segmentOf(first, 1e9))).toBe(false);
  return duplicates.isCopy(segmentOf(second, 1e9 + after));
}
const withoutId = (packet: Buffer) => changed(changed(packet, 4, 0), 5, 0);

describe('a copy', () => {
  it.each([
    ['SYN', SYN],
    ['payload', POST],
    ['ACK', ACK],
    ['RST', RST],
  ])('%s, the same in everything and near', (_name, packet) => {
    expect(isCopy(packet, packet, 4 * MILLISECOND)).toBe(true);
    expect(isCopy(packet, packet, -4 * MILLISECOND)).toBe(true);
  });

  it('mirrored behind a router has a lower time to live', () => {
    expect(isCopy(POST, changed(POST, 8, 63), MILLISECOND)).toBe(true);
  });

  it('without an identification is told by its payload', () => {
    expect(isCopy(withoutId(POST), withoutId(POST), 0.5 * MILLISECOND)).toBe(true);
    expect(isCopy(inIpv6(POST), inIpv6(POST), 0.5 * MILLISECOND)).toBe(true);
  });
});

describe('no copy', () => {
  const others: readonly (readonly [string, Buffer])[] = [
    ['another identification', changed(POST, 5, 99)],
    ['another source address', changed(POST, 15, 99)],
    ['another destination address', changed(POST, 19, 99)],
    ['another source port', changed(POST, 21, 99)],
    ['another destination port', changed(POST, 23, 99)],
    ['another sequence number', changed(POST, 27, 99)],
    ['another acknowledgement', changed(POST, 31, 99)],
    ['other flags', changed(POST, 33, 0x11)],
    ['another window', changed(POST, 35, 99)],
    ['another checksum: another timestamp, or other bytes', changed(POST, 36, 99)],
    ['another length', changed(POST, 3, POST[3]! - 1)],
  ];
  it.each(others)('%s', (_name, other) => {
    expect(isCopy(POST, other, 1000)).toBe(false);
  });

  it('is what comes later', () => {
    expect(isCopy(POST, POST, 6 * MILLISECOND)).toBe(false);
    expect(isCopy(withoutId(POST), withoutId(POST), 2 * MILLISECOND)).toBe(false);
    expect(isCopy(POST, POST, NaN)).toBe(false);
  });

  it('are resets and acknowledgements without an identification: several in a row are what hosts send', () => {
    for (const packet of [RST, ACK, SYN]) {
      expect(isCopy(withoutId(packet), withoutId(packet), 1000)).toBe(false);
      expect(isCopy(inIpv6(packet), inIpv6(packet), 1000)).toBe(false);
    }
  });
});

describe('watching', () => {
  const show = (duplicates: Duplicates, count: number) => {
    for (let i = 0; i < count && duplicates.watching; i++) duplicates.isCopy(segmentOf(SYN, i * 1e9));
  };

  it('ends when the beginning of the capture has no copies', () => {
    const duplicates = new Duplicates();
    show(duplicates, 4095);
    expect(duplicates.watching).toBe(true);
    show(duplicates, 1);
    expect(duplicates.watching).toBe(false);
  });

  it('begins again for a while when it is told to', () => {
    const duplicates = new Duplicates();
    show(duplicates, 4096);
    expect(duplicates.watching).toBe(false);
    duplicates.lookAgain();
    show(duplicates, 255);
    expect(duplicates.watching).toBe(true);
    show(duplicates, 1);
    expect(duplicates.watching).toBe(false);
  });

  it('goes on as long as copies are found', () => {
    const duplicates = new Duplicates();
    show(duplicates, 4094);
    duplicates.isCopy(segmentOf(POST, 1));
    expect(duplicates.isCopy(segmentOf(POST, 2))).toBe(true);
    show(duplicates, 4095);
    expect(duplicates.watching).toBe(true);
  });
});
