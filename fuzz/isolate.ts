// Connections must not disturb each other: whatever is done to the frames of some, what is found in the others stays.
// So a capture is compared with itself, once with the frames of half of its connections blanked. Blanked frames keep
// their places: no frame is renumbered. This holds a damaged capture to the same standard as a whole one, and needs
// nothing but the capture.
import { Timeline } from '../src/base/timeline.ts';
import { FRAME, NEED_BYTES } from '../src/capture/frame-reader.ts';
import { openCapture } from '../src/capture/open-capture.ts';
import { endpointOf } from '../src/history/endpoint.ts';
import type { Report } from '../src/report/report.ts';
import { byteSource, PcapngBuilder } from '../src/testing/capture-builder.ts';
import { decodeFrame } from '../src/wire/decode.ts';
import { Segment, TCP } from '../src/wire/segment.ts';

interface Frame {
  readonly time: number;
  /** The greatest time so far. */
  readonly clock: number;
  readonly data: Buffer;
  readonly originalLength: number;
  readonly linkType: number;
  /** Both endpoints of the segment in it, the same for both directions; '' when there is none. */
  readonly endpoints: string;
}

/** When the rebuilt capture begins, nanoseconds since 1970. */
const EPOCH = 1_750_000_000n * 1_000_000_000n;

const both = (a: string, b: string) => (a < b ? `${a} ${b}` : `${b} ${a}`);

async function framesOf(bytes: Buffer): Promise<Frame[]> {
  const reader = await openCapture(byteSource(bytes), 'input', new Timeline(), 0);
  const segment = new Segment();
  const frames: Frame[] = [];
  // How long a closed connection is kept is a matter of the capture's clock, which all share: it must not go back.
  let time = Number.NEGATIVE_INFINITY;
  try {
    for (;;) {
      const status = reader.next();
      if (status === NEED_BYTES) await reader.fill();
      else if (status !== FRAME) return frames;
      else {
        const isTcp = decodeFrame(reader, segment) === TCP;
        const { fcsLength, frameStart, frameEnd } = reader;
        if (reader.time > time) time = reader.time;
        frames.push({
          time: reader.time,
          clock: Math.max(time, 0),
          // Without its frame check sequence, where it was captured: the new file knows of none.
          data: Buffer.from(
            reader.buffer.subarray(
              frameStart,
              Math.min(frameEnd, frameStart + Math.max(0, reader.originalLength - fcsLength)),
            ),
          ),
          originalLength: Math.max(0, reader.originalLength - fcsLength),
          linkType: reader.linkType,
          endpoints: isTcp ? both(endpointOf(segment, 'source'), endpointOf(segment, 'destination')) : '',
        });
      }
    }
  } finally {
    reader.close();
  }
}

function fileOf(frames: readonly Frame[], keeps: (frame: Frame) => boolean): Buffer {
  const builder = new PcapngBuilder();
  const linkTypes = [...new Set(frames.map(({ linkType }) => linkType))];
  return Buffer.concat([
    builder.section(),
    ...linkTypes.map((linkType) => builder.interfaceDescription({ linkType, resolution: 9 })),
    ...frames.map((frame) => {
      const interfaceIndex = linkTypes.indexOf(frame.linkType);
      const timestamp = timestampOf(frame.clock);
      if (!keeps(frame)) return builder.enhancedPacket({ interfaceIndex, timestamp, data: Buffer.alloc(0) });
      const { data, originalLength } = frame;
      return builder.enhancedPacket({ interfaceIndex, timestamp, data, originalLength });
    }),
  ]);
}

const timestampOf = (time: number): bigint => EPOCH + BigInt(Math.round(time));

/** No frame is earlier than one before it. */
export async function clockGoesOn(bytes: Buffer): Promise<boolean> {
  return (await framesOf(bytes)).every(({ time, clock }) => Number.isNaN(time) || time === clock);
}

export interface Isolated {
  readonly whole: Buffer;
  readonly blanked: Buffer;
  /** Was the connection's half kept? */
  readonly isKept: (client: string | null, server: string) => boolean;
}

/** A span (ns) within which no closed connection is retired. */
const SQUEEZED = 1e9;

/** null: there are no two connections in it. `squeezed`: times are brought so close that no connection is retired. */
export async function isolate(bytes: Buffer, squeezed = false): Promise<Isolated | null> {
  const read = await framesOf(bytes);
  const last = read.at(-1)?.clock ?? 0;
  const scale = squeezed ? Math.min(1, SQUEEZED / last) : 1;
  const frames = read.map((frame) => ({ ...frame, clock: frame.clock * scale }));
  const all = [...new Set(frames.map(({ endpoints }) => endpoints))].filter((endpoints) => endpoints !== '').sort();
  if (all.length < 2) return null;
  // Every second one: neighbours belong to the same server.
  const kept = new Set(all.filter((_, index) => index % 2 === 0));
  return {
    whole: fileOf(frames, () => true),
    blanked: fileOf(frames, ({ endpoints }) => endpoints === '' || kept.has(endpoints)),
    isKept: (client, server) => client !== null && kept.has(both(client, server)),
  };
}

/**
 * What is found on connections of their own, with the frames that prove it. Exempt is what is meant to depend on the
 * others: findings about a server as a whole; `unsafe-retry` and evidence on another connection, where a request was
 * sent again; and the words, which name the server's inferred timeouts.
 */
export function ownFindings(report: Report, isKept: Isolated['isKept']): string[] {
  return report.findings
    .filter(({ stream, rule, client, server }) => stream !== null && rule !== 'unsafe-retry' && isKept(client, server))
    .map((finding) => {
      const { rule, severity, confidence, executed, delivered, client, server, lostRequests, frame } = finding;
      const also = finding.also.map((other) => `+${other.rule}:${other.severity}`).join('');
      const frames = finding.evidence.filter(({ isElsewhere }) => !isElsewhere).map((evidence) => evidence.frame);
      return `${rule}${also} ${severity} ${confidence} executed=${executed} delivered=${delivered} ${client} -> ${server} lost=${lostRequests} frame=${frame} evidence=${frames}`;
    })
    .sort();
}
