// Exports without files, and the blocks of what comes out.
import { type ExportOptions, exportCapture, type FrameChoice, noCounts } from '../export/export-capture.ts';
import { byteSource } from './capture-builder.ts';

const NONE: readonly string[] = [];

/** Comments by frame, as a choice of all frames. */
export function commenting(comments: Readonly<Record<number, readonly string[]>>): FrameChoice {
  return (_, frame) => comments[frame] ?? NONE;
}

/** What becomes of the captures. `chunk`: bytes that their sources give at once; with a promise where it is odd. */
export async function exported(
  captures: readonly Uint8Array[],
  choose: FrameChoice = commenting({}),
  options: Partial<ExportOptions> = {},
  chunk = 1 << 20,
) {
  const inputs = captures.map((bytes, index) => ({
    path: `folder/${index}.pcap`,
    source: byteSource(bytes, chunk, chunk % 2 === 1),
  }));
  const pieces: Buffer[] = [];
  const counts = noCounts();
  const all = { headerComment: null, keepSecrets: true, changes: true, ...options };
  for await (const piece of exportCapture(inputs, choose, all, counts)) pieces.push(piece);
  return { bytes: Buffer.concat(pieces), counts };
}

/** The blocks of a pcapng file, by the lengths at their beginnings. */
export function blocksOf(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  let isLittleEndian = true;
  for (let at = 0; at < bytes.length; ) {
    if (bytes.readUInt32LE(at) === 0x0a0d0d0a) isLittleEndian = bytes.readUInt32LE(at + 8) === 0x1a2b3c4d;
    const length = isLittleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4);
    if (length < 12 || at + length > bytes.length) throw new Error(`no block at byte ${at}`);
    blocks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return blocks;
}
