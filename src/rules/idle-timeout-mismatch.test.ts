import { describe, expect, test } from 'vitest';
import { elsewhere, everyFrameTwice, findingsOf, rulesIn, verdictOf, verdictOn } from '../testing/findings-of.ts';
import { HEALTHY_CONVERSATIONS } from '../testing/healthy-conversations.ts';
import { idleTimeoutMismatch } from './idle-timeout-mismatch.ts';

const { id, example } = idleTimeoutMismatch.documentation;

/** Connection `n`, used twice, then idle until `end` (what it is, and after how long). */
function used(n: number, idle: number, end: 'S FIN' | 'C FIN', options = ''): string {
  const at = (seconds: number) => (n * 100 + seconds).toFixed(3);
  const [closer, other] = end === 'S FIN' ? ['S', 'C'] : ['C', 'S'];
  return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /a
${at(0.082)}  S${n} 200 length=5 ${options}
${at(1)}  C${n} GET /b
${at(1.041)}  S${n} 200 length=5 ${options}
${at(1.042)}  C${n} ACK
${at(1.041 + idle)}  ${closer}${n} FIN
${at(1.081 + idle)}  ${other}${n} FIN
${at(1.121 + idle)}  ${closer}${n} ACK`;
}

/** Connection `n`, whose second request crosses the server's close after `idle` seconds. */
function raced(n: number, idle: number): string {
  const at = (seconds: number) => (n * 100 + seconds).toFixed(3);
  return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /a
${at(0.082)}  S${n} 200 length=5
${at(0.083)}  C${n} ACK
${at(0.082 + idle)}  S${n} FIN
${at(0.083 + idle)}  C${n} GET /b crossing
${at(0.123 + idle)}  S${n} RST`;
}

/** Connection `n`, used again after `pause` seconds, closed by the server when it is `age` seconds old. */
function aged(n: number, pause: number, age: number): string {
  const at = (seconds: number) => (n * 100 + seconds).toFixed(3);
  return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /a
${at(0.082)}  S${n} 200 length=5
${at(pause)}  C${n} GET /b
${at(pause + 0.041)}  S${n} 200 length=5
${at(pause + 0.042)}  C${n} ACK
${at(age)}  S${n} FIN
${at(age + 0.04)}  C${n} FIN
${at(age + 0.08)}  S${n} ACK`;
}

/** Connection `n`, idle for another time than the others when all are closed in one moment. */
function shutDown(n: number): string {
  const at = (seconds: number) => (100 + n * 0.7 + seconds).toFixed(3);
  const end = (seconds: number) => (110 + n * 0.001 + seconds).toFixed(3);
  return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /a
${at(0.082)}  S${n} 200 length=5
${at(0.3)}  C${n} GET /b
${at(0.341)}  S${n} 200 length=5
${at(0.342)}  C${n} ACK
${end(0)}  S${n} FIN
${end(0.01)}  C${n} FIN
${end(0.05)}  S${n} ACK`;
}

const once = (n: number) => used(n, 5, 'S FIN').replace(/\n.*GET \/b.*\n.*200.*\n/, '\n');

