import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { closeNotInitiated } from './close-not-initiated.ts';

const { id, example } = closeNotInitiated.documentation;

const ASK = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'the server closes a second later, as Envoy does': `${ASK}
0.082  S 200 length=5 close
0.083  C ACK
1.083  S FIN
1.084  C FIN`,
      'the client closes in time': `${ASK}
0.082  S 200 length=5 close
0.900  C FIN
0.940  S FIN`,
      'the capture ends before': `${ASK}
0.082  S 200 length=5 close
0.083  C ACK
0.900  C2 SYN`,
      'only the request announced it': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a close
0.082  S 200 length=5
5.082  S FIN
5.083  C FIN`,
      'nothing was announced': `${ASK}
0.082  S 200 length=5
5.082  S FIN
5.083  C FIN`,
      'the server answered early and drops the rest of the request': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /upload length=5000 sent=1000
0.082  S 413 length=5 close
0.083  C data=4000
0.123  S ACK
3.124  C FIN
3.164  S FIN`,
      'the request was never complete': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /upload length=5000 sent=1000
0.082  S 413 length=5 close
0.083  C ACK
3.124  C FIN
3.164  S FIN`,
      'the FIN is the framing': `${ASK}
0.082  S 200 unframed close
0.083  C ACK
3.000  S data=100
3.001  S FIN
3.002  C FIN`,
      'the capture lacks bytes of the server': `${ASK}
0.082  S 200 length=5 close
0.083  C ACK
0.084  S data=1 lost
0.085  C ACK
5.082  S FIN
5.083  C FIN`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });

  test('by the clock of the server, whichever end was captured', async () => {
    const atClient = `${ASK}
0.082  S 200 length=5 close
1.120  C FIN
1.160  S FIN`;
    const atServer = `
0.000  C SYN
0.001  S SYN-ACK
0.041  C ACK
0.042  C GET /a
0.043  S 200 length=5 close
1.121  C FIN
1.122  S FIN`;
    expect(await rulesIn(atClient)).not.toContain(id);
    expect(await rulesIn(atServer)).not.toContain(id);
    expect(await rulesIn(atClient.replace('1.120', '1.150').replace('1.160', '1.190'))).toContain(id);
    expect(await rulesIn(atServer.replace('1.121', '1.151').replace('1.122', '1.152'))).toContain(id);
  });
});

describe('found', () => {
  test('the server closes three seconds later', async () => {
    const found = {
      rule: id,
      verdict: 'info, proven',
      executed: null,
      delivered: null,
      lostRequests: 0,
      also: [],
      evidence: ['4 end of the response', '6 server FIN'],
    };
    expect(await verdictOn(example)).toEqual(found);
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'info, proven' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toContain('left the connection open for 3.00 s: then the server closed.');
  });

  test('the client closes first, or nobody does', async () => {
    const byClient = `${ASK}
0.082  S 200 length=5 close
0.083  C ACK
3.082  C FIN
3.122  S FIN`;
    expect(await verdictOn(byClient)).toMatchObject({
      verdict: 'info, proven',
      evidence: ['4 end of the response', '6 client FIN'],
    });
    const byNobody = `${ASK}
0.082  S 200 length=5 close
0.083  C ACK
3.082  C2 SYN`;
    expect(await verdictOn(byNobody)).toMatchObject({ rule: id, verdict: 'info, likely' });
  });

  test('a further request is answered on it: a warning, beside the client that sent it', async () => {
    const script = `${ASK}
0.082  S 200 length=5 close
0.083  C ACK
2.000  C GET /b
2.041  S 200 length=5
2.042  C FIN
2.082  S FIN`;
    expect(await verdictOn(script)).toMatchObject({
      rule: 'request-after-close-header',
      also: [`${id} (warning)`],
    });
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
