import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rig } from '../testing/tcp-rig.ts';
import { FIN, RST, Segment, SYN } from '../wire/segment.ts';
import type { Connection } from './connection.ts';
import { ConnectionTable, MAX_TOMBSTONES } from './connection-table.ts';

/** A connection from SYN to both FINs, on its own client port. Returns its stream number. */
function shortConnection(rig: Rig, clientPort: number): number {
  rig.clientPort = clientPort;
  const stream = rig.syn();
  rig.synAck();
  rig.fin('C', 0, 0);
  rig.fin('S', 0, 1);
  rig.send('C', { at: 1, ack: 1 });
  return stream;
}

const openShort = (rig: Rig) => shortConnection(rig, 40_000);

describe('connections are numbered as Wireshark numbers tcp.stream', () => {
  test('in the order of their first frames, whatever those are', () => {
    const rig = new Rig();
    rig.clientPort = 1;
    expect(rig.syn()).toBe(0);
    rig.clientPort = 2;
    expect(rig.send('S', { at: 5 })).toBe(1);
    rig.clientPort = 1;
    expect(rig.synAck()).toBe(0);
    rig.clientPort = 2;
    expect(rig.send('C', { at: 5 })).toBe(1);
  });

  test('a SYN with another sequence number on an open 4-tuple is a new connection', () => {
    const rig = new Rig().handshake();
    rig.send('C', { at: 0, bytes: 'old' });
    rig.starts = { C: 500_000, S: 900_000 };
    expect(rig.syn()).toBe(1);
    expect(rig.synAck()).toBe(1);
    expect(rig.send('C', { at: 0, bytes: 'new' })).toBe(1);
    expect(rig.retired).toEqual([0]);
    expect(rig.recorders.map(({ log }) => log)).toEqual([['C "old"'], ['C "new"']]);
  });

  test('so is one on a 4-tuple that is closed, with whatever sequence number', () => {
    for (const start of [0xfffffffd, 500_000]) {
      const rig = new Rig();
      openShort(rig);
      rig.starts.C = start;
      expect(rig.syn()).toBe(1);
      expect(rig.synAck()).toBe(1);
      expect(rig.table.count).toBe(2);
    }
  });

  test('the same SYN again is a retransmission', () => {
    const rig = new Rig();
    rig.syn();
    expect(rig.syn()).toBe(0);
    rig.synAck();
    expect(rig.syn()).toBe(0);
    expect(rig.synAck()).toBe(0);
    expect(rig.table.count).toBe(1);
  });

  test('a SYN where the capture joined in the middle', () => {
    const rig = new Rig();
    rig.send('C', { at: 1000, bytes: 'x' });
    expect(rig.syn()).toBe(1);
  });

  test('a RST, and what comes behind it, belongs to the connection', () => {
    const rig = new Rig().handshake();
    expect(rig.reset('S', 0, 0)).toBe(0);
    expect(rig.send('C', { at: 0, bytes: 'late' })).toBe(0);
    expect(rig.reset('S', 0, null)).toBe(0);
  });
});

