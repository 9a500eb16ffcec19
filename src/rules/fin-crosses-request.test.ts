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
import { finCrossesRequest } from './fin-crosses-request.ts';

const { id, example } = finCrossesRequest.documentation;

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
      'the client had the FIN (k = f + 1)': `${OPEN}
5.082  S FIN
5.083  C GET /b
5.123  S RST`,
      'the server had a part of the request (a > q)': `${OPEN}
5.000  C POST /b length=10 sent=5
5.082  S FIN
5.083  C data=5 crossing
5.123  S RST`,
      'the request is answered after all: the server only half-closed': `${OPEN}
5.081  C GET /b
5.082  S 200 length=5
5.083  S FIN
5.123  C FIN
5.163  S ACK`,
      'RST instead of FIN': `${OPEN}
5.082  S RST-ACK
5.083  C GET /b crossing
5.123  S RST`,
      'a response was under way: that it was cut short is told instead': `${OPEN}
5.000  C GET /b
5.041  S 200 length=100 sent=50
5.042  S FIN
5.043  C GET /c crossing
5.083  S RST`,
      'the capture lacks bytes of the server, which may have been the response': `${OPEN}
5.041  C GET /b
5.081  S 200 length=5 lost
5.082  S FIN
5.123  C FIN
5.163  S ACK`,
      'what crosses the FIN is a probe, an ACK, or the client FIN': `${OPEN}
5.082  S FIN
5.083  C PROBE crossing
5.084  C ACK crossing=1
5.085  C FIN crossing=1
5.123  S RST`,
      'what crosses the FIN is no HTTP': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C raw="HELLO\\n"
0.082  S raw="HI\\n"
5.082  S FIN
5.083  C raw="AGAIN\\n" crossing
5.123  S RST`,
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
  also: [],
  evidence: ['4 end of the last response', '6 server FIN', '7 lost request', '8 server RST'],
};

describe('found', () => {
  test('as the client saw it, as the server saw it, and twice', async () => {
    expect(await verdictOn(example)).toEqual(FOUND);
    expect(await verdictOn(framesOf(example, [1, 2, 3, 4, 5, 7, 6, 8]))).toEqual({
      ...FOUND,
      evidence: ['4 end of the last response', '6 lost request', '7 server FIN', '8 server RST'],
    });
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ verdict: 'error, proven', executed: 'no' });
  });

  test('a lingering server: its TCP takes the request, nobody answers, no RST comes', async () => {
    const script = `${OPEN}
5.082  S FIN
5.083  C GET /b crossing
5.123  S ACK
5.124  C FIN
5.164  S ACK`;
    expect(await verdictOn(script)).toEqual({
      ...FOUND,
      executed: 'unknown',
      evidence: FOUND.evidence.slice(0, 3),
    });
  });

  test('a retransmission after the FIN has a newer acknowledgement number; the first transmission counts', async () => {
    const script = `${OPEN}
5.082  S FIN
5.083  C GET /b crossing
5.123  C ACK
5.383  C GET /b again
5.423  S RST`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'error, proven', lostRequests: 1 });
  });

  test('a pipeline is lost as a whole', async () => {
    const script = `${OPEN}
5.082  S FIN
5.083  C GET /b crossing
5.084  C GET /c crossing=1
5.085  C GET /d crossing=1
5.123  S RST`;
    const [finding] = await findingsOf(script);
    expect(verdictOf(finding)).toMatchObject({ rule: id, lostRequests: 3 });
    expect(finding!.consequences).toEqual([
      'GET /b (frame 7) got no response.',
      'GET /c (frame 8) got no response.',
      'GET /d (frame 9) got no response.',
    ]);
  });

  test('a RST with a foreign TTL proves nothing about the request', async () => {
    const [finding] = await findingsOf(example.replace('5.123  S RST', '5.123  S RST ttl=250'));
    expect(finding).toMatchObject({ rule: id, confidence: 'proven', executed: 'unknown' });
    expect(finding!.explanation).toContain('RST (frame 8) has TTL 250');
  });

  test('a close that was announced to a pipelining client is not about idling, and the advice says so', async () => {
    const script = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5 close
0.083  S FIN
0.084  C GET /b crossing
0.124  S RST`;
    const [finding] = await findingsOf(script);
    expect(verdictOf(finding)).toMatchObject({
      rule: id,
      executed: 'no',
      also: ['request-after-close-header (warning)', 'undelayed-close (info)'],
    });
    expect(finding!.explanation).toContain('The request was pipelined');
    expect(finding!.advice).not.toContain('idle');
  });

  test('the first words, the idle time and what to change', async () => {
    const [finding] = await findingsOf(example);
    expect(finding!.summary).toBe(
      'GET /b (frame 7) from 10.0.0.1:40000 and the FIN of 10.0.0.2:80 (frame 6) crossed in flight, 1.0 ms apart; ' +
        'the request was never answered.',
    );
    expect(finding!.explanation).toContain('The connection had been idle for 5.00 s when the server closed it');
    expect(finding!.advice).toContain("Lower the client's idle timeout to 3.50 s or less");
    expect(finding!.displayFilter).toBe('tcp.stream eq 0 && frame.number in {4, 6, 7, 8}');
    // The numbers are those that Wireshark shows: counted from the SYN.
    expect(finding!.evidence.map(({ note }) => note)).toEqual([
      '200 for GET /a ends at sequence 43',
      'sequence 43, acknowledges 40: nothing of the request, which starts at 40',
      'starts at sequence 40, acknowledges 43: not the FIN at 43',
      "no ACK flag, sequence 43, the request's acknowledgement number: no socket existed",
    ]);
  });

  test('though the capture lacks a part of an earlier response', async () => {
    const script = `${OPEN}
1.000  C GET /long
1.041  S 200 length=2000 sent=1000
1.042  S data=1000 lost
1.083  C ACK
2.000  C GET /b
2.041  S 200 length=5
2.042  C ACK
7.041  S FIN
7.042  C GET /c crossing
7.082  S RST`;
    expect(await verdictOn(script)).toMatchObject({ rule: id, verdict: 'error, proven', executed: 'no' });
    // What is missing directly before the request may have been the FIN, or more of the response.
    const unknown = script.replace('2.041  S 200 length=5', '2.041  S 200 length=5 lost');
    expect(await findingsOf(unknown)).toEqual([]);
  });

  test('a connection that was never used: nothing is said of a last response', async () => {
    const [finding] = await findingsOf(`
0.000  C SYN
0.040  S SYN-ACK
0.041  C ACK
5.040  S FIN
5.041  C GET /a crossing
5.081  S RST`);
    expect(finding!.rule).toBe(id);
    expect(finding!.advice).toContain('had been open for 5.04 s and never been used');
  });

  test('the fingerprint stays the same with other frames, ports and times; the id does not', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
    const [other] = await findingsOf(example.replace('/b', '/c'));
    expect(other!.fingerprint).not.toBe(here!.fingerprint);
  });
});
