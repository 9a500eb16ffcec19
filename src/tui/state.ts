// All behaviour of the screen: what every key, message and change of size does to the state. No React, no terminal, no
// clock: whoever runs it carries out the `effects` and draws the state.
//
// `model` is the exception to "state is never changed in place": see model/model.ts.
import { foldLadder, type Ladder, type LadderRow, ladderOf, type SegmentRow } from '../report/ladder.ts';
import { compile, type RowTest, rowsThat, type Tests } from './filter/compile.ts';
import { FIELDS } from './filter/fields.ts';
import { FilterError } from './filter/lexer.ts';
import { type Expression, parseFilter } from './filter/parser.ts';
import { type Command, commandFor, type Place } from './keymap.ts';
import { HEAD_ROWS, layoutOf } from './layout.ts';
import { LISTS, VIEWS, type View } from './lists.ts';
import type { ExportRequest, ExportTarget, FromWorker } from './model/messages.ts';
import { Model } from './model/model.ts';
import { sortedBy } from './model/order.ts';
import { fromRows } from './model/trace-rows.ts';
import { type Content, contentOf, type Page, type TraceState } from './pages.ts';
import { helpLines, problemLines } from './panes/help.ts';
import { ladderFoot } from './panes/ladder.ts';
import { tabsOf } from './panes/tabs.ts';
import type { InputEvent } from './screen/input.ts';
import type { Line } from './screen/line.ts';
import { SYMBOLS, type Symbols } from './screen/symbols.ts';
import { charactersOf } from './screen/width.ts';

export interface ListState {
  /** Rows as they are shown: stream numbers, or indices into the model. */
  readonly rows: Int32Array;
  readonly cursor: number;
  readonly top: number;
  readonly sortedBy: string;
  readonly reverse: boolean;
  /** The state of the model that `rows` were made of, and the order and filter; different now: they are made anew. */
  readonly version: number;
  readonly madeBy: string;
  /** Who is selected, across changes of the rows. */
  readonly selected: string | null;
}

export interface Prompt {
  readonly kind: 'filter' | 'command';
  readonly text: string;
  /** Place of the cursor in it. */
  readonly at: number;
  /** What Escape brings back. */
  readonly before: Pick<State, 'filter' | 'pages' | 'detailTop'> & Pick<ListState, 'selected'>;
  /** What was typed, while an earlier one is shown. */
  readonly draft: string;
  readonly error: { readonly message: string; readonly at: number; readonly length: number } | null;
  /** Which of the earlier ones is shown; their number: the one that is being typed. */
  readonly historyAt: number;
}

export interface Filter {
  readonly text: string;
  readonly expression: Expression | null;
}

/** What the runner is to do. */
export type Effect =
  | { readonly kind: 'trace'; readonly stream: number; readonly client: string }
  | { readonly kind: 'cancel-trace' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'copy'; readonly text: string }
  | ExportRequest
  | { readonly kind: 'redraw' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'quit'; readonly isInterrupt: boolean };

export interface State {
  readonly columns: number;
  readonly rows: number;
  /** What is read, for the title. */
  readonly source: string;
  /** What exported files are called first; null: the captures cannot be exported, for they are read only once. */
  readonly exportName: string | null;
  readonly symbols: Symbols;
  readonly model: Model;
  /** Of the model: the state is a new one when it has changed. */
  readonly version: number;
  readonly view: View;
  readonly lists: Readonly<Record<View, ListState>>;
  /** Pages that were opened, one over the other. */
  readonly pages: readonly Page[];
  readonly detailTop: number;
  readonly hasDetail: boolean;
  readonly detail: 'auto' | 'below' | 'side';
  /** Share of the list in the body, in percent. */
  readonly share: number;
  readonly filter: Filter;
  /** The last filter that was not empty, for n and N. */
  readonly lastFilter: string;
  readonly prompt: Prompt | null;
  readonly history: Readonly<Record<Prompt['kind'], readonly string[]>>;
  readonly helpTop: number | null;
  readonly message: { readonly text: string; readonly isProblem: boolean } | null;
  readonly trace: TraceState | null;
  readonly follows: boolean;
  /** Marked rows, "connections 7". */
  readonly marks: ReadonlySet<string>;
  readonly problem: string | null;
  readonly effects: readonly Effect[];
}

export type Action =
  | { readonly type: 'input'; readonly event: InputEvent }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly type: 'message'; readonly message: FromWorker }
  | { readonly type: 'say'; readonly text: string; readonly isProblem: boolean };

type LadderPage = Extract<Page, { kind: 'ladder' }>;

const MAX_HISTORY = 50;
const NO_ROWS = new Int32Array(0);
/** Segments that matter, in the short ladder. */
const BRIEF_SEGMENTS = 40;
const WHEEL_ROWS = 3;

export function initialState(options: {
  readonly columns: number;
  readonly rows: number;
  readonly source: string;
  readonly exportName?: string | null;
  readonly symbols?: Symbols;
}): State {
  const list = (view: View): ListState => {
    const { sortedBy } = LISTS[view];
    const reverse = columnOf(view, sortedBy)?.greatestFirst ?? false;
    return { rows: NO_ROWS, cursor: 0, top: 0, sortedBy, reverse, version: -1, madeBy: '', selected: null };
  };
  return {
    symbols: SYMBOLS.braille,
    exportName: 'capture',
    ...options,
    model: new Model(),
    version: 0,
    view: 'findings',
    lists: {
      findings: list('findings'),
      connections: list('connections'),
      servers: list('servers'),
      exchanges: list('exchanges'),
    },
    pages: [],
    detailTop: 0,
    hasDetail: true,
    detail: 'auto',
    share: 40,
    filter: { text: '', expression: null },
    lastFilter: '',
    prompt: null,
    history: { filter: [], command: [] },
    helpTop: null,
    message: null,
    trace: null,
    follows: false,
    marks: new Set(),
    problem: null,
    effects: [],
  };
}

