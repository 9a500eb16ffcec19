// The kernel (kernel/, compiled to WebAssembly) with its memory, in which the readers' buffers, the connection table's slots
// and the rows of quiet connections lie. It takes a frame whole or not at all: whatever is not plain goes the ordinary way,
// and to the same end. So it is there for speed alone. Where WebAssembly is switched off, or so much address space is not
// to be had, no connection is quiet.
import { LinearMemory } from '../base/linear-memory.ts';
import type { CaptureReader } from '../capture/capture-reader.ts';
import type { FrameReader, PlainRecords } from '../capture/frame-reader.ts';
import type { Duplicates } from '../tcp/duplicates.ts';
import type { SharedNumbers, TableOfRows } from '../tcp/quiet-lane.ts';
import { COUNTERS, PARTITIONS } from '../tcp/table-layout.ts';
import { ETHERNET_HEADER_LENGTH, ETHERNET_TYPE, LINKTYPE_ETHERNET } from '../wire/link/ethernet.ts';
import { raw } from '../wire/link/raw.ts';
import type { Segment } from '../wire/segment.ts';
import { valueText } from './fields.ts';
import { kernelModule } from './kernel-module.ts';
import * as entry from './log-layout.ts';
import type { QuietConnections, QuietOptions } from './quiet-connections.ts';
import * as row from './quiet-layout.ts';
import { tupleOf } from './wake-connection.ts';

/** What kernel/kernel.ts exports. */
interface KernelExports {
  setBuffer(address: number): void;
  setSlots(address: number, mask: number): void;
  setShare(address: number): void;
  setTable(counters: number, maxOpen: number, maxLingering: number): void;
  setTombstones(
    checks: number,
    hashes: number,
    streams: number,
    ends: number,
    made: number,
    mostOfPartition: number,
  ): void;
  setTimes(notBefore: number, before: number): void;
  setRecent(place: number): void;
  setPairs(place: number): void;
  setTellsOpened(tells: boolean): void;
  setWatch(place: number): void;
  setLinkHeader(typeAt: number, length: number): void;
  setFreeRows(address: number): void;
  setFreeExchanges(address: number): void;
  setNames(address: number): void;
  setLog(place: number): void;
  describeRecords(
    interfaceIndex: number,
    stampAt: number,
    capturedLengthAt: number,
    originalLengthAt: number,
    packetAt: number,
    maxCapturedLength: number,
  ): void;
  describeClock(originHigh: number, originLow: number, unitsPerHigh: number, nanosecondsPerUnit: number): void;
  run(position: number, limit: number, frame: number, most: number): number;
  take(start: number, end: number, wireEnd: number, frame: number, time: number): number;
  setAddresses(
    isIpv6: boolean,
    source0: number,
    source1: number,
    source2: number,
    source3: number,
    destination0: number,
    destination1: number,
    destination2: number,
    destination3: number,
    ports: number,
  ): void;
  setSegment(
    frame: number,
    time: number,
    sequence: number,
    acknowledgement: number,
    flags: number,
    window: number,
    windowScale: number,
    ttl: number,
    ipId: number,
    payloadStart: number,
    payloadLength: number,
    isCut: boolean,
  ): void;
  open(stream: number, hash: number): number;
  receive(place: number, forwards: boolean): number;
}

// In pages of 64 KiB, as the kernel's code says as well.
const FIRST_PAGES = 64;
const MOST_PAGES = 65_536;
/** Bytes of memory that are kept for the next analysis in this process, at most. */
const MOST_KEPT = 32 * 1024 * 1024;

/** What the kernel needs to remember names. */
const NAMES_BYTES = 16 * 1024;

/** Where the EtherType stands in a link header, -1 nowhere, and the header's length; by LINKTYPE_ number (see wire/link/). */
const LINK_HEADERS: ReadonlyMap<number, readonly [typeAt: number, length: number]> = new Map([
  [LINKTYPE_ETHERNET, [ETHERNET_TYPE, ETHERNET_HEADER_LENGTH]],
  [113, [14, 16]], // LINUX_SLL
  [276, [0, 20]], // LINUX_SLL2
  ...raw.linkTypes.map((number): [number, [number, number]] => [number, [-1, 0]]),
]);

// Where a run leaves what it found: words and doubles of the memory. See kernel/kernel.ts.
const NEXT_POSITION = 0;
const WHY = 1;
const LAST_TIME = 1;
const LATEST_TIME = 2;
const LOG_COUNT = 6;
const ENDED_CONNECTIONS = 32;
const ENDED_EXCHANGES = 17;

