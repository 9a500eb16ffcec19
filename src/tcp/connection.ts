// One TCP connection: takes its segments in the order of the capture and keeps what both endpoints did.
//
// Everything is decided by sequence and acknowledgement numbers, which are the same wherever the capture was taken;
// frame order and times are kept for people to look at. Forged or stray segments whose numbers lie outside of what
// the endpoint can have sent are counted and change nothing (RFC 9293 3.10.7.4).
import { ACK, FIN, RST, type Segment, SYN } from '../wire/segment.ts';
import { sequenceAdd, sequenceDifference } from '../wire/sequence-number.ts';
import { type Closing, Direction } from './direction.ts';
import type { StreamSink } from './stream-sink.ts';

/** Once the peer acknowledged bytes that we have not seen, they can only still come if the capture swapped frames:
 * then they are near. After so many segments of the connection, or so much time (ns), they are given up. */
const PATIENCE_SEGMENTS = 24;
const PATIENCE_TIME = 250e6;

export class Connection {
  /** Wireshark's tcp.stream. */
  readonly stream: number;
  readonly ipVersion: number;
  /** The endpoint that sent the first frame: its address as four words, and its port; then the other one. */
  readonly source0: number;
  readonly source1: number;
  readonly source2: number;
  readonly source3: number;
  readonly destination0: number;
  readonly destination1: number;
  readonly destination2: number;
  readonly destination3: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Hash of the 4-tuple in the connection table. */
  readonly hash: number;

  /** From the endpoint that sent the first frame, and back. */
  readonly forward = new Direction(true);
  readonly backward = new Direction(false);
  /** The direction of the client's bytes; null while nothing tells who the client is. */
  clientDirection: Direction | null = null;

  readonly firstFrame: number;
  readonly firstTime: number;
  lastFrame: number;
  lastTime: number;
  segments = 0;

  /** Times of the handshake's segments, first transmissions; NaN when not seen. */
  synTime = NaN;
  synAckTime = NaN;
  handshakeAckTime = NaN;
  /** A SYN or SYN-ACK was seen twice: the handshake's times tell no round trip. */
  handshakeRetransmitted = false;

  /** Both FINs were seen, or a RST: nothing new is to come. */
  closed = false;
  closeTime = NaN;
  /** A segment waits in a queue; since when, counted in segments of the connection and in time. */
  stalled = false;
  private stalledSegments = 0;
  private stalledTime = NaN;

  sink: StreamSink | null = null;
  /** It lies outside of the traffic that the user asked for. */
  ignored = false;

  constructor(stream: number, hash: number, segment: Segment, frame: number, time: number) {
    this.stream = stream;
    this.hash = hash;
    this.ipVersion = segment.ipVersion;
    this.source0 = segment.source0;
    this.source1 = segment.source1;
    this.source2 = segment.source2;
    this.source3 = segment.source3;
    this.destination0 = segment.destination0;
    this.destination1 = segment.destination1;
    this.destination2 = segment.destination2;
    this.destination3 = segment.destination3;
    this.sourcePort = segment.sourcePort;
    this.destinationPort = segment.destinationPort;
    this.firstFrame = frame;
    this.firstTime = time;
    this.lastFrame = frame;
    this.lastTime = time;
  }

  otherThan(direction: Direction): Direction {
    return direction === this.forward ? this.backward : this.forward;
  }

  get serverDirection(): Direction | null {
    return this.clientDirection === null ? null : this.otherThan(this.clientDirection);
  }

  /** Takes the connection's next segment. `forwards`: it comes from the endpoint that sent the first frame. */
  receive(segment: Segment, forwards: boolean, frame: number, time: number): void {
    const sender = forwards ? this.forward : this.backward;
    const receiver = forwards ? this.backward : this.forward;
    const flags = segment.flags;
    this.segments++;
    this.lastFrame = frame;
    this.lastTime = time;
    sender.segments++;
    if (sender.ttl === 0) sender.ttl = segment.ttl;

    if ((flags & RST) !== 0) {
      this.receiveReset(segment, sender, receiver, frame, time);
      return;
    }
    let sequence = segment.sequence;
    if ((flags & SYN) !== 0) {
      this.receiveSyn(segment, sender, frame, time);
      sequence = sequenceAdd(sequence, 1);
    } else if (!sender.started) {
      sender.start(sequence, false);
    }
    const hasAck = (flags & ACK) !== 0;
    if (hasAck) this.acknowledge(receiver, segment.acknowledgement, frame, time);
    if ((flags & SYN) === 0) {
      sender.window = segment.window;
      if (segment.window === 0) sender.zeroWindows++;
      if (hasAck && Number.isNaN(this.handshakeAckTime) && sender.synSeen && receiver.synSeen) {
        if (sender === this.clientDirection) this.handshakeAckTime = time;
      }
    }

    const length = segment.payloadLength;
    if (length > 0) {
      if (!sender.synchronized) {
        // Joined in the middle. A single byte is taken for a keep-alive probe, which repeats the byte before `next`.
        sender.start(length === 1 ? sequenceAdd(sequence, 1) : sequence, length !== 1);
      }
      if (this.sink !== null) {
        const waits = sender.receive(
          this.sink,
          receiver,
          segment.buffer,
          segment.view,
          segment.payloadStart,
          segment.payloadStart + segment.capturedLength,
          length,
          sequence,
          segment.acknowledgement,
          hasAck,
          frame,
          time,
        );
        if (waits || receiver.queue !== null) this.advance(sender, receiver, time);
      } else if (sequenceDifference(sequenceAdd(sequence, length), sender.next) > 0) {
        sender.next = sequenceAdd(sequence, length);
      }
    }
    if ((flags & FIN) !== 0) this.receiveFin(segment, sequenceAdd(sequence, length), sender, receiver, frame, time);
    if (this.stalled && length === 0) this.advance(sender, receiver, time);
  }

