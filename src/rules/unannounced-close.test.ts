import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { unannouncedClose } from './unannounced-close.ts';

const { id, example } = unannouncedClose.documentation;

const ASK = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a`;

const END = `
0.084  C FIN
0.124  S ACK`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      "the capture's clock was set back in between": `
10.000  C SYN
10.040  S SYN-ACK
10.041  C GET /a
10.082  S 200 length=5
10.083  C ACK
9.500  S FIN
9.501  C FIN
9.541  S ACK`,
      "the capture lacks the handshake's last segment": `
0.000  C SYN
0.020  S SYN-ACK
0.040  C ACK lost
6.000  C GET /a
6.021  S 200 length=5
6.022  C ACK
11.021  S FIN
11.022  C FIN
11.062  S ACK`,
      'the response announced it': `${ASK}
0.082  S 200 length=5 close
0.083  S FIN${END}`,
      'the request announced it': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a close
0.082  S 200 length=5
0.083  S FIN${END}`,
      'HTTP/1.0': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a http1.0
0.082  S 200 http1.0 length=5
0.083  S FIN${END}`,
      'the FIN is the framing': `${ASK}
0.082  S 200 unframed
0.083  S FIN${END}`,
      'later than a round trip and 50 ms': `${ASK}
0.082  S 200 length=5
0.083  C ACK
0.174  S FIN
0.175  C FIN
0.215  S ACK`,
      'RST instead of FIN': `${ASK}
0.082  S 200 length=5
0.083  S RST-ACK`,
      'the client closed first': `${ASK}
0.082  S 200 length=5
0.083  C FIN
0.123  S FIN
0.124  C ACK`,
      'the request was not read in full': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /a length=5000 sent=1000
0.082  S 413 length=5
0.083  S FIN
0.084  C ACK`,
      'the capture lacks a part of the response': `${ASK}
0.082  S 200 length=1000 sent=500
0.083  S data=500 lost
0.084  S FIN
0.085  C FIN
0.125  S ACK`,
      'the capture lacks bytes behind the response, which may have been another one': `${ASK}
0.082  S 200 length=5
0.083  S 200 length=5 lost
0.084  S FIN
0.085  C FIN
0.125  S ACK`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

const FOUND = {
  rule: id,
  verdict: 'warning, proven',
  executed: null,
  delivered: null,
  lostRequests: 0,
  also: [],
  evidence: ['4 end of the response', '5 server FIN'],
};

describe('found', () => {
  test('FIN right after the response', async () => {
    expect(await verdictOn(example)).toEqual(FOUND);
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'warning, proven' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      '10.0.0.2:80 closed the connection (frame 5) 1.0 ms after its 200 response to GET /a from 10.0.0.1:40000, ' +
        'without announcing it.',
    );
    expect(finding!.explanation).toContain('the 1st response on this connection');
  });

  test('the close crossed that of the client', async () => {
    const script = `${ASK}
0.082  S 200 length=5
0.083  C FIN
0.084  S FIN crossing
0.124  S ACK`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'warning, proven' });
  });

  test('FIN with the response; HTTP/1.0 that promised keep-alive; the third response', async () => {
    expect(await verdictOn(`${ASK}\n0.082  S 200 length=5 FIN${END}`)).toEqual({
      ...FOUND,
      evidence: ['4 end of the response', '4 server FIN'],
    });
    const old = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a http1.0 keep-alive
0.082  S 200 http1.0 length=5 keep-alive
0.083  S FIN${END}`;
    expect(await verdictOn(old)).toEqual(FOUND);
    const third = `${ASK}
0.082  S 200 length=5
0.083  C GET /b
0.124  S 200 length=5
0.125  C GET /c
0.166  S 200 length=5
0.167  S FIN
0.168  C FIN
0.208  S ACK`;
    const [finding] = await findingsOf(third);
    expect(finding!.explanation).toContain('the 3rd response on this connection');
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
