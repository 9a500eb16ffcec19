import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOf, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { keepAliveHeaderMismatch } from './keep-alive-header-mismatch.ts';

const { id, example } = keepAliveHeaderMismatch.documentation;

/** Connection `n` from `start` on: used again after `pause`, then idle for `idle` seconds until the server closes. */
function closed(n: number, start: number, idle: number, hint: string, pause = 0.5): string {
  const at = (seconds: number) => (start + seconds).toFixed(3);
  return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /a
${at(0.082)}  S${n} 200 length=5 ${hint}
${at(pause)}  C${n} GET /b
${at(pause + 0.041)}  S${n} 200 length=5 ${hint}
${at(pause + 0.042)}  C${n} ACK
${at(pause + 0.041 + idle)}  S${n} FIN
${at(pause + 0.042 + idle)}  C${n} FIN
${at(pause + 0.082 + idle)}  S${n} ACK`;
}

const each = (idles: readonly number[], hint: string, pause = 0.5) =>
  idles.map((idle, n) => closed(n + 1, n * 100, idle, hint, pause)).join('');

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'closes when it says': each([5, 5.001, 5.2], 'keep-alive=5'),
      'a second later, as Node.js does': each([6.005, 6.003, 6.004], 'keep-alive=5'),
      'a timer that is a little early': each([4.8, 4.9, 4.85], 'keep-alive=5'),
      'nothing announced': each([2, 2, 2], ''),
      'announced by another hop: not listed in Connection': each([2, 2, 2], 'unlisted-keep-alive=5'),
      'announced closes': each([2, 2, 2], 'keep-alive=5 close'),
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

describe('found', () => {
  test('warning: closes earlier than announced, at several moments', async () => {
    const [finding] = await findingsOf(example);
    expect(verdictOf(finding)).toEqual({
      rule: id,
      verdict: 'warning, possible',
      executed: null,
      delivered: null,
      lostRequests: 0,
      also: [],
      evidence: ['6 server closes an idle connection', '14 server closes an idle connection'],
    });
    expect(finding).toMatchObject({ stream: null, client: null, server: '10.0.0.2:80' });
    expect(finding!.summary).toBe(
      '10.0.0.2:80 announces that it keeps idle connections for 5.00 s and closed 2 of 2 after 2.00 s.',
    );
    expect(finding!.advice).toBe("Announce what the server's idle timeout says, or raise that to 5.00 s or more.");
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'warning, possible' });
  });

  const stop = [1, 2, 3].map((n) => closed(n, n * 0.7, 4 - n * 0.7, 'keep-alive=5')).join('');

  test('info: a restart, all in one moment', async () => {
    const finding = (await findingsOf(stop)).find(({ rule }) => rule === id)!;
    expect(verdictOf(finding)).toMatchObject({ rule: id, verdict: 'info, likely' });
    expect(finding.summary).toContain('closed 3 of 3 after 1.90 s to 3.30 s, all in one moment.');
    expect(finding.advice).toMatch(/^Shut the server down in steps/);
  });

  test('warning: a request was lost to it', async () => {
    const lost = `
0.000  C9 SYN
0.040  S9 SYN-ACK
0.041  C9 GET /a
0.082  S9 200 length=5 keep-alive=5
0.083  C9 ACK
4.541  S9 FIN
4.542  C9 GET /b crossing
4.582  S9 RST`;
    const finding = (await findingsOf(stop + lost)).find(({ rule }) => rule === id)!;
    expect(verdictOf(finding)).toMatchObject({ rule: id, verdict: 'warning, likely' });
    expect(finding.consequences).toEqual(['1 request was lost to closes of idle connections in this capture.']);
  });

  test('info: much later, and clients use that', async () => {
    const script = each([3, 3, 3], 'keep-alive=2', 2.5);
    const finding = (await findingsOf(script)).find(({ rule }) => rule === id)!;
    expect(verdictOf(finding)).toMatchObject({ rule: id, verdict: 'info, likely' });
    expect(finding.summary).toContain('keeps them for 3.00 s; a request after 2.46 s was still answered');
  });

  test('does not blame an idle timeout that keeps the word', async () => {
    const idles = [5, 5, 5, 5, 5, 2, 5, 5, 5, 3, 5, 5];
    const finding = (await findingsOf(each(idles, 'keep-alive=5'))).find(({ rule }) => rule === id)!;
    expect(finding.explanation).toContain('Its idle timeout is not the reason: that is about 5.00 s');
    expect(finding.advice).toContain('Connection: close');
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const there = (await findingsOf(elsewhere(example))).find(({ rule }) => rule === id);
    expect(there!.fingerprint).toBe(here!.fingerprint);
  });
});