export function reduce(before: State, action: Action): State {
  const state: State = { ...before, effects: [] };
  switch (action.type) {
    case 'resize':
      return settled({ ...state, columns: action.columns, rows: action.rows });
    case 'say':
      return { ...state, message: { text: action.text, isProblem: action.isProblem } };
    case 'message':
      return settled(takeMessage(state, action.message));
    case 'input': {
      const quiet: State = { ...state, message: null };
      const { event } = action;
      if (layoutOf(state).isTooSmall) return unseen(state, event);
      if (event.kind === 'mouse') return settled(mouse(quiet, event));
      if (quiet.prompt !== null) return settled(typed(quiet, quiet.prompt, event));
      // What is pasted where nothing can be typed is not a row of commands.
      return event.kind === 'paste' ? quiet : settled(key(quiet, event.key));
    }
  }
}

/** Where nothing can be shown only keys work that need nothing to be seen. */
function unseen(state: State, event: InputEvent): State {
  const command = event.kind === 'key' ? commandFor(event.key, 'unseen') : 'none';
  return run(state, command);
}

// ---- what is shown

export function pageOf(state: State): Page | undefined {
  return state.pages.at(-1);
}

export function placeOf(state: State): Place {
  if (state.helpTop !== null) return 'help';
  const page = pageOf(state);
  if (page === undefined) return 'list';
  if (page.kind === 'ladder' || page.kind === 'connection' || page.kind === 'server') return page.kind;
  return 'page';
}

export function selectedRow(state: State): number | undefined {
  const { rows, cursor } = state.lists[state.view];
  return rows[cursor];
}

/** The page that would open for the selected row: what the detail pane shows. */
export function previewOf(state: State): Page | undefined {
  const row = selectedRow(state);
  if (row === undefined) return undefined;
  const { model, detailTop } = state;
  const at = { cursor: -1, top: detailTop };
  switch (state.view) {
    case 'findings':
      return { kind: 'finding', id: model.findings[row]!.id, ...at };
    case 'connections':
      return { kind: 'connection', stream: row, ...at };
    case 'servers':
      return { kind: 'server', server: model.servers[row]!.server, ...at };
    case 'exchanges': {
      const stream = model.exchanges.columns.stream[row]!;
      return { kind: 'exchange', stream, nth: row - model.connections.columns.firstExchange[stream]!, ...at };
    }
  }
}

/** The rows of the ladder on the screen. */
export function ladderRow(state: State, page: Page): LadderRow | undefined {
  if (page.kind !== 'ladder') return undefined;
  return (page.isAll ? state.trace?.ladder : state.trace?.brief)?.rows[page.cursor];
}

export function contentOfPage(state: State, page: Page): Content {
  return contentOf(page, state, state.columns);
}

/** Lines of a page that scroll, on the screen at once. */
export function pageHeight(state: State, page: Page, content: Content): number {
  const { body } = layoutOf(state);
  const foot = page.kind === 'ladder' ? ladderFootOf(state, page).length + 1 : 0;
  return Math.max(1, body.height - (content.head?.length ?? 0) - foot);
}

/** It grows with what there is to say of the row, up to half of the page. */
export function ladderFootOf(state: State, page: Page): Line[] {
  return ladderFoot(ladderRow(state, page), state.columns, Math.floor(layoutOf(state).body.height / 2));
}

/** The help is about what lies below it: that is where the keys work. */
export function helpOf(state: State): { readonly lines: readonly Line[]; readonly height: number } {
  const keys = helpLines(placeOf({ ...state, helpTop: null }), state.columns);
  const lines = [...keys, ...problemLines(state.model.captureProblems, state.columns)];
  return { lines, height: layoutOf(state).body.height };
}

/** Rows of a list on the screen at once. */
export function listHeight(state: State): number {
  return Math.max(1, layoutOf(state).list.height - 1);
}

// ---- messages of the worker

function takeMessage(state: State, message: FromWorker): State {
  switch (message.kind) {
    case 'failed':
      return { ...state, problem: message.message };
    case 'exported':
      return { ...state, message: { text: message.message, isProblem: message.isProblem } };
    case 'trace':
      return takeTrace(state, message);
    default:
      state.model.take(message);
      return { ...state, version: state.model.version };
  }
}

function takeTrace(state: State, message: Extract<FromWorker, { kind: 'trace' }>): State {
  const { stream } = message;
  if (state.trace?.stream !== stream) return state;
  if (message.trace === null) {
    return { ...state, trace: { ...state.trace, status: 'failed', problem: message.problem } };
  }
  const { model } = state;
  const evidence = (model.findingsOfStream.get(stream) ?? []).flatMap((finding) => finding.evidence);
  const ladder = ladderOf(
    { stream, client: model.clientOf(stream), server: model.serverOf(stream), evidence },
    fromRows(message.trace),
    null,
    { maxSegments: Infinity },
  );
  const brief = ladder && foldLadder(ladder, BRIEF_SEGMENTS);
  const ready: State = { ...state, trace: { stream, status: 'ready', problem: '', ladder, brief } };
  const page = pageOf(ready);
  return page?.kind === 'ladder' ? withPage(ready, unfolded(ready, page)) : ready;
}

/** The ladder at the frames that it was opened for: with every segment when these are folded away. */
function unfolded(state: State, page: LadderPage): Page {
  const { ladder = null, brief = null } = state.trace ?? {};
  const isFolded = page.focus !== null && !hasFrame(brief, page.focus[0]) && hasFrame(ladder, page.focus[0]);
  return focused(state, { ...page, isAll: page.isAll || isFolded });
}

