// The four lists: which columns they have, and by what they can be sorted. Tables; panes/list.ts draws them.
import { durationText } from '../base/duration-text.ts';
import { SECOND } from '../base/timeline.ts';
import { nothingFound } from '../report/headline.ts';
import { byteCount, grouped } from '../report/layout.ts';
import { estimateInWords, secondsText } from '../report/text.ts';
import { SEVERITIES } from '../rules/finding.ts';
import type { Model } from './model/model.ts';
import { CLOSED_BY, HAS_REQUEST, HAS_RESPONSE, OPEN, PROTOCOLS, RESPONSE_COMPLETE, WORST } from './model/schemas.ts';
import type { Style } from './screen/theme.ts';

export const VIEWS = ['findings', 'connections', 'servers', 'exchanges'] as const;
export type View = (typeof VIEWS)[number];

export interface Column {
  /** What `:sort` calls it. */
  readonly name: string;
  readonly title: string;
  /** Columns on the screen; the one that is 'rest' takes what is left. */
  readonly width: number | 'rest' | ((model: Model) => number);
  readonly align?: 'right';
  /** Lower ones go first when the screen is narrow. */
  readonly worth: number;
  text(model: Model, row: number): string;
  style?(model: Model, row: number): Style;
  /** What rows are sorted by; none: it cannot be sorted. */
  key?(model: Model, row: number): number | string;
  /** The greatest first, when it is chosen. */
  readonly greatestFirst?: true;
}

export interface ListTable {
  readonly columns: readonly Column[];
  /** Column that it is sorted by at first; '' as the rows stand. */
  readonly sortedBy: string;
  readonly count: (model: Model) => number;
  /** The greater the later: the greatest is that of the newest row. */
  when(model: Model, row: number): number;
  /** What stands there when there are no rows, a paragraph each. */
  empty(model: Model, hasFilter: boolean): readonly string[];
}

const ENDPOINT_WIDTH = 21;
const LONGEST_ENDPOINT = 47;
const endpointWidth = (width: number) => Math.min(LONGEST_ENDPOINT, Math.max(8, width));

/** "+5.083 s": since the first frame. */
export function momentText(model: Model, time: number): string {
  const seconds = model.sinceStart(time);
  return Number.isNaN(seconds) ? '?' : `${seconds < 0 ? '' : '+'}${seconds.toFixed(3)} s`;
}

export function lengthText(seconds: number): string {
  return Number.isNaN(seconds) ? '-' : durationText(seconds * SECOND);
}

const nothingYet = (model: Model, what: string, hasFilter: boolean): readonly string[] => {
  if (hasFilter) return [`No ${what} passes the filter.`, 'Esc takes the filter away.'];
  if (!model.isDone) return [`No ${what} yet: still reading.`];
  return [`There is no ${what} in this capture.`];
};

const FINDINGS: ListTable = {
  sortedBy: 'severity',
  count: (model) => model.findings.length,
  when: (model, row) => model.findings[row]!.time,
  empty: (model, hasFilter) => {
    if (hasFilter || !model.isDone) return nothingYet(model, 'finding', hasFilter);
    return [
      ...(model.report === null ? [] : [nothingFound(model.report, model.wasStopped || undefined)]),
      ...(model.wasStopped ? ['Reading was stopped: what comes behind was not looked at.'] : []),
      '2 shows the connections.',
    ];
  },
  columns: [
    {
      name: 'severity',
      title: 'severity',
      width: 9,
      worth: 10,
      text: (model, row) => model.findings[row]!.severity,
      style: (model, row) => model.findings[row]!.severity,
      key: (model, row) => SEVERITIES.indexOf(model.findings[row]!.severity),
      greatestFirst: true,
    },
    {
      name: 'rule',
      title: 'rule',
      width: 26,
      worth: 9,
      text: (model, row) => model.findings[row]!.rule,
      key: (model, row) => model.findings[row]!.rule,
    },
    {
      name: 'when',
      title: 'when',
      width: 12,
      align: 'right',
      worth: 8,
      text: (model, row) => momentText(model, model.findings[row]!.time),
      key: (model, row) => model.findings[row]!.time,
    },
    {
      name: 'server',
      title: 'server',
      width: ENDPOINT_WIDTH,
      worth: 7,
      text: (model, row) => model.findings[row]!.server,
      key: (model, row) => model.findings[row]!.server,
    },
    {
      name: 'client',
      title: 'client',
      width: ENDPOINT_WIDTH,
      worth: 6,
      text: (model, row) => model.findings[row]!.client ?? '(several)',
      key: (model, row) => model.findings[row]!.client ?? '',
    },
    {
      name: 'what',
      title: 'what happened',
      width: 'rest',
      worth: 5,
      text: (model, row) => model.findings[row]!.summary,
    },
  ],
};

