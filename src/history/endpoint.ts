import type { FourTuple } from '../wire/segment.ts';

/** Address and port of one end as text: 10.0.0.1:80, [fd00::1]:80. */
export function endpointOf(tuple: FourTuple, end: 'source' | 'destination'): string {
  const port = end === 'source' ? tuple.sourcePort : tuple.destinationPort;
  if (tuple.ipVersion === 4) return ENDPOINTS.text(end === 'source' ? tuple.source0 : tuple.destination0, port);
  return `[${addressOf(tuple, end)}]:${port}`;
}

/** Stands for a port where only the address is wanted; 0 is one that a segment may carry. */
const NO_PORT = -1;

/**
 * Texts that were made before, by address and port. Few servers and clients take part in most connections, and the
 * same string again is found in a Map without being compared letter by letter.
 */
class TextCache {
  private static readonly SIZE = 8192;
  private readonly addresses = new Int32Array(TextCache.SIZE);
  private readonly ports = new Int32Array(TextCache.SIZE).fill(-2);
  private readonly texts = new Array<string>(TextCache.SIZE).fill('');

  /** `address`:`port`, or the address alone when `port` is NO_PORT. */
  text(address: number, port: number): string {
    const slot = (Math.imul(address ^ Math.imul(port, 0x27d4eb2f), 0x9e3779b1) >>> 16) & (TextCache.SIZE - 1);
    if (this.addresses[slot] !== address || this.ports[slot] !== port) {
      this.addresses[slot] = address;
      this.ports[slot] = port;
      this.texts[slot] = port === NO_PORT ? ipv4Text(address) : `${ipv4Text(address)}:${port}`;
    }
    return this.texts[slot]!;
  }
}
const ENDPOINTS = new TextCache();
const ADDRESSES = new TextCache();

/** Address of one end as text, IPv6 as RFC 5952 writes it. */
export function addressOf(tuple: FourTuple, end: 'source' | 'destination'): string {
  if (tuple.ipVersion === 4) {
    return ADDRESSES.text(end === 'source' ? tuple.source0 : tuple.destination0, NO_PORT);
  }
  const words =
    end === 'source'
      ? [tuple.source0, tuple.source1, tuple.source2, tuple.source3]
      : [tuple.destination0, tuple.destination1, tuple.destination2, tuple.destination3];
  return ipv6Text(words);
}

/** An IPv4 address as text. */
export function addressOfWord(word: number): string {
  return ADDRESSES.text(word, NO_PORT);
}

/** `endpoint` ("10.0.0.1:80", "[fd00::1]:80") without its port and brackets. */
export function withoutPort(endpoint: string): string {
  const end = endpoint.lastIndexOf(':');
  return endpoint.charCodeAt(0) === 0x5b ? endpoint.slice(1, end - 1) : endpoint.slice(0, end);
}

/** An address as a user may write it, as `addressOf` writes it. `text` must be a valid IPv4 or IPv6 address. */
export function canonicalAddress(text: string): string {
  if (!text.includes(':')) return text;
  const [head = '', tail] = text.toLowerCase().split('::');
  const groupsOf = (part: string) =>
    part === ''
      ? []
      : part.split(':').flatMap((group) => {
          if (!group.includes('.')) return [Number.parseInt(group, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
          return [(a << 8) | b, (c << 8) | d];
        });
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  const groups = [...front, ...new Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0), ...back];
  return ipv6Text([0, 1, 2, 3].map((word) => ((groups[word * 2] ?? 0) << 16) | (groups[word * 2 + 1] ?? 0)));
}

/** The IPv4 address in an IPv4-mapped IPv6 one (RFC 4291 2.5.5.2), as sockets of both families write it; else none. */
export function mappedIpv4(canonical: string): readonly string[] {
  const address = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonical)?.[1];
  return address === undefined ? [] : [address];
}

/** An IPv4 address as its signed 32-bit word; null for anything else. */
export function ipv4Word(address: string): number | null {
  const parts = address.split('.');
  return parts.length === 4 && !address.includes(':')
    ? parts.reduce((word, part) => (word << 8) | Number(part), 0)
    : null;
}

function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as "::". */
function ipv6Text(words: readonly number[]): string {
  const groups = words.flatMap((word) => [(word >>> 16) & 0xffff, word & 0xffff]);
  // IPv4-mapped addresses are written with their dots (RFC 5952 5).
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return `::ffff:${ipv4Text(words[3]!)}`;
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (bestStart < 0) return text(0, 8);
  return `${text(0, bestStart)}::${text(bestStart + bestLength, 8)}`;
}
