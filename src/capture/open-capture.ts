// What a file is, is told by its first bytes and never by its name.
import type { Problem } from '../base/problem.ts';
import type { Timeline } from '../base/timeline.ts';
import type { ByteSource, Stopped } from './byte-source.ts';
import type { CaptureContext, CaptureReader } from './capture-reader.ts';
import { type Compression, isSkippable } from './compression/compression.ts';
import { compressionOf } from './compression/compressions.ts';
import { isPcapMagic, PcapReader } from './pcap.ts';
import { PCAPNG_MAGIC, PcapngReader } from './pcapng/pcapng-reader.ts';
import { strangerIn } from './strangers.ts';

/** The input is nothing that can be read as a capture; the message is one line that names the file and says why. */
export class NotACaptureError extends Error {
  override readonly name = 'NotACaptureError';
}

/** Bytes looked at. The four of the magic are enough, but for a skippable frame, whose length stands behind them. */
const LOOKED_AT = 16;
const MAGIC_LENGTH = 4;
const SKIPPABLE_HEADER_LENGTH = 8;

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
  const first = await withoutSkippableFrames(stored);
  const compression = compressionOf(first.peeked);
  const content =
    compression === undefined
      ? first
      : await PeekedSource.from(await compression.decompress(first, (problem) => problems.push(problem)));
  refuseStrangers(content, path, compression?.name, problems);

  const context: CaptureContext = {
    path,
    compression: compression?.name ?? 'none',
    timeline,
    captureIndex,
    problems,
    storedBytes: () => stored.delivered,
  };
  const isPcapng = content.peeked.readUInt32LE(0) === PCAPNG_MAGIC;
  return isPcapng ? new PcapngReader(content, context) : new PcapReader(content, context);
}

/** Skippable frames may stand before those of lz4 and of zstd (pzstd writes one): only what follows tells which it is. */
async function withoutSkippableFrames(source: PeekedSource): Promise<PeekedSource> {
  let rest = source;
  while (rest.peeked.length >= SKIPPABLE_HEADER_LENGTH && isSkippable(rest.peeked.readUInt32LE(0))) {
    const scratch = Buffer.alloc(64 * 1024);
    let toSkip = SKIPPABLE_HEADER_LENGTH + rest.peeked.readUInt32LE(MAGIC_LENGTH);
    while (toSkip > 0) {
      const count = await rest.read(scratch, 0, Math.min(toSkip, scratch.length));
      if (count === 0) break;
      toSkip -= count;
    }
    rest = await PeekedSource.from(rest);
  }
  return rest;
}

function refuseStrangers(
  { peeked }: PeekedSource,
  path: string,
  compression: Compression['name'] | undefined,
  problems: readonly Problem[],
): void {
  if (peeked.length >= MAGIC_LENGTH) {
    const magic = peeked.readUInt32LE(0);
    if (isPcapMagic(magic) || magic === PCAPNG_MAGIC) return;
  }
  throw new NotACaptureError(`${path}: not a capture (${whatItIs(peeked, compression, problems)})`);
}

function whatItIs(peeked: Buffer, compression: Compression['name'] | undefined, problems: readonly Problem[]): string {
  if (peeked.length === 0) {
    const why = problems[0]?.message ?? 'the file is empty';
    return compression === undefined ? why : `${compression}: ${why}`;
  }
  const twice = compression === undefined ? undefined : compressionOf(peeked)?.name;
  const found =
    twice !== undefined
      ? `${twice} again; decompress it first`
      : (strangerIn(peeked) ?? `begins with ${hex(peeked)}; expected pcap or pcapng, plain or gzip, zstd or lz4`);
  return compression === undefined ? found : `${compression}, inside it ${found}`;
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

  /** Looks at the first bytes: as many as come at once, but at least eight unless there are fewer. */
  static async from(source: ByteSource): Promise<PeekedSource> {
    const bytes = Buffer.alloc(LOOKED_AT);
    let length = 0;
    while (length < SKIPPABLE_HEADER_LENGTH) {
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
