// Finds the connection of a segment, and numbers connections as Wireshark numbers tcp.stream: in the order of their
// first frame over the whole capture; a SYN whose sequence number differs from the one that its direction began with,
// or had to begin with by what the peer acknowledged, is a new connection on the same 4-tuple, and so is a SYN after a
// FIN or RST.
//
// Open addressing over one Int32Array of [hash, reference] pairs. The hash is symmetric, so one probe serves both
// directions. A Map with string keys costs ten times as much per frame.
//
// Memory is bounded by open connections. A closed connection stays for a short while (its last acknowledgements and
// the resets that answer what was in flight are still to come), then it is retired: handed to whoever judges it, and
// replaced by a tombstone, its stream number and two hashes of its 4-tuple, so that a very late segment does not become
// a connection of its own.
//
// A table may be one of several that share the connections of a capture (`Share`): each is given all segments and keeps
// those of its own partitions. What a connection is and when it is retired must not depend on how many tables there
// are. So whatever is bounded is bounded for each partition by itself, and time is told by all segments.
import { ACK, type FourTuple, type Segment, SYN } from '../wire/segment.ts';
import { Connection } from './connection.ts';
import { endsOf, isFarFrom } from './ends.ts';
import type { QuietLane, Tombstones } from './quiet-lane.ts';
import type { StreamSink } from './stream-sink.ts';
import { COUNTERS, LATE, LINGERING, OPEN, PARTITIONS, ROW, STREAMS, USED } from './table-layout.ts';

export interface ConnectionTableOptions {
  /** Called at a connection's first payload: who frames its bytes; null when nobody wants them. */
  readonly sinkFor: (connection: Connection) => StreamSink | null;
  /** Called once for every connection, when nothing more is to come from it. The record is used again afterwards. */
  readonly retired: (connection: Connection) => void;
  /** Asked when a connection is closed: can whatever still comes be passed over, so that it may be retired at once? */
  readonly isOver?: (connection: Connection) => boolean;
  /** Connections outside of what the user asked for are numbered, and otherwise ignored. Left out: none are. */
  readonly isIgnored?: (tuple: FourTuple) => boolean;
  /** The short way for connections on which nothing remarkable happens. */
  readonly quietLane?: QuietLane;
  /** Called for every new connection, ignored ones too, with its stream number. */
  readonly opened?: (stream: number) => void;
  /**
   * Called before a connection is retired by the passing of time, or at the end: not by a segment of its partition.
   * Those of one moment come in the order of their first frames; NaN when all of them were told.
   */
  readonly retiring?: (firstFrame: number) => void;
  /** The connections of this table; all of them when it is the only one. */
  readonly share?: Share;
  /** Connections of one partition that are open at once, at most; beyond, those silent for longest are retired. */
  readonly maxOpen?: number;
  /** How many partitions there are, a power of two. */
  readonly partitions?: number;
}

/** One of several tables: that with `index` (from 0 on) of `count`. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/** Capture time (ns) that a closed connection stays: a client that lost a request sends it again within that time. */
const LINGER = 12e9;
/** Where frames come so fast that this many of them were read since, it stays for several long round trips. */
const SHORT_LINGER = 2e9;
const MANY_FRAMES = 100_000;
/** Capture time (ns) after which closed connections are looked at again. */
const SWEEP = 0.5e9;
/**
 * Closed connections that stay at most, whatever the time: bounds memory at high connection rates. When there are more, so many
 * are left: several are let go one behind the other, while what that takes is in the processor's cache.
 */
const MAX_LINGERING = 4096;
const LINGERING_LEFT = 2048;
const FIRST_SLOTS = 4096;
/** About 1 GB. */
const MAX_OPEN = 600_000;
/** Tombstones at most; the oldest of a partition give way. More would push the table out of the processor's cache. */
export const MAX_TOMBSTONES = 16_384;

export class ConnectionTable {
  /** Connections that were retired while open because there were too many. */
  evicted = 0;
  /** Segments with bytes, on the 4-tuple of a connection, that cannot be its own: the SYN of theirs is missing. */
  strangers = 0;

