// Generates captures whose truth is known: what is in them is counted while it is written. The same options give the
// same bytes. A capture is never held: connections are simulated side by side, in compact arrays, and each step of one
// writes one frame.
//
// A connection is a sequence of steps, in the order in which a capture point halfway between client and server sees
// them; TimingWheel interleaves the connections. Turned down: to simulate both ends and the network, packets in flight
// and timers. It would show the same to whoever analyses the capture and would cost many times more.
import { closeSync, openSync } from 'node:fs';
import {
  ACK,
  type CaptureFormat,
  CaptureWriter,
  Endpoints,
  FIN,
  PSH,
  RST,
  SYN,
  type TimestampResolution,
} from './capture-writer.ts';
import { type ExchangeMessages, type Messages, renderMessages } from './messages.ts';
import { Random } from './random.ts';
import { ENDINGS, type Ending, type Range, SETS, type SetName, type TrafficSet } from './sets.ts';
import { TimingWheel } from './timing-wheel.ts';

/** To be raised with every change of what is generated: files of another version are not used again. */
export const GENERATOR_VERSION = 1;

export interface GenerateOptions {
  readonly set: SetName;
  /** About how large the file becomes: connections are ended in time, not cut off. */
  readonly bytes: number;
  readonly seed: number;
  readonly output: string;
  readonly format?: CaptureFormat;
  readonly resolution?: TimestampResolution;
}

/** What is in the capture. */
export interface Truth {
  readonly bytes: number;
  readonly frames: number;
  readonly tcpSegments: number;
  readonly connections: number;
  readonly openAtOnce: number;
  /** Requests with their whole response. */
  readonly answered: number;
  /** Requests that nothing answers: those of the races. */
  readonly unanswered: number;
  /** Server FINs that cross a request. They are the only errors in a capture. */
  readonly races: number;
  readonly endings: Readonly<Record<Ending, number>>;
  /** Messages with a segment out of order, lost before or behind the capture point, or doubled. */
  readonly trouble: number;
}

export function generate({ set, output, ...options }: GenerateOptions): Truth {
  const file = openSync(output, 'w');
  try {
    return generateTo(file, { traffic: SETS[set], ...options });
  } finally {
    closeSync(file);
  }
}

/** The same of any traffic, into an open file: a pipe, too. */
export function generateTo(
  file: number,
  options: Omit<GenerateOptions, 'set' | 'output'> & { readonly traffic: TrafficSet },
): Truth {
  return new Simulation(options, file).run();
}

/** What a connection does next. Numbers, for they are kept in a typed array and switched on for every frame. */
const OPEN = 0;
const SYN_ACK = 1;
const ESTABLISHED = 2;
const REQUEST = 3;
const SEGMENT = 4;
const SEGMENT_ACK = 5;
const REQUEST_ACK = 6;
const RESPONSE = 7;
const RESPONSE_ACK = 8;
const END_EXCHANGE = 9;
const CLIENT_FIN = 10;
const CLIENT_FIN_ACK = 11;
const SERVER_LAST_FIN = 12;
const CLIENT_LAST_ACK = 13;
const SERVER_FIN = 14;
const SERVER_FIN_ACK = 15;
const CLIENT_LAST_FIN = 16;
const SERVER_LAST_ACK = 17;
const CLIENT_RST = 18;
const SERVER_RST = 19;
const RACE_FIN_FIRST = 20;
const RACE_REQUEST_SECOND = 21;
const RACE_REQUEST_FIRST = 22;
const RACE_FIN_SECOND = 23;
const RACE_CLIENT_FIN = 24;
const RACE_RST = 25;
const RACE_SECOND_RST = 26;
const CLOSED = 27;

/** What happens to one segment of a message. */
const NO_TROUBLE = 0;
/** It and the next arrive in the other order. */
const SWAPPED = 1;
/** Lost before the capture point: its place is empty, its retransmission comes later. */
const LOST_BEFORE = 2;
/** Lost behind the capture point: it is seen twice. */
const LOST_BEHIND = 3;
const DOUBLED = 4;
const TROUBLES = [SWAPPED, LOST_BEFORE, LOST_BEHIND, DOUBLED];
/** Segments that follow a lost one before three duplicate ACKs bring it again (RFC 5681 3.2). */
const DUPLICATE_ACKS = 3;
const RETRANSMISSION_TIMEOUT: Range = [200_000, 260_000];

