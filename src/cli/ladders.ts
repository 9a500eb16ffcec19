// READS the captures a second time, for the segments around the findings: see src/trace/.
import { NotACaptureError } from '../capture/open-capture.ts';
import { type Ladder, ladderOf } from '../report/ladder.ts';
import type { Report } from '../report/report.ts';
import type { Finding } from '../rules/finding.ts';
import type { WantedConnection } from '../trace/trace-connections.ts';
import { traceConnections } from '../trace/trace-connections.ts';
import { openInputs } from './inputs.ts';
import type { World } from './world.ts';

/** Findings that get one, the gravest first. */
const MAX_LADDERS = 1000;
/** Segment rows of one ladder. */
const MAX_SEGMENTS = 60;
/** Segments held of one connection while the captures are read: 16 kB each. */
const TRACED_SEGMENTS = 512;
/** Of those the first ones, which show the handshake. */
const FIRST_SEGMENTS = 8;
/** Frames (of all connections) that are still looked at behind the evidence. */
const FRAMES_BEHIND = 1000;

/** `report` with ladders for its gravest findings; unchanged when one of the captures is gone by now. */
export async function withLadders(report: Report, paths: readonly string[], world: World): Promise<Report> {
  const findings = gravestOf(report.findings);
  if (findings.length === 0) return report;
  const inputs = openAgain(paths, world);
  if (inputs === null) return report;
  try {
    const traces = await traceConnections(inputs, wantedBy(findings), {
      maxSegments: TRACED_SEGMENTS,
      keepFirst: FIRST_SEGMENTS,
    });
    const ladders = new Map<string, Ladder>();
    for (const finding of findings) {
      const trace = traces.get(finding.stream!) ?? null;
      const ladder = ladderOf(finding, trace, null, { maxSegments: MAX_SEGMENTS });
      if (ladder?.basis === 'segments') ladders.set(finding.id, ladder);
    }
    return { ...report, ladders };
  } catch (error) {
    // Another file stands in its place by now: the report is what counts.
    if (error instanceof NotACaptureError) return report;
    throw error;
  } finally {
    for (const { source } of inputs) source.close();
  }
}

function gravestOf(findings: readonly Finding[]): readonly Finding[] {
  const onOneConnection = findings.filter(({ stream, client }) => stream !== null && client !== null);
  return ['error', 'warning', 'info']
    .flatMap((severity) => onOneConnection.filter((finding) => finding.severity === severity))
    .slice(0, MAX_LADDERS);
}

function openAgain(paths: readonly string[], world: World) {
  try {
    return openInputs(paths, world, []);
  } catch {
    return null;
  }
}

/** One entry for each connection, up to a little behind the last frame that is evidence. */
function wantedBy(findings: readonly Finding[]): WantedConnection[] {
  const wanted = new Map<number, { stream: number; client: string; lastFrame: number }>();
  for (const { stream, client, frame, evidence } of findings) {
    const frames = evidence.filter(({ isElsewhere }) => !isElsewhere).map((item) => item.frame);
    const lastFrame = Math.max(frame, ...frames) + FRAMES_BEHIND;
    const known = wanted.get(stream!);
    if (known === undefined) wanted.set(stream!, { stream: stream!, client: client!, lastFrame });
    else known.lastFrame = Math.max(known.lastFrame, lastFrame);
  }
  return [...wanted.values()];
}
