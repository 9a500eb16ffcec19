import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../tcp/connection.ts';
import { addressOf, canonicalAddress, endpointOf, mappedIpv4, withoutPort } from './endpoint.ts';

/** Only what the functions read. */
function connection(ipVersion: number, words: readonly number[], port = 80): Connection {
  const [source0, source1, source2, source3] = words;
  return {
    ipVersion,
    sourcePort: port,
    destinationPort: 443,
    ...{ source0, source1, source2, source3 },
    ...{ destination0: 0x0a000002, destination1: 0, destination2: 0, destination3: 0 },
  } as Connection;
}

describe('endpoints', () => {
  test('IPv4', () => {
    const v4 = connection(4, [0xc0a80001 | 0, 0, 0, 0], 40_000);
    expect(endpointOf(v4, 'source')).toBe('192.168.0.1:40000');
    expect(endpointOf(v4, 'destination')).toBe('10.0.0.2:443');
    expect(addressOf(v4, 'source')).toBe('192.168.0.1');
  });

  test('port 0 is a port', () => {
    const zero = connection(4, [0xc0a80001 | 0, 0, 0, 0], 0);
    expect(addressOf(zero, 'source')).toBe('192.168.0.1');
    expect(endpointOf(zero, 'source')).toBe('192.168.0.1:0');
  });

  test('IPv6 stands in brackets', () => {
    expect(endpointOf(connection(6, [0xfd000000 | 0, 0, 0, 1]), 'source')).toBe('[fd00::1]:80');
  });

  test('without port', () => {
    expect(withoutPort('10.0.0.2:80')).toBe('10.0.0.2');
    expect(withoutPort('[fd00::1]:80')).toBe('fd00::1');
    expect(withoutPort('[::]:80')).toBe('::');
  });
});

describe('IPv6 as RFC 5952 writes it', () => {
  test.each([
    ['lower case, no leading zeros (4.1, 4.3)', [0x20010db8, 0x0000aaaa, 0, 0x00010001], '2001:db8:0:aaaa::1:1'],
    ['the longest run of zeros is shortened (4.2.3)', [0x20010000, 0, 0x00010000, 0x00000001], '2001::1:0:0:1'],
    ['of equal runs the first (4.2.3)', [0x20010db8, 0, 0x00010000, 0x00000001], '2001:db8::1:0:0:1'],
    ['a single zero group stays (4.2.2)', [0x20010db8, 0x00000001, 0x00010001, 0x00010001], '2001:db8:0:1:1:1:1:1'],
    ['all zeros', [0, 0, 0, 0], '::'],
    ['loopback', [0, 0, 0, 1], '::1'],
    ['zeros at the end', [0xfe800000, 0, 0, 0], 'fe80::'],
    ['IPv4-mapped with dots (5)', [0, 0, 0xffff, 0x0a000001], '::ffff:10.0.0.1'],
  ])('%s', (_, words, text) => {
    expect(
      addressOf(
        connection(
          6,
          words.map((word) => word | 0),
        ),
        'source',
      ),
    ).toBe(text);
  });
});

describe('an address as a user may write it', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['FD00:0:0::0001', 'fd00::1'],
    ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['::', '::'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['::FFFF:0a00:0001', '::ffff:10.0.0.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test('IPv4-mapped, it means the IPv4 address as well', () => {
    expect(mappedIpv4(canonicalAddress('::FFFF:0a00:0001'))).toEqual(['10.0.0.1']);
    for (const other of ['10.0.0.1', 'fd00::1', '64:ff9b::c000:221']) expect(mappedIpv4(other)).toEqual([]);
  });

  test('is what the capture gives, however it is written', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const canonical = canonicalAddress(text);
        expect(isIPv6(canonical)).toBe(true);
        expect(canonicalAddress(canonical)).toBe(canonical);
        // As the URL parser of the platform understands it.
        const host = (address: string) => new URL(`http://[${address}]/`).host;
        expect(host(canonical)).toBe(host(text));
      }),
    );
  });
});
