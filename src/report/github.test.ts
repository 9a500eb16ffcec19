import { expect, test } from 'vitest';
import { fakeFinding, fakeReport, healthyReport } from '../testing/fake-report.ts';
import { workflowCommandOf } from '../testing/formats.ts';
import { github } from './github.ts';
import type { Report } from './report.ts';

function commandsOf(report: Report) {
  const text = [...github.render(report, { color: false, width: 80, quiet: false })].join('');
  return text.split('\n').slice(0, -1).map(workflowCommandOf);
}

test('one annotation for each rule and server, by severity', () => {
  expect(commandsOf(fakeReport()).map((command) => [command!.name, command!.properties])).toEqual([
    ['error', 'title=fin-crosses-request on 10.0.0.2%3A8080'],
    ['error', 'title=reset-mid-response on [fd00%3A%3A2]%3A80'],
    ['warning', 'title=undelayed-close on 10.0.0.2%3A8080'],
    ['notice', 'title=keep-alive-unused on 10.0.0.2%3A8080'],
  ]);
  expect(commandsOf(fakeReport())[0]!.message).toContain('\nAnd 1,239 more like it.\nFix: Raise the server');
});

test('no more than GitHub shows: nine of a kind, and one that counts the rest', () => {
  const findings = (['error', 'warning', 'info'] as const).flatMap((severity) =>
    Array.from({ length: 15 }, (_, index) => fakeFinding({ severity, server: `${severity}:${index}` })),
  );
  const commands = commandsOf(fakeReport({ findings: [...findings, ...findings] }));
  for (const kind of ['error', 'warning', 'notice']) {
    const ofKind = commands.filter((command) => command!.name === kind);
    expect(ofKind).toHaveLength(10);
    expect(ofKind.at(-1)!.message).toBe(
      'and 12 findings more of other rules and servers; the step summary and the report list them.',
    );
  }
});

test('nothing to say, nothing said', () => expect(commandsOf(healthyReport())).toEqual([]));