/** Frame numbers are kept in 32 bits. */
export const LAST_FRAME_NUMBER = 0x7ffffffe;

/** Longer frames go the ordinary way, so that no sum of addresses passes 2^31. */
const LONGEST_FRAME = 1 << 20;

/** The kernel reads a few bytes beyond what it is asked for. */
const SLACK = 64;

/** How typed arrays see the words of the memory: WebAssembly's are little-endian everywhere. */
const IS_LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

let module: WebAssembly.Module | undefined;
/** One that nobody uses. */
let spare: Kernel | null = null;

export class Kernel {
  readonly memory: LinearMemory;
  private readonly exports: KernelExports;
  /** Those that `serve` told of. */
  private lane: QuietConnections | null = null;
  private options: QuietOptions | null = null;
  private table: TableOfRows | null = null;
  /** Place of the log's first entry. */
  private log = 0;
  /** Addresses of the readers' buffers that lie in the memory. */
  private readonly addresses = new Map<Buffer, number>();
  // What the kernel knows of the reader: whether it can take its frames.
  private buffer: Buffer | null = null;
  private linkType = -1;
  private isAble = false;
  private records: PlainRecords | null = null;
  /** The buffer that the latest decoded segment lay in, and its address; -1: it is none of the memory. */
  private segmentBuffer: Buffer | null = null;
  private segmentAddress = -1;

  private constructor(memory: WebAssembly.Memory) {
    this.memory = new LinearMemory(memory);
    module ??= kernelModule();
    this.exports = new WebAssembly.Instance(module, { env: { memory }, observer: this.observer() })
      .exports as unknown as KernelExports;
  }

