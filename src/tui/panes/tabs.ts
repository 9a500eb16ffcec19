// The line of views: "1 Findings 12   2 Connections 1,234   3 Servers 3   4 Exchanges 5,678".
import { grouped } from '../../report/layout.ts';
import { VIEWS, type View } from '../lists.ts';
import { type Line, line, type Span } from '../screen/line.ts';
import type { State } from '../state.ts';

const TITLES: Readonly<Record<View, string>> = {
  findings: 'Findings',
  connections: 'Connections',
  servers: 'Servers',
  exchanges: 'Exchanges',
};

export interface Tab {
  readonly view: View;
  readonly text: string;
  /** Columns from `start` to before `end`. */
  readonly start: number;
  readonly end: number;
}

export function tabsOf({ model, columns }: Pick<State, 'model' | 'columns'>): Tab[] {
  const counts: Readonly<Record<View, number>> = {
    findings: Object.values(model.report?.totals.findings ?? {}).reduce((sum, count) => sum + count, 0),
    connections: model.connectionCount,
    servers: model.servers.length,
    exchanges: model.exchanges.length + model.omittedExchanges,
  };
  const texts = VIEWS.map((view, index) => ` ${index + 1} ${TITLES[view]} ${grouped(counts[view])} `);
  const width = texts.reduce((sum, text) => sum + text.length, 0);
  const gap = width + texts.length - 1 > columns ? 0 : 1;
  let start = 0;
  return VIEWS.map((view, index) => {
    const text = texts[index]!;
    const tab = { view, text, start, end: start + text.length };
    start = tab.end + gap;
    return tab;
  });
}

export function tabsLine(state: State): Line {
  const tabs = tabsOf(state);
  const spans = tabs.flatMap(({ view, text, end }, index): Span[] => [
    [text, view === state.view ? 'bar' : 'plain'],
    [' '.repeat((tabs[index + 1]?.start ?? end) - end), 'plain'],
  ]);
  return line(...spans);
}
