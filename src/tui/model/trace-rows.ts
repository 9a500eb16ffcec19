// A trace as rows that go from thread to thread, and back.
import { Trace } from '../../trace/trace.ts';
import type { TraceRows } from './messages.ts';

const WIDTH = 7;

export function toRows(trace: Trace): TraceRows {
  const numbers = new Float64Array(trace.length * WIDTH);
  const times = new Float64Array(trace.length);
  const startLines: [number, string][] = [];
  for (let index = 0; index < trace.length; index++) {
    const segment = trace.at(index);
    const { frame, sequence, acknowledgement, length, window, flags } = segment;
    numbers.set([frame, sequence, acknowledgement, length, window, flags, segment.fromClient ? 1 : 0], index * WIDTH);
    times[index] = segment.time;
    if (segment.startLine !== '') startLines.push([index, segment.startLine]);
  }
  return { length: trace.length, omitted: trace.omitted, omittedAt: trace.omittedAt, numbers, times, startLines };
}

export function fromRows({ length, omitted, omittedAt, numbers, times, startLines }: TraceRows): Trace {
  const trace = new Trace();
  const lines = new Map(startLines);
  for (let index = 0; index < length; index++) {
    const at = index * WIDTH;
    trace.add({
      frame: numbers[at]!,
      sequence: numbers[at + 1]!,
      acknowledgement: numbers[at + 2]!,
      length: numbers[at + 3]!,
      window: numbers[at + 4]!,
      flags: numbers[at + 5]!,
      fromClient: numbers[at + 6] === 1,
      time: times[index]!,
      startLine: lines.get(index) ?? '',
    });
  }
  trace.omitted = omitted;
  trace.omittedAt = omittedAt;
  return trace;
}
