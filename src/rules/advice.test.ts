import { describe, expect, test } from 'vitest';
import { estimateTimeout, NOTHING_CENSORED } from '../timeouts/estimate.ts';
import { type ClientKnowledge, clientLimit, timeoutAdvice } from './advice.ts';
import type { ServerKnowledge } from './rule.ts';

const estimateOf = (...seconds: readonly number[]) =>
  estimateTimeout(
    seconds.map((value) => value * 1e9),
    NOTHING_CENSORED,
  );

function server(changes: Partial<ServerKnowledge> = {}): ServerKnowledge {
  return {
    cause: 'idle',
    idleTimeout: estimateOf(5, 5, 5),
    closeDelay: null,
    maxRequests: null,
    maxAge: null,
    candidates: [],
    knob: null,
    ...changes,
  };
}

const UNKNOWN: ClientKnowledge = { idleTimeout: null, userAgent: '' };

describe('advice', () => {
  test('names both ways out, and what not to do', () => {
    expect(timeoutAdvice(server(), UNKNOWN)).toBe(
      "Lower the client's idle timeout to 4.50 s or less, or raise the server's idle timeout above the client's. " +
        'Retries are no remedy: a client seldom knows whether the lost request was executed, so it may repeat idempotent ones only.',
    );
  });

  test("names the setting of the product that a field names, and the client's default", () => {
    const nginx = { product: 'nginx', knob: 'keepalive_timeout', seconds: 75 };
    expect(timeoutAdvice(server({ knob: nginx }), { idleTimeout: null, userAgent: 'Go-http-client/1.1' })).toMatch(
      /^Lower the client's idle timeout \(.* of Go net\/http DefaultTransport, by its User-Agent\) to 4\.50 s or less, or raise keepalive_timeout \(nginx\) above the client's \(90\.0 s by default\)\./,
    );
  });

  test('does not name what only a number suggests', () => {
    const gunicorn = { product: 'gunicorn', knob: 'keepalive', seconds: 2, named: false };
    expect(timeoutAdvice(server({ candidates: [gunicorn] }), UNKNOWN)).not.toContain('gunicorn');
    expect(timeoutAdvice(server({ candidates: [{ ...gunicorn, named: true }] }), UNKNOWN)).toContain(
      'raise keepalive (gunicorn) above',
    );
  });

  test("raises the server's above what the client's was seen to be", () => {
    const advice = timeoutAdvice(server(), { idleTimeout: estimateOf(60, 60, 60), userAgent: '' });
    expect(advice).toContain("raise the server's idle timeout above 65.0 s, as the client's is about 60.0 s");
  });

  test('keeps its distance from the lower end: a coarse timer may strike sooner than it was seen to', () => {
    expect(clientLimit(server({ idleTimeout: estimateOf(2.6) }))).toBe(1.1e9);
    expect(clientLimit(server({ idleTimeout: estimateOf(2.1, 2.4, 2.6, 2.9, 2.3, 2.7) }))).toBeLessThan(1.5e9);
    expect(clientLimit(server({ idleTimeout: null }), 5e9)).toBe(4.5e9);
    expect(clientLimit(server({ idleTimeout: null }))).toBeNaN();
    expect(timeoutAdvice(server({ idleTimeout: null }), UNKNOWN)).toContain("below the server's, or raise");
  });
});
