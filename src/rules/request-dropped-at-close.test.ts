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
import { requestDroppedAtClose } from './request-dropped-at-close.ts';

const { id, example } = requestDroppedAtClose.documentation;

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
      'the FIN acknowledges nothing of the request (a <= q)': `${OPEN}
5.082  S FIN
5.083  C GET /b crossing
5.123  S RST`,
      'the client had the FIN already': `${OPEN}
5.082  S FIN
5.083  C GET /b
5.123  S ACK`,
      'the client closed first: it gave up': `${OPEN}
2.000  C GET /b
5.000  C FIN
5.040  S FIN
5.041  C ACK`,
      'RST instead of FIN': `${OPEN}
2.000  C GET /b
2.041  S RST-ACK`,
      'a part of the response came': `${OPEN}
2.000  C GET /b
2.041  S 200 length=100 sent=10
2.042  S FIN
2.043  C FIN
2.083  S ACK`,
      'an answered pipeline whose last response is cut short': `${OPEN}
2.000  C GET /b
2.001  C GET /c
2.041  S 200 length=100 sent=10
2.042  S FIN
2.043  C FIN
2.083  S ACK`,
      'the capture lacks bytes of the server': `${OPEN}
2.000  C GET /b
2.041  S 200 length=5 lost
2.042  S FIN
2.043  C FIN
2.083  S ACK`,
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
  evidence: ['4 end of the last response', '6 unanswered request', '8 server FIN'],
};

describe('silent when it was answered, behind a response with', () => {
  const BODY = 'ok';
  const CHUNKS = '2\\r\\nok\\r\\n0\\r\\n\\r\\n';
  test.each([
    ['a folded length', 'Content-Length:\\r\\n 2', BODY],
    ['a folded list of codings', 'Transfer-Encoding: gzip,\\r\\n chunked', CHUNKS],
    ['an empty element among its codings', 'Transfer-Encoding: chunked,', CHUNKS],
    ['an empty line of codings', 'Transfer-Encoding: chunked\\r\\nTransfer-Encoding:', CHUNKS],
    ['a length that is none', 'Content-Length: 2;', BODY],
    ['no length', 'Connection: keep-alive', BODY],
    ['no length, and no body', 'Connection: keep-alive', ''],
    ['no empty line behind its last chunk', 'Transfer-Encoding: chunked', CHUNKS.slice(0, -4)],
    ['a blank before a colon', 'Content-Length : 2', BODY],
    ['the coding that is none', 'Transfer-Encoding: identity\\r\\nContent-Length: 2', BODY],
  ])('%s', async (_, fields, body) => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S raw="HTTP/1.1 200 OK\\r\\n${fields}\\r\\n\\r\\n${body}"
0.083  C ACK
2.000  C GET /b
2.041  S 204
2.042  C ACK
5.000  S FIN
5.040  C FIN
5.080  S ACK`;
    expect(await rulesIn(script)).toEqual([]);
    expect(await rulesIn(everyFrameTwice(script))).toEqual([]);
    // With two neighbours swapped; only the handshake stays.
    const frames = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    for (let at = 2; at + 1 < frames.length; at++) {
      const order = frames.with(at, frames[at + 1]!).with(at + 1, frames[at]!);
      expect(await rulesIn(framesOf(script, order)), `frames ${order}`).not.toContain(id);
    }
  });
});

describe('found', () => {
  test('the FIN acknowledges the request', async () => {
    expect(await verdictOn(example)).toEqual(FOUND);
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'error, proven' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      '10.0.0.2:80 received POST /b (frame 6) from 10.0.0.1:40000 and closed the connection 50 ms later (frame 8) ' +
        'without an answer.',
    );
    expect(finding!.advice).not.toContain('idle timeout');
  });

  test('of the first request, after an interim response, and of a part of a request', async () => {
    const first = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /a length=10 sent=0 expect
0.082  S 100
0.083  C data=5
0.123  S FIN
0.124  C FIN
0.164  S ACK`;
    const [finding] = await findingsOf(first);
    expect(verdictOf(finding)).toEqual({ ...FOUND, evidence: ['3 unanswered request', '6 server FIN'] });
    expect(finding!.explanation).toMatch(/^The FIN acknowledges the first \d+ bytes of the request/);
  });

  test('a pipeline is lost as a whole, up to what was answered', async () => {
    const script = `${OPEN}
2.000  C GET /b
2.001  C GET /c
2.002  C GET /d
2.041  S 200 length=5
2.042  S FIN
2.043  C FIN
2.083  S ACK`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, lostRequests: 2 });
  });

  test('a later copy of the FIN: what the first one acknowledged is not known', async () => {
    const script = `${OPEN}
5.050  C POST /b length=5
5.091  S ACK forged=1
5.242  S FIN
5.243  C FIN
5.283  S ACK`;
    const [finding] = await findingsOf(script);
    expect(finding).toMatchObject({ rule: id, confidence: 'likely' });
    expect(finding!.explanation).toContain('only a later copy of the FIN');
    const [proven] = await findingsOf(script.replace(' forged=1', ''));
    expect(proven).toMatchObject({ rule: id, confidence: 'proven' });
  });

  test('a request that was pipelined behind an announced close is told as such', async () => {
    const [finding] = await findingsOf(`
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.042  C GET /b
0.082  S 200 length=5 close
0.083  S FIN
0.084  C FIN
0.124  S ACK`);
    expect(finding!.rule).toBe(id);
    expect(finding!.explanation).toContain('had announced the close: a server need not read it');
    expect(finding!.advice).not.toContain('crash');
  });

  test('a request in the SYN, which acknowledges nothing', async () => {
    const script = `
0.000  C SYN raw="GET /a HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"
0.040  S SYN-ACK
0.041  C ACK
0.542  S FIN
0.583  C FIN
0.623  S ACK`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'error, proven' });
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