describe('retirement', () => {
  /** Seconds pass, and another connection comes and goes: that is when the table looks. */
  function letPass(rig: Rig, seconds: number): void {
    const port = rig.clientPort;
    rig.time += seconds * 1e9;
    shortConnection(rig, 50_000);
    rig.clientPort = port;
  }

  test('a closed connection stays for a while, and then is handed over once', () => {
    const rig = new Rig();
    openShort(rig);
    letPass(rig, 1);
    expect(rig.retired).toEqual([]);
    letPass(rig, 13);
    expect(rig.retired).toContain(0);
    rig.table.finish();
    expect([...rig.retired].sort()).toEqual([0, 1, 2]);
  });

  test.each([
    ['an ACK', { at: 1, ack: 1 }],
    ['a RST', { at: 1, ack: 1, flags: RST }],
    ['a RST without ACK', { at: 1, ack: null, flags: RST }],
    ['a FIN', { at: 0, ack: 1, flags: FIN }],
    ['data', { at: 0, ack: 1, bytes: 'late' }],
    ['a SYN-ACK', { at: -1, ack: 0, flags: SYN }],
  ])('%s that comes after it keeps the stream number, in both directions', (_name, sent) => {
    const rig = new Rig();
    openShort(rig);
    letPass(rig, 20);
    expect(rig.retired).toContain(0);
    expect(rig.send('C', sent)).toBe(0);
    expect(rig.send('S', sent)).toBe(0);
    expect(rig.table.late).toBe(2);
    expect(rig.table.count).toBe(2);
  });

  test('a SYN after it is a new connection, and what comes then is that one’s', () => {
    const rig = new Rig();
    openShort(rig);
    letPass(rig, 20);
    expect(rig.syn()).toBe(2);
    expect(rig.synAck()).toBe(2);
    expect(rig.table.late).toBe(0);
  });

  describe('bytes of a newer connection, the SYN of which is missing', () => {
    const newer = (rig: Rig) => {
      rig.starts = { C: 3_000_000_000, S: 777_000_000 };
      rig.synAck();
      rig.send('C');
      for (let at = 0; at < 40; at += 4) {
        rig.send('C', { at, ack: at, bytes: 'ask.' });
        rig.send('S', { at, ack: at + 4, bytes: 'said' });
      }
    };
    const used = () => {
      const rig = new Rig().handshake();
      rig.send('C', { at: 0, ack: 0, bytes: 'ask.' });
      rig.send('S', { at: 0, ack: 4, bytes: 'said' });
      return rig;
    };

    test.each([0, 20])('%i s after the end they are counted', (seconds) => {
      const rig = used();
      rig.fin('C', 4, 4);
      rig.fin('S', 4, 5);
      if (seconds > 0) letPass(rig, seconds);
      newer(rig);
      rig.table.finish();
      expect(rig.table.strangers).toBe(20);
      expect(rig.recorder.log).toEqual(['C "ask."', 'S "said"', 'C end', 'S end']);
    });

    test('so are they where the end is missing too', () => {
      const rig = used();
      newer(rig);
      rig.table.finish();
      expect(rig.table.strangers).toBeGreaterThan(0);
    });

    test.each([0, 20])('%i s after the end, what was sent before it is none', (seconds) => {
      const rig = used();
      rig.send('S', { at: 4, ack: 4, bytes: 'more' });
      rig.fin('C', 4, 4);
      rig.reset('S', 8, null);
      if (seconds > 0) letPass(rig, seconds);
      rig.send('S', { at: 0, ack: 4, bytes: 'said' });
      rig.send('S', { at: 8, ack: 4, bytes: 'in flight' });
      rig.send('C', { at: 0, ack: 0, bytes: 'ask.' });
      rig.send('C', { at: 3, ack: 8, bytes: '.' });
      rig.table.finish();
      expect(rig.table.strangers).toBe(0);
    });

    test('a forged segment alone is none', () => {
      const rig = used();
      rig.send('S', { at: 900_000_000, ack: 4, bytes: 'forged' });
      rig.send('C', { at: 900_000_000, ack: 4, bytes: 'forged' });
      rig.table.finish();
      expect(rig.table.strangers).toBe(0);
    });

    test('where nothing tells the old numbers, nothing is far from them', () => {
      const rig = new Rig();
      rig.reset('S', 0, null);
      rig.send('C', { at: 900_000_000, ack: 0, bytes: 'ask.' });
      rig.table.finish();
      expect(rig.table.strangers).toBe(0);
    });
  });

  test('too many at once: the quarter that was silent for longest is retired, and counted', () => {
    const rig = new Rig({ maxOpen: 8 });
    for (let port = 1; port <= 8; port++) {
      rig.clientPort = port;
      rig.syn();
    }
    rig.clientPort = 1;
    rig.synAck();
    rig.clientPort = 9;
    expect(rig.syn()).toBe(8);
    expect(rig.retired).toEqual([1, 2]);
    expect(rig.table.evicted).toBe(2);
    rig.clientPort = 2;
    expect(rig.synAck()).toBe(1);
    rig.clientPort = 1;
    expect(rig.send('C')).toBe(0);
    rig.table.finish();
    expect(rig.retired).toEqual([1, 2, 0, 3, 4, 5, 6, 7, 8]);
  });

  test('eviction among closed connections that wait to be retired hands each over once', () => {
    const rig = new Rig({ maxOpen: 8 });
    for (let port = 1; port <= 100; port++) {
      if (port % 3 === 0) {
        rig.clientPort = port;
        rig.syn();
      } else shortConnection(rig, port);
    }
    rig.table.finish();
    expect([...rig.retired].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, stream) => stream));
  });

  test('a record that served before is as new', () => {
    const records = new Set<Connection>();
    const states: unknown[] = [];
    const rig = new Rig({
      sinkFor: (connection) => {
        records.add(connection);
        states.push(structuredClone(stateOf(connection)));
        return silent;
      },
    });
    for (let port = 1; port <= 3; port++) {
      rig.clientPort = port;
      rig.handshake();
      rig.send('C', { at: 0, bytes: 'request' });
      rig.send('S', { at: 20, bytes: 'waits', ack: 900 });
      rig.send('S', { at: 500_000_000, bytes: 'stray', ack: 900 });
      rig.fin('C', 7, 0);
      rig.reset('S', 30, 7);
      rig.time += 10e9;
    }
    expect(records.size).toBeLessThan(3);
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
  });
});

const silent = { bytes() {}, skipped() {}, hole() {}, skippable: () => 0, acknowledged() {}, finished() {} };

