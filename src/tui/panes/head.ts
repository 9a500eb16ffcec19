// The title: what is read, how far, how fast.
import { durationText } from '../../base/duration-text.ts';
import { SECOND } from '../../base/timeline.ts';
import { byteCount, grouped, plural } from '../../report/layout.ts';
import { type Line, line } from '../screen/line.ts';
import { cut, safe, widthOf } from '../screen/width.ts';
import type { State } from '../state.ts';

/** `rate`: bytes per second lately; NaN while that is not known. */
export function titleLine(state: State, rate: number): Line {
  const { model, columns } = state;
  const right = progressText(state, rate);
  const name = cut(safe(state.source), Math.max(10, columns - widthOf(right) - 12));
  const gap = Math.max(1, columns - widthOf(name) - widthOf(right) - 10);
  const problems = (model.report?.captures ?? []).reduce((sum, capture) => sum + capture.problems.length, 0);
  return line(['finrace', 'title'], '  ', [name, 'bold'], ' '.repeat(gap), [
    right,
    state.problem !== null ? 'error' : problems > 0 && model.isDone ? 'warning' : 'dim',
  ]);
}

function progressText({ model, problem }: State, rate: number): string {
  const { bytesRead, totalBytes } = model.progress;
  if (problem !== null) return 'could not be read to its end';
  const frames = model.report?.totals.frames ?? 0;
  if (model.isDone) {
    const problems = (model.report?.captures ?? []).reduce((sum, capture) => sum + capture.problems.length, 0);
    const parts = [plural(frames, 'frame'), byteCount(bytesRead)];
    if (model.wasStopped) parts.push(totalBytes === null ? 'stopped' : `stopped at ${percent(bytesRead, totalBytes)}`);
    if (problems > 0) parts.push(plural(problems, 'capture problem'));
    return parts.join(', ');
  }
  const speed = Number.isNaN(rate) ? '' : `, ${byteCount(rate)}/s`;
  if (totalBytes === null || totalBytes < bytesRead) return `reading: ${byteCount(bytesRead)}${speed}`;
  const left = rate > 0 ? `, ${durationText(((totalBytes - bytesRead) / rate) * SECOND)} left` : '';
  return `reading: ${percent(bytesRead, totalBytes)} of ${byteCount(totalBytes)}${speed}${left}`;
}

function percent(part: number, whole: number): string {
  return `${grouped(whole === 0 ? 100 : Math.floor((100 * part) / whole))} %`;
}
