// What a file is, is told by its first bytes and never by its name.
import type { Problem } from '../base/problem.ts';
import type { Timeline } from '../base/timeline.ts';
import type { ByteSource, Stopped } from './byte-source.ts';
import type { CaptureContext, CaptureReader } from './capture-reader.ts';
import { gunzip } from './decompress.ts';
import type { CaptureSummary } from './frame-reader.ts';
import { isPcapMagic, PcapReader } from './pcap.ts';
import { PCAPNG_MAGIC, PcapngReader } from './pcapng/pcapng-reader.ts';

/** The input is nothing that can be read as a capture; the message is one line that names the file and says why. */
export class NotACaptureError extends Error {
  override readonly name = 'NotACaptureError';
}

/** Bytes looked at; the four of the magic are all that is needed. */
const LOOKED_AT = 16;
const MAGIC_LENGTH = 4;

const GZIP_MAGIC = 0x1f8b;
const ZSTD_MAGIC = 0xfd2fb528; // RFC 8878 section 3.1.1, little-endian
const LZ4_FRAME_MAGIC = 0x184d2204; // little-endian

/** Files that people mistake for captures, or that other programs call so. */
const KNOWN_STRANGERS: readonly { readonly begins: string; readonly name: string }[] = [
  { begins: 'snoop\0\0\0', name: 'a Solaris snoop file; convert it with editcap' },
  { begins: 'TRSNIFF data', name: 'a Sniffer file; convert it with editcap' },
  { begins: 'XCP\0', name: 'a NetXRay file; convert it with editcap' },
  { begins: 'GMBU', name: 'a Network Monitor file; convert it with editcap' },
  { begins: 'RTSS', name: 'a Network Monitor file; convert it with editcap' },
  { begins: 'PK\u0003\u0004', name: 'a zip archive' },
  { begins: 'BZh', name: 'compressed with bzip2' },
  { begins: '\u00fd7zXZ', name: 'compressed with xz' },
];

/**
 * Opens the capture that `source` holds. `path` is only for messages and the summary. Throws NotACaptureError for
 * anything that is none.
 */
export async function openCapture(
  source: ByteSource,
  path: string,
  timeline: Timeline,
  captureIndex: number,
): Promise<CaptureReader> {
  const problems: Problem[] = [];
  const stored = await PeekedSource.from(source);
  let content = stored;
  let compression: CaptureSummary['compression'] = 'none';
  if (beginsWithGzip(stored)) {
    compression = 'gzip';
    content = await PeekedSource.from(gunzip(stored, (problem) => problems.push(problem)));
  }
  refuseStrangers(content, path, compression, problems);

  const context: CaptureContext = {
    path,
    compression,
    timeline,
    captureIndex,
    problems,
    storedBytes: () => stored.delivered,
  };
  const isPcapng = content.peeked.readUInt32LE(0) === PCAPNG_MAGIC;
  return isPcapng ? new PcapngReader(content, context) : new PcapReader(content, context);
}

function beginsWithGzip(source: PeekedSource): boolean {
  return source.peeked.length >= 2 && source.peeked.readUInt16BE(0) === GZIP_MAGIC;
}

function refuseStrangers(
  { peeked }: PeekedSource,
  path: string,
  compression: CaptureSummary['compression'],
  problems: readonly Problem[],
): void {
  const inside = compression === 'none' ? '' : `${compression} of something that is `;
  if (peeked.length === 0) {
    const why = problems[0] === undefined ? 'the file is empty' : problems[0].message;
    throw new NotACaptureError(`${path}: not a capture (${compression === 'none' ? '' : `${compression}: `}${why})`);
  }
  if (peeked.length >= MAGIC_LENGTH) {
    const magic = peeked.readUInt32LE(0);
    if (isPcapMagic(magic) || magic === PCAPNG_MAGIC) return;
    if (magic === ZSTD_MAGIC || magic === LZ4_FRAME_MAGIC) {
      const name = magic === ZSTD_MAGIC ? 'zstd' : 'lz4';
      throw new NotACaptureError(
        `${path}: ${inside === '' ? '' : 'gzip of something '}compressed with ${name}, which cannot be read yet; ` +
          `decompress it first: ${name} -dc ${path} | finrace analyze -`,
      );
    }
  }
  const stranger = KNOWN_STRANGERS.find(({ begins }) => peeked.toString('latin1', 0, begins.length) === begins);
  const found = stranger?.name ?? `begins with ${hex(peeked)}; expected pcap or pcapng, plain or gzip`;
  throw new NotACaptureError(
    `${path}: not a capture (${compression === 'none' ? '' : `${compression}, inside it `}${found})`,
  );
}

function hex(bytes: Buffer): string {
  const shown = bytes.subarray(0, 8);
  const text = [...shown].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return bytes.length > shown.length ? `${text} …` : text;
}

/** A source whose first bytes were looked at already: they are delivered first. Counts what it delivers. */
class PeekedSource implements ByteSource {
  readonly peeked: Buffer;
  readonly #rest: ByteSource;
  delivered = 0;

  /** Looks at the first bytes: as many as come at once, but at least those of a magic number unless there are fewer. */
  static async from(source: ByteSource): Promise<PeekedSource> {
    const bytes = Buffer.alloc(LOOKED_AT);
    let length = 0;
    while (length < MAGIC_LENGTH) {
      const count = await source.read(bytes, length, LOOKED_AT - length);
      if (count === 0) break;
      length += count;
    }
    return new PeekedSource(bytes.subarray(0, length), source);
  }

  private constructor(peeked: Buffer, rest: ByteSource) {
    this.peeked = peeked;
    this.#rest = rest;
  }

  get size(): number | undefined {
    return this.#rest.size;
  }

  get stopped(): Stopped | undefined {
    return this.#rest.stopped;
  }

  read(target: Buffer, offset: number, length: number): number | Promise<number> {
    if (this.delivered < this.peeked.length) {
      const end = Math.min(this.peeked.length, this.delivered + length);
      return this.#count(this.peeked.copy(target, offset, this.delivered, end));
    }
    const read = this.#rest.read(target, offset, length);
    return typeof read === 'number' ? this.#count(read) : read.then((count) => this.#count(count));
  }

  close(): void {
    this.#rest.close();
  }

  #count(count: number): number {
    this.delivered += count;
    return count;
  }
}