/** Everything in a connection but what tells one from another. */
function stateOf(connection: Connection) {
  const { clientDirection, forward, backward, ...rest } = connection as unknown as Record<string, unknown>;
  const own = { stream: 0, hash: 0, sourcePort: 0, firstFrame: 0, firstTime: 0, lastFrame: 0 };
  const times = { synTime: 0, synAckTime: 0, handshakeAckTime: 0, sink: null };
  const direction = (value: unknown) => ({ ...(value as object), ackedFrame: 0, ackedTime: 0 });
  return {
    ...rest,
    ...own,
    ...times,
    forward: direction(forward),
    backward: direction(backward),
    clientIsForward: clientDirection === forward,
  };
}

/** A segment between two endpoints given as words and ports. */
function segmentOf(tuple: Tuple, backwards: boolean): Segment {
  const { version, from, to, fromPort, toPort } = tuple;
  const segment = new Segment();
  const [source, destination] = backwards ? [to, from] : [from, to];
  segment.ipVersion = version;
  [segment.source0, segment.source1, segment.source2, segment.source3] = source;
  [segment.destination0, segment.destination1, segment.destination2, segment.destination3] = destination;
  segment.sourcePort = backwards ? toPort : fromPort;
  segment.destinationPort = backwards ? fromPort : toPort;
  segment.flags = 0x10;
  return segment;
}

interface Tuple {
  readonly version: number;
  readonly from: [number, number, number, number];
  readonly to: [number, number, number, number];
  readonly fromPort: number;
  readonly toPort: number;
}

// Few values, so that endpoints often have words and ports in common.
const word = fc.constantFrom(0, 1, 2, -1, 0x0a000001);
const port = fc.constantFrom(80, 443, 40_000, 65_535);
const tuple: fc.Arbitrary<Tuple> = fc
  .record({
    version: fc.constantFrom(4, 6),
    from: fc.tuple(word, word, word, word),
    to: fc.tuple(word, word, word, word),
    fromPort: port,
    toPort: port,
  })
  .map((any) => (any.version === 6 ? any : { ...any, from: [any.from[0], 0, 0, 0], to: [any.to[0], 0, 0, 0] }));

/** The same for both directions, different for every connection. */
function keyOf({ version, from, to, fromPort, toPort }: Tuple): string {
  return `${version} ${[`${from} ${fromPort}`, `${to} ${toPort}`].sort()}`;
}

test('both directions of a 4-tuple are one connection, and two 4-tuples never are', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(tuple, fc.boolean()), { maxLength: 60 }), (segments) => {
      const table = new ConnectionTable({ sinkFor: () => null, isIgnored: () => false, retired() {} });
      const streams = new Map<string, number>();
      for (const [addresses, backwards] of segments) {
        const key = keyOf(addresses);
        const stream = table.receive(segmentOf(addresses, backwards));
        expect(stream).toBe(streams.get(key) ?? streams.size);
        streams.set(key, stream);
      }
    }),
  );
});

test('more short connections than tombstones: all are counted, and those retired last are still known', () => {
  const CONNECTIONS = 150_000;
  // Each partition keeps its own, and they are not all of one size.
  const KNOWN = MAX_TOMBSTONES / 2;
  expect(CONNECTIONS).toBeGreaterThan(2 * KNOWN);
  const addresses = (index: number): Tuple => ({
    version: 4,
    from: [0x0a000000 + (index >> 15), 0, 0, 0],
    to: [0x0b000001, 0, 0, 0],
    fromPort: 1024 + (index & 0x7fff),
    toPort: 80,
  });
  const retired = new Uint8Array(CONNECTIONS);
  const table = new ConnectionTable({
    sinkFor: () => null,
    isIgnored: () => false,
    retired: ({ stream }) => retired[stream]!++,
  });
  let frame = 0;
  const send = (index: number, backwards: boolean, flags: number, sequence: number) => {
    const segment = segmentOf(addresses(index), backwards);
    segment.flags = flags;
    segment.sequence = sequence;
    segment.frame = ++frame;
    segment.time = frame * 1e6;
    return table.receive(segment);
  };
  for (let index = 0; index < CONNECTIONS; index++) {
    send(index, false, SYN, 0);
    send(index, false, RST, 1);
  }
  expect(table.count).toBe(CONNECTIONS);
  // Its tombstone gave way long ago, or it still stands: then a late segment is no connection of its own.
  for (let index = CONNECTIONS - KNOWN; index < CONNECTIONS; index++) {
    if (send(index, true, 0x10, 1) !== index) expect.fail(`connection ${index} is forgotten`);
  }
  expect(send(0, true, 0x10, 1)).toBe(CONNECTIONS);
  table.finish();
  expect(retired.every((times) => times === 1)).toBe(true);
});