const CONNECTIONS: ListTable = {
  sortedBy: '',
  count: (model) => model.connections.length,
  when: (_, row) => row,
  empty: (model, hasFilter) => nothingYet(model, 'TCP connection', hasFilter),
  columns: [
    {
      name: 'stream',
      title: 'stream',
      width: (model) => Math.max(6, `${model.connections.length}`.length),
      align: 'right',
      worth: 20,
      text: (_, row) => `${row}`,
      key: (_, row) => row,
    },
    {
      name: 'findings',
      title: 'finding',
      width: 7,
      worth: 18,
      text: (model, row) => WORST[model.verdicts.columns.worst[row]!] ?? '',
      style: (model, row) => WORST[model.verdicts.columns.worst[row]!] ?? 'plain',
      key: (model, row) => model.verdicts.columns.worst[row]! * 65_536 + model.verdicts.columns.findings[row]!,
      greatestFirst: true,
    },
    {
      name: 'client',
      title: 'client',
      width: (model) => endpointWidth(model.clientWidth),
      worth: 19,
      text: (model, row) => model.clientOf(row),
    },
    {
      name: 'server',
      title: 'server',
      width: (model) => endpointWidth(model.serverWidth),
      worth: 17,
      text: (model, row) => model.serverOf(row),
    },
    {
      name: 'exchanges',
      title: 'exch',
      width: 6,
      align: 'right',
      worth: 16,
      text: (model, row) => grouped(model.connections.columns.exchanges[row]!),
      key: (model, row) => model.connections.columns.exchanges[row]!,
      greatestFirst: true,
    },
    {
      name: 'idle',
      title: 'max idle',
      width: 8,
      align: 'right',
      worth: 14,
      text: (model, row) => lengthText(model.connections.columns.longestIdle[row]!),
      key: (model, row) => model.connections.columns.longestIdle[row]!,
      greatestFirst: true,
    },
    {
      name: 'closed',
      title: 'closed by',
      width: 10,
      worth: 15,
      text: (model, row) => CLOSED_BY[model.connections.columns.closedBy[row]!]!.replace('open', '(open)'),
      key: (model, row) => model.connections.columns.closedBy[row]!,
    },
    {
      name: 'when',
      title: 'opened',
      width: 12,
      align: 'right',
      worth: 13,
      text: (model, row) => momentText(model, model.connections.columns.openTime[row]!),
      key: (_, row) => row,
    },
    {
      name: 'duration',
      title: 'duration',
      width: 8,
      align: 'right',
      worth: 12,
      text: (model, row) => lengthText(model.connections.columns.duration[row]!),
      key: (model, row) => model.connections.columns.duration[row]!,
      greatestFirst: true,
    },
    {
      name: 'bytes',
      title: 'bytes',
      width: 8,
      align: 'right',
      worth: 11,
      text: (model, row) =>
        byteCount(model.connections.columns.clientBytes[row]! + model.connections.columns.serverBytes[row]!),
      key: (model, row) => model.connections.columns.clientBytes[row]! + model.connections.columns.serverBytes[row]!,
      greatestFirst: true,
    },
    {
      name: 'protocol',
      title: 'protocol',
      width: 8,
      worth: 10,
      text: (model, row) => PROTOCOLS[model.connections.columns.protocol[row]!]!.replace('none', '-'),
      key: (model, row) => model.connections.columns.protocol[row]!,
    },
  ],
};

const SERVERS: ListTable = {
  sortedBy: '',
  count: (model) => model.servers.length,
  when: (_, row) => row,
  empty: (model, hasFilter) => nothingYet(model, 'HTTP server', hasFilter),
  columns: [
    {
      name: 'server',
      title: 'server',
      width: (model) => endpointWidth(model.serverWidth),
      worth: 20,
      text: (model, row) => model.servers[row]!.server,
      key: (model, row) => model.servers[row]!.server,
    },
    {
      name: 'product',
      title: 'product',
      width: 16,
      worth: 15,
      text: (model, row) => model.servers[row]!.product ?? '-',
      key: (model, row) => model.servers[row]!.product ?? '',
    },
    {
      name: 'connections',
      title: 'conns',
      width: 7,
      align: 'right',
      worth: 18,
      text: (model, row) => grouped(model.servers[row]!.connections),
      key: (model, row) => model.servers[row]!.connections,
      greatestFirst: true,
    },
    {
      name: 'exchanges',
      title: 'exch',
      width: 7,
      align: 'right',
      worth: 17,
      text: (model, row) => grouped(model.servers[row]!.exchanges),
      key: (model, row) => model.servers[row]!.exchanges,
      greatestFirst: true,
    },
    {
      name: 'clients',
      title: 'clients',
      width: 7,
      align: 'right',
      worth: 14,
      text: (model, row) => grouped(model.servers[row]!.clients.length),
      key: (model, row) => model.servers[row]!.clients.length,
      greatestFirst: true,
    },
    {
      name: 'timeout',
      title: 'idle timeout',
      width: 'rest',
      worth: 19,
      text: (model, row) => {
        const { idleTimeout } = model.servers[row]!;
        return idleTimeout === null ? 'unknown' : estimateInWords(idleTimeout, secondsText);
      },
      key: (model, row) => model.servers[row]!.idleTimeout?.value ?? NaN,
    },
  ],
};

