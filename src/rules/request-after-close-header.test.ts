import { describe, expect, test } from 'vitest';
import { analyzeBytes } from '../testing/analyze-file.ts';
import { captureOf } from '../testing/conversation.ts';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { requestAfterCloseHeader } from './request-after-close-header.ts';

const { id, example } = requestAfterCloseHeader.documentation;

const OPEN = `
0.000  C SYN
0.040  S SYN-ACK`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'the next request goes to another connection': `${OPEN}
0.041  C GET /a
0.082  S 200 length=5 close
0.083  C FIN
0.123  S FIN
0.200  C2 SYN
0.240  S2 SYN-ACK
0.241  C2 GET /b
0.282  S2 200 length=5`,
      'HTTP/1.0 with keep-alive': `${OPEN}
0.041  C GET /a http1.0 keep-alive
0.082  S 200 http1.0 length=5 keep-alive
0.200  C GET /b http1.0 keep-alive
0.241  S 200 http1.0 length=5 keep-alive`,
      'the close is announced with the last request': `${OPEN}
0.041  C GET /a
0.082  S 200 length=5
0.200  C GET /b close
0.241  S 200 length=5 close
0.242  S FIN
0.243  C FIN`,
      'an unasked 408 that the first request crosses': `${OPEN}
0.041  C ACK
1.041  S 408 close
1.042  C GET /a crossing
1.043  S FIN crossing
1.083  S RST`,
      'a tunnel': `${OPEN}
0.041  C CONNECT example.test:443 close
0.082  S 200 unframed close
0.083  C raw="GET /inside HTTP/1.1\\r\\n\\r\\n"`,
      'the capture lacks the end of the response that announced it': `${OPEN}
0.041  C GET /a
0.082  S 200 length=2000 sent=1000 close
0.083  S data=1000 lost
0.084  C ACK
0.200  C GET /b
0.241  S 200 length=5`,
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
  evidence: ['4 response that announces the close', '6 request behind it'],
};

describe('found', () => {
  test('the response had announced it, and its client had that response', async () => {
    expect(await verdictOn(example)).toEqual(FOUND);
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'warning, proven' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      '10.0.0.1:40000 sent GET /b (frame 6) to 10.0.0.2:80 118 ms after the 200 response in frame 4, which said "Connection: close".',
    );
    expect(finding!.explanation).toContain("the client's TCP had the announcement");
  });

  test('the client itself had announced it, also by HTTP/1.0 without keep-alive', async () => {
    const script = (how: string) => `${OPEN}
0.041  C GET /a ${how}
0.082  S 200 length=5
0.083  C ACK
0.200  C GET /b
0.241  S 200 length=5`;
    expect(await verdictOn(script('close'))).toMatchObject({
      verdict: 'warning, proven',
      evidence: ['3 request that announces the close', '6 request behind it'],
    });
    const [old] = await findingsOf(script('http1.0'));
    expect(old!.summary).toContain('which was HTTP/1.0 without keep-alive');
  });

  test('pipelined and answered all the same: an info', async () => {
    const script = `${OPEN}
0.041  C GET /a
0.042  C GET /b
0.082  S 200 length=5 close crossing=1
0.083  S 200 length=5
0.084  C FIN
0.124  S FIN
0.125  C ACK`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'info, proven' });
    const [finding] = await findingsOf(script);
    expect(finding!.explanation).toContain('its sender could not know of the announcement');
  });

  test('lost, it stands beside the rule that names the loss', async () => {
    const lost = `${OPEN}
0.041  C GET /a
0.082  S 200 length=5 close
0.083  C ACK
0.200  C GET /b
0.241  S ACK
3.082  S FIN
3.083  C FIN`;
    expect(await verdictOn(lost)).toMatchObject({
      rule: 'request-dropped-at-close',
      also: [`${id} (error)`, 'close-not-initiated (info)'],
    });
    const pipelined = `${OPEN}
0.041  C GET /a
0.042  C GET /b
0.082  S 200 length=5 close crossing=1
0.083  S FIN crossing=1
0.084  C ACK
0.124  S RST`;
    expect((await verdictOn(pipelined)) as { also: string[] }).toMatchObject({
      rule: 'fin-crosses-request',
      also: [`${id} (warning)`, 'undelayed-close (info)'],
    });
  });

  test('is remembered when the exchanges are not: many requests follow', async () => {
    const many = Array.from(
      { length: 9 },
      (_, n) => `${n + 1}.000  C GET /${n}\n${n + 1}.040  S 200 length=5\n${n + 1}.041  C ACK`,
    );
    const script = `${OPEN}
0.041  C GET /a
0.082  S 200 length=5 close
0.083  C ACK
${many.join('\n')}
20.000  C FIN
20.040  S FIN
20.041  C ACK`;
    for (const detail of ['exchanges', 'findings'] as const) {
      const { findings } = await analyzeBytes(captureOf(script), { detail });
      expect(findings.map(({ rule, also }) => [rule, also])).toEqual([
        [id, [{ rule: 'close-not-initiated', severity: 'warning' }]],
      ]);
    }
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
