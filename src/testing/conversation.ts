// A conversation written as a script that a person can read, turned into a capture. For tests, and for the examples
// that the rules carry.
//
//     0.000  C SYN
//     0.040  S SYN-ACK
//     0.041  C GET /a
//     0.082  S 200 length=5
//     0.083  C ACK
//     5.082  S FIN
//     5.083  C GET /b crossing     # sent before the FIN arrived
//     5.123  S RST
//
// A line: time in seconds at the capture point, sender (C or S; C2, S2 for a second connection, and so on), what it
// sends, options. Everything behind # is a comment.
//
//   SYN, SYN-ACK, ACK, FIN     as they say; FIN may also stand as an option on a message's line
//   RST                        bare, its sequence number is the last acknowledgement number that the peer sent: what
//                              a host answers for which no such socket exists
//   RST-ACK                    with the sender's own numbers: an abort, or a close with unread data
//   PROBE                      a keep-alive probe: one byte before the sequence number, no payload
//   GET /x, POST /x …          a request; a number such as 200 is a response
//   data=N                     N more bytes of the body
//   raw="…"                    these bytes, with \r \n \xHH; behind SYN they are its data (TCP Fast Open)
//
//   length=N                   Content-Length: N, and a body of N bytes
//   sent=N                     only N bytes of the body are sent on this line
//   chunked                    a chunked body (of length=N bytes, default 5); unterminated with "unterminated"
//   http1.0, close, keep-alive, keep-alive=N     version and persistence
//   unframed                   neither length nor chunked
//   unlisted-keep-alive=N      Keep-Alive: timeout=N that Connection does not list: of another hop
//   server=TEXT, agent=TEXT    Server or User-Agent
//   crossing                   does not acknowledge the run of the other side's lines directly before it
//   crossing=N                 does not acknowledge the last N segments of the other side
//   ttl=N, port=N, client=IP   TTL of the packet; server port, client's address (on a connection's first line)
//   lost                       sent, but missing from the capture
//   forged=N                   not from this sender: its sequence number is off by N, and nobody takes notice of it
//   again                      the same line of this sender once more: a retransmission
import { ACK, FIN, PSH, RST, SYN } from '../wire/segment.ts';

interface Side {
  readonly address: number;
  readonly port: number;
  next: number;
  /** Ends of what this side has sent, in order: what the other may acknowledge. */
  readonly sentEnds: number[];
  lastAcknowledgement: number;
  ttl: number;
  last: Omit<Packet, 'time'> | null;
}

interface Packet {
  time: number;
  from: Side;
  to: Side;
  sequence: number;
  acknowledgement: number;
  flags: number;
  payload: Buffer;
  ttl: number;
  ipId: number;
}

const CLIENT_ADDRESS = 0x0a000001; // 10.0.0.1
const SERVER_ADDRESS = 0x0a000002; // 10.0.0.2
const START_SECONDS = 1_750_000_000;

