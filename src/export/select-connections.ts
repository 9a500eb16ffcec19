// Which frames belong to chosen connections. Connections are chosen by their stream numbers, or by frames that are of
// them; a first look at the captures tells which they are, and it ends as soon as all were met.
//
// A fragment of an IP packet shows no ports. It is taken for one of a chosen connection when it goes between the same
// two addresses, those of the tunnel where there is one: one too many does no harm, and without it the packet could not
// be put together.
import { Timeline } from '../base/timeline.ts';
import { END, FRAME, type FrameReader } from '../capture/frame-reader.ts';
import { type CaptureInput, openCaptures, timelineReader } from '../capture/open-captures.ts';
import { ConnectionTable } from '../tcp/connection-table.ts';
import { decodeFrame } from '../wire/decode.ts';
import { Defragmenter } from '../wire/defragmenter.ts';
import { V4_SOURCE, V6_SOURCE } from '../wire/ip.ts';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, type LinkPayload } from '../wire/link-decoder.ts';
import { linkDecoderOf } from '../wire/link-types.ts';
import { FRAGMENT, Segment, TCP } from '../wire/segment.ts';

const V4_ADDRESS_LENGTH = 4;
const V6_ADDRESS_LENGTH = 16;

/** Tells the stream of each frame, in the captures' order. */
class StreamCounter {
  readonly segment = new Segment();
  readonly #table = new ConnectionTable({ sinkFor: () => null, isIgnored: () => true, retired: () => {} });
  readonly #defragmenter = new Defragmenter();
  /** The latest frame holds a piece of an IP packet that is not whole yet. */
  isFragment = false;
  /** Streams that were met. */
  streams = 0;

  /** The stream of the reader's current frame; -1: it is no segment. */
  streamOf(reader: FrameReader, frame: number): number {
    const decoded = decodeFrame(reader, this.segment, this.#defragmenter);
    this.isFragment = decoded === FRAGMENT;
    if (decoded !== TCP) return -1;
    this.segment.frame = frame;
    const stream = this.#table.receive(this.segment);
    if (stream >= this.streams) this.streams = stream + 1;
    return stream;
  }
}

/** Where the link's decoder leaves what it found. */
const payload: LinkPayload = { etherType: 0, start: 0 };

/** The addresses of the outermost IP packet in the reader's current frame, the same in both directions; '' for none. */
function outerAddresses({ view, buffer, linkType, frameStart, frameEnd }: FrameReader): string {
  const decoder = linkDecoderOf(linkType);
  if (decoder === undefined) return '';
  decoder.decode(view, frameStart, frameEnd, payload);
  const { etherType, start } = payload;
  const isIpv4 = etherType === ETHERTYPE_IPV4;
  if (!isIpv4 && etherType !== ETHERTYPE_IPV6) return '';
  const source = start + (isIpv4 ? V4_SOURCE : V6_SOURCE);
  const length = isIpv4 ? V4_ADDRESS_LENGTH : V6_ADDRESS_LENGTH;
  if (source + 2 * length > frameEnd) return '';
  const first = buffer.toString('latin1', source, source + length);
  const second = buffer.toString('latin1', source + length, source + 2 * length);
  return first < second ? first + second : second + first;
}

export interface ConnectionChoice {
  /** The streams, those of the frames included. */
  readonly streams: ReadonlySet<number>;
  /** Streams asked for that the captures do not have; and how many were met until all that is asked for was found. */
  readonly missing: readonly number[];
  readonly streamsInAll: number;
  /** Between which addresses packets of them went, as outerAddresses() tells it. */
  readonly addresses: ReadonlySet<string>;
}

/** Finds the connections with these stream numbers and those that these frames are of. Closes the inputs. */
export async function chooseConnections(
  inputs: readonly CaptureInput[],
  wanted: { readonly streams: Iterable<number>; readonly frames: Iterable<number> },
): Promise<ConnectionChoice> {
  const streams = new Set(wanted.streams);
  const missing = new Set(streams);
  const frames = new Set(wanted.frames);
  const addresses = new Set<string>();
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
        addresses.add(outerAddresses(reader));
      }
    }
  } finally {
    for (const capture of captures) capture.close();
  }
  return {
    streams,
    missing: [...missing].sort((a, b) => a - b),
    streamsInAll: counter.streams,
    addresses,
  };
}

/** Whether the reader's current frame is of the chosen connections; to be asked of every frame in turn. */
export function frameFilter({ streams, addresses }: ConnectionChoice): (reader: FrameReader, frame: number) => boolean {
  const counter = new StreamCounter();
  return (reader, frame) => {
    const stream = counter.streamOf(reader, frame);
    return counter.isFragment ? addresses.has(outerAddresses(reader)) : streams.has(stream);
  };
}