  private readonly options: ConnectionTableOptions;
  private readonly lane: QuietLane | null;
  /** [hash, reference]: 0 empty, n >= ROW row n - ROW, other n > 0 connections[n - 1], n < 0 tombstone -n - 1. */
  private slots: Int32Array;
  private mask = FIRST_SLOTS - 1;
  /** See table-layout.ts. */
  private readonly counters: Int32Array;
  private readonly connections: (Connection | null)[] = [];
  private readonly free: number[] = [];
  /** Records of retired connections, to be used again: reading a long capture makes no garbage. */
  private readonly spare: Connection[] = [];
  private readonly tombstones: Tombstones;
  /** Of each partition: its closed connections. */
  private readonly lingering: readonly Lingering[];
  /** Capture times: clocks that are set back, and forged times, must not keep it from coming. */
  private lastSweep = -Infinity;
  private nextSweep = -Infinity;
  private readonly partitions: number;
  private readonly maxOpen: number;
  private readonly maxLingering: number;
  private readonly maxTombstones: number;
  /** 1 for each partition of this table; null: all are. */
  private readonly own: Uint8Array | null;

  constructor(options: ConnectionTableOptions) {
    this.options = options;
    this.lane = options.quietLane ?? null;
    const { partitions = PARTITIONS, share = { index: 0, count: 1 } } = options;
    this.partitions = partitions;
    this.lingering = Array.from({ length: partitions }, () => new Lingering());
    this.maxOpen = options.maxOpen ?? MAX_OPEN / partitions;
    this.maxLingering = MAX_LINGERING / partitions;
    this.maxTombstones = MAX_TOMBSTONES / partitions;
    const isOwn = (_: number, partition: number) => (partition % share.count === share.index ? 1 : 0);
    this.own = share.count === 1 ? null : Uint8Array.from({ length: partitions }, isOwn);
    const shared = this.lane?.begin({
      own: this.own,
      maxOpen: options.isIgnored === undefined ? this.maxOpen : 0,
      maxLingering: this.maxLingering,
      partitions,
      tombstones: MAX_TOMBSTONES,
      opened: options.opened ?? null,
      ended: (row) => this.ended(row),
      closed: (row, frame) => this.linger(ROW + row, this.lane!.hashOf(row), frame),
    });
    this.counters = shared?.counters ?? new Int32Array(COUNTERS);
    this.tombstones = shared?.tombstones ?? {
      checks: new Int32Array(MAX_TOMBSTONES),
      hashes: new Int32Array(MAX_TOMBSTONES),
      streams: new Int32Array(MAX_TOMBSTONES),
      ends: new Int32Array(MAX_TOMBSTONES),
      made: new Int32Array(partitions),
    };
    this.slots = this.emptySlots();
  }

  /** Connections seen so far; the next one's stream number. */
  get count(): number {
    return this.counters[STREAMS]!;
  }

  /** Segments that came for a connection after it was retired. */
  get late(): number {
    return this.counters[LATE]!;
  }

  /** The highest bits: the place in the table is told by the lowest. */
  private partitionOf(hash: number): number {
    return (hash >>> 26) & (this.partitions - 1);
  }

  /** Takes the capture's next segment, and returns the stream number of its connection; -1: it is another table's. */
  receive(segment: Segment): number {
    const hash = hashOf(segment);
    const { time } = segment;
    if (time >= this.nextSweep || time < this.lastSweep - SWEEP) this.sweep(time, segment.frame);
    if (this.own !== null && this.own[this.partitionOf(hash)] === 0) return -1;
    // The way of nearly all segments. It is kept free of what is rare: V8 compiles a function for what it has seen of
    // it, and throws that away when something else comes.
    const { slots } = this;
    const last = (this.mask << 1) | 1;
    let slot = (hash << 1) & last;
    let reference = slots[slot + 1]!;
    while (reference !== 0 && slots[slot] !== hash) {
      slot = (slot + 2) & last;
      reference = slots[slot + 1]!;
    }
    let isRemarkable = false;
    if (reference >= ROW) {
      const row = reference - ROW;
      const lane = this.lane!;
      const direction = lane.directionOf(row, segment);
      if (direction !== 0) {
        const stream = lane.streamOf(row);
        if (lane.receive(row, segment, direction > 0)) return stream;
        isRemarkable = true;
      }
    }
    return this.receiveOther(segment, hash, slot, isRemarkable);
  }