  /** A kernel for one analysis; null where none can be had. */
  static begin(): Kernel | null {
    if (!IS_LITTLE_ENDIAN || typeof WebAssembly === 'undefined') return null;
    const kernel = spare;
    if (kernel !== null) {
      spare = null;
      kernel.memory.reset();
      return kernel;
    }
    try {
      return new Kernel(new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES, shared: true }));
    } catch (error) {
      // No room in the address space.
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  /** The analysis is over: nothing in the memory is used any more. */
  end(): void {
    this.lane = null;
    this.options = null;
    this.table = null;
    this.buffer = null;
    this.records = null;
    this.segmentBuffer = null;
    this.addresses.clear();
    if (this.memory.size <= MOST_KEPT) spare = this;
  }

  /** The rows that it works on, which lie in its memory, and who is told of what it meets. */
  serve(lane: QuietConnections, options: QuietOptions): void {
    this.lane = lane;
    this.options = options;
    this.exports.setFreeRows(lane.rows.freeList * 4);
    this.exports.setFreeExchanges(lane.exchanges.freeList * 4);
    this.exports.setNames(this.memory.take(NAMES_BYTES));
    this.log = this.memory.take(entry.LOG_ENTRIES * entry.LOG_STRIDE * 4) >> 2;
    this.memory.words[LOG_COUNT] = 0;
    this.exports.setLog(this.log);
    this.exports.setWatch(0);
    this.exports.setRecent(options.requestObserver.requestsAt?.() ?? 0);
    this.exports.setPairs(options.observer.pairsAt?.(lane.names) ?? 0);
  }

  /** What kernel/observer.ts asks for. */
  private observer(): Record<string, unknown> {
    return {
      nameOf: (start: number, end: number) =>
        this.lane!.numberOf(valueText(this.memory.bytes, this.memory.view, start, end)),
      readLog: () => this.readLog(),
      keepTarget: (exchange: number, start: number, length: number) => {
        this.lane!.longTargets.set(exchange, this.memory.bytes.toString('latin1', start, start + length));
      },
      dropTarget: (exchange: number) => {
        this.lane!.longTargets.delete(exchange);
      },
      needRows: () => this.lane!.rows.more(),
      needExchanges: () => this.lane!.exchanges.more(),
      needRooms: () => this.options!.observer.makeRooms!(),
    };
  }

  /** Tells the observers what the kernel wrote down, in its order. Whatever the entries are about is still there. */
  private readLog(): void {
    const { words, doubles } = this.memory;
    const count = words[LOG_COUNT]!;
    if (count === 0) return;
    const { observer, requestObserver, reached } = this.options!;
    const lane = this.lane!;
    const end = this.log + count * entry.LOG_STRIDE;
    words[LOG_COUNT] = 0;
    for (let at = this.log; at < end; at += entry.LOG_STRIDE) {
      const place = words[at + entry.PLACE]!;
      reached(words[at + entry.FRAME]!);
      switch (words[at + entry.KIND]) {
        case entry.OPENED:
          this.table!.opened!(words[place + row.STREAM]!);
          break;
        case entry.PAIRED:
          words[place + row.PAIR] = observer.pairOf(tupleOf(lane, place), true);
          words[place + row.PAIR_COUNTS] = observer.countsAt?.(words[place + row.PAIR]!) ?? 0;
          break;
        case entry.ASKED:
          words[words[at + entry.EXCHANGE]! + row.RECENT] = requestObserver.asked(
            tupleOf(lane, place),
            true,
            words[at + entry.HASH]!,
            doubles[(at + entry.LENGTH) >> 1]!,
            words[place + row.STREAM]!,
            words[at + entry.FRAME]!,
            doubles[(at + entry.TIME) >> 1]!,
          );
          break;
        case entry.BODY_BEGAN:
          requestObserver.bodyBegan(words[words[at + entry.EXCHANGE]! + row.RECENT]!, words[at + entry.HASH]!);
          break;
        case entry.REUSED:
          observer.reused(
            lane.pairOf(place),
            words[place + row.STREAM]!,
            doubles[(at + entry.DURATION) >> 1]!,
            words[at + entry.AFTER_FRAME]!,
            words[at + entry.REQUEST_FRAME]!,
            doubles[(at + entry.TIME) >> 1]!,
          );
          break;
        case entry.ENDED:
          lane.ended(place, doubles[(at + entry.TIME) >> 1]!);
          break;
        case entry.CLOSED:
          this.table!.closed(place, words[at + entry.FRAME]!);
      }
    }
  }

  /** Whose copies it is not to take. They lie in its memory. */
  watch({ place }: Duplicates): void {
    this.exports.setWatch(place);
  }

  /** See QuietLane. */
  begin(table: TableOfRows): SharedNumbers {
    this.table = table;
    this.exports.setTimes(-Infinity, -Infinity);
    this.exports.setTellsOpened(table.opened !== null);
    this.exports.setShare(table.own === null ? 0 : this.shareOf(table.own));
    const counters = this.zeros(COUNTERS);
    this.exports.setTable(counters.byteOffset, table.maxOpen, table.maxLingering);
    const [checks, hashes, streams, ends] = [0, 1, 2, 3].map(() => this.zeros(table.tombstones)) as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    const made = this.zeros(table.partitions);
    const most = table.tombstones / table.partitions;
    this.exports.setTombstones(
      checks.byteOffset,
      hashes.byteOffset,
      streams.byteOffset,
      ends.byteOffset,
      made.byteOffset,
      most,
    );
    return { counters, tombstones: { checks, hashes, streams, ends, made } };
  }

  /** By the highest bits of their hashes, of which the kernel takes as many as tell all partitions apart. */
  private shareOf(own: Uint8Array): number {
    const address = this.memory.take(PARTITIONS);
    for (let i = 0; i < PARTITIONS; i++) this.memory.bytes[address + i] = own[i % own.length]!;
    return address;
  }

  private zeros(count: number): Int32Array {
    const address = this.memory.take(count * 4);
    return new Int32Array(this.memory.words.buffer, address, count).fill(0);
  }

  slots(count: number): Int32Array {
    const slots = this.zeros(count * 2);
    this.exports.setSlots(slots.byteOffset, count - 1);
    return slots;
  }

  betweenSweeps(notBefore: number, before: number): void {
    this.exports.setTimes(notBefore, before);
  }

  /** Makes the buffer of a reader a part of the memory: frames elsewhere are not taken. */
  adopt(capture: CaptureReader): void {
    const { length } = capture.buffer;
    const address = this.memory.take(length + SLACK);
    const buffer = Buffer.from(this.memory.words.buffer, address, length);
    capture.moveTo(buffer);
    this.addresses.set(buffer, address);
  }

  /**
   * Takes the reader's following frames, from number `frame` on, as long as they are plain, but no more than `most` of
   * them. Returns how many it took: the reader is behind them. What is to be told of them is told by `tell`, when the
   * caller has taken note of their number and time.
   */
  takesOn(reader: FrameReader, frame: number, most: number): number {
    this.memory.words[WHY] = entry.NO_MORE;
    if (frame + most > LAST_FRAME_NUMBER) return 0;
    const { ahead } = reader;
    if (ahead === null) return 0;
    const records = ahead.plainRecords();
    if (records === null || records.fcsLength !== 0) return 0;
    if (records !== this.records) this.turnToRecords(records);
    if (reader.buffer !== this.buffer || records.linkType !== this.linkType) {
      this.turnTo(reader.buffer, records.linkType);
    }
    if (!this.isAble) return 0;
    const taken = this.exports.run(ahead.position, ahead.limit, frame, most);
    const { words, doubles } = this.memory;
    if (taken > 0) ahead.passed(taken, words[NEXT_POSITION]!, doubles[LAST_TIME]!);
    return taken;
  }

  /** Tells the observers what its latest run wrote down. Returns whether it would go on then. */
  tell(): boolean {
    this.readLog();
    return this.memory.words[WHY] === entry.TO_BE_TOLD;
  }

  /** Connections that ended in order and that it took note of by itself, and their exchanges. */
  get ended(): { readonly connections: number; readonly exchanges: number } {
    return { connections: this.memory.words[ENDED_CONNECTIONS]!, exchanges: this.memory.doubles[ENDED_EXCHANGES]! };
  }

  /** Time of the latest frame that it took in its latest run, in nanoseconds; of reordered captures the greatest. */
  get latestTime(): number {
    return this.memory.doubles[LATEST_TIME]!;
  }

  /** It looked at the frame that follows its latest run, and did not take it. */
  get hasRefused(): boolean {
    return this.memory.words[WHY] === entry.REFUSED;
  }

  /** Takes the reader's current frame, `frame`; false: it is to go the ordinary way. */
  takes(reader: FrameReader, frame: number): boolean {
    if (reader.buffer !== this.buffer || reader.linkType !== this.linkType) this.turnTo(reader.buffer, reader.linkType);
    if (!this.isAble || reader.fcsLength !== 0) return false;
    const { frameStart, frameEnd, originalLength } = reader;
    if (originalLength > LONGEST_FRAME || frame > LAST_FRAME_NUMBER) return false;
    const wireEnd = Math.max(frameEnd, frameStart + originalLength);
    const isTaken = this.exports.take(frameStart, frameEnd, wireEnd, frame, reader.time) !== 0;
    this.readLog();
    return isTaken;
  }

  /** Makes a row of a decoded segment; -1: that is not one that a quiet connection begins with. */
  open(segment: Segment, stream: number, hash: number): number {
    if (segment.frame > LAST_FRAME_NUMBER || !this.isTold(segment)) return -1;
    const isIpv6 = segment.ipVersion === 6;
    this.exports.setAddresses(
      isIpv6,
      segment.source0,
      segment.source1,
      segment.source2,
      segment.source3,
      segment.destination0,
      segment.destination1,
      segment.destination2,
      segment.destination3,
      (segment.sourcePort << 16) | segment.destinationPort,
    );
    return this.exports.open(stream, hash);
  }

  /** Takes a decoded segment of the connection in the row at `place`; false: the row is to be woken. */
  receive(place: number, segment: Segment, forwards: boolean): boolean {
    if (segment.frame > LAST_FRAME_NUMBER || !this.isTold(segment)) return false;
    const isTaken = this.exports.receive(place, forwards) !== 0;
    this.readLog();
    return isTaken;
  }

  /** Tells the kernel of a decoded segment; false: its payload lies elsewhere. */
  private isTold(segment: Segment): boolean {
    const { payloadLength } = segment;
    if (segment.buffer !== this.segmentBuffer) {
      this.segmentBuffer = segment.buffer;
      this.segmentAddress = this.addresses.get(segment.buffer) ?? -1;
    }
    if (payloadLength > LONGEST_FRAME || (payloadLength > 0 && this.segmentAddress < 0)) return false;
    this.exports.setSegment(
      segment.frame,
      segment.time,
      segment.sequence,
      segment.acknowledgement,
      segment.flags,
      segment.window,
      Math.max(segment.windowScale, 0),
      segment.ttl,
      segment.ipId,
      this.segmentAddress + segment.payloadStart,
      payloadLength,
      segment.capturedLength !== payloadLength,
    );
    return true;
  }

  private turnToRecords(records: PlainRecords): void {
    this.records = records;
    this.exports.describeRecords(
      records.interfaceIndex,
      records.stampAt,
      records.capturedLengthAt,
      records.originalLengthAt,
      records.packetAt,
      records.maxCapturedLength,
    );
    this.exports.describeClock(records.originHigh, records.originLow, records.unitsPerHigh, records.nanosecondsPerUnit);
  }

  private turnTo(buffer: Buffer, linkType: number): void {
    const address = this.addresses.get(buffer);
    const header = LINK_HEADERS.get(linkType);
    this.buffer = buffer;
    this.linkType = linkType;
    this.isAble = address !== undefined && header !== undefined;
    if (address !== undefined) this.exports.setBuffer(address);
    if (header !== undefined) this.exports.setLinkHeader(...header);
  }
}
