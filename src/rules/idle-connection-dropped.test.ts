import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { idleConnectionDropped } from './idle-connection-dropped.ts';

const { id, example } = idleConnectionDropped.documentation;

const OPEN = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK`;

const RETRANSMITTED = `
60.000  C GET /b
60.240  C GET /b again
60.720  C GET /b again
61.680  C GET /b again
63.600  C GET /b again`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'a retransmission comes through': `${OPEN}${RETRANSMITTED}
63.640  S 200 length=5
63.641  C FIN
63.681  S FIN
63.682  C ACK`,
      'the request was acknowledged, only the answer takes its time': `${OPEN}
60.000  C GET /b
60.240  C GET /b again
60.280  S ACK
61.680  C GET /b again
63.600  C GET /b again`,
      'a RST answers': `${OPEN}${RETRANSMITTED}
63.640  S RST`,
      'the server had closed': `${OPEN}
30.000  S FIN
30.040  C ACK${RETRANSMITTED}`,
      'the server closed, and the capture lacks the way of the FIN to the client': `${OPEN}${RETRANSMITTED}
63.640  S FIN crossing`,
      'one retransmission': `${OPEN}
60.000  C GET /b
60.240  C GET /b again
65.000  C2 SYN`,
      'the capture ends before an answer to the retransmission can come': `${OPEN}
60.000  C GET /b
61.100  C GET /b again
61.130  C2 SYN`,
      'a frame captured twice is no retransmission': `${OPEN}
60.000  C GET /b
60.000  C GET /b again
65.000  C2 SYN`,
      'no idle time before': `${OPEN}${RETRANSMITTED.replaceAll(/^60\./gm, '0.')
        .replace('0.000', '0.084')
        .replaceAll(/^6([13])\./gm, '$1.')}`,
      'the first request of a connection': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.281  C GET /a again
0.761  C GET /a again
3.721  C GET /a again
9.000  C2 SYN`,
      'the capture has nothing of the server': `
0.000  C SYN
0.040  S SYN-ACK lost
0.041  C GET /a
0.082  S 200 length=5 lost
0.083  C ACK${RETRANSMITTED}`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

const FOUND = {
  rule: id,
  verdict: 'error, likely',
  executed: 'unknown',
  delivered: null,
  lostRequests: 1,
  also: [],
  evidence: ['4 end of the last response', '6 lost request', '10 last retransmission'],
};

describe('found', () => {
  test('retransmissions into silence', async () => {
    expect(await verdictOn(`${OPEN}${RETRANSMITTED}`)).toEqual(FOUND);
    expect(await verdictOn(everyFrameTwice(`${OPEN}${RETRANSMITTED}`))).toMatchObject({ verdict: 'error, likely' });
    const [finding] = await findingsOf(`${OPEN}${RETRANSMITTED}`);
    expect(finding!.summary).toBe(
      'GET /b (frame 6) from 10.0.0.1:40000 to 10.0.0.2:80 was sent after 59.9 s of silence, retransmitted for 3.60 s ' +
        '(last in frame 10) and never acknowledged; no FIN or RST came.',
    );
  });

  test('over a short time it is only possible', async () => {
    const script = `${OPEN}
60.000  C GET /b
60.240  C GET /b again
60.720  C GET /b again
61.680  C GET /b again
62.000  C2 SYN`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'error, possible' });
  });

  test('the client gives up: that follows', async () => {
    expect(await verdictOn(example)).toMatchObject({ rule: id, verdict: 'error, likely', also: [] });
    const byReset = example.replace('C FIN ', 'C RST-ACK ');
    expect(await verdictOn(byReset)).toMatchObject({ rule: id, also: ['client-gave-up (warning)'] });
    const [finding] = await findingsOf(example);
    expect(finding!.consequences).toContain(
      'The client closed the connection (frame 11) 5.00 s after it had sent the request.',
    );
  });

  test('after a short silence the path is as likely to have failed', async () => {
    const [finding] = await findingsOf(`${OPEN}
0.400  C GET /b
0.640  C GET /b again
1.120  C GET /b again
2.080  C GET /b again
4.000  C GET /b again
7.840  C GET /b again`);
    expect(finding).toMatchObject({ rule: id, severity: 'error', confidence: 'possible' });
    expect(finding!.explanation).toContain('After so short a silence the latter is more likely');
    expect(finding!.advice).not.toContain('clearly before');
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
