// Writes the segments that are generated: a classic pcap file of bare IP packets (LINKTYPE_RAW), nanoseconds. Checksums
// are left zero: nobody looks at them.
import { type PcapRecord, pcapFile } from '../src/testing/capture-builder.ts';
import { LINKTYPE_RAW } from '../src/testing/transform-capture.ts';

export interface End {
  readonly host: number;
  readonly port: number;
}

export interface Packet {
  readonly from: End;
  readonly to: End;
  readonly ipv6?: boolean;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window?: number;
  readonly options?: Uint8Array;
  readonly payload?: Uint8Array;
  readonly ttl?: number;
  /** How much longer than it is the packet says to be: for a captured length that is cut. */
  readonly missing?: number;
}

const START_SECONDS = 1_750_000_000;
const NANOSECOND_MAGIC = 0xa1b23c4d;
const SECOND = 1e9;

export class PacketWriter {
  /** Nanoseconds since the start. */
  time = 0;
  readonly #records: PcapRecord[] = [];

  get packets(): number {
    return this.#records.length;
  }

  write(packet: Packet): void {
    const data = packet.ipv6 ? ipv6(packet) : ipv4(packet);
    const time = Math.max(0, this.time);
    this.#records.push({
      seconds: START_SECONDS + Math.floor(time / SECOND),
      fraction: time % SECOND,
      data,
      originalLength: data.length + (packet.missing ?? 0),
    });
  }

  file(): Buffer {
    return pcapFile(this.#records, { magic: NANOSECOND_MAGIC, linkType: LINKTYPE_RAW });
  }
}

function tcp({ from, to, sequence, acknowledgement, flags, window, options, payload }: Packet): Buffer {
  const optionBytes = (options?.length ?? 0) + (-(options?.length ?? 0) & 3);
  const bytes = Buffer.alloc(20 + optionBytes + (payload?.length ?? 0));
  bytes.writeUInt16BE(from.port, 0);
  bytes.writeUInt16BE(to.port, 2);
  bytes.writeUInt32BE(sequence >>> 0, 4);
  bytes.writeUInt32BE(acknowledgement >>> 0, 8);
  bytes.writeUInt16BE(((5 + optionBytes / 4) << 12) | flags, 12);
  bytes.writeUInt16BE(window ?? 0xffff, 14);
  if (options !== undefined) bytes.set(options, 20);
  if (payload !== undefined) bytes.set(payload, 20 + optionBytes);
  return bytes;
}

function ipv4(packet: Packet): Buffer {
  const segment = tcp(packet);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(0x4500, 0);
  header.writeUInt16BE((20 + segment.length + (packet.missing ?? 0)) & 0xffff, 2);
  header.writeUInt16BE((packet.ttl ?? 64) * 256 + 6, 8);
  header.writeUInt32BE(0x0a000000 + packet.from.host, 12);
  header.writeUInt32BE(0x0a000000 + packet.to.host, 16);
  return Buffer.concat([header, segment]);
}

function ipv6(packet: Packet): Buffer {
  const segment = tcp(packet);
  const header = Buffer.alloc(40);
  header.writeUInt32BE(0x60000000, 0);
  header.writeUInt16BE((segment.length + (packet.missing ?? 0)) & 0xffff, 4);
  header.writeUInt16BE(6 * 256 + (packet.ttl ?? 64), 6);
  header.writeUInt32BE(0xfd000000, 8);
  header.writeUInt32BE(packet.from.host, 20);
  header.writeUInt32BE(0xfd000000, 24);
  header.writeUInt32BE(packet.to.host, 36);
  return Buffer.concat([header, segment]);
}
