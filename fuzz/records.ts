// A capture file cut where its format has borders: what is removed, doubled and moved are whole records, so that the
// rest stays readable and the mutation reaches what lies behind the reader.
export interface Records {
  readonly format: 'pcap' | 'pcapng';
  readonly littleEndian: boolean;
  /** Of pcap: the file's header. Of pcapng nothing: its section header is a block like the others. */
  readonly header: Buffer;
  /** Records with their headers, or blocks; the last may be cut off. */
  readonly records: readonly Buffer[];
}

const PCAP_HEADER = 24;
export const PCAP_RECORD_HEADER = 16;
const PCAPNG_MAGIC = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const SMALLEST_BLOCK = 12;

/** null: it is neither pcap nor pcapng. */
export function recordsOf(bytes: Buffer): Records | null {
  if (bytes.length < PCAP_HEADER) return null;
  if (bytes.readUInt32LE(0) === PCAPNG_MAGIC) {
    const littleEndian = bytes.readUInt32LE(8) === BYTE_ORDER_MAGIC;
    const records = cut(bytes, 0, (at) => {
      if (at + 8 > bytes.length) return Number.NaN;
      const length = littleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4);
      return length < SMALLEST_BLOCK ? Number.NaN : length;
    });
    return { format: 'pcapng', littleEndian, header: Buffer.alloc(0), records };
  }
  const magics = [0xa1b2c3d4, 0xa1b23c4d];
  const littleEndian = magics.includes(bytes.readUInt32LE(0));
  if (!littleEndian && !magics.includes(bytes.readUInt32BE(0))) return null;
  const records = cut(bytes, PCAP_HEADER, (at) => {
    if (at + PCAP_RECORD_HEADER > bytes.length) return Number.NaN;
    return PCAP_RECORD_HEADER + (littleEndian ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8));
  });
  return { format: 'pcap', littleEndian, header: bytes.subarray(0, PCAP_HEADER), records };
}

/** `lengthAt`: of the record there; NaN when that cannot be told, then all that is left is one. */
function cut(bytes: Buffer, from: number, lengthAt: (at: number) => number): Buffer[] {
  const records: Buffer[] = [];
  for (let at = from; at < bytes.length; ) {
    const length = lengthAt(at);
    const end = Number.isNaN(length) ? bytes.length : Math.min(bytes.length, at + length);
    records.push(bytes.subarray(at, end));
    at = end;
  }
  return records;
}

export function fileOf({ header, records }: Records): Buffer {
  return Buffer.concat([header, ...records]);
}

/** Offset of a record's frame bytes; -1 when it has none. */
export function frameStartIn(records: Records, record: Buffer): number {
  if (records.format === 'pcap') return record.length > PCAP_RECORD_HEADER ? PCAP_RECORD_HEADER : -1;
  if (record.length < 32) return -1;
  const type = records.littleEndian ? record.readUInt32LE(0) : record.readUInt32BE(0);
  return type === 6 || type === 2 ? 28 : type === 3 ? 12 : -1;
}
