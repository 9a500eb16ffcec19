import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOf, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { reuseNearTimeout } from './reuse-near-timeout.ts';

const { id, example } = reuseNearTimeout.documentation;

/** The example with another pause before its second request: it is 4.818 s there, and the timeout 5.000 s. */
function pause(seconds: number): string {
  const at = (time: number) => time.toFixed(3);
  return example
    .replace('4.900  C GET', `${at(0.082 + seconds)}  C GET`)
    .replace('4.941  S 200', `${at(0.123 + seconds)}  S 200`)
    .replace('4.942  C FIN', `${at(0.124 + seconds)}  C FIN`)
    .replace('4.982  S FIN', `${at(0.164 + seconds)}  S FIN`)
    .replace('4.983  C ACK', `${at(0.165 + seconds)}  C ACK`);
}

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'well before the timeout': pause(4.4),
      'later than the closes: that refutes them': pause(6),
      'one close is no timeout': example.split('20.000')[0]!,
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });
});

const FOUND = {
  rule: id,
  verdict: 'warning, possible',
  executed: null,
  delivered: null,
  lostRequests: 0,
  also: [],
  evidence: ['6 request just in time'],
};

describe('found', () => {
  test('a reuse just before the timeout that other clients show', async () => {
    const [finding] = await findingsOf(example);
    expect(verdictOf(finding)).toEqual(FOUND);
    expect(finding).toMatchObject({ stream: null, client: '10.0.0.1', server: '10.0.0.2:80' });
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'warning, possible' });
  });

  test("by the server's clock: what the capture shows at the client is a way to the server short", async () => {
    // 4.470 s at the client are 4.510 s at the server, half a second below its timeout.
    expect(await verdictOn(pause(4.47))).toMatchObject({ rule: id });
    const [finding] = await findingsOf(pause(4.9));
    expect(finding!.summary).toBe(
      "10.0.0.1 used a connection to 10.0.0.2:80 again 60 ms before the server's idle timeout (frame 6, idle for 4.94 s of about 5.00 s).",
    );
  });

  test('is told under idle-timeout-mismatch where the same client met the close too', async () => {
    const same = example.replaceAll(' client=10.0.0.3', '');
    const [finding, ...others] = await findingsOf(same);
    expect(finding).toMatchObject({ rule: 'idle-timeout-mismatch', also: [{ rule: id, severity: 'warning' }] });
    expect(others).toEqual([]);
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const there = (await findingsOf(elsewhere(example))).find(({ rule }) => rule === id);
    expect(there!.fingerprint).toBe(here!.fingerprint);
  });
});
