// Connections on a common time axis, by server: bars for exchanges, a thin line while idle, how it ended. Those with
// findings first.
import { durationText } from '../../base/duration-text.ts';
import { type ClosedBy, firstClosing, type History } from '../../history/history.ts';
import { groupBy } from '../headline.ts';
import { plural } from '../layout.ts';
import type { Report } from '../report.ts';
import { type Axis, linearAxis } from './axis.ts';
import { html, type Markup } from './markup.ts';
import type { Words } from './words.ts';

/** Connections drawn: those with findings, and others beside them to compare with. */
const SHOWN_WITH_FINDINGS = 60;
const SHOWN_OTHERS = 20;
const OTHERS_OF_SERVER = 6;
const WIDTH = 1110;
const LEFT = 246;
const RIGHT = 940;
const ROW = 24;
const TOP = 24;
/** Idle gaps are labelled where the label fits. */
const LABEL_WIDTH = 44;

const ENDS: Readonly<Record<ClosedBy, string>> = {
  'client-fin': 'client FIN',
  'client-rst': 'client RST',
  'server-fin': 'server FIN',
  'server-rst': 'server RST',
  open: 'open',
};

export function* connectionSection(report: Report, words: Words): Iterable<Markup> {
  yield html`<section id="connections"><h2>Connections</h2>
`;
  if (report.detail !== 'exchanges') {
    yield html`<p>Not drawn: the report was made with less detail than exchanges.</p></section>
`;
    return;
  }
  const found = new Map<number, string>();
  for (const { stream, id } of report.findings) if (stream !== null && !found.has(stream)) found.set(stream, id);
  const { shown, others } = chosen(report, found);
  if (shown.length === 0) {
    yield html`<p>No connection with HTTP/1 was seen.</p></section>
`;
    return;
  }
  yield html`<p>Bars are exchanges, from the request's first byte to the response's last one; thin lines are idle time. Where it ended a bar stands for FIN, a cross for RST, and an open red box for a request without a response.${others > 0 && ` ${plural(others, 'further connection')} not drawn.`}</p>
`;
  for (const [server, histories] of groupBy(shown, (history) => history.server)) {
    yield panel(server, histories, found, words);
  }
  yield html`</section>
`;
}

function chosen(report: Report, found: ReadonlyMap<number, string>): { shown: readonly History[]; others: number } {
  const withFindings: History[] = [];
  const without: History[] = [];
  const perServer = new Map<string, number>();
  let count = 0;
  for (const history of report.connections) {
    if (history.exchanges.length === 0) continue;
    count++;
    if (found.has(history.stream)) {
      if (withFindings.length < SHOWN_WITH_FINDINGS) withFindings.push(history);
      continue;
    }
    const ofServer = perServer.get(history.server) ?? 0;
    if (without.length >= SHOWN_OTHERS || ofServer >= OTHERS_OF_SERVER) continue;
    perServer.set(history.server, ofServer + 1);
    without.push(history);
  }
  const shown = [...withFindings, ...without];
  return { shown, others: count - shown.length };
}

function panel(
  server: string,
  histories: readonly History[],
  found: ReadonlyMap<number, string>,
  words: Words,
): Markup {
  const low = Math.min(...histories.map(startOf));
  const high = Math.max(...histories.map((history) => endOf(history, words.end)));
  const origin = Number.isNaN(words.start) ? low : words.start;
  const axis = linearAxis(low - origin, Math.max(high - origin, low - origin + 1e6), LEFT, RIGHT, 8);
  const bottom = TOP + histories.length * ROW;
  const rows = histories.map((history, index) =>
    connection(history, TOP + index * ROW, axis, origin, words.end, found.get(history.stream)),
  );
  return html`<figure class="wide"><figcaption><b class="n">${server}</b>, ${plural(histories.length, 'connection')} over ${durationText(high - low)}</figcaption><div class="scroll" role="group" aria-label="Connections to ${server} on a time axis"><svg width="${WIDTH}" height="${bottom + 6}" viewBox="0 0 ${WIDTH} ${bottom + 6}"><path class="axis" d="${axis.ticks.map(({ value }) => `M${axis.at(value)} ${TOP - 4}V${bottom}`).join('')}"/>${axis.ticks.map(
    ({ value, label }) => html`<text class="m mid" x="${axis.at(value)}" y="${TOP - 10}">${label}</text>`,
  )}${rows}</svg></div></figure>
`;
}

