import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, framesOf, rulesIn, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS, READS_ON } from '../testing/healthy-conversations.ts';
import { truncatedResponse } from './truncated-response.ts';

const { id, example } = truncatedResponse.documentation;

const ASK = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a`;

const END = `
0.091  C FIN
0.131  S ACK`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'the response is complete': `${ASK}
0.082  S 200 length=300
0.090  S FIN${END}`,
      'the FIN came before the last part in the capture, not on the wire': framesOf(
        `${ASK}
0.082  S 200 length=1000 sent=300
0.083  S data=700
0.090  S FIN${END}`,
        [1, 2, 3, 4, 6, 5, 7, 8],
      ),
      'a close-delimited body ends with the FIN': `${ASK}
0.082  S 200 unframed
0.083  S data=300
0.090  S FIN${END}`,
      'to HEAD there is no body': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C HEAD /a
0.082  S 200 length=1000 sent=0
0.090  S FIN${END}`,
      'RST instead of FIN': `${ASK}
0.082  S 200 length=1000 sent=300
0.090  S RST-ACK`,
      'the client closed first': `${ASK}
0.082  S 200 length=1000 sent=300
0.083  C FIN
0.123  S FIN
0.124  C ACK`,
      'the capture lacks a part': `${ASK}
0.082  S 200 length=1000 sent=300
0.083  S data=700 lost
0.090  S FIN${END}`,
      'the capture lacks a part in the middle of a chunked body': `${ASK}
0.082  S 200 chunked length=300 unterminated
0.083  S raw="0\\r\\n" lost
0.084  S raw="\\r\\n"
0.090  S FIN${END}`,
      'an upgraded connection': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /socket upgrade
0.082  S 101 upgrade
0.083  S raw="\\x81\\x7e\\x01\\x00half a frame"
0.090  S FIN${END}`,
    }),
  )('%s', async (_, conversation) => {
    expect(await rulesIn(conversation)).not.toContain(id);
  });
});

const FOUND = {
  rule: id,
  verdict: 'error, proven',
  executed: 'yes',
  delivered: 'truncated',
  lostRequests: 1,
  also: [],
  evidence: ['3 request', '4 response begins', '6 server FIN'],
};

describe('found', () => {
  test('by Content-Length', async () => {
    expect(await verdictOn(example)).toEqual(FOUND);
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, delivered: 'truncated' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      '10.0.0.2:80 closed the connection (frame 6) in the middle of its response to GET /a (frame 3) from 10.0.0.1:40000: ' +
        '300 of 1000 body bytes were sent.',
    );
  });

  test('in a chunked body, in a head, and with requests waiting behind', async () => {
    const chunked = `${ASK}
0.082  S 200 chunked unterminated
0.083  C ACK
0.090  S FIN${END}`;
    expect(await verdictOn(chunked)).toEqual(FOUND);
    const head = `${ASK}
0.082  S raw="HTTP/1.1 200 OK\\r\\nContent-Le"
0.083  C ACK
0.090  S FIN${END}`;
    expect(await verdictOn(head)).toEqual(FOUND);
    const pipeline = `${ASK}
0.042  C GET /b
0.082  S 200 length=1000 sent=300
0.090  S FIN${END}`;
    expect(await verdictOn(pipeline)).toMatchObject({ rule: id, lostRequests: 2, also: [] });
  });

  test('of a client that has closed its own side and reads on', async () => {
    const script = `${READS_ON}0.700  S FIN
0.701  C ACK`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'error, proven', executed: 'yes' });
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
