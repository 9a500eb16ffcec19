// The pages behind the lists, as lines that are made when they are needed: a connection may have a million exchanges,
// a ladder hundreds of thousands of segments.
import type { Ladder } from '../report/ladder.ts';
import type { Model } from './model/model.ts';
import { connectionContent } from './panes/connection.ts';
import { exchangeContent } from './panes/exchange.ts';
import { findingContent } from './panes/finding.ts';
import { ladderContent } from './panes/ladder.ts';
import { serverContent } from './panes/server.ts';
import type { Line } from './screen/line.ts';
import type { Symbols } from './screen/symbols.ts';

interface Position {
  /** Line that is selected, and the first one on the screen. */
  readonly cursor: number;
  readonly top: number;
}

export type Page = Position &
  (
    | { readonly kind: 'finding'; readonly id: string }
    | { readonly kind: 'connection'; readonly stream: number }
    /** `nth` of the connection, from 0 on. */
    | { readonly kind: 'exchange'; readonly stream: number; readonly nth: number }
    | { readonly kind: 'server'; readonly server: string }
    | {
        readonly kind: 'ladder';
        readonly stream: number;
        /** Every segment, not only those that matter. */
        readonly isAll: boolean;
        /** Frames that it was opened for. */
        readonly focus: readonly [first: number, last: number] | null;
      }
  );

/** The segments of the connection that was last asked for. */
export interface TraceState {
  readonly stream: number;
  readonly status: 'reading' | 'ready' | 'failed';
  readonly problem: string;
  readonly ladder: Ladder | null;
  /** Only what matters of it. */
  readonly brief: Ladder | null;
}

export interface Content {
  readonly title: string;
  readonly count: number;
  /** From this line on all lines can be selected; `count` or more: none, the page only scrolls. */
  readonly firstSelectable: number;
  line(index: number): Line;
  /** Lines that stay above those that scroll, and below them: more of what is selected. */
  readonly head?: readonly Line[];
  readonly foot?: readonly Line[];
}

export interface PageContext {
  readonly model: Model;
  readonly trace: TraceState | null;
  readonly symbols: Symbols;
}

export function contentOf(page: Page, context: PageContext, width: number): Content {
  switch (page.kind) {
    case 'finding':
      return findingContent(page.id, context, width);
    case 'connection':
      return connectionContent(page.stream, context, width);
    case 'exchange':
      return exchangeContent(page.stream, page.nth, context, width);
    case 'server':
      return serverContent(page.server, page.cursor, context, width);
    case 'ladder':
      return ladderContent(page, context, width);
  }
}