describe('silent', () => {
  test.each(
    Object.entries({
      ...HEALTHY_CONVERSATIONS,
      'one close is no timeout': used(1, 5, 'S FIN'),
      'closes all over the place are no timer': [3, 11, 29, 47].map((idle, n) => used(n + 1, idle, 'S FIN')).join(''),
      'the client closes first, well before': [1, 2, 3].map((n) => used(n, 4, 'C FIN')).join(''),
      'the client closes first nearly always, well before the server does': [
        used(1, 4, 'C FIN'),
        used(2, 4, 'C FIN'),
        used(3, 4, 'C FIN'),
        used(4, 60, 'S FIN'),
        used(5, 60, 'S FIN'),
      ].join(''),
      'a client that uses each connection once does not gamble': [1, 2, 3].map(once).join(''),
      'a maximum age is no idle timeout': [0.5, 1.2, 2.1, 2.9].map((pause, n) => aged(n + 1, pause, 6)).join(''),
      'a shutdown is none': [0, 1, 2, 3].map((n) => shutDown(n + 1)).join(''),
      'announced closes are no timeout': [1, 2, 3].map((n) => used(n, 5, 'S FIN', 'close')).join(''),
    }),
  )('%s', async (_, script) => {
    expect(await rulesIn(script)).not.toContain(id);
  });

  test('reuses later than the closes refute the estimate', async () => {
    const late = (n: number) => {
      const at = (seconds: number) => (n * 100 + seconds).toFixed(3);
      return `
${at(0)}  C${n} SYN
${at(0.04)}  S${n} SYN-ACK
${at(0.041)}  C${n} GET /a
${at(0.082)}  S${n} 200 length=5
${at(9)}  C${n} GET /b
${at(9.041)}  S${n} 200 length=5
${at(9.042)}  C${n} FIN
${at(9.082)}  S${n} FIN
${at(9.083)}  C${n} ACK`;
    };
    const script = used(1, 5, 'S FIN') + used(2, 5, 'S FIN') + late(3) + late(4);
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
  evidence: ['9 server closes an idle connection', '20 server closes an idle connection'],
};

describe('found', () => {
  test('warning: nothing was lost yet; possible from two closes, likely from three', async () => {
    const [finding] = await findingsOf(example);
    expect(verdictOf(finding)).toEqual(FOUND);
    expect(finding).toMatchObject({ stream: null, client: '10.0.0.1', server: '10.0.0.2:80' });
    const three = [1, 2, 3].map((n) => used(n, 5, 'S FIN')).join('');
    expect(await verdictOn(three)).toMatchObject({ rule: id, verdict: 'warning, likely' });
    expect(await verdictOn(everyFrameTwice(example))).toMatchObject({ rule: id, verdict: 'warning, possible' });
  });

  test('error: a request was lost to it; the findings name each other', async () => {
    const script = used(1, 5, 'S FIN') + used(2, 5, 'S FIN') + raced(3, 5);
    const findings = await findingsOf(script);
    const mismatch = findings.find(({ rule }) => rule === id)!;
    const race = findings.find(({ rule }) => rule === 'fin-crosses-request')!;
    expect(findings).toHaveLength(2);
    expect(mismatch).toMatchObject({ severity: 'error', confidence: 'likely', related: [race.id] });
    expect(race.related).toEqual([mismatch.id]);
    expect(mismatch.summary).toMatch(
      /^10\.0\.0\.2:80 closes idle connections after about 5\.00 s \(.*\), before the client 10\.0\.0\.1 does; 1 request was lost to it\.$/,
    );
    expect(race.explanation).toContain('that is its idle timeout (about 5.00 s, seen 3 times');
  });

  test('a loss to another close is none to the timeout', async () => {
    const script = [1, 2, 3].map((n) => used(n, 5, 'S FIN')).join('') + raced(4, 2);
    const findings = await findingsOf(script);
    expect(findings.find(({ rule }) => rule === id)).toMatchObject({ severity: 'warning', related: [] });
    const race = findings.find(({ rule }) => rule === 'fin-crosses-request')!;
    expect(race.explanation).toContain('which is not its idle timeout (about 5.00 s)');
    expect(race.advice).not.toContain('lower its idle timeout');
  });

  test('names the setting where the product is known, and only then', async () => {
    const of = async (idle: number, options = '') => {
      const script = [1, 2, 3].map((n) => used(n, idle, 'S FIN', options)).join('');
      return (await findingsOf(script)).find(({ rule }) => rule === id)!;
    };
    const nginx = await of(75, 'server=nginx/1.22.1');
    expect(nginx.summary).toContain('(probably keepalive_timeout of nginx)');
    expect(nginx.advice).toBe(
      "Lower the client's idle timeout to 70.0 s or less, or raise keepalive_timeout (nginx) above the client's. " +
        'Retries are no remedy: a client seldom knows whether the lost request was executed, so it may repeat idempotent ones only.',
    );
    const node = await of(6.005);
    expect(node.summary).toContain('(perhaps server.keepAliveTimeout of Node.js http.Server (8.0 - 25.x))');
    expect(node.advice).toContain("raise the server's idle timeout above");
    const announcing = await of(6.005, 'keep-alive=5');
    expect(announcing.summary).toContain('(probably server.keepAliveTimeout of Node.js http.Server (8.0 - 25.x))');
    const anybody = await of(5);
    expect(anybody.summary).toMatch(/\(perhaps .* or \d+ others\)/);
    expect(anybody.advice).toContain("raise the server's idle timeout above");
    const tuned = await of(7, 'server=nginx');
    expect(tuned.summary).toContain('after about 7.00 s, before');
    expect(tuned.advice).toContain('raise keepalive_timeout (nginx) above');
  });

  test("the client's own timeout, where it is known and not safely shorter", async () => {
    const script = [
      used(1, 5, 'S FIN'),
      used(2, 5, 'S FIN'),
      used(3, 5, 'S FIN'),
      used(4, 4.8, 'C FIN'),
      used(5, 4.8, 'C FIN'),
    ].join('');
    const finding = (await findingsOf(script)).find(({ rule }) => rule === id)!;
    expect(finding.explanation).toContain('The client 10.0.0.1 closes idle connections itself after about 4.80 s');
    expect(finding.advice).toContain("above 5.30 s, as the client's is about 4.80 s");
  });

  test('several timeouts behind one address: the earlier one counts, the other is told', async () => {
    const script =
      [1, 2, 3].map((n) => used(n, 5, 'S FIN')).join('') + [4, 5, 6].map((n) => used(n, 60, 'S FIN')).join('');
    const finding = (await findingsOf(script)).find(({ rule }) => rule === id)!;
    expect(finding.summary).toContain('after about 5.00 s');
    expect(finding.explanation).toContain(
      'Behind this address there are several timeouts: 3 connections closed after about 60.0 s.',
    );
    expect(finding.advice).toContain('to 4.50 s or less');
  });

  test('how much is at stake, in numbers and, where there is traffic enough, in words', async () => {
    const [few] = await findingsOf(example);
    expect(few!.exposure).toMatchObject({ reuses: 2, withinRoundTrip: 0, lost: 0, advisedIdleTimeout: 4.5e9 });
    expect(few!.explanation).not.toContain('of a million');
    const busy = Array.from({ length: 60 }, (_, n) => {
      const at = (seconds: number) => (1000 + n * 10 + seconds).toFixed(3);
      return `
${at(0)}  C9 GET /${n}
${at(0.041)}  S9 200 length=5`;
    }).join('');
    const often = `
990.000  C9 SYN
990.040  S9 SYN-ACK
990.041  C9 GET /first
990.082  S9 200 length=5${busy.replaceAll(/^(\d+\.\d+)/gm, (time) => (1000 + (Number(time) - 1000) * 0.2).toFixed(3))}`;
    const script = [1, 2, 3].map((n) => used(n, 5, 'S FIN')).join('') + often;
    const finding = (await findingsOf(script)).find(({ rule }) => rule === id)!;
    expect(finding.exposure!.reuses).toBe(63);
    expect(finding.explanation).toMatch(
      /Of 63 reuses of this server's connections, 0 came within one round trip \(41 ms\) of the timeout; at this traffic at most \d+ of a million requests are expected to fail by it/,
    );
    expect(finding.explanation).toContain("With the client's idle timeout at 4.50 s none would");
  });

  test('the fingerprint stays the same with other frames, ports and times', async () => {
    const [here] = await findingsOf(example);
    const [there] = await findingsOf(elsewhere(example));
    expect(there!.fingerprint).toBe(here!.fingerprint);
    expect(there!.id).not.toBe(here!.id);
  });
});
