// What several parts of the page say in the same words.
import { durationText } from '../../base/duration-text.ts';
import { SECOND } from '../../base/timeline.ts';
import type { Severity } from '../../rules/finding.ts';
import type { Gate } from '../gate.ts';
import { grouped, plural } from '../layout.ts';
import type { Report } from '../report.ts';
import { shortTime } from '../text.ts';
import { html, type Markup } from './markup.ts';

/** Colour is never the only difference: each severity has its own shape, and its word. */
const SHAPES: Readonly<Record<Severity, Markup>> = {
  error: html`<path d="M3 0h6l3 3v6l-3 3h-6l-3-3v-6z"/>`,
  warning: html`<path d="M6 0l6 12h-12z"/>`,
  info: html`<path d="M6 0a6 6 0 1 0 .01 0z"/>`,
};

const GATE_LOOKS = { passed: 'good', failed: 'error', unsound: 'warning' } as const satisfies Record<
  Gate['verdict'],
  Severity | 'good'
>;

export function severityBadge(severity: Severity): Markup {
  return html`<span class="sev ${severity}"><svg viewBox="0 0 12 12" aria-hidden="true">${SHAPES[severity]}</svg>${severity}</span>`;
}

export class Words {
  readonly report: Report;
  /** Times of the first and the last frame, nanoseconds; NaN when unknown. */
  readonly start: number;
  readonly end: number;

  constructor(report: Report) {
    this.report = report;
    // A time that no calendar has is none to show.
    const known = (times: readonly number[]) => times.filter((time) => report.timeline.toRfc3339(time) !== null);
    const starts = known(report.captures.map(({ firstFrameTime }) => firstFrameTime));
    const ends = known(report.captures.map(({ lastFrameTime }) => lastFrameTime));
    this.start = starts.length > 0 ? Math.min(...starts) : NaN;
    this.end = ends.length > 0 ? Math.max(...ends) : NaN;
  }

  /** How the page looks at first sight: as the gate says, where there is one. */
  get verdict(): Severity | 'good' {
    if (this.report.gate !== null) return GATE_LOOKS[this.report.gate.verdict];
    const { error, warning } = this.report.totals.findings;
    return error > 0 ? 'error' : warning > 0 ? 'warning' : 'good';
  }

  totals(): Markup {
    const { totals, captures } = this.report;
    const start = this.report.timeline.toRfc3339(this.start);
    const span = start === null ? '' : ` over ${durationText(this.end - this.start)} from ${shortTime(start)}`;
    const others = [
      totals.tlsConnections > 0 ? `${grouped(totals.tlsConnections)} with TLS` : '',
      totals.http2Connections > 0 ? `${grouped(totals.http2Connections)} with HTTP/2` : '',
    ].filter((part) => part !== '');
    return html`<p class="totals"><b>${plural(totals.exchanges, 'exchange')}</b> on <b>${plural(totals.connections, 'connection')}</b> (${[`${grouped(totals.httpConnections)} with HTTP/1`, ...others].join(', ')}), ${plural(totals.tcpSegments, 'TCP segment')}, ${plural(totals.frames, 'frame')} in ${plural(captures.length, 'capture')}${span}.</p>`;
  }

  /** Seconds since the first frame, as Wireshark shows them by default. */
  relative(time: number): string {
    if (this.report.timeline.toRfc3339(time) === null) return '';
    const seconds = (time - this.start) / SECOND;
    return `${seconds < 0 ? '' : '+'}${seconds.toFixed(6)}`;
  }

  moment(time: number): Markup {
    const utc = this.report.timeline.toRfc3339(time);
    if (utc === null) return html`<span>at an unknown time</span>`;
    return html`<time datetime="${utc}" title="${shortTime(utc)}"><b>${this.relative(time)} s</b></time>`;
  }
}
