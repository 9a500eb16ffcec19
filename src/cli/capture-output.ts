// Where a capture is written to: one place, and never a capture that is read.
import type { ExportCounts } from '../export/export-capture.ts';
import type { Report } from '../report/report.ts';
import { WrongCallError } from './exit-codes.ts';
import { checkOutputs, type Pieces, writeFiles, writePieces } from './output.ts';
import type { World } from './world.ts';

/** The one place that -o names, '-' for standard output. Throws when nothing can be written there, before it is read. */
export function captureOutput(
  outputs: readonly string[] | undefined,
  inputPaths: readonly string[],
  world: World,
): string {
  const [output, second] = outputs ?? [];
  if (output === undefined) throw new WrongCallError('no output given (-o OUT.pcapng, or -o - for standard output)');
  if (second !== undefined) throw new WrongCallError(`-o ${second}: there is only one output`);
  if (output === '-' && world.stdout.isTTY) {
    throw new WrongCallError('standard output is a terminal; give a file with -o');
  }
  if (output !== '-') checkOutputs([output], inputPaths);
  return output;
}

export async function writeCapture(output: string, pieces: Pieces, world: World): Promise<void> {
  if (output === '-') await writePieces(world.stdout, pieces);
  else await writeFiles([{ path: output, pieces: () => pieces }]);
}

/** `pieces`, or an error when frames that were analysed are no longer there. */
export async function* whole(
  pieces: AsyncIterable<Buffer>,
  counts: ExportCounts,
  report: Report,
): AsyncGenerator<Buffer, void, void> {
  yield* pieces;
  const frames = report.captures.reduce((sum, capture) => sum + capture.frames, 0);
  if (counts.framesRead < frames) {
    throw new WrongCallError(
      `the capture changed while it was read: ${counts.framesRead} of ${frames} frames are left`,
    );
  }
}
