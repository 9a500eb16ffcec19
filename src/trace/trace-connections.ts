// READS the segments of chosen connections, in a second pass over the captures: the first one keeps no segments, and
// only few connections are ever looked at closely.
import { Timeline } from '../base/timeline.ts';
import { FRAME, type FrameReader, NEED_BYTES } from '../capture/frame-reader.ts';
import { type CaptureInput, openCaptures, timelineReader } from '../capture/open-captures.ts';
import { endpointOf } from '../history/endpoint.ts';
import { ConnectionTable } from '../tcp/connection-table.ts';
import { decodeFrame } from '../wire/decode.ts';
import { Defragmenter } from '../wire/defragmenter.ts';
import { ACK, Segment, SYN, TCP } from '../wire/segment.ts';
import { Trace } from './trace.ts';

export interface WantedConnection {
  /** Wireshark's tcp.stream. */
  readonly stream: number;
  /** Its client as the report writes it (address:port), which tells the directions apart. */
  readonly client: string;
  /** Frames outside of these are not kept. */
  readonly firstFrame?: number;
  readonly lastFrame?: number;
}

export interface TraceOptions {
  /** Segments kept of one connection, at most. */
  readonly maxSegments: number;
  /** Of a longer connection, keep this many of its first segments and then the last ones, instead of the first ones. */
  readonly keepFirst?: number;
  /** Asked now and then; true ends the pass with what was read so far. */
  readonly isCancelled?: () => boolean;
}

const START_LINE = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32} \S{1,4000} HTTP\/1\.[01]|HTTP\/1\.[01] \d{3}(?: [^\r\n]*)?)/;
const START_LINE_BYTES = 4096;
const SHOWN_START_LINE = 200;

/**
 * The traces of the wanted connections, by stream number. A connection of which the captures hold no segment has an
 * empty trace. The inputs are those of the analysis, opened anew in the same order, and are closed. What could not be
 * read ends the pass quietly: the analysis has told of it.
 */
export async function traceConnections(
  inputs: readonly CaptureInput[],
  wanted: readonly WantedConnection[],
  options: TraceOptions,
): Promise<ReadonlyMap<number, Trace>> {
  const captures = await openCaptures(inputs, new Timeline());
  try {
    const reader = timelineReader(captures);
    const pass = new TracePass(wanted, options);
    while (pass.drain(reader) === NEED_BYTES) {
      if (options.isCancelled?.() === true) break;
      const waiting = reader.fill();
      if (waiting !== undefined) await waiting;
    }
    return new Map([...pass.connections].map(([stream, { trace }]) => [stream, trace]));
  } finally {
    for (const capture of captures) capture.close();
  }
}

interface TracedConnection {
  readonly wanted: WantedConnection;
  readonly trace: Trace;
  /** What relative numbers of the client and of the server are counted from; null before their first segment. */
  clientBase: number | null;
  serverBase: number | null;
}

class TracePass {
  readonly connections = new Map<number, TracedConnection>();
  private readonly options: TraceOptions;
  private readonly table = new ConnectionTable({ sinkFor: () => null, isIgnored: () => true, retired: () => {} });
  private readonly segment = new Segment();
  private readonly defragmenter = new Defragmenter();
  private frame = 0;
  /** The frame behind which nobody wants anything. */
  private readonly end: number;

  constructor(wanted: readonly WantedConnection[], options: TraceOptions) {
    this.options = options;
    for (const connection of wanted) {
      this.connections.set(connection.stream, {
        wanted: connection,
        trace: new Trace(),
        clientBase: null,
        serverBase: null,
      });
    }
    this.end = Math.max(0, ...wanted.map(({ lastFrame }) => lastFrame ?? Number.POSITIVE_INFINITY));
  }

  drain(reader: FrameReader): number {
    const segment = this.segment;
    for (;;) {
      if (this.frame >= this.end) return FRAME;
      const status = reader.next();
      if (status !== FRAME) return status;
      segment.frame = ++this.frame;
      if (decodeFrame(reader, segment, this.defragmenter) !== TCP) continue;
      const stream = this.table.receive(segment);
      const connection = this.connections.get(stream);
      if (connection !== undefined) this.take(connection, reader.time);
    }
  }

  private take(connection: TracedConnection, time: number): void {
    const { segment, frame } = this;
    const { wanted, trace } = connection;
    const fromClient = endpointOf(segment, 'source') === wanted.client;
    const own = fromClient ? connection.clientBase : connection.serverBase;
    const base = own ?? ((segment.flags & SYN) !== 0 ? segment.sequence : segment.sequence - 1) | 0;
    let peerBase = fromClient ? connection.serverBase : connection.clientBase;
    // The peer was not seen yet: as Wireshark does, what is acknowledged first counts as its first byte.
    if (peerBase === null && (segment.flags & ACK) !== 0) peerBase = (segment.acknowledgement - 1) | 0;
    if (fromClient) {
      connection.clientBase = base;
      connection.serverBase = peerBase;
    } else {
      connection.serverBase = base;
      connection.clientBase = peerBase;
    }
    if (frame < (wanted.firstFrame ?? 0) || frame > (wanted.lastFrame ?? Number.POSITIVE_INFINITY)) return;
    if (trace.length >= this.options.maxSegments) {
      const { keepFirst } = this.options;
      if (keepFirst === undefined) {
        trace.omitted++;
        return;
      }
      // Half of the later ones at once, so that each is moved once or twice at most.
      trace.omit(keepFirst, Math.ceil((trace.length - keepFirst) / 2));
    }
    trace.add({
      frame,
      time,
      fromClient,
      flags: segment.flags & 0xff,
      sequence: (segment.sequence - base) >>> 0,
      acknowledgement: (segment.flags & ACK) === 0 ? 0 : (segment.acknowledgement - peerBase!) >>> 0,
      length: segment.payloadLength,
      window: segment.window,
      startLine: startLineOf(segment),
    });
  }
}

function startLineOf(segment: Segment): string {
  if (segment.capturedLength < 12) return '';
  const end = segment.payloadStart + Math.min(segment.capturedLength, START_LINE_BYTES);
  const line = START_LINE.exec(segment.buffer.toString('latin1', segment.payloadStart, end));
  return line === null ? '' : line[0].slice(0, SHOWN_START_LINE);
}
