// Two TCP endpoints whose segments a test places one by one, and a sink that remembers what reassembly made of them.
// Positions count from a side's first payload byte, so that 0 is the byte behind the SYN whatever the sequence numbers
// are: tests are read without them, and run with numbers that wrap.
import type { Connection } from '../tcp/connection.ts';
import { ConnectionTable } from '../tcp/connection-table.ts';
import { type Direction, delivery } from '../tcp/direction.ts';
import type { StreamSink } from '../tcp/stream-sink.ts';
import { ACK, FIN, PSH, RST, Segment, SYN } from '../wire/segment.ts';
import { sequenceAdd, sequenceDifference } from '../wire/sequence-number.ts';

/** The client sends the first segment of a handshake; where there is none, the names only tell the two apart. */
export type Side = 'C' | 'S';

export interface Sent {
  /** Position of the first payload byte (of the SYN: -1). */
  readonly at?: number;
  readonly bytes?: string | Uint8Array;
  /** Position of the other side up to which everything was received; null: no ACK flag. */
  readonly ack?: number | null;
  /** FIN, SYN, RST. */
  readonly flags?: number;
  /** Payload bytes that the snaplen left. */
  readonly captured?: number;
  readonly window?: number;
  readonly windowScale?: number;
  readonly ttl?: number;
}

export interface RigOptions {
  readonly sinkFor?: (connection: Connection) => StreamSink;
  readonly retired?: (connection: Connection) => void;
  /** Sequence numbers of the SYNs. By default both wrap soon. */
  readonly clientStart?: number;
  readonly serverStart?: number;
  readonly maxOpen?: number;
}

const SIDES = { C: { address: 0x0a000001, port: 40_000 }, S: { address: 0x0a000002, port: 80 } } as const;

export class Rig {
  readonly table: ConnectionTable;
  /** What each sink was told, by stream number. */
  readonly recorders: Recorder[] = [];
  readonly retired: number[] = [];
  frame = 0;
  /** Nanoseconds; every segment moves it on by a millisecond. */
  time = 0;
  clientPort: number = SIDES.C.port;
  starts: { C: number; S: number };
  private readonly segment = new Segment();

  constructor(options: RigOptions = {}) {
    this.starts = { C: options.clientStart ?? 0xfffffffd, S: options.serverStart ?? 0xfffffff0 };
    this.table = new ConnectionTable({
      sinkFor: options.sinkFor ?? ((connection) => this.recorderFor(connection)),
      isIgnored: () => false,
      ...(options.maxOpen === undefined ? {} : { maxOpen: options.maxOpen, partitions: 1 }),
      retired: (connection) => {
        this.retired.push(connection.stream);
        options.retired?.(connection);
      },
    });
  }

  /** What the sink of the first connection was told. */
  get recorder(): Recorder {
    return this.recorders[0]!;
  }

  private recorderFor(connection: Connection): Recorder {
    const recorder = new Recorder(connection, this.starts);
    this.recorders[connection.stream] = recorder;
    return recorder;
  }

  /** Sends a segment and returns the stream number of its connection. */
  send(side: Side, sent: Sent = {}): number {
    const other = side === 'C' ? 'S' : 'C';
    const { at = 0, bytes = '', ack = 0, flags = 0, window = 64_240, windowScale = 7, ttl = 64 } = sent;
    const payload = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
    const captured = Math.min(sent.captured ?? payload.length, payload.length);
    const { segment } = this;
    // The payload lies somewhere inside of a larger buffer, as in a reader's.
    segment.buffer = Buffer.concat([Buffer.alloc(3, '#'), payload.subarray(0, captured), Buffer.alloc(8, '#')]);
    segment.view = new DataView(segment.buffer.buffer, segment.buffer.byteOffset, segment.buffer.length);
    segment.source0 = SIDES[side].address;
    segment.destination0 = SIDES[other].address;
    segment.sourcePort = side === 'C' ? this.clientPort : SIDES.S.port;
    segment.destinationPort = side === 'C' ? SIDES.S.port : this.clientPort;
    segment.sequence = (this.starts[side] + 1 + at) | 0;
    segment.acknowledgement = ack === null ? 0 : (this.starts[other] + 1 + ack) | 0;
    segment.flags = flags | (ack === null ? 0 : ACK) | (payload.length > 0 ? PSH : 0);
    segment.window = window;
    segment.windowScale = (flags & SYN) === 0 ? -1 : windowScale;
    segment.ttl = ttl;
    segment.ipId = this.frame & 0xffff;
    segment.payloadStart = 3;
    segment.payloadLength = payload.length;
    segment.capturedLength = captured;
    this.time += 1e6;
    segment.frame = ++this.frame;
    segment.time = this.time;
    return this.table.receive(segment);
  }

