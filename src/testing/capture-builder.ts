// Capture files written byte by byte, for tests of the readers: what no program writes can be written here too.
import type { ByteSource } from '../capture/byte-source.ts';

export type Order = 'little' | 'big';

/** The numbers one after another, each `size` bytes wide. */
function words(order: Order, size: 2 | 4, ...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * size);
  numbers.forEach((number, index) => {
    const at = index * size;
    const unsigned = size === 2 ? number & 0xffff : number >>> 0;
    if (order === 'little') bytes.writeUIntLE(unsigned, at, size);
    else bytes.writeUIntBE(unsigned, at, size);
  });
  return bytes;
}

function paddedTo4(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** `aa bb cc` or `aabbcc` as bytes; what follows a # on a line is a remark. */
export function fromHex(text: string): Buffer {
  return Buffer.from(text.replace(/#.*$/gm, '').replace(/\s+/g, ''), 'hex');
}

export interface PcapRecord {
  readonly seconds?: number;
  readonly fraction?: number;
  readonly data: Uint8Array;
  readonly capturedLength?: number;
  readonly originalLength?: number;
}

export interface PcapOptions {
  readonly order?: Order;
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly snaplen?: number;
  /** The header's whole last word, FCS bits and all. */
  readonly linkType?: number;
  /** Bytes of each record header behind the usual 16. */
  readonly extraHeader?: number;
}

/** A classic pcap file. */
export function pcapFile(records: readonly PcapRecord[], options: PcapOptions = {}): Buffer {
  const { order = 'little', magic = 0xa1b2c3d4, version = [2, 4], snaplen = 65535, linkType = 1 } = options;
  const parts = [
    words(order, 4, magic),
    words(order, 2, ...version),
    words(order, 4, 0, 0, snaplen, linkType),
    ...records.flatMap(({ seconds = 1_600_000_000, fraction = 0, data, capturedLength, originalLength }) => [
      words(order, 4, seconds, fraction, capturedLength ?? data.length, originalLength ?? data.length),
      Buffer.alloc(options.extraHeader ?? 0),
      data,
    ]),
  ];
  return Buffer.concat(parts);
}

export interface PcapngOption {
  readonly code: number;
  readonly value: Uint8Array;
}

export interface NameRecord {
  readonly type?: number;
  readonly address: Uint8Array;
  readonly names?: readonly string[];
}

export interface PacketFields {
  readonly interfaceIndex?: number;
  /** The 64-bit timestamp in the interface's units. */
  readonly timestamp?: bigint;
  readonly data: Uint8Array;
  readonly capturedLength?: number;
  readonly originalLength?: number;
  readonly options?: readonly PcapngOption[];
}

const IF_TSRESOL = 9;
const IF_FCSLEN = 13;
const IF_TSOFFSET = 14;

/** The blocks of a pcapng file in one byte order. */
export class PcapngBuilder {
  readonly #order: Order;

  constructor(order: Order = 'little') {
    this.#order = order;
  }

  block(type: number, body: Uint8Array, trailingLength?: number): Buffer {
    const padded = paddedTo4(body);
    const length = padded.length + 12;
    return Buffer.concat([this.words(4, type, length), padded, this.words(4, trailingLength ?? length)]);
  }

  section(
    facts: {
      readonly length?: bigint;
      readonly version?: readonly [number, number];
      readonly options?: readonly PcapngOption[];
    } = {},
  ): Buffer {
    const { length = -1n, version = [1, 0], options = [] } = facts;
    const fixed = [this.words(4, 0x1a2b3c4d), this.words(2, ...version), this.bigWord(length)];
    return this.block(0x0a0d0d0a, Buffer.concat([...fixed, this.#options(options)]));
  }

  interfaceDescription(
    facts: {
      readonly linkType?: number;
      readonly snaplen?: number;
      readonly resolution?: number;
      readonly offsetSeconds?: bigint;
      readonly fcsLength?: number;
      /** Other options, before these. */
      readonly options?: readonly PcapngOption[];
    } = {},
  ): Buffer {
    const { linkType = 1, snaplen = 0, resolution, offsetSeconds, fcsLength } = facts;
    const options = [...(facts.options ?? [])];
    if (resolution !== undefined) options.push({ code: IF_TSRESOL, value: Buffer.of(resolution) });
    if (fcsLength !== undefined) options.push({ code: IF_FCSLEN, value: Buffer.of(fcsLength) });
    if (offsetSeconds !== undefined) options.push({ code: IF_TSOFFSET, value: this.bigWord(offsetSeconds) });
    return this.block(1, Buffer.concat([this.words(2, linkType, 0), this.words(4, snaplen), this.#options(options)]));
  }

  enhancedPacket(packet: PacketFields): Buffer {
    return this.#packet(6, this.words(4, packet.interfaceIndex ?? 0), packet);
  }

  obsoletePacket(packet: PacketFields): Buffer {
    return this.#packet(2, this.words(2, packet.interfaceIndex ?? 0, 0), packet);
  }

  simplePacket(data: Uint8Array, originalLength: number = data.length): Buffer {
    return this.block(3, Buffer.concat([this.words(4, originalLength), data]));
  }

  interfaceStatistics(interfaceIndex: number, options: readonly PcapngOption[] = []): Buffer {
    return this.block(5, Buffer.concat([this.words(4, interfaceIndex, 0, 0), this.#options(options)]));
  }

  /** Each record is an address (or what stands in its place) with its names; `type` is told by the address. */
  nameResolution(records: readonly NameRecord[], options: readonly PcapngOption[] = []): Buffer {
    const encoded = records.flatMap(({ type, address, names = [] }) => {
      const value = Buffer.concat([address, ...names.map((name) => Buffer.from(`${name}\0`))]);
      return [this.words(2, type ?? (address.length === 4 ? 1 : 2), value.length), paddedTo4(value)];
    });
    return this.block(4, Buffer.concat([...encoded, this.words(2, 0, 0), this.#options(options)]));
  }

  decryptionSecrets(secrets: Uint8Array, type = 0x544c534b): Buffer {
    return this.block(0xa, Buffer.concat([this.words(4, type, secrets.length), paddedTo4(secrets)]));
  }

  /** The numbers in this file's byte order. */
  words(size: 2 | 4, ...numbers: readonly number[]): Buffer {
    return words(this.#order, size, ...numbers);
  }

  #packet(type: number, firstWord: Buffer, packet: PacketFields): Buffer {
    const { timestamp = 1_600_000_000_000_000n, data, capturedLength, originalLength, options = [] } = packet;
    const time = this.words(4, Number(timestamp >> 32n), Number(timestamp & 0xffff_ffffn));
    const lengths = this.words(4, capturedLength ?? data.length, originalLength ?? data.length);
    return this.block(type, Buffer.concat([firstWord, time, lengths, paddedTo4(data), this.#options(options)]));
  }

  #options(options: readonly PcapngOption[]): Buffer {
    if (options.length === 0) return Buffer.alloc(0);
    return Buffer.concat([
      ...options.flatMap(({ code, value }) => [this.words(2, code, value.length), paddedTo4(value)]),
      this.words(2, 0, 0),
    ]);
  }

  bigWord(value: bigint): Buffer {
    const bytes = Buffer.alloc(8);
    if (this.#order === 'little') bytes.writeBigInt64LE(value);
    else bytes.writeBigInt64BE(value);
    return bytes;
  }
}

/** `bytes` as a source that gives at most `chunk` bytes at a time, at once or (`later`) with a promise. */
export function byteSource(bytes: Uint8Array, chunk: number = bytes.length, later = false): ByteSource {
  let position = 0;
  return {
    size: bytes.length,
    read(target, offset, length) {
      const count = Math.min(length, chunk, bytes.length - position);
      target.set(bytes.subarray(position, position + count), offset);
      position += count;
      return later ? Promise.resolve(count) : count;
    },
    close() {},
  };
}
