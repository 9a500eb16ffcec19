import { describe, expect, test } from 'vitest';
import { everyFrameTwice, findingsOf, rulesIn, verdictOf, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { keepAliveUnused } from './keep-alive-unused.ts';

const { id, example } = keepAliveUnused.documentation;

/** `count` connections, one every `every` seconds, each with one request; `request` and `response` are options. */
function singles(count: number, every: number, request = '', response = ''): string {
  return Array.from({ length: count }, (_, n) => {
    const at = (seconds: number) => (n * every + seconds).toFixed(3);
    const which = n + 1;
    return `
${at(0)}  C${which} SYN
${at(0.04)}  S${which} SYN-ACK
${at(0.041)}  C${which} GET /${n} ${request}
${at(0.082)}  S${which} 200 length=5 ${response}
${at(0.083)}  C${which} FIN
${at(0.123)}  S${which} FIN
${at(0.124)}  C${which} ACK`;
  }).join('');
}

const TWICE = `
50.000  C90 SYN
50.040  S90 SYN-ACK
50.041  C90 GET /a
50.082  S90 200 length=5
50.100  C90 GET /b
50.141  S90 200 length=5
50.142  C90 FIN
50.182  S90 FIN
50.183  C90 ACK`;

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'nine connections are no habit': singles(9, 0.5),
      'the client says that it will not use it again': singles(12, 0.5, 'close'),
      'the server does': singles(12, 0.5, '', 'close'),
      'side by side: none could wait for another': singles(12, 0.005),
      'once in half a minute: no server waits for that': singles(12, 30),
      'a client that uses connections again too': singles(12, 0.5) + TWICE + TWICE.replaceAll('90 ', '91 '),
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

describe('found', () => {
  test('ten connections for ten requests, with the first and the last of them', async () => {
    const [finding] = await findingsOf(example);
    expect(verdictOf(finding)).toEqual({
      rule: id,
      verdict: 'info, likely',
      executed: null,
      delivered: null,
      lostRequests: 0,
      also: [],
      evidence: ['1 first connection', '64 last connection'],
    });
    expect(finding).toMatchObject({ stream: null, client: '10.0.0.1', server: '10.0.0.2:80' });
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'info, likely' });
  });

  test('names an announced timeout that is too short to use', async () => {
    const [finding] = await findingsOf(singles(12, 0.5, '', 'keep-alive=1'));
    expect(finding!.advice).toContain('The server announces 1.00 s, which some clients take for too short to use');
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(singles(15, 0.4));
    expect(there!.fingerprint).toBe(here!.fingerprint);
  });
});
