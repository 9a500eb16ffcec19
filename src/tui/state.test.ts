import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { byteSource } from '../testing/capture-builder.ts';
import { captureOf } from '../testing/conversation.ts';
import { type FakeWorker, messagesOf, startFakeWorker } from '../testing/tui-messages.ts';
import { pageText, press, stateOf, stateOfConversation } from '../testing/tui-state.ts';
import { KEYMAP } from './keymap.ts';
import type { FromWorker } from './model/messages.ts';
import { contentOf } from './pages.ts';
import { keysLine, messageLine } from './panes/foot.ts';
import { helpLines } from './panes/help.ts';
import { listLines } from './panes/list.ts';
import { tabsLine } from './panes/tabs.ts';
import { flushInput, parseInput } from './screen/input.ts';
import { textOf } from './screen/line.ts';
import { widthOf } from './screen/width.ts';
import {
  contentOfPage,
  helpOf,
  initialState,
  isMarked,
  ladderRow,
  pageHeight,
  pageOf,
  reduce,
  type State,
} from './state.ts';

const captureOfLab = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/captures/lab/${name}`, import.meta.url)));
const RACE = captureOfLab('race-node.client.pcap');

let loaded: State;
let worker: FakeWorker;
beforeAll(async () => {
  worker = startFakeWorker(() => byteSource(RACE));
  await worker.done;
  loaded = worker.messages.reduce<State>(
    (state, message) => reduce(state, { type: 'message', message }),
    initialState({ columns: 80, rows: 24, source: 'race-node.client.pcap' }),
  );
});

const screenOf = (state: State) => listLines(state, 80, 24).map(textOf);
describe('lists', () => {
  test('findings stand there with the gravest first, a line each', () => {
    const lines = screenOf(loaded);
    expect(lines[0]).toMatch(/^ {2}severity↑ rule +/);
    expect(lines[1]).toMatch(/^> error +idle-timeout-mismatch/);
    expect(lines.filter((line) => line.includes('fin-crosses-request'))).toHaveLength(3);
    expect(textOf(tabsLine(loaded))).toBe(' 1 Findings 4   2 Connections 8   3 Servers 1   4 Exchanges 11 ');
  });

  test.each([
    ['2', 'connections', 8],
    ['3', 'servers', 1],
    ['4', 'exchanges', 11],
    ['\t', 'connections', 8],
    ['\t\t\t\t', 'findings', 4],
  ])('%j shows %s', (keys, view, count) => {
    const state = press(loaded, keys);
    expect(state.view).toBe(view);
    expect(state.lists[state.view].rows).toHaveLength(count);
  });

  test('keys move, several of them at once, and stop at the ends', () => {
    const state = press(loaded, '2jjjk');
    expect(state.lists.connections.cursor).toBe(2);
    expect(press(state, 'G').lists.connections.cursor).toBe(7);
    expect(press(state, 'Gj').lists.connections.cursor).toBe(7);
    expect(press(state, 'gk').lists.connections.cursor).toBe(0);
  });

  test('what is selected stays on the screen', () => {
    const small = reduce(press(loaded, '4G'), { type: 'resize', columns: 80, rows: 16 });
    const { cursor, top } = small.lists.exchanges;
    expect([cursor, top]).toEqual([10, 0]);
    const smaller = reduce(press(loaded, '4G'), { type: 'resize', columns: 80, rows: 24 });
    expect(smaller.lists.exchanges.cursor - smaller.lists.exchanges.top).toBeLessThan(7);
  });

  test('s sorts by the next column and S the other way round; the selected row stays selected', () => {
    const state = press(loaded, '2jj');
    const sorted = press(state, ':sort idle\r');
    expect(sorted.lists.connections.sortedBy).toBe('idle');
    expect(sorted.lists.connections.rows[sorted.lists.connections.cursor]).toBe(2);
    const { longestIdle } = sorted.model.connections.columns;
    const idle = [...sorted.lists.connections.rows].map((row) => longestIdle[row]!);
    expect(idle).toEqual([...idle].sort((a, b) => b - a));
    expect(press(sorted, 'S').lists.connections.rows[0]).toBe(sorted.lists.connections.rows.at(-1));
    expect(press(state, 's').message?.text).toMatch(/^Sorted by/);
  });

  test('m marks, the apostrophe goes there', () => {
    const state = press(loaded, '2jmgG');
    expect(state.marks.size).toBe(1);
    expect(press(state, "'").lists.connections.cursor).toBe(1);
    expect(press(loaded, "2'").message?.text).toContain('No row is marked');
  });
});

describe('deeper and back', () => {
  test('finding, connection, exchange, segments; Esc goes back and never quits', () => {
    let state = press(loaded, 'j\r');
    expect(pageOf(state)?.kind).toBe('finding');
    expect(pageText(state)).toContain('What happened');
    state = press(state, '\r');
    expect(pageOf(state)?.kind).toBe('connection');
    expect(pageText(state)).toContain('closed by');
    state = press(state, 'j\r');
    expect(pageOf(state)).toMatchObject({ kind: 'exchange', nth: 1 });
    expect(pageText(state)).toContain('None was seen.');
    state = press(state, '\r');
    expect(pageOf(state)?.kind).toBe('ladder');
    expect(state.effects).toEqual([expect.objectContaining({ kind: 'trace', stream: 1 })]);
    const kinds = [state];
    for (let i = 0; i < 6; i++) kinds.push(press(kinds.at(-1)!, ['escape']));
    expect(kinds.map((each) => pageOf(each)?.kind)).toEqual([
      ...['ladder', 'exchange', 'connection', 'finding', undefined, undefined, undefined],
    ]);
    expect(kinds.flatMap(({ effects }) => effects).map(({ kind }) => kind)).toEqual(['trace', 'cancel-trace']);
  });

  test('q goes back, and quits in a list; Q and ctrl-c quit anywhere', () => {
    expect(press(loaded, '\rq').effects).toEqual([]);
    expect(press(loaded, 'q').effects).toEqual([{ kind: 'quit', isInterrupt: false }]);
    expect(press(loaded, '\rQ').effects).toEqual([{ kind: 'quit', isInterrupt: false }]);
    expect(press(loaded, '\r\x03').effects).toEqual([{ kind: 'quit', isInterrupt: true }]);
  });

  test('a finding about a server leads to the server, that to its connections', () => {
    const server = press(loaded, 'g\r\r');
    expect(pageOf(server)?.kind).toBe('server');
    expect(pageText(server)).toMatch(/Idle timeout: 3\.00 s .*from 7 closes/);
    expect(pageText(server)).toMatch(/server closes after 3\.00 s/);
    const connections = press(server, '\r');
    expect(connections.filter.text).toBe('ip.addr == 10.99.0.2 && tcp.port == 80');
    expect(connections.lists.connections.rows).toHaveLength(8);
  });
});

describe('the ladder', () => {
  async function ladderOf(keys: string): Promise<State> {
    const state = press(loaded, keys);
    const effect = state.effects[0] as Extract<State['effects'][number], { kind: 'trace' }>;
    const message = await worker.ask(effect, 'trace');
    return reduce(state, { type: 'message', message });
  }

  test('shows segments with flags, start lines and evidence, at the first evidence', async () => {
    const state = await ladderOf('jL');
    const text = pageText(state);
    expect(text).toMatch(/│─ SYN ─+▶│/);
    expect(text).toMatch(/│─ POST \/order ─+▶│ {2}lost request/);
    expect(text).toMatch(/│◀─+ FIN, ACK ─│ {2}server FIN/);
    expect(text).toMatch(/── 2\.97 s idle ──/);
    const content = contentOfPage(state, pageOf(state)!);
    expect(textOf(content.line(pageOf(state)!.cursor))).toMatch(/end of the last response|lost request|server FIN/);
  });

  test('n goes from evidence to evidence, v shows every segment, y copies the frame', async () => {
    const state = await ladderOf('jL');
    const next = press(state, 'n');
    expect(pageOf(next)!.cursor).toBeGreaterThan(pageOf(state)!.cursor);
    expect(pageOf(press(state, 'v'))).toMatchObject({ isAll: true });
    expect(press(next, 'y').effects).toEqual([{ kind: 'copy', text: expect.stringMatching(/^frame\.number == \d+$/) }]);
  });

  test('an answer for another connection, or after going back, changes nothing', async () => {
    const state = await ladderOf('jL');
    const other = { kind: 'trace', stream: 5, trace: null, problem: 'x' } as const;
    expect(reduce(state, { type: 'message', message: other }).trace).toBe(state.trace);
    const back = press(state, ['escape']);
    expect(pageOf(back)).toBeUndefined();
  });

  test('what cannot be read again is said', async () => {
    const live = startFakeWorker(() => byteSource(RACE), { readOnce: 'standard input' });
    await live.done;
    const message = await live.ask({ kind: 'trace', stream: 1, client: '' }, 'trace');
    const state = reduce(press(loaded, 'jL'), { type: 'message', message });
    expect(pageText(state)).toContain('standard input');
  });
});

describe('filters', () => {
  test('the list follows what is typed, Enter keeps it, Esc takes it away', () => {
    const typing = press(loaded, '2/finrace.severity == error');
    expect(typing.lists.connections.rows).toEqual(Int32Array.of(1, 3, 7));
    const kept = press(typing, '\r');
    expect(kept.prompt).toBeNull();
    expect(textOf(messageLine(kept))).toMatch(/^filter: finrace\.severity == error .* 1 of 3 \(of 8\)/);
    expect(press(kept, ['escape']).lists.connections.rows).toHaveLength(8);
    expect(press(typing, ['escape']).lists.connections.rows).toHaveLength(8);
  });

  test('it holds in every view', () => {
    const state = press(loaded, '/finrace.rule == "fin-crosses-request"\r');
    expect(state.lists.findings.rows).toHaveLength(3);
    expect(press(state, '2').lists.connections.rows).toHaveLength(3);
    expect(press(state, '3').lists.servers.rows).toHaveLength(1);
    expect(press(state, '4').lists.exchanges.rows).toHaveLength(6);
  });

  test('an error stands at its place, and is not taken', () => {
    const state = press(loaded, '2/tcp.stream == 1 && tcp.prt == 80');
    expect(state.prompt?.error).toEqual({ message: "there is no field 'tcp.prt'", at: 19, length: 7 });
    expect(textOf(messageLine(state))).toContain("there is no field 'tcp.prt'");
    expect(press(state, '\r').prompt).not.toBeNull();
  });

  test('the prompt is edited, completed and recalled', () => {
    const state = press(loaded, '2/tcp.str\t == 2');
    expect(state.prompt?.text).toBe('tcp.stream == 2');
    expect(press(state, ['home', 'delete', 'end', 'backspace']).prompt?.text).toBe('cp.stream == ');
    expect(press(state, ['ctrl-w', 'ctrl-u']).prompt?.text).toBe('');
    const again = press(press(state, '\r/'), ['ctrl-u', 'up']);
    expect(again.prompt?.text).toBe('tcp.stream == 2');
  });

  test('what is pasted goes into the prompt in one piece, and nowhere else', () => {
    const paste = '\x1b[200~tcp.stream\n== 3\x1b[201~';
    expect(press(loaded, `/${paste}`).prompt?.text).toBe('tcp.stream == 3');
    expect(press(loaded, '\x1b[200~qQ:q\x1b[201~').effects).toEqual([]);
  });

  test('n finds the next row that the last filter finds', () => {
    const state = press(press(loaded, '2/finrace.severity == error\r'), ['escape']);
    expect(state.lists.connections.cursor).toBe(1);
    expect(press(state, 'n').lists.connections.cursor).toBe(3);
    expect(press(state, 'nn').lists.connections.cursor).toBe(7);
    expect(press(state, 'nnn').lists.connections.cursor).toBe(1);
    expect(press(press(loaded, '2'), 'n').message?.text).toContain('Nothing was searched');
  });
});

describe('commands and copies', () => {
  test.each([
    [':goto 5\r', 'cursor', 5],
    [':5\r', 'cursor', 5],
  ])('%j', (keys, _, cursor) => {
    expect(press(loaded, `2${keys}`).lists.connections.cursor).toBe(cursor);
  });

  test('of exchanges, goto looks for a frame', () => {
    const { exchanges } = press(loaded, '4:goto 19\r').lists;
    const row = exchanges.rows[exchanges.cursor]!;
    expect(loaded.model.exchanges.columns.requestFrame[row]!).toBeLessThanOrEqual(19);
    expect(loaded.model.exchanges.columns.lastFrame[row]!).toBeGreaterThanOrEqual(19);
  });

  test.each([
    ['jy', /^tcp\.stream eq 1 && frame\.number in \{[\d, ]+\}$/],
    ['2jy', /^tcp\.stream eq 1$/],
    ['3y', /^ip\.addr == 10\.99\.0\.2 && tcp\.port == 80$/],
    ['4y', /^tcp\.stream eq \d && frame\.number in \{\d+\.\.\d+\}$/],
  ])('%j copies the filter and shows it', (keys, filter) => {
    const state = press(loaded, keys);
    expect(state.effects).toEqual([{ kind: 'copy', text: expect.stringMatching(filter) }]);
    expect(state.message?.text).toMatch(/^Copied: /);
  });

  test('e asks for the file, then exports the connection', () => {
    const asked = press(loaded, '2je');
    expect(asked.prompt?.text).toBe('export capture.stream-1.pcapng');
    const target = { kind: 'stream', stream: 1 };
    expect(press(asked, '\r').effects).toEqual([{ kind: 'export', path: 'capture.stream-1.pcapng', target }]);
    expect(press(loaded, '2j:export\r').effects).toEqual([{ kind: 'export', path: 'capture.stream-1.pcapng', target }]);
  });

  test('of a finding it exports what the finding is about, :export all everything', () => {
    const effectOf = (keys: string) => press(loaded, keys).effects[0];
    const [id, second] = [0, 1].map((row) => loaded.model.findings[loaded.lists.findings.rows[row]!]!.id);
    // Several connections are evidence of the first one.
    expect(effectOf('e\r')).toEqual({
      kind: 'export',
      path: `capture.finding-${id}.pcapng`,
      target: { kind: 'finding', id },
    });
    expect(effectOf('j:export mine.pcapng\r')).toEqual({
      kind: 'export',
      path: 'mine.pcapng',
      target: { kind: 'finding', id: second },
    });
    expect(effectOf('3:export all all of it.pcapng\r')).toMatchObject({
      path: 'all of it.pcapng',
      target: { kind: 'all' },
    });
    expect(effectOf('3:export all\r')).toMatchObject({ path: 'capture.annotated.pcapng', target: { kind: 'all' } });
    expect(effectOf('j:export allure.pcapng\r')).toMatchObject({ path: 'allure.pcapng', target: { id: second } });
  });

  test('the worker exports one at a time, and says what it knew', async () => {
    const message = { kind: 'export', path: 'x.pcapng', target: { kind: 'all' } } as const;
    const own = startFakeWorker(() => byteSource(RACE));
    expect(await own.ask(message, 'exported')).toMatchObject({ message: expect.stringContaining('nothing is known') });
    await own.done;
    const both = [own.ask(message, 'exported'), own.ask(message, 'exported')];
    expect(await Promise.all(both)).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('still being written'), isProblem: true }),
    );
    expect(await own.ask(message, 'exported')).toMatchObject({ message: 'x.pcapng: all', isProblem: false });
    const live = startFakeWorker(() => byteSource(RACE), { readOnce: 'pipe' });
    await live.done;
    expect(await live.ask(message, 'exported')).toMatchObject({
      message: expect.stringContaining('pipe cannot be exported'),
      isProblem: true,
    });
  });

  test('a pipe is not exported, which is said before a name is asked for', () => {
    const piped: State = { ...loaded, exportName: null };
    for (const keys of ['2e', '2:export x.pcapng\r', ':export all\r']) {
      const state = press(piped, keys);
      expect(state).toMatchObject({ prompt: null, effects: [], message: { isProblem: true } });
      expect(state.message!.text).toContain('cannot be exported');
    }
  });

  test.each([
    [':nonsense\r', "There is no command 'nonsense'"],
    [':sort nonsense\r', 'This list can be sorted by'],
    [':filter ==\r', 'cannot stand here'],
    [':goto 99999\r', 'There is no 99999'],
    ['3:export x.pcapng\r', 'Select a finding, a connection or an exchange'],
  ])('%j is answered', (keys, words) => {
    expect(press(loaded, keys).message).toMatchObject({ text: expect.stringContaining(words), isProblem: true });
  });

  test(':q quits, :filter filters', () => {
    expect(press(loaded, ':q\r').effects).toEqual([{ kind: 'quit', isInterrupt: false }]);
    expect(press(loaded, '2:filter tcp.stream < 3\r').lists.connections.rows).toHaveLength(3);
  });
});

describe('the mouse', () => {
  const click = (state: State, x: number, y: number) =>
    reduce(state, { type: 'input', event: { kind: 'mouse', button: 'left', x, y } });

  test('a click selects, another one opens; on the views it shows them; the wheel moves', () => {
    const selected = click(press(loaded, '2'), 10, 2 + 1 + 3);
    expect(selected.lists.connections.cursor).toBe(3);
    expect(pageOf(click(selected, 10, 6))).toMatchObject({ kind: 'connection', stream: 3 });
    expect(click(loaded, 20, 1).view).toBe('connections');
    const wheel = { kind: 'mouse', button: 'wheel-down', x: 5, y: 4 } as const;
    expect(reduce(press(loaded, '2'), { type: 'input', event: wheel }).lists.connections.cursor).toBe(3);
  });
});

describe('while reading', () => {
  test('rows are there before the end; Esc stops the reading; F stays at the newest', () => {
    const rows = worker.messages.find(({ kind }) => kind === 'rows')!;
    const reading = reduce(initialState({ columns: 80, rows: 24, source: 'x' }), { type: 'message', message: rows });
    expect(press(reading, '2').lists.connections.rows.length).toBeGreaterThan(0);
    expect(screenOf(reading)[2]).toContain('still reading');
    expect(press(reading, ['escape']).effects).toEqual([{ kind: 'stop' }]);
    expect(textOf(keysLine(reading))).toContain('Esc stop reading');
    expect(press(reading, '2F').follows).toBe(true);
    expect(press(reading, '2F').lists.connections.cursor).toBe(reading.model.connectionCount - 1);
  });

  test('open connections are told again and again, and stand there once', async () => {
    const state = initialState({ columns: 80, rows: 24, source: 'x' });
    const rows = (await messagesOf(RACE)).filter(({ kind }) => kind === 'rows');
    const copy = () => structuredClone(rows[0]!) as Extract<(typeof rows)[0], { kind: 'rows' }>;
    const { over, open, ...rest } = copy();
    const empty = structuredClone(open);
    // As if all of them were open still, twice, and then over.
    const told = [
      { ...rest, over: empty, open: over },
      { ...rest, strings: [], over: empty, open: copy().over },
      { ...rest, strings: [], over: copy().over, open: empty },
    ];
    const counts = told.map((message) => {
      reduce(state, { type: 'message', message });
      return [state.model.connectionCount, state.model.exchanges.length];
    });
    expect(counts).toEqual([
      [8, 11],
      [8, 11],
      [8, 11],
    ]);
  });

  test('what cannot be read to its end is said, with what was read', () => {
    const failed = { kind: 'failed', message: 'x.pcap: input/output error', isWrongCall: true } as const;
    const state = reduce(loaded, { type: 'message', message: failed });
    expect(textOf(messageLine(state))).toBe('x.pcap: input/output error');
    expect(state.lists.findings.rows).toHaveLength(4);
  });
});

describe('keys', () => {
  test('the help names all of them, those of the place first', () => {
    for (const place of ['list', 'ladder', 'page'] as const) {
      const text = helpLines(place, 120).map(textOf).join('\n');
      for (const { about, places } of KEYMAP) {
        if (places.length === 0 || places.includes(place)) expect(text).toContain(about);
      }
    }
    expect(textOf(helpLines('ladder', 120)[0]!)).toBe('Keys in the ladder');
  });

  test('no key does two things in one place, but where the special one goes before', () => {
    for (const place of ['list', 'page', 'connection', 'server'] as const) {
      const keys = KEYMAP.filter(({ places }) => places.includes(place)).flatMap((binding) => binding.keys);
      expect(new Set(keys).size).toBe(keys.length);
    }
    const global = KEYMAP.filter(({ places }) => places.length === 0).flatMap((binding) => binding.keys);
    expect(new Set(global).size).toBe(global.length);
  });

  test('? opens and closes the help; what works in lists does not work in it', () => {
    const help = press(loaded, '?');
    expect(help.helpTop).toBe(0);
    expect(press(help, 'j').helpTop).toBe(1);
    expect(press(help, '2').view).toBe('findings');
    expect(press(help, '?').helpTop).toBeNull();
    expect(press(help, 'q').helpTop).toBeNull();
  });

  test('sequences, controls, mouse and what is unfinished', () => {
    expect(parseInput('\x1b[A\x1bOB\x1b[5~\x04é\x1b[<0;10;5M\x1b[<0;10;5m\x1b[<65;1;1M').events).toEqual([
      { kind: 'key', key: 'up' },
      { kind: 'key', key: 'down' },
      { kind: 'key', key: 'pageup' },
      { kind: 'key', key: 'ctrl-d' },
      { kind: 'key', key: 'é' },
      { kind: 'mouse', button: 'left', x: 9, y: 4 },
      { kind: 'mouse', button: 'wheel-down', x: 0, y: 0 },
    ]);
    expect(parseInput('j\x1b[').rest).toBe('\x1b[');
    expect(flushInput('\x1b')).toEqual([{ kind: 'key', key: 'escape' }]);
  });
});

test('hostile bytes: nothing of them reaches the screen raw', async () => {
  const { captureOf } = await import('../testing/conversation.ts');
  const capture = captureOf(`
    0.000  C SYN
    0.040  S SYN-ACK
    0.041  C GET /\u001b]52;c;x\u0007\u202e
    0.082  S 200 length=5`);
  const state = (await messagesOf(capture)).reduce<State>(
    (before, message) => reduce(before, { type: 'message', message }),
    initialState({ columns: 120, rows: 30, source: '\x1b[2J.pcap' }),
  );
  const listed = press(state, '4');
  expect(listed.model.exchanges.length).toBe(1);
  const page = press(listed, '\r');
  const lines = [
    ...listLines(listed, 120, 30),
    ...Array.from({ length: 30 }, (_, index) => contentOf(pageOf(page)!, page, 120).line(index)),
  ];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
  for (const line of lines) expect(textOf(line)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
});

describe('a long connection', () => {
  const script = Array.from(
    { length: 400 },
    (_, i) => `${i + 1}  C GET /${i}\n${i + 1}.040  S 200 length=5\n${i + 1}.080  C ACK`,
  ).join('\n');
  let long: State;
  let trace: FromWorker;
  beforeAll(async () => {
    const capture = captureOf(`0.000  C SYN\n0.040  S SYN-ACK\n${script}`);
    const reader = startFakeWorker(() => byteSource(capture));
    await reader.done;
    long = stateOf(reader.messages);
    const effect = press(long, '2L').effects[0] as Extract<State['effects'][number], { kind: 'trace' }>;
    trace = await reader.ask(effect, 'trace');
  });
  const selectedFrame = (state: State) => {
    const page = pageOf(state)!;
    return textOf(contentOfPage(state, page).line(page.cursor)).trim().split(' ')[0];
  };

  test('the ladder opens at the exchange that it was opened for, also when its segments are there already', () => {
    const asked = press(long, '4:goto 603\rL');
    const shown = reduce(asked, { type: 'message', message: trace });
    expect(pageOf(shown)).toMatchObject({ isAll: true });
    expect(selectedFrame(shown)).toBe('603');
    const again = press(shown, ['escape', ...':goto 903', 'enter', 'L']);
    expect(again.effects).toEqual([]);
    expect(selectedFrame(again)).toBe('903');
  });

  test('v and :goto stay where the frame is: in the fold that holds it, or with every segment', () => {
    const shown = reduce(press(long, '4:goto 603\rL'), { type: 'message', message: trace });
    const brief = press(shown, 'v');
    expect(pageOf(brief)).toMatchObject({ isAll: false });
    expect(ladderRow(brief, pageOf(brief)!)).toMatchObject({ kind: 'folded' });
    expect(selectedFrame(press(brief, ':goto 903\r'))).toBe('903');
    expect(press(brief, ':goto 99999\r').message?.text).toBe('No segment from frame 99999 on.');
  });
});

test('an exchange without its request begins with its response', async () => {
  const state = await stateOfConversation(`
    0.000  C SYN
    0.040  S SYN-ACK
    0.041  C GET /a
    0.082  S 200 length=5
    0.083  C ACK
    0.090  C GET /b lost
    0.182  S 200 length=5
    0.183  C ACK`);
  const { columns } = state.model.exchanges;
  expect([columns.requestFrame[1], columns.responseFrame[1]]).toEqual([0, 6]);
  const at = (keys: string) => press(state, keys).lists.exchanges;
  expect(at('4:goto 6\r').cursor).toBe(1);
  expect(at('4/frame.number == 4\r').rows).toEqual(Int32Array.of(0));
  expect(at('4/frame.number in {5..7}\r').rows).toEqual(Int32Array.of(1));
  expect(press(state, '4:goto 2\r').message?.text).toContain('There is no 2');
});

describe('what is selected stays selected', () => {
  const selected = (state: State) => state.lists[state.view].rows[state.lists[state.view].cursor];

  test('when a filter is kept and taken away, and when the order changes at the top', () => {
    const filtered = press(loaded, '2/tcp.stream == 5\r');
    expect(selected(press(filtered, ['escape']))).toBe(5);
    const byIdle = press(loaded, '2s');
    expect(selected(byIdle)).toBe(0);
    expect(selected(press(byIdle, 'sSs'))).toBe(0);
  });

  test('when a filter is typed: through rows that it is not among, and after Esc', () => {
    const typing = press(loaded, '2jjjjj/tcp.stream == 1');
    expect(selected(typing)).toBe(1);
    expect(selected(press(typing, ['backspace', '5']))).toBe(5);
    expect(selected(press(typing, ['backspace', '9']))).toBeUndefined();
    for (const keys of [['escape'], ['backspace', '9', 'escape'], ['ctrl-u', 'backspace']]) {
      const back = press(typing, keys);
      expect([selected(back), back.prompt, back.filter.text]).toEqual([5, null, '']);
    }
  });

  test('a filter on a page that is left again leads back to the page', () => {
    const page = press(loaded, '2jj\r');
    const typing = press(page, '/tcp.stream == 1');
    expect(pageOf(typing)).toBeUndefined();
    expect(pageOf(press(typing, ['escape']))).toEqual(pageOf(page));
    expect(selected(press(typing, ['escape', 'escape']))).toBe(2);
    expect(pageOf(press(typing, ['enter']))).toBeUndefined();
  });

  test('the detail begins at its beginning when it is that of another row', () => {
    const scrolled = press(loaded, 'JJ');
    expect(scrolled.detailTop).toBe(2);
    expect(press(scrolled, '/crosses').detailTop).toBe(0);
    expect(press(scrolled, ['/', 'x', 'escape']).detailTop).toBe(2);
  });

  test('exchanges of connections that go on, and their marks, whatever number their rows get', async () => {
    const lines = [
      '0.000  C SYN\n0.040  S SYN-ACK\n0.041  C GET /a\n0.082  S 200 length=5',
      '1.000  C2 SYN\n1.040  S2 SYN-ACK\n1.041  C2 GET /b\n1.082  S2 200 length=5',
      '2.041  C GET /c\n2.082  S 200 length=5',
    ];
    // As if all of them were open still.
    const rowsOf = async (script: string) => {
      const rows = (await messagesOf(captureOf(script))).find(({ kind }) => kind === 'rows');
      const { over, open, ...rest } = rows as Extract<FromWorker, { kind: 'rows' }>;
      return { ...rest, over: open, open: over };
    };
    const before = press(stateOf([await rowsOf(lines.slice(0, 2).join('\n'))]), '4jmk');
    const after = reduce(press(before, 'j'), { type: 'message', message: await rowsOf(lines.join('\n')) });
    const { stream } = after.model.exchanges.columns;
    expect(after.lists.exchanges.rows).toHaveLength(3);
    expect(stream[selected(after)!]).toBe(1);
    expect([...after.lists.exchanges.rows].filter((row) => isMarked(after, row))).toEqual([selected(after)]);
  });
});

test('F stays at the newest row, wherever the order puts it', () => {
  const newest = (keys: string) => {
    const { rows, cursor } = press(loaded, keys).lists.connections;
    return rows[cursor];
  };
  expect(newest('2SF')).toBe(7);
  expect(newest('2:sort idle\rF')).toBe(7);
  expect(press(loaded, '2SFk').follows).toBe(true);
  expect(press(loaded, '2SFj').follows).toBe(false);
});

test('marks are counted in the view that they are in', () => {
  expect(textOf(messageLine(press(loaded, '2m')))).toContain('1 mark');
  expect(textOf(messageLine(press(loaded, '2m1')))).not.toContain('mark');
});

test('a capture whose name begins with "all " exports what is asked for', () => {
  const named: State = { ...loaded, exportName: 'all node' };
  const target = { kind: 'stream', stream: 1 };
  const path = './all node.stream-1.pcapng';
  expect(press(named, '2je\r').effects).toEqual([{ kind: 'export', path, target }]);
});

describe('where there is little room', () => {
  const small = (keys: string, rows = 16) => {
    return press(reduce(loaded, { type: 'resize', columns: 60, rows }), keys);
  };

  test.each(['2j\r', '3\r'])('every line of a page can be reached: %j', (keys) => {
    const page = small(keys);
    const { firstSelectable, count } = contentOfPage(page, pageOf(page)!);
    expect(firstSelectable).toBeGreaterThan(pageHeight(page, pageOf(page)!, contentOfPage(page, pageOf(page)!)));
    expect(pageOf(page)).toMatchObject({ top: 0, cursor: firstSelectable });
    const height = pageHeight(page, pageOf(page)!, contentOfPage(page, pageOf(page)!));
    const seen = new Set<number>();
    let state = page;
    for (let i = 0; i < count; i++) {
      for (let line = 0; line < height; line++) seen.add(pageOf(state)!.top + line);
      state = press(state, 'j');
    }
    expect(Math.max(...seen)).toBeGreaterThanOrEqual(count - 1);
    expect(seen.size).toBeGreaterThanOrEqual(count);
    expect(pageOf(state)!.cursor).toBe(count - 1);
    for (const up of ['k'.repeat(2 * count), 'g', '\x1b[5~'.repeat(count)]) {
      expect(pageOf(press(state, up))).toMatchObject({ top: 0, cursor: firstSelectable });
    }
    const goTo = pageOf(press(page, ':goto 2\r'))!;
    expect(goTo.cursor).toBe(firstSelectable + Math.min(1, count - 1 - firstSelectable));
    expect(goTo.top + height).toBeGreaterThan(goTo.cursor);
  });

  test('keys do nothing that cannot be seen, but Q and ctrl-c', () => {
    for (const keys of ['', '2/x']) {
      const tooSmall = reduce(press(loaded, keys), { type: 'resize', columns: 40, rows: 10 });
      expect(press(tooSmall, 'j2q:q\r')).toMatchObject({ view: tooSmall.view, prompt: tooSmall.prompt, effects: [] });
      expect(press(tooSmall, 'Q').effects).toEqual([{ kind: 'quit', isInterrupt: false }]);
      expect(press(tooSmall, '\x03').effects).toEqual([{ kind: 'quit', isInterrupt: true }]);
    }
  });

  test('the help ends where it ends, tells how far it is, and offers only what works in it', () => {
    const help = small('?G');
    const { lines, height } = helpOf(help);
    expect(help.helpTop).toBe(lines.length - height);
    expect(press(help, 'k').helpTop).toBe(lines.length - height - 1);
    const larger = reduce(help, { type: 'resize', columns: 60, rows: 30 });
    expect(larger.helpTop).toBe(lines.length - height - 14);
    expect(textOf(messageLine(help))).toMatch(/help, 100 %$/);
    expect(textOf(messageLine(press(help, 'g')))).toMatch(/help, \d %$/);
    expect(textOf(keysLine(help))).toBe('Esc back  ? help  q quit');
    for (const each of lines) expect(widthOf(textOf(each))).toBeLessThanOrEqual(60);
    expect(helpLines('server', 120).map(textOf).join('\n')).not.toContain('detail pane');
  });
});

describe('the prompt knows characters', () => {
  let typed: State;
  beforeAll(() => {
    typed = press(
      loaded,
      ['/', 'a', 'e\u0301', '👩‍👩‍👧‍👦', '例'].flatMap((text) => [...text]),
    );
  });

  test('a letter with its marks and an emoji of several are one', () => {
    expect(press(typed, ['backspace', 'backspace']).prompt).toMatchObject({ text: 'ae\u0301', at: 3 });
    expect(press(typed, ['home', 'right', 'delete']).prompt).toMatchObject({ text: 'a👩‍👩‍👧‍👦例', at: 1 });
    expect(press(typed, ['left', 'left', 'left', 'left', 'left']).prompt?.at).toBe(0);
    expect(press(typed, ['left', 'left', 'right']).prompt?.at).toBe(typed.prompt!.text.length - 1);
  });

  test('the cursor stays on the screen however wide the text is', () => {
    const wide = press(loaded, ['/', ...'例'.repeat(100)]);
    for (const state of [wide, press(wide, ['left', 'left']), press(wide, ['home'])]) {
      const { spans } = messageLine(state);
      const cursor = spans.findIndex(([, style]) => style === 'selected');
      expect(cursor).toBeGreaterThan(0);
      expect(widthOf(textOf({ spans: spans.slice(0, cursor + 1) }))).toBeLessThanOrEqual(80);
    }
  });

  test('what was typed comes back behind the earlier ones, also when there are none', () => {
    expect(press(loaded, ['/', 'a', 'b', 'up', 'down']).prompt?.text).toBe('ab');
    const again = press(press(loaded, '/x\r'), ['/', 'ctrl-u', 'a', 'b', 'up']);
    expect(again.prompt?.text).toBe('x');
    expect(press(again, ['down']).prompt?.text).toBe('ab');
  });
});
