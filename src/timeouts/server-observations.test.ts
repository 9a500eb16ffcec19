import { describe, expect, test } from 'vitest';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { captureOf } from '../testing/conversation.ts';
import { IdleObservations } from './server-observations.ts';

/** Connection `n`: one exchange, idle for `idle` seconds, then `end`. */
function connection(n: number, idle: number, end: string, options = ''): string {
  const at = (seconds: number) => (n * 100 + seconds).toFixed(3);
  return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /a agent=curl/8.5.0
${at(0.082)}  S${n} 200 length=5 server=nginx/1.22.1 ${options}
${at(0.083)}  C${n} ACK
${at(0.082 + idle)}  ${end.replace(/^([CS])/, `$1${n}`)}`;
}

async function serverOf(script: string) {
  const { servers } = await analyzeBytes(captureOf(script));
  expect(servers).toHaveLength(1);
  return servers[0]!;
}

describe('what is known of a server', () => {
  test('its closes make its timeout, other ends are censored', async () => {
    const server = await serverOf(
      [
        ...[1, 2, 3].map((n) => connection(n, 5, 'S FIN')),
        connection(4, 1, 'C FIN'),
        connection(5, 2, 'C RST-ACK'),
        connection(6, 3, 'C GET /b') + '\n603.500  S6 200 length=5',
        connection(7, 0.5, 'C PROBE'),
      ].join(''),
    );
    expect(server).toMatchObject({ server: '10.0.0.2:80', product: 'nginx/1.22.1', connections: 7, exchanges: 8 });
    expect(server.idleTimeout).toMatchObject({ value: 5, observed: 3, censored: 5, confidence: 'likely' });
  });

  test('announced closes, and closes with the response, are no idle timeout', async () => {
    const announced = [1, 2, 3].map((n) => connection(n, 5, 'S FIN', 'close'));
    expect((await serverOf(announced.join(''))).idleTimeout).toBeNull();
    const atOnce = [1, 2, 3].map((n) => connection(n, 0.1, 'S FIN'));
    expect((await serverOf(atOnce.join(''))).idleTimeout).toBeNull();
  });

  test('a RST of an idle connection counts as a close', async () => {
    const server = await serverOf([1, 2, 3].map((n) => connection(n, 5, 'S RST-ACK')).join(''));
    expect(server.idleTimeout).toMatchObject({ value: 5, observed: 3 });
  });

  test("the client's own timer, from two closes on", async () => {
    const closes = [1, 2].map((n) => connection(n, 4, 'C FIN'));
    expect((await serverOf(closes.join(''))).clients).toMatchObject([
      { client: '10.0.0.1', idleTimeout: { value: 4, observed: 2, confidence: 'possible' } },
    ]);
    expect((await serverOf(closes[0]!)).clients[0]!.idleTimeout).toBeNull();
  });

  test('a client that closes right after each response shows no timer', async () => {
    const closes = [1, 2, 3].map((n) => connection(n, 0.002, 'C FIN'));
    expect((await serverOf(closes.join(''))).clients[0]!.idleTimeout).toBeNull();
  });
});

test('the longest reuses are kept in falling order, and not more than some', () => {
  const observations = new IdleObservations();
  for (let n = 0; n < 1000; n++) observations.addReuse((n * 7919) % 1000, n, 1, 2, 0);
  expect(observations.reuses).toBe(1000);
  expect(observations.longestReuses.length).toBeLessThan(100);
  expect(observations.longestReuses[0]!.duration).toBe(999);
  expect(observations.longestReuses).toEqual(observations.longestReuses.toSorted((a, b) => b.duration - a.duration));
});

test('closes of one moment after different idle times are one event, not a timer', () => {
  const observations = new IdleObservations();
  for (const [i, seconds] of [4.8, 1.2, 3.3, 0.9].entries())
    observations.addClientClose(seconds * 1e9, 100e9 + i * 1e5);
  expect(observations.clientCloses).toEqual([4.8e9]);
});

test('closes of one moment after the same idle time are timers that ran side by side', () => {
  const observations = new IdleObservations();
  for (const i of [0, 1, 2]) observations.addClientClose(5e9 + i * 1e6, 100e9 + i * 1e6);
  expect(observations.clientCloses).toHaveLength(3);
});