function connection(
  history: History,
  top: number,
  axis: Axis,
  origin: number,
  captureEnd: number,
  finding: string | undefined,
): Markup {
  const at = (time: number) => axis.at(time - origin);
  const middle = top + ROW / 2;
  const base = middle + 4;
  const [start, end] = [at(startOf(history)), at(endOf(history, captureEnd))];
  const name = html`stream ${history.stream}`;
  const isReset = history.closedBy.endsWith('rst');
  const count = history.exchangeCount;
  return html`<text class="e" x="${LEFT - 12}" y="${base}">${name} <tspan class="m">${cut(history.client)}</tspan></text><path class="life" d="M${start} ${middle}H${end}"/>${bars(history, at, middle)}${gaps(history, at, middle)}${history.closedBy !== 'open' && closeMark(at(closeTimeOf(history)), middle, isReset)}<text class="${isReset ? 'bad' : 'm'}" x="${RIGHT + 10}" y="${base}">${ENDS[history.closedBy]}</text>${
    finding === undefined
      ? html`<text class="m" x="${RIGHT + 76}" y="${base}">${plural(count, 'exchange')}</text>`
      : html`<a href="#f-${finding}"><text x="${RIGHT + 76}" y="${base}">${finding}</text></a>`
  }`;
}

/** Exchanges as one path; those that lie closer than a pixel become one bar. Unanswered ones are open to the right. */
function bars({ exchanges }: History, at: (time: number) => number, middle: number): Markup | null {
  let path = '';
  let open = '';
  let from = NaN;
  let to = NaN;
  const flush = () => {
    if (!Number.isNaN(from))
      path += `M${round(from)} ${middle - 5}H${round(Math.max(to, from + 2))}v10H${round(from)}z`;
  };
  for (const { request, response } of exchanges) {
    const startTime = request?.startTime ?? response?.startTime ?? NaN;
    if (Number.isNaN(startTime)) continue;
    const start = at(startTime);
    const last = response?.endTime ?? request?.endTime ?? NaN;
    const end = Number.isNaN(last) ? start : at(last);
    if (response === null) {
      open += `M${round(start - 3)} ${middle - 5}h6v10h-6z`;
      continue;
    }
    if (start - to < 1) {
      to = Math.max(to, end);
      continue;
    }
    flush();
    from = start;
    to = end;
  }
  flush();
  if (path === '' && open === '') return null;
  return html`${path !== '' && html`<path class="bars solid" d="${path}"/>`}${open !== '' && html`<path class="unanswered" d="${open}"><title>request without a response</title></path>`}`;
}

function gaps({ idleGaps, exchanges }: History, at: (time: number) => number, middle: number): Markup[] {
  const ends = new Map(exchanges.map(({ response }) => [response?.lastFrame ?? 0, response?.endTime ?? NaN]));
  return idleGaps.flatMap(({ duration, afterFrame }) => {
    const start = ends.get(afterFrame);
    if (start === undefined || Number.isNaN(start)) return [];
    const [left, right] = [at(start), at(start + duration)];
    if (right - left < LABEL_WIDTH) return [];
    return html`<text class="m mid halo" x="${round((left + right) / 2)}" y="${middle + 4}">${durationText(duration)}</text>`;
  });
}

/** A FIN is a bar, a RST a cross. */
function closeMark(x: number, middle: number, isReset: boolean): Markup {
  return isReset
    ? html`<path class="rst" d="M${round(x - 4)} ${middle - 4}l8 8m0 -8l-8 8"/>`
    : html`<path class="fin" d="M${round(x)} ${middle - 6}v12"/>`;
}

function startOf({ openTime, exchanges }: History): number {
  if (!Number.isNaN(openTime)) return openTime;
  return exchanges[0]?.request?.startTime ?? exchanges[0]?.response?.startTime ?? 0;
}

/** When either end first closed; else the connection's end. */
function closeTimeOf(history: History): number {
  return firstClosing(history)?.time ?? history.closeTime;
}

function endOf(history: History, captureEnd: number): number {
  const times = history.exchanges.flatMap(({ request, response }) => [
    request?.endTime ?? NaN,
    response?.endTime ?? NaN,
  ]);
  const last = times.findLast((time) => !Number.isNaN(time)) ?? NaN;
  const isOpen = Number.isNaN(history.closeTime);
  const known = [isOpen ? captureEnd : history.closeTime, closeTimeOf(history), last, startOf(history)];
  return Math.max(...known.filter((time) => !Number.isNaN(time)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** An address with its port is up to 47 characters long. */
function cut(client: string): string {
  return client.length <= 21 ? client : `…${client.slice(-20)}`;
}
