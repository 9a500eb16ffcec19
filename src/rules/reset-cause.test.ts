// Each cause of a RST, as its shape and circumstances tell it, in scripts and in real captures.
import { describe, expect, test } from 'vitest';
import type { History } from '../history/history.ts';
import { analyzeBytes, analyzeFile } from '../testing/analyze-file.ts';
import { captureOf } from '../testing/conversation.ts';
import { everyFrameTwice } from '../testing/findings-of.ts';
import type { Asked } from './facts.ts';
import { type ResetCause, resetCause } from './reset-cause.ts';

/** Of the first connection that a RST of its server ended: the last exchange that has a request. */
function causeIn(connections: Iterable<History>): ResetCause | undefined {
  const history = [...connections].find(({ serverSide }) => serverSide.rst !== null);
  const exchange = history?.exchanges.findLast(({ request }) => request !== null);
  return history && resetCause(history, history.serverSide.rst!, exchange as Asked);
}

async function causeOf(script: string | Buffer): Promise<ResetCause | undefined> {
  const capture = typeof script === 'string' ? captureOf(script) : script;
  return causeIn((await analyzeBytes(capture)).connections);
}

const OPEN = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK`;

describe('a RST in the place of a response', () => {
  test.each([
    [
      'bare, with the acknowledgement number of the request: no such connection',
      `${OPEN}\n5.000  C GET /b\n5.041  S RST`,
      { kind: 'no-socket', confidence: 'proven', text: 'Other connections to this server that end in the same moment' },
    ],
    [
      'bare, of a connection whose SYN-ACK came again: possibly the listen queue was full',
      `
0.000  C SYN
0.040  S SYN-ACK
0.041  C ACK
0.042  C GET /a
1.050  S SYN-ACK again
1.051  C ACK
1.300  C GET /a again
3.100  S SYN-ACK again
3.400  C GET /a again
3.440  S RST`,
      { kind: 'no-socket', confidence: 'proven', text: 'sent its SYN-ACK again (frame 5)' },
    ],
    [
      'bare, behind a FIN: the socket had been closed',
      `${OPEN}\n5.000  S FIN\n5.001  C GET /b crossing\n5.041  S RST`,
      { kind: 'no-socket', confidence: 'proven', text: 'the socket had been closed' },
    ],
    [
      'with ACK, nothing of the request acknowledged: sent before it arrived',
      `${OPEN}\n5.000  S RST-ACK\n5.001  C GET /b crossing`,
      { kind: 'reset-crossed', confidence: 'proven', text: 'before the request arrived' },
    ],
    [
      'with ACK, the request acknowledged: one of two, which look alike',
      `${OPEN}\n5.000  C POST /b length=10\n5.041  S RST-ACK`,
      { kind: 'unread-or-abort', confidence: 'proven', text: 'It is one of two' },
    ],
    [
      'with ACK, behind a FIN that acknowledged less: closed with the rest unread',
      `${OPEN}\n5.000  S FIN\n5.001  C GET /b crossing\n5.041  S RST-ACK`,
      {
        kind: 'unread-data',
        confidence: 'likely',
        text: /acknowledges \d+ more bytes than the FIN before it \(frame 6\)/,
      },
    ],
  ] as const)('%s', async (_, script, { kind, confidence, text }) => {
    for (const conversation of [script, everyFrameTwice(script)]) {
      expect(await causeOf(conversation)).toMatchObject({ kind, confidence, doubtful: false });
    }
    expect((await causeOf(script))!.text).toMatch(text);
  });
});

describe('a RST in a response, or behind it', () => {
  test.each([
    [
      'a request without a body leaves nothing to be read: an abort',
      `${OPEN}\n1.000  C GET /b\n1.041  S 200 length=500 sent=100\n1.050  S RST-ACK`,
      { kind: 'abort', confidence: 'likely' },
    ],
    [
      'of a body it is not known how much was read: one of two',
      `${OPEN}\n1.000  C POST /b length=10\n1.041  S 200 length=500 sent=100\n1.050  S RST-ACK`,
      { kind: 'unread-or-abort', confidence: 'likely' },
    ],
    [
      'something was sent behind the request: one of two',
      `${OPEN}\n1.000  C GET /b\n1.041  S 200 length=500 sent=100\n1.042  C GET /c\n1.050  S RST-ACK`,
      { kind: 'unread-or-abort', confidence: 'likely' },
      1,
    ],
    [
      'the response began before the request was there: unread data',
      `${OPEN}\n1.000  C POST /b length=5000 sent=1000\n1.041  S 413 length=5 close\n1.042  C data=1000\n1.080  S RST-ACK`,
      { kind: 'unread-data', confidence: 'likely' },
    ],
    [
      'bare, behind a FIN: the socket was closed in both directions',
      `${OPEN}\n1.000  C POST /b length=5000 sent=1000\n1.041  S 413 length=5 close\n1.042  S FIN\n1.043  C data=1000 crossing\n1.083  S RST`,
      { kind: 'no-socket', confidence: 'likely' },
    ],
  ] as const)('%s', async (_, script, expected, exchange?: number) => {
    const { connections } = await analyzeBytes(captureOf(script));
    const history = [...connections][0]!;
    const asked = history.exchanges.at(exchange ?? -1) as Asked;
    expect(resetCause(history, history.serverSide.rst!, asked)).toMatchObject({ ...expected, doubtful: false });
  });
});

describe('a middlebox', () => {
  const RESET = `${OPEN}\n5.000  C GET /b\n5.005  S RST-ACK`;

  test('another TTL is likely one, and how soon it came is told beside it', async () => {
    const cause = await causeOf(`${RESET} ttl=250`);
    expect(cause).toMatchObject({ kind: 'middlebox', confidence: 'likely' });
    expect(cause!.text).toMatch(/has TTL 250.* TTL 64.*It came only 5\.0 ms after the request.* took 40 ms/);
    expect((await causeOf(`${OPEN}\n5.000  C GET /b\n5.041  S RST-ACK ttl=250`))!.text).not.toContain('It came only');
  });

  test('a TTL that differs by a hop or two is none', async () => {
    expect(await causeOf(`${OPEN}\n5.000  C GET /b\n5.041  S RST-ACK ttl=62`)).toMatchObject({
      kind: 'unread-or-abort',
    });
  });

  test('sooner than the server can answer, with the TTL of the server: only a doubt', async () => {
    const cause = await causeOf(RESET);
    expect(cause).toMatchObject({ kind: 'unread-or-abort', confidence: 'likely', doubtful: true });
    expect(cause!.text).toContain('Something nearer may have sent it.');
  });

  test('at the server every RST is soon', async () => {
    const atServer = `
