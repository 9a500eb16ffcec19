import { describe, expect, test } from 'vitest';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { captureOf } from '../testing/conversation.ts';
import { everyFrameTwice, framesOf } from '../testing/findings-of.ts';
import type { History } from './history.ts';

async function historyOf(conversation: string | Buffer): Promise<History> {
  const capture = typeof conversation === 'string' ? captureOf(conversation) : conversation;
  return [...(await analyzeBytes(capture)).connections][0]!;
}

const ms = (nanoseconds: number) => Math.round(nanoseconds / 1e6);
const gapsOf = (history: History) => history.idleGaps.map(({ duration, endedBy }) => `${ms(duration)} ms, ${endedBy}`);

const OPEN = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK`;

describe('who closed first', () => {
  test.each([
    ['the server', `${OPEN}\n5.082  S FIN\n5.123  C FIN`, 'server-fin'],
    ['the client', `${OPEN}\n5.082  C FIN\n5.123  S FIN`, 'client-fin'],
    ['the server, by RST', `${OPEN}\n5.082  S RST-ACK`, 'server-rst'],
    ['the client, by RST', `${OPEN}\n5.082  C RST-ACK`, 'client-rst'],
    ['nobody', OPEN, 'open'],
    ['the server by FIN, then the client by RST', `${OPEN}\n5.082  S FIN\n5.123  C RST-ACK`, 'server-fin'],
    ['the client by RST, answered by a FIN', `${OPEN}\n5.082  C RST-ACK\n5.123  S FIN`, 'client-rst'],
  ])('%s', async (_, script, closedBy) => {
    expect((await historyOf(script)).closedBy).toBe(closedBy);
  });

  test('numbers decide and not the order of frames: a FIN that acknowledges the other came after it', async () => {
    const server = `${OPEN}\n5.082  S FIN\n5.123  C FIN`;
    expect((await historyOf(framesOf(server, [1, 2, 3, 4, 5, 7, 6]))).closedBy).toBe('server-fin');
    const client = `${OPEN}\n5.082  C FIN\n5.123  S FIN`;
    expect((await historyOf(framesOf(client, [1, 2, 3, 4, 5, 7, 6]))).closedBy).toBe('client-fin');
  });

  test('of FINs that crossed the one that was sent earlier, wherever the capture was taken', async () => {
    const atClient = `${OPEN}\n5.070  C FIN\n5.083  S FIN crossing`;
    const atServer = `
0.000  C SYN
0.001  S SYN-ACK
0.041  C ACK
0.042  C GET /a
0.043  S 200 length=5
5.063  S FIN
5.090  C FIN crossing`;
    for (const script of [atClient, atServer]) {
      const history = await historyOf(script);
      expect(history.closedBy).toBe('server-fin');
      expect(gapsOf(history).at(-1)).toMatch(/server-fin$/);
    }
    expect((await historyOf(`${OPEN}\n5.050  C FIN\n5.083  S FIN crossing`)).closedBy).toBe('client-fin');
  });

  test('and without a handshake the first in the capture', async () => {
    const script = '0.041  C GET /a\n0.082  S 200 length=5\n0.083  C ACK\n5.082  S FIN\n5.083  C FIN crossing';
    expect((await historyOf(script)).closedBy).toBe('server-fin');
    expect((await historyOf(framesOf(script, [1, 2, 3, 5, 4]))).closedBy).toBe('client-fin');
  });
});

describe('round trip and vantage', () => {
  const handshake = (synAck: number, ack: number) => `