  /** The rest of `receive`. `isRemarkable`: the segment is of the row in `slot`, which has not taken it. */
  private receiveOther(segment: Segment, hash: number, slot: number, isRemarkable: boolean): number {
    if (isRemarkable) this.wake(slot, this.slots[slot + 1]! - ROW);
    for (;;) {
      const reference = this.slots[slot + 1]!;
      if (reference === 0) break;
      if (this.slots[slot] === hash) {
        if (reference >= ROW) {
          const row = reference - ROW;
          const lane = this.lane!;
          const direction = lane.directionOf(row, segment);
          if (direction !== 0) {
            const stream = lane.streamOf(row);
            if (lane.receive(row, segment, direction > 0)) return stream;
            this.wake(slot, row);
            continue;
          }
        } else if (reference > 0) {
          const connection = this.connections[reference - 1]!;
          const forwards = isForward(connection, segment);
          if (forwards || isBackward(connection, segment)) {
            if (startsAnew(connection, segment, forwards)) {
              const tombstone = this.retire(connection, slot);
              this.removeSlot(this.slotOfReference(hash, -tombstone - 1));
              break;
            }
            if (isOfNone(connection, segment, forwards)) this.countStranger(segment);
            else this.dispatch(connection, segment, forwards);
            return connection.stream;
          }
        } else if (this.tombstones.checks[-reference - 1] === checkOf(segment)) {
          if ((segment.flags & (SYN | ACK)) !== SYN) {
            this.counters[LATE]!++;
            const ends = this.tombstones.ends[-reference - 1]!;
            if (segment.payloadLength > 1 && isFarFrom(segment.sequence, ends)) this.countStranger(segment);
            return this.tombstones.streams[-reference - 1]!;
          }
          this.removeSlot(slot);
          break;
        }
      }
      slot = (slot + 2) & ((this.mask << 1) | 1);
    }
    this.begin(segment, hash);
    return this.count - 1;
  }

  private countStranger(segment: Segment): void {
    if (this.options.isIgnored?.(segment) !== true) this.strangers++;
  }

  /** A tombstone takes the place of a row whose connection ended in order. */
  private ended(row: number): void {
    const lane = this.lane!;
    const hash = lane.hashOf(row);
    this.counters[OPEN + this.partitionOf(hash)]!--;
    const slot = this.slotOfReference(hash, ROW + row);
    this.bury(slot, hash, checkOf(lane.tupleOf(row)), lane.streamOf(row), lane.endsOf(row));
  }

  private dispatch(connection: Connection, segment: Segment, forwards: boolean): void {
    if (connection.sink === null && segment.payloadLength > 0 && !connection.ignored) {
      connection.sink = this.options.sinkFor(connection);
    }
    const wasClosed = connection.closed;
    connection.receive(segment, forwards);
    if (connection.closed && !wasClosed) {
      if (this.options.isOver?.(connection) === true) this.retire(connection, this.slotOf(connection));
      else {
        connection.lingering = true;
        this.linger(connection, connection.hash, segment.frame);
      }
    }
  }

  /** It was closed by this frame, and stays for a while. */
  private linger(closed: Closed, hash: number, frame: number): void {
    const partition = this.partitionOf(hash);
    const lingering = this.lingering[partition]!;
    lingering.push(closed, frame);
    if (lingering.length > this.maxLingering) {
      while (lingering.length > LINGERING_LEFT / this.partitions) this.retireLingering(lingering.shift());
    }
    this.counters[LINGERING + partition] = lingering.length;
  }