0.000  C SYN
0.001  S SYN-ACK
0.041  C ACK
0.042  C GET /a
0.043  S 200 length=5
0.083  C ACK
5.000  C GET /b
5.001  S RST-ACK`;
    expect(await causeOf(atServer)).toMatchObject({ kind: 'unread-or-abort', confidence: 'proven', doubtful: false });
  });

  test('a bare RST may answer what came before the request', async () => {
    const soon = (time: number) => `${OPEN}\n${time}  C GET /b\n${(time + 0.005).toFixed(3)}  S RST`;
    expect(await causeOf(soon(0.1))).toMatchObject({ kind: 'no-socket', doubtful: false });
    expect(await causeOf(soon(5))).toMatchObject({ kind: 'no-socket', doubtful: true });
  });

  test('without a handshake nothing tells how long the way is', async () => {
    const script = '0.041  C GET /a\n0.082  S 200 length=5\n0.083  C ACK\n5.000  C GET /b\n5.005  S RST-ACK';
    expect(await causeOf(script)).toMatchObject({ doubtful: false });
  });
});

describe('real captures', () => {
  const SIGNATURES = 'fixtures/captures/signatures';
  const LAB = 'fixtures/captures/lab';
  const BOTH = ['client', 'server'];

  test.each([
    ['closed with the request unread', `${SIGNATURES}/s3_acked_then_rst`, 'pcap', BOTH, 'unread-or-abort'],
    ['a middlebox', `${SIGNATURES}/s6_middlebox_rst`, 'pcap', ['client'], 'middlebox'],
    ['an early answer, closed at once', `${SIGNATURES}/s7a_early413_rst`, 'pcap', BOTH, 'no-socket'],
    ['SO_LINGER 0 in the middle of a response', `${SIGNATURES}/s9_linger0_truncate`, 'pcap', BOTH, 'abort'],
    ['closed with a second request unread', `${SIGNATURES}/s13_rst_erases_unread`, 'pcap', BOTH, 'unread-or-abort'],
    ['crossing a close', `${SIGNATURES}/s1a_crossed_close`, 'pcap', BOTH, 'no-socket'],
    ['Node closes over a waiting POST', `${LAB}/rst-unread-body-node`, 'pcap', BOTH, 'unread-or-abort'],
    ['Node destroys a socket (resetAndDestroy)', `${LAB}/reset-mid-node`, 'pcapng', BOTH, 'abort'],
    ['nginx closes with the upload unread', `${LAB}/early-413-nginx`, 'pcap', BOTH, 'unread-data'],
    ['Go half-closes, waits and closes with the upload unread', `${LAB}/early-413-go`, 'pcap', BOTH, 'unread-data'],
    ['Envoy after its second of delayed close', `${LAB}/early-413-envoy-stalled`, 'pcap', BOTH, 'unread-data'],
  ] as const)('%s', async (_, name, kind, ends, expected) => {
    for (const end of ends) {
      const { connections } = await analyzeFile(`${name}.${end}.${kind}`);
      expect(causeIn(connections)?.kind, end).toBe(expected);
    }
  });
});
