// One TCP connection: takes its segments in the order of the capture and keeps what both endpoints did.
//
// Everything is decided by sequence and acknowledgement numbers, which are the same wherever the capture was taken;
// frame order and times are kept for people to look at. Forged or stray segments whose numbers lie outside of what
// the endpoint can have sent are counted and change nothing (RFC 9293 3.10.7.4).
import { ACK, FIN, type FourTuple, RST, type Segment, SYN } from '../wire/segment.ts';
import { sequenceAdd, sequenceDifference } from '../wire/sequence-number.ts';
import { type Closing, Direction, delivery, SWAPPED } from './direction.ts';
import type { StreamSink } from './stream-sink.ts';
import { LATEST_HANDSHAKE_ACK } from './table-layout.ts';

/** Once the peer acknowledged bytes that we have not seen, they can only still come if the capture swapped frames:
 * then they are near. After so many segments of the connection, or so much time (ns), they are given up. */
const PATIENCE_SEGMENTS = 24;
const PATIENCE_TIME = 250e6;

/** How far beyond a SYN bytes may be acknowledged that the capture has not shown yet. */
const LENIENT_HANDSHAKE = 1 << 20;
/** So many segments near each other, at most, are taken for forged because their numbers are implausible. */
const DISBELIEVED_STRAYS = 3;
const STRAY_DISTANCE = 1 << 20;
/** A SYN that comes again so soon (ns) is the same frame captured twice: nobody sends it again within less than 200 ms. */
const SAME_FRAME = 150e6;

interface SynAck {
  readonly sequence: number;
  readonly window: number;
  readonly windowScale: number;
  readonly time: number;
}

export class Connection {
  // What each segment touches stands first: an object's fields lie in memory in this order, and with many connections
  // each line of it that is touched is a cache miss.
  /** The endpoint that sent the first frame: its port and address as four words; then the other one. */
  sourcePort = 0;
  destinationPort = 0;
  source0 = 0;
  destination0 = 0;
  ipVersion = 4;
  sink: StreamSink | null = null;
  /** From the endpoint that sent the first frame, and back. */
  readonly forward = new Direction(true);
  readonly backward = new Direction(false);
  /** The direction of the client's bytes; null while nothing tells who the client is. */
  clientDirection: Direction | null = null;
  lastFrame = 0;
  segments = 0;
  /** Both FINs were seen, or a RST: nothing new is to come. */
  closed = false;
  /** A segment waits in a queue; since when, counted in segments of the connection and in time. */
  stalled = false;
  /** The handshake's last segment is still to come. */
  awaitsHandshakeAck = false;

  /** Wireshark's tcp.stream. */
  stream = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  /** Hash of the 4-tuple in the connection table. */
  hash = 0;

  firstFrame = 0;
  firstTime = NaN;

  /** Times of the handshake's segments, first transmissions; NaN when not seen. */
  synTime = NaN;
  synAckTime = NaN;
  handshakeAckTime = NaN;
  /** A SYN or SYN-ACK was seen twice: the handshake's times tell no round trip. */
  handshakeRetransmitted = false;
  /** Frame of a SYN-ACK that was sent again though the client had acknowledged the first one; 0: none was. */
  synAckAgainFrame = 0;
  /** Segments with bytes whose numbers fit those of the peer's strays, and nothing else: of another connection. */
  strangers = 0;
  /** A SYN-ACK with another number than the first one: the client's acknowledgement tells which of them holds. */
  private otherSynAck: SynAck | null = null;
  /** The client's first segment behind its SYN, when the capture has it before the SYN-ACK. */
  private earlyAckTime = NaN;

  closeTime = NaN;
  private stalledForward = 0;
  private stalledBackward = 0;
  private stalledSegments = 0;
  private stalledTime = NaN;

  /** It lies outside of the traffic that the user asked for. */
  ignored = false;
  /** For the connection table: it waits, closed, to be retired; it was retired. */
  lingering = false;
  retired = false;

