// The screen:
//
//   finrace  trace.pcapng                                        12,345 frames, 4.2 MB
//    1 Findings 3   2 Connections 1,234   3 Servers 2   4 Exchanges 5,678
//     severity  rule                when       what happened
//   > error     fin-crosses-request +0.662 s   GET /2 (frame 8) from …          list
//     warning   …
//   ─────────────────────────────────────────────────────────────────────────
//   ERROR fin-crosses-request                                                   detail of what is selected
//   …                                                                           (at the side from 160 columns on)
//                                                                    1 of 3     message, or the prompt
//   Enter open  Esc back  / filter  L ladder  y copy filter  ? help  q quit     keys
//
// A page that was opened takes the place of list and detail. Panes make lines that fit; here they are put side by
// side and handed to Ink, one Text for each.
import { Box, Text } from 'ink';
import { memo, type ReactNode, useSyncExternalStore } from 'react';
import { plural } from '../report/layout.ts';
import { LEAST_COLUMNS, LEAST_ROWS, layoutOf } from './layout.ts';
import { contentOf } from './pages.ts';
import { keysLine, messageLine } from './panes/foot.ts';
import { titleLine } from './panes/head.ts';
import { listLines } from './panes/list.ts';
import { tabsLine } from './panes/tabs.ts';
import { EMPTY, type Line, line, paint, selected } from './screen/line.ts';
import type { Theme } from './screen/theme.ts';
import { ELLIPSIS } from './screen/width.ts';
import { contentOfPage, helpOf, ladderFootOf, pageHeight, pageOf, previewOf, type State } from './state.ts';

export interface Store {
  readonly subscribe: (listener: () => void) => () => void;
  readonly get: () => State;
  /** Bytes per second that are read. */
  readonly rate: () => number;
}

/** How a terminal shows lines. */
interface Look {
  readonly theme: Theme;
  readonly ellipsis: string;
}

export function App({ store, theme }: { readonly store: Store; readonly theme: Theme }): ReactNode {
  const state = useSyncExternalStore(store.subscribe, store.get);
  const { columns, rows } = state;
  const look: Look = { theme, ellipsis: state.symbols.ellipsis };
  const layout = layoutOf(state);
  if (layout.isTooSmall) {
    const words = `Too small: finrace needs ${LEAST_COLUMNS}x${LEAST_ROWS}, this is ${columns}x${rows}. Q quits.`;
    return <Lines lines={wrapped(words, columns)} width={columns} height={rows} look={look} />;
  }
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Lines lines={[titleLine(state, store.rate()), tabsLine(state)]} width={columns} height={2} look={look} />
      <Body state={state} look={look} />
      <Lines lines={[messageLine(state), keysLine(state)]} width={columns} height={2} look={look} />
    </Box>
  );
}

function Body({ state, look }: { readonly state: State; readonly look: Look }): ReactNode {
  const { body, list, detail, isSide } = layoutOf(state);
  if (state.helpTop !== null) {
    return (
      <Lines lines={helpOf(state).lines.slice(state.helpTop)} width={body.width} height={body.height} look={look} />
    );
  }
  if (pageOf(state) !== undefined) {
    return <Lines lines={pageLines(state)} width={body.width} height={body.height} look={look} />;
  }
  const rows = (
    <Lines lines={listLines(state, list.width, list.height)} width={list.width} height={list.height} look={look} />
  );
  if (detail === null) return rows;
  const { vertical, horizontal } = state.symbols;
  const shown = (
    <Lines
      lines={detailLines(state, detail.width, detail.height)}
      width={detail.width}
      height={detail.height}
      look={look}
    />
  );
  if (!isSide) {
    return (
      <Box flexDirection="column">
        {rows}
        <Lines lines={[line([horizontal.repeat(body.width), 'dim'])]} width={body.width} height={1} look={look} />
        {shown}
      </Box>
    );
  }
  const border = Array.from({ length: body.height }, () => line(' ', [vertical, 'dim'], ' '));
  return (
    <Box>
      {rows}
      <Lines lines={border} width={3} height={body.height} look={look} />
      {shown}
    </Box>
  );
}

function pageLines(state: State): Line[] {
  const page = pageOf(state)!;
  const content = contentOfPage(state, page);
  const height = pageHeight(state, page, content);
  const lines: Line[] = [...(content.head ?? [])];
  for (let index = page.top; index < page.top + height; index++) {
    if (index >= content.count) lines.push(EMPTY);
    else lines.push(selected(content.line(index), index === page.cursor && index >= content.firstSelectable));
  }
  if (page.kind === 'ladder') {
    lines.push(line([state.symbols.horizontal.repeat(state.columns), 'dim']));
    lines.push(...ladderFootOf(state, page));
  }
  return lines;
}

function detailLines(state: State, width: number, height: number): Line[] {
  const page = previewOf(state);
  if (page === undefined) return [];
  const content = contentOf(page, state, width);
  const top = Math.min(page.top, Math.max(0, content.count - height));
  const lines = Array.from({ length: Math.min(height, content.count - top) }, (_, index) => content.line(top + index));
  const more = content.count - top - height;
  // That there is more is told in the place of the last line that would be seen.
  if (more > 0) lines[height - 1] = line([`${ELLIPSIS} ${plural(more + 1, 'further line')}: J scrolls`, 'dim']);
  return lines;
}

function wrapped(words: string, width: number): Line[] {
  const lines: string[] = [''];
  for (const word of words.split(' ')) {
    if (`${lines.at(-1)} ${word}`.length > width && lines.at(-1) !== '') lines.push(word);
    else lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
  }
  return lines.map((text) => line(text));
}

interface LinesProps {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
  readonly look: Look;
}

/** Exactly `height` lines of exactly `width` columns. */
function Lines({ lines, width, height, look }: LinesProps): ReactNode {
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0}>
      {Array.from({ length: height }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <Row key={index} text={paint(lines[index] ?? EMPTY, width, look.theme, look.ellipsis)} />
      ))}
    </Box>
  );
}

/** A line that fits: there is nothing for Ink to wrap or cut. An empty one has to take its place. */
const Row = memo(({ text }: { readonly text: string }) => <Text wrap="truncate">{text === '' ? ' ' : text}</Text>);
