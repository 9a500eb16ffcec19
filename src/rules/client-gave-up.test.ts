import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { clientGaveUp } from './client-gave-up.ts';

const { id, example } = clientGaveUp.documentation;

const ASK = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /slow
0.081  S ACK`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'a half-close that is answered late': `${ASK}
0.082  C FIN
0.122  S ACK
9.000  S 200 length=5
9.001  S FIN
9.002  C ACK`,
      'a half-close, and the capture ends before anybody could answer': `${ASK}
0.082  C FIN
0.122  S ACK`,
      'the request was not complete': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /a length=100 sent=10
0.100  C RST-ACK`,
      'the server closed first': `${ASK}
3.000  S FIN
3.001  C FIN
3.041  S ACK`,
      'the server had closed before it had anything of the request: an unasked 408': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C ACK
1.020  C GET /late
1.041  S 408 close crossing
1.042  C FIN
1.043  S FIN crossing=2
1.062  S RST`,
      'the client resets after the whole response': `${ASK}
0.500  S 200 length=5
0.501  C RST-ACK`,
      'a forged reset of the client outside of the window': `${ASK}
0.200  C RST-ACK forged=2000000000
0.500  S 200 length=5
0.501  C FIN
0.541  S FIN
0.542  C ACK`,
      'the capture lacks the response': `${ASK}
0.500  S 200 length=5 lost
0.501  C FIN
0.541  S FIN
0.542  C ACK`,
      'an upgraded connection': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /socket upgrade
0.082  S 101 upgrade
3.000  C RST-ACK`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

const FOUND = {
  rule: id,
  verdict: 'warning, proven',
  executed: 'unknown',
  delivered: null,
  lostRequests: 0,
  also: [],
  evidence: ['3 request', '4 server acknowledges the request', '5 client FIN'],
};

describe('found', () => {
  test('FIN, and the response that comes too late is refused', async () => {
    expect(await verdictOn(example)).toEqual({
      ...FOUND,
      executed: 'yes',
      delivered: 'at-risk',
      evidence: ['3 request', '4 server acknowledges the request', '5 client FIN', '7 response begins'],
    });
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'warning, proven' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      '10.0.0.1:40000 closed the connection with FIN (frame 5) 3.00 s after GET /slow (frame 3) to 10.0.0.2:80: ' +
        "the server's TCP had the request, but no byte of a response had come.",
    );
    expect(finding!.advice).toContain("If 3.00 s is the client's response timeout");
  });

  test('FIN, and the server closes without an answer', async () => {
    const script = `${ASK}
3.000  C FIN
3.040  S FIN
3.041  C ACK`;
    expect(await verdictOn(script)).toEqual(FOUND);
  });

  test('RST', async () => {
    expect(await verdictOn(`${ASK}\n3.000  C RST-ACK`)).toEqual({
      ...FOUND,
      evidence: ['3 request', '4 server acknowledges the request', '5 client RST'],
    });
  });

  test('in the middle of the response', async () => {
    const script = `${ASK}
0.500  S 200 length=1000 sent=300
0.501  C ACK
3.000  C RST-ACK`;
    expect(await verdictOn(script)).toEqual({
      ...FOUND,
      executed: 'yes',
      delivered: 'truncated',
      evidence: ['3 request', '4 server acknowledges the request', '5 response begins', '7 client RST'],
    });
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});

test('a client that closes before any response can have come did not wait: only a remark', async () => {
  const findings = await findingsOf(`
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /notify length=10
0.042  C FIN
0.082  S ACK
0.090  S FIN
0.091  C ACK`);
  expect(findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual(['client-gave-up info']);
});

test('a client that resets while it waits gave up, though the whole response comes later', async () => {
  const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.081  S ACK
3.081  C RST-ACK
3.101  S 200 length=5
3.102  C RST`;
  expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'warning, proven' });
});

test('a RST in the name of the client with another TTL is probably not its own', async () => {
  const [finding] = await findingsOf(`
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.081  S ACK
3.081  C RST-ACK ttl=250`);
  expect(finding).toMatchObject({ rule: id, confidence: 'likely' });
  expect(finding!.explanation).toContain('probably sent by a middlebox');
  expect(finding!.advice).toContain('devices between client and server');
});
