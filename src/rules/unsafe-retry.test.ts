import { describe, expect, test } from 'vitest';
import { findingsOf, rulesIn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { unsafeRetry } from './unsafe-retry.ts';

const { id, example } = unsafeRetry.documentation;

const OPEN = `
0.000  C SYN
0.040  S SYN-ACK`;
/** The server's TCP has the request, and resets the connection. */
const LOST = `
0.081  S ACK
0.281  S RST-ACK`;
const again = (request: string, at = 0.322) => `
${at.toFixed(3)}  C2 SYN
${(at + 0.04).toFixed(3)}  S2 SYN-ACK
${(at + 0.041).toFixed(3)}  C2 ${request}
${(at + 0.082).toFixed(3)}  S2 200 length=5
${(at + 0.083).toFixed(3)}  C2 ACK`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'an idempotent method': `${OPEN}\n0.041  C PUT /order length=10${LOST}${again('PUT /order length=10')}`,
      'another target': `${OPEN}\n0.041  C POST /order length=10${LOST}${again('POST /orders length=10')}`,
      'another method': `${OPEN}\n0.041  C POST /order length=10${LOST}${again('PATCH /order length=10')}`,
      'a body of another length': `${OPEN}\n0.041  C POST /order length=10${LOST}${again('POST /order length=11')}`,
      'another body of the same length': String.raw`${OPEN}
0.041  C raw="POST /order HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"${LOST}${again(String.raw`raw="POST /order HTTP/1.1\r\nContent-Length: 5\r\n\r\nworld"`)}`,
      'long after': `${OPEN}\n0.041  C POST /order length=10${LOST}${again('POST /order length=10', 30)}`,
      'a client that never waits for an answer, and says the same each time': `${OPEN}
0.041  C POST /notify length=10
0.042  C FIN
0.082  S ACK
0.083  S 200 length=5 FIN${again('POST /notify length=10', 2)}`,
      'before the loss': `${OPEN}
0.041  C POST /order length=10
0.081  S ACK${again('POST /order length=10', 0.1)}
9.281  S RST-ACK`,
      'the first copy was answered': `${OPEN}
0.041  C POST /order length=10
0.082  S 200 length=5
0.083  C ACK
0.281  S RST-ACK${again('POST /order length=10')}`,
      'a bare RST shows that nobody read the first copy': `${OPEN}
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
5.082  S FIN
5.083  C POST /order length=10 crossing
5.123  S RST${again('POST /order length=10', 5.2)}`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

describe('found', () => {
  test('the second copy, tied to the loss of the first', async () => {
    const [loss, retry] = await findingsOf(example);
    expect(loss).toMatchObject({ rule: 'reset-instead-of-response', severity: 'error', executed: 'unknown' });
    expect(loss!.retry).toMatchObject({ stream: 1, frame: 8, safe: 'no' });
    expect(loss!.consequences.join(' ')).toMatch(/again .* on stream 1 \(frame 8\).*not safe/);
    expect(retry).toMatchObject({ rule: id, severity: 'warning', confidence: 'likely', related: [loss!.id] });
    expect(loss!.related).toEqual([retry!.id]);
    expect(retry!.evidence.map(({ frame }) => frame)).toEqual([3, 8]);
    // Frames of two connections.
    expect(retry!.displayFilter).toBe('frame.number in {3, 8}');
  });

  test('without a body to compare it is only possible', async () => {
    const script = `${OPEN}\n0.041  C POST /order${LOST}${again('POST /order')}`;
    expect((await findingsOf(script))[1]).toMatchObject({ rule: id, severity: 'warning', confidence: 'possible' });
  });

  test('a body that a segment border splits', async () => {
    const body = 'x'.repeat(100);
    const request = String.raw`raw="POST /order HTTP/1.1\r\nContent-Length: 100\r\n\r\n"`;
    const script = `${OPEN}
0.041  C ${request}
0.042  C raw="${body}"${LOST}
0.322  C2 SYN
0.362  S2 SYN-ACK
0.363  C2 ${request}
0.364  C2 raw="${body}"
0.404  S2 200 length=5
0.405  C2 ACK`;
    expect((await findingsOf(script))[1]).toMatchObject({ rule: id, confidence: 'likely' });
  });
});

describe('a loss that a retry masks', () => {
  test('is told so, and that it was safe', async () => {
    const script = `${OPEN}
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK
5.082  S FIN
5.083  C GET /b crossing
5.123  S RST${again('GET /b', 5.2)}`;
    const [loss] = await findingsOf(script);
    expect(loss).toMatchObject({ rule: 'fin-crosses-request', severity: 'error', retry: { stream: 1, safe: 'yes' } });
    expect(loss!.consequences.join(' ')).toContain('so the retry masks the loss. That was safe');
  });

  test('is not told of a client that merely polls', async () => {
    const script = `${OPEN}
0.041  C GET /poll
0.082  S 200 length=5
0.083  C ACK${again('GET /poll', 1)}
5.082  S FIN
5.083  C GET /poll crossing
5.123  S RST`;
    const [loss] = await findingsOf(script);
    expect(loss).toMatchObject({ rule: 'fin-crosses-request', retry: null });
  });
});
