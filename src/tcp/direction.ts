// One direction of a connection: REASSEMBLES what one endpoint sent, in the order of its bytes.
//
// The usual segment continues where the last one ended and takes the short way through `receive`: no allocation, its
// bytes are handed on in place. Only a segment that comes too early is queued, and then:
//
//   - A segment that lies behind missing bytes waits for them.
//   - A segment that acknowledges bytes of the other direction which we have not seen yet waits for those: its sender
//     had them when it wrote. So events are handed on in an order that both ends could have seen, whatever order the
//     capture has (`-i any`, several queues and merged files swap frames).
//   - Bytes that the peer acknowledged but that never show up are a hole: capture loss, which must not be mistaken for
//     something lost between the ends. `Connection` decides when to stop waiting.
//
// Queued segments that lie wholly inside a body are kept as a range, without bytes.
import { sequenceAdd, sequenceDifference } from '../wire/sequence-number.ts';
import type { StreamSink } from './stream-sink.ts';

/** A FIN or RST as it stood on the wire. */
export interface Closing {
  readonly frame: number;
  readonly time: number;
  /** Sequence number of the FIN itself (behind the sender's last byte), or of the RST. */
  readonly sequence: number;
  /** The acknowledgement number it carried; without meaning when `hasAck` is false. */
  readonly acknowledgement: number;
  readonly hasAck: boolean;
  readonly ttl: number;
  /** IPv4 identification, -1 for IPv6. */
  readonly ipId: number;
  /** It is a later copy of a FIN: its sender had sent what lies behind it before. What the first one acknowledged is not known. */
  readonly isCopy: boolean;
}

/** One to be filled. */
export function emptyClosing(): { -readonly [Key in keyof Closing]: Closing[Key] } {
  return { frame: 0, time: NaN, sequence: 0, acknowledgement: 0, hasAck: false, ttl: 0, ipId: 0, isCopy: false };
}

interface QueuedSegment {
  sequence: number;
  length: number;
  /** The captured bytes; null for a range inside a body. */
  bytes: Buffer | null;
  view: DataView | null;
  frame: number;
  time: number;
  acknowledgement: number;
  hasAck: boolean;
  /** It did not go on from what was there: bytes before it were missing, or it came behind later ones. */
  reordered: boolean;
}

/** Segments and bytes that one direction may queue before missing bytes are given up. Generous: a fast path with a
 * 4 MiB window that loses its first segment queues this much. */
const MAX_QUEUED_SEGMENTS = 4096;
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/** How far behind the window's right edge a segment may lie when the window scale is unknown, or acks are missing. */
const LENIENT_WINDOW = 1 << 30;
/** Slack on a known window: captures miss window updates. */
const WINDOW_SLACK = 1 << 20;
/** Frames of one moment (ns) may stand in the wrong order. */
export const SWAPPED = 2e6;

/** Was a segment with this acknowledgement number sent before the queued one? */
function isOlder(acknowledgement: number, hasAck: boolean, queued: QueuedSegment): boolean {
  return hasAck && queued.hasAck && sequenceDifference(acknowledgement, queued.acknowledgement) < 0;
}

/** Shortens a queued segment to what lies before `sequence`, and returns the rest of it. */
function splitAt(segment: QueuedSegment, sequence: number): QueuedSegment {
  const length = sequenceDifference(sequence, segment.sequence);
  const rest = { ...segment, sequence, length: segment.length - length };
  segment.length = length;
  if (segment.bytes !== null) {
    rest.bytes = segment.bytes.subarray(length);
    rest.view = new DataView(rest.bytes.buffer, rest.bytes.byteOffset, rest.bytes.length);
    segment.bytes = segment.bytes.subarray(0, length);
  }
  return rest;
}

/** The circumstances of the bytes that are being handed to a sink. One record, filled for each delivery. */
export class Delivery {
  frame = 0;
  time = NaN;
  /** Sequence number of the first byte handed over. */
  sequence = 0;
  /** The acknowledgement number sent with them, on the first transmission that the capture has. */
  acknowledgement = 0;
  hasAck = false;
  /** They came out of order, behind a hole, or once more: this need not be how they were sent first. */
  reordered = false;
}
export const delivery = new Delivery();

