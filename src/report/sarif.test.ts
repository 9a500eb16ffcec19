import type { Log } from 'sarif';
import { describe, expect, test } from 'vitest';
import { fakeFinding, fakeReport, healthyReport } from '../testing/fake-report.ts';
import { sarifErrors } from '../testing/formats.ts';
import type { FormatOptions } from './format.ts';
import type { Report } from './report.ts';
import { sarif } from './sarif.ts';

function runOf(report: Report, options: Partial<FormatOptions> = {}) {
  const log: Log = JSON.parse(
    [...sarif.render(report, { color: false, width: 80, quiet: false, ...options })].join(''),
  );
  expect(sarifErrors(log)).toBeNull();
  return log.runs[0]!;
}

const answered = fakeFinding({
  id: '2',
  exchange: {
    request: { method: 'POST', target: '/u', version: '1.0' },
    response: { status: 413, version: '1.1', complete: false },
  },
});

test('the schema is one that refuses', () => {
  expect(sarifErrors({ version: '2.1.0', runs: [{}] })).not.toBeNull();
});

test('the lost exchange, with and without a response', () => {
  const [unanswered, cutShort] = runOf(fakeReport({ findings: [fakeFinding(), answered] })).results!;
  expect(unanswered!.webRequest).toEqual({
    protocol: 'HTTP',
    version: '1.1',
    method: 'GET',
    target: '/b',
  });
  expect(unanswered!.webResponse).toEqual({ noResponseReceived: true });
  expect(cutShort!.webResponse).toMatchObject({ statusCode: 413, properties: { complete: false } });
});

test('the evidence is a thread flow, in the order of the frames, with times', () => {
  const [result] = runOf(fakeReport({ findings: [fakeFinding()] })).results!;
  const steps = result!.codeFlows![0]!.threadFlows[0]!.locations;
  expect(steps.map(({ location }) => location!.message!.text)).toEqual([
    'frame 12, server FIN: acknowledges 512, the request starts at 512',
    'frame 13, request: acknowledges 64, which is the FIN itself',
    'frame 1014, server RST: no ACK flag: no socket was left',
  ]);
  expect(steps.map(({ executionTimeUtc }) => executionTimeUtc)).toEqual([
    '2026-01-02T03:04:10.082114000Z',
    '2026-01-02T03:04:10.083214000Z',
    '2026-01-02T03:04:10.123214777Z',
  ]);
});

describe('what GitHub knows a finding by', () => {
  test('does not depend on the capture', () => {
    const report = fakeReport({ findings: [fakeFinding()] });
    const elsewhere = fakeReport({
      captures: report.captures.map((capture) => ({ ...capture, path: '/tmp/other.pcap', bytes: 1 })),
      findings: [fakeFinding({ id: 'x', stream: 77, frame: 99, time: 5, client: '10.0.0.1:1', evidence: [] })],
    });
    const [a, b] = [report, elsewhere].map((each) => runOf(each).results![0]!);
    expect(b!.partialFingerprints).toEqual(a!.partialFingerprints);
    expect(b!.locations![0]!.physicalLocation).toEqual(a!.locations![0]!.physicalLocation);
    expect(a!.locations![0]!.physicalLocation!.artifactLocation!.uri).toBe('servers/10.0.0.2:8080');
  });

  test('the location can be named', () => {
    const [result] = runOf(fakeReport(), { location: 'config/nginx.conf' }).results!;
    expect(result!.locations![0]!.physicalLocation!.artifactLocation!.uri).toBe('config/nginx.conf');
  });

  test('an IPv6 address is a URI, too', () => {
    const [result] = runOf(fakeReport({ findings: [fakeFinding({ server: '[fd00::2]:80' })] })).results!;
    expect(result!.locations![0]!.physicalLocation!.artifactLocation!.uri).toBe('servers/%5Bfd00::2%5D:80');
  });
});

test('captures are artifacts, whatever they are called', () => {
  const paths = ['a b/c%d.pcap', '/abs/x.pcap', '-', 'c:d.pcap', 'a?b#c.pcap'];
  const captures = paths.map((path) => ({ ...healthyReport().captures[0]!, path }));
  expect(runOf(healthyReport({ captures })).artifacts!.map(({ location }) => location?.uri)).toEqual([
    'a%20b/c%25d.pcap',
    'file:///abs/x.pcap',
    undefined,
    'c%3Ad.pcap',
    'a%3Fb%23c.pcap',
  ]);
});

test('what could not be read or is not listed is told', () => {
  const { toolExecutionNotifications } = runOf(fakeReport()).invocations![0]!;
  expect(toolExecutionNotifications!.map(({ level, message }) => [level, message.text])).toEqual([
    ['warning', expect.stringContaining('at byte 4711: the file ends inside of a frame')],
    ['warning', 'empty.pcap: the file holds no frames.'],
    ['note', '1,200 further findings of fin-crosses-request (error) on 10.0.0.2:8080 counted, but not listed.'],
  ]);
});

test('no more results than GitHub takes: the gravest ones', { timeout: 60_000 }, () => {
  const remark = fakeFinding({
    severity: 'info',
    evidence: [],
    exchange: null,
    explanation: '',
    advice: '',
    summary: 'x',
  });
  const findings = [...Array(25_010).fill(remark), { ...remark, severity: 'error' as const }];
  const pieces = sarif.render(fakeReport({ findings }), { color: false, width: 80, quiet: false });
  const run = (JSON.parse([...pieces].join('')) as Log).runs[0]!;
  expect(run.results).toHaveLength(25_000);
  expect(run.results!.at(-1)!.level).toBe('error');
  expect(run.invocations![0]!.toolExecutionNotifications!.at(-1)!.message.text).toBe(
    '11 further findings left out: too many.',
  );
});
