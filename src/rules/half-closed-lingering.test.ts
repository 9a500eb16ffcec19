import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { halfClosedLingering } from './half-closed-lingering.ts';

const { id, example } = halfClosedLingering.documentation;

const OPEN = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'the client closes within a second': `${OPEN}
5.082  S FIN
5.123  C ACK
6.000  C FIN
6.040  S ACK`,
      'the client resets within a second': `${OPEN}
5.082  S FIN
5.123  C ACK
6.000  C RST-ACK`,
      'the capture ends before': `${OPEN}
5.082  S FIN
5.123  C ACK
6.000  C2 SYN`,
      'the capture goes on for days, which several captures in one file do': `${OPEN}
5.082  S FIN
5.123  C ACK
900000.000  C2 SYN`,
      'nothing of the client ever acknowledges the FIN: the path is dead': `${OPEN}
5.082  S FIN
5.400  S FIN again
9.000  S FIN again
20.000  C2 SYN`,
      'the client is still sending its request, and the server reads on': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /upload length=5000 sent=1000
0.081  S 413 length=5 close
0.082  S FIN
0.083  C data=1000
1.500  C data=1000
3.000  C data=2000
3.041  S ACK
3.100  C FIN
3.140  S ACK`,
      'half-closed in the other direction': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.042  C FIN
0.082  S ACK
5.000  S 200 length=5
5.001  S FIN
5.002  C ACK`,
      'a tunnel': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C CONNECT example.test:443
0.082  S 200 unframed
0.083  C raw="\\x16\\x03\\x01\\x00\\x05hello"
0.123  S FIN
9.124  C FIN`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });

  test("by the client's clock, whichever end was captured", async () => {
    const atServer = (end: number) => `
0.000  C SYN
0.001  S SYN-ACK
0.081  C ACK
0.082  C GET /a
0.083  S 200 length=5
5.000  S FIN
5.080  C ACK
${end}  C FIN`;
    // The FIN took 40 ms to the client, and the client's another 40 ms back.
    expect(await rulesIn(atServer(6.05))).not.toContain(id);
    expect(await rulesIn(atServer(6.09))).toContain(id);
  });
});

const FOUND = {
  rule: id,
  verdict: 'info, proven',
  executed: null,
  delivered: null,
  lostRequests: 0,
  also: [],
  evidence: ['6 server FIN', '7 client acknowledges the FIN', '8 client FIN'],
};

describe('found', () => {
  test('for some seconds', async () => {
    expect(await verdictOn(example)).toEqual(FOUND);
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'info, proven' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      "10.0.0.1:40000 left its side of the connection to 10.0.0.2:80 open for 4.04 s after the server's FIN (frame 6): then it closed too.",
    );
  });

  test('until the capture ends, or a RST', async () => {
    const open = `${OPEN}
5.082  S FIN
5.123  C ACK
9.000  C2 SYN`;
    expect(await verdictOn(open)).toMatchObject({ rule: id, verdict: 'info, likely' });
    const reset = `${OPEN}
5.082  S FIN
5.123  C ACK
9.000  C RST-ACK`;
    expect(await verdictOn(reset)).toMatchObject({
      rule: id,
      evidence: [...FOUND.evidence.slice(0, 2), '8 client RST'],
    });
  });

  test("for more than a minute a warning: the server's half is forgotten, and a RST answers the client's FIN", async () => {
    const script = `${OPEN}
5.082  S FIN
5.123  C ACK
99.000 C FIN
99.040 S RST`;
    expect(await verdictOn(script)).toEqual({ ...FOUND, verdict: 'warning, proven' });
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
