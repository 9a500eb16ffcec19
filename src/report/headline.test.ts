import { describe, expect, test } from 'vitest';
import { FAKE_RULES, fakeEstimate, fakeFinding, fakeReport, healthyReport } from '../testing/fake-report.ts';
import { headline } from './headline.ts';
import type { Report } from './report.ts';

const OTHER_SERVER = '10.0.0.9:80';

function withIdleTimeout(changes: Parameters<typeof fakeEstimate>[0]): Report['servers'] {
  return fakeReport().servers.map((server) => ({ ...server, idleTimeout: fakeEstimate(changes) }));
}

describe('something was lost', () => {
  test('what, where, why and whose knob', () => {
    const findings = ['1', '2', '3'].map((id) => fakeFinding({ id }));
    expect(headline(fakeReport({ findings }))).toBe(
      "3 requests were lost on 10.0.0.2:8080: the server's close crossed the client's next request " +
        '(idle timeout about 5.00 s, probably server.keepAliveTimeout of Node.js).',
    );
  });

  test('one observation is "perhaps"', () => {
    const servers = withIdleTimeout({ confidence: 'possible', candidates: [] });
    expect(headline(fakeReport({ findings: [fakeFinding()], servers }))).toBe(
      "1 request was lost on 10.0.0.2:8080: the server's close crossed the client's next request " +
        '(idle timeout perhaps 5.00 s).',
    );
  });

  test('several causes and servers: the largest is told, with its share', () => {
    const findings = [
      fakeFinding({ id: '1' }),
      fakeFinding({ id: '2' }),
      fakeFinding({ id: '3', rule: 'reset-mid-response', delivered: 'truncated' }),
      fakeFinding({ id: '4', rule: 'reset-destroys-response', delivered: 'at-risk', server: OTHER_SERVER }),
    ];
    expect(headline(fakeReport({ findings, servers: [] }))).toBe(
      '2 requests were lost, 1 response was cut short and 1 response was put at risk on 2 servers, most on ' +
        "10.0.0.2:8080: the server's close crossed the client's next request (2 of 4).",
    );
  });

  test('the timeout mismatch behind the losses is not a loss of its own', () => {
    const findings = [fakeFinding(), fakeFinding({ id: '2', rule: 'idle-timeout-mismatch', stream: null })];
    expect(headline(fakeReport({ findings, servers: [] }))).toContain('1 request was lost on');
    expect(headline(fakeReport({ findings: findings.slice(1), servers: [] }))).toBe(
      '1 error on 10.0.0.2:8080: idle-timeout-mismatch.',
    );
  });

  test('a rule tells its own clause', () => {
    const rules = [{ ...FAKE_RULES[1]!, id: 'brand-new', headline: 'something new happened' }];
    const findings = [fakeFinding({ rule: 'brand-new' })];
    expect(headline(fakeReport({ findings, rules }))).toBe(
      '1 request was lost on 10.0.0.2:8080: something new happened.',
    );
  });

  test('pipelined requests count each, a response with a part of it is no lost request', () => {
    const findings = [
      fakeFinding({ id: '1', lostRequests: 3 }),
      fakeFinding({ id: '2', delivered: 'truncated', lostRequests: 2 }),
      fakeFinding({ id: '3', delivered: 'yes' }),
    ];
    expect(headline(fakeReport({ findings, servers: [] }))).toMatch(
      /^4 requests were lost, 1 response was cut short and 1 response was put at risk on 10\.0\.0\.2:8080: /,
    );
  });

  test('findings that are only counted count too', () => {
    const { rule, severity, server } = fakeFinding();
    const omittedFindings = [{ rule, severity, server, count: 1200, lostRequests: 1300 }];
    expect(headline(fakeReport({ findings: [fakeFinding()], omittedFindings, servers: [] }))).toMatch(
      /^1,301 requests were lost on 10\.0\.0\.2:8080: /,
    );
  });
});

describe('nothing was lost', () => {
  test('warnings', () => {
    const findings = [fakeFinding({ severity: 'warning', rule: 'undelayed-close' })];
    expect(headline(fakeReport({ findings }))).toBe(
      'No loss was found, but 1 warning on 10.0.0.2:8080: the server closes right behind its last byte.',
    );
  });

  test('remarks only', () => {
    const report = healthyReport({ findings: [fakeFinding({ severity: 'info' })] });
    expect(headline({ ...report, totals: { ...report.totals, findings: { error: 0, warning: 0, info: 1 } } })).toBe(
      'No keep-alive problem found in 1,400 frames, 112 connections, 230 exchanges; 1 remark (info).',
    );
  });

  test('a capture that could not be read in full is not called healthy without saying so', () => {
    expect(headline(fakeReport({ findings: [] }))).toBe(
      'No keep-alive problem found in what could be read, 1,400 frames, 112 connections, 230 exchanges.',
    );
  });

  test('findings that a filter hides are mentioned', () => {
    expect(headline(healthyReport({ hiddenFindings: 2 }))).toContain(
      '230 exchanges (2 findings not shown, by the filters).',
    );
  });

  test('nothing to check', () => {
    const { totals } = healthyReport();
    const of = (changes: Partial<typeof totals>) => headline(healthyReport({ totals: { ...totals, ...changes } }));
    expect(of({ frames: 0 })).toBe('Nothing to check: the capture holds no frames.');
    expect(of({ tcpSegments: 0 })).toBe('Nothing to check: no TCP in 1,400 frames.');
    expect(of({ httpConnections: 0 })).toBe(
      'Nothing to check: no HTTP/1 could be read in 1,400 frames, 112 connections (1 TLS).',
    );
  });
});