  private receiveSyn(segment: Segment, sender: Direction, frame: number, time: number): void {
    if (sender.synSeen) {
      this.handshakeRetransmitted = true;
      return;
    }
    if (sender.started && sender.synchronized) return;
    sender.synSeen = true;
    sender.started = false;
    sender.start(segment.sequence, true);
    sender.next = sequenceAdd(segment.sequence, 1);
    sender.windowScale = Math.max(segment.windowScale, 0);
    // The window of a SYN is never scaled; the scale holds from the next segment on.
    sender.window = segment.window >> sender.windowScale;
    if ((segment.flags & ACK) !== 0) {
      this.synAckTime = time;
      this.clientDirection ??= this.otherThan(sender);
    } else if (this.clientDirection === null) {
      this.synTime = time;
      this.clientDirection = sender;
    } else if (this.clientDirection === sender) {
      this.synTime = time;
    }
    void frame;
  }

  /** The peer of `direction` acknowledges its bytes before `acknowledgement`. */
  private acknowledge(direction: Direction, acknowledgement: number, frame: number, time: number): void {
    if (direction.ackKnown && sequenceDifference(acknowledgement, direction.acked) <= 0) return;
    if (direction.started && sequenceDifference(acknowledgement, direction.next) > 1 << 30) return;
    direction.acked = acknowledgement;
    direction.ackKnown = true;
    direction.ackedFrame = frame;
    direction.ackedTime = time;
    if (
      direction.acknowledgementWatched &&
      sequenceDifference(acknowledgement, direction.acknowledgementWatch) >= 0 &&
      this.sink !== null
    ) {
      this.sink.acknowledged(direction, frame, time);
    }
    if (direction.fin !== null && direction.finAckedFrame === 0) this.noteFinAcknowledged(direction);
  }

  private noteFinAcknowledged(direction: Direction): void {
    if (direction.fin === null || !direction.ackKnown) return;
    if (sequenceDifference(direction.acked, direction.fin.sequence) <= 0) return;
    direction.finAckedFrame = direction.ackedFrame;
    direction.finAckedTime = direction.ackedTime;
  }

  private receiveFin(
    segment: Segment,
    sequence: number,
    sender: Direction,
    receiver: Direction,
    frame: number,
    time: number,
  ): void {
    if (sender.fin !== null) return;
    if (!sender.synchronized) sender.start(sequence, true);
    // A FIN before bytes that were already sent, or far outside of the window, is not this endpoint's.
    if (sequenceDifference(sequence, sender.next) < 0 || !sender.plausible(sequence, receiver)) {
      sender.outOfWindow++;
      return;
    }
    sender.fin = closingOf(segment, sequence, frame, time);
    this.noteFinAcknowledged(sender);
    this.deliverFin(sender);
    if (receiver.fin !== null) this.close(time);
  }

  /** Hands on the FIN once every byte before it was handed on. */
  private deliverFin(direction: Direction): void {
    if (direction.fin === null || direction.finDelivered || direction.queue !== null) return;
    if (direction.next !== direction.fin.sequence) return;
    direction.next = sequenceAdd(direction.next, 1);
    direction.finDelivered = true;
    direction.deliveryFrame = direction.fin.frame;
    direction.deliveryTime = direction.fin.time;
    this.sink?.finished(direction);
  }

  private receiveReset(segment: Segment, sender: Direction, receiver: Direction, frame: number, time: number): void {
    const hasAck = (segment.flags & ACK) !== 0;
    if (!this.resetIsPlausible(segment, sender, receiver, hasAck)) {
      sender.outOfWindow++;
      return;
    }
    if (hasAck) this.acknowledge(receiver, segment.acknowledgement, frame, time);
    sender.rstCount++;
    sender.rst ??= closingOf(segment, segment.sequence, frame, time);
    this.close(time);
    if (this.stalled) this.advance(sender, receiver, time);
  }