export class Direction {
  // What each segment touches stands first (see connection.ts).
  /** The sequence number that comes next in order, a FIN counted. */
  next = 0;
  /** The highest acknowledgement number of the peer for these bytes, and where it was first seen. */
  acked = 0;
  ackKnown = false;
  ackedFrame = 0;
  ackedTime = NaN;
  /** The sink wants to hear of an acknowledgement at or past this number. */
  acknowledgementWatch = 0;
  acknowledgementWatched = false;
  /** `base` is known. */
  started = false;
  /** `next` is sure: a SYN or payload was seen. Before, it may be off by one (a keep-alive probe). */
  synchronized = false;
  /** The latest window this endpoint advertised (for the other direction's bytes). */
  window = 0;
  /** TTL of its first segment. */
  ttl = 0;
  fin: Closing | null = null;
  /** The FIN was handed on: every byte before it was. */
  finDelivered = false;
  queue: QueuedSegment[] | null = null;
  payloadBytes = 0;
  /** Segments that the snaplen cut where the sink had to read on. */
  cutSegments = 0;

  /** The sequence number of the first segment seen; of the SYN when there was one. */
  base = 0;
  synSeen = false;
  /** What Wireshark takes for its initial sequence number, by which it tells a new SYN; null before a segment shows it. */
  initial: number | null = null;
  /** Its window's scale; -1 unknown. */
  windowScale = -1;
  finAckedFrame = 0;
  finAckedTime = NaN;
  rst: Closing | null = null;
  rstCount = 0;
  /** Segments since the last new byte that brought bytes once more, and the latest of them. */
  retransmissions = 0;
  retransmittedFrame = 0;
  retransmittedTime = NaN;
  /** Bytes that the capture lacks, and the number behind the last of them. */
  lostBytes = 0;
  lostUntil = 0;
  queuedBytes = 0;
  /** The highest number behind `next` that a segment without payload had, and when that came (ns); NaN: none had. */
  private ahead = 0;
  private aheadTime = NaN;

  /** Implausible segments near each other, with none between them that moved `next`; and the latest one. */
  strays = 0;
  strayNext = 0;
  lastStray = 0;

  readonly isForward: boolean;

  constructor(isForward: boolean) {
    this.isForward = isForward;
  }

  /** Begins a new connection's direction: everything as in a new record. */
  reset(): void {
    this.base = 0;
    this.started = false;
    this.synchronized = false;
    this.synSeen = false;
    this.initial = null;
    this.next = 0;
    this.acked = 0;
    this.ackKnown = false;
    this.ackedFrame = 0;
    this.ackedTime = NaN;
    this.acknowledgementWatch = 0;
    this.acknowledgementWatched = false;
    this.window = 0;
    this.windowScale = -1;
    this.ttl = 0;
    this.fin = null;
    this.finDelivered = false;
    this.finAckedFrame = 0;
    this.finAckedTime = NaN;
    this.rst = null;
    this.rstCount = 0;
    this.retransmissions = 0;
    this.retransmittedFrame = 0;
    this.retransmittedTime = NaN;
    this.payloadBytes = 0;
    this.cutSegments = 0;
    this.lostBytes = 0;
    this.lostUntil = 0;
    this.ahead = 0;
    this.aheadTime = NaN;
    this.queue = null;
    this.queuedBytes = 0;
    this.strays = 0;
    this.strayNext = 0;
    this.lastStray = 0;
  }

  /** Begins the direction at `sequence`; `certain` when a SYN or payload says so. */
  start(sequence: number, certain: boolean): void {
    if (!this.started) {
      this.started = true;
      this.base = sequence;
    }
    this.next = sequence;
    this.synchronized = certain;
  }

  /** How far the right edge of what the peer may receive lies behind `next`, generously. */
  private reach(peer: Direction): number {
    // Nothing was acknowledged since the SYN: no more than a first window can be on its way.
    if (!this.ackKnown && this.synSeen) return WINDOW_SLACK;
    if (peer.windowScale < 0 || !this.ackKnown || !peer.synSeen) return LENIENT_WINDOW;
    const fromNext = sequenceDifference(this.acked, this.next);
    return Math.max(0, fromNext) + (peer.window << peer.windowScale) + WINDOW_SLACK;
  }

  /** Does `sequence` lie where this endpoint can have sent something its peer would take? */
  plausible(sequence: number, peer: Direction): boolean {
    const ahead = sequenceDifference(sequence, this.next);
    if (ahead >= 0) return ahead <= this.reach(peer);
    // Nothing comes before the SYN. But the distance to it can be told of 2 GiB only.
    if (this.synSeen && this.payloadBytes + this.lostBytes <= LENIENT_WINDOW) {
      return sequenceDifference(sequence, this.base) >= 0;
    }
    return ahead >= -LENIENT_WINDOW;
  }

  /** A segment without payload: its sender has sent everything before its number. */
  noteAhead(sequence: number, time: number): void {
    if (sequenceDifference(sequence, this.next) <= 0) return;
    if (!Number.isNaN(this.aheadTime) && sequenceDifference(this.ahead, sequence) >= 0) return;
    this.ahead = sequence;
    this.aheadTime = time;
  }

