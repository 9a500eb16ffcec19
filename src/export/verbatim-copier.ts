// COPIES a pcapng capture block by block, every byte as it is: sections, interfaces, names, secrets, statistics, blocks
// that nobody knows. Two things change. A frame that gets a comment is written again with it. And the length that a
// section header may tell of its section becomes -1 (unknown), for it would be wrong from the first comment on.

import { SECTION_HEADER } from '../capture/pcapng/blocks/section-header.ts';
import type { BlockWriter } from '../capture/pcapng/write-block.ts';
import { type Block, isPacket, writeWithComments } from '../capture/pcapng/write-comments.ts';
import type { FrameCopier } from './frame-copier.ts';
import type { TappedReader } from './tapped-reader.ts';

const DECRYPTION_SECRETS = 0xa;
/** Where a section header tells its section's length (64 bits). */
const SECTION_LENGTH = 16;
const UNKNOWN_LENGTH = -1n;

export class VerbatimCopier implements FrameCopier {
  readonly #writer: BlockWriter;
  readonly #reader: TappedReader;
  readonly #keepSecrets: boolean;
  /** Whether sections may become longer or shorter than they were. */
  readonly #changes: boolean;

  constructor(writer: BlockWriter, reader: TappedReader, keepSecrets: boolean, changes: boolean) {
    this.#writer = writer;
    this.#reader = reader;
    this.#keepSecrets = keepSecrets;
    this.#changes = changes;
  }

  passed({ type, littleEndian, buffer, start, end }: Block): void {
    if (type === DECRYPTION_SECRETS && !this.#keepSecrets) return;
    if (type !== SECTION_HEADER) {
      this.#writer.copy(buffer, start, end);
      return;
    }
    this.#writer.littleEndian = littleEndian;
    this.#writer.copy(buffer, start, start + SECTION_LENGTH);
    if (this.#changes) this.#writer.u64(UNKNOWN_LENGTH);
    else this.#writer.copy(buffer, start + SECTION_LENGTH, start + SECTION_LENGTH + 8);
    this.#writer.copy(buffer, start + SECTION_LENGTH + 8, end);
  }

  frame(comments: readonly string[]): number {
    const block = this.#reader.block!;
    if (comments.length > 0 && isPacket(block.type)) {
      return writeWithComments(this.#writer, block, this.#reader, comments);
    }
    this.#writer.copy(block.buffer, block.start, block.end);
    return 0;
  }

  end(): void {}

  notes(): readonly string[] {
    return [];
  }
}
