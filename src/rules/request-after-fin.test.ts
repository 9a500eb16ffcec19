import { describe, expect, test } from 'vitest';
import {
  elsewhere,
  everyFrameTwice,
  findingsOf,
  framesOf,
  rulesIn,
  verdictOf,
  verdictOn,
} from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { requestAfterFin } from './request-after-fin.ts';

const { id, example } = requestAfterFin.documentation;

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
      'the client did not have the FIN (k <= f)': `${OPEN}
5.082  S FIN
5.083  C GET /b crossing
5.123  S RST`,
      'the client acknowledges the FIN and sends nothing but its own FIN': `${OPEN}
5.082  S FIN
5.083  C ACK
8.000  C FIN
8.040  S RST`,
      'the server had reset the connection before its FIN': `${OPEN}
5.082  S RST-ACK
5.083  S FIN
5.123  C GET /b
5.163  S RST`,
      'the request goes to a new connection on the same port': `${OPEN}
5.082  S FIN
5.083  C FIN
5.123  S ACK
6.000  C SYN
6.040  S SYN-ACK
6.041  C GET /b
6.082  S 200 length=5
6.083  C FIN
6.123  S FIN
6.124  C ACK`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

const FOUND = {
  rule: id,
  verdict: 'error, proven',
  executed: 'no',
  delivered: null,
  lostRequests: 1,
  also: ['half-closed-lingering (info)'],
  evidence: [
    '4 end of the last response',
    '6 server FIN',
    '7 client acknowledges the FIN',
    '8 lost request',
    '9 server RST',
  ],
};

describe('found', () => {
  test('a stale connection from a pool', async () => {
    expect(await verdictOn(example)).toEqual(FOUND);
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ verdict: 'error, proven', executed: 'no' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      '10.0.0.1:40000 sent GET /b (frame 8) 2.92 s after its TCP had received the FIN of 10.0.0.2:80 (frame 6); ' +
        'the request was never answered.',
    );
    expect(finding!.explanation).toContain('The connection had been idle for 5.00 s');
    expect(finding!.advice).toMatch(
      /drop those that the server closed.* Lower the client's idle timeout to 3\.50 s or less/,
    );
  });

  test('the capture has the FIN behind the request that acknowledges it', async () => {
    expect(await verdictOn(framesOf(example, [1, 2, 3, 4, 5, 7, 8, 6, 9]))).toMatchObject({ rule: id, executed: 'no' });
  });

  test('a close with the response that promised keep-alive: the server is to blame', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  S FIN
0.084  C GET /b
0.124  S RST`;
    const [finding] = await findingsOf(script);
    expect(verdictOf(finding)).toEqual({
      ...FOUND,
      also: ['unannounced-close (warning)'],
      evidence: ['4 end of the last response', '5 server FIN', '6 lost request', '7 server RST'],
    });
    expect(finding!.summary).toMatch(
      /^10\.0\.0\.1:40000 sent GET \/b \(frame 6\) just after its TCP had received the FIN/,
    );
    expect(finding!.explanation).toContain('The server is to blame');
    expect(finding!.advice).not.toContain('idle');
  });

  test('the FIN of an idle timeout that arrived just before the request blames nobody, and is about idling', async () => {
    const script = `${OPEN}
5.082  S FIN
5.083  C GET /b
5.123  S RST`;
    const [finding] = await findingsOf(script);
    expect(verdictOf(finding)).toMatchObject({ rule: id, executed: 'no', also: [] });
    expect(finding!.explanation).toContain('no client could have noticed in time');
    expect(finding!.explanation).not.toContain('to blame');
    expect(finding!.advice).toContain('idle timeout to 3.50 s or less');
    const [stale] = await findingsOf(example);
    expect(finding!.fingerprint).not.toBe(stale!.fingerprint);
  });

  test('after an announced close: the client had been told', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5 close
0.083  S FIN
0.084  C ACK
2.000  C GET /b
2.040  S RST`;
    const [finding] = await findingsOf(script);
    expect(verdictOf(finding)).toMatchObject({
      rule: id,
      executed: 'no',
      also: ['request-after-close-header (error)', 'undelayed-close (info)', 'half-closed-lingering (info)'],
    });
    expect(finding!.advice).toContain('must not be used again (RFC 9112 9.6)');
  });

  test('a RST with a foreign TTL, and silence, prove nothing about the request', async () => {
    const [foreign] = await findingsOf(example.replace('8.040  S RST', '8.040  S RST ttl=250'));
    expect(foreign).toMatchObject({ rule: id, executed: 'unknown' });
    expect(foreign!.explanation).toContain('RST (frame 9) has TTL 250');
    const [silent] = await findingsOf(example.replace('8.040  S RST', ''));
    expect(silent).toMatchObject({ rule: id, executed: 'unknown' });
    expect(silent!.explanation).toContain('Nothing answered the request.');
  });

  test('a later copy of the request may have been sent first before the FIN had come', async () => {
    const script = `${OPEN}
5.082  S FIN
5.123  C ACK forged=62
5.330  C POST /b length=5
5.331  S RST`;
    const [finding] = await findingsOf(script);
    expect(finding).toMatchObject({ rule: id, confidence: 'likely' });
    expect(finding!.explanation).toContain('The capture has only a later copy of the request');
    expect(finding!.advice).not.toContain('drop those that the server closed');
    const [proven] = await findingsOf(script.replace(' forged=62', ''));
    expect(proven).toMatchObject({ rule: id, confidence: 'proven' });
  });

  test('a connection that was never used: no response is blamed', async () => {
    const [finding] = await findingsOf(`
0.000  C SYN
0.040  S SYN-ACK
0.041  C ACK
5.040  S FIN
5.080  C ACK
5.081  C GET /a
5.121  S RST`);
    expect(finding!.rule).toBe(id);
    expect(finding!.explanation).not.toContain('right after a response');
    expect(finding!.advice).toContain('never been used');
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