  /** Begins a connection with its first segment. A record serves one after the other. */
  begin(stream: number, hash: number, tuple: FourTuple, frame: number, time: number): this {
    this.stream = stream;
    this.hash = hash;
    this.ipVersion = tuple.ipVersion;
    this.source0 = tuple.source0;
    this.source1 = tuple.source1;
    this.source2 = tuple.source2;
    this.source3 = tuple.source3;
    this.destination0 = tuple.destination0;
    this.destination1 = tuple.destination1;
    this.destination2 = tuple.destination2;
    this.destination3 = tuple.destination3;
    this.sourcePort = tuple.sourcePort;
    this.destinationPort = tuple.destinationPort;
    this.forward.reset();
    this.backward.reset();
    this.clientDirection = null;
    this.firstFrame = frame;
    this.firstTime = time;
    this.lastFrame = frame;
    this.segments = 0;
    this.synTime = NaN;
    this.synAckTime = NaN;
    this.handshakeAckTime = NaN;
    this.awaitsHandshakeAck = false;
    this.handshakeRetransmitted = false;
    this.synAckAgainFrame = 0;
    this.strangers = 0;
    this.otherSynAck = null;
    this.earlyAckTime = NaN;
    this.closed = false;
    this.closeTime = NaN;
    this.stalled = false;
    this.stalledForward = 0;
    this.stalledBackward = 0;
    this.stalledSegments = 0;
    this.stalledTime = NaN;
    this.sink = null;
    this.ignored = false;
    this.lingering = false;
    this.retired = false;
    return this;
  }

  otherThan(direction: Direction): Direction {
    return direction === this.forward ? this.backward : this.forward;
  }

