import { describe, expect, test } from 'vitest';
import { candidatesFor, candidatesText, knobFor, requestLimitCandidates } from './candidates.ts';
import type { TimeoutEstimate } from './estimate.ts';

function estimateOf(seconds: number): TimeoutEstimate {
  const value = seconds * 1e9;
  const agree = { value, low: value, high: value, earliest: value, latest: value };
  return { ...agree, observed: 3, censored: 0, contradictions: 0, confidence: 'likely', others: [] };
}

function productsAt(seconds: number, banner = '', side: 'server' | 'client' = 'server'): string[] {
  return candidatesFor(estimateOf(seconds), side, banner).map(({ product }) => product);
}

describe('candidates', () => {
  test('Node.js announces 5 s and closes at 6', () => {
    expect(candidatesFor(estimateOf(6.005), 'server', '')).toEqual([
      { product: 'Node.js http.Server (8.0 - 25.x)', knob: 'server.keepAliveTimeout', seconds: 6, named: false },
    ]);
    expect(productsAt(5.0)).toContain('Node.js http.Server (8.0 - 25.x)');
  });

  test('nginx has 75 s, and others too', () => {
    expect(productsAt(75.0)).toContain('nginx');
    expect(productsAt(75.0).length).toBeGreaterThan(1);
  });

  test('a banner that names one of them leaves out the others', () => {
    expect(productsAt(75.01, 'nginx/1.22.1')).toEqual(['nginx']);
    expect(productsAt(5.003, 'Apache/2.4.57 (Debian)')).toEqual(['Apache httpd']);
    expect(productsAt(5.003, 'uvicorn')).toEqual(['uvicorn']);
  });

  test('a banner that names a product with another default leaves nothing: it was configured', () => {
    expect(productsAt(5.0, 'nginx/1.22.1')).toEqual([]);
  });

  test('a banner that nobody knows decides nothing', () => {
    expect(productsAt(6.005, 'acme/1.0')).toEqual(['Node.js http.Server (8.0 - 25.x)']);
  });

  test('look-alikes are told apart', () => {
    expect(productsAt(5.003, 'Apache-Coyote/1.1')).not.toContain('Apache httpd');
    expect(productsAt(20, 'Apache-Coyote/1.1')).toEqual(['Tomcat (stock server.xml)']);
  });

  test('clients and proxies towards their servers', () => {
    expect(productsAt(90, 'Go-http-client/1.1', 'client')).toEqual(['Go net/http DefaultTransport']);
    expect(productsAt(60, '', 'client')).toEqual(expect.arrayContaining(['nginx', 'AWS ALB']));
    expect(productsAt(60, '', 'server')).not.toContain('OkHttp');
  });

  test('timers are a little late, hardly early', () => {
    expect(productsAt(75.14)).toContain('nginx');
    expect(productsAt(73.6)).toContain('nginx');
    expect(productsAt(72)).not.toContain('nginx');
    expect(productsAt(78)).not.toContain('nginx');
    expect(productsAt(3.0)).toEqual([]);
  });
});

describe('the setting that a banner names', () => {
  test.each([
    ['nginx/1.22.1', 'keepalive_timeout'],
    ['openresty', 'keepalive_timeout'],
    ['Apache/2.4.57', 'KeepAliveTimeout'],
    ['gunicorn', 'keepalive'],
    ['Kestrel', 'KeepAliveTimeout'],
  ])('%s: %s', (banner, knob) => {
    expect(knobFor('server', banner)?.knob).toBe(knob);
  });

  test('is none for an unknown banner or none', () => {
    expect(knobFor('server', '')).toBeNull();
    expect(knobFor('server', 'acme/1.0')).toBeNull();
  });
});

describe('what else is known', () => {
  test('a close one second after what is announced, without a Server field, is Node.js, whatever is configured', () => {
    const at = (seconds: number, hint: number, banner = '') =>
      candidatesFor(estimateOf(seconds), 'server', banner, 'idle', hint).map(({ knob, named }) => [knob, named]);
    expect(at(3.001, 2)).toEqual([['server.keepAliveTimeout', true]]);
    expect(at(6.003, 5)).toEqual([['server.keepAliveTimeout', true]]);
    expect(at(3.001, 2, 'nginx')).toEqual([]);
    expect(at(2.002, 2)).not.toContainEqual(['server.keepAliveTimeout', true]);
  });

  test('a number alone names nobody: gunicorn is not called the cause of two seconds', () => {
    const [only] = candidatesFor(estimateOf(2.001), 'server', '');
    expect(only).toMatchObject({ product: 'gunicorn', named: false });
    expect(candidatesText([only!])).toBe('perhaps keepalive of gunicorn');
  });

  test('close delays, ages and patience have their own defaults', () => {
    const of = (seconds: number, kind: 'close-delay' | 'age' | 'response', side: 'server' | 'client', banner = '') =>
      candidatesFor(estimateOf(seconds), side, banner, kind).map(({ knob }) => knob);
    expect(of(1.0, 'close-delay', 'server', 'envoy')).toEqual(['delayed_close_timeout']);
    expect(of(3.0, 'close-delay', 'server', 'Armeria/1.40')[0]).toMatch(/^http1ConnectionCloseDelay/);
    expect(of(3600, 'age', 'server', 'nginx')).toEqual(['keepalive_time']);
    expect(of(15, 'response', 'client')).toContain('route timeout');
  });

  test('limits on requests; Apache counts those after the first', () => {
    expect(requestLimitCandidates(1000, 'nginx/1.22.1').map(({ knob }) => knob)).toEqual(['keepalive_requests']);
    expect(requestLimitCandidates(101, 'Apache/2.4').map(({ knob }) => knob)).toEqual(['MaxKeepAliveRequests']);
    expect(requestLimitCandidates(1000, '').length).toBeGreaterThan(2);
    expect(requestLimitCandidates(7, '')).toEqual([]);
  });
});

test('in words: what is sure of one, doubtful of several, and of many only some', () => {
  const of = (...names: string[]) => candidatesText(names.map((name) => ({ product: name, knob: 'k', named: false })));
  expect(of()).toBe('');
  expect(candidatesText([{ product: 'A', knob: 'k', named: true }])).toBe('probably k of A');
  expect(of('A')).toBe('perhaps k of A');
  expect(of('A', 'B')).toBe('perhaps k of A or k of B');
  expect(of('A', 'B', 'C')).toBe('perhaps k of A, k of B or k of C');
  expect(of('A', 'B', 'C', 'D', 'E')).toBe('perhaps k of A, k of B or 3 others');
});
