// A connection that ended in order must tell the same by way of a row as by way of its client's record.
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { PlainMemory } from '../base/plain-memory.ts';
import { SECOND } from '../base/timeline.ts';
import { AGENT, AGENT_STREAM } from './count-layout.ts';
import { LAST_OF_ROW, PairRows } from './pair-rows.ts';
import { ClientObservations, type Observed, ServerObservations, Servers } from './server-observations.ts';

const tupleOf = (client: number, server: number) => ({
  ipVersion: 4,
  source0: 0x0a000000 + client,
  source1: 0,
  source2: 0,
  source3: 0,
  destination0: 0x0b000000 + server,
  destination1: 0,
  destination2: 0,
  destination3: 0,
  sourcePort: 40_000,
  destinationPort: 80,
});

const half = fc.constantFrom(NaN, 0, 20e6, 25e6);
const connection = fc.record({
  client: fc.nat(2),
  server: fc.nat(1),
  stream: fc.oneof(fc.nat(100), fc.constantFrom(LAST_OF_ROW, LAST_OF_ROW + 1)),
  exchangeCount: fc.nat(3),
  clientHalf: half,
  serverHalf: half,
  opened: fc.nat(100),
  lastWait: fc.constantFrom(NaN, 1e6, 5e6),
  busy: fc.constantFrom(NaN, -1, 0.5, 2),
  userAgent: fc.constantFrom('', 'curl/8.5.0', 'node'),
  gap: fc.constantFrom(null, 0.05, 0.3, 4),
  endedBy: fc.constantFrom('client-fin' as const, 'request' as const),
  isByRow: fc.boolean(),
});

test('rows and records tell the same', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(connection, { maxLength: 40, selector: ({ stream }) => stream }),
      fc.nat(40),
      (connections, lookAfter) => {
        const withRows = new Servers();
        const without = new Servers();
        connections.forEach((facts, i) => {
          const tuple = tupleOf(facts.client, facts.server);
          const pair = withRows.pairOf(tuple, true);
          expect(without.pairOf(tuple, true)).toBe(pair);
          const openTime = facts.opened * SECOND;
          const observed: Observed = {
            ...{ stream: facts.stream, pair, firstFrame: i + 1, rtt: NaN, closedBy: 'client-fin', closeDelay: NaN },
            ...{
              clientHalf: facts.clientHalf,
              serverHalf: facts.serverHalf,
              openTime,
              closeTime: openTime + 9 * SECOND,
            },
            ...{ exchangeCount: facts.exchangeCount, exchanges: [], afterClose: null, serverProduct: '' },
            userAgent: facts.userAgent,
            idleGaps:
              facts.gap === null
                ? []
                : [{ duration: facts.gap * SECOND, afterFrame: 1, endFrame: 2, endedBy: facts.endedBy }],
            serverSide: { fin: null, rst: null },
            clientSide: { fin: null, rst: null },
            lastResponseEnd: openTime + facts.busy * SECOND,
            lastResponseStart: openTime,
            lastWait: facts.lastWait,
            announcedTimeout: -1,
          };
          if (facts.isByRow) withRows.observeOrderly(observed);
          else withRows.observe(observed, () => '');
          without.observe(observed, () => '');
          for (const servers of [withRows, without]) servers.reused(pair, facts.stream, i * 1e8, 1, 2, openTime);
          // Somebody looks in between: nothing is counted twice for that.
          if (i === lookAfter) for (const server of withRows.all) [...withRows.clientsOf(server)];
        });
        expect(withRows.unfollowed).toBe(without.unfollowed);
        expect(withRows.all.map(factsOf)).toEqual(without.all.map(factsOf));
        withRows.all.forEach((server, i) => {
          expect([...withRows.clientsOf(server)]).toEqual([...without.clientsOf(without.all[i]!)]);
        });
      },
    ),
    { numRuns: 1000 },
  );
});

