// The whole way from bytes to findings: what once went wrong, each as the shortest conversation that shows it.
import { describe, expect, it } from 'vitest';
import { analyzeBytes } from './testing/analyze-file.ts';
import { captureOf } from './testing/conversation.ts';

const analyzeScript = (script: string) => analyzeBytes(captureOf(script));
const rulesIn = async (script: string) => (await analyzeScript(script)).findings.map(({ rule }) => rule);

/** `GET /a 200`, one line for each exchange of the first connection. */
async function exchangesIn(script: string) {
  const [connection] = [...(await analyzeScript(script)).connections];
  return connection!.exchanges.map(
    ({ request, response, uncertain }) =>
      `${request?.method} ${request?.target} ${response?.status ?? '-'}${uncertain ? ' uncertain' : ''}`,
  );
}

describe('it comes to an end', () => {
  it('when bytes follow a FIN while bytes before it are missing', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a lost
0.082  S 200 length=5 FIN
0.083  S data=6
0.084  S data=6`;
    expect(await rulesIn(script)).toEqual([]);
  });
});

describe('a response whose head is not in the capture', () => {
  it('answers the request before it, not the next one', async () => {
    const script = `
0.000  C GET /a
0.041  S 200 length=3000 sent=1000 lost
0.042  S data=2000
0.100  C GET /b
0.141  S 200 length=5
0.200  C GET /c
0.241  S 200 length=5
0.242  C FIN
0.282  S FIN`;
    expect(await exchangesIn(script)).toEqual(['GET /a - uncertain', 'GET /b 200', 'GET /c 200']);
  });

  it('may be the end of an earlier response, which says nothing about a request that was sent meanwhile', async () => {
    const script = `
0.000  C data=10
0.001  S data=1000
0.002  C GET /a
0.003  C GET /b
0.004  S data=1000 crossing=2
0.041  S 200 length=5
0.042  S 200 length=6`;
    expect(await exchangesIn(script)).toEqual(['GET /a 200', 'GET /b 200']);
  });

  it('is no missing response where its status line makes no sense', async () => {
    const script = `
0.000  C SYN
0.020  C POST /a length=5
0.025  S raw="HTTP/1.\\xef 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"
0.030  C ACK
5.534  S FIN
5.600  C FIN
5.601  S ACK`;
    expect(await rulesIn(script)).toEqual([]);
  });

  it('is no missing response where the SYN-ACK was not captured either', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK lost
0.041  C GET /a
0.081  S ACK
0.082  S 200 length=500 lost
0.083  C ACK
1.000  S FIN
1.001  C FIN
1.041  S ACK`;
    expect(await rulesIn(script)).toEqual([]);
  });
});

