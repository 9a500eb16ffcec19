import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { undelayedClose } from './undelayed-close.ts';

const { id, example } = undelayedClose.documentation;

const ASK = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a`;

const UPLOAD = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /upload length=100000 sent=1000`;

/** Of healthy conversations some do close at once, as they announced: that is worth knowing, no more. */
const ANNOUNCED = [
  'HTTP/1.0 closes after its response',
  'an early 413, but the server reads on until the client closes',
  'the capture ends before the server has acknowledged what crossed its early response',
  'a 408 before an idle close',
];

describe('silent', () => {
  test.each(
    Object.entries({
      ...Object.fromEntries(Object.entries(HEALTHY_CONVERSATIONS).filter(([title]) => !ANNOUNCED.includes(title))),
      'a delay of a round trip and 100 ms is enough': `${ASK}
0.082  S 200 length=5 close
0.083  C ACK
0.224  S FIN
0.225  C FIN
0.265  S ACK`,
      'keep-alive was promised and the request read in full: that is another rule': `${ASK}
0.082  S 200 length=5
0.083  S FIN
0.084  C FIN
0.124  S ACK`,
      'the client closed first': `${ASK}
0.082  S 200 length=5 close
0.083  C FIN
0.123  S FIN
0.124  C ACK`,
      'a close-delimited response': `${ASK}
0.082  S 200 unframed close
0.083  S data=50
0.084  S FIN
0.085  C FIN
0.125  S ACK`,
      'the capture lacks a part of the response': `${ASK}
0.082  S 200 length=1000 sent=500 close
0.083  S data=500 lost
0.084  S FIN
0.085  C FIN
0.125  S ACK`,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });

  test.each(ANNOUNCED)('no more than a remark: %s', async (title) => {
    const severities = (await findingsOf(HEALTHY_CONVERSATIONS[title]!)).map(({ severity }) => severity);
    expect(severities.filter((severity) => severity !== 'info')).toEqual([]);
  });
});

const FOUND = {
  rule: id,
  verdict: 'info, proven',
  executed: null,
  delivered: null,
  lostRequests: 0,
  also: [],
  evidence: ['4 end of the response', '5 server FIN'],
};

describe('found', () => {
  test('info: announced, and read in full', async () => {
    expect(await verdictOn(example)).toEqual(FOUND);
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'info, proven' });
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      '10.0.0.2:80 closed the connection (frame 5) 1.0 ms after its 200 response to GET /a from 10.0.0.1:40000, as announced.',
    );
  });

  test('info: HTTP/1.0, whose close needs no announcement', async () => {
    expect(await verdictOn(HEALTHY_CONVERSATIONS['HTTP/1.0 closes after its response']!)).toEqual(FOUND);
  });

  test('the close crossed that of the client, whichever the capture shows first', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5 close
0.083  C FIN
0.084  S FIN crossing
0.124  S ACK`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'info, proven' });
    expect(await rulesIn(script.replace('S FIN crossing', 'S FIN'))).not.toContain(id);
  });

  test('warning: the request was not read in full, but the client had read the response and closed', async () => {
    const script = `${UPLOAD}
0.081  S 413 length=5 close
0.082  S FIN
0.083  C data=1400 crossing
0.084  C FIN
0.124  S RST`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'warning, proven' });
  });

  test('error, beside the response that it destroyed', async () => {
    const script = `${UPLOAD}
0.042  C data=1400
0.081  S 413 length=5 close crossing=1
0.082  S FIN
0.083  C data=1400 crossing
0.122  S RST`;
    expect(await verdictOn(script)).toMatchObject({
      rule: 'reset-destroys-response',
      also: [`${id} (error)`],
    });
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