const idle = fc.record({ duration: fc.nat(9), afterFrame: fc.nat(9), closeFrame: fc.nat(9), time: fc.nat(12) });
const told = fc.record({
  client: fc.nat(2),
  half,
  wait: fc.constantFrom(NaN, 0, 1e6, 5e6),
  userAgent: fc.constantFrom('', 'curl/8.5.0', 'node'),
  busy: fc.constantFrom(NaN, -1, 0.5, 2),
  isSingle: fc.boolean(),
  isShort: fc.boolean(),
  isUnfinished: fc.boolean(),
  close: fc.option(idle),
});

test('a row tells what a record tells', () => {
  fc.assert(
    fc.property(fc.array(told, { maxLength: 60 }), fc.nat(60), fc.func(fc.nat(1000)), (all, lookAfter, streamAt) => {
      const rows = new PairRows(new PlainMemory(), false);
      const clients = [0, 1, 2];
      const [byRow, byRecord] = [0, 1].map(() => clients.map((client) => new ClientObservations(`${client}`)));
      for (const _ of clients) rows.add(true, new ServerObservations('10.0.0.2:80'));
      const streams = new Set<number>();
      all.forEach(({ client, close, ...facts }, i) => {
        const stream = streamAt(i);
        if (streams.has(stream)) return;
        streams.add(stream);
        for (const notes of [rows.rowOf(client), byRecord![client]!]) {
          const { userAgent, half: clientHalf } = facts;
          notes.noteConnection({ ...used(client), stream, userAgent, clientHalf, serverHalf: clientHalf * 2 });
          notes.noteWait(facts.wait);
          if (facts.isSingle) notes.addSingle(stream, stream * 2, i * SECOND, (i + facts.busy) * SECOND);
          if (facts.isShort) notes.countClientClose();
          if (facts.isUnfinished) notes.countUnfinished();
          if (close !== null) notes.addServerClose({ ...close, stream });
        }
        if (i === lookAfter) rows.moveTo(client, byRow![client]!, []);
      });
      for (const client of clients) rows.addTo(client, byRow![client]!, []);
      expect(byRow).toEqual(byRecord);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [5, 'node'],
  [20, 'curl/8.5.0'],
])('of the kernel and the program, who read the name from the earlier connection tells it', (stream, expected) => {
  const memory = new PlainMemory();
  const rows = new PairRows(memory, false);
  rows.add(true, new ServerObservations('10.0.0.2:80'));
  rows.rowOf(0).noteConnection({ ...used(0), stream: 12 });
  memory.words[rows.placeOf(0) + AGENT] = 1;
  memory.words[rows.placeOf(0) + AGENT_STREAM] = 10;
  rows.rowOf(0).noteConnection({ ...used(0), stream, userAgent: 'node' });
  const client = new ClientObservations('10.0.0.1');
  rows.addTo(0, client, ['', 'curl/8.5.0']);
  expect(client).toMatchObject({ userAgent: expected, connections: 2, firstStream: Math.min(12, stream) });
});

test('what is moved out of a row leaves its room to others', () => {
  const memory = new PlainMemory();
  const rows = new PairRows(memory, false);
  rows.add(true, new ServerObservations('10.0.0.2:80'));
  const client = new ClientObservations('10.0.0.1');
  const move = () => {
    rows.rowOf(0).noteConnection(used(0));
    rows.rowOf(0).addServerClose({ duration: 1, stream: 0, afterFrame: 1, closeFrame: 2, time: 3 });
    rows.moveTo(0, client, []);
  };
  move();
  const take = vi.spyOn(memory, 'take');
  for (let i = 0; i < 1000; i++) move();
  expect(take).not.toHaveBeenCalled();
  expect(client).toMatchObject({ connections: 1001, serverCloseCount: 1001 });
});

test('a close in a frame whose number does not fit into a row is kept', () => {
  const servers = new Servers();
  const frames = [LAST_OF_ROW - 1, LAST_OF_ROW, LAST_OF_ROW + 1, 2 ** 32 + 1];
  frames.forEach((endFrame, i) => {
    const pair = servers.pairOf(tupleOf(0, 0), true);
    const gap = { duration: 5 * SECOND, afterFrame: endFrame - 1, endFrame, endedBy: 'server-fin' as const };
    servers.observe({ ...used(pair), stream: i, closedBy: 'server-fin', idleGaps: [gap] }, () => '');
  });
  const [client] = servers.clientsOf(servers.all[0]!);
  expect(client).toMatchObject({ connections: 4, serverCloseCount: 4 });
  const closes = client!.serverCloseExamples.map(({ afterFrame, closeFrame }) => [afterFrame, closeFrame]);
  expect(closes.toSorted(([a], [b]) => a! - b!)).toEqual(frames.map((frame) => [frame - 1, frame]));
});

function factsOf(server: Servers['all'][number]): object {
  const { connections, exchanges, firstStream, reuses, clientCloseCount, roundTrip, longestAges, longestReuses } =
    server;
  const { clientHalf, serverHalf, mostExchanges, hint, reuseBins } = server;
  return {
    ...{ connections, exchanges, firstStream, reuses, clientCloseCount, roundTrip, longestAges, longestReuses },
    ...{ clientHalf, serverHalf, mostExchanges, hint, reuseBins },
  };
}

test('of each client the longest reuses are kept, the earlier one of equals first', () => {
  const reuse = fc.record({ client: fc.nat(2), duration: fc.nat(12) });
  fc.assert(
    fc.property(fc.array(reuse, { maxLength: 60 }), fc.nat(60), (reuses, lookAfter) => {
      const servers = new Servers();
      const pairs = [0, 1, 2].map((client) => servers.pairOf(tupleOf(client, 0), true));
      for (const pair of pairs) servers.observe(used(pair), () => '');
      const kept = () => [...servers.clientsOf(servers.all[0]!)].map(({ longestReuses }) => longestReuses);
      reuses.forEach(({ client, duration }, i) => {
        servers.reused(pairs[client]!, i, duration, i + 1, i + 2, i * SECOND);
        if (i === lookAfter) kept();
      });
      const told = reuses.map(({ duration }, i) => ({
        ...{ duration, stream: i, afterFrame: i + 1, frame: i + 2, time: i * SECOND },
      }));
      const expected = pairs.map((_, client) =>
        told
          .filter(({ stream }) => reuses[stream]!.client === client)
          .sort((a, b) => b.duration - a.duration)
          .slice(0, 4),
      );
      expect(kept()).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test('of more clients than there was room for at first', () => {
  const servers = new Servers();
  const pairs = Array.from({ length: 5000 }, (_, client) => servers.pairOf(tupleOf(client, client % 40), true));
  for (const pair of pairs) servers.observe(used(pair), () => '');
  for (let round = 1; round <= 6; round++) {
    for (const pair of pairs) servers.reused(pair, pair, round * SECOND, 1, 2, 0);
  }
  for (const server of servers.all) {
    expect(server.reuses).toBe(6 * 125);
    expect(server.reuseBins!.map(({ count }) => count)).toEqual([125, 125, 125, 125, 125, 125]);
    for (const { reuses, longestReuses } of servers.clientsOf(server)) {
      expect(reuses).toBe(6);
      expect(longestReuses.map(({ duration }) => duration / SECOND)).toEqual([6, 5, 4, 3]);
    }
  }
});

/** A connection of the pair that ended with nothing to be said of it. */
function used(pair: number): Observed {
  return {
    ...{ stream: pair, pair, firstFrame: 1, rtt: NaN, clientHalf: NaN, serverHalf: NaN, openTime: 0, closeTime: NaN },
    ...{ closedBy: 'client-fin', closeDelay: NaN, exchangeCount: 1, exchanges: [], afterClose: null, idleGaps: [] },
    ...{ serverProduct: '', userAgent: '', serverSide: { fin: null, rst: null }, clientSide: { fin: null, rst: null } },
  };
}
