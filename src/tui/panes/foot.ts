// The two lowest lines: what there is to say, or the prompt; and the keys that are worth knowing here.

import { grouped, plural } from '../../report/layout.ts';
import { bindingsOf, keyName } from '../keymap.ts';
import { LISTS } from '../lists.ts';
import { EMPTY, type Line, line, type Span } from '../screen/line.ts';
import { charactersOf, cut, safe, widthOf } from '../screen/width.ts';
import { contentOfPage, helpOf, pageHeight, pageOf, placeOf, type State } from '../state.ts';

export function messageLine(state: State): Line {
  const { prompt, message, problem, columns } = state;
  if (prompt !== null) return promptLine(prompt, state);
  if (message !== null) return line([message.text, message.isProblem ? 'warning' : 'good']);
  if (problem !== null) return line([problem, 'error']);
  const captureProblems = state.model.isDone ? state.model.captureProblems : [];
  const where = positionText(state);
  const isList = pageOf(state) === undefined;
  const filter = isList && state.filter.text !== '' ? `filter: ${state.filter.text}` : '';
  const left = safe(filter !== '' ? filter : (captureProblems[0] ?? ''));
  const room = Math.max(0, columns - widthOf(where) - 2);
  const isAll = filter !== '' || (captureProblems.length < 2 && widthOf(left) <= room);
  const more = isAll
    ? ''
    : captureProblems.length < 2
      ? ' (? G shows it)'
      : ` (1 of ${captureProblems.length}, ? G shows all)`;
  const shown = cut(left, Math.max(0, room - more.length)) + more;
  return line(
    [shown, filter !== '' ? 'good' : 'warning'],
    ' '.repeat(Math.max(1, columns - widthOf(shown) - widthOf(where))),
    [where, 'dim'],
  );
}

/** "7 of 120, 3 marked, following". */
function positionText(state: State): string {
  if (state.helpTop !== null) {
    const { lines, height } = helpOf(state);
    return lines.length <= height ? 'help' : `help, ${percent(state.helpTop + height, lines.length)}`;
  }
  const page = pageOf(state);
  if (page !== undefined) {
    const content = contentOfPage(state, page);
    const height = pageHeight(state, page, content);
    if (content.firstSelectable < content.count) {
      const nth = page.cursor - content.firstSelectable + 1;
      return `${content.title}, ${grouped(nth)} of ${grouped(content.count - content.firstSelectable)}`;
    }
    if (content.count <= height) return content.title;
    return `${content.title}, ${percent(page.top + height, content.count)}`;
  }
  const { rows, cursor } = state.lists[state.view];
  const { model } = state;
  const all = LISTS[state.view].count(model) - (state.view === 'connections' ? model.holes : 0);
  const of = all === rows.length ? grouped(rows.length) : `${grouped(rows.length)} (of ${grouped(all)})`;
  const parts = [rows.length === 0 ? `0 of ${grouped(all)}` : `${grouped(cursor + 1)} of ${of}`];
  const omitted = { findings: model.omittedFindings, exchanges: model.omittedExchanges, connections: 0, servers: 0 };
  if (omitted[state.view] > 0) parts.push(`${grouped(omitted[state.view])} more not listed`);
  const hidden = model.report?.hiddenFindings ?? 0;
  if (state.view === 'findings' && hidden > 0) parts.push(`${grouped(hidden)} not shown, by the options`);
  // What these rows say of findings, and what a filter finds by them, is of those that are listed.
  const tellsOfFindings = state.view === 'connections' || (state.view === 'exchanges' && state.filter.text !== '');
  if (tellsOfFindings && omitted.findings > 0) parts.push(`${plural(omitted.findings, 'finding')} not listed`);
  const marks = [...state.marks].filter((mark) => mark.startsWith(`${state.view} `)).length;
  if (marks > 0) parts.push(plural(marks, 'mark'));
  if (state.follows) parts.push('following');
  return parts.join(', ');
}

function promptLine(prompt: NonNullable<State['prompt']>, { columns }: State): Line {
  const { kind, text, at, error } = prompt;
  const sign = kind === 'filter' ? '/' : ':';
  const style = error === null ? (kind === 'filter' && text !== '' ? 'good' : 'plain') : 'error';
  const room = Math.max(10, Math.floor(columns * (error === null ? 1 : 0.55)) - 4);
  const characters: [shown: string, style: Span[1]][] = [];
  let cursor = 0;
  let index = 0;
  for (const character of [...charactersOf(text), ' ']) {
    if (index <= at) cursor = characters.length;
    const isWrong = error !== null && index >= error.at && index < error.at + error.length;
    characters.push([safe(character), isWrong && index < text.length ? 'bar' : style]);
    index += character.length;
  }
  characters[cursor]![1] = 'selected';
  // The end of what does not fit is what is being typed.
  let from = cursor;
  for (let left = room - widthOf(characters[cursor]![0]); from > 0; from--) {
    left -= widthOf(characters[from - 1]![0]);
    if (left < 0) break;
  }
  let end = from;
  for (let left = room; end < characters.length; end++) {
    left -= widthOf(characters[end]![0]);
    if (left < 0) break;
  }
  const spans: Span[] = [[sign, 'title'], ...characters.slice(from, Math.max(end, cursor + 1))];
  if (error !== null) spans.push([`  ${error.message}`, 'error']);
  return { spans: joined(spans) };
}

function percent(part: number, whole: number): string {
  return `${Math.min(100, Math.floor((100 * part) / whole))} %`;
}

/** Neighbours of the same style as one: fewer escape sequences, and combining marks stay with their letter. */
function joined(spans: readonly Span[]): Span[] {
  const all: [string, Span[1]][] = [];
  for (const [text, style] of spans) {
    const last = all.at(-1);
    if (last !== undefined && last[1] === style) last[0] += text;
    else all.push([text, style]);
  }
  return all;
}

export function keysLine(state: State): Line {
  if (state.prompt !== null) {
    const words =
      state.prompt.kind === 'filter'
        ? 'Enter keep  Esc as before  Tab complete; a word, or tcp.port == 80 && finrace.idle > 5'
        : 'Enter do it  Esc leave  Tab complete; sort, goto, filter, export, help, quit';
    return line([words, 'dim']);
  }
  const canStop =
    !state.model.isDone && state.problem === null && pageOf(state) === undefined && state.filter.text === '';
  const spans: Span[] = [];
  let left = state.columns;
  for (const { keys, footer } of bindingsOf(placeOf(state))) {
    if (footer === undefined) continue;
    const key = keyName(keys[0]!);
    const word = footer === 'back' && canStop ? 'stop reading' : footer;
    left -= key.length + 1 + word.length + (spans.length === 0 ? 0 : 2);
    // Half a word helps nobody.
    if (left < 0) break;
    if (spans.length > 0) spans.push(['  ', 'plain']);
    spans.push([key, 'bold'], [` ${word}`, 'dim']);
  }
  return spans.length === 0 ? EMPTY : line(...spans);
}