/** The ladder at the frames that it was opened for, or at the first evidence. */
function focused(state: State, page: LadderPage): Page {
  const rows = (page.isAll ? state.trace?.ladder : state.trace?.brief)?.rows ?? [];
  const focus = page.focus === null ? -1 : indexOfFrame(rows, page.focus[0]);
  const evidence = rows.findIndex((row) => row.kind === 'segment' && row.evidence.length > 0);
  const cursor = Math.max(0, focus >= 0 ? focus : evidence);
  return { ...page, cursor, top: Math.max(0, cursor - 3) };
}

function hasFrame(ladder: Ladder | null, frame: number): boolean {
  return ladder?.rows.some((row) => isFrameOf(row) && row.frame === frame) ?? false;
}

/** The row of a frame, or the fold that it is in; of a frame without a row the one behind it; -1: there is none. */
function indexOfFrame(rows: readonly LadderRow[], frame: number): number {
  let fold = -1;
  for (const [index, row] of rows.entries()) {
    if (row.kind === 'folded') fold = index;
    if (!isFrameOf(row)) continue;
    if (row.frame === frame) return index;
    if (row.frame > frame) return fold >= 0 ? fold : index;
    fold = -1;
  }
  return fold;
}

function isFrameOf(row: LadderRow): row is SegmentRow {
  return row.kind === 'segment' && !row.isElsewhere;
}

// ---- keys

function key(state: State, name: string): State {
  return run(state, commandFor(name, placeOf(state)));
}

function run(state: State, command: Command): State {
  const effect = (...effects: Effect[]): State => ({ ...state, effects });
  switch (command) {
    case 'none':
      return state;
    case 'interrupt':
      return effect({ kind: 'quit', isInterrupt: true });
    case 'quit-now':
      return effect({ kind: 'quit', isInterrupt: false });
    case 'redraw':
      return effect({ kind: 'redraw' });
    case 'suspend':
      return effect({ kind: 'suspend' });
    case 'quit':
      if (state.helpTop !== null || state.pages.length > 0) return back(state);
      return effect({ kind: 'quit', isInterrupt: false });
    case 'back':
      return back(state);
    case 'help':
      return { ...state, helpTop: state.helpTop === null ? 0 : null };
    case 'down':
      return move(state, 1);
    case 'up':
      return move(state, -1);
    case 'half-down':
      return move(state, Math.ceil(heightOf(state) / 2));
    case 'half-up':
      return move(state, -Math.ceil(heightOf(state) / 2));
    case 'page-down':
      return move(state, heightOf(state));
    case 'page-up':
      return move(state, -heightOf(state));
    case 'top':
      return move(state, -Infinity);
    case 'bottom':
      return move(state, Infinity);
  }
  switch (command) {
    case 'findings':
    case 'connections':
    case 'servers':
    case 'exchanges':
      return show(state, command);
    case 'next-view':
      return show(state, VIEWS[(VIEWS.indexOf(state.view) + 1) % VIEWS.length]!);
    case 'previous-view':
      return show(state, VIEWS[(VIEWS.indexOf(state.view) + VIEWS.length - 1) % VIEWS.length]!);
    case 'filter':
      return ask(state, 'filter', state.filter.text);
    case 'command':
      return ask(state, 'command', '');
    case 'next-match':
      return toMatch(state, 1);
    case 'previous-match':
      return toMatch(state, -1);
    case 'open':
      return open(state);
    case 'ladder':
      return openLadder(state);
    case 'toggle-all':
      return toggleAll(state);
    case 'next-evidence':
      return nextEvidence(state);
    case 'sort':
      return sortByNext(state);
    case 'reverse':
      return withList(state, { ...state.lists[state.view], reverse: !state.lists[state.view].reverse });
    case 'copy':
      return copy(state);
    case 'export':
      return askForExport(state);
    case 'mark':
      return mark(state);
    case 'jump':
      return jump(state);
    case 'follow':
      return follow(state);
    case 'zoom':
      return { ...state, hasDetail: !state.hasDetail };
    case 'layout':
      return { ...state, hasDetail: true, detail: layoutOf({ ...state, hasDetail: true }).isSide ? 'below' : 'side' };
    case 'grow':
      return { ...state, share: Math.min(80, state.share + 5) };
    case 'shrink':
      return { ...state, share: Math.max(20, state.share - 5) };
    case 'detail-down':
      return scrollDetail(state, 1);
    case 'detail-up':
      return scrollDetail(state, -1);
  }
}

/** Close what lies over it, go back, stop the reading, take the filter away; in this order, and never quit. */
function back(state: State): State {
  if (state.helpTop !== null) return { ...state, helpTop: null };
  const page = pageOf(state);
  if (page !== undefined) {
    const pages = state.pages.slice(0, -1);
    const isReading = page.kind === 'ladder' && state.trace?.status === 'reading';
    if (!isReading) return { ...state, pages };
    return { ...state, pages, trace: null, effects: [{ kind: 'cancel-trace' }] };
  }
  if (state.filter.text !== '') return { ...state, filter: { text: '', expression: null } };
  if (!state.model.isDone && state.problem === null)
    return say({ ...state, effects: [{ kind: 'stop' }] }, 'Reading is stopped.');
  return state;
}

function move(state: State, by: number): State {
  if (state.helpTop !== null) {
    const { lines, height } = helpOf(state);
    return { ...state, helpTop: Math.max(0, Math.min(lines.length - height, state.helpTop + by)) };
  }
  const page = pageOf(state);
  if (page === undefined) {
    const list = state.lists[state.view];
    const cursor = Math.max(0, Math.min(list.rows.length - 1, list.cursor + by));
    const follows = state.follows && cursor === list.cursor;
    return { ...withList(state, { ...list, cursor, selected: null }), follows, detailTop: 0 };
  }
  const content = contentOfPage(state, page);
  const height = pageHeight(state, page, content);
  if (content.firstSelectable >= content.count) {
    const top = Math.max(0, Math.min(content.count - height, page.top + by));
    return withPage(state, { ...page, top });
  }
  // Above the first row that can be selected, and down to it, the page scrolls.
  const { firstSelectable: first, count } = content;
  const below = by > 0 ? Math.max(0, page.cursor - (page.top + height - 1)) : 0;
  const cursor = Math.max(first, Math.min(count - 1, page.cursor + (by > 0 ? Math.max(0, by - below) : by)));
  const above = Math.min(0, page.cursor + by - first);
  const top = by > 0 ? page.top + Math.min(by, below) : Math.min(page.top, cursor) + above;
  return withPage(state, { ...page, cursor, top: Math.max(0, top) });
}