  /** Takes the connection's next segment. `forwards`: it comes from the endpoint that sent the first frame. */
  receive(segment: Segment, forwards: boolean): void {
    const { frame, time } = segment;
    const sender = forwards ? this.forward : this.backward;
    const receiver = forwards ? this.backward : this.forward;
    const flags = segment.flags;
    this.segments++;
    this.lastFrame = frame;
    if (sender.ttl === 0) sender.ttl = segment.ttl;
    const hasAck = (flags & ACK) !== 0;
    if (sender.initial === null || receiver.initial === null) noteInitial(segment, hasAck, sender, receiver);

    if ((flags & RST) !== 0) {
      this.receiveReset(segment, sender, receiver, frame, time);
      return;
    }
    let sequence = segment.sequence;
    if (sequence !== sender.next) {
      if ((flags & SYN) !== 0 && this.isOtherSynAck(segment, hasAck, sender, receiver)) return;
      if (this.isStray(segment, hasAck, sender, receiver)) return;
    }
    if (this.otherSynAck !== null && hasAck) this.chooseSynAck(segment.acknowledgement, sender, receiver);
    if ((flags & SYN) !== 0) {
      this.receiveSyn(segment, sender, time);
      sequence = sequenceAdd(sequence, 1);
    } else if (!sender.started) {
      sender.start(sequence, false);
    }
    if (hasAck) this.acknowledge(receiver, segment.acknowledgement, frame, time);
    if ((flags & SYN) === 0) {
      sender.window = segment.window;
      if (this.awaitsHandshakeAck && hasAck && sender === this.clientDirection && sender.synSeen) {
        // Any other segment, and any later one, tells that the capture lacks the one that ended the handshake.
        const endsHandshake =
          sequence === sequenceAdd(sender.base, 1) && segment.acknowledgement === sequenceAdd(receiver.base, 1);
        if (endsHandshake && !(time - this.synAckTime > LATEST_HANDSHAKE_ACK)) this.handshakeAckTime = time;
        this.awaitsHandshakeAck = false;
      } else if (hasAck && sender.synSeen && !receiver.synSeen && sender === this.clientDirection) {
        if (sequence === sequenceAdd(sender.base, 1)) this.earlyAckTime = time;
      }
    }

    const length = segment.payloadLength;
    if (length > 0) {
      // Joined in the middle. A single byte is taken for a keep-alive probe, which repeats the byte before `next`.
      if (!sender.synchronized) this.join(sender, length === 1 ? sequenceAdd(sequence, 1) : sequence, length !== 1);
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
        if (waits || receiver.queue !== null || this.stalled) this.advance(time);
      } else if (sequenceDifference(sequenceAdd(sequence, length), sender.next) > 0) {
        sender.next = sequenceAdd(sequence, length);
      }
      // A FIN may have overtaken these bytes, or acknowledge them.
      if (sender.fin !== null && !sender.finDelivered) this.deliverFin(sender);
      if (receiver.fin !== null && !receiver.finDelivered) this.deliverFin(receiver);
    }
    if (length === 0 && sequence !== sender.next && sender.synchronized) sender.noteAhead(sequence, time);
    if ((flags & FIN) !== 0) this.receiveFin(segment, sequenceAdd(sequence, length), sender, receiver, frame, time);
    if (this.stalled && length === 0) this.advance(time);
  }

  /** Begins a direction without a SYN at `sequence`, unless bytes before it are missing, as the peer's ACK shows. */
  private join(direction: Direction, sequence: number, certain: boolean): void {
    const { started, ackKnown, acked, next } = direction;
    const isBehindHole = started && ackKnown && sequenceDifference(sequence, next) > 1;
    // One byte proves nothing: it may be the byte that a keep-alive probe repeats.
    if (isBehindHole && sequenceDifference(acked, next) > 1) direction.synchronized = true;
    else direction.start(sequence, certain);
  }

  /**
   * By its numbers the endpoint cannot have sent this segment: it is forged, or left over from an earlier connection.
   * Its peer drops it before anything in it counts (RFC 9293 3.10.7.4), and so do we.
   */
  private isStray(segment: Segment, hasAck: boolean, sender: Direction, receiver: Direction): boolean {
    const answersSyn = !sender.synSeen && receiver.synSeen && (!sender.synchronized || (segment.flags & SYN) !== 0);
    if (answersSyn ? isAnswerToSyn(segment, hasAck, receiver) : !sender.synchronized) return false;
    if (!answersSyn && sender.plausible(segment.sequence, receiver)) return false;
    // When several go on from each other and nothing else does, the capture has lost more than a window's worth.
    if (hasAck && segment.payloadLength > 1 && receiver.strays > 0) {
      const fromPeer = sequenceDifference(segment.acknowledgement, receiver.lastStray);
      if (Math.abs(fromPeer) <= STRAY_DISTANCE) this.strangers++;
    }
    const fromLast = sequenceDifference(segment.sequence, sender.lastStray);
    if (fromLast === 0 && sender.strays > 0) return true;
    if (sender.strayNext !== sender.next || fromLast < 0 || fromLast > STRAY_DISTANCE) sender.strays = 0;
    sender.strayNext = sender.next;
    sender.lastStray = segment.sequence;
    if (++sender.strays <= DISBELIEVED_STRAYS) return true;
    if (this.sink !== null && sender.queue === null) sender.giveUp(this.sink, segment.sequence);
    return false;
  }

  /** Notes a SYN-ACK that differs from the first one, while it is open which of them the client has taken. */
  private isOtherSynAck(segment: Segment, hasAck: boolean, sender: Direction, receiver: Direction): boolean {
    const isOther = hasAck && sender.synSeen && segment.sequence !== sender.base;
    if (!isOther || !this.awaitsHandshakeAck || receiver !== this.clientDirection) return false;
    if (receiver.synSeen && segment.acknowledgement !== sequenceAdd(receiver.base, 1)) return false;
    const { sequence, window, windowScale } = segment;
    this.otherSynAck = { sequence, window, windowScale: Math.max(windowScale, 0), time: segment.time };
    return true;
  }

  /** The server's numbers are those of the SYN-ACK that the client acknowledges. */
  private chooseSynAck(acknowledgement: number, sender: Direction, receiver: Direction): void {
    const other = this.otherSynAck!;
    if (sender !== this.clientDirection) return;
    this.otherSynAck = null;
    const hasMore = receiver.payloadBytes > 0 || receiver.queue !== null || receiver.fin !== null;
    const distance = sequenceDifference(acknowledgement, other.sequence);
    if (hasMore || distance <= 0 || distance > LENIENT_HANDSHAKE) return;
    // Where the two are near each other, it is the one that nothing was added to.
    if (distance > 1 && Math.abs(sequenceDifference(acknowledgement, receiver.base)) <= LENIENT_HANDSHAKE) return;
    receiver.started = false;
    receiver.start(other.sequence, true);
    receiver.next = sequenceAdd(other.sequence, 1);
    receiver.ackKnown = false;
    receiver.windowScale = other.windowScale;
    receiver.window = other.window >> other.windowScale;
    this.synAckTime = other.time;
    this.handshakeRetransmitted = true;
  }

  private receiveSyn(segment: Segment, sender: Direction, time: number): void {
    if (sender.synSeen) {
      // Behind the connection's end it tells nothing of the handshake.
      if (this.closed) return;
      const first = sender === this.clientDirection ? this.synTime : this.synAckTime;
      if (time - first < SAME_FRAME) return;
      this.handshakeRetransmitted = true;
      const isAnswered = sender !== this.clientDirection && !Number.isNaN(this.handshakeAckTime);
      if (isAnswered && this.synAckAgainFrame === 0) this.synAckAgainFrame = this.lastFrame;
      return;
    }
    const first = sequenceAdd(segment.sequence, 1);
    if (sender.started && sender.synchronized) {
      // The capture may have swapped it with the first bytes behind it.
      if (sender.base !== first) return;
      sender.base = segment.sequence;
    } else {
      sender.started = false;
      sender.start(segment.sequence, true);
      sender.next = first;
    }
    sender.synSeen = true;
    // What was acknowledged before can only be this SYN, and bytes that the capture swapped with it.
    if (sender.ackKnown && !(Math.abs(sequenceDifference(sender.acked, first)) <= LENIENT_HANDSHAKE)) {
      sender.ackKnown = false;
    }
    sender.windowScale = Math.max(segment.windowScale, 0);
    // The window of a SYN is never scaled; the scale holds from the next segment on.
    sender.window = segment.window >> sender.windowScale;
    if ((segment.flags & ACK) !== 0) {
      this.synAckTime = time;
      // The capture swapped the two.
      const isSwapped = time - this.earlyAckTime < SWAPPED;
      if (isSwapped) this.handshakeAckTime = time;
      this.awaitsHandshakeAck = !isSwapped;
      this.clientDirection ??= this.otherThan(sender);
    } else if (this.clientDirection === null) {
      this.synTime = time;
      this.clientDirection = sender;
    } else if (this.clientDirection === sender) {
      this.synTime = time;
    }
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
      this.sink.acknowledged(direction);
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
    if (!sender.synchronized) this.join(sender, sequence, true);
    // A FIN before bytes that were already sent, or far outside of the window, is not this endpoint's.
    if (sequenceDifference(sequence, sender.next) < 0 || !sender.plausible(sequence, receiver)) {
      return;
    }
    sender.fin = closingOf(segment, sequence, frame, time, sender.wasSentBefore(sequence, time));
    this.noteFinAcknowledged(sender);
    this.deliverFin(sender);
    if (receiver.fin !== null) {
      this.deliverFin(receiver);
      this.close(time);
    }
  }

  /** Hands on the FIN once every byte before it was handed on, and everything of the other direction that it knows. */
  private deliverFin(direction: Direction, regardless = false): void {
    if (direction.fin === null || direction.finDelivered || direction.queue !== null) return;
    const { hasAck, acknowledgement } = direction.fin;
    if (hasAck && !regardless && this.otherThan(direction).owes(acknowledgement)) return;
    // Bytes past a FIN are none of the stream's (an Ethernet trailer that counts as payload); it ends here all the same.
    if (sequenceDifference(direction.next, direction.fin.sequence) < 0) return;
    direction.next = sequenceAdd(direction.fin.sequence, 1);
    direction.finDelivered = true;
    delivery.frame = direction.fin.frame;
    delivery.time = direction.fin.time;
    this.sink?.finished(direction);
  }

  private receiveReset(segment: Segment, sender: Direction, receiver: Direction, frame: number, time: number): void {
    const hasAck = (segment.flags & ACK) !== 0;
    if (!this.resetIsPlausible(segment, sender, receiver, hasAck)) {
      return;
    }
    if (hasAck) this.acknowledge(receiver, segment.acknowledgement, frame, time);
    sender.rstCount++;
    sender.rst ??= closingOf(segment, segment.sequence, frame, time);
    this.close(time);
    if (this.stalled) this.advance(time);
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
  private advance(time: number): void {
    const sink = this.sink;
    if (sink === null) return;
    const { forward, backward } = this;
    this.drainBoth(sink);
    // Patience begins anew whenever something has moved.
    if (!this.stalled || forward.next !== this.stalledForward || backward.next !== this.stalledBackward) {
      this.beginPatience(time);
    }
    let outOfPatience =
      this.segments - this.stalledSegments >= PATIENCE_SEGMENTS || time - this.stalledTime >= PATIENCE_TIME;
    while (outOfPatience || forward.overfull || backward.overfull) {
      if (!this.giveUpAcknowledged(sink, outOfPatience)) break;
      this.beginPatience(time);
      outOfPatience = false;
    }
    this.stalled = forward.queue !== null || backward.queue !== null;
  }

  private beginPatience(time: number): void {
    this.stalled = true;
    this.stalledForward = this.forward.next;
    this.stalledBackward = this.backward.next;
    this.stalledSegments = this.segments;
    this.stalledTime = time;
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
      if (upTo === null) continue;
      const acknowledged = direction.ackKnown ? sequenceDifference(direction.acked, direction.next) : 0;
      if (direction.overfull) direction.giveUp(sink, upTo);
      else if (acknowledged > 0 && outOfPatience) {
        // Only what was acknowledged was surely sent and lost by the capture; the rest may still come.
        const length = Math.min(acknowledged, sequenceDifference(upTo, direction.next));
        direction.giveUp(sink, sequenceAdd(direction.next, length));
      } else continue;
      progress = true;
    }
    progress ||= this.breakCircle(sink);
    if (progress) this.drainBoth(sink);
    return progress;
  }

  /**
   * Each direction waits for bytes of the other: the capture has retransmissions only, with newer acknowledgement
   * numbers than the first transmissions had. The one that was captured first goes first.
   */
  private breakCircle(sink: StreamSink): boolean {
    const { forward, backward } = this;
    if (!forward.waitsForPeer || !backward.waitsForPeer) return false;
    (forward.queue![0]!.frame < backward.queue![0]!.frame ? forward : backward).shift(sink);
    return true;
  }

  /** Where the missing bytes of a direction end: at its first queued segment, its FIN or the peer's acknowledgement. */
  private endOfHole(direction: Direction): number | null {
    const first = direction.queue?.[0];
    if (first !== undefined && sequenceDifference(first.sequence, direction.next) > 0) return first.sequence;
    if (first !== undefined) return null;
    let end = direction.ackKnown ? direction.acked : direction.next;
    // A RST without ACK has the number that the peer acknowledged last (RFC 9293 3.10.7.1).
    const { rst } = direction;
    if (rst !== null && !rst.hasAck && sequenceDifference(rst.sequence, end) > 0) end = rst.sequence;
    if (direction.fin !== null && sequenceDifference(end, direction.fin.sequence) > 0) end = direction.fin.sequence;
    return sequenceDifference(end, direction.next) > 0 ? end : null;
  }

  /** No further segments: hands on everything that still waits. What is missing is given up. */
  finish(): void {
    const sink = this.sink;
    if (sink === null) return;
    this.forward.dropStrays(this.backward);
    this.backward.dropStrays(this.forward);
    for (;;) {
      this.drainBoth(sink);
      let progress = false;
      for (const direction of [this.forward, this.backward]) {
        if (!direction.started) continue;
        let upTo = this.endOfHole(direction);
        if (upTo === null && direction.fin !== null && !direction.finDelivered && direction.queue === null) {
          upTo = direction.fin.sequence;
        }
        if (upTo === null || sequenceDifference(upTo, direction.next) <= 0) continue;
        direction.giveUp(sink, upTo);
        progress = true;
        this.drainBoth(sink);
      }
      if (progress || this.breakCircle(sink)) continue;
      // What one direction waits for, the other will not bring: not even a segment shows where it would have been.
      const blocked = this.forward.queue !== null ? this.forward : this.backward;
      if (blocked.queue !== null) blocked.shift(sink);
      else {
        // Of two FINs that acknowledge each other the capture has retransmissions only.
        this.deliverFin(this.forward, true);
        this.deliverFin(this.backward, true);
        return;
      }
    }
  }
}