/** From the capture point to an end and back. */
const HALF_ROUND_TRIP: Range = [200, 5000];
/** An idle timer fires at most this much late. */
const TIMER_DELAY: Range = [0, 30_000];
/** From the end of the last response until a client closes, until a server does that said so, until the peer follows. */
const CLIENT_CLOSE: Range = [1000, 100_000];
const ANNOUNCED_CLOSE: Range = [100, 1000];
const CLOSE_AFTER_FIN: Range = [50, 3000];
const NEXT_CONNECTION: Range = [10, 1000];

const ACK_REQUEST_ALONE = 0.5;
const ACK_FIN_ALONE = 0.4;
/** The rest of the ACKs ride on the next request. */
const ACK_RESPONSE_ALONE = 0.75;

class Simulation {
  readonly #set: TrafficSet;
  readonly #random: Random;
  readonly #messages: Messages;
  readonly #writer: CaptureWriter;
  readonly #endpoints: Endpoints;
  readonly #wheel: TimingWheel;
  readonly #slots: number;
  /** From this size on no exchange and no connection is begun. */
  readonly #lastCall: number;

  // Per slot.
  readonly #state: Uint8Array;
  readonly #ending: Uint8Array;
  readonly #left: Int32Array;
  readonly #clientDelay: Int32Array;
  readonly #serverDelay: Int32Array;
  /** Sequence numbers: what each end sends next. Outside of a message the other end has received all before it. */
  readonly #client: Int32Array;
  readonly #server: Int32Array;
  readonly #response: Int32Array;
  readonly #id: Int32Array;

  // The message that is being sent: which, by whom, how many segments, how many frames of it were written.
  readonly #message: Int32Array;
  readonly #byClient: Uint8Array;
  readonly #segments: Int32Array;
  readonly #sent: Int32Array;
  /** Segments received since the last ACK. */
  readonly #unacked: Uint8Array;
  readonly #trouble: Uint8Array;
  readonly #troubleAt: Int32Array;

  readonly #endingsByWeight: readonly number[];
  #connections = 0;
  /** Numbers of 4-tuples, and ids of exchanges, given out. */
  #tuples = 0;
  #ids = 0;
  #answered = 0;
  #unanswered = 0;
  #troubles = 0;
  readonly #endings = ENDINGS.map(() => 0);

  constructor(options: Parameters<typeof generateTo>[1], file: number) {
    const set = options.traffic;
    const exchange = bytesOfExchange(set);
    const slots = Math.min(set.concurrency, Math.max(4, Math.floor(options.bytes / 2 / exchange)));
    this.#set = set;
    this.#slots = slots;
    this.#random = new Random(options.seed);
    this.#messages = renderMessages(set, this.#random);
    this.#endpoints = new Endpoints(slots);
    const { format = 'pcap', resolution = 'micro' } = options;
    this.#writer = new CaptureWriter(file, format, resolution, this.#messages, this.#endpoints);
    this.#wheel = new TimingWheel(slots);
    // What is open by then finishes its exchange, or the next when it waits for that: measured, two thirds of one.
    this.#lastCall = options.bytes - slots * ((exchange * 2) / 3 + 400);
    this.#state = new Uint8Array(slots);
    this.#ending = new Uint8Array(slots);
    this.#left = new Int32Array(slots);
    this.#clientDelay = new Int32Array(slots);
    this.#serverDelay = new Int32Array(slots);
    this.#client = new Int32Array(slots);
    this.#server = new Int32Array(slots);
    this.#response = new Int32Array(slots);
    this.#id = new Int32Array(slots);
    this.#message = new Int32Array(slots);
    this.#byClient = new Uint8Array(slots);
    this.#segments = new Int32Array(slots);
    this.#sent = new Int32Array(slots);
    this.#unacked = new Uint8Array(slots);
    this.#trouble = new Uint8Array(slots);
    this.#troubleAt = new Int32Array(slots);
    this.#endingsByWeight = ENDINGS.flatMap((ending, i) => Array<number>(set.endings[ending]).fill(i));
  }