  /** What comes at `sequence` comes once more: the capture lacks how it was sent first. */
  wasSentBefore(sequence: number, time: number): boolean {
    return time - this.aheadTime > SWAPPED && sequenceDifference(this.ahead, sequence) > 0;
  }

  /** The peer acknowledged bytes of this direction before `acknowledgement` that were not handed on yet. */
  owes(acknowledgement: number): boolean {
    const missing = sequenceDifference(acknowledgement, this.next);
    return missing > 0 && missing <= LENIENT_WINDOW && this.synchronized;
  }

  /**
   * Takes a segment's payload: `length` bytes on the wire from `sequence` on, of which `buffer[start, end)` was
   * captured. Returns true when something waits in the queue afterwards.
   */
  receive(
    sink: StreamSink,
    peer: Direction,
    buffer: Buffer,
    view: DataView,
    start: number,
    end: number,
    length: number,
    sequence: number,
    acknowledgement: number,
    hasAck: boolean,
    frame: number,
    time: number,
  ): boolean {
    const offset = sequenceDifference(sequence, this.next);
    if (offset + length <= 0) {
      // A single byte may be a keep-alive probe.
      if (length > 1) {
        this.retransmissions++;
        this.retransmittedFrame = frame;
        this.retransmittedTime = time;
      }
      return this.queue !== null;
    }
    if (this.finDelivered) {
      return this.queue !== null;
    }
    if (offset <= 0 && this.queue === null && !(hasAck && peer.owes(acknowledgement))) {
      delivery.frame = frame;
      delivery.time = time;
      delivery.acknowledgement = acknowledgement;
      delivery.hasAck = hasAck;
      delivery.reordered = this.wasSentBefore(sequence, time);
      this.deliver(sink, buffer, view, start - offset, end, length + offset);
      return this.queue !== null;
    }
    if (offset > 0 && offset > this.reach(peer)) {
      return this.queue !== null;
    }
    this.enqueue(sink, buffer, start, end, length, sequence, acknowledgement, hasAck, frame, time);
    this.drain(sink, peer);
    return this.queue !== null;
  }

  /** Hands on `length` bytes from `next` on, of which `buffer[start, end)` was captured. */
  private deliver(sink: StreamSink, buffer: Buffer, view: DataView, start: number, end: number, length: number): void {
    delivery.sequence = this.next;
    this.next = sequenceAdd(this.next, length);
    this.payloadBytes += length;
    this.retransmissions = 0;
    if (sequenceDifference(this.ahead, this.next) <= 0) this.aheadTime = NaN;
    if (end > start) sink.bytes(this, buffer, view, start, end);
    const cut = length - Math.max(0, end - start);
    if (cut > 0) {
      // The snaplen cut the frame: the rest was sent, we just do not have it.
      if (cut > sink.skippable(this)) this.cutSegments++;
      delivery.sequence = sequenceAdd(this.next, -cut);
      sink.hole(this, cut);
    }
  }

  /**
   * Queues what no queued segment holds yet, so that every byte keeps the circumstances of its first transmission. Of
   * two transmissions the one with the older acknowledgement number was the first, whatever order the capture has.
   */
  private enqueue(
    sink: StreamSink,
    buffer: Buffer,
    start: number,
    end: number,
    length: number,
    sequence: number,
    acknowledgement: number,
    hasAck: boolean,
    frame: number,
    time: number,
  ): void {
    this.queue ??= [];
    const queue = this.queue;
    const last = queue.at(-1);
    // What only waits for bytes of the other direction was sent in order.
    const goesOn = sequence === (last === undefined ? this.next : sequenceAdd(last.sequence, last.length));
    const reordered = !goesOn || this.wasSentBefore(sequence, time);
    let at = queue.length;
    while (at > 0 && sequenceDifference(queue[at - 1]!.sequence, sequence) >= 0) at--;
    const before = queue[at - 1];
    let from = Math.max(0, sequenceDifference(this.next, sequence));
    if (before !== undefined) {
      const covered = sequenceDifference(sequenceAdd(before.sequence, before.length), sequence);
      if (covered > from && isOlder(acknowledgement, hasAck, before)) queue.splice(at, 0, splitAt(before, sequence));
      else from = Math.max(from, covered);
    }
    while (from < length) {
      const after = queue[at];
      const to = after === undefined ? length : Math.min(length, sequenceDifference(after.sequence, sequence));
      if (to > from) {
        const first = Math.min(start + from, end);
        const last = Math.min(start + to, end);
        const piece = sequenceAdd(sequence, from);
        if (!this.lengthenRange(sink, at, piece, to - from, acknowledgement, hasAck, frame, time)) {
          const segment = this.copyOf(sink, buffer, first, last, piece, to - from);
          queue.splice(at, 0, { ...segment, frame, time, acknowledgement, hasAck, reordered });
          at++;
        }
      }
      if (after === undefined) return;
      from = sequenceDifference(sequenceAdd(after.sequence, after.length), sequence);
      at++;
      const overlaps = sequenceDifference(after.sequence, sequence) < length;
      if (overlaps && isOlder(acknowledgement, hasAck, after)) {
        // Only the bytes that both carry were sent that early.
        if (from > length) queue.splice(at, 0, splitAt(after, sequenceAdd(sequence, length)));
        after.acknowledgement = acknowledgement;
        after.frame = frame;
        after.time = time;
      }
    }
  }

