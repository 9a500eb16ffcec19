// Where things stand on the screen.
//
//   row 0        title: the capture, how far it is read
//   row 1        the four views; the filter
//   row 2 …      body: a list with its detail pane below or at the side; or one page
//   last but 1   message, or the prompt
//   last         keys
//
// The prompt takes one more row while what is typed in it is wrong.
import type { State } from './state.ts';

export const HEAD_ROWS = 2;
export const FOOT_ROWS = 2;
export const LEAST_COLUMNS = 60;
export const LEAST_ROWS = 16;
/** From here on there is room for a detail pane below the list, and at its side. */
const ROWS_FOR_DETAIL = 24;
const COLUMNS_FOR_SIDE = 160;
/** Rows that list and detail have at least. */
const LEAST_LIST = 4;

export interface Area {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly isTooSmall: boolean;
  readonly body: Area;
  /** With its line of titles. */
  readonly list: Area;
  readonly detail: Area | null;
  readonly isSide: boolean;
}

export type LayoutInput = Pick<State, 'columns' | 'rows' | 'detail' | 'share' | 'hasDetail' | 'lists' | 'view'>;

export function layoutOf({ columns, rows, detail, share, hasDetail, lists, view }: LayoutInput): Layout {
  const isTooSmall = columns < LEAST_COLUMNS || rows < LEAST_ROWS;
  const height = Math.max(1, rows - HEAD_ROWS - FOOT_ROWS);
  const body: Area = { top: HEAD_ROWS, left: 0, width: columns, height };
  const isSide = detail === 'side' || (detail === 'auto' && columns >= COLUMNS_FOR_SIDE);
  const listed = lists[view].rows.length;
  // Of no row there is nothing more to tell.
  if (!hasDetail || listed === 0 || (!isSide && rows < ROWS_FOR_DETAIL))
    return { isTooSmall, body, list: body, detail: null, isSide };
  if (isSide) {
    const width = Math.round((columns * Math.min(75, Math.max(25, share + 10))) / 100);
    return {
      isTooSmall,
      body,
      list: { ...body, width },
      // A line and a blank stand between.
      detail: { ...body, left: width + 3, width: columns - width - 3 },
      isSide,
    };
  }
  // What a short list leaves free goes to the detail; a blank row tells that the list has ended.
  const wanted = Math.min(listed + 2, Math.round((height * share) / 100));
  const listHeight = Math.min(height - LEAST_LIST - 1, Math.max(LEAST_LIST, wanted));
  return {
    isTooSmall,
    body,
    list: { ...body, height: listHeight },
    detail: { ...body, top: body.top + listHeight + 1, height: height - listHeight - 1 },
    isSide,
  };
}