function heightOf(state: State): number {
  const page = pageOf(state);
  if (state.helpTop !== null) return layoutOf(state).body.height - 2;
  return page === undefined ? listHeight(state) : pageHeight(state, page, contentOfPage(state, page));
}

function show(state: State, view: View): State {
  return { ...state, view, pages: [], detailTop: 0 };
}

function scrollDetail(state: State, by: number): State {
  if (pageOf(state) !== undefined) return move(state, by);
  const area = layoutOf(state).detail;
  const preview = previewOf(state);
  if (area === null || preview === undefined) return state;
  const { count } = contentOf(preview, state, area.width);
  return { ...state, detailTop: Math.max(0, Math.min(count - area.height, state.detailTop + by)) };
}

function open(state: State): State {
  const page = pageOf(state) ?? previewOf(state);
  if (page === undefined) return state;
  if (pageOf(state) === undefined) return opened(state, page);
  const { model } = state;
  switch (page.kind) {
    case 'finding': {
      const finding = model.finding(page.id);
      if (finding === undefined) return state;
      return opened(
        state,
        finding.stream === null
          ? { kind: 'server', server: finding.server, cursor: -1, top: 0 }
          : { kind: 'connection', stream: finding.stream, cursor: -1, top: 0 },
      );
    }
    case 'connection': {
      const { firstSelectable, count } = contentOfPage(state, page);
      const nth = page.cursor - firstSelectable;
      if (firstSelectable >= count || nth < 0) return openLadder(state);
      return opened(state, { kind: 'exchange', stream: page.stream, nth, cursor: -1, top: 0 });
    }
    case 'exchange':
      return openLadder(state);
    case 'server':
      return connectionsOf(state, page);
    case 'ladder':
      return ladderRow(state, page)?.kind === 'folded' ? toggleAll(state) : state;
  }
}

function opened(state: State, page: Page): State {
  return { ...state, pages: [...state.pages, { ...page, cursor: -1, top: 0 }] };
}

/** The connections of the server, and of the client that is selected there. */
function connectionsOf(state: State, page: Extract<Page, { kind: 'server' }>): State {
  const client = selectedClient(state, page);
  return applied(show(state, 'connections'), serverFilter(page.server, client));
}

function selectedClient(state: State, page: Extract<Page, { kind: 'server' }>): string | null {
  const nth = page.cursor - contentOfPage(state, page).firstSelectable - 1;
  return state.model.server(page.server)?.clients[nth]?.client ?? null;
}

function serverFilter(server: string, client: string | null): string {
  const colon = server.lastIndexOf(':');
  const address = server.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const field = address.includes(':') ? 'ipv6.addr' : 'ip.addr';
  const filter = `${field} == ${quotedAddress(address)} && tcp.port == ${server.slice(colon + 1)}`;
  return client === null ? filter : `${field} == ${quotedAddress(client)} && ${filter}`;
}

function quotedAddress(address: string): string {
  return address;
}

function openLadder(state: State): State {
  const shown = pageOf(state) ?? previewOf(state);
  if (shown === undefined || shown.kind === 'ladder') return state;
  const { model } = state;
  const finding = shown.kind === 'finding' ? model.finding(shown.id) : undefined;
  const stream = 'stream' in shown ? shown.stream : (finding?.stream ?? null);
  if (stream === null || !model.isPresent(stream)) {
    return say(state, 'A ladder shows one connection: open one first.', true);
  }
  let focus: readonly [number, number] | null = null;
  if (shown.kind === 'exchange') {
    const row = model.connections.columns.firstExchange[stream]! + shown.nth;
    focus = [model.firstFrameOf(row), model.exchanges.columns.lastFrame[row]!];
  } else if (finding !== undefined) {
    const own = finding.evidence.filter(({ isElsewhere }) => !isElsewhere);
    if (own.length > 0) focus = [own[0]!.frame, own.at(-1)!.frame];
  }
  const page: LadderPage = { kind: 'ladder', stream, isAll: false, focus, cursor: 0, top: 0 };
  const withLadder: State = { ...state, pages: [...state.pages, page] };
  if (state.trace?.stream === stream && state.trace.status === 'ready' && model.isDone) {
    return withPage(withLadder, unfolded(withLadder, page));
  }
  return {
    ...withLadder,
    trace: { stream, status: 'reading', problem: '', ladder: null, brief: null },
    effects: [{ kind: 'trace', stream, client: model.clientOf(stream) }],
  };
}

function toggleAll(state: State): State {
  const page = pageOf(state);
  if (page?.kind !== 'ladder') return state;
  const row = ladderRow(state, page);
  const rows = (page.isAll ? state.trace?.ladder : state.trace?.brief)?.rows ?? [];
  // The segment that is selected stays; of a fold, the first one in it is that behind the segment before it.
  let frame = row?.kind === 'segment' ? row.frame : 0;
  for (let index = page.cursor; frame === 0 && index >= 0; index--) {
    const before = rows[index];
    if (before?.kind === 'segment') frame = before.frame;
  }
  return withPage(state, focused(state, { ...page, isAll: !page.isAll, focus: [frame, frame] }));
}