  private begin(segment: Segment, hash: number): void {
    const partition = this.partitionOf(hash);
    if (this.counters[OPEN + partition]! >= this.maxOpen) this.evict(partition);
    this.counters[OPEN + partition]!++;
    const stream = this.counters[STREAMS]!++;
    this.options.opened?.(stream);
    const ignored = this.options.isIgnored?.(segment) === true;
    if (this.lane !== null && !ignored) {
      const row = this.lane.open(segment, stream, hash);
      if (row >= 0) {
        this.insert(hash, ROW + row);
        return;
      }
    }
    const { frame, time } = segment;
    const connection = (this.spare.pop() ?? new Connection()).begin(stream, hash, segment, frame, time);
    connection.ignored = ignored;
    this.insert(hash, this.keep(connection));
    this.dispatch(connection, segment, true);
  }

  /** The reference of a connection that is kept from now on. */
  private keep(connection: Connection): number {
    const index = this.free.pop() ?? this.connections.length;
    this.connections[index] = connection;
    return index + 1;
  }

  /** The row becomes a connection. */
  private wake(slot: number, row: number): Connection {
    const connection = this.spare.pop() ?? new Connection();
    this.lane!.wake(row, connection);
    this.slots[slot + 1] = this.keep(connection);
    if (connection.closed) {
      connection.lingering = this.lingering[this.partitionOf(connection.hash)]!.replace(ROW + row, connection);
    }
    return connection;
  }

  /** Retires what was closed long enough ago. `now` is capture time. */
  private sweep(now: number, frame: number): void {
    this.lastSweep = now;
    this.nextSweep = now + SWEEP;
    this.lane?.betweenSweeps(now - SWEEP, now + SWEEP);
    const expired: Closed[] = [];
    this.lingering.forEach((lingering, partition) => {
      if (lingering.length === 0) return;
      // Each by its own age: where the capture's clock goes back, the first one need not be the oldest.
      lingering.take((closed, closedIn) => {
        const age = now - (isRow(closed) ? this.lane!.closeTimeOf(closed - ROW) : closed.closeTime);
        return age > LINGER || (age > SHORT_LINGER && frame - closedIn > MANY_FRAMES);
      }, expired);
      this.counters[LINGERING + partition] = lingering.length;
    });
    if (expired.length === 0) return;
    const firstFrameOf = (closed: Closed) =>
      isRow(closed) ? this.lane!.firstFrameOf(closed - ROW) : closed.firstFrame;
    expired.sort((a, b) => firstFrameOf(a) - firstFrameOf(b));
    for (const closed of expired) {
      this.options.retiring?.(firstFrameOf(closed));
      this.retireLingering(closed);
    }
    this.options.retiring?.(NaN);
  }

  /** It is in no list any more. */
  private retireLingering(closed: Closed): void {
    if (isRow(closed)) {
      if (!this.lane!.retire(closed - ROW)) this.retireReference(closed);
      return;
    }
    closed.lingering = false;
    if (closed.retired) this.spare.push(closed);
    else this.retire(closed, this.slotOf(closed));
  }

  /** Too many open connections in one partition: retires the quarter of them that was silent for longest. */
  private evict(partition: number): void {
    const open = this.openReferences(
      (connection) => connection.lastFrame,
      (row) => this.lane!.lastFrameOf(row),
      partition,
    );
    for (const reference of open.slice(0, Math.max(1, open.length >> 2))) {
      if (!this.retireReference(reference).closed) this.evicted++;
    }
  }

  /** No more frames: retires everything, in the order of stream numbers. */
  finish(): void {
    const open = this.openReferences(
      (connection) => connection.stream,
      (row) => this.lane!.streamOf(row),
    );
    for (const reference of open) {
      if (reference >= ROW) {
        this.options.retiring?.(this.lane!.firstFrameOf(reference - ROW));
        if (this.lane!.finish(reference - ROW)) continue;
      }
      this.retireReference(reference, true);
    }
    this.options.retiring?.(NaN);
  }

  /** The connections that are not retired yet, without those of the quiet lane. */
  *unretired(): Iterable<Connection> {
    for (const connection of this.connections) if (connection !== null) yield connection;
  }

