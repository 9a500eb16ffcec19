// Inputs of the second kind: segments that no program would send. Conversations whose numbers, flags, lengths and
// options are boundaries now and then; and floods, small ones of what a hostile sender does a million times.
import { ACK, FIN, PSH, RST, SYN } from '../src/wire/segment.ts';
import { boundary, few, moved, pick, type Random } from './chance.ts';
import { Talk } from './generate-http.ts';
import { PacketWriter } from './packet-writer.ts';

const MICROSECOND = 1000;

const PAYLOADS = [
  'GET /a HTTP/1.1\r\nHost: h\r\n\r\n',
  'POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\n',
  'G',
  '\r\n',
  '\0',
].map((text) => Buffer.from(text, 'latin1'));

const FLAGS = [ACK, ACK, ACK, ACK | PSH, ACK | PSH, ACK | PSH, SYN, SYN | ACK, FIN | ACK, RST, RST | ACK];
const NASTY_FLAGS = [0, FIN, SYN | FIN, SYN | RST, SYN | FIN | RST | ACK, 0x3f, 0xff, 0x1ff, PSH, SYN | PSH | ACK];

const OPTIONS = [
  '',
  '0101080a0000000100000000',
  '03030e',
  '030300',
  '0303ff',
  '020405b4',
  '0000',
  '0300',
  '0301',
  'ff00',
  'fe01',
  '050a0000000100000002',
  '01010101',
  '0303070303',
];

/** Microseconds from one segment to the next. */
const STEPS = [0, 1, 50, 1000, 40_000, 250_000, 1_000_000, 2_000_001, 5_000_000, 65_000_000, -1000, -3_000_000, 1e10];

interface Peer {
  next: number;
  readonly sent: Buffer[];
}

/** One conversation or a few, each segment drawn. */
function conversations(writer: PacketWriter, random: Random): void {
  const ipv6 = random.chance(0.1);
  const start = () => (random.chance(0.5) ? moved(pick([0, 0x80000000], random), random) : random.next());
  const talks = Array.from({ length: few(6, random) }, (_, i) => ({
    ends: [
      { host: 1 + random.below(2), port: 40_000 + (random.chance(0.1) ? 0 : i) },
      { host: 9, port: pick([80, 80, 40_000], random) },
    ] as const,
    peers: [
      { next: start(), sent: [] },
      { next: start(), sent: [] },
    ] as readonly [Peer, Peer],
    begun: 0,
  }));
  const nasty = pick([0.02, 0.1, 0.4], random);
  for (let left = 5 + few(random.chance(0.05) ? 1500 : 120, random); left > 0; left--) {
    const talk = pick(talks, random);
    // Most conversations begin with a handshake.
    const inHandshake = talk.begun < 3 && random.chance(0.9);
    const side = inHandshake ? talk.begun % 2 : random.below(2);
    const flags = inHandshake
      ? [SYN, SYN | ACK, ACK][talk.begun]!
      : pick(random.chance(nasty) ? NASTY_FLAGS : FLAGS, random);
    talk.begun++;
    const sender = talk.peers[side]!;
    const receiver = talk.peers[1 - side]!;
    let payload: Buffer | undefined;
    if (!inHandshake && random.chance((flags & PSH) !== 0 ? 0.95 : 0.1)) {
      payload = random.chance(0.1) && sender.sent.length > 0 ? pick(sender.sent, random) : pick(PAYLOADS, random);
      if (random.chance(0.2)) payload = payload.subarray(0, random.below(payload.length + 1));
      if (random.chance(0.02))
        payload = Buffer.alloc(few(60_000, random), pick(['x', '\n', '\r\n', 'GET ', '5\r\n'], random));
      sender.sent.push(payload);
    }
    const back = random.chance(nasty) && random.chance(0.5) ? random.below(60) : 0;
    const sequence = (random.chance(nasty) ? moved(sender.next, random) : sender.next) - back;
    const ackMoved = random.chance(nasty) ? moved(receiver.next, random) : receiver.next;
    writer.time += MICROSECOND * (random.chance(nasty) ? pick(STEPS, random) : 10 + random.below(30_000));
    writer.write({
      from: talk.ends[side]!,
      to: talk.ends[1 - side]!,
      ipv6,
      sequence: sequence >>> 0,
      acknowledgement: ackMoved,
      flags,
      window: random.chance(0.1) ? boundary(random) & 0xffff : 0xffff,
      ...(random.chance((flags & SYN) !== 0 ? 0.7 : 0.1) && { options: Buffer.from(pick(OPTIONS, random), 'hex') }),
      ...(payload && { payload }),
      ttl: random.chance(0.05) ? random.below(256) : 64,
      missing: random.chance(nasty * 0.2) ? boundary(random) & 0xffff : 0,
    });
    const length = (payload?.length ?? 0) + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
    // Else it is lost, and the next one overlaps it with other bytes.
    if (!random.chance(nasty)) sender.next = (sender.next + length) >>> 0;
    if (random.chance(0.02)) {
      // The same 4-tuple again.
      talk.begun = 0;
      for (const peer of talk.peers) peer.next = random.chance(0.5) ? start() : (peer.next + 100_000) >>> 0;
    }
  }
}