function nextEvidence(state: State): State {
  const page = pageOf(state);
  if (page?.kind !== 'ladder') return state;
  const rows = (page.isAll ? state.trace?.ladder : state.trace?.brief)?.rows ?? [];
  for (let step = 1; step <= rows.length; step++) {
    const index = (page.cursor + step) % rows.length;
    const row = rows[index]!;
    if (row.kind === 'segment' && row.evidence.length > 0) return withPage(state, { ...page, cursor: index });
  }
  return say(state, 'No segment here is evidence of a finding.');
}

// ---- sorting, marking, following

function columnOf(view: View, name: string) {
  return LISTS[view].columns.find((column) => column.name === name);
}

function sortByNext(state: State): State {
  const list = state.lists[state.view];
  const names = LISTS[state.view].columns.filter(({ key }) => key !== undefined).map(({ name }) => name);
  return sortBy(state, names[(names.indexOf(list.sortedBy) + 1) % names.length]!);
}

function sortBy(state: State, name: string): State {
  const column = columnOf(state.view, name)!;
  const reverse = column.greatestFirst ?? false;
  const list = { ...state.lists[state.view], sortedBy: name, reverse };
  return say(withList(state, list), `Sorted by ${column.title}. S reverses.`);
}

function mark(state: State): State {
  const row = selectedRow(state);
  if (row === undefined) return state;
  const name = `${state.view} ${identityOf(state, row)}`;
  const marks = new Set(state.marks);
  if (!marks.delete(name)) marks.add(name);
  return move({ ...state, marks }, 1);
}

function jump(state: State): State {
  const { rows, cursor } = state.lists[state.view];
  for (let step = 1; step <= rows.length; step++) {
    const index = (cursor + step) % rows.length;
    if (isMarked(state, rows[index]!)) return moveTo(state, index);
  }
  return say(state, 'No row is marked: m marks one.');
}

export function isMarked(state: State, row: number): boolean {
  return state.marks.size > 0 && state.marks.has(`${state.view} ${identityOf(state, row)}`);
}

function follow(state: State): State {
  const follows = !state.follows;
  const moved = follows ? moveTo(state, newestOf(state, state.lists[state.view].rows)) : state;
  return say(
    { ...moved, follows },
    follows ? 'The newest row stays selected. F ends that.' : 'Not following any more.',
  );
}

/** Place of the newest row, wherever the order puts it. */
function newestOf({ model, view }: State, rows: Int32Array): number {
  const { when } = LISTS[view];
  let newest = 0;
  for (let index = 1; index < rows.length; index++) {
    if (when(model, rows[index]!) >= when(model, rows[newest]!)) newest = index;
  }
  return newest;
}

function moveTo(state: State, index: number): State {
  return move(state, index - state.lists[state.view].cursor);
}

function toMatch(state: State, by: 1 | -1): State {
  if (state.lastFilter === '') return say(state, 'Nothing was searched for yet: / does.');
  const expression = parseFilter(state.lastFilter);
  if (expression === null) return state;
  const test = testOf(state, compile(expression, state.model));
  const { rows, cursor } = state.lists[state.view];
  for (let step = 1; step <= rows.length; step++) {
    const index = (((cursor + by * step) % rows.length) + rows.length) % rows.length;
    if (test(rows[index]!)) return moveTo(state, index);
  }
  return say(state, `No row here matches ${state.lastFilter}`);
}

// ---- copying and exporting

function copy(state: State): State {
  const filter = filterOf(state);
  if (filter === null) return say(state, 'There is nothing here that a filter could select.', true);
  return say({ ...state, effects: [{ kind: 'copy', text: filter }] }, `Copied: ${filter}`);
}

/** The Wireshark filter of what is shown or selected. */
export function filterOf(state: State): string | null {
  const shown = pageOf(state) ?? previewOf(state);
  if (shown === undefined) return null;
  const { model } = state;
  switch (shown.kind) {
    case 'finding':
      return model.finding(shown.id)?.displayFilter ?? null;
    case 'connection':
      return `tcp.stream eq ${shown.stream}`;
    case 'server':
      return serverFilter(shown.server, pageOf(state) === undefined ? null : selectedClient(state, shown));
    case 'exchange': {
      const row = model.connections.columns.firstExchange[shown.stream]! + shown.nth;
      const first = model.firstFrameOf(row);
      const last = model.exchanges.columns.lastFrame[row]!;
      const frames = first === last ? `frame.number == ${first}` : `frame.number in {${first}..${last}}`;
      return `tcp.stream eq ${shown.stream} && ${frames}`;
    }
    case 'ladder': {
      const row = ladderRow(state, shown);
      return row?.kind === 'segment' ? `frame.number == ${row.frame}` : `tcp.stream eq ${shown.stream}`;
    }
  }
}

/** What an export writes of what is shown or selected; null: it is about no connection. */
function exportTarget(state: State): ExportTarget | null {
  const shown = pageOf(state) ?? previewOf(state);
  if (shown === undefined || shown.kind === 'server') return null;
  return shown.kind === 'finding' ? { kind: 'finding', id: shown.id } : { kind: 'stream', stream: shown.stream };
}

function exportFile({ exportName, model }: State, target: ExportTarget): string {
  switch (target.kind) {
    case 'all':
      return `${exportName}.annotated.pcapng`;
    case 'stream':
      return `${exportName}.stream-${target.stream}.pcapng`;
    case 'finding': {
      const stream = model.finding(target.id)?.stream ?? null;
      return `${exportName}.${stream === null ? `finding-${target.id}` : `stream-${stream}`}.pcapng`;
    }
  }
}

const NOTHING_TO_EXPORT = 'Select a finding, a connection or an exchange to export it; :export all writes everything.';
const READ_ONCE = 'A pipe is read only once and cannot be exported: open a file instead.';

