import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS, READS_ON } from '../testing/healthy-conversations.ts';
import { resetMidResponse } from './reset-mid-response.ts';

const { id, example } = resetMidResponse.documentation;

const ASK = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'the response was complete': `${ASK}
0.082  S 200 length=300
0.083  C ACK
0.090  S RST-ACK`,
      'FIN instead of RST': `${ASK}
0.082  S 200 length=1000 sent=300
0.083  S FIN
0.084  C FIN
0.124  S ACK`,
      'a FIN before the RST': `${ASK}
0.082  S 200 length=1000 sent=300
0.083  S FIN
0.084  C FIN
0.124  S RST`,
      'the client reset': `${ASK}
0.082  S 200 length=1000 sent=300
0.083  C RST-ACK`,
      'the client closed, and the server has no use for the rest': `${ASK}
0.082  S 200 length=1000 sent=300
0.083  C FIN
0.123  S RST-ACK`,
      'no byte of the response came': `${ASK}
0.082  S RST-ACK`,
      'the capture lacks a part of the response': `${ASK}
0.082  S 200 length=1000 sent=300
0.083  S data=300 lost
0.084  S data=300
0.085  C ACK
0.090  S RST-ACK`,
      'the capture lacks the last part of the response, which only the reset tells': `${ASK}
0.082  S 200 length=1000 sent=300
0.083  S data=700 lost
0.090  S RST-ACK`,
      'a forged reset outside of the window, and the rest comes': `${ASK}
0.082  S 200 length=1000 sent=300
0.083  S RST-ACK forged=2000000000
0.084  S data=700
0.085  C FIN
0.125  S FIN
0.126  C ACK`,
      'a tunnel': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C CONNECT example.test:443
0.082  S 200 unframed
0.090  S RST-ACK`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

const FOUND = {
  rule: id,
  verdict: 'error, proven',
  executed: 'yes',
  delivered: 'truncated',
  lostRequests: 1,
  also: [],
  evidence: ['3 request', '4 response begins', '6 server RST'],
};

describe('found', () => {
  test('by Content-Length', async () => {
    expect(await verdictOn(example)).toEqual(FOUND);
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, delivered: 'truncated' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      '10.0.0.2:80 reset the connection (frame 6) in the middle of its response to GET /a (frame 3) from 10.0.0.1:40000: ' +
        '300 of 1000 body bytes were sent.',
    );
    expect(finding!.evidence.at(-1)!.note).toBe('8.0 ms after the last response byte');
  });

  test('in a chunked and in a close-delimited body, with further parts, and with requests waiting behind', async () => {
    const chunked = `${ASK}
0.082  S 200 chunked unterminated
0.083  C ACK
0.090  S RST-ACK`;
    expect(await verdictOn(chunked)).toEqual(FOUND);
    const endless = `${ASK}
0.082  S 200 unframed
0.083  S data=500
0.084  C ACK
0.090  S RST-ACK`;
    expect(await verdictOn(endless)).toEqual({
      ...FOUND,
      evidence: ['3 request', '4 response begins', '5 last response bytes', '7 server RST'],
    });
    const pipeline = `${ASK}
0.042  C GET /b
0.082  S 200 length=1000 sent=300
0.083  C ACK
0.090  S RST-ACK`;
    const [finding, ...others] = await findingsOf(pipeline);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: id, lostRequests: 2 });
    expect(finding!.consequences).toEqual([
      'GET /a got a truncated response: 300 of 1000 body bytes were sent.',
      'GET /b (frame 4) got no response.',
    ]);
  });

  test('a middlebox may have sent it', async () => {
    const [finding] = await findingsOf(example.replace('RST-ACK', 'RST-ACK ttl=250'));
    expect(finding).toMatchObject({ rule: id, confidence: 'likely' });
    expect(finding!.explanation).toContain('middlebox');
  });

  test('of a client that has closed its own side and reads on', async () => {
    const script = `${READS_ON}0.700  S RST-ACK`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'error, proven', executed: 'yes' });
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
