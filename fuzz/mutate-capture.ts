// Inputs of the first kind: real captures, damaged. A mutation is a function of the table below.
import { gzipSync } from 'node:zlib';
import { boundary, few, moved, pick, type Random } from './chance.ts';
import type { CorpusFile } from './corpus.ts';
import { fileOf, frameStartIn, type Records, recordsOf } from './records.ts';

/** Changes a copy of the records; `corpus`: where other captures come from. */
type Mutation = (records: Buffer[], file: Records, random: Random, corpus: readonly CorpusFile[]) => void;

/** A larger capture shows no more and takes long: of those only now and then one. */
const USUAL_BYTES = 60_000;

/** What a hostile peer might write into a message. */
const TOKENS = [
  '\r\n\r\n',
  '\r\n',
  '\n',
  '\0',
  '\x1b]52;c;AAAA\x07',
  '\u009b31m',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01',
  'Content-Length: 18446744073709551616\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 1, 1\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Keep-Alive: timeout=99999999999999999999, max=-0\r\n',
  'ffffffffffffffff\r\n',
  '0\r\n\r\n',
];

const anyIndex = (records: readonly Buffer[], random: Random) => random.below(records.length);

/** Replaces record `index` by a copy that `change` has changed. */
function change(records: Buffer[], index: number, how: (record: Buffer) => void): void {
  const copy = Buffer.from(records[index]!);
  if (copy.length === 0) return;
  how(copy);
  records[index] = copy;
}

function writeWord(bytes: Buffer, at: number, size: number, value: number, littleEndian: boolean): void {
  if (at < 0 || at + size > bytes.length) return;
  const unsigned = size === 4 ? value >>> 0 : value & (2 ** (8 * size) - 1);
  if (littleEndian) bytes.writeUIntLE(unsigned, at, size);
  else bytes.writeUIntBE(unsigned, at, size);
}

/** Where the IP header of a frame begins, as the fixtures have it: after Ethernet, or at once. */
function ipStart(frame: Buffer): number {
  const type = frame.length > 14 ? frame.readUInt16BE(12) : 0;
  return type === 0x0800 || type === 0x86dd ? 14 : 0;
}

const IP_FIELDS = [
  { at: 0, size: 1 },
  { at: 2, size: 2 },
  { at: 4, size: 2 },
  { at: 6, size: 2 },
  { at: 8, size: 1 },
  { at: 9, size: 1 },
];
const TCP_FIELDS = [
  { at: 0, size: 2 },
  { at: 2, size: 2 },
  { at: 4, size: 4 },
  { at: 8, size: 4 },
  { at: 12, size: 1 },
  { at: 13, size: 1 },
  { at: 14, size: 2 },
  { at: 20, size: 2 },
  { at: 22, size: 2 },
];