/** The packets of a script as a classic pcap file with nanoseconds, link type RAW. */
export function captureOf(script: string): Buffer {
  const connections = new Map<string, { client: Side; server: Side; run: { side: Side; count: number } }>();
  const records: Buffer[] = [pcapHeader()];
  let ipId = 1;
  for (const line of script.split('\n')) {
    const text = line.replace(/#(?![^"]*"(?:[^"]*"[^"]*")*[^"]*$).*/, '').trim();
    if (text === '') continue;
    const match = /^(\d+(?:\.\d+)?)\s+([CS])(\d*)\s+(.+)$/.exec(text);
    if (match === null) throw new Error(`not a line of a conversation: ${text}`);
    const [, time, who, which = '', rest] = match;
    const words = rest!.match(/[^\s"]*"[^"]*"|\S+/g)!;
    const port = Number(option(words, 'port') ?? 80);
    let connection = connections.get(which);
    if (connection === undefined) {
      const index = connections.size;
      const client = newSide(addressOf(option(words, 'client')), 40_000 + index, 1000 + index * 7);
      const server = newSide(SERVER_ADDRESS, port, 0xfffffff0 + index * 7);
      connection = { client, server, run: { side: client, count: 0 } };
      connections.set(which, connection);
    }
    const from = who === 'C' ? connection.client : connection.server;
    const to = who === 'C' ? connection.server : connection.client;
    const { run } = connection;
    const crossing = option(words, 'crossing');
    const unseen =
      crossing !== undefined ? Number(crossing) : words.includes('crossing') && run.side === to ? run.count : 0;
    let packet: Packet;
    const forged = option(words, 'forged');
    if (forged !== undefined) {
      const impostor = { ...from, sentEnds: [...from.sentEnds] };
      const { sequence, ...rest } = packetOf(words, impostor, to, unseen, ipId++);
      records.push(recordOf({ ...rest, from, sequence: (sequence + Number(forged)) >>> 0, time: Number(time) }));
      continue;
    }
    if (words.includes('again') && from.last !== null) packet = { ...from.last, time: Number(time) };
    else packet = { ...packetOf(words, from, to, unseen, ipId++), time: Number(time) };
    from.last = packet;
    connection.run = run.side === from ? { side: from, count: run.count + 1 } : { side: from, count: 1 };
    if (!words.includes('lost')) records.push(recordOf(packet));
  }
  return Buffer.concat(records);
}

function addressOf(text: string | undefined): number {
  return text?.split('.').reduce((address, part) => address * 256 + Number(part), 0) ?? CLIENT_ADDRESS;
}

function newSide(address: number, port: number, initialSequence: number): Side {
  return {
    address,
    port,
    next: initialSequence >>> 0,
    sentEnds: [],
    lastAcknowledgement: 0,
    ttl: 64,
    last: null,
  };
}

function option(words: readonly string[], name: string): string | undefined {
  const word = words.find((candidate) => candidate.startsWith(`${name}=`));
  return word?.slice(name.length + 1).replace(/^"|"$/g, '');
}

function packetOf(words: readonly string[], from: Side, to: Side, unseen: number, ipId: number): Omit<Packet, 'time'> {
  const kind = words[0]!;
  const ends = to.sentEnds;
  const seen = ends[ends.length - 1 - unseen] ?? (ends.length > 0 && unseen > 0 ? ends[0]! : undefined);
  const acknowledgement = seen ?? to.next;
  let flags = ACK;
  let sequence = from.next;
  let payload: Buffer = Buffer.alloc(0);
  let advance = 0;
  switch (kind) {
    case 'SYN':
      if (option(words, 'raw') !== undefined) payload = payloadOf(words);
      flags = SYN;
      advance = 1;
      break;
    case 'SYN-ACK':
      flags = SYN | ACK;
      advance = 1;
      break;
    case 'ACK':
      break;
    case 'PROBE':
      sequence = (from.next - 1) >>> 0;
      break;
    case 'FIN':
      flags = FIN | ACK;
      break;
    case 'RST':
      flags = RST;
      sequence = to.lastAcknowledgement;
      break;
    case 'RST-ACK':
      flags = RST | ACK;
      break;
    default:
      payload = payloadOf(words);
      flags = PSH | ACK;
  }
  if (kind !== 'FIN' && words.includes('FIN')) flags |= FIN;
  if ((flags & FIN) !== 0) advance = 1;
  from.next = (from.next + payload.length + advance) >>> 0;
  if (payload.length + advance > 0) from.sentEnds.push(from.next);
  const isBare = flags === SYN || flags === RST;
  const packet = {
    from,
    to,
    sequence,
    acknowledgement: isBare ? 0 : acknowledgement,
    flags,
    payload,
    ttl: Number(option(words, 'ttl') ?? from.ttl),
    ipId,
  };
  if (!isBare) from.lastAcknowledgement = acknowledgement;
  return packet;
}

function payloadOf(words: readonly string[]): Buffer {
  const raw = option(words, 'raw');
  if (raw !== undefined) {
    const text = raw.replace(/\\x([0-9a-fA-F]{2})|\\r|\\n/g, (matched, hex) =>
      hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : matched === '\\r' ? '\r' : '\n',
    );
    return Buffer.from(text, 'latin1');
  }
  const data = option(words, 'data');
  if (data !== undefined) return Buffer.alloc(Number(data), 'd');
  const isResponse = /^\d{3}$/.test(words[0]!);
  const version = words.includes('http1.0') ? 'HTTP/1.0' : 'HTTP/1.1';
  const head = [isResponse ? `${version} ${words[0]} X` : `${words[0]} ${words[1]} ${version}`];
  if (!isResponse) head.push('Host: example.test');
  const length = option(words, 'length');
  const chunked = words.includes('chunked');
  const bodyLength = Number(length ?? (chunked ? 5 : 0));
  const status = Number(words[0]);
  const bodiless = isResponse && (status < 200 || status === 204 || status === 304);
  if (chunked) head.push('Transfer-Encoding: chunked');
  else if (length !== undefined) head.push(`Content-Length: ${length}`);
  else if (isResponse && !bodiless && !words.includes('unframed')) head.push('Content-Length: 0');
  const hint = option(words, 'keep-alive');
  if (words.includes('close')) head.push('Connection: close');
  if (words.includes('keep-alive') || hint !== undefined) head.push('Connection: keep-alive');
  if (hint !== undefined) head.push(`Keep-Alive: timeout=${hint}`);
  const leaked = option(words, 'unlisted-keep-alive');
  if (leaked !== undefined) head.push(`Keep-Alive: timeout=${leaked}`);
  if (words.includes('upgrade')) head.push('Connection: Upgrade', 'Upgrade: websocket');
  if (words.includes('expect')) head.push('Expect: 100-continue');
  const server = option(words, 'server');
  const agent = option(words, 'agent');
  if (server !== undefined) head.push(`Server: ${server}`);
  if (agent !== undefined) head.push(`User-Agent: ${agent}`);
  const sent = Number(option(words, 'sent') ?? bodyLength);
  let body = 'b'.repeat(sent);
  if (chunked) body = `${sent.toString(16)}\r\n${body}\r\n${words.includes('unterminated') ? '' : '0\r\n\r\n'}`;
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

function pcapHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(101, 20);
  return header;
}

function recordOf(packet: Packet): Buffer {
  const ipLength = 40 + packet.payload.length;
  const record = Buffer.alloc(16 + ipLength);
  const nanoseconds = Math.round(packet.time * 1e9);
  record.writeUInt32LE(START_SECONDS + Math.floor(nanoseconds / 1e9), 0);
  record.writeUInt32LE(nanoseconds % 1e9, 4);
  record.writeUInt32LE(ipLength, 8);
  record.writeUInt32LE(ipLength, 12);
  const ip = record.subarray(16);
  ip[0] = 0x45;
  ip.writeUInt16BE(ipLength, 2);
  ip.writeUInt16BE(packet.ipId & 0xffff, 4);
  ip.writeUInt16BE(0x4000, 6);
  ip[8] = packet.ttl;
  ip[9] = 6;
  ip.writeUInt32BE(packet.from.address, 12);
  ip.writeUInt32BE(packet.to.address, 16);
  const tcp = ip.subarray(20);
  tcp.writeUInt16BE(packet.from.port, 0);
  tcp.writeUInt16BE(packet.to.port, 2);
  tcp.writeUInt32BE(packet.sequence >>> 0, 4);
  tcp.writeUInt32BE(packet.acknowledgement >>> 0, 8);
  tcp[12] = 0x50;
  tcp[13] = packet.flags;
  tcp.writeUInt16BE(64_240, 14);
  packet.payload.copy(tcp, 20);
  return record;
}
