// Which frames belong to chosen connections. Connections are chosen by their stream numbers, or by frames that are of
// them; a first look at the captures tells which they are, and it ends as soon as all were met.
//
// A fragment of an IP packet shows no ports. It is taken for one of a chosen connection when it goes between the same
// two addresses: one too many does no harm, and without it the packet could not be put together.
import { Timeline } from '../base/timeline.ts';
import { END, FRAME, type FrameReader } from '../capture/frame-reader.ts';
import { type CaptureInput, openCaptures, timelineReader } from '../capture/open-captures.ts';
import { ConnectionTable } from '../tcp/connection-table.ts';
import { decodeFrame } from '../wire/decode.ts';
import { Defragmenter } from '../wire/defragmenter.ts';
import { FRAGMENT, Segment, TCP } from '../wire/segment.ts';

/** Bytes of a frame in which addresses are looked for: all headers, those of tunnels included. */
const HEADERS = 512;

/** Tells the stream of each frame, in the captures' order. */
class StreamCounter {
  readonly segment = new Segment();
  readonly #table = new ConnectionTable({ sinkFor: () => null, isIgnored: () => true, retired: () => {} });
  readonly #defragmenter = new Defragmenter();
  isFragment = false;
  /** Streams that were met. */
  streams = 0;

  /** The stream of the reader's current frame; -1: it is no segment. */
  streamOf(reader: FrameReader, frame: number): number {
    const decoded = decodeFrame(reader, this.segment, this.#defragmenter);
    this.isFragment = decoded === FRAGMENT;
    if (decoded !== TCP) return -1;
    const stream = this.#table.receive(this.segment, frame, reader.time);
    if (stream >= this.streams) this.streams = stream + 1;
    return stream;
  }
}

/** The bytes that stand in an IP header for a connection's two addresses, in both directions. */
function addressBytes(segment: Segment): Buffer[] {
  const { ipVersion, source0, source1, source2, source3 } = segment;
  const { destination0, destination1, destination2, destination3 } = segment;
  const source = ipVersion === 4 ? [source0] : [source0, source1, source2, source3];
  const destination = ipVersion === 4 ? [destination0] : [destination0, destination1, destination2, destination3];
  return [
    [...source, ...destination],
    [...destination, ...source],
  ].map((words) => {
    const bytes = Buffer.alloc(words.length * 4);
    for (const [index, word] of words.entries()) bytes.writeInt32BE(word, index * 4);
    return bytes;
  });
}

export interface ConnectionChoice {
  /** The streams, those of the frames included. */
  readonly streams: ReadonlySet<number>;
  /** Streams asked for that the captures do not have; and how many were met until all that is asked for was found. */
  readonly missing: readonly number[];
  readonly streamsInAll: number;
  /** Addresses as addressBytes() tells them, for fragments. */
  readonly addresses: readonly Buffer[];
}

/** Finds the connections with these stream numbers and those that these frames are of. Closes the inputs. */
export async function chooseConnections(
  inputs: readonly CaptureInput[],
  wanted: { readonly streams: Iterable<number>; readonly frames: Iterable<number> },
): Promise<ConnectionChoice> {
  const streams = new Set(wanted.streams);
  const missing = new Set(streams);
  const frames = new Set(wanted.frames);
  const addresses = new Map<string, Buffer>();
  const counter = new StreamCounter();
  const captures = await openCaptures(inputs, new Timeline());
  try {
    const reader = timelineReader(captures);
    for (let frame = 0; missing.size > 0 || frames.size > 0; ) {
      const status = reader.next();
      if (status === END) break;
      if (status !== FRAME) {
        const waiting = reader.fill();
        if (waiting !== undefined) await waiting;
        continue;
      }
      frame++;
      const stream = counter.streamOf(reader, frame);
      const isAskedFor = frames.delete(frame) && stream !== -1;
      if (isAskedFor || missing.has(stream)) {
        streams.add(stream);
        missing.delete(stream);
        for (const bytes of addressBytes(counter.segment)) addresses.set(bytes.toString('latin1'), bytes);
      }
    }
  } finally {
    for (const capture of captures) capture.close();
  }
  return {
    streams,
    missing: [...missing].sort((a, b) => a - b),
    streamsInAll: counter.streams,
    addresses: [...addresses.values()],
  };
}

/** Whether the reader's current frame is of the chosen connections; to be asked of every frame in turn. */
export function frameFilter({ streams, addresses }: ConnectionChoice): (reader: FrameReader, frame: number) => boolean {
  const counter = new StreamCounter();
  return (reader, frame) => {
    const stream = counter.streamOf(reader, frame);
    if (!counter.isFragment) return streams.has(stream);
    const headers = reader.buffer.subarray(reader.frameStart, Math.min(reader.frameEnd, reader.frameStart + HEADERS));
    return addresses.some((bytes) => headers.includes(bytes));
  };
}