  syn(options: Sent = {}): number {
    return this.send('C', { at: -1, ack: null, flags: SYN, ...options });
  }

  synAck(options: Sent = {}): number {
    return this.send('S', { at: -1, ack: 0, flags: SYN, ...options });
  }

  handshake(): this {
    this.syn();
    this.synAck();
    this.send('C');
    return this;
  }

  fin(side: Side, at: number, ack: number): number {
    return this.send(side, { at, ack, flags: FIN });
  }

  reset(side: Side, at: number, ack: number | null): number {
    return this.send(side, { at, ack, flags: RST });
  }
}

/** Bytes as the sink got them, with their circumstances. */
export interface Delivery {
  readonly side: Side;
  readonly at: number;
  /** The bytes; '' for a hole, whose length stands in `length`. */
  readonly text: string;
  readonly length: number;
  readonly kind: 'bytes' | 'hole' | 'skipped';
  readonly frame: number;
  readonly ack: number;
  readonly reordered: boolean;
}

export class Recorder implements StreamSink {
  readonly deliveries: Delivery[] = [];
  /** Everything in order, for people: `C "abc"`, `S hole 5`, `C end`. */
  readonly log: string[] = [];
  /** Answers `skippable`. */
  skippableBytes: (side: Side) => number = () => 0;
  readonly connection: Connection;
  private readonly starts: { readonly C: number; readonly S: number };

  constructor(connection: Connection, starts: { readonly C: number; readonly S: number }) {
    this.connection = connection;
    this.starts = { ...starts };
  }

  sideOf(direction: Direction): Side {
    const client = this.connection.clientDirection ?? this.connection.forward;
    return direction === client ? 'C' : 'S';
  }

  private deliver(direction: Direction, kind: Delivery['kind'], text: string, length: number): void {
    const side = this.sideOf(direction);
    const firstByte = sequenceAdd(this.starts[side] | 0, 1);
    const otherFirstByte = sequenceAdd(this.starts[side === 'C' ? 'S' : 'C'] | 0, 1);
    this.deliveries.push({
      side,
      at: sequenceDifference(delivery.sequence, firstByte),
      text,
      length,
      kind,
      frame: delivery.frame,
      ack: sequenceDifference(delivery.acknowledgement, otherFirstByte),
      reordered: delivery.reordered,
    });
    this.log.push(kind === 'bytes' ? `${side} ${JSON.stringify(text)}` : `${side} ${kind} ${length}`);
  }

  bytes(direction: Direction, buffer: Buffer, _view: DataView, start: number, end: number): void {
    this.deliver(direction, 'bytes', buffer.toString('latin1', start, end), end - start);
  }

  skipped(direction: Direction, length: number): void {
    this.deliver(direction, 'skipped', '', length);
  }

  hole(direction: Direction, length: number): void {
    this.deliver(direction, 'hole', '', length);
  }

  skippable(direction: Direction): number {
    return this.skippableBytes(this.sideOf(direction));
  }

  acknowledged(): void {}

  finished(direction: Direction): void {
    this.log.push(`${this.sideOf(direction)} end`);
  }

  /** The stream of one side, with `?` for every byte that the capture lacks. */
  textOf(side: Side): string {
    return this.deliveries
      .filter((delivery) => delivery.side === side)
      .map(({ kind, text, length }) => (kind === 'bytes' ? text : '?'.repeat(length)))
      .join('');
  }
}
