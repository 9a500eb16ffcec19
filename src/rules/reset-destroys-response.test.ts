import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { resetDestroysResponse } from './reset-destroys-response.ts';

const { id, example } = resetDestroysResponse.documentation;

const UPLOAD = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /upload length=100000 sent=1000`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'no reset comes: the server lingers': `${UPLOAD}
0.081  S 413 length=5 close
0.082  S FIN
0.083  C data=1400 crossing
0.123  S ACK
0.124  C FIN
0.164  S ACK`,
      'the reset answers the FIN of a client that has finished too': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5 close
0.083  S FIN
0.084  C FIN
0.124  S RST`,
      'the reset answers a later request': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C GET /b
0.123  S RST-ACK`,
      'the client was done: it closed with the response acknowledged, before it can have had the reset': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /upload length=3000 sent=1000
0.081  S 413 length=5 close
0.082  S FIN
0.083  C data=2000 crossing
0.084  C FIN
0.122  S RST`,
      'the same at the server, where the reset comes first': `
0.000  C SYN
0.001  S SYN-ACK
0.041  C POST /upload length=3000 sent=1000
0.042  S 413 length=5 close
0.043  S FIN
0.080  C data=1000 crossing=2
0.081  S RST
0.082  C data=1000
0.083  C FIN
0.084  S RST`,
      'both reset, and the client had the response': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C RST-ACK
0.084  S RST-ACK crossing`,
      'the reset comes long after the response': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
5.082  S RST-ACK`,
      'the client reset': `${UPLOAD}
0.081  S 413 length=5 close
0.082  C RST-ACK
0.122  S RST`,
      'the capture lacks a part of the response': `${UPLOAD}
0.081  S 413 length=2000 sent=1000 close
0.082  S data=500 lost
0.083  S data=500
0.084  C ACK
0.085  S RST-ACK`,
      'the capture has nothing of the client': `
0.000  C SYN lost
0.040  S SYN-ACK
0.041  C GET /a lost
0.082  S 200 length=5
0.083  S RST-ACK`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

const FOUND = {
  rule: id,
  verdict: 'error, proven',
  executed: 'yes',
  delivered: 'at-risk',
  lostRequests: 1,
  also: ['undelayed-close (error)'],
};

describe('found', () => {
  test('proven: no ACK ever covers the end of the response', async () => {
    expect(await verdictOn(example)).toEqual({
      ...FOUND,
      evidence: ['3 request', '5 end of the response', '6 server FIN', '8 server RST'],
    });
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, delivered: 'at-risk' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      '10.0.0.2:80 sent 413 for POST /upload (frame 3) to 10.0.0.1:40000 in full, and a RST (frame 8) 41 ms after it, ' +
        'before the client acknowledged it.',
    );
  });

  test('likely: acknowledged, but the client was still sending', async () => {
    const script = `${UPLOAD}
0.042  C data=1400
0.081  S 413 length=5 close crossing=1
0.082  S FIN
0.083  C data=1400
0.122  S RST`;
    expect(await verdictOn(script)).toEqual({
      ...FOUND,
      verdict: 'error, likely',
      delivered: 'yes',
      evidence: [
        '3 request',
        '5 end of the response',
        '6 server FIN',
        '7 client acknowledges the response',
        '8 server RST',
      ],
    });
  });

  test('likely: RST without FIN, in the middle of the upload', async () => {
    const script = `${UPLOAD}
0.081  S 401 length=5
0.082  C data=1400
0.083  S RST-ACK`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'error, likely', delivered: 'yes' });
  });

  test('possible: acknowledged and asked in full, but reset at once: nothing was lost here', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5 close
0.083  C ACK
0.084  S RST-ACK`;
    expect(await verdictOn(script)).toMatchObject({
      rule: id,
      verdict: 'warning, possible',
      lostRequests: 0,
      also: ['undelayed-close (info)'],
    });
  });

  test('not proven at the server when the capture ends before an acknowledgement could have come', async () => {
    const script = `
0.000  C SYN
0.0001 S SYN-ACK
0.080  C ACK
0.0801 C GET /a
0.0802 S ACK
0.100  S 200 length=5
0.150  S RST-ACK`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'error, likely' });
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
