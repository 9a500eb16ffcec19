// PLOTS a server's idle times: upwards those after which a request was answered, downwards those that the server's
// close ended; over them the timeouts that were inferred, with their intervals. The figure's caption says the same in
// words, and a table holds the numbers.
import { durationText } from '../../base/duration-text.ts';
import { SECOND } from '../../base/timeline.ts';
import { grouped, plural } from '../layout.ts';
import type { Estimate, IdleBin, IdleTimes, ServerReport } from '../report.ts';
import { type Axis, linearAxis, logarithmicAxis } from './axis.ts';
import { html, type Markup } from './markup.ts';

const WIDTH = 640;
const LEFT = 118;
const RIGHT = 622;
/** Height of one of the two lanes, and of a label above them. */
const HALF = 46;
const LABEL = 14;
/** From this ratio between the shortest and the longest on, a linear axis would press the short ones together. */
const LOGARITHMIC_FROM = 12;
/** Lines drawn for clients, and for further limits of the server. */
const SHOWN_CLIENTS = 3;
/** Rows of the table. */
const TABLE_ROWS = 14;

interface Limit {
  readonly label: string;
  readonly isClient: boolean;
  /** Nanoseconds. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Null where there is nothing to plot. */
export function idlePlot(server: ServerReport): Markup | null {
  const { idleTimes } = server;
  if (idleTimes === null) return null;
  const reuses = idleTimes.reuses ?? [];
  const { closes } = idleTimes;
  const limits = limitsOf(server);
  if (reuses.length + closes.length === 0) return null;
  const axis = axisFor([...reuses, ...closes], limits);
  const marks = marksOf(limits, axis);
  // The lane of the requests lies between `top` and 0, that of the closes between 0 and `bottom`.
  const top = -HALF - 10 - LABEL * (1 + Math.max(-1, ...marks.map(({ row }) => row)));
  return html`<figure><div class="scroll" role="group" aria-label="Idle times of ${server.server}"><svg width="${WIDTH}" height="${HALF + 36 - top}" viewBox="0 ${top} ${WIDTH} ${HALF + 36 - top}">${bands(limits, axis)}${ticks(axis)}${bars(reuses, axis, -1)}${bars(closes, axis, 1)}<path class="life" d="M${LEFT} 0H${RIGHT}"/>${laneLabels(idleTimes)}${lines(marks)}<text class="m mid" x="${(LEFT + RIGHT) / 2}" y="${HALF + 31}">idle time before</text></svg></div>
<figcaption>${caption(server, limits)}</figcaption></figure>
${table(idleTimes)}`;
}

function axisFor(bins: readonly IdleBin[], limits: readonly Limit[]): Axis {
  const values = [
    ...bins.flatMap(({ from, to }) => [from, Number.isFinite(to) ? to : from]).map((seconds) => seconds * SECOND),
    ...limits.map(({ value }) => value),
  ];
  // The first bin begins at 0: on a logarithmic axis it begins where others of its width would.
  const low = Math.max(5e5, Math.min(...values.filter((value) => value > 0)));
  const high = Math.max(...values);
  if (high / low < LOGARITHMIC_FROM) return linearAxis(0, high * 1.08, LEFT, RIGHT);
  return logarithmicAxis(low / 1.3, high * 1.3, LEFT, RIGHT);
}

function ticks({ ticks, at }: Axis): Markup {
  return html`<path class="axis" d="${ticks.map(({ value }) => `M${at(value)} ${-HALF}V${HALF}`).join('')}"/>${ticks.map(
    ({ value, label }) => html`<text class="m mid" x="${at(value)}" y="${HALF + 15}">${label}</text>`,
  )}`;
}

/** Areas by the square root: one close among a thousand reuses is still to be seen. `direction`: -1 upwards. */
function bars(bins: readonly IdleBin[], axis: Axis, direction: -1 | 1): Markup {
  const most = Math.max(...bins.map(({ count }) => count));
  const path = bins.map(({ from, to, count }) => {
    const left = axis.at(from * SECOND);
    const right = Math.max(left + 2, axis.at(Number.isFinite(to) ? to * SECOND : from * SECOND) - 0.5);
    const height = Math.max(2, Math.round(Math.sqrt(count / most) * (HALF - 4)));
    return `M${left} 0v${direction * height}H${Math.round(right * 10) / 10}V0z`;
  });
  return html`${path.length > 0 && html`<path class="${direction < 0 ? 'reuse' : 'close'} solid" d="${path.join('')}"/>`}`;
}

function laneLabels({ reuses, closes }: IdleTimes): Markup {
  const count = (bins: readonly IdleBin[] | null) => (bins === null ? 'unknown' : grouped(total(bins)));
  return html`<text class="e" x="${LEFT - 10}" y="-22">request</text><text class="e m" x="${LEFT - 10}" y="-8">${count(reuses)}</text><text class="e" x="${LEFT - 10}" y="18">server closed</text><text class="e m" x="${LEFT - 10}" y="32">${count(closes)}</text>`;
}

function bands(limits: readonly Limit[], axis: Axis): Markup[] {
  return limits
    .filter(({ isClient }) => !isClient)
    .map(({ low, high }) => {
      const left = axis.at(low);
      const right = Number.isFinite(high) ? axis.at(high) : RIGHT;
      return html`<rect class="band" x="${left}" y="${-HALF}" width="${Math.max(1, Math.round((right - left) * 10) / 10)}" height="${2 * HALF}"/>`;
    });
}

interface Mark extends Limit {
  readonly x: number;
  readonly text: string;
  /** The label ends at the line, for there is no room behind it. */
  readonly isRight: boolean;
  readonly row: number;
}

/** Labels stand in rows above the plot, so that those of limits that are close together do not overlap. */
function marksOf(limits: readonly Limit[], axis: Axis): Mark[] {
  const ends: number[] = [];
  return [...limits]
    .sort((a, b) => a.value - b.value)
    .map((limit) => {
      const x = axis.at(limit.value);
      const text = `${limit.label} ${durationText(limit.value)}`;
      const width = text.length * 6.6;
      const isRight = x + width > WIDTH - 4;
      const left = isRight ? x - width : x;
      let row = ends.findIndex((end) => end < left - 8);
      if (row < 0) row = ends.length;
      ends[row] = left + width;
      return { ...limit, x, text, isRight, row };
    });
}

function lines(marks: readonly Mark[]): Markup[] {
  return marks.map(({ isClient, x, text, isRight, row }) => {
    const y = -HALF - 8 - row * LABEL;
    return html`<path class="${isClient ? 'client' : 'limit'}" d="M${x} ${y + 3}V${HALF}"/><text class="halo${isRight ? ' e' : ''}" x="${isRight ? x + 2 : x - 2}" y="${y}">${text}</text>`;
  });
}

function limitsOf({ idleTimeout, clients }: ServerReport): Limit[] {
  const limit = (label: string, isClient: boolean, { value, low, high }: Omit<Estimate, 'candidates'>): Limit => ({
    label,
    isClient,
    value: value * SECOND,
    low: low * SECOND,
    high: high * SECOND,
  });
  const ofClients = clients.filter((client) => client.idleTimeout !== null).slice(0, SHOWN_CLIENTS);
  return [
    ...(idleTimeout === null ? [] : [limit('server', false, idleTimeout)]),
    ...(idleTimeout?.others ?? []).slice(0, SHOWN_CLIENTS).map(({ value }) => {
      const time = value * SECOND;
      return { label: 'server, also', isClient: false, value: time, low: time, high: time };
    }),
    ...ofClients.map(({ client, idleTimeout }) => limit(`client ${client}`, true, idleTimeout!)),
  ];
}

function caption({ idleTimes }: ServerReport, limits: readonly Limit[]): string {
  const { reuses, closes } = idleTimes!;
  const parts: string[] = [];
  if (reuses !== null && reuses.length > 0) {
    const { to, from } = reuses.at(-1)!;
    const longest = durationText((Number.isFinite(to) ? to : from) * SECOND);
    parts.push(
      `Above: ${plural(total(reuses), 'request')} answered on a connection that had been idle, for ${longest} at most.`,
    );
  } else if (reuses === null) parts.push('How long connections had been idle when they were used again was not kept.');
  if (closes.length > 0) parts.push(`Below: ${plural(total(closes), 'idle connection')} closed by the server.`);
  if (limits.length > 0) {
    const words = limits.map(({ label, value }) => `${label} ${durationText(value)}`);
    parts.push(
      `Lines: idle timeouts as inferred (${words.join(', ')}); shaded: the interval that the server's lies in.`,
    );
  }
  return `${parts.join(' ')} Heights by the square root of the number.`;
}

/** The same numbers, in fewer and wider bins. */
function table({ reuses, closes }: IdleTimes): Markup {
  const octaves = new Map<number, { from: number; to: number; reuses: number; closes: number }>();
  const bins = [...(reuses ?? []).map((bin) => ({ ...bin, key: 'reuses' as const }))];
  const all = [...bins, ...closes.map((bin) => ({ ...bin, key: 'closes' as const }))].sort((a, b) => a.from - b.from);
  const span = all.length > 0 ? Math.log2(Math.max(2, all.at(-1)!.from / Math.max(1e-3, all[0]!.from))) : 1;
  const width = Math.max(1 / 8, Math.ceil(span / TABLE_ROWS));
  for (const { from, to, count, key } of all) {
    const octave = from === 0 ? -Infinity : Math.floor(Math.log2(from) / width);
    const row = octaves.get(octave) ?? { from, to, reuses: 0, closes: 0 };
    octaves.set(octave, { ...row, to: Math.max(row.to, to), [key]: row[key] + count });
  }
  const text = (seconds: number) => durationText(seconds * SECOND);
  return html`<details><summary>Numbers</summary><table><thead><tr><th>idle time</th><th class="r">request answered</th><th class="r">server closed</th></tr></thead><tbody>${[
    ...octaves.values(),
  ].map(
    (row) =>
      html`<tr><td>${row.from === 0 ? 'up to' : `${text(row.from)} to`} ${Number.isFinite(row.to) ? text(row.to) : 'more'}</td><td class="r">${reuses === null ? 'unknown' : grouped(row.reuses)}</td><td class="r">${grouped(row.closes)}</td></tr>`,
  )}</tbody></table></details>`;
}

function total(bins: readonly IdleBin[]): number {
  return bins.reduce((sum, { count }) => sum + count, 0);
}