  /** References of all connections and rows, or of those of one partition, by what the functions say of them. */
  private openReferences(
    ofConnection: (connection: Connection) => number,
    ofRow: (row: number) => number,
    partition = -1,
  ): number[] {
    const references: number[] = [];
    for (let slot = 0; slot < this.slots.length; slot += 2) {
      const reference = this.slots[slot + 1]!;
      if (reference <= 0 || (partition >= 0 && this.partitionOf(this.slots[slot]!) !== partition)) continue;
      references.push(reference);
    }
    const key = (reference: number) =>
      reference >= ROW ? ofRow(reference - ROW) : ofConnection(this.connections[reference - 1]!);
    return references.sort((a, b) => key(a) - key(b));
  }

  private retireReference(reference: number, isEnd = false): Connection {
    const isRow = reference >= ROW;
    const hash = isRow ? this.lane!.hashOf(reference - ROW) : this.connections[reference - 1]!.hash;
    const slot = this.slotOfReference(hash, reference);
    const connection = isRow ? this.wake(slot, reference - ROW) : this.connections[reference - 1]!;
    if (isEnd) this.options.retiring?.(connection.firstFrame);
    this.retire(connection, slot);
    return connection;
  }

  /**
   * Hands the connection over and puts a tombstone into its slot, the number of which it returns. A second call for the
   * same one does nothing.
   */
  private retire(connection: Connection, slot: number): number {
    if (slot < 0) return -1;
    const index = this.slots[slot + 1]! - 1;
    this.connections[index] = null;
    this.free.push(index);
    this.counters[OPEN + this.partitionOf(connection.hash)]!--;
    const { hash, stream } = connection;
    const tombstone = this.bury(slot, hash, checkOf(connection), stream, endsOfConnection(connection));
    connection.finish();
    if (!connection.ignored) this.strangers += connection.strangers;
    this.options.retired(connection);
    connection.retired = true;
    connection.sink = null;
    // While it waits in the list of closed connections its record must not serve another one.
    if (!connection.lingering) this.spare.push(connection);
    return tombstone;
  }

  /** Puts a tombstone into a slot, and returns its number. */
  private bury(slot: number, hash: number, check: number, stream: number, ends: number): number {
    const partition = this.partitionOf(hash);
    const { checks, hashes, streams, ends: endsOfAll, made: madeOfAll } = this.tombstones;
    const made = madeOfAll[partition]!;
    const tombstone = partition * this.maxTombstones + (made % this.maxTombstones);
    if (made >= this.maxTombstones) {
      const reference = this.slots[slot + 1]!;
      const old = this.slotOfReference(hashes[tombstone]!, -tombstone - 1);
      if (old >= 0) {
        this.removeSlot(old);
        slot = this.slotOfReference(hash, reference);
      }
    }
    madeOfAll[partition] = made + 1;
    hashes[tombstone] = hash;
    checks[tombstone] = check;
    streams[tombstone] = stream;
    endsOfAll[tombstone] = ends;
    this.slots[slot + 1] = -tombstone - 1;
    return tombstone;
  }

  private slotOf(connection: Connection): number {
    let slot = (connection.hash & this.mask) << 1;
    for (;;) {
      const reference = this.slots[slot + 1]!;
      if (reference === 0) return -1;
      if (reference > 0 && this.connections[reference - 1] === connection) return slot;
      slot = (slot + 2) & ((this.mask << 1) | 1);
    }
  }

  private slotOfReference(hash: number, wanted: number): number {
    let slot = (hash & this.mask) << 1;
    for (;;) {
      const reference = this.slots[slot + 1]!;
      if (reference === 0) return -1;
      if (reference === wanted) return slot;
      slot = (slot + 2) & ((this.mask << 1) | 1);
    }
  }

  private insert(hash: number, reference: number): void {
    if (this.counters[USED]! * 4 > this.mask * 3) this.grow();
    let slot = (hash & this.mask) << 1;
    while (this.slots[slot + 1] !== 0) slot = (slot + 2) & ((this.mask << 1) | 1);
    this.slots[slot] = hash;
    this.slots[slot + 1] = reference;
    this.counters[USED]!++;
  }

