// Pairing and idle gaps under circumstances that a table of messages does not show: times, numbers, frames.
import { describe, expect, test } from 'vitest';
import type { History } from '../history/history.ts';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { captureOf } from '../testing/conversation.ts';
import { Rig } from '../testing/tcp-rig.ts';
import { ExchangePool } from './exchange.ts';
import { HttpConnection } from './http-connection.ts';

async function historyOf(script: string): Promise<History> {
  const [history] = [...(await analyzeBytes(captureOf(script))).connections];
  return history!;
}

const OPEN = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK`;

const gapsOf = ({ idleGaps }: History) =>
  idleGaps.map(({ duration, afterFrame, endFrame, endedBy }) => [duration / 1e6, afterFrame, endFrame, endedBy]);

describe('idle gaps', () => {
  test.each([
    ['a request', `${OPEN}\n5.082 C GET /b\n5.123 S 200`, 'request', 5000],
    ['the client’s FIN', `${OPEN}\n5.082 C FIN\n5.123 S FIN`, 'client-fin', 5000],
    ['the server’s FIN', `${OPEN}\n5.082 S FIN\n5.123 C FIN`, 'server-fin', 5000],
    ['the client’s RST', `${OPEN}\n5.082 C RST-ACK`, 'client-rst', 5000],
    ['the server’s RST', `${OPEN}\n5.082 S RST-ACK`, 'server-rst', 5000],
    ['the end of the capture', `${OPEN}\n5.082 C PROBE\n5.123 S ACK`, 'capture-end', 5041],
  ] as const)('ended by %s', async (_name, script, endedBy, milliseconds) => {
    expect(gapsOf(await historyOf(script))[0]).toEqual([milliseconds, 4, expect.any(Number), endedBy]);
  });

  test('FINs captured in the wrong order: the one that acknowledges the other came second', async () => {
    // The client’s FIN, in frame 6, has a number that only the server’s FIN can have led to.
    const script = captureOf(`${OPEN}\n5.082 S FIN\n5.083 C FIN`);
    const swapped = swapLastTwo(script);
    const [history] = [...(await analyzeBytes(swapped)).connections];
    expect(gapsOf(history!)[0]![3]).toBe('server-fin');
    expect(history!.closedBy).toBe('server-fin');
  });

  test('none between pipelined requests', async () => {
    const history = await historyOf(`${OPEN}\n1.000 C GET /b\n1.001 C GET /c\n1.041 S 200\n1.042 S 200\n2.000 C FIN`);
    expect(gapsOf(history).map(([duration]) => duration)).toEqual([918, 958]);
  });

  test('none where bytes are missing that may have ended it', async () => {
    const history = await historyOf(`${OPEN}\n1.000 C GET /b lost\n1.041 S 200 lost\n2.000 C FIN\n2.041 S FIN`);
    expect(gapsOf(history)).toEqual([]);
  });
});

/** The packets of a capture of link type RAW, the last two exchanged. */
function swapLastTwo(capture: Buffer): Buffer {
  const starts: number[] = [];
  for (let at = 24; at < capture.length; at += 16 + capture.readUInt32LE(at + 8)) starts.push(at);
  const [first, second] = starts.slice(-2) as [number, number];
  return Buffer.concat([capture.subarray(0, first), capture.subarray(second), capture.subarray(first, second)]);
}

test('the acknowledgement number of a request is that of its first byte’s first transmission', async () => {
  const script = `${OPEN}
5.082  S FIN
5.083  C GET /b crossing
5.283  C GET /b again`;
  const { exchanges, serverSide } = await historyOf(script);
  expect(exchanges[1]!.request!.acknowledgementAtStart).toBe(serverSide.fin!.sequence);
});

test('a response captured before its request is the response to it', async () => {
  const history = await historyOf(OPEN);
  const [swapped] = [
    ...(await analyzeBytes(swapLastTwo(captureOf(OPEN.split('\n').slice(0, 5).join('\n'))))).connections,
  ];
  for (const { exchanges } of [history, swapped!]) {
    expect(exchanges.map(({ request, response }) => [request?.target, response?.status])).toEqual([['/a', 200]]);
  }
  // It only waited for the bytes that it acknowledges: it is no retransmission.
  expect(swapped!.exchanges[0]!.response!.reordered).toBe(false);
});

test('bytes that are held back keep their circumstances', () => {
  const http = new HttpConnection(true, new ExchangePool());
  const rig = new Rig({ sinkFor: (connection) => http.begin(connection) });
  const request = 'GET /a HTTP/1.1\r\n\r\n';
  rig.send('C', { at: 0, bytes: request.slice(0, 3) });
  rig.time += 1e9;
  rig.send('S', { at: 0, ack: 3 });
  rig.send('C', { at: 3, bytes: request.slice(3) });
  const [exchange] = http.exchanges;
  const { request: asked } = exchange!;
  expect(asked).toMatchObject({ method: 'GET', complete: true, firstFrame: 1, lastFrame: 3 });
  expect(asked!.end - asked!.start).toBe(request.length);
  expect(asked!.endTime - asked!.startTime).toBeGreaterThanOrEqual(1e9);
});

test('a long connection keeps its last exchanges, and tells of each reuse', () => {
  const reuses: number[] = [];
  const observer = { pairOf: () => 0, reused: (_: number, __: number, duration: number) => reuses.push(duration) };
  const http = new HttpConnection(false, new ExchangePool(), observer);
  const rig = new Rig({ sinkFor: (connection) => http.begin(connection) }).handshake();
  const request = 'GET /a HTTP/1.1\r\n\r\n';
  const response = 'HTTP/1.1 204 No Content\r\n\r\n';
  const COUNT = 1000;
  for (let i = 0; i < COUNT; i++) {
    rig.time += i === 10 ? 5e9 : 1e9;
    rig.send('C', { at: i * request.length, bytes: request, ack: i * response.length });
    rig.send('S', { at: i * response.length, bytes: response, ack: (i + 1) * request.length });
  }
  expect(http.exchangeCount).toBe(COUNT);
  expect(http.exchanges.length).toBeLessThan(10);
  expect(http.exchanges.at(-1)).toMatchObject({ index: COUNT - 1, uncertain: false });
  expect(http.exchanges.every(({ request, response }) => request?.complete && response?.complete)).toBe(true);
  expect(http.idleGaps).toHaveLength(1);
  expect(reuses).toHaveLength(COUNT - 1);
  expect(Math.max(...reuses)).toBe(5.001e9);
});
