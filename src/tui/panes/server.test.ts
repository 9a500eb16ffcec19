import { expect, test } from 'vitest';
import { captureOf } from '../../testing/conversation.ts';
import { fakeReport } from '../../testing/fake-report.ts';
import { messagesOf } from '../../testing/tui-messages.ts';
import { pageText, press, reportMessage, stateOf } from '../../testing/tui-state.ts';

const [SERVER] = fakeReport().servers.map(({ server }) => server) as [string];

test('a server counts its findings, those included that are not listed', () => {
  const { findings } = fakeReport();
  const listed = findings.filter(({ rule, server }) => rule === 'fin-crosses-request' && server === SERVER).length;
  const text = pageText(press(stateOf([reportMessage()]), '3\r'));
  expect(text).toContain(`ERROR fin-crosses-request, ${(1200 + listed).toLocaleString('en')} findings`);
});

test('a connection says when not all findings of its server are listed', async () => {
  const messages = await messagesOf(
    captureOf(`
    0.000  C SYN
    0.040  S SYN-ACK
    0.041  C GET /a
    0.082  S 200 length=5`),
  );
  const rows = messages.filter(({ kind }) => kind === 'rows');
  const clean = press(stateOf([...rows, reportMessage({ findings: [] })]), '2\r');
  expect(pageText(clean)).not.toContain('Findings');
  const server = clean.model.serverOf(0);
  const omitted = { rule: 'x', severity: 'error', count: 7, lostRequests: 0, server } as const;
  const state = stateOf([...rows, reportMessage({ findings: [], omittedFindings: [omitted] })]);
  for (const keys of ['2\r', '4\r']) {
    expect(pageText(press(state, keys))).toContain('Of those that are listed: not all findings of this server are.');
  }
});
