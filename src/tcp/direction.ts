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
}

/** Segments and bytes that one direction may queue before missing bytes are given up. Generous: a fast path with a
 * 4 MiB window that loses its first segment queues this much. */
const MAX_QUEUED_SEGMENTS = 4096;
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/** How far behind the window's right edge a segment may lie when the window scale is unknown, or acks are missing. */
const LENIENT_WINDOW = 1 << 30;
/** Slack on a known window: captures miss window updates. */
const WINDOW_SLACK = 1 << 20;

export class Direction {
  /** The sequence number of the first segment seen; of the SYN when there was one. */
  base = 0;
  /** `base` is known. */
  started = false;
  /** `next` is sure: a SYN or payload was seen. Before, it may be off by one (a keep-alive probe). */
  synchronized = false;
  synSeen = false;
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

  /** The latest window this endpoint advertised (for the other direction's bytes), and its scale; -1 unknown. */
  window = 0;
  windowScale = -1;
  /** TTL of its first segment. */
  ttl = 0;

  fin: Closing | null = null;
  /** The FIN was handed on: every byte before it was. */
  finDelivered = false;
  finAckedFrame = 0;
  finAckedTime = NaN;
  rst: Closing | null = null;
  rstCount = 0;

  segments = 0;
  payloadBytes = 0;
  lostBytes = 0;
  lastPayloadFrame = 0;
  lastPayloadTime = NaN;
  duplicates = 0;
  outOfWindow = 0;
  zeroWindows = 0;

  // The circumstances of the bytes that are being handed to the sink.
  deliveryFrame = 0;
  deliveryTime = NaN;
  deliverySequence = 0;
  deliveryAcknowledgement = 0;
  deliveryHasAck = false;
  deliveryReordered = false;

  queue: QueuedSegment[] | null = null;
  queuedBytes = 0;

  readonly isForward: boolean;

  constructor(isForward: boolean) {
    this.isForward = isForward;
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
    if (peer.windowScale < 0 || !this.ackKnown || !peer.synSeen) return LENIENT_WINDOW;
    const fromNext = sequenceDifference(this.acked, this.next);
    return Math.max(0, fromNext) + (peer.window << peer.windowScale) + WINDOW_SLACK;
  }

  /** Does `sequence` lie where this endpoint can have sent something its peer would take? */
  plausible(sequence: number, peer: Direction): boolean {
    const ahead = sequenceDifference(sequence, this.next);
    if (ahead > 0) return ahead <= this.reach(peer);
    return sequenceDifference(sequence, this.base) >= 0;
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
      this.duplicates++;
      return this.queue !== null;
    }
    if (this.finDelivered) {
      this.outOfWindow++;
      return this.queue !== null;
    }
    const waitsForPeer = hasAck && peer.synchronized && sequenceDifference(acknowledgement, peer.next) > 0;
    if (offset <= 0 && !waitsForPeer && this.queue === null) {
      this.deliveryFrame = frame;
      this.deliveryTime = time;
      this.deliveryAcknowledgement = acknowledgement;
      this.deliveryHasAck = hasAck;
      this.deliveryReordered = false;
      this.deliver(sink, buffer, view, start - offset, end, length + offset);
      return this.queue !== null;
    }
    if (offset > 0 && offset > this.reach(peer)) {
      this.outOfWindow++;
      return this.queue !== null;
    }
    this.enqueue(sink, buffer, start, end, length, sequence, acknowledgement, hasAck, frame, time);
    this.drain(sink, peer);
    return this.queue !== null;
  }

  /** Hands on `length` bytes from `next` on, of which `buffer[start, end)` was captured. */
  private deliver(sink: StreamSink, buffer: Buffer, view: DataView, start: number, end: number, length: number): void {
    this.deliverySequence = this.next;
    this.next = sequenceAdd(this.next, length);
    this.payloadBytes += length;
    this.lastPayloadFrame = this.deliveryFrame;
    this.lastPayloadTime = this.deliveryTime;
    if (end > start) sink.bytes(this, buffer, view, start, end);
    const cut = length - Math.max(0, end - start);
    if (cut > 0) {
      // The snaplen cut the frame: the rest was sent, we just do not have it.
      this.deliverySequence = sequenceAdd(this.next, -cut);
      sink.hole(this, cut);
    }
  }

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
    let at = queue.length;
    while (at > 0 && sequenceDifference(queue[at - 1]!.sequence, sequence) > 0) at--;
    const before = queue[at - 1];
    if (before !== undefined) {
      const covered = sequenceDifference(sequenceAdd(before.sequence, before.length), sequence);
      if (covered >= length) {
        this.duplicates++;
        return;
      }
    }
    const offset = sequenceDifference(sequence, this.next);
    const inBody = offset >= 0 && offset + length <= sink.skippable(this);
    if (inBody && before?.bytes === null && sequenceAdd(before.sequence, before.length) === sequence) {
      before.length += length;
      before.frame = frame;
      before.time = time;
      before.acknowledgement = acknowledgement;
      return;
    }
    let bytes: Buffer | null = null;
    let view: DataView | null = null;
    if (!inBody) {
      bytes = Buffer.from(new Uint8Array(buffer.subarray(start, Math.max(start, end))).buffer);
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      this.queuedBytes += bytes.length;
    }
    queue.splice(at, 0, { sequence, length, bytes, view, frame, time, acknowledgement, hasAck });
  }

  /** Hands on what the queue holds in order, as far as it goes. */
  drain(sink: StreamSink, peer: Direction): void {
    while (this.queue !== null) {
      const first = this.queue[0]!;
      const offset = sequenceDifference(first.sequence, this.next);
      if (offset > 0) return;
      if (offset + first.length > 0) {
        const waitsForPeer =
          first.hasAck && peer.synchronized && sequenceDifference(first.acknowledgement, peer.next) > 0;
        if (waitsForPeer) return;
      }
      this.shift(sink);
    }
  }

  /** Takes the first segment out of the queue and hands on what is new of it. */
  private shift(sink: StreamSink): void {
    const queue = this.queue!;
    const first = queue.shift()!;
    if (queue.length === 0) this.queue = null;
    if (first.bytes !== null) this.queuedBytes -= first.bytes.length;
    const offset = sequenceDifference(first.sequence, this.next);
    const length = first.length + offset;
    if (length <= 0 || this.finDelivered) return;
    this.deliveryFrame = first.frame;
    this.deliveryTime = first.time;
    this.deliveryAcknowledgement = first.acknowledgement;
    this.deliveryHasAck = first.hasAck;
    this.deliveryReordered = true;
    if (first.bytes !== null && first.view !== null) {
      this.deliver(sink, first.bytes, first.view, -offset, first.bytes.length, length);
    } else {
      this.deliverySequence = this.next;
      this.next = sequenceAdd(this.next, length);
      this.payloadBytes += length;
      this.lastPayloadFrame = first.frame;
      this.lastPayloadTime = first.time;
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
    this.deliverySequence = this.next;
    this.next = sequence;
    this.lostBytes += length;
    this.synchronized = true;
    sink.hole(this, length);
  }
}
