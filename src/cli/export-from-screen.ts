// Captures that the terminal interface exports: what extract and annotate do, told in one line, and never in place of a
// file that is there already: the prompt cannot ask back.
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CaptureInput } from '../capture/open-captures.ts';
import { commentsByFrame, headerComment, withOriginalFrame } from '../export/comments.ts';
import { type ExportCounts, exportCapture, type FrameChoice, noCounts } from '../export/export-capture.ts';
import { framesOf } from '../export/find-findings.ts';
import { chooseConnections, frameFilter } from '../export/select-connections.ts';
import { plural } from '../report/layout.ts';
import type { Report } from '../report/report.ts';
import type { ExportTarget } from '../tui/model/messages.ts';
import { whole } from './capture-output.ts';
import { WrongCallError } from './exit-codes.ts';
import { checkOutputs, writeFiles } from './output.ts';

export interface ScreenExport {
  /** As it was typed. */
  readonly path: string;
  readonly target: ExportTarget;
  /** What the comments are of. */
  readonly report: Report;
  readonly inputPaths: readonly string[];
}

const NO_COMMENTS: readonly string[] = [];

/** Writes the capture and tells what was written; `open` opens those of the report anew. Throws what went wrong. */
export async function exportFromScreen(
  { path, target, report, inputPaths }: ScreenExport,
  open: () => readonly CaptureInput[],
): Promise<string> {
  const wanted = path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
  if (wanted === '-') throw new WrongCallError('standard output is this screen; give a file');
  // Before a number makes another file of it: that it is a capture which is being read should be said.
  checkOutputs([wanted], inputPaths);
  const output = freeName(wanted);
  const comments = commentsByFrame(report.findings, 'all');
  const counts = noCounts();
  const isAll = target.kind === 'all';
  let connections = '';
  let choose: FrameChoice = (_, frame) => comments.get(frame) ?? NO_COMMENTS;
  if (!isAll) {
    const finding = target.kind === 'finding' ? report.findings.find(({ id }) => id === target.id) : undefined;
    if (target.kind === 'finding' && finding === undefined)
      throw new WrongCallError('the finding does not hold any more');
    const choice = await chooseConnections(open(), {
      streams: target.kind === 'stream' ? [target.stream] : [],
      frames: finding === undefined ? [] : framesOf([finding]),
    });
    if (choice.missing.length > 0) throw new WrongCallError('the connection is no longer in the capture');
    connections = ` of ${plural(choice.streams.size, 'connection')}`;
    const isChosen = frameFilter(choice);
    choose = (reader, frame) =>
      isChosen(reader, frame) ? withOriginalFrame(comments.get(frame) ?? NO_COMMENTS, frame) : null;
  }
  const pieces = exportCapture(
    open(),
    choose,
    {
      headerComment: isAll ? headerComment(report) : null,
      keepSecrets: true,
      changes: !isAll || comments.size > 0,
    },
    counts,
  );
  await writeFiles([{ path: output, pieces: () => (isAll ? whole(pieces, counts, report) : pieces) }]);
  return `${output}: ${plural(counts.frames, 'frame')}${connections}, ${commented(counts)}${losses(counts)}`;
}

function commented({ commentedFrames }: ExportCounts): string {
  return commentedFrames === 0 ? 'no comments' : `${commentedFrames} of them with comments`;
}

/** What should be known before the file is passed on. */
function losses({ notes, secrets }: ExportCounts): string {
  const told = [
    ...(secrets > 0 ? ['the keys of encrypted traffic are in it'] : []),
    ...(notes.length > 0 ? [notes[0]!.note, ...(notes.length > 1 ? [`${notes.length - 1} more`] : [])] : []),
  ];
  return told.length === 0 ? '' : `; note: ${told.join('; ')}`;
}

/** `path`, or with a number before its ending where a file is already: trace.pcapng, trace.2.pcapng. */
function freeName(path: string): string {
  if (!existsSync(path)) return path;
  // A pipe that nobody reads would hold up the thread, and with it the end of the program.
  if (!statSync(path).isFile()) throw new WrongCallError(`${path}: is no ordinary file`);
  const [, beginning, ending] = /^(.*?)(\.[^./]*)?$/s.exec(path) as unknown as [string, string, string | undefined];
  for (let number = 2; ; number++) {
    const free = `${beginning}.${number}${ending ?? ''}`;
    if (!existsSync(free)) return free;
  }
}
