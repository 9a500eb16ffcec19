// EXPORTS captures as pcapng: the second pass over them, with what the first one found. The bytes are handed out in
// pieces as they come to be, so neither capture nor output is ever held.
//
// One pcapng capture stays what it is, block by block (verbatim-copier.ts). A classic pcap, and several captures of any
// kind in the order of their merged timeline, become one section with an interface for each of theirs.
import type { Problem } from '../base/problem.ts';
import { Timeline } from '../base/timeline.ts';
import { END, FRAME, type FrameReader } from '../capture/frame-reader.ts';
import { type CaptureInput, openCaptures, timelineReader } from '../capture/open-captures.ts';
import { SECTION_HEADER } from '../capture/pcapng/blocks/section-header.ts';
import { BlockWriter } from '../capture/pcapng/write-block.ts';
import { COMMENT } from '../capture/pcapng/write-comments.ts';
import { VERSION } from '../version.ts';
import type { FrameCopier } from './frame-copier.ts';
import { Interfaces } from './interfaces.ts';
import { PcapCopier } from './pcap-copier.ts';
import { PcapngConverter } from './pcapng-converter.ts';
import { TappedReader } from './tapped-reader.ts';
import { VerbatimCopier } from './verbatim-copier.ts';

/** The comments for the reader's current frame, none as a rule; null: the frame is left out. */
export type FrameChoice = (reader: FrameReader, frame: number) => readonly string[] | null;

export interface ExportOptions {
  /** What the section header says, where one is made; null: nothing. */
  readonly headerComment: string | null;
  /** False: blocks with the keys of encrypted traffic are left out. */
  readonly keepSecrets: boolean;
  /** Whether a frame may get a comment or be left out: sections then have other lengths than they had. */
  readonly changes: boolean;
}

/** What was written, so far or in all. */
export interface ExportCounts {
  framesRead: number;
  frames: number;
  commentedFrames: number;
  comments: number;
  /** Everything was taken. */
  isWhole: boolean;
  /** Blocks of secrets in the captures. */
  secrets: number;
  /** What could not be kept, by the path of its capture. */
  readonly notes: { readonly path: string; readonly note: string }[];
  /** Why a capture could not be read to its end, and what else it told. */
  readonly problems: { readonly path: string; readonly problem: Problem }[];
}

/** Bytes that are handed out at once, at least. */
const PIECE = 256 * 1024;
const SHB_USERAPPL = 4;

export function noCounts(): ExportCounts {
  return {
    framesRead: 0,
    frames: 0,
    commentedFrames: 0,
    comments: 0,
    isWhole: false,
    secrets: 0,
    notes: [],
    problems: [],
  };
}

/**
 * The export of `inputs`, which are those of the analysis, opened anew in the same order; they are closed. Throws
 * NotACaptureError for one that is no capture.
 */
export async function* exportCapture(
  inputs: readonly CaptureInput[],
  choose: FrameChoice,
  options: ExportOptions,
  counts: ExportCounts = noCounts(),
): AsyncGenerator<Buffer, void, void> {
  const captures = await openCaptures(inputs, new Timeline());
  try {
    const readers = captures.map((capture) => new TappedReader(capture));
    const writer = new BlockWriter();
    const copiers = copiersFor(readers, writer, inputs, options);
    const reader = timelineReader(readers);
    for (;;) {
      const status = reader.next();
      if (status === FRAME) {
        counts.framesRead++;
        const comments = choose(reader, counts.framesRead);
        if (comments === null) continue;
        counts.frames++;
        const added = copiers[reader.captureIndex]!.frame(comments);
        counts.comments += added;
        if (added > 0) counts.commentedFrames++;
        if (writer.length >= PIECE) yield writer.take();
      } else if (status === END) break;
      else {
        if (writer.length >= PIECE) yield writer.take();
        const waiting = reader.fill();
        if (waiting !== undefined) await waiting;
      }
    }
    for (const [index, copier] of copiers.entries()) {
      copier.end();
      const { path, problems, secrets } = readers[index]!.summary();
      counts.secrets += secrets;
      counts.notes.push(...copier.notes().map((note) => ({ path, note })));
      counts.problems.push(...problems.map((problem) => ({ path, problem })));
    }
    if (writer.length > 0) yield writer.take();
    counts.isWhole = true;
  } finally {
    for (const capture of captures) capture.close();
  }
}

function copiersFor(
  readers: readonly TappedReader[],
  writer: BlockWriter,
  inputs: readonly CaptureInput[],
  { headerComment, keepSecrets, changes }: ExportOptions,
): readonly FrameCopier[] {
  const [only] = readers;
  if (readers.length === 1 && only!.isPcapng) {
    const copier = new VerbatimCopier(writer, only!, keepSecrets, changes);
    only!.listener = copier;
    return [copier];
  }
  writeSectionHeader(writer, headerComment);
  const interfaces = new Interfaces();
  return readers.map((reader, index) => {
    const name = fileNameOf(inputs[index]!.path);
    const copier = reader.isPcapng
      ? new PcapngConverter(writer, reader, interfaces, name, keepSecrets)
      : new PcapCopier(writer, reader, interfaces, readers.length === 1 ? null : name);
    reader.listener = copier;
    return copier;
  });
}

function writeSectionHeader(writer: BlockWriter, comment: string | null): void {
  writer.beginBlock(SECTION_HEADER);
  writer.u32(0x1a2b3c4d);
  writer.u16(1);
  writer.u16(0);
  writer.u64(-1n);
  if (comment !== null) writer.textOption(COMMENT, comment);
  writer.textOption(SHB_USERAPPL, `finrace ${VERSION}`);
  writer.endOfOptions();
  writer.endBlock();
}

function fileNameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