function askForExport(state: State): State {
  if (state.exportName === null) return say(state, READ_ONCE, true);
  const target = exportTarget(state);
  if (target === null) return say(state, NOTHING_TO_EXPORT, true);
  const file = exportFile(state, target);
  return ask(state, 'command', `export ${ALL.test(file) ? './' : ''}${file}`);
}

/** The word of a command that stands for everything. */
const ALL = /^all(?=\s|$)/;

/** `words`: FILE, "all FILE", or without a file one that is named after the capture. */
function exported(state: State, words: string): State {
  if (state.exportName === null) return say(state, READ_ONCE, true);
  const target: ExportTarget | null = ALL.test(words) ? { kind: 'all' } : exportTarget(state);
  const file = words.replace(ALL, '').trimStart();
  if (target === null) return say(state, NOTHING_TO_EXPORT, true);
  const path = file === '' ? exportFile(state, target) : file;
  return say({ ...state, effects: [{ kind: 'export', path, target }] }, `Writing ${path}`);
}

// ---- the prompt

function ask(state: State, kind: Prompt['kind'], text: string): State {
  const { filter, pages, detailTop } = state;
  const prompt: Prompt = {
    kind,
    text,
    at: text.length,
    before: { filter, pages, detailTop, selected: state.lists[state.view].selected },
    draft: text,
    error: null,
    historyAt: state.history[kind].length,
  };
  // A filter is about a list.
  return { ...state, prompt, pages: kind === 'filter' ? [] : pages };
}

/** Everything is as it was before the prompt. */
function cancelled(state: State, { kind, before }: Prompt): State {
  if (kind === 'command') return { ...state, prompt: null };
  const { filter, pages, detailTop, selected } = before;
  return selecting({ ...state, prompt: null, filter, pages, detailTop }, selected);
}

/** The rows are made anew, and `selected` is looked for among them. */
function selecting(state: State, selected: ListState['selected']): State {
  return withList(state, { ...state.lists[state.view], selected, madeBy: '' });
}

function typed(state: State, prompt: Prompt, event: Exclude<InputEvent, { kind: 'mouse' }>): State {
  const { text, at } = prompt;
  const edited = (next: string, place: number) => {
    return edit(state, { ...prompt, text: next, at: place, draft: next, historyAt: state.history[prompt.kind].length });
  };
  // Places of the cursor are between characters as people see them.
  const left = at - (charactersOf(text.slice(0, at)).at(-1)?.length ?? 0);
  const right = at + (charactersOf(text.slice(at))[0]?.length ?? 0);
  if (event.kind === 'paste') {
    // Line ends in what was pasted are blanks here.
    const pasted = event.text.replace(/\s+/g, ' ').trim();
    return edited(text.slice(0, at) + pasted + text.slice(at), at + pasted.length);
  }
  switch (event.key) {
    case 'enter':
      return entered(state, prompt);
    case 'escape':
      return cancelled(state, prompt);
    case 'ctrl-c':
      return { ...state, effects: [{ kind: 'quit', isInterrupt: true }] };
    case 'ctrl-z':
      return { ...state, effects: [{ kind: 'suspend' }] };
    case 'ctrl-l':
      return { ...state, effects: [{ kind: 'redraw' }] };
    case 'backspace':
      if (text === '') return cancelled(state, prompt);
      return at === 0 ? state : edited(text.slice(0, left) + text.slice(at), left);
    case 'delete':
      return edited(text.slice(0, at) + text.slice(right), at);
    case 'left':
      return { ...state, prompt: { ...prompt, at: left } };
    case 'right':
      return { ...state, prompt: { ...prompt, at: right } };
    case 'home':
    case 'ctrl-a':
      return { ...state, prompt: { ...prompt, at: 0 } };
    case 'end':
    case 'ctrl-e':
      return { ...state, prompt: { ...prompt, at: text.length } };
    case 'ctrl-u':
      return edited(text.slice(at), 0);
    case 'ctrl-w': {
      const kept = text.slice(0, at).replace(/\S+\s*$/, '');
      return edited(kept + text.slice(at), kept.length);
    }
    case 'up':
      return recalled(state, prompt, -1);
    case 'down':
      return recalled(state, prompt, 1);
    case 'tab': {
      const completed = completion(prompt);
      return edited(completed + text.slice(at), completed.length);
    }
    default:
      if ([...event.key].length !== 1) return state;
      return edited(text.slice(0, at) + event.key + text.slice(at), at + event.key.length);
  }
}

/** The list follows what is typed as long as that makes sense. */
function edit(state: State, prompt: Prompt): State {
  if (prompt.kind === 'command') return { ...state, prompt: { ...prompt, error: null } };
  try {
    parseFilter(prompt.text);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { message, at, length } = error;
    return { ...state, prompt: { ...prompt, error: { message, at, length } } };
  }
  const filtered = applied({ ...state, prompt: { ...prompt, error: null } }, prompt.text);
  // Whoever was selected is again as soon as the filter lets it through.
  return filtered.filter === state.filter ? filtered : selecting(filtered, prompt.before.selected);
}

function entered(state: State, prompt: Prompt): State {
  const { kind, text } = prompt;
  if (prompt.error !== null) return say(state, 'The filter is not complete: Esc leaves it as it was.', true);
  const others = state.history[kind].filter((other) => other !== text);
  const history = text === '' ? state.history : { ...state.history, [kind]: [...others, text].slice(-MAX_HISTORY) };
  const done: State = { ...state, prompt: null, history };
  if (kind === 'filter') return { ...done, lastFilter: text === '' ? state.lastFilter : text };
  return runCommandLine(done, text.trim());
}

function recalled(state: State, prompt: Prompt, by: number): State {
  const earlier = state.history[prompt.kind];
  const historyAt = Math.max(0, Math.min(earlier.length, prompt.historyAt + by));
  const text = earlier[historyAt] ?? prompt.draft;
  return edit(state, { ...prompt, text, at: text.length, historyAt });
}

