// A connection that ended in order must tell the same by way of a row as by way of its client's record.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SECOND } from '../base/timeline.ts';
import { LAST_OF_ROW } from './pair-rows.ts';
import { type Observed, Servers } from './server-observations.ts';

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