0.000  C SYN
${synAck}  S SYN-ACK
${ack}  C ACK
1.000  C GET /a
1.082  S 200 length=5`;

  test.each([
    ['at the client', 0.04, 0.0401, 40, 'client'],
    ['at the server', 0.0001, 0.04, 40, 'server'],
    ['between', 0.02, 0.04, 40, 'between'],
    ['on one machine', 0.0001, 0.0002, 0, 'unknown'],
  ])('%s', async (_, synAck, ack, rtt, vantage) => {
    const history = await historyOf(handshake(synAck, ack));
    expect([ms(history.rtt), history.vantage]).toEqual([rtt, vantage]);
  });

  test('without a handshake, or with a repeated one, nothing can be told', async () => {
    const joined = await historyOf('1.000  C GET /a\n1.082  S 200 length=5');
    expect([joined.rtt, joined.vantage]).toEqual([NaN, 'unknown']);
    const repeated = await historyOf(handshake(0.34, 0.3401).replace('0.34  S', '0.300  C SYN again\n0.34  S'));
    expect([repeated.rtt, repeated.vantage]).toEqual([NaN, 'unknown']);
  });

  test('frames of the handshake that the capture swapped tell nearly the same', async () => {
    const halves = (history: History) => [ms(history.rtt), ms(history.clientHalf), ms(history.serverHalf)];
    const script = handshake(0.04, 0.0401);
    expect(halves(await historyOf(script))).toEqual([40, 0, 40]);
    expect(halves(await historyOf(framesOf(script.replace('0.0401', '0.0399'), [1, 3, 2, 4, 5])))).toEqual([40, 0, 40]);
    expect(halves(await historyOf(handshake(0.02, 0.05)))).toEqual([50, 30, 20]);
  });

  test('frames that were captured twice tell the same', async () => {
    const history = await historyOf(everyFrameTwice(handshake(0.04, 0.0401)));
    expect([ms(history.rtt), history.vantage]).toEqual([40, 'client']);
  });
});

describe('close delay', () => {
  test('from the last response byte to the FIN or RST of the server that closed first', async () => {
    expect(ms((await historyOf(`${OPEN}\n1.082  S FIN`)).closeDelay)).toBe(1000);
    expect(ms((await historyOf(`${OPEN}\n0.382  S RST-ACK`)).closeDelay)).toBe(300);
    expect((await historyOf(`${OPEN}\n1.082  C FIN\n1.123  S FIN`)).closeDelay).toBeNaN();
    expect((await historyOf(OPEN)).closeDelay).toBeNaN();
  });

  test('the FIN of a close-delimited response comes with its last byte', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 unframed
0.500  S data=10
0.600  S FIN`;
    expect(ms((await historyOf(script)).closeDelay)).toBeLessThanOrEqual(100);
  });
});

describe('idle gaps', () => {
  test('run from the last byte of a response to the next request, and to what closed', async () => {
    const script = `${OPEN}
2.000  C GET /b
2.041  S 200 length=10 sent=5
2.500  S data=5
2.501  C ACK
7.500  S FIN
7.541  C FIN`;
    expect(gapsOf(await historyOf(script))).toEqual(['1918 ms, request', '5000 ms, server-fin']);
  });

  test.each([
    ['client-fin', '3.082  C FIN'],
    ['client-rst', '3.082  C RST-ACK'],
    ['server-fin', '3.082  S FIN'],
    ['server-rst', '3.082  S RST-ACK'],
    ['capture-end', '3.082  C2 SYN'],
  ])('end by %s', async (endedBy, line) => {
    expect(gapsOf(await historyOf(`${OPEN}\n${line}`))).toEqual([`3000 ms, ${endedBy}`]);
  });

  test('probes, window updates and bare ACKs do not end them', async () => {
    const script = `${OPEN}
1.000  C PROBE
1.040  S ACK
2.000  S ACK
3.082  S FIN`;
    expect(gapsOf(await historyOf(script))).toEqual(['3000 ms, server-fin']);
  });

  test('there is none between pipelined requests', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.042  C GET /b
0.082  S 200 length=5
0.083  S 200 length=5
1.083  C FIN`;
    expect(gapsOf(await historyOf(script))).toEqual(['1000 ms, client-fin']);
  });

  test('a request that crosses the close did not end the gap, at neither end', async () => {
    const race = `${OPEN}
5.082  S FIN
5.083  C GET /b crossing
5.123  S RST`;
    expect(gapsOf(await historyOf(race))).toEqual(['5000 ms, server-fin']);
    expect(gapsOf(await historyOf(framesOf(race, [1, 2, 3, 4, 5, 7, 6, 8])))).toEqual(['5000 ms, server-fin']);
  });

  test('a request that the server had before it closed did end it', async () => {
    const dropped = `${OPEN}
5.000  C GET /b
5.082  S FIN`;
    expect(gapsOf(await historyOf(dropped))).toEqual(['4918 ms, request']);
  });
});

test('the client is who asks, where no handshake tells it', async () => {
  const history = await historyOf('1.000  S ACK port=50000\n1.001  C GET /a\n1.082  S 200 length=5');
  expect([history.client, history.server]).toEqual(['10.0.0.1:40000', '10.0.0.2:50000']);
});

test('numbers begin where Wireshark begins to count them', async () => {
  const history = await historyOf(OPEN);
  expect([history.clientSide.base, history.serverSide.base]).toEqual([1000, 0xfffffff0 | 0]);
  const joined = await historyOf('1.000  C GET /a\n1.082  S 200 length=5');
  expect(joined.clientSide.base).toBe(999);
});