  /** Removes an entry and moves those behind it that would no longer be found (Knuth, TAOCP 6.4 algorithm R). */
  private removeSlot(slot: number): void {
    const wrap = (this.mask << 1) | 1;
    let hole = slot;
    let probe = slot;
    for (;;) {
      probe = (probe + 2) & wrap;
      if (this.slots[probe + 1] === 0) break;
      const home = (this.slots[probe]! & this.mask) << 1;
      const fromHome = (probe - home) & wrap;
      const fromHole = (probe - hole) & wrap;
      if (fromHome >= fromHole) {
        this.slots[hole] = this.slots[probe]!;
        this.slots[hole + 1] = this.slots[probe + 1]!;
        hole = probe;
      }
    }
    this.slots[hole + 1] = 0;
    this.counters[USED]!--;
  }

  private emptySlots(): Int32Array {
    return this.lane?.slots(this.mask + 1) ?? new Int32Array(2 * (this.mask + 1));
  }

  private grow(): void {
    const old = this.slots;
    this.mask = this.mask * 2 + 1;
    this.slots = this.emptySlots();
    this.counters[USED] = 0;
    for (let slot = 0; slot < old.length; slot += 2) {
      if (old[slot + 1] !== 0) this.insert(old[slot]!, old[slot + 1]!);
    }
  }
}

/** A closed connection, or the reference of its row. */
type Closed = Connection | number;

function isRow(closed: Closed): closed is number {
  return typeof closed === 'number';
}

/** The closed connections of a partition, in the order in which they were closed. */
class Lingering {
  private list: Closed[] = [];
  /** The frames that closed them. */
  private frames: number[] = [];
  private from = 0;

  get length(): number {
    return this.list.length - this.from;
  }

  push(closed: Closed, frame: number): void {
    this.list.push(closed);
    this.frames.push(frame);
  }

  /** The row became this connection. Returns false when it is not in the list. */
  replace(row: number, connection: Connection): boolean {
    const at = this.list.indexOf(row, this.from);
    if (at >= 0) this.list[at] = connection;
    return at >= 0;
  }

  /** Moves those of which `isOver` holds, told with the frames that closed them, to `taken`. */
  take(isOver: (closed: Closed, closedIn: number) => boolean, taken: Closed[]): void {
    let kept = 0;
    for (let at = this.from; at < this.list.length; at++) {
      const closed = this.list[at]!;
      const frame = this.frames[at]!;
      if (isOver(closed, frame)) taken.push(closed);
      else {
        this.list[kept] = closed;
        this.frames[kept++] = frame;
      }
    }
    this.list.length = kept;
    this.frames.length = kept;
    this.from = 0;
  }

  shift(): Closed {
    const first = this.list[this.from]!;
    this.from++;
    if (this.from > 64 && this.from * 2 > this.list.length) {
      this.list = this.list.slice(this.from);
      this.frames = this.frames.slice(this.from);
      this.from = 0;
    }
    return first;
  }
}

/**
 * Hash of a 4-tuple, the same for both of its directions. Each endpoint is mixed by itself, and only then are the two
 * put together by addition: addresses and ports of real traffic differ in few, low bits, and an XOR or sum of the bare
 * numbers would throw thousands of connections onto each other.
 */
function hashOf(tuple: FourTuple): number {
  const sum =
    tuple.ipVersion === 4
      ? mixed(tuple.source0, tuple.sourcePort, MIX_HASH) + mixed(tuple.destination0, tuple.destinationPort, MIX_HASH)
      : mixed(foldedSource(tuple, MIX_HASH), tuple.sourcePort, MIX_HASH) +
        mixed(foldedDestination(tuple, MIX_HASH), tuple.destinationPort, MIX_HASH);
  return finished(sum);
}