type Flood = (writer: PacketWriter, random: Random) => void;

const CLIENT = { host: 1, port: 40_000 };
const SERVER = { host: 9, port: 80 };

function talkOf(writer: PacketWriter, random: Random, mss: number): Talk {
  const talk = new Talk(writer, random, CLIENT, SERVER);
  talk.mss = mss;
  talk.handshake();
  return talk;
}

const head = (fields: string) => Buffer.from(`GET / HTTP/1.1\r\n${fields}\r\n`, 'latin1');

const FLOODS: readonly Flood[] = [
  function manyFields(writer, random) {
    const talk = talkOf(writer, random, pick([7, 100, 1460], random));
    talk.say(true, head('a: b\r\n'.repeat(few(40_000, random))));
    talk.say(false, Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  },
  function oneLongField(writer, random) {
    const talk = talkOf(writer, random, pick([1, 7, 100, 1460], random));
    talk.say(true, head(`a: ${'b'.repeat(few(20_000, random))}\r\n`));
  },
  function endlessLine(writer, random) {
    const talk = talkOf(writer, random, pick([1, 3, 1460], random));
    talk.say(random.chance(0.5), Buffer.alloc(few(20_000, random), pick(['G', ' ', '\r', '\0', 'H', '1'], random)));
  },
  function manyChunks(writer, random) {
    const talk = talkOf(writer, random, pick([7, 100, 1460], random));
    talk.say(true, head(''));
    const chunks = '1\r\nx\r\n'.repeat(few(20_000, random));
    talk.say(false, Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`));
  },
  function longChunkLine(writer, random) {
    const talk = talkOf(writer, random, pick([1, 7, 100, 1460], random));
    talk.say(true, head(''));
    const line = pick(['0', ' ', ';'], random).repeat(few(20_000, random));
    talk.say(false, Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${line}`));
  },
  function manyTrailers(writer, random) {
    const talk = talkOf(writer, random, 1460);
    talk.say(true, head(''));
    const trailers = 'x: y\r\n'.repeat(few(30_000, random));
    talk.say(false, Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${trailers}\r\n`));
  },
  function pipelinedRequests(writer, random) {
    const talk = talkOf(writer, random, 1460);
    const count = few(5000, random);
    talk.say(true, Buffer.concat(Array<Buffer>(count).fill(head('Host: h\r\n'))));
    talk.say(false, Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'.repeat(few(count * 2, random))));
  },
  function interimResponses(writer, random) {
    const talk = talkOf(writer, random, 1460);
    talk.say(true, head(''));
    talk.say(false, Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(few(10_000, random))));
    talk.say(false, Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  },
  function emptyLines(writer, random) {
    const talk = talkOf(writer, random, pick([1, 1460], random));
    talk.say(true, Buffer.from('\r\n'.repeat(few(10_000, random))));
    talk.say(true, head(''));
  },
  function synFlood(writer, random) {
    const count = few(8000, random);
    for (let i = 0; i < count; i++) {
      writer.time += 1000;
      const port = random.chance(0.1) ? 40_000 : i & 0xffff;
      writer.write({
        from: { host: i % 5000, port },
        to: SERVER,
        sequence: random.next(),
        acknowledgement: 0,
        flags: SYN,
      });
    }
  },
  function sameTupleAgain(writer, random) {
    for (let left = few(2000, random); left > 0; left--) {
      writer.time += pick([1000, 1e6, 3e9], random);
      writer.write({ from: CLIENT, to: SERVER, sequence: random.next(), acknowledgement: 0, flags: SYN });
      if (random.chance(0.3)) writer.write({ from: SERVER, to: CLIENT, sequence: 5, acknowledgement: 0, flags: RST });
    }
  },
  function backwards(writer, random) {
    // The last segment first: everything waits.
    begin(writer);
    const length = pick([1, 3, 10], random);
    const count = few(6000, random);
    for (let i = count; i > 0; i--) shifted(writer, random, i * length, Buffer.alloc(length, 'x'));
    shifted(writer, random, 0, head(''));
  },
  function everySecond(writer, random) {
    begin(writer);
    const count = few(6000, random);
    for (let i = 0; i < count; i++) shifted(writer, random, i * 20, Buffer.alloc(10, 'y'));
    for (let i = 0; i < count; i++) shifted(writer, random, i * 20 + 5, Buffer.alloc(few(40, random), 'z'));
  },
  function overlaps(writer, random) {
    begin(writer);
    const count = few(4000, random);
    for (let i = 0; i < count; i++) {
      shifted(writer, random, random.below(10_000), Buffer.alloc(few(1400, random), 97 + (i % 26)));
    }
  },
  function crossingWaits(writer, random) {
    // Each side acknowledges what the other has not shown yet.
    begin(writer);
    const count = few(3000, random);
    for (let i = 0; i < count; i++) {
      writer.time += 1000;
      const byClient = random.chance(0.5);
      const payload = pick(PAYLOADS, random);
      const ahead = i * 10 + random.below(200);
      const known = i * 10 + random.below(50_000);
      writer.write({
        ...(byClient ? { from: CLIENT, to: SERVER } : { from: SERVER, to: CLIENT }),
        sequence: ((byClient ? CLIENT_START : SERVER_START) + ahead) >>> 0,
        acknowledgement: ((byClient ? SERVER_START : CLIENT_START) + known) >>> 0,
        flags: ACK | PSH,
        payload,
      });
    }
  },
  function shortConnections(writer, random) {
    for (let left = few(1500, random), i = 0; left > 0; left--, i++) {
      const talk = new Talk(writer, random, { host: i & 3, port: 1024 + i }, SERVER);
      if (random.chance(0.9)) talk.handshake();
      talk.say(true, head(''));
      talk.say(false, Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
      if (random.chance(0.2)) talk.pause(5000);
      talk.control(random.chance(0.5), pick([FIN | ACK, RST, RST | ACK], random));
    }
  },
];

/** Sequence numbers of the first bytes; the client's wrap soon. */
const CLIENT_START = 0xfffff000;
const SERVER_START = 77;

/** A handshake with these numbers. */
function begin(writer: PacketWriter): void {
  const syn = { sequence: CLIENT_START - 1, acknowledgement: 0, flags: SYN };
  writer.write({ from: CLIENT, to: SERVER, ...syn });
  const synAck = { sequence: SERVER_START - 1, acknowledgement: CLIENT_START, flags: SYN | ACK };
  writer.write({ from: SERVER, to: CLIENT, ...synAck });
}

/** The client's bytes from `offset` on. */
function shifted(writer: PacketWriter, random: Random, offset: number, payload: Buffer): void {
  writer.time += 100 * random.below(1000);
  const sequence = (CLIENT_START + offset) >>> 0;
  writer.write({ from: CLIENT, to: SERVER, sequence, acknowledgement: SERVER_START, flags: ACK | PSH, payload });
}

export function generatedSegments(random: Random): { name: string; files: readonly Buffer[] } {
  const writer = new PacketWriter();
  if (random.chance(0.9)) {
    conversations(writer, random);
    return { name: 'conversations', files: [writer.file()] };
  }
  const flood = pick(FLOODS, random);
  flood(writer, random);
  return { name: flood.name, files: [writer.file()] };
}
