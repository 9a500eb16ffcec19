import { expect, test } from 'vitest';
import { fakeFinding, fakeReport } from '../testing/fake-report.ts';
import { gitlab } from './gitlab.ts';
import type { Report } from './report.ts';

function issuesOf(report: Report, location?: string) {
  const options = { color: false, width: 80, quiet: false, ...(location !== undefined && { location }) };
  return JSON.parse([...gitlab.render(report, options)].join(''));
}

test('findings of one problem are one issue, as grave as the gravest of them', () => {
  const findings = [
    fakeFinding({ fingerprint: 'a', severity: 'warning', summary: 'First.' }),
    fakeFinding({ fingerprint: 'b', severity: 'info' }),
    fakeFinding({ fingerprint: 'a', severity: 'error', summary: 'Second.' }),
  ];
  const issues = issuesOf(fakeReport({ findings }));
  expect(issues.map(({ fingerprint, severity }: Record<string, string>) => [fingerprint, severity])).toEqual([
    ['a', 'critical'],
    ['b', 'info'],
  ]);
  expect(issues[0].description).toMatch(/^Second\. \(and 1 more like it\) Raise the server/);
});

test('the place is the server, or what the user names', () => {
  const report = fakeReport({ findings: [fakeFinding()] });
  expect(issuesOf(report)[0].location).toEqual({ path: 'servers/10.0.0.2:8080', lines: { begin: 1 } });
  expect(issuesOf(report, 'deploy/nginx.conf')[0].location.path).toBe('deploy/nginx.conf');
});
