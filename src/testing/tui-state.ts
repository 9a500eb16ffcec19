// The state of the terminal interface, brought there by messages and keys as a user would.
import type { FromWorker } from '../tui/model/messages.ts';
import { messageLine } from '../tui/panes/foot.ts';
import { listLines } from '../tui/panes/list.ts';
import { parseInput } from '../tui/screen/input.ts';
import { textOf } from '../tui/screen/line.ts';
import { contentOfPage, initialState, pageOf, reduce, type State } from '../tui/state.ts';
import { captureOf } from './conversation.ts';
import { fakeReport } from './fake-report.ts';
import { messagesOf } from './tui-messages.ts';

export const SIZE = { columns: 80, rows: 24, source: 'x.pcap' };

/** The state when `messages` have come. */
export function stateOf(messages: readonly FromWorker[], options: Partial<Parameters<typeof initialState>[0]> = {}) {
  return taking(initialState({ ...SIZE, ...options }), messages);
}

export function taking(before: State, messages: readonly FromWorker[]): State {
  return messages.reduce((state, message) => reduce(state, { type: 'message', message }), before);
}

/** The state when the capture of a conversation is read. */
export async function stateOfConversation(script: string, options: Parameters<typeof stateOf>[1] = {}): Promise<State> {
  return stateOf(await messagesOf(captureOf(script)), options);
}

/** The state after keys: "jj", or names: ["down", "enter"]. */
export function press(state: State, keys: string | readonly string[]): State {
  const events =
    typeof keys === 'string' ? parseInput(keys).events : keys.map((key) => ({ kind: 'key' as const, key }));
  return events.reduce((before, event) => reduce(before, { type: 'input', event }), state);
}

/** The message of a report that is like that of a healthy capture, apart from `changes`. */
export function reportMessage(
  changes: Parameters<typeof fakeReport>[0] = {},
  ending: { readonly isFinal?: boolean; readonly wasStopped?: boolean } = {},
): FromWorker {
  const { connections: _, rules: __, timeline: ___, ...report } = fakeReport(changes);
  return {
    kind: 'report',
    report: { ...report, originSeconds: undefined },
    isFinal: true,
    wasStopped: false,
    ...ending,
  };
}

export const listText = (state: State) => listLines(state, state.columns, state.rows).map(textOf).join('\n');
export const footText = (state: State) => textOf(messageLine(state));
export function pageText(state: State): string {
  const content = contentOfPage(state, pageOf(state)!);
  return Array.from({ length: content.count }, (_, index) => textOf(content.line(index))).join('\n');
}