const EXCHANGES: ListTable = {
  sortedBy: 'frame',
  count: (model) => model.exchanges.length,
  when: (model, row) => model.exchanges.columns.startTime[row]!,
  empty: (model, hasFilter) => nothingYet(model, 'HTTP exchange', hasFilter),
  columns: [
    {
      name: 'frame',
      title: 'frame',
      width: 8,
      align: 'right',
      worth: 20,
      text: (model, row) => `${model.firstFrameOf(row)}`,
      key: (model, row) => model.firstFrameOf(row),
    },
    {
      name: 'stream',
      title: 'stream',
      width: (model) => Math.max(6, `${model.connections.length}`.length),
      align: 'right',
      worth: 19,
      text: (model, row) => `${model.exchanges.columns.stream[row]!}`,
      key: (model, row) => model.exchanges.columns.stream[row]!,
    },
    {
      name: 'status',
      title: 'status',
      width: 6,
      align: 'right',
      worth: 18,
      text: statusText,
      style: (model, row) => statusStyle(model, row),
      key: (model, row) => model.exchanges.columns.status[row]!,
      greatestFirst: true,
    },
    {
      name: 'idle',
      title: 'idle',
      width: 8,
      align: 'right',
      worth: 16,
      text: (model, row) => lengthText(model.exchanges.columns.idleBefore[row]!),
      key: (model, row) => model.exchanges.columns.idleBefore[row]!,
      greatestFirst: true,
    },
    {
      name: 'wait',
      title: 'wait',
      width: 8,
      align: 'right',
      worth: 15,
      text: (model, row) => lengthText(model.exchanges.columns.wait[row]!),
      key: (model, row) => model.exchanges.columns.wait[row]!,
      greatestFirst: true,
    },
    {
      name: 'when',
      title: 'when',
      width: 12,
      align: 'right',
      worth: 14,
      text: (model, row) => momentText(model, model.exchanges.columns.startTime[row]!),
      key: (model, row) => model.firstFrameOf(row),
    },
    {
      name: 'server',
      title: 'server',
      width: (model) => endpointWidth(model.serverWidth),
      worth: 13,
      text: (model, row) => model.serverOf(model.exchanges.columns.stream[row]!),
    },
    {
      name: 'request',
      title: 'request',
      width: 'rest',
      worth: 17,
      text: requestText,
    },
  ],
};

export const LISTS: Readonly<Record<View, ListTable>> = {
  findings: FINDINGS,
  connections: CONNECTIONS,
  servers: SERVERS,
  exchanges: EXCHANGES,
};

export function requestText(model: Model, row: number): string {
  const { marks, method, target } = model.exchanges.columns;
  if ((marks[row]! & HAS_REQUEST) === 0) return '(request not captured)';
  return `${model.strings[method[row]!]} ${model.strings[target[row]!]}`;
}

/** The status; what is missing of the answer otherwise. */
export function statusText(model: Model, row: number): string {
  const { marks, status } = model.exchanges.columns;
  return (marks[row]! & HAS_RESPONSE) === 0 ? 'none' : `${status[row]}`;
}

export function statusStyle(model: Model, row: number): Style {
  const { marks, status } = model.exchanges.columns;
  if ((marks[row]! & HAS_RESPONSE) === 0) return isOver(model, row) ? 'error' : 'dim';
  if ((marks[row]! & RESPONSE_COMPLETE) === 0 && isOver(model, row)) return 'warning';
  return status[row]! >= 500 ? 'warning' : 'plain';
}

/** Its connection does not go on, so nothing more will come. */
function isOver(model: Model, row: number): boolean {
  return (model.connections.columns.marks[model.exchanges.columns.stream[row]!]! & OPEN) === 0;
}