  run(): Truth {
    // The first connections begin within the life of one exchange and have a random part of their life left: so the
    // capture begins with the load that it keeps.
    const ramp = this.#set.ramp ?? this.#set.serviceTime[1] + this.#set.thinkTime[1];
    for (let slot = 0; slot < this.#slots; slot++) {
      this.#prepare(slot, this.#random.between(1, 2 * this.#set.exchanges - 1));
      this.#wheel.schedule(slot, this.#random.below(ramp));
    }
    for (let slot = this.#wheel.pop(); slot >= 0; slot = this.#wheel.pop()) {
      this.#writer.time = this.#wheel.now;
      const delay = this.#step(slot);
      if (delay >= 0) this.#wheel.schedule(slot, delay);
    }
    this.#writer.finish();
    const race = this.#endings[ENDINGS.indexOf('race')]!;
    return {
      bytes: this.#writer.bytes,
      frames: this.#writer.frames,
      tcpSegments: this.#writer.tcpSegments,
      connections: this.#connections,
      openAtOnce: this.#slots,
      answered: this.#answered,
      unanswered: this.#unanswered,
      races: race,
      endings: Object.fromEntries(ENDINGS.map((ending, i) => [ending, this.#endings[i]!])) as Record<Ending, number>,
      trouble: this.#troubles,
    };
  }

  /** A new connection, on a new 4-tuple. */
  #prepare(slot: number, exchanges: number): void {
    const random = this.#random;
    const ipv6 = this.#set.ipv6 > 0 && random.chance(this.#set.ipv6);
    this.#endpoints.assign(slot, this.#tuples++, ipv6, random.next(), random.next());
    this.#client[slot] = random.next();
    this.#server[slot] = random.next();
    this.#prepareAgain(slot, exchanges);
    this.#clientDelay[slot] = random.within(HALF_ROUND_TRIP);
    this.#serverDelay[slot] = random.within(HALF_ROUND_TRIP);
  }

  /** A new connection on the 4-tuple of the last, with sequence numbers behind its (RFC 6191). */
  #prepareAgain(slot: number, exchanges: number): void {
    const random = this.#random;
    this.#client[slot]! += random.between(100_000, 10_000_000);
    this.#server[slot]! += random.between(100_000, 10_000_000);
    this.#left[slot] = exchanges;
    this.#ending[slot] = this.#endingsByWeight[random.below(this.#endingsByWeight.length)]!;
    this.#state[slot] = OPEN;
  }

  /** Writes the slot's next frame. Returns how long until the one after it, in microseconds; -1: there is none. */
  #step(slot: number): number {
    switch (this.#state[slot]) {
      case OPEN:
        this.#connections++;
        if (this.#set.otherFrames > 0 && this.#random.chance(this.#set.otherFrames)) this.#otherFrame(slot);
        this.#fromClient(slot, SYN, this.#client[slot]!, 0);
        this.#client[slot]!++;
        return this.#then(slot, SYN_ACK, this.#serverDelay[slot]!);
      case SYN_ACK:
        this.#fromServer(slot, SYN | ACK, this.#server[slot]!);
        this.#server[slot]!++;
        return this.#then(slot, ESTABLISHED, this.#clientDelay[slot]!);
      case ESTABLISHED:
        this.#fromClient(slot, ACK);
        return this.#then(slot, REQUEST, this.#random.between(10, 200));

      case REQUEST:
        this.#beginRequest(slot);
        return this.#segment(slot);
      case SEGMENT:
        return this.#segment(slot);
      case SEGMENT_ACK:
        this.#acknowledgeSegment(slot);
        return this.#afterSegment(slot);
      case REQUEST_ACK:
        this.#fromServer(slot, ACK);
        return this.#then(slot, RESPONSE, this.#random.within(this.#set.serviceTime));
      case RESPONSE:
        this.#beginMessage(slot, false, this.#response[slot]!);
        return this.#segment(slot);
      case RESPONSE_ACK:
        this.#fromClient(slot, ACK);
        return this.#endExchange(slot);
      case END_EXCHANGE:
        return this.#endExchange(slot);

      case CLIENT_FIN:
        this.#fromClient(slot, FIN | ACK);
        this.#client[slot]!++;
        if (this.#random.chance(ACK_FIN_ALONE)) return this.#then(slot, CLIENT_FIN_ACK, this.#serverDelay[slot]!);
        return this.#then(slot, SERVER_LAST_FIN, this.#serverDelay[slot]!);
      case CLIENT_FIN_ACK:
        this.#fromServer(slot, ACK);
        return this.#then(slot, SERVER_LAST_FIN, this.#random.within(CLOSE_AFTER_FIN));
      case SERVER_LAST_FIN:
        this.#fromServer(slot, FIN | ACK);
        this.#server[slot]!++;
        return this.#then(slot, CLIENT_LAST_ACK, this.#clientDelay[slot]!);
      case CLIENT_LAST_ACK:
        this.#fromClient(slot, ACK);
        return this.#then(slot, CLOSED, this.#random.within(NEXT_CONNECTION));

      case SERVER_FIN:
        this.#fromServer(slot, FIN | ACK);
        this.#server[slot]!++;
        if (this.#random.chance(ACK_FIN_ALONE)) return this.#then(slot, SERVER_FIN_ACK, this.#clientDelay[slot]!);
        return this.#then(slot, CLIENT_LAST_FIN, this.#clientDelay[slot]!);
      case SERVER_FIN_ACK:
        this.#fromClient(slot, ACK);
        return this.#then(slot, CLIENT_LAST_FIN, this.#random.within(CLOSE_AFTER_FIN));
      case CLIENT_LAST_FIN:
        this.#fromClient(slot, FIN | ACK);
        this.#client[slot]!++;
        return this.#then(slot, SERVER_LAST_ACK, this.#serverDelay[slot]!);
      case SERVER_LAST_ACK:
        this.#fromServer(slot, ACK);
        return this.#then(slot, CLOSED, this.#random.within(NEXT_CONNECTION));

      case CLIENT_RST:
        this.#fromClient(slot, RST | ACK);
        return this.#then(slot, CLOSED, this.#random.within(NEXT_CONNECTION));
      case SERVER_RST:
        this.#fromServer(slot, RST | ACK);
        return this.#then(slot, CLOSED, this.#random.within(NEXT_CONNECTION));

      // The FIN passes the capture point, and then a request that was sent before the FIN arrived; or the other way
      // round. Neither acknowledges the other. Then the client closes too, for it has read the end; and the server,
      // which has forgotten the connection, answers the request and then this FIN with a bare RST each. Their sequence
      // numbers are what they were sent: the acknowledgement numbers of what they answer.
      case RACE_FIN_FIRST:
        this.#fromServer(slot, FIN | ACK);
        return this.#then(slot, RACE_REQUEST_SECOND, this.#random.below(this.#clientDelay[slot]!));
      case RACE_REQUEST_SECOND:
        this.#crossingRequest(slot);
        return this.#then(slot, RACE_CLIENT_FIN, this.#clientDelay[slot]!);
      case RACE_REQUEST_FIRST:
        this.#crossingRequest(slot);
        return this.#then(slot, RACE_FIN_SECOND, this.#random.below(this.#serverDelay[slot]!));
      case RACE_FIN_SECOND:
        this.#fromServer(slot, FIN | ACK, this.#server[slot]!, this.#client[slot]! - this.#lengthOfMessage(slot));
        return this.#then(slot, RACE_CLIENT_FIN, this.#clientDelay[slot]!);
      case RACE_CLIENT_FIN:
        this.#fromClient(slot, FIN | ACK, this.#client[slot]!, this.#server[slot]! + 1);
        return this.#then(slot, RACE_RST, this.#serverDelay[slot]!);
      case RACE_RST:
        this.#fromServer(slot, RST, this.#server[slot]!, 0);
        return this.#then(slot, RACE_SECOND_RST, this.#random.between(1, 50));
      case RACE_SECOND_RST:
        this.#fromServer(slot, RST, this.#server[slot]! + 1, 0);
        return this.#then(slot, CLOSED, this.#random.within(NEXT_CONNECTION));

      default:
        return this.#reopen(slot);
    }
  }

  #then(slot: number, state: number, delay: number): number {
    this.#state[slot] = state;
    return delay;
  }

  #fromClient(
    slot: number,
    flags: number,
    sequence = this.#client[slot]!,
    acknowledgement = this.#server[slot]!,
  ): void {
    this.#writer.control(slot, true, flags, sequence, acknowledgement);
  }

  #fromServer(
    slot: number,
    flags: number,
    sequence = this.#server[slot]!,
    acknowledgement = this.#client[slot]!,
  ): void {
    this.#writer.control(slot, false, flags, sequence, acknowledgement);
  }

