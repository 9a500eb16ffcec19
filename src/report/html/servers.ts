// What was learned about each server.
import { durationText } from '../../base/duration-text.ts';
import { grouped, plural } from '../layout.ts';
import type { Report, ServerReport } from '../report.ts';
import { basisInWords, estimateInWords, secondsText } from '../text.ts';
import { idlePlot } from './idle-plot.ts';
import { html, type Markup } from './markup.ts';
import type { Words } from './words.ts';

/** Servers in the table, and those of them with a plot: the ones with findings come first. */
const SHOWN_SERVERS = 500;
const SHOWN_PLOTS = 30;
/** Clients told of for each server. */
const SHOWN_CLIENTS = 10;

export function* serverSection(report: Report, _: Words): Iterable<Markup> {
  const { servers } = report;
  yield html`<section id="servers"><h2>Servers</h2>
`;
  if (servers.length === 0) {
    yield html`<p>No HTTP/1 server was seen.</p></section>
`;
    return;
  }
  yield html`<div class="scroll" role="group" aria-label="Table of servers"><table>
<thead><tr><th>server</th><th>product</th><th class="r">connections</th><th class="r">exchanges</th><th>idle timeout</th><th class="r">findings</th></tr></thead>
<tbody>
`;
  const counts = new Map<string, number>();
  for (const { server } of report.findings) counts.set(server, (counts.get(server) ?? 0) + 1);
  for (const { server, count } of report.omittedFindings) counts.set(server, (counts.get(server) ?? 0) + count);
  for (const server of servers.slice(0, SHOWN_SERVERS)) yield row(server, counts.get(server.server) ?? 0);
  yield html`</tbody></table></div>
${servers.length > SHOWN_SERVERS && html`<p>and ${plural(servers.length - SHOWN_SERVERS, 'further server')}; the JSON report has them all.</p>`}
`;
  const ordered = [...servers].sort((a, b) => (counts.get(b.server) ?? 0) - (counts.get(a.server) ?? 0));
  let plots = 0;
  for (const server of ordered) {
    const plot = plots < SHOWN_PLOTS ? idlePlot(server) : null;
    const details = detailsOf(server);
    if (plot === null && details.length === 0) continue;
    if (++plots > SHOWN_PLOTS) break;
    yield html`<div class="wide"><h4 class="n">${server.server}</h4>
<div class="pair"><div>${plot}</div><div>${details.length > 0 && html`<ul>${details.map((detail) => html`<li>${detail}</li>`)}</ul>`}${exposures(report, server.server)}</div></div></div>
`;
  }
  yield html`</section>
`;
}

function row(server: ServerReport, findings: number): Markup {
  return html`<tr><th scope="row" class="n w">${server.server}</th><td>${server.product ?? ''}</td><td class="r">${grouped(server.connections)}</td><td class="r">${grouped(server.exchanges)}</td><td>${server.idleTimeout === null ? html`<span class="muted">unknown</span>` : estimateInWords(server.idleTimeout, secondsText)}</td><td class="r">${findings === 0 ? '' : grouped(findings)}</td></tr>
`;
}

function detailsOf(server: ServerReport): string[] {
  const details: string[] = [];
  const { idleTimeout, closeDelay, maxRequests, maxAge, clients } = server;
  if (idleTimeout) {
    details.push(`Idle timeout ${estimateInWords(idleTimeout, secondsText)}, ${basisInWords(idleTimeout)}.`);
  }
  if (closeDelay) {
    details.push(
      `Closes ${estimateInWords(closeDelay, secondsText)} after a last response, ${basisInWords(closeDelay)}.`,
    );
  }
  if (maxRequests) {
    const limit = estimateInWords(maxRequests, (count) => plural(count, 'request'));
    details.push(`Closes after ${limit}, from ${plural(maxRequests.observed, 'close')}.`);
  }
  if (maxAge) details.push(`Closes connections aged ${estimateInWords(maxAge, secondsText)}, ${basisInWords(maxAge)}.`);
  const known = clients.filter((client) => client.idleTimeout || client.responseTimeout);
  for (const client of known.slice(0, SHOWN_CLIENTS)) {
    const timeouts: string[] = [];
    if (client.idleTimeout) timeouts.push(`idle timeout ${estimateInWords(client.idleTimeout, secondsText)}`);
    if (client.responseTimeout) timeouts.push(`gives up after ${estimateInWords(client.responseTimeout, secondsText)}`);
    details.push(`Client ${client.client}: ${timeouts.join(', ')}.`);
  }
  if (known.length > SHOWN_CLIENTS) details.push(`And ${plural(known.length - SHOWN_CLIENTS, 'further client')}.`);
  return details;
}

/** How much of the traffic is at stake: stands with a finding about the server. */
function exposures({ findings }: Report, server: string): Markup | null {
  const exposure = findings.find((finding) => finding.server === server && finding.exposure !== null)?.exposure;
  if (!exposure) return null;
  const perMillion = (value: number) => Number(value.toPrecision(2)).toString();
  const advised = Number.isNaN(exposure.advisedIdleTimeout)
    ? null
    : html`<dt>With the client at ${durationText(exposure.advisedIdleTimeout)}</dt><dd>none would, and ${Number((100 * exposure.reusesBeyondAdvised).toPrecision(2))} % of the reuses would open a new connection</dd>`;
  return html`<h4>Exposure</h4><dl><dt>Reuses seen</dt><dd>${grouped(exposure.reuses)}, of which ${grouped(exposure.withinRoundTrip)} came within one round trip (${durationText(exposure.roundTrip)}) of the timeout and ${grouped(exposure.lost)} were lost</dd><dt>Expected to fail</dt><dd>${perMillion(exposure.failuresPerMillion)} of a million requests, with 95 % probability at most ${perMillion(exposure.failuresPerMillionAtMost)}</dd>${advised}</dl>`;
}