/** As Wireshark does: the first segment of a direction tells it, or what the peer acknowledges before that. */
function noteInitial(segment: Segment, hasAck: boolean, sender: Direction, receiver: Direction): void {
  sender.initial ??= (segment.flags & SYN) !== 0 ? segment.sequence : sequenceAdd(segment.sequence, -1);
  if (hasAck) receiver.initial ??= sequenceAdd(segment.acknowledgement, -1);
}

/** RFC 9293 3.10.7.3: what answers a SYN acknowledges it. (A crossing SYN acknowledges nothing.) */
function isAnswerToSyn(segment: Segment, hasAck: boolean, receiver: Direction): boolean {
  if (!hasAck) return (segment.flags & SYN) !== 0;
  const acknowledged = sequenceDifference(segment.acknowledgement, receiver.base);
  return acknowledged > 0 && acknowledged - sequenceDifference(receiver.next, receiver.base) <= LENIENT_HANDSHAKE;
}

function closingOf(segment: Segment, sequence: number, frame: number, time: number, isCopy = false): Closing {
  return {
    frame,
    time,
    sequence,
    acknowledgement: segment.acknowledgement,
    hasAck: (segment.flags & ACK) !== 0,
    ttl: segment.ttl,
    ipId: segment.ipId,
    isCopy,
  };
}