  /** A frame that is nothing to do with HTTP, as every capture has them. */
  #otherFrame(slot: number): void {
    if (this.#random.chance(0.5)) this.#writer.arp(slot);
    else this.#writer.dns(slot, this.#random.next());
  }

  #beginRequest(slot: number): void {
    const isLast = this.#left[slot] === 1 && ENDINGS[this.#ending[slot]!] === 'announced';
    const exchange = this.#pick(isLast ? this.#messages.closing : this.#messages.exchanges);
    this.#id[slot] = this.#ids++;
    this.#response[slot] = exchange.response;
    this.#left[slot]!--;
    this.#beginMessage(slot, true, exchange.request);
  }

  #pick(exchanges: readonly ExchangeMessages[]): ExchangeMessages {
    return exchanges[this.#random.below(exchanges.length)]!;
  }

  #beginMessage(slot: number, byClient: boolean, message: number): void {
    const random = this.#random;
    const segments = Math.ceil(this.#messages.length[message]! / this.#endpoints.mss(slot));
    this.#message[slot] = message;
    this.#byClient[slot] = byClient ? 1 : 0;
    this.#segments[slot] = segments;
    this.#sent[slot] = 0;
    this.#unacked[slot] = 0;
    this.#trouble[slot] = NO_TROUBLE;
    if (this.#set.trouble > 0 && random.chance(this.#set.trouble)) {
      const trouble = TROUBLES[random.below(TROUBLES.length)]!;
      const at = random.below(segments);
      // The last segment has none to change places with.
      if (trouble === SWAPPED && at === segments - 1) return;
      this.#trouble[slot] = trouble;
      this.#troubleAt[slot] = at;
      this.#troubles++;
    }
  }

  /** Writes the next frame of the message. */
  #segment(slot: number): number {
    const mss = this.#endpoints.mss(slot);
    const byClient = this.#byClient[slot] === 1;
    const trouble = this.#trouble[slot]!;
    const at = this.#troubleAt[slot]!;
    const segments = this.#segments[slot]!;
    const sent = this.#sent[slot]!;
    const segment = trouble === NO_TROUBLE ? sent : segmentSent(trouble, at, segments, sent);
    const offset = segment * mss;
    const message = this.#message[slot]!;
    const length = Math.min(mss, this.#messages.length[message]! - offset);
    const flags = segment === segments - 1 ? ACK | PSH : ACK;
    const sequence = ((byClient ? this.#client[slot]! : this.#server[slot]!) + offset) | 0;
    const acknowledgement = byClient ? this.#server[slot]! : this.#client[slot]!;
    this.#writer.segment(slot, byClient, flags, sequence, acknowledgement, message, offset, length, this.#id[slot]!);
    this.#sent[slot] = sent + 1;

    // Every second segment is acknowledged, and at once what is out of order, fills a hole or came before (RFC 5681 4.2).
    if (trouble === LOST_BEHIND && sent === at) return this.#afterSegment(slot);
    const atOnce = trouble !== NO_TROUBLE && this.#isOutOfOrder(trouble, at, segments, sent);
    if (++this.#unacked[slot]! >= 2 || atOnce) return this.#then(slot, SEGMENT_ACK, this.#random.between(10, 100));
    return this.#afterSegment(slot);
  }

  #isOutOfOrder(trouble: number, at: number, segments: number, sent: number): boolean {
    const inOrder = segmentSent(trouble, at, segments, sent) === segmentsReceived(trouble, at, segments, sent) - 1;
    return !inOrder || sent === lastOfTrouble(trouble, at, segments);
  }

  /** The receiver of the message acknowledges what it has without a hole. */
  #acknowledgeSegment(slot: number): void {
    const sent = this.#sent[slot]! - 1;
    const received = segmentsReceived(this.#trouble[slot]!, this.#troubleAt[slot]!, this.#segments[slot]!, sent);
    const bytes = Math.min(this.#messages.length[this.#message[slot]!]!, received * this.#endpoints.mss(slot));
    this.#unacked[slot] = 0;
    if (this.#byClient[slot] === 1) {
      this.#fromServer(slot, ACK, this.#server[slot]!, (this.#client[slot]! + bytes) | 0);
    } else {
      this.#fromClient(slot, ACK, this.#client[slot]!, (this.#server[slot]! + bytes) | 0);
    }
  }

  #afterSegment(slot: number): number {
    const trouble = this.#trouble[slot]!;
    const at = this.#troubleAt[slot]!;
    const segments = this.#segments[slot]!;
    const sent = this.#sent[slot]!;
    if (sent === framesOf(trouble, segments)) return this.#afterMessage(slot);
    // A retransmission waits for duplicate ACKs to make a round trip, or without enough of them for the timer.
    const isRetransmission =
      (trouble === LOST_BEFORE || trouble === LOST_BEHIND) && sent === lastOfTrouble(trouble, at, segments);
    if (!isRetransmission) return this.#then(slot, SEGMENT, this.#random.within(this.#set.segmentGap));
    if (segments - 1 - at < DUPLICATE_ACKS)
      return this.#then(slot, SEGMENT, this.#random.within(RETRANSMISSION_TIMEOUT));
    return this.#then(slot, SEGMENT, this.#byClient[slot] === 1 ? this.#clientDelay[slot]! : this.#serverDelay[slot]!);
  }

  #afterMessage(slot: number): number {
    const length = this.#lengthOfMessage(slot);
    const random = this.#random;
    if (this.#byClient[slot] === 1) {
      this.#client[slot]! += length;
      const toServer = this.#serverDelay[slot]!;
      if (this.#unacked[slot]! > 0 && random.chance(ACK_REQUEST_ALONE)) return this.#then(slot, REQUEST_ACK, toServer);
      return this.#then(slot, RESPONSE, toServer + random.within(this.#set.serviceTime));
    }
    this.#server[slot]! += length;
    this.#answered++;
    if (this.#writer.bytes >= this.#lastCall && this.#left[slot]! > 0) {
      this.#left[slot] = 0;
      // A later response was to announce the end.
      if (ENDINGS[this.#ending[slot]!] === 'announced') this.#ending[slot] = ENDINGS.indexOf('client-fin');
    }
    const toClient = this.#clientDelay[slot]!;
    const rides = this.#left[slot]! > 0 && !random.chance(ACK_RESPONSE_ALONE);
    if (this.#unacked[slot]! > 0 && !rides) return this.#then(slot, RESPONSE_ACK, toClient);
    return this.#then(slot, END_EXCHANGE, toClient);
  }

  /** The client has the response: the next request, or the end. */
  #endExchange(slot: number): number {
    const random = this.#random;
    if (this.#left[slot]! > 0) return this.#then(slot, REQUEST, random.within(this.#set.thinkTime));
    const ending = ENDINGS[this.#ending[slot]!]!;
    this.#endings[this.#ending[slot]!]!++;
    const idle = this.#set.idleTimeout + random.within(TIMER_DELAY);
    switch (ending) {
      case 'client-fin':
        return this.#then(slot, CLIENT_FIN, random.within(CLIENT_CLOSE));
      case 'client-rst':
        return this.#then(slot, CLIENT_RST, random.within(CLIENT_CLOSE));
      case 'announced':
        return this.#then(slot, SERVER_FIN, random.within(ANNOUNCED_CLOSE));
      case 'server-fin':
        return this.#then(slot, SERVER_FIN, idle);
      case 'server-rst':
        return this.#then(slot, SERVER_RST, idle);
      case 'race':
        return this.#then(slot, random.chance(0.5) ? RACE_FIN_FIRST : RACE_REQUEST_FIRST, idle);
    }
  }

  /** Sends a request that acknowledges all of the server's bytes, but not its FIN. */
  #crossingRequest(slot: number): void {
    const message = this.#pick(this.#messages.closing).request;
    const length = this.#messages.length[message]!;
    this.#message[slot] = message;
    this.#writer.segment(
      slot,
      true,
      ACK | PSH,
      this.#client[slot]!,
      this.#server[slot]!,
      message,
      0,
      length,
      this.#ids++,
    );
    this.#client[slot]! += length;
    this.#unanswered++;
  }

  #lengthOfMessage(slot: number): number {
    return this.#messages.length[this.#message[slot]!]!;
  }

  #reopen(slot: number): number {
    if (this.#writer.bytes >= this.#lastCall) return -1;
    const random = this.#random;
    const mean = this.#set.exchanges;
    const exchanges = random.between(Math.ceil(mean / 2), Math.floor(mean * 1.5));
    // Only where the server closed may the client's port be used again at once: TIME-WAIT is then the server's.
    const ending = ENDINGS[this.#ending[slot]!];
    const reuses =
      this.#set.portReuse > 0 &&
      (ending === 'server-fin' || ending === 'announced') &&
      random.chance(this.#set.portReuse);
    if (reuses) this.#prepareAgain(slot, exchanges);
    else this.#prepare(slot, exchanges);
    return this.#step(slot);
  }
}

// The frames of a message of `segments` segments in which `trouble` befalls the segment `at`; `sent` counts frames.

/** How many frames it takes. */
function framesOf(trouble: number, segments: number): number {
  return trouble === LOST_BEHIND || trouble === DOUBLED ? segments + 1 : segments;
}

/** The frame in which the segment `at` comes at last; behind it all is in order again. */
function lastOfTrouble(trouble: number, at: number, segments: number): number {
  const follows = Math.min(at + DUPLICATE_ACKS, segments - 1);
  switch (trouble) {
    case LOST_BEFORE:
      return follows;
    case LOST_BEHIND:
      return follows + 1;
    case SWAPPED:
    case DOUBLED:
      return at + 1;
    default:
      return -1;
  }
}

/** Which segment is in the frame. */
function segmentSent(trouble: number, at: number, segments: number, sent: number): number {
  const last = lastOfTrouble(trouble, at, segments);
  if (sent < at || trouble === NO_TROUBLE) return sent;
  if (sent === last) return at;
  if (sent > last) return sent - (framesOf(trouble, segments) - segments);
  return trouble === SWAPPED || trouble === LOST_BEFORE ? sent + 1 : sent;
}

/** How many segments the receiver has without a hole after the frame. */
function segmentsReceived(trouble: number, at: number, segments: number, sent: number): number {
  if (sent < at || trouble === NO_TROUBLE) return sent + 1;
  if (sent >= lastOfTrouble(trouble, at, segments)) return sent + 1 - (framesOf(trouble, segments) - segments);
  return trouble === DOUBLED ? sent + 1 : at;
}

/** About how many bytes of capture an exchange takes: payload, and headers of its segments and their ACKs. */
function bytesOfExchange(set: TrafficSet): number {
  const headers = 16 + 66;
  const segments = 2 + set.responseBytes / 1448;
  return set.requestBytes + set.responseBytes + 300 + headers * (segments * 1.5 + 0.5);
}