describe('capture loss', () => {
  it.each([
    [
      'the first response',
      `
0.000  C ACK
0.001  C GET /a
0.081  S 200 length=50 lost
0.082  C ACK
0.100  C GET /b
0.181  S 200 length=60
0.182  C ACK
1.000  C FIN
1.080  S FIN`,
    ],
    [
      'the response, and everything of the server but its FIN',
      `
0.000  C SYN
0.040  S SYN-ACK lost
0.041  C GET /a
0.081  S 200 length=50 lost
2.000  S FIN
2.001  C FIN`,
    ],
    [
      'the response, before the client closes',
      `
0.000  C SYN
0.040  S SYN-ACK lost
0.041  C GET /a
0.081  S 200 length=50 lost
0.200  C FIN
0.240  S FIN`,
    ],
    [
      "the client's FIN",
      `
0.000  C SYN
0.080  S SYN-ACK
0.081  C GET /a
0.161  S 200 length=50
0.162  C ACK
0.163  C FIN lost
0.243  S FIN
0.244  C ACK`,
    ],
    [
      "the handshake's last segment",
      `
0.000  C SYN
0.040  S SYN-ACK
0.041  C ACK lost
0.041  C GET /a lost
0.081  S 200 length=50
0.900  C GET /b
0.940  S 200 length=50
1.400  S FIN
1.401  C FIN`,
    ],
    [
      'everything of the server',
      `
0.000  C SYN
0.041  C GET /a
0.100  C GET /b
5.000  C RST`,
    ],
  ])('of %s makes no finding', async (_, script) => {
    expect((await analyzeScript(script)).findings.map(({ summary }) => summary)).toEqual([]);
  });

  it('of a request does not make the reset that answers it a danger to the response before it', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.081  S 200 length=50
0.082  S FIN
0.083  C ACK
0.084  C GET /b lost
0.123  S RST`;
    expect(await rulesIn(script)).toEqual(['unannounced-close']);
  });

  it("of the client's FIN does not make the server the one that closed", async () => {
    const script = `
0.000  C SYN
0.080  S SYN-ACK
0.081  C GET /a
0.161  S 200 length=50
0.162  C ACK
3.163  C FIN lost
3.243  S FIN
3.244  C ACK`;
    const [connection] = [...(await analyzeScript(script)).connections];
    expect(connection).toMatchObject({ closedBy: 'client-fin' });
    expect(connection!.idleGaps.map(({ endedBy }) => endedBy)).toEqual(['client-fin']);
  });
});

describe('a reset before the request', () => {
  it('of a client that goes on with the same numbers (a scanner): the request was not given up', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C RST
15.600 C GET /a
15.640 S RST`;
    expect(await rulesIn(script)).toEqual([]);
  });

  it('of a forger, when the server answers all the same', async () => {
    const script = `
0.000  C SYN
0.010  S RST-ACK
0.040  S SYN-ACK
0.041  C GET /a
0.081  S ACK
0.082  S 200 length=5
0.083  C ACK`;
    expect(await rulesIn(script)).toEqual([]);
  });

  it('of a forger, when the server has received the request', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  S RST-ACK
0.042  C GET /a
0.082  S ACK`;
    expect(await rulesIn(script)).toEqual([]);
  });
});

describe('a response that never arrived although it was sent again and again', () => {
  const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.081  S 200 length=500
0.300  S 200 again
0.900  S 200 again
2.100  S 200 again
20.00  S RST-ACK`;

  it('was lost, and not because the request was unread', async () => {
    const { findings } = await analyzeScript(script);
    expect(findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual(['reset-destroys-response error']);
    expect(findings[0]!.explanation).toMatch(/the path to it, was gone/);
    expect(findings[0]!.advice).not.toMatch(/stages/);
  });
});

describe('a close before the request has arrived in full', () => {
  it('is told without negative times', async () => {
    const dropped = `
0.000  C SYN
0.000  S SYN-ACK
0.080  C ACK
0.081  C POST /a length=5000 sent=1000
0.082  S FIN
0.083  C data=4000 crossing
0.163  S RST`;
    const [closed] = (await analyzeScript(dropped)).findings;
    expect(closed).toMatchObject({ rule: 'request-dropped-at-close' });
    expect(closed!.summary).toContain('closed the connection while it was still being sent (frame 5)');

    const reset = `
0.000  C SYN
0.000  S SYN-ACK
0.080  C GET /a
0.081  S 200 length=5
0.161  C ACK
5.082  S RST-ACK
5.100  C GET /b crossing
5.101  S RST`;
    const [crossed] = (await analyzeScript(reset)).findings;
    expect(crossed).toMatchObject({ rule: 'reset-instead-of-response', executed: 'no' });
    expect(crossed!.summary).toContain('crossed in flight, 18 ms apart');
  });
});

it('a response that the client refuses after both sides closed is told, however little detail was asked for', async () => {
  const capture = captureOf(`
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /slow
0.081  S ACK
3.041  C FIN
3.081  S ACK
5.000  S 200 length=5 FIN
5.001  C RST`);
  for (const detail of ['findings', 'connections', 'exchanges'] as const) {
    const { findings } = await analyzeBytes(capture, { detail });
    expect(
      findings.map(({ rule, delivered }) => `${rule} ${delivered}`),
      detail,
    ).toEqual(['client-gave-up at-risk']);
  }
});

it('a head that never ends is given up, and the report says so', async () => {
  const filler = Array.from({ length: 140 }, (_, i) => `${(1 + i / 1000).toFixed(3)}  C raw="${'x'.repeat(1000)}"`);
  const { captures, findings } = await analyzeScript(`
0.000  C SYN
0.040  S SYN-ACK
0.041  C raw="GET /a HTTP/1.1\\r\\nX: "
${filler.join('\n')}`);
  expect(captures[0]!.problems.map(({ kind }) => kind)).toEqual(['oversized-heads']);
  expect(findings).toEqual([]);
});

it.each([1, 60])('bytes of a newer connection without its SYN, %i s after the old one, are told', async (seconds) => {
  const old = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.100  C FIN
0.140  S FIN
0.141  C ACK
0.200  S 200 again
0.300  C2 SYN
0.340  S2 SYN-ACK
${seconds - 0.4}  C2 GET /c
${seconds - 0.3}  S2 200 length=5`;
  const newer = `
${seconds}  C GET /b forged=900000000
${seconds + 0.1}  S 200 length=5 forged=900000000`;
  for (const detail of ['findings', 'exchanges'] as const) {
    const kindsIn = async (script: string) => {
      const { captures, totals } = await analyzeBytes(captureOf(script), { detail });
      expect(totals.connections).toBe(2);
      return captures[0]!.problems.map(({ kind, message }) => `${kind}: ${message.slice(0, 10)}`);
    };
    expect(await kindsIn(old)).toEqual([]);
    expect(await kindsIn(old + newer)).toEqual(['missing-syn: 2 segments']);
  }
});