const COMMANDS = ['sort', 'goto', 'filter', 'export', 'help', 'quit'] as const;

/** What stands before the cursor, with the word completed as far as there is one way only. */
function completion({ kind, text, at }: Prompt): string {
  const typed = text.slice(0, at);
  const isFilter = kind === 'filter' || /^filter\s/.test(typed);
  const word = /[\w.]*$/.exec(typed)![0];
  const isSort = /^sort\s/.test(typed);
  const candidates: readonly string[] = isFilter
    ? FIELDS.map(({ name }) => name)
    : isSort
      ? VIEWS.flatMap((view) => LISTS[view].columns.map(({ name }) => name))
      : COMMANDS;
  if (word === '' || (!isFilter && !isSort && typed !== word)) return typed;
  const fitting = [...new Set(candidates)].filter((candidate) => candidate.startsWith(word));
  if (fitting.length === 0) return typed;
  let common = fitting[0]!;
  for (const other of fitting) while (!other.startsWith(common)) common = common.slice(0, -1);
  return typed.slice(0, typed.length - word.length) + common + (fitting.length === 1 && !isFilter ? ' ' : '');
}

function runCommandLine(state: State, line: string): State {
  const [, word = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(line)!;
  if (/^\d+$/.test(word)) return goTo(state, Number(word));
  switch (word) {
    case '':
      return state;
    case 'q':
    case 'quit':
    case 'q!':
      return { ...state, effects: [{ kind: 'quit', isInterrupt: false }] };
    case 'help':
      return { ...state, helpTop: 0 };
    case 'sort': {
      const sortable = LISTS[state.view].columns.filter(({ key }) => key !== undefined);
      const column = sortable.find(({ name }) => name === rest) ?? sortable.find(({ name }) => name.startsWith(rest));
      if (rest === '' || column === undefined) {
        return say(state, `This list can be sorted by ${sortable.map(({ name }) => name).join(', ')}.`, true);
      }
      return sortBy({ ...state, pages: [] }, column.name);
    }
    case 'goto':
      return /^\d+$/.test(rest) ? goTo(state, Number(rest)) : say(state, 'Where to? :goto 1234', true);
    case 'filter':
      try {
        parseFilter(rest);
      } catch (error) {
        return say(state, error instanceof Error ? error.message : String(error), true);
      }
      return { ...applied({ ...state, pages: [] }, rest), lastFilter: rest === '' ? state.lastFilter : rest };
    case 'export':
      return exported(state, rest);
    default:
      return say(state, `There is no command '${word}': ${COMMANDS.map((name) => `:${name}`).join(' ')}`, true);
  }
}

/** In lists of connections a stream, in those of exchanges a frame; in a ladder a frame; otherwise a row. */
function goTo(state: State, number: number): State {
  const page = pageOf(state);
  if (page?.kind === 'ladder') {
    if (indexOfFrame(state.trace?.ladder?.rows ?? [], number) < 0)
      return say(state, `No segment from frame ${number} on.`);
    return withPage(state, unfolded(state, { ...page, focus: [number, number] }));
  }
  if (page !== undefined) {
    const content = contentOfPage(state, page);
    const { firstSelectable, count } = content;
    if (firstSelectable >= count) return move(state, number - 1 - page.top);
    const cursor = Math.max(firstSelectable, Math.min(count - 1, firstSelectable + number - 1));
    return withPage(state, {
      ...page,
      cursor,
      top: visibleTop(page.top, cursor, pageHeight(state, page, content), count),
    });
  }
  const { rows } = state.lists[state.view];
  const { model } = state;
  const { lastFrame } = model.exchanges.columns;
  let index = number - 1;
  if (state.view === 'connections') index = rows.indexOf(number);
  else if (state.view === 'exchanges') {
    index = rows.findIndex((row) => model.firstFrameOf(row) <= number && lastFrame[row]! >= number);
  }
  if (index < 0 || index >= rows.length) return say(state, `There is no ${number} in this list.`, true);
  return moveTo(state, index);
}

/** The filter `text`, which is known to be a right one. */
function applied(state: State, text: string): State {
  if (text === state.filter.text) return state;
  return { ...state, filter: { text: text.trim() === '' ? '' : text, expression: parseFilter(text) } };
}

// ---- the mouse

function mouse(state: State, { button, x, y }: Extract<InputEvent, { kind: 'mouse' }>): State {
  if (state.prompt !== null) return state;
  if (button !== 'left') return wheel(state, button === 'wheel-down' ? WHEEL_ROWS : -WHEEL_ROWS, x, y);
  if (state.helpTop !== null) return { ...state, helpTop: null };
  if (y === HEAD_ROWS - 1) {
    const tab = tabsOf(state).find(({ start, end }) => x >= start && x < end);
    return tab === undefined ? state : show(state, tab.view);
  }
  const page = pageOf(state);
  const layout = layoutOf(state);
  if (page !== undefined) {
    const content = contentOfPage(state, page);
    const place = y - layout.body.top - (content.head?.length ?? 0);
    const index = page.top + place;
    const isOn = place >= 0 && place < pageHeight(state, page, content);
    if (!isOn || index < content.firstSelectable || index >= content.count) return state;
    return index === page.cursor ? open(state) : withPage(state, { ...page, cursor: index });
  }
  const { list } = layout;
  const row = y - list.top - 1;
  if (x >= list.left + list.width || row < 0 || row >= list.height - 1) return state;
  const { top, cursor, rows } = state.lists[state.view];
  if (top + row >= rows.length) return state;
  return top + row === cursor ? open(state) : moveTo(state, top + row);
}

function wheel(state: State, by: number, x: number, y: number): State {
  const { detail } = layoutOf(state);
  const isOverDetail = detail !== null && x >= detail.left && y >= detail.top && pageOf(state) === undefined;
  return isOverDetail && state.helpTop === null ? scrollDetail(state, by) : move(state, by);
}

// ---- keeping it consistent

function say(state: State, text: string, isProblem = false): State {
  return { ...state, message: { text, isProblem } };
}

function withList(state: State, list: ListState): State {
  return { ...state, lists: { ...state.lists, [state.view]: list } };
}

function withPage(state: State, page: Page): State {
  return { ...state, pages: [...state.pages.slice(0, -1), page] };
}

/** Rows are up to date, cursors within them, what is selected is on the screen, and nothing is behind its end. */
function settled(state: State): State {
  const withRows = state.pages.length === 0 ? withFreshRows(state) : state;
  const visible = withVisiblePage(withVisibleRow(withRows));
  return visible.helpTop === null ? visible : move(visible, 0);
}

function withFreshRows(state: State): State {
  const list = state.lists[state.view];
  const madeBy = `${list.sortedBy} ${list.reverse} ${state.filter.text}`;
  if (list.version === state.version && list.madeBy === madeBy) {
    // The cursor was moved: whoever is there now is selected.
    return list.selected === null ? withList(state, { ...list, selected: selectedOf(state, list) }) : state;
  }
  const rows = rowsOf(state, list);
  const isNews = list.madeBy === madeBy;
  let cursor = Math.max(0, Math.min(list.cursor, rows.length - 1));
  if (state.follows) cursor = newestOf(state, rows);
  // At the top one stays at the top: that is where the news are.
  else if (list.selected !== null && !(isNews && list.cursor === 0)) {
    const index = indexOfIdentity(state, rows, list.selected);
    if (index >= 0) cursor = index;
  }
  const fresh: ListState = { ...list, rows, cursor, version: state.version, madeBy };
  // While no row is left nobody else is selected.
  const selected = selectedOf(state, fresh) ?? list.selected;
  const detailTop = selected === list.selected ? state.detailTop : 0;
  return { ...withList(state, { ...fresh, selected }), detailTop };
}

function rowsOf(state: State, list: ListState): Int32Array {
  const { model, view } = state;
  const table = LISTS[view];
  const { expression } = state.filter;
  const count = table.count(model);
  const hasHoles = view === 'connections' && model.holes > 0;
  const test: RowTest =
    expression !== null
      ? testOf(state, compile(expression, model))
      : hasHoles
        ? (row) => model.isPresent(row)
        : () => true;
  const rows = rowsThat(test, count);
  const key = columnOf(view, list.sortedBy)?.key;
  if (key === undefined || rows.length === 0) return list.reverse ? rows.reverse() : rows;
  if (typeof key(model, rows[0]!) === 'number') {
    return sortedBy(rows, (row) => key(model, row) as number, list.reverse);
  }
  const sign = list.reverse ? -1 : 1;
  return rows.sort((a, b) => {
    const [left, right] = [String(key(model, a)), String(key(model, b))];
    return left === right ? a - b : left < right ? -sign : sign;
  });
}

function testOf({ model, view }: State, tests: Tests): RowTest {
  switch (view) {
    case 'findings':
      return (row) => tests.finding(model.findings[row]!);
    case 'connections':
      return tests.connection;
    case 'servers':
      return (row) => tests.server(model.servers[row]!);
    case 'exchanges':
      return tests.exchange;
  }
}

function selectedOf(state: State, { rows, cursor }: ListState): string | null {
  const row = rows[cursor];
  return row === undefined ? null : identityOf(state, row);
}

/** What a row is, whatever stands before it. Rows of exchanges get other numbers while connections go on. */
function identityOf({ model, view }: State, row: number): string {
  switch (view) {
    case 'findings':
      return model.findings[row]!.id;
    case 'connections':
      return `${row}`;
    case 'servers':
      return model.servers[row]!.server;
    case 'exchanges': {
      const stream = model.exchanges.columns.stream[row]!;
      return `${stream} ${row - model.connections.columns.firstExchange[stream]!}`;
    }
  }
}

function indexOfIdentity(state: State, rows: Int32Array, identity: string): number {
  const { model, view } = state;
  if (view === 'connections') return rows.indexOf(Number(identity));
  if (view !== 'exchanges') return rows.findIndex((row) => identityOf(state, row) === identity);
  // Of millions of rows no text is made.
  const [stream = 0, nth = 0] = identity.split(' ').map(Number);
  const { firstExchange, heldExchanges } = model.connections.columns;
  return nth < heldExchanges[stream]! ? rows.indexOf(firstExchange[stream]! + nth) : -1;
}

function withVisibleRow(state: State): State {
  const list = state.lists[state.view];
  const top = visibleTop(list.top, list.cursor, listHeight(state), list.rows.length);
  return top === list.top ? state : withList(state, { ...list, top });
}

function withVisiblePage(state: State): State {
  const page = pageOf(state);
  if (page === undefined) return state;
  const content = contentOfPage(state, page);
  const height = pageHeight(state, page, content);
  if (content.firstSelectable >= content.count) {
    const top = Math.max(0, Math.min(page.top, content.count - height));
    return top === page.top ? state : withPage(state, { ...page, top });
  }
  const cursor = Math.max(content.firstSelectable, Math.min(page.cursor, content.count - 1));
  // At the first row what stands above it is shown too; where there is no room for both it is scrolled to.
  const isFirst = cursor === content.firstSelectable;
  const top = isFirst
    ? cursor < height
      ? 0
      : Math.min(page.top, content.count - height)
    : visibleTop(page.top, cursor, height, content.count);
  return top === page.top && cursor === page.cursor ? state : withPage(state, { ...page, cursor, top });
}

function visibleTop(top: number, cursor: number, height: number, count: number): number {
  const least = Math.max(0, cursor - height + 1);
  return Math.max(0, Math.min(Math.max(least, Math.min(top, cursor)), Math.max(0, count - height)));
}