  /** Bytes inside a body that continue the queued range before them, with the same acknowledgement, need no record. */
  private lengthenRange(
    sink: StreamSink,
    at: number,
    sequence: number,
    length: number,
    acknowledgement: number,
    hasAck: boolean,
    frame: number,
    time: number,
  ): boolean {
    const before = this.queue![at - 1];
    if (before === undefined || before.bytes !== null || !this.isInBody(sink, sequence, length)) return false;
    if (sequenceAdd(before.sequence, before.length) !== sequence) return false;
    if (before.hasAck !== hasAck || before.acknowledgement !== acknowledgement) return false;
    before.length += length;
    before.frame = frame;
    before.time = time;
    return true;
  }

  /** A segment that goes on from what is there only waits for the peer's, which may show that the body is over. */
  private isInBody(sink: StreamSink, sequence: number, length: number): boolean {
    const offset = sequenceDifference(sequence, this.next);
    return offset > 0 && offset + length <= sink.skippable(this);
  }

  private copyOf(sink: StreamSink, buffer: Buffer, start: number, end: number, sequence: number, length: number) {
    if (this.isInBody(sink, sequence, length)) return { sequence, length, bytes: null, view: null };
    const bytes = Buffer.from(new Uint8Array(buffer.subarray(start, Math.max(start, end))).buffer);
    this.queuedBytes += bytes.length;
    return { sequence, length, bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
  }

  /** Drops what was queued when less was known, and lies outside of what the peer would have taken. */
  dropStrays(peer: Direction): void {
    if (this.queue === null) return;
    const reach = this.reach(peer);
    const kept = this.queue.filter(({ sequence }) => sequenceDifference(sequence, this.next) <= reach);
    this.queue = kept.length > 0 ? kept : null;
  }

  /** Hands on what the queue holds in order, as far as it goes. */
  drain(sink: StreamSink, peer: Direction): void {
    while (this.queue !== null) {
      const first = this.queue[0]!;
      const offset = sequenceDifference(first.sequence, this.next);
      if (offset > 0) return;
      if (offset + first.length > 0) {
        if (first.hasAck && peer.owes(first.acknowledgement)) return;
      }
      this.shift(sink);
    }
  }

  /** The queue's first segment has everything before it, and waits for bytes of the other direction. */
  get waitsForPeer(): boolean {
    return this.queue !== null && sequenceDifference(this.queue[0]!.sequence, this.next) <= 0;
  }

  /** Takes the first segment out of the queue and hands on what is new of it. */
  shift(sink: StreamSink): void {
    const queue = this.queue!;
    const first = queue.shift()!;
    if (queue.length === 0) this.queue = null;
    if (first.bytes !== null) this.queuedBytes -= first.bytes.length;
    const offset = sequenceDifference(first.sequence, this.next);
    const length = first.length + offset;
    if (length <= 0 || this.finDelivered) return;
    delivery.frame = first.frame;
    delivery.time = first.time;
    delivery.acknowledgement = first.acknowledgement;
    delivery.hasAck = first.hasAck;
    delivery.reordered = first.reordered;
    if (first.bytes !== null && first.view !== null) {
      this.deliver(sink, first.bytes, first.view, -offset, first.bytes.length, length);
    } else {
      delivery.sequence = this.next;
      this.next = sequenceAdd(this.next, length);
      this.payloadBytes += length;
      sink.skipped(this, length);
    }
  }

  /** The queue is over its cap: waiting longer would cost memory without bound. */
  get overfull(): boolean {
    return this.queuedBytes > MAX_QUEUED_BYTES || (this.queue !== null && this.queue.length > MAX_QUEUED_SEGMENTS);
  }

  /** Gives up the bytes from `next` up to `sequence`: they were sent, but the capture lacks them. */
  giveUp(sink: StreamSink, sequence: number): void {
    const length = sequenceDifference(sequence, this.next);
    if (length <= 0) return;
    delivery.sequence = this.next;
    this.next = sequence;
    this.lostBytes += length;
    this.lostUntil = sequence;
    this.synchronized = true;
    sink.hole(this, length);
  }
}