  private resetIsPlausible(segment: Segment, sender: Direction, receiver: Direction, hasAck: boolean): boolean {
    if (sender.started && sender.synchronized) return sender.plausible(segment.sequence, receiver);
    // Nothing was heard of this endpoint yet: the RST must answer something its peer sent (RFC 9293 3.10.7.3).
    if (!receiver.started) return true;
    if (hasAck) {
      const offset = sequenceDifference(segment.acknowledgement, receiver.next);
      return receiver.synSeen
        ? offset <= 0 && sequenceDifference(segment.acknowledgement, receiver.base) > 0
        : Math.abs(offset) <= 1 << 20;
    }
    return sender.ackKnown && sequenceDifference(segment.sequence, sender.acked) === 0;
  }

  private close(time: number): void {
    if (this.closed) return;
    this.closed = true;
    this.closeTime = time;
  }

  /** Something waits in a queue: hand on what can be, and give up what will not come any more. */
  private advance(sender: Direction, receiver: Direction, time: number): void {
    const sink = this.sink;
    if (sink === null) return;
    this.drainBoth(sink);
    if (sender.queue === null && receiver.queue === null) {
      this.stalled = false;
      return;
    }
    if (!this.stalled) {
      this.stalled = true;
      this.stalledSegments = this.segments;
      this.stalledTime = time;
      return;
    }
    const outOfPatience =
      this.segments - this.stalledSegments >= PATIENCE_SEGMENTS || time - this.stalledTime >= PATIENCE_TIME;
    if (!outOfPatience && !sender.overfull && !receiver.overfull) return;
    if (this.giveUpAcknowledged(sink, outOfPatience)) {
      this.stalled = this.forward.queue !== null || this.backward.queue !== null;
      this.stalledSegments = this.segments;
      this.stalledTime = time;
    }
  }

  private drainBoth(sink: StreamSink): void {
    for (;;) {
      const before = this.forward.next;
      const beforeBack = this.backward.next;
      if (this.forward.queue !== null) this.forward.drain(sink, this.backward);
      this.deliverFin(this.forward);
      if (this.backward.queue !== null) this.backward.drain(sink, this.forward);
      this.deliverFin(this.backward);
      if (before === this.forward.next && beforeBack === this.backward.next) return;
    }
  }

  /** Gives up one hole in each direction: bytes the peer acknowledged, or any when a queue is over its cap. */
  private giveUpAcknowledged(sink: StreamSink, outOfPatience: boolean): boolean {
    let progress = false;
    for (const direction of [this.forward, this.backward]) {
      const upTo = this.endOfHole(direction);
      const acknowledged = direction.ackKnown && sequenceDifference(direction.acked, direction.next) > 0;
      if (upTo !== null && ((acknowledged && outOfPatience) || direction.overfull)) {
        direction.giveUp(sink, upTo);
        progress = true;
      }
    }
    if (progress) this.drainBoth(sink);
    return progress;
  }

  /** Where the missing bytes of a direction end: at its first queued segment, its FIN or the peer's acknowledgement. */
  private endOfHole(direction: Direction): number | null {
    const first = direction.queue?.[0];
    if (first !== undefined && sequenceDifference(first.sequence, direction.next) > 0) return first.sequence;
    if (first !== undefined) return null;
    let end = direction.ackKnown ? direction.acked : direction.next;
    if (direction.fin !== null && sequenceDifference(end, direction.fin.sequence) > 0) end = direction.fin.sequence;
    return sequenceDifference(end, direction.next) > 0 ? end : null;
  }

  /** No further segments: hands on everything that still waits. What is missing is given up. */
  finish(): void {
    const sink = this.sink;
    if (sink === null) return;
    for (;;) {
      this.drainBoth(sink);
      let progress = false;
      for (const direction of [this.forward, this.backward]) {
        if (!direction.started) continue;
        let upTo = this.endOfHole(direction);
        if (upTo === null && direction.fin !== null && !direction.finDelivered && direction.queue === null) {
          upTo = direction.fin.sequence;
        }
        if (upTo === null) continue;
        direction.giveUp(sink, upTo);
        progress = true;
        this.drainBoth(sink);
      }
      if (!progress) {
        // Each direction waits for bytes of the other that its peer acknowledged; none of them will come.
        if (this.forward.queue === null && this.backward.queue === null) return;
        const blocked = this.forward.queue !== null ? this.forward : this.backward;
        const peer = this.otherThan(blocked);
        const needed = blocked.queue?.[0]?.acknowledgement ?? peer.next;
        if (sequenceDifference(needed, peer.next) <= 0) return;
        peer.giveUp(sink, needed);
      }
    }
  }
}

function closingOf(segment: Segment, sequence: number, frame: number, time: number): Closing {
  return {
    frame,
    time,
    sequence,
    acknowledgement: segment.acknowledgement,
    hasAck: (segment.flags & ACK) !== 0,
    ttl: segment.ttl,
    ipId: segment.ipId,
  };
}