const MUTATIONS: readonly Mutation[] = [
  function flipBits(records, _, random) {
    for (let left = few(20, random); left >= 0; left--) {
      change(records, anyIndex(records, random), (record) => {
        record[random.below(record.length)]! ^= 1 << random.below(8);
      });
    }
  },
  function setRecordHeader(records, { format, littleEndian }, random) {
    change(records, anyIndex(records, random), (record) => {
      const at =
        format === 'pcap' || random.chance(0.8) ? 4 * random.below(format === 'pcap' ? 4 : 7) : record.length - 4;
      if (at < 0 || at + 4 > record.length) return;
      const old = littleEndian ? record.readUInt32LE(at) : record.readUInt32BE(at);
      writeWord(record, at, 4, random.chance(0.5) ? boundary(random) : moved(old, random), littleEndian);
    });
  },
  function setAnyNumber(records, _, random) {
    change(records, anyIndex(records, random), (record) => {
      writeWord(record, random.below(record.length), pick([1, 2, 4], random), boundary(random), random.chance(0.5));
    });
  },
  function setPacketField(records, file, random) {
    change(records, anyIndex(records, random), (record) => {
      const start = frameStartIn(file, record);
      if (start < 0) return;
      const ip = start + ipStart(record.subarray(start));
      const tcp = ip + ((record[ip] ?? 0) >>> 4 === 6 ? 40 : ((record[ip] ?? 0) & 0x0f) * 4);
      const inTcp = random.chance(0.75);
      const { at, size } = pick(inTcp ? TCP_FIELDS : IP_FIELDS, random);
      const place = (inTcp ? tcp : ip) + at;
      if (place + size > record.length) return;
      const old = record.readUIntBE(place, size);
      writeWord(record, place, size, random.chance(0.4) ? boundary(random) : moved(old, random), false);
    });
  },
  function setFlags(records, file, random) {
    change(records, anyIndex(records, random), (record) => {
      const start = frameStartIn(file, record);
      if (start < 0) return;
      const ip = start + ipStart(record.subarray(start));
      const tcp = ip + ((record[ip] ?? 0) >>> 4 === 6 ? 40 : ((record[ip] ?? 0) & 0x0f) * 4);
      if (tcp + 13 < record.length) record[tcp + 13] = pick([0, 1, 2, 4, 0x10, 0x11, 0x12, 0x14, 0x18, 0xff], random);
    });
  },
  function putToken(records, file, random) {
    change(records, anyIndex(records, random), (record) => {
      const start = frameStartIn(file, record);
      const token = Buffer.from(pick(TOKENS, random), 'latin1');
      if (start < 0 || record.length < start + 54) return;
      token.copy(record, start + 54 + random.below(record.length - start - 53));
    });
  },
  function cutFrame(records, { format, littleEndian }, random) {
    if (format !== 'pcap') return;
    const index = anyIndex(records, random);
    const record = records[index]!;
    if (record.length <= 16) return;
    const kept = random.below(record.length - 16);
    const copy = Buffer.from(record.subarray(0, 16 + kept));
    writeWord(copy, 8, 4, kept, littleEndian);
    records[index] = copy;
  },
  function setTime(records, { format, littleEndian }, random) {
    const from = anyIndex(records, random);
    const to = random.chance(0.5) ? from + 1 : records.length;
    const by = (random.chance(0.5) ? 1 : -1) * boundary(random);
    for (let index = from; index < to; index++) {
      change(records, index, (record) => {
        const at = format === 'pcap' ? 0 : pick([12, 16], random);
        if (at + 4 > record.length) return;
        const old = littleEndian ? record.readUInt32LE(at) : record.readUInt32BE(at);
        writeWord(record, at, 4, old + by, littleEndian);
      });
    }
  },
  function remove(records, _, random) {
    records.splice(anyIndex(records, random), few(Math.min(records.length, 30), random));
  },
  function double(records, _, random) {
    const from = anyIndex(records, random);
    const taken = records.slice(from, from + few(10, random));
    const place = random.chance(0.5) ? from : random.below(records.length + 1);
    const times = random.chance(0.05) ? 50 : 1;
    for (let i = 0; i < times; i++) records.splice(place, 0, ...taken);
  },
  function swap(records, _, random) {
    const a = anyIndex(records, random);
    const b = random.chance(0.7) ? Math.min(records.length - 1, a + few(8, random)) : anyIndex(records, random);
    [records[a], records[b]] = [records[b]!, records[a]!];
  },
  function reverse(records, _, random) {
    const from = anyIndex(records, random);
    const part = records.slice(from, from + 2 + few(40, random)).reverse();
    records.splice(from, part.length, ...part);
  },
  function splice(records, file, random, corpus) {
    const other = recordsOf(pick(corpus, random).bytes);
    if (other === null || (other.format !== file.format && random.chance(0.9))) return;
    const from = random.below(other.records.length);
    records.splice(random.below(records.length + 1), 0, ...other.records.slice(from, from + few(200, random)));
  },
  function append(records, file, random, corpus) {
    const other = recordsOf(pick(corpus, random).bytes);
    if (other !== null && other.format === file.format) records.push(...other.records);
  },
];

/** A capture of the corpus with a few mutations; now and then two, which are merged. */
export function mutatedCapture(random: Random, corpus: readonly CorpusFile[]): { name: string; files: Buffer[] } {
  const small = corpus.filter(({ bytes }) => bytes.length <= USUAL_BYTES);
  const source = pick(random.chance(0.97) ? small : corpus, random);
  const parts = [source.name];
  const file = recordsOf(source.bytes);
  if (file === null) return { name: `${source.name} damaged`, files: [damaged(source.bytes, random)] };
  const records = [...file.records];
  let header = file.header;
  for (let left = 1 + few(8, random); left > 0 && records.length > 0; left--) {
    const mutation = pick(MUTATIONS, random);
    parts.push(mutation.name);
    mutation(records, file, random, small);
  }
  if (file.format === 'pcap' && random.chance(0.05)) {
    parts.push('setFileHeader');
    header = Buffer.from(header);
    writeWord(header, 4 * random.below(6), 4, boundary(random), file.littleEndian);
  }
  let bytes = fileOf({ ...file, header, records });
  if (random.chance(0.1)) {
    parts.push('cut');
    bytes = bytes.subarray(0, random.below(bytes.length + 1));
  }
  if (random.chance(0.1)) {
    parts.push('gzip');
    bytes = gzipSync(bytes, { level: 1 });
    if (random.chance(0.5)) {
      parts.push('cut');
      bytes = bytes.subarray(0, random.below(bytes.length + 1));
    }
    if (random.chance(0.5) && bytes.length > 0) {
      parts.push('flip');
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    }
  }
  const files = [bytes];
  if (random.chance(0.05)) {
    const other = random.chance(0.5) ? source : pick(small, random);
    parts.push(`and ${other.name}`);
    files.splice(random.below(2), 0, other.bytes);
  }
  return { name: parts.join(' '), files };
}

/** A file that is compressed already: bits flipped, or its end cut off. */
function damaged(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes.subarray(0, random.chance(0.5) ? bytes.length : random.below(bytes.length + 1)));
  for (let left = random.below(4); left > 0 && copy.length > 0; left--) {
    copy[random.below(copy.length)]! ^= 1 << random.below(8);
  }
  return copy;
}
