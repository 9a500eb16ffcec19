import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOf, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { resetInsteadOfResponse } from './reset-instead-of-response.ts';

const { id, example } = resetInsteadOfResponse.documentation;

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
      'a FIN of the server came before': `${OPEN}
5.082  S FIN
5.083  C GET /b crossing
5.123  S RST`,
      'the client reset first': `${OPEN}
2.000  C GET /b
2.100  C RST-ACK
2.140  S RST`,
      'the client closed first: it gave up': `${OPEN}
2.000  C GET /b
5.000  C FIN
5.040  S RST-ACK`,
      'a part of the response came': `${OPEN}
2.000  C GET /b
2.041  S 200 length=100 sent=10
2.042  S RST-ACK`,
      'nothing was asked': `${OPEN}
5.082  S RST-ACK`,
      'a forged reset outside of the window, and the answer comes': `${OPEN}
2.000  C GET /b
2.001  S RST-ACK forged=2000000000
2.041  S 200 length=5
2.042  C FIN
2.082  S FIN
2.083  C ACK`,
      'the capture lacks bytes of the server': `${OPEN}
2.000  C GET /b
2.041  S 200 length=5 lost
2.042  S RST-ACK`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

const FOUND = {
  rule: id,
  verdict: 'error, proven',
  executed: 'unknown',
  delivered: null,
  lostRequests: 1,
  also: [],
  evidence: ['4 end of the last response', '6 unanswered request', '8 server RST'],
};

describe('found', () => {
  test('RST with ACK: unread data or an abort, which look alike', async () => {
    expect(await verdictOn(example)).toEqual(FOUND);
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, executed: 'unknown' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      '10.0.0.2:80 answered POST /b (frame 6) from 10.0.0.1:40000 with RST (frame 8) after 50 ms, without any response.',
    );
    expect(finding!.explanation).toContain('neither proves that the request was not processed');
  });

  test('RST with ACK, the request never acknowledged on its own', async () => {
    const script = `${OPEN}
2.000  C GET /b
2.041  S RST-ACK`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, executed: 'unknown' });
  });

  test('bare RST: no socket knew the connection', async () => {
    const script = `${OPEN}
60.000  C GET /b
60.041  S RST`;
    const [finding] = await findingsOf(script);
    expect(verdictOf(finding)).toEqual({
      ...FOUND,
      executed: 'no',
      evidence: ['4 end of the last response', '6 unanswered request', '7 server RST'],
    });
    expect(finding!.explanation).toContain('The connection had been idle for 59.9 s before.');
  });

  test('the reset crossed the request: it acknowledges nothing of it', async () => {
    const script = `${OPEN}
5.082  S RST-ACK
5.083  C GET /b crossing
5.123  S RST`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, executed: 'no' });
  });

  test('a RST of a middlebox: another TTL, sooner than a round trip', async () => {
    const script = `${OPEN}
2.000  C GET /b
2.005  S RST ttl=250`;
    const [finding] = await findingsOf(script);
    expect(verdictOf(finding)).toMatchObject({ verdict: 'error, likely', executed: 'unknown' });
    expect(finding!.explanation).toMatch(/has TTL 250, .* 64: .*middlebox.* only 5\.0 ms after the request/);
    expect(finding!.advice).toContain('devices between client and server');
  });

  test('says when the idle time before is the idle timeout of the server', async () => {
    const closes = [1, 2, 3].map(
      (n) => `
${n}0.000  C${n} SYN
${n}0.040  S${n} SYN-ACK
${n}0.041  C${n} GET /a
${n}0.082  S${n} 200 length=5
${n}0.083  C${n} ACK
${n}5.082  S${n} FIN
${n}5.122  C${n} FIN
${n}5.162  S${n} ACK`,
    );
    const script = `${closes.join('')}
70.000  C SYN
70.040  S SYN-ACK
70.041  C GET /a
70.082  S 200 length=5
70.083  C ACK
75.082  C GET /b
75.122  S RST-ACK`;
    const findings = await findingsOf(script);
    const finding = findings.find(({ rule }) => rule === id);
    expect(finding!.explanation).toContain(
      "The connection had been idle for 5.00 s before, which is this server's idle timeout (about 5.00 s).",
    );
    expect(findings.find(({ rule }) => rule === 'idle-timeout-mismatch')!.related).toEqual([finding!.id]);
  });

  test('a bare RST behind a retransmission: an earlier copy may have been read', async () => {
    const script = `${OPEN}
12.000  C POST /b length=5
12.240  C POST /b length=5 again
12.280  S RST`;
    const [finding] = await findingsOf(script);
    expect(verdictOf(finding)).toMatchObject({ rule: id, verdict: 'error, proven', executed: 'unknown' });
    expect(finding!.explanation).toContain('whether an earlier copy was read is not known');
    expect(await verdictOn(script.replace('12.240  C POST /b length=5 again\n', ''))).toMatchObject({ executed: 'no' });
  });

  test('no idle time is told where the next request followed at once', async () => {
    const [finding] = await findingsOf(`${OPEN}
0.084  C GET /b
0.125  S RST`);
    expect(finding!.explanation).not.toContain('idle');
    expect(finding!.advice).not.toContain("client's idle timeout");
  });

  test('answers that came as fast speak against a middlebox', async () => {
    const script = `
0.000  C SYN
0.300  S SYN-ACK
0.301  C ACK
0.302  C GET /a
0.304  S 200 length=5
0.305  C ACK
2.000  C POST /b length=5
2.001  S RST`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'error, proven', executed: 'no' });
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