/** A second hash, by other constants: what a tombstone compares instead of the addresses. */
function checkOf(tuple: FourTuple): number {
  return finished(
    mixed(foldedSource(tuple, MIX_CHECK), tuple.sourcePort, MIX_CHECK) +
      mixed(foldedDestination(tuple, MIX_CHECK), tuple.destinationPort, MIX_CHECK) +
      tuple.ipVersion,
  );
}

// Odd constants with well spread bits: those of MurmurHash3's finalizer, of xxHash32, and the golden ratio.
const MIX_HASH = 0x85ebca6b;
const MIX_CHECK = 0x9e3779b1;
const MIX_PORT = 0x27d4eb2f;

/** One endpoint's bits, spread over the word. */
function mixed(address: number, port: number, constant: number): number {
  let bits = Math.imul(address ^ Math.imul(port, MIX_PORT), constant);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  return bits ^ (bits >>> 13);
}

function finished(sum: number): number {
  const bits = Math.imul(sum ^ (sum >>> 16), 0x297a2d39);
  return bits ^ (bits >>> 15);
}

function foldedSource(tuple: FourTuple, constant: number): number {
  return folded(tuple.source0, tuple.source1, tuple.source2, tuple.source3, constant);
}

function foldedDestination(tuple: FourTuple, constant: number): number {
  return folded(tuple.destination0, tuple.destination1, tuple.destination2, tuple.destination3, constant);
}

/** An address of four words as one. */
function folded(word0: number, word1: number, word2: number, word3: number, constant: number): number {
  let bits = Math.imul(word0, constant) ^ word1;
  bits = Math.imul(bits ^ (bits >>> 16), constant) ^ word2;
  return Math.imul(bits ^ (bits >>> 16), constant) ^ word3;
}

function isForward(connection: Connection, segment: Segment): boolean {
  return (
    connection.sourcePort === segment.sourcePort &&
    connection.destinationPort === segment.destinationPort &&
    connection.source0 === segment.source0 &&
    connection.destination0 === segment.destination0 &&
    connection.ipVersion === segment.ipVersion &&
    (segment.ipVersion === 4 ||
      (connection.source1 === segment.source1 &&
        connection.source2 === segment.source2 &&
        connection.source3 === segment.source3 &&
        connection.destination1 === segment.destination1 &&
        connection.destination2 === segment.destination2 &&
        connection.destination3 === segment.destination3))
  );
}

function isBackward(connection: Connection, segment: Segment): boolean {
  return (
    connection.sourcePort === segment.destinationPort &&
    connection.destinationPort === segment.sourcePort &&
    connection.source0 === segment.destination0 &&
    connection.destination0 === segment.source0 &&
    connection.ipVersion === segment.ipVersion &&
    (segment.ipVersion === 4 ||
      (connection.source1 === segment.destination1 &&
        connection.source2 === segment.destination2 &&
        connection.source3 === segment.destination3 &&
        connection.destination1 === segment.source1 &&
        connection.destination2 === segment.source2 &&
        connection.destination3 === segment.source3))
  );
}

function endsOfConnection({ forward, backward }: Connection): number {
  return forward.started && backward.started ? endsOf(forward.next, backward.next) : 0;
}

/** The sender has closed its connection, and these bytes lie far from it: they are of another one, which was not seen to begin. */
function isOfNone(connection: Connection, segment: Segment, forwards: boolean): boolean {
  if (segment.payloadLength <= 1) return false;
  const sender = forwards ? connection.forward : connection.backward;
  if (!connection.closed && sender.fin === null) return false;
  return isFarFrom(segment.sequence, endsOfConnection(connection));
}

/** Is the segment a SYN that begins a new connection on the 4-tuple of an old one? As Wireshark decides it. */
function startsAnew(connection: Connection, segment: Segment, forwards: boolean): boolean {
  if ((segment.flags & (SYN | ACK)) !== SYN) return false;
  const { initial } = forwards ? connection.forward : connection.backward;
  if (initial === null) return false;
  // A SYN that the capture swapped with the bytes behind it has the number before them.
  if (initial !== segment.sequence) return true;
  return connection.forward.fin !== null || connection.backward.fin !== null || connection.closed;
}
